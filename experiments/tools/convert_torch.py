#!/usr/bin/python3
"""Makes a feature network for ggcn_eval from a PyTorch state dict.

    convert_torch.py inception-fid pt_inception-2015-12-05-6726825d.pth inception-fid.h5
    convert_torch.py inception inception_v3_google-0cc3c7bd.pth inception.h5 [--classes NAMES.txt]
    convert_torch.py vgg16 vgg16-397923af.pth vgg16.h5

inception-fid  the 2015 TensorFlow network of published inception scores and Frechet distances, as its PyTorch port holds
               it: pixels (p - 128)/128, TensorFlow's resizing to 299, average pools that do not count padding, a max-pool in
               the last block; 2048 features, 1008 class scores without their biases, as in the published score
inception      torchvision's Inception v3, whose average pools count padding: a pool with the 1x1 convolution behind it
               becomes one 3x3 convolution; 2048 features, 1000 class scores
vgg16          torchvision's VGG-16; features are the 4096 numbers before the class scores

Batch normalisation is folded into the convolutions. Needs python3-torch. --size: of the images, for other sizes than the
network was trained on.
"""
import argparse
import os

import numpy as np

import convert_network

EPSILON = 0.001  # of Inception's batch normalisation
IMAGENET = {"mean": np.array([0.485, 0.456, 0.406]), "std": np.array([0.229, 0.224, 0.225])}
VGG_POOLS = [1, 3, 6, 9, 12]  # a pool follows the convolution of that number
SIZES = {"inception-fid": 299, "inception": 299, "vgg16": 224}


