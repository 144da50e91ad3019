"""Writes a file with everything that a schema lists, optional parts included: make_file.py KIND FILE.h5.

For kinds that no program writes yet, and for what is optional.
"""
import sys

import h5py
import numpy

import schemas

SIZES = {"channel": 3}
TYPES = {"u8": "<u1", "u32": "<u4", "u64": "<u8", "f32": "<f4", "f64": "<f8"}


def size(name):
    return SIZES.get(name, 4)


def path_of(entry):
    return entry["path"].replace("*", "layer")


def attribute_value(schema, rule):
    if rule["type"] == "i64":
        return numpy.int64(rule.get("min", 0))
    if rule["type"] == "f64":
        return numpy.float64(0.5)
    known = {"format": schema["format"], "units": "1"}
    by_form = {"digest": "0123456789abcdef", "time": "2024-01-31T23:59:59Z"}
    return known.get(rule["name"], by_form.get(rule.get("form"), rule.get("values", ["text"])[0]))


def values(entry, shape):
    if entry["type"] == "text":
        return numpy.array([f"name {i}".encode() for i in range(shape[0])], dtype=h5py.string_dtype("utf-8", 8))
    count = int(numpy.prod(shape))
    numbers = numpy.arange(count)
    if "below" in entry and not entry.get("increasing"):
        numbers %= size(entry["below"])
    return (numbers / 8 if entry["type"][0] == "f" else numbers).astype(TYPES[entry["type"]]).reshape(shape)


def make(schema, path):
    with h5py.File(path, "w") as file:
        for rule in schema["attributes"]:
            file.attrs[rule["name"]] = attribute_value(schema, rule)
        file.attrs["format_version"] = schema["version"]
        for entry in schema["datasets"]:
            shape = tuple(size(name) for name in entry["shape"])
            layout = {"chunks": shape, "fletcher32": True} if entry.get("checksum") else {}
            dataset = file.create_dataset(path_of(entry), data=values(entry, shape), **layout)
            for rule in schema["dataset_attributes"]:
                dataset.attrs[rule["name"]] = attribute_value(schema, rule)
            dataset.attrs["units"] = entry.get("units", "1")
            if entry.get("scale"):
                dataset.make_scale(entry["shape"][0])
        for entry in schema["datasets"]:
            if entry.get("scaled"):
                group = entry["path"].rpartition("/")[0]
                for i, name in enumerate(entry["shape"]):
                    file[path_of(entry)].dims[i].attach_scale(file[f"{group}/{name}".lstrip("/")])


make(schemas.load(sys.argv[1]), sys.argv[2])
