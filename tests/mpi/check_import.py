#!/usr/bin/python3
"""What ggcn_data import made, against Pillow and h5py.

check_import.py pixels FOLDER DATA.h5 [crop=X0,Y0,X1,Y1] [grey]   every image of a folder, in the order of the paths
check_import.py same A.h5 B.h5            the same data sets, laid out alike
check_import.py round_trip DATA.h5 TRAIN.h5 HELD_OUT.h5   the parts came back, each image with its class, in any order
check_import.py order A.h5 B.h5           the same images with their classes, in another order
check_import.py merged OUT.h5 A.h5 B.h5   training parts, then held-out parts
"""
import os
import sys

import h5py
import numpy as np
from PIL import Image


def fail(text):
    sys.exit(f"{sys.argv}: {text}")


def load(path):
    with h5py.File(path) as file:
        names = [name.decode() for name in file["classes"][()]]
        return file["images"][()], [names[i] for i in file["labels"][()]], int(file.attrs["held_out"])


def pairs(images, labels):
    return sorted((label, image.tobytes()) for image, label in zip(images, labels))


def check_pixels(folder, data, *changes):
    paths = sorted(os.path.relpath(os.path.join(at, file), folder) for at, _, files in os.walk(folder) for file in files)
    images, labels, _ = load(data)
    if len(paths) != len(images):
        fail(f"{len(images)} images, expected {len(paths)}")
    for path, image, label in zip(paths, images, labels):
        with Image.open(os.path.join(folder, path)) as opened:
            expected = opened.convert("RGB")
        for change in changes:
            if change == "grey":
                expected = expected.convert("L")
            else:
                expected = expected.crop([int(x) for x in change.removeprefix("crop=").split(",")])
        expected = np.asarray(expected).reshape(expected.height, expected.width, -1).transpose(2, 0, 1)
        if expected.shape != image.shape or not (expected == image).all():
            fail(f"{path} differs")
        if label != os.path.dirname(path):
            fail(f"{path} has class {label}")


def check_same(a, b):
    with h5py.File(a) as first, h5py.File(b) as second:
        if sorted(first) != sorted(second) or first.attrs["held_out"] != second.attrs["held_out"]:
            fail("other data sets, or another held-out part")
        if first.attrs["checksum"] != second.attrs["checksum"]:
            fail("other checksums")
        for name in first:
            x, y = first[name], second[name]
            if (x.shape, x.chunks, x.dtype, x.fletcher32) != (y.shape, y.chunks, y.dtype, y.fletcher32):
                fail(f"{name} is laid out in another way")
            for i in range(x.id.get_num_chunks()):
                place = x.id.get_chunk_info(i).chunk_offset
                if x.id.read_direct_chunk(place) != y.id.read_direct_chunk(place):  # the bytes on disk
                    fail(f"{name} differs in the chunk at {place}")


def check_round_trip(data, train, held_out):
    images, labels, held = load(data)
    if held == 0:
        fail("nothing was held out")
    cut = len(images) - held
    for path, part, names in (train, images[:cut], labels[:cut]), (held_out, images[cut:], labels[cut:]):
        found, classes, _ = load(path)
        if pairs(found, classes) != pairs(part, names):
            fail(f"{path} has other images")


def check_order(a, b):
    (images, labels, _), (others, classes, _) = load(a), load(b)
    if pairs(images, labels) != pairs(others, classes):
        fail("other images")
    if (images == others).all():
        fail("the same order")


def check_merged(out, *parts):
    images, labels, held = load(out)
    loaded = [load(part) for part in parts]
    training = [(x[: len(x) - h], y[: len(x) - h]) for x, y, h in loaded]
    others = [(x[len(x) - h :], y[len(x) - h :]) for x, y, h in loaded]
    if held != sum(h for _, _, h in loaded):
        fail(f"{held} held out")
    if not (np.concatenate([x for x, _ in training + others]) == images).all():
        fail("other images, or another order")
    if sum((y for _, y in training + others), []) != labels:
        fail("other classes")


globals()["check_" + sys.argv[1]](*sys.argv[2:])
