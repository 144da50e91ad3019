#!/usr/bin/python3
"""Writes the inputs that fuzzing starts from, one folder a target: make_seeds.py FOLDER GGCN_DATA GGCN_TRAIN NETWORKS

Debian's python3-pil and python3-h5py are used, so this is Debian's Python."""
import gzip
import os
import pathlib
import re
import struct
import subprocess
import sys

from PIL import Image

folder, data, train, networks = (pathlib.Path(argument).resolve() for argument in sys.argv[1:5])
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # of MPI, in the programs that make seeds


def seed(target, name, content):
    path = folder / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def quiet(*command):
    subprocess.run([str(word) for word in command], check=True, cwd=folder, stdout=subprocess.DEVNULL)


def images():
    picture = Image.frombytes("RGB", (12, 9), bytes((i * 7) % 256 for i in range(12 * 9 * 3)))
    kinds = {"RGB": "rgb", "L": "grey", "RGBA": "alpha", "P": "palette", "LA": "grey-alpha", "1": "bits", "I;16": "deep"}
    for mode, name in kinds.items():
        one = picture.convert("L").convert("I").convert("I;16") if mode == "I;16" else picture.convert(mode)
        one.save(folder / f"{name}.png")
    picture.save(folder / "plain.jpg", quality=60)
    picture.save(folder / "progressive.jpg", progressive=True)
    picture.convert("CMYK").save(folder / "cmyk.jpg")
    picture.convert("L").save(folder / "grey.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "turned.jpg", exif=exif)
    picture.save(folder / "lossy.webp", quality=50)
    picture.convert("RGBA").save(folder / "lossless.webp", lossless=True, exif=exif)
    for path in sorted(folder.glob("*.*")):
        if path.suffix in (".png", ".jpg", ".webp"):
            seed("fuzz_image", path.name, path.read_bytes())
            seed("fuzz_lmdb", path.name, path.read_bytes())
            path.unlink()
    seed("fuzz_lmdb", "key", b"\0000000000000000000000000000000000000001eef")


def records():
    pixels = bytes(i % 256 for i in range(3 * 4 * 4))
    whole = struct.pack(">IIII", 2051, 3, 4, 4) + pixels
    labels = struct.pack(">II", 2049, 3) + bytes([0, 1, 2])
    for name, (left, right) in {"plain": (labels, whole), "gzip": (gzip.compress(labels), gzip.compress(whole))}.items():
        part = -(-len(left) * 256 // (len(left) + len(right)))  # the target cuts at part/256 of the whole
        missing = (len(left) + len(right)) * part // 256 - len(left)
        seed("fuzz_idx", name, bytes([part]) + left + bytes(max(0, missing)) + right)
    exact = labels + bytes(256 - len(labels) - 16 - 48) + whole
    seed("fuzz_idx", "padded", bytes([256 - 64]) + exact)
    seed("fuzz_cifar10", "two", (b"\3" + bytes(3072)) + (b"\7" + bytes(range(256)) * 12))
    seed("fuzz_cifar10", "one", b"\0" + bytes(3072))


def texts():
    for path in sorted(networks.glob("*.yaml")):
        seed("fuzz_network", path.name, path.read_bytes())
    defaults = subprocess.run([train, "--print-defaults"], check=True, capture_output=True).stdout
    defaults = re.sub(r" *#.*", "", defaults.decode()).replace('file: ""', 'file: "x.h5"')
    for section in re.split(r"^(?=\w)", defaults, flags=re.M):  # small ones run faster, and change more with each byte
        name = section.split(":")[0].strip()
        if name:
            seed("fuzz_config", f"section-{name}.yaml", section if name == "data" else section + "data: {file: x.h5}\n")
    seed("fuzz_config", "short.yaml", "model: ggcn\ndata: {file: x.h5, classes: [1, 2]}\nreplay: {size: 200}\n")
    seed("fuzz_config", "grids.yaml", "model: wmgcn\ndata:\n  file: x.h5\nmultigrid:\n  sizes: [1, 8, 32]\n")
    seed("fuzz_config", "alias.yaml", "data: &d {file: x.h5}\nlearning: {optimizer: {rate: 1e-3}}\n")


def files():
    seed("records", "batch.bin", bytes(b"".join(bytes([i]) + bytes(range(256)) * 12 for i in range(4))))
    seed("records", "network.yaml", "layers:\n  - {op: conv, channels: 2, kernel: 3, stride: 2}\n  - {op: norm}\n  - {op: relu}\n")
    quiet(data, "import", "cifar10", "records", "small.h5", "--size", "8", "--overwrite")
    quiet(train, "-s", "data.file=small.h5", "-s", "potential.network=records/network.yaml", "-s", "learning.iterations=2",
          "-s", "learning.chains=2", "-s", "learning.observed=2", "-s", "run.block=1", "-s", "sampler.steps=2", "-s",
          "output.chain_every=1", "--preset", "cifar10-wgcn", "-s", "data.size=8", "--out", "run", "--overwrite")
    wanted = {"dataset.h5": "small.h5", "checkpoint.h5": "run/checkpoints/00000002.h5", "metrics.h5": "run/metrics.h5",
              "segment.h5": "run/chains/segment-00000002.h5", "chains.h5": "run/chains/chains.h5"}
    for name, path in wanted.items():
        seed("fuzz_hdf5", name, (folder / path).read_bytes())


folder.mkdir(parents=True, exist_ok=True)
images()
records()
texts()
files()
