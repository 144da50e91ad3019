#!/usr/bin/python3
"""Makes a network file of ggcn (include/ggcn/network_file.h) from the older form of network files.

    convert_network.py OLD.h5 NEW.h5 [--size 224]

The older form is HDF5 as well: an attribute `graph` with a JSON list of layers, each {name, op, inputs, ...} with the
ops conv (stride, pad, relu), maxpool (kernel, stride, ceil_mode), concat and global_avgpool, data sets
/weights/LAYER/{weight,bias}, and how pixels p of 0..255 are to be given to it: (p - mean)/std or (p - mean)*scale per
channel, in the order `channel_order`. Without mean, std or scale the network reads what its own pixels are.

The new network reads pixels in [-1, 1] in the order red, green, blue: a norm layer `pixels` in front does the rest, and
the input channels of the first convolutions are permuted. Shapes are followed for images of --size (default: the older
file's input_size), because a mean over all positions becomes a pool of that size.
"""
import argparse
import datetime
import json
import os
import shlex
import socket
import sys

import h5py
import numpy as np

DESCRIPTIONS = {
    "weight": "filters [out][in][row][column]",
    "bias": "added to each channel",
    "gamma": "factor of each normalised channel",
    "beta": "added to each normalised channel",
    "mean": "of each channel, frozen",
    "variance": "of each channel, frozen, without epsilon",
}


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def pixel_norm(attributes):
    """Statistics of the norm layer for pixels in [-1, 1], red, green, blue; None if the older file has none."""
    if not {"mean", "std", "scale"} & set(attributes):
        return None
    mean = np.atleast_1d(np.asarray(attributes.get("mean", 0), np.float64))
    deviation = np.asarray(attributes.get("std", 1), np.float64) / np.asarray(attributes.get("scale", 1), np.float64)
    mean, deviation = np.broadcast_arrays(mean, deviation)
    if not np.all(deviation > 0):
        raise SystemExit(f"std and scale must be above 0, found a deviation of {deviation}")
    if text(attributes.get("channel_order", "RGB")) == "BGR":
        mean, deviation = mean[::-1], deviation[::-1]
    ones = np.ones_like(mean)
    return {"gamma": ones, "beta": 0 * ones, "mean": mean / 127.5 - 1, "variance": (deviation / 127.5) ** 2}


def window(name, size, kernel, stride, pad, ceil):
    """Output height or width. ggcn rounds down; where rounding up makes another size, there is no equal layer."""
    out = (size + 2 * pad - kernel) // stride + 1
    if ceil and (size + 2 * pad - kernel) % stride:
        raise SystemExit(f"layer {name}: ceil_mode matters for an input of {size}; choose another --size")
    return out


class Converter:
    """Collects the lines of `layers` and the arrays of `weights`."""

    def __init__(self, old, size):
        self.old = old
        self.reversed = text(old.attrs.get("channel_order", "RGB")) == "BGR"
        self.lines, self.weights, self.last = [], {}, "input"
        first = next(layer for layer in json.loads(old.attrs["graph"]) if layer["inputs"] == ["input"])
        channels = old[f"weights/{first['name']}/weight"].shape[1]
        self.input = (channels, size, size)
        self.made = {"input": ("input", self.input)}  # older name: (name, shape)

    def add(self, name, keys, inputs, shape):
        source = "" if inputs == [self.last] else f", from: [{', '.join(inputs)}]"
        op, rest = keys[0], "".join(f", {key}" for key in keys[1:])
        self.lines.append(f"  - {{op: {op}, name: {name}{source}{rest}}}")
        self.last = name
        return name, shape

    def pixels(self, statistics):
        if len(statistics["mean"]) != self.input[0]:
            raise SystemExit(f"mean has {len(statistics['mean'])} channels, the network reads {self.input[0]}")
        self.weights["pixels"] = statistics
        self.made["input"] = self.add("pixels", ["norm", "epsilon: 1e-12"], ["input"], self.input)

    def conv(self, layer, inputs, shapes):
        name, stride, pad = layer["name"], layer.get("stride", 1), layer.get("pad", 0)
        if f"weights/{name}/weight" not in self.old:
            raise SystemExit(f"layer {name}: data set /weights/{name}/weight is missing")
        group = self.old[f"weights/{name}"]
        weight = np.asarray(group["weight"], np.float32)
        out, channels, *kernel = weight.shape
        if channels != shapes[0][0]:
            raise SystemExit(f"layer {name}: its filters read {channels} channels, its input has {shapes[0][0]}")
        if self.reversed and layer["inputs"] == ["input"]:
            weight = weight[:, ::-1]
        self.weights[name] = {"weight": weight}
        if "bias" in group:
            self.weights[name]["bias"] = np.asarray(group["bias"])
        height, width = (window(name, s, k, stride, pad, False) for s, k in zip(shapes[0][1:], kernel))
        keys = ["conv", f"channels: {out}", f"kernel: {kernel[0]}x{kernel[1]}", f"stride: {stride}", f"pad: {pad}"]
        keys += [] if "bias" in group else ["bias: false"]
        made = self.add(name, keys, inputs, (out, height, width))
        if layer.get("relu"):
            relu = name.replace("conv", "relu", 1) if "conv" in name else name + "-relu"
            made = self.add(relu, ["relu"], [name], made[1])
        return made

    def maxpool(self, layer, inputs, shapes):
        name, kernel, pad = layer["name"], layer["kernel"], layer.get("pad", 0)
        stride = layer.get("stride", kernel)
        sides = [window(name, s, kernel, stride, pad, layer.get("ceil_mode")) for s in shapes[0][1:]]
        keys = ["max_pool", f"kernel: {kernel}", f"stride: {stride}", f"pad: {pad}"]
        return self.add(name, keys, inputs, (shapes[0][0], *sides))

    def concat(self, layer, inputs, shapes):
        return self.add(layer["name"], ["concat"], inputs, (sum(s[0] for s in shapes), *shapes[0][1:]))

    def global_avgpool(self, layer, inputs, shapes):
        channels, height, width = shapes[0]
        return self.add(layer["name"], ["avg_pool", f"kernel: {height}x{width}"], inputs, (channels, 1, 1))

    def convert(self):
        statistics = pixel_norm(self.old.attrs)
        if statistics:
            self.pixels(statistics)
        for layer in json.loads(self.old.attrs["graph"]):
            if layer["op"] not in ("conv", "maxpool", "concat", "global_avgpool"):
                raise SystemExit(f"layer {layer['name']}: no equal of op {layer['op']} is known")
            for name in layer["inputs"]:
                if name not in self.made:
                    raise SystemExit(f"layer {layer['name']}: there is no earlier layer {name}")
            names, shapes = zip(*(self.made[name] for name in layer["inputs"]))
            self.made[layer["name"]] = getattr(self, layer["op"])(layer, list(names), shapes)
        return "layers:\n" + "\n".join(self.lines) + "\n"


