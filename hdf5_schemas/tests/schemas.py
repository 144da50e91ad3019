"""The schemas as dictionaries, for the tests: common parts merged in, patterns resolved."""
import fnmatch
import os

import h5py
import yaml

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def load(kind):
    """The schema of hdf5_schemas/KIND.yaml."""
    with open(os.path.join(FOLDER, kind + ".yaml"), encoding="utf-8") as stream:
        schema = yaml.safe_load(stream)
    common = load(schema["include"]) if "include" in schema else {}
    for part in ["attributes", "dataset_attributes"]:
        schema[part] = common.get(part, []) + schema.get(part, [])
    for part in ["dimensions", "groups", "datasets"]:
        schema.setdefault(part, [])
    return schema


def fits(pattern, path):
    parts, names = pattern.split("/"), path.split("/")
    return len(parts) == len(names) and all(fnmatch.fnmatchcase(n, p) for n, p in zip(names, parts))


def entry_of(entries, path):
    """The entry that a path falls under: an exact one before the first pattern that fits."""
    exact = [entry for entry in entries if entry["path"] == path]
    return (exact + [entry for entry in entries if "*" in entry["path"] and fits(entry["path"], path)] + [None])[0]


def objects(file):
    found = []
    file.visit(found.append)
    return found


def datasets_of(schema, file, entry):
    """Paths of the data sets in the file that fall under an entry."""
    return [path for path in objects(file)
            if isinstance(file[path], h5py.Dataset) and entry_of(schema["datasets"], path) is entry]


def groups_of(schema, file, entry):
    return [path for path in objects(file)
            if isinstance(file[path], h5py.Group) and entry_of(schema["groups"], path) is entry]


def shape_of(entry, rank):
    """Names of the dimensions of a data set of that rank."""
    return next(shape for shape in [entry["shape"], entry.get("or_shape")] if shape is not None and len(shape) == rank)


def sizes_of(schema, file):
    """Size of each dimension of the whole file."""
    sizes = {}
    for entry in schema["datasets"]:
        for path in datasets_of(schema, file, entry):
            for name, size in zip(shape_of(entry, file[path].ndim), file[path].shape):
                sizes.setdefault(name, size)
    return sizes


def scale_of(schema, name):
    """The name that the scales of a dimension have."""
    return next(d.get("scale", name) for d in schema["dimensions"] if d["name"] == name)