class Network:
    """Collects the lines of `layers` and the arrays of `weights`; `last` is the layer that the next one reads."""

    def __init__(self, state, size):
        self.state, self.used = state, set()
        self.lines, self.weights, self.last = [], {}, "input"
        self.shapes = {"input": (3, size, size)}

    def array(self, name):
        if name not in self.state:
            raise SystemExit(f"the state dict has no {name}: it is of another network")
        self.used.add(name)
        return np.asarray(self.state[name], np.float64)

    def add(self, name, op, keys, shape, source):
        source = [source] if isinstance(source, str) else source
        origin = "" if source == [self.last] else f", from: [{', '.join(source)}]"
        self.lines.append(f"  - {{op: {op}, name: {name}{origin}{''.join(f', {key}' for key in keys)}}}")
        self.shapes[name], self.last = shape, name
        return name

    def pixels(self, mean, deviation):
        """(x - mean)/deviation of pixels x from -1 to 1."""
        ones = np.ones(3)
        self.weights["pixels"] = {"gamma": ones, "beta": 0 * ones, "mean": mean * ones, "variance": (deviation * ones) ** 2}
        return self.add("pixels", "norm", ["epsilon: 1e-12"], self.shapes["input"], "input")

    def out_size(self, name, source, kernel, stride, pad):
        shape = self.shapes[source]
        sides = [(s + 2 * p - k) // t + 1 for s, k, t, p in zip(shape[1:], kernel, stride, pad)]
        if min(sides) < 1:
            raise SystemExit(f"layer {name}: images of {self.shapes['input'][1]} are too small: choose another --size")
        return sides

    def filters(self, name, weight, bias, source, stride=1, pad=(0, 0)):
        out, channels, *kernel = weight.shape
        if channels != self.shapes[source][0]:
            raise SystemExit(f"layer {name}: its filters read {channels} channels, its input has {self.shapes[source][0]}")
        sides = self.out_size(name, source, kernel, (stride, stride), pad)
        self.weights[name] = {"weight": weight, "bias": bias}
        keys = [f"channels: {out}", f"kernel: {kernel[0]}x{kernel[1]}", f"stride: {stride}", f"pad: {pad[0]}x{pad[1]}"]
        self.add(name, "conv", keys, (out, *sides), source)
        return self.add(name + "-relu", "relu", [], self.shapes[name], name)

    def pool(self, name, op, source, kernel, stride, pad=0):
        channels, *_ = self.shapes[source]
        sides = self.out_size(name, source, (kernel, kernel), (stride, stride), (pad, pad))
        keys = [f"kernel: {kernel}", f"stride: {stride}", f"pad: {pad}"]
        return self.add(name, op, keys, (channels, *sides), source)

    def concat(self, name, sources):
        channels = sum(self.shapes[source][0] for source in sources)
        return self.add(name, "concat", [], (channels, *self.shapes[sources[0]][1:]), sources)

    def dense(self, name, key, source, bias=True):
        weight = self.array(key + ".weight")
        if weight.shape[1] != np.prod(self.shapes[source]):
            raise SystemExit(f"layer {name}: it reads {weight.shape[1]} numbers, its input has {np.prod(self.shapes[source])}")
        self.weights[name] = {"weight": weight}
        biases = self.array(key + ".bias")
        if bias:
            self.weights[name]["bias"] = biases
        keys = [f"channels: {len(weight)}"] + ([] if bias else ["bias: false"])
        return self.add(name, "dense", keys, (len(weight), 1, 1), source)

    def check_used(self, ignored):
        """What the state dict has besides was not expected."""
        left = [k for k in self.state if k not in self.used and not k.endswith("num_batches_tracked") and not ignored(k)]
        if left:
            raise SystemExit(f"the state dict has {left[0]}, which this network has no use for: it is of another network")


class Inception(Network):
    def __init__(self, state, size, fid):
        super().__init__(state, size)
        self.fid = fid

    def unit(self, key, source, stride=1, pad=(0, 0), pooled=False):
        """A convolution with its batch normalisation and ReLU. pooled: behind an average pool that counts padding."""
        weight = self.array(key + ".conv.weight")
        scale = self.array(key + ".bn.weight") / np.sqrt(self.array(key + ".bn.running_var") + EPSILON)
        bias = self.array(key + ".bn.bias") - self.array(key + ".bn.running_mean") * scale
        weight = weight * scale[:, None, None, None]
        if pooled:
            weight, pad = np.tile(weight / 9, (1, 1, 3, 3)), (1, 1)
        return self.filters(key.replace(".", "-"), weight, bias, source, stride, pad)

    def chain(self, block, names, source, pads, last_stride=1):
        for i, (name, pad) in enumerate(zip(names, pads)):
            source = self.unit(f"{block}.{name}", source, last_stride if i == len(names) - 1 else 1, pad)
        return source

    def pooled(self, block, source, largest=False):
        if largest or self.fid:
            source = self.pool(block + "-pool", "max_pool" if largest else "avg_pool", source, 3, 1, 1)
            return self.unit(block + ".branch_pool", source)
        return self.unit(block + ".branch_pool", source, pooled=True)

    def block_a(self, block, x):
        return self.concat(block, [
            self.unit(block + ".branch1x1", x), self.chain(block, ["branch5x5_1", "branch5x5_2"], x, [(0, 0), (2, 2)]),
            self.chain(block, ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], x, [(0, 0), (1, 1), (1, 1)]),
            self.pooled(block, x)])

    def block_b(self, block, x):
        return self.concat(block, [
            self.unit(block + ".branch3x3", x, 2),
            self.chain(block, ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], x, [(0, 0), (1, 1), (0, 0)], 2),
            self.pool(block + "-pool", "max_pool", x, 3, 2)])

    def block_c(self, block, x):
        wide, high = (0, 3), (3, 0)
        return self.concat(block, [
            self.unit(block + ".branch1x1", x),
            self.chain(block, [f"branch7x7_{i}" for i in (1, 2, 3)], x, [(0, 0), wide, high]),
            self.chain(block, [f"branch7x7dbl_{i}" for i in (1, 2, 3, 4, 5)], x, [(0, 0), high, wide, high, wide]),
            self.pooled(block, x)])

    def block_d(self, block, x):
        return self.concat(block, [
            self.chain(block, ["branch3x3_1", "branch3x3_2"], x, [(0, 0), (0, 0)], 2),
            self.chain(block, [f"branch7x7x3_{i}" for i in (1, 2, 3, 4)], x, [(0, 0), (0, 3), (3, 0), (0, 0)], 2),
            self.pool(block + "-pool", "max_pool", x, 3, 2)])

    def block_e(self, block, x, largest):
        plain = self.unit(block + ".branch1x1", x)
        once = self.unit(block + ".branch3x3_1", x)
        one = [self.unit(f"{block}.branch3x3_2{side}", once, pad=pad) for side, pad in [("a", (0, 1)), ("b", (1, 0))]]
        twice = self.chain(block, ["branch3x3dbl_1", "branch3x3dbl_2"], x, [(0, 0), (1, 1)])
        two = [self.unit(f"{block}.branch3x3dbl_3{side}", twice, pad=pad) for side, pad in [("a", (0, 1)), ("b", (1, 0))]]
        return self.concat(block, [plain, *one, *two, self.pooled(block, x, largest)])

    def build(self):
        # the port's pixels are those of the original; torchvision's transform_input makes its own to be from -1 to 1
        x = self.pixels(128 / 127.5 - 1, 128 / 127.5) if self.fid else "input"
        x = self.unit("Conv2d_1a_3x3", x, 2)
        x = self.unit("Conv2d_2a_3x3", x)
        x = self.pool("pool1", "max_pool", self.unit("Conv2d_2b_3x3", x, pad=(1, 1)), 3, 2)
        x = self.unit("Conv2d_3b_1x1", x)
        x = self.pool("pool2", "max_pool", self.unit("Conv2d_4a_3x3", x), 3, 2)
        for block in ["Mixed_5b", "Mixed_5c", "Mixed_5d"]:
            x = self.block_a(block, x)
        x = self.block_b("Mixed_6a", x)
        for block in ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"]:
            x = self.block_c(block, x)
        x = self.block_d("Mixed_7a", x)
        x = self.block_e("Mixed_7b", x, False)
        x = self.block_e("Mixed_7c", x, self.fid)
        self.pool_all("features", x)
        self.dense("logits", "fc", "features", bias=not self.fid)
        self.check_used(lambda key: key.startswith("AuxLogits."))

    def pool_all(self, name, source):
        channels, height, width = self.shapes[source]
        return self.add(name, "avg_pool", [f"kernel: {height}x{width}"], (channels, 1, 1), source)


