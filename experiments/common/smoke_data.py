"""The data of scale smoke: 200 images of Fashion-MNIST at 32x32, and a small network of random filters for scores."""

import os
import sys

import numpy as np

from experiment import Bad
from programs import TOP

IMAGES = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"
LAYERS = """layers:
  - {op: conv, name: first, channels: 8, kernel: 3, stride: 2, pad: 1}
  - {op: relu, name: bent}
  - {op: conv, name: second, channels: 12, kernel: 3, stride: 2, pad: 1}
  - {op: relu, name: features}
  - {op: conv, name: classes, channels: 5, kernel: 1}
"""


def make(folder, programs):
    """Makes images-32.h5, features.h5 and filters.h5 in the folder, where they are missing."""
    os.makedirs(folder, exist_ok=True)
    images = os.path.join(folder, "images-32.h5")
    if not os.path.exists(images):
        if not os.path.exists(IMAGES):
            raise Bad(f"{IMAGES} is missing: it is in Debian's package dataset-fashion-mnist")
        programs.call(
            "ggcn_data",
            "import",
            "idx",
            IMAGES,
            images,
            "--size",
            "32",
            "--shuffle",
            "1",
            "--limit",
            "200",
            "--split",
            "0.2",
        )
    for name, layers in [("features.h5", LAYERS), ("filters.h5", LAYERS.rsplit("  - ", 1)[0])]:
        if not os.path.exists(os.path.join(folder, name)):
            write_network(os.path.join(folder, name), layers)


def write_network(path, layers):
    sys.path.insert(0, os.path.join(TOP, "experiments", "tools"))
    import convert_network

    random = np.random.default_rng(1)
    weights = {}
    for name, *shape in [("first", 8, 1, 3, 3), ("second", 12, 8, 3, 3), ("classes", 5, 12, 1, 1)]:
        if f"name: {name}," in layers:
            fan_in = shape[1] * shape[2] * shape[3]
            weights[name] = {"weight": random.normal(0, np.sqrt(2 / fan_in), shape), "bias": np.zeros(shape[0])}
    incomplete = path + ".incomplete"
    convert_network.write(
        incomplete,
        (1, 32, 32),
        layers,
        weights,
        [],
        description="random filters",
        source="made for smoke",
        features="features",
        resize="bilinear-pillow",
    )
    os.replace(incomplete, path)
