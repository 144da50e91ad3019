"""Breaks every rule of every schema in turn, each in a copy of a good file, and expects `ggcn_data check` to say so.

break_rules.py FOLDER GGCN_DATA LAUNCHER KIND=FILE[,FILE...]...

Of several files of a kind, each entry is tested in the first that has it.

The rules are taken from the schemas, so that a new entry is tested without a line here. A key of the schema language
that this program does not know is a failure: write down how to break it.
"""
import os
import shutil
import subprocess
import sys

import h5py
import numpy

import schemas

SCALE_ATTRIBUTES = ["CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"]
OTHER_TYPE = {"u8": "<i1", "u32": "<i4", "u64": "<i8", "f32": "<f8", "f64": "<f4"}
problems = []


# --- changes to a file -----------------------------------------------------------------------------------------------

def attach_scales(schema, file):
    """Makes and attaches all dimension scales anew, after a data set was replaced."""
    everything = [path for path in schemas.objects(file) if isinstance(file[path], h5py.Dataset)]
    for path in everything:
        for name in SCALE_ATTRIBUTES:
            if name in file[path].attrs:
                del file[path].attrs[name]
    entries = {path: schemas.entry_of(schema["datasets"], path) or {} for path in everything}
    for path, entry in entries.items():
        if entry.get("scale"):
            file[path].make_scale(schemas.scale_of(schema, entry["shape"][0]))
    for path, entry in entries.items():
        if not entry.get("scaled") or file[path].ndim != len(entry["shape"]):
            continue
        group = path.rpartition("/")[0]
        for i, name in enumerate(entry["shape"]):
            file[path].dims[i].attach_scale(file[f"{group}/{schemas.scale_of(schema, name)}".lstrip("/")])


def replace(schema, file, path, data=None, shape=None, dtype=None, attach=True, **layout):
    """Puts another data set in the place of one; attributes stay. Chunks and checksum unless told otherwise."""
    old = file[path]
    attributes = {name: value for name, value in old.attrs.items() if name not in SCALE_ATTRIBUTES}
    shape = shape if data is None else data.shape
    if not layout and len(shape) > 0:
        layout = {"chunks": tuple(min(max(size, 1), 64) for size in shape), "fletcher32": True,
                  "maxshape": tuple(None for size in shape)}
    dtype = dtype if dtype is not None else old.dtype
    del file[path]
    new = file.create_dataset(path, data=data, shape=shape, dtype=dtype, **layout)
    for name, value in attributes.items():
        new.attrs[name] = value
    entry = schemas.entry_of(schema["datasets"], path)
    if attach and (entry.get("scale") or entry.get("scaled")):
        attach_scales(schema, file)


def with_element(dataset, value):
    """Sets the last element."""
    dataset[tuple(size - 1 for size in dataset.shape)] = value