class Vgg(Network):
    def build(self):
        mean, std = IMAGENET["mean"], IMAGENET["std"]
        x = self.pixels(2 * mean - 1, 2 * std)
        keys = sorted({int(key.split(".")[1]) for key in self.state if key.startswith("features.")})
        for number, key in enumerate(keys):
            name = f"conv{number + 1}"
            x = self.filters(name, self.array(f"features.{key}.weight"), self.array(f"features.{key}.bias"), x, 1, (1, 1))
            if number in VGG_POOLS:
                x = self.pool(f"pool{number + 1}", "max_pool", x, 2, 2)
        if len(keys) != 13 or self.shapes[x][1] != 7:
            raise SystemExit(f"{len(keys)} convolutions that end with {self.shapes[x][1]} rows, expected 13 and 7 (--size 224)")
        for name, key in [("fc6", "classifier.0"), ("fc7", "classifier.3")]:
            x = self.dense(name, key, x)
            x = self.add("features" if name == "fc7" else name + "-relu", "relu", [], self.shapes[x], x)
        self.dense("logits", "classifier.6", x)
        self.check_used(lambda key: False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=SIZES)
    parser.add_argument("state")
    parser.add_argument("network")
    parser.add_argument("--size", type=int, help="height and width of the images")
    parser.add_argument("--classes", help="text file with the name of each class, a line each")
    arguments = parser.parse_args()
    import torch  # takes seconds

    try:
        state = torch.load(arguments.state, map_location="cpu")
    except (OSError, RuntimeError) as error:
        raise SystemExit(f"{arguments.state}: {error}") from None
    state = {key: value.numpy() for key, value in state.items()}
    size = arguments.size or SIZES[arguments.kind]
    network = Vgg(state, size) if arguments.kind == "vgg16" else Inception(state, size, arguments.kind == "inception-fid")
    network.build()
    classes = []
    if arguments.classes:
        with open(arguments.classes, encoding="utf-8") as stream:
            classes = stream.read().splitlines()
        if len(classes) != network.shapes["logits"][0]:
            raise SystemExit(f"{arguments.classes}: {len(classes)} names for {network.shapes['logits'][0]} classes")
    incomplete = arguments.network + ".incomplete"
    resize = "bilinear-tensorflow" if arguments.kind == "inception-fid" else "bilinear-pillow"
    convert_network.write(incomplete, network.shapes["input"], "layers:\n" + "\n".join(network.lines) + "\n", network.weights,
                          classes, description=f"{arguments.kind} from {os.path.basename(arguments.state)}",
                          source=os.path.basename(arguments.state), features="features", logits="logits", resize=resize)
    os.replace(incomplete, arguments.network)
    numbers = sum(array.size for arrays in network.weights.values() for array in arrays.values())
    print(f"{arguments.network}: {len(network.lines)} layers, {numbers} numbers, images of {size}x{size}")


if __name__ == "__main__":
    main()