def put(file, path, array, description):
    """A chunked data set with a checksum, as ggcn writes its own."""
    array = np.ascontiguousarray(array)
    data = file.create_dataset(path, data=array, chunks=array.shape, fletcher32=True)
    data.attrs["description"], data.attrs["units"] = description, "1"


def write(path, shape, layers, weights, classes, **about):
    """Writes a network file for images of `shape`; `about`: description, source, features, logits, resize as far as known."""
    with h5py.File(path, "w") as file:
        file.attrs.update(
            format="ggcn-network",
            format_version=np.int64(2),
            created=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            ggcn_version=os.path.basename(sys.argv[0]),
            git_commit="unknown",
            compiler="Python " + sys.version.split()[0],
            instruction_set="generic",
            libraries=f"HDF5 {h5py.version.hdf5_version}, h5py {h5py.__version__}, numpy {np.__version__}",
            command_line=shlex.join(sys.argv),
            configuration="",
            host=socket.gethostname(),
            ranks=np.int64(1),
            threads=np.int64(1),
            layers=layers,
            input_channels=np.int64(shape[0]),
            input_height=np.int64(shape[1]),
            input_width=np.int64(shape[2]),
            **about,
        )
        for layer, arrays in weights.items():
            for kind, array in arrays.items():
                put(file, f"weights/{layer}/{kind}", np.asarray(array, np.float32), DESCRIPTIONS[kind])
        if classes:
            longest = max(len(name.encode()) for name in classes)
            names = np.array([name.encode() for name in classes], h5py.string_dtype("utf-8", longest))
            put(file, "classes", names, "name of each class")


def about_older(converter, old, path):
    about = {"description": "converted from " + os.path.basename(path), "source": text(old.attrs.get("source", "unknown"))}
    features = text(old.attrs.get("features", "")).split(" ")[0]
    if features in converter.made:
        about["features"] = converter.made[features][0]
    return about


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--size", type=int, help="height and width of the images")
    arguments = parser.parse_args()
    try:
        old = h5py.File(arguments.old, "r")
    except OSError as error:
        raise SystemExit(f"{arguments.old}: {error}") from None
    with old:
        if "graph" not in old.attrs or "weights" not in old:
            raise SystemExit(f"{arguments.old}: no network file of the older form, it lacks `graph` or /weights")
        size = arguments.size or int(old.attrs.get("input_size", 0))
        if size < 1:
            raise SystemExit(f"{arguments.old} has no input_size: give --size")
        converter = Converter(old, size)
        layers = converter.convert()
        incomplete = arguments.new + ".incomplete"
        classes = json.loads(old.attrs["class_names"]) if "class_names" in old.attrs else []
        write(incomplete, converter.input, layers, converter.weights, classes, **about_older(converter, old, arguments.old))
    os.replace(incomplete, arguments.new)
    numbers = sum(array.size for arrays in converter.weights.values() for array in arrays.values())
    shape = "x".join(map(str, converter.input))
    print(f"{arguments.new}: {len(converter.lines)} layers, {numbers} numbers, images of {shape}")


if __name__ == "__main__":
    main()