def flip_byte(path, offset):
    with open(path, "r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)
        stream.seek(offset)
        stream.write(bytes([byte[0] ^ 255]))


# --- what breaks a rule: its name, the words that a finding must hold, and a function of the open file ---------------

def break_attribute(schema, rule, sizes, name, target):
    """`target` picks the object that has the attribute."""
    known = {"name", "description", "type", "since", "optional", "may_be_empty", "form", "values", "min", "below",
             "sum", "of"}
    check_keys(rule, known, name)
    key = rule["name"]

    def change(value):
        return lambda file: target(file).attrs.__setitem__(key, value)

    if not rule.get("optional"):
        yield "missing", [name, "missing"], lambda file: target(file).attrs.__delitem__(key)
    yield "type", [name], change(numpy.int64(5) if rule["type"] == "text" else "five")
    yield "two values", [name, "one"], change(["a", "b"] if rule["type"] == "text" else
                                               numpy.array([1, 1], dtype="<f8" if rule["type"] == "f64" else "<i8"))
    if rule["type"] == "text" and not rule.get("may_be_empty"):
        yield "empty", [name], change("")
    if rule["type"] == "f64":
        yield "not finite", [name, "finite"], change(numpy.float64("nan"))
    if "form" in rule:
        yield "form", [name, "expected"], change("2024-01-31 23:59")
    if "values" in rule:
        yield "values", [name, "expected"], change("another")
    if "min" in rule:
        yield "min", [name, "expected"], change(numpy.int64(rule["min"] - 1))
    if "below" in rule:
        yield "below", [name, "expected a number below"], change(numpy.int64(sizes[rule["below"]]))
    if "sum" in rule:
        yield "sum", ["0123456789abcdef", "sum" if rule["sum"] == "images" else name], change("0123456789abcdef")


def break_shape(schema, entry, path, name):
    def other_rank(file):
        allowed = [len(entry["shape"]), len(entry.get("or_shape", entry["shape"]))]
        rank = next(rank for rank in [1, 2, 3] if rank not in allowed)
        data = file[path][...]
        replace(schema, file, path, data.reshape((data.size,) + (1,) * (rank - 1)), attach=False)

    yield "rank", [name, "dimensions"], other_rank


def break_sizes(schema, shape, path, name, with_dimension, seen):
    """Sizes of dimensions, each dimension in the first data set that has it."""
    dimensions = {dimension["name"]: dimension for dimension in schema["dimensions"]}
    for i, key in enumerate(shape):
        dimension = dimensions[key]
        check_keys(dimension, {"name", "description", "largest", "local", "scale"}, f"dimension {key}")
        along = f'along dimension "{key}"'

        def resize(size, i=i):
            def change(file):
                sizes = list(file[path].shape)
                sizes[i] = size if size is not None else sizes[i] + 1
                replace(schema, file, path, shape=tuple(sizes))
            return change

        if not dimension.get("local") and with_dimension.count(key) > 1:
            yield f"other {key}", [along], resize(None)
        if key in seen:
            continue
        seen.add(key)
        yield f"no {key}", [name, "at least 1 " + along], resize(0)
        if "largest" in dimension:
            yield f"large {key}", [name, "at most", along], resize(dimension["largest"] + 1)


def break_storage(schema, entry, path, name):
    def rewrite(**layout):
        return lambda file: replace(schema, file, path, file[path][...], **layout)

    if entry.get("checksum"):
        yield "no checksum", [name, "Fletcher-32", "without"], \
            lambda file: rewrite(chunks=file[path].shape, fletcher32=False)(file)
        yield "no chunks", [name, "Fletcher-32", "no chunks"], rewrite(chunks=None)
        yield "not written", [name, "never written"], lambda file: replace(schema, file, path, shape=file[path].shape)

        def damage(file):
            offset = file[path].id.get_chunk_info(0).byte_offset
            return lambda copy: flip_byte(copy, offset)

        yield "damage", [name, "damage"], damage

    def virtual(source):
        def change(file):
            layout = h5py.VirtualLayout(shape=file[path].shape, dtype=file[path].dtype)
            layout[...] = h5py.VirtualSource(source, path, shape=file[path].shape)
            attributes = {key: value for key, value in file[path].attrs.items() if key not in SCALE_ATTRIBUTES}
            del file[path]
            new = file.create_virtual_dataset(path, layout)
            for key, value in attributes.items():
                new.attrs[key] = value
        return change

    if entry.get("virtual"):
        yield "missing source", [name, '"gone.h5"'], virtual("gone.h5")
    else:
        yield "virtual", [name, "virtual"], virtual("gone.h5")


def break_values(schema, entry, path, name, sizes):
    def last(value):
        return lambda file: with_element(file[path], value)

    if entry.get("finite"):
        yield "NaN", [name, "finite", "nan"], last(numpy.nan)
        yield "infinity", [name, "finite", "inf"], last(numpy.inf)
    if "min" in entry:
        yield "min", [name, "at least"], last(entry["min"] - 1)
    if "below" in entry:
        yield "below", [name, "below"], last(sizes[entry["below"]])
    if "up_to" in entry:
        yield "up_to", [name, "of at most"], last(sizes[entry["up_to"]] + 1)
    if entry.get("increasing"):
        yield "increasing", [name, "increase"], lambda file: with_element(file[path], file[path][-2])
    if entry.get("unique"):
        yield "repeated", [name, "different"], lambda file: file[path].__setitem__(1, file[path][0])
    if entry["type"] == "text":
        yield "empty", [name, "not empty"], lambda file: file[path].__setitem__(1, b"")


def break_scales(schema, entry, path, name):
    if entry.get("scale"):
        yield "no scale", [name, "dimension scale"], lambda file: file[path].attrs.__delitem__("CLASS")
        yield "scale of another name", [name, "dimension scale"], lambda file: file[path].make_scale("other")
    if entry.get("scaled"):
        def detach(file):
            file[path].dims[0].detach_scale(file[path].dims[0][0])
        yield "detached", [name, "attached"], detach


def break_dataset(schema, entry, paths, shape, sizes, with_dimension, seen):
    known = {"path", "description", "type", "shape", "or_shape", "units", "since", "optional", "checksum", "virtual",
             "scale", "scaled", "finite", "increasing", "unique", "min", "below", "up_to",
             "by_chunk"}  # how the digest is made: broken with `sum`
    path = paths[0]
    name = f'data set "{path}"'
    check_keys(entry, known, name)

    def remove(file):
        for each in paths:
            del file[each]

    def other_type(file):
        data = file[path][...]
        if entry["type"] == "text":
            data = data.astype(object)
            replace(schema, file, path, data, dtype=h5py.string_dtype("utf-8"), chunks=data.shape)
        else:
            replace(schema, file, path, data.astype(OTHER_TYPE[entry["type"]]), dtype=OTHER_TYPE[entry["type"]])

    def become_group(file):
        del file[path]
        file.create_group(path)

    if not entry.get("optional"):
        yield "missing", [f'data set "{entry["path"]}"', "missing"], remove
    if "*" not in entry["path"]:
        yield "group", [name, "a group"], become_group
    yield "type", [name, "type"], other_type
    yield from break_shape(schema, entry, path, name)
    yield from break_sizes(schema, shape, path, name, with_dimension, seen)
    yield from break_storage(schema, entry, path, name)
    yield from break_scales(schema, entry, path, name)
    yield from break_values(schema, entry, path, name, sizes)
    first = entry is schema["datasets"][0]  # the attributes have the same rules everywhere
    if "units" in entry:
        yield "units", ['attribute "units"', name, "expected"], \
            lambda file: file[path].attrs.__setitem__("units", "parsec")
    for rule in schema["dataset_attributes"]:
        of = f'attribute "{rule["name"]}" of {name}'
        for what, words, change in break_attribute(schema, rule, sizes, of, lambda file: file[path]):
            if what == "missing" or first:
                yield f"{rule['name']} {what}", words, change


def break_group(schema, entry, paths):
    path = paths[0]
    name = f'group "{path}"'
    check_keys(entry, {"path", "description", "since", "optional", "ordered_since"}, name)

    def remove(file):
        for each in paths:
            del file[each]

    def become_dataset(file):
        del file[path]
        file.create_dataset(path, data=1.0)

    def forget_order(file):
        file.move(path, "old")
        file.create_group(path, track_order=False)
        for member in list(file["old"]):
            file.move("old/" + member, f"{path}/{member}")
        del file["old"]

    if not entry.get("optional"):
        yield "missing", [f'group "{entry["path"]}"', "missing"], remove
    yield "data set", [name, "a group"], become_dataset
    if entry.get("ordered_since"):
        yield "order", [name, "order"], forget_order


def break_kind(schema, first):
    """What concerns the file as a whole. Words None: still a good file."""
    known = {"format", "version", "name", "description", "mend", "summary", "closed", "include", "dimensions",
             "attributes", "dataset_attributes", "groups", "datasets"}
    check_keys(schema, known, schema["name"])
    yield "newer", [f"version {schema['version'] + 1}"], \
        lambda file: file.attrs.__setitem__("format_version", schema["version"] + 1)
    yield "other kind", ['attribute "format"'], lambda file: file.attrs.__setitem__("format", "ggcn-other")
    closed = schema.get("closed")
    for what, name, change in [
            ("data set", '"extra/one"', lambda file: file.create_dataset("extra/one", data=1.0)),
            ("group", '"extra"', lambda file: file.create_group("extra")),
            ("attribute", 'attribute "extra"', lambda file: file.attrs.__setitem__("extra", 1)),
            ("attribute of a data set", f'attribute "extra" of data set "{first}"',
             lambda file: file[first].attrs.__setitem__("extra", 1))]:
        yield "extra " + what, [name, "expected no"] if closed else None, change


def leave_out(schema, file, sizes):
    """What a good file may lack: optional entries, and in files of older versions those that came later."""
    needed = {entry[key] for entry in schema["datasets"] for key in ["below", "up_to"] if key in entry}
    # what a sum goes over; that of a network asks for all that its layers need
    summed = ["weights" if rule["sum"] == "network" else rule["of"]
              for rule in schema["attributes"] if rule.get("sum") in ["group", "network"]]
    for rule in schema["attributes"]:
        if rule.get("optional") and rule["name"] in file.attrs:
            yield f"without {rule['name']}", None, lambda file, key=rule["name"]: file.attrs.__delitem__(key)
        if rule.get("since", 1) > 1:
            def older(file, rule=rule):
                del file.attrs[rule["name"]]
                file.attrs["format_version"] = rule["since"] - 1
            yield f"version without {rule['name']}", None, older
    for entry in schema["datasets"]:
        if entry["path"].split("/")[0] in summed or needed & set(entry["shape"]):
            continue
        # what a scale is attached to goes with it
        users = [other for other in schema["datasets"]
                 if entry.get("scale") and other.get("scaled") and set(entry["shape"]) & set(other["shape"])
                 and os.path.dirname(entry["path"]) == os.path.dirname(other["path"])]
        if not all(user.get("optional") for user in users):
            continue
        if entry.get("optional") or entry.get("since", 1) > 1:
            def remove(file, entry=entry, users=users):
                file.attrs["format_version"] = entry.get("since", schema["version"] + 1) - 1
                for path in [path for gone in [*users, entry] for path in schemas.datasets_of(schema, file, gone)]:
                    for dimension in file[path].dims:
                        for scale in dimension.values():
                            dimension.detach_scale(scale)
                    del file[path]
            yield f"without {entry['path']}", None, remove


def check_keys(entry, known, name):
    for key in set(entry) - known:
        problems.append(f"{name}: the key \"{key}\" of a schema has no test that breaks it")


def all_breaks(schema, path, seen):
    """`seen`: entries and dimensions that were tested already."""
    with h5py.File(path, "r") as file:
        sizes = schemas.sizes_of(schema, file)
        datasets = [(entry, schemas.datasets_of(schema, file, entry)) for entry in schema["datasets"]]
        groups = [(entry, schemas.groups_of(schema, file, entry)) for entry in schema["groups"]]
        shapes = [schemas.shape_of(entry, file[paths[0]].ndim) if paths else [] for entry, paths in datasets]
        with_dimension = [key for (_, paths), shape in zip(datasets, shapes) for key in shape * len(paths)]
        yield from leave_out(schema, file, sizes)
    yield from break_kind(schema, datasets[0][1][0])
    for rule in schema["attributes"]:
        name = f'attribute "{rule["name"]}"'
        for what, words, change in break_attribute(schema, rule, sizes, name, lambda file: file):
            yield f"{rule['name']} {what}", words, change
    for entry, paths in groups:
        if paths and "group " + entry["path"] not in seen:
            seen.add("group " + entry["path"])
            for what, words, change in break_group(schema, entry, paths):
                yield f"{entry['path']} {what}", words, change
    for (entry, paths), shape in zip(datasets, shapes):
        if paths and "data set " + entry["path"] not in seen:
            seen.add("data set " + entry["path"])
            for what, words, change in break_dataset(schema, entry, paths, shape, sizes, with_dimension, seen):
                yield f"{entry['path']} {what}", words, change


# --- running ---------------------------------------------------------------------------------------------------------

def run(command, files, *options):
    result = subprocess.run(command + ["check", *options] + files, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, timeout=600, check=False)
    lines = {file: [] for file in files}
    for line in result.stdout.splitlines():
        file = line.split(":")[0]
        if file in lines:
            lines[file].append(line[len(file) + 2:])
    return result, lines


def judge(kind, what, words, file, lines):
    said = lines[file]
    good = len(said) == 1 and said[0].startswith("ok (")
    if words is None and not good:
        problems.append(f"{kind}, {what}: expected a good file, check says {said}")
    if words is not None and not any(all(word in line for word in words) for line in said):
        problems.append(f"{kind}, {what}: no finding with {words} in {said}")


def test(kind, sources, command, launcher):
    schema = schemas.load(kind)
    tried, seen = [], set()
    for source in sources:
        for what, words, change in all_breaks(schema, source, seen):
            copy = os.path.join(os.path.dirname(source), f"{kind}-{len(tried):04d}.h5")
            shutil.copy(source, copy)
            os.chmod(copy, 0o644)
            with h5py.File(copy, "r+") as file:
                afterwards = change(file)
            if callable(afterwards):
                afterwards(copy)
            tried.append((what, words, copy))
    for part, entries in [("group", schema["groups"]), ("data set", schema["datasets"])]:
        for entry in entries:
            if f"{part} {entry['path']}" not in seen:
                problems.append(f"{kind}: no file has a {part} {entry['path']}, so that its rules cannot be tested")
    files = [copy for _, _, copy in tried]
    result, lines = run([command], files)
    if result.returncode != 1:
        problems.append(f"{kind}: exit code {result.returncode} in place of 1: {result.stderr}")
    for what, words, copy in tried:
        judge(kind, what, words, copy, lines)
    # The ranks share what needs the numbers.
    _, structure = run([command], files, "--structure")
    shared = [file for file in files if structure[file][0].startswith("ok (")]
    _, again = run([launcher, "-np", "2", command], shared)
    for file in shared:
        if again[file] != lines[file]:
            problems.append(f"{kind}: two ranks say {again[file]}, one rank says {lines[file]}")
    for copy in files:
        os.remove(copy)
    broken = sum(words is not None for _, words, _ in tried)
    print(f"{kind}: {broken} broken rules, {len(tried) - broken} files with less or more that are good, "
          f"{len(shared)} files on two ranks as well")


def main():
    folder, command, launcher = sys.argv[1:4]
    for argument in sys.argv[4:]:
        kind, _, sources = argument.partition("=")
        test(kind, [os.path.join(folder, source) for source in sources.split(",")], command, launcher)
    for problem in problems:
        print("FAIL:", problem)
    sys.exit(len(problems) > 0)


main()
