#!/usr/bin/python3
"""convert_network.py on a small file of the older form: its network gives what numpy computes from that file by hand, and
what has no equal is refused.

test_convert_network.py CONVERTER RUN_NETWORK GGCN_DATA [LAUNCHER]
"""
import json
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

SIZE = 12
GRAPH = [
    {"name": "conv1", "op": "conv", "inputs": ["input"], "stride": 1, "pad": 1, "relu": True},
    {"name": "pool1", "op": "maxpool", "inputs": ["conv1"], "kernel": 2, "stride": 2, "ceil_mode": True},
    {"name": "left", "op": "conv", "inputs": ["pool1"], "stride": 1, "pad": 0, "relu": True},
    {"name": "right", "op": "conv", "inputs": ["pool1"], "stride": 1, "pad": 1, "relu": False},
    {"name": "both", "op": "concat", "inputs": ["left", "right"]},
    {"name": "conv_final", "op": "conv", "inputs": ["both"], "stride": 2, "pad": 1, "relu": True},
    {"name": "logits", "op": "global_avgpool", "inputs": ["conv_final"]},
]
WEIGHTS = {"conv1": (5, 3, 3, 3), "left": (2, 5, 1, 1), "right": (3, 5, 3, 3), "conv_final": (4, 5, 1, 1)}
CLASSES = ["goldfish", "Mütze, cap", "x", "last"]


def write_old(path, graph, order):
    random = np.random.default_rng(3)
    with h5py.File(path, "w") as file:
        file.attrs.update(graph=json.dumps(graph), channel_order=order, mean=np.float32([104, 117, 123]),
                          source="a formula", class_names=json.dumps(CLASSES), features="both (mean over positions)")
        if order == "BGR":
            file.attrs["scale"] = 0.02
        else:
            file.attrs["std"] = np.float32([50, 60, 70])
        for name, shape in WEIGHTS.items():
            file[f"weights/{name}/weight"] = random.normal(0, 0.5, shape).astype(np.float32)
            if name != "right":
                file[f"weights/{name}/bias"] = random.normal(0, 0.5, shape[0]).astype(np.float32)


def convolve(x, weight, bias, stride, pad):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.einsum("oikl,iyxkl->oyx", weight, windows) + bias[:, None, None]


def by_hand(path, pixels):
    """The older form's own meaning; pixels [red, green, blue][row][column] of 0..255."""
    with h5py.File(path) as file:
        if file.attrs["channel_order"] == "BGR":
            pixels = pixels[::-1]
        x = pixels - np.float64(file.attrs["mean"])[:, None, None]
        x = x * file.attrs["scale"] if "scale" in file.attrs else x / np.float64(file.attrs["std"])[:, None, None]
        values = {"input": x}
        for layer in json.loads(file.attrs["graph"]):
            x = values[layer["inputs"][0]]
            if layer["op"] == "conv":
                group = file["weights"][layer["name"]]
                bias = group["bias"][()] if "bias" in group else np.zeros(group["weight"].shape[0])
                x = convolve(x, np.float64(group["weight"]), bias, layer["stride"], layer["pad"])
                x = np.maximum(x, 0) if layer["relu"] else x
            elif layer["op"] == "maxpool":
                x = x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2).max((2, 4))
            elif layer["op"] == "concat":
                x = np.concatenate([values[name] for name in layer["inputs"]])
            else:
                x = x.mean((1, 2))
            values[layer["name"]] = x
    return x


def convert(*arguments):
    return subprocess.run([CONVERTER, *arguments], capture_output=True, text=True)


def check_equal(folder, order):
    old, new = os.path.join(folder, "old.h5"), os.path.join(folder, "new.h5")
    write_old(old, GRAPH, order)
    done = convert(old, new, "--size", str(SIZE))
    assert done.returncode == 0, done.stderr
    pixels = np.random.default_rng(4).uniform(0, 255, (3, 3, SIZE, SIZE))
    images = (pixels / 127.5 - 1).astype(np.float32)
    run = subprocess.run([RUN_NETWORK, new, "3", str(SIZE), str(SIZE)], input=images.tobytes(), capture_output=True)
    assert run.returncode == 0, run.stderr
    found = np.frombuffer(run.stdout, np.float32).reshape(3, -1)
    expected = np.array([by_hand(old, p) for p in pixels])
    assert expected.std() > 0.01, expected
    assert np.allclose(found, expected, rtol=0, atol=2e-6 * abs(expected).max()), (order, found, expected)
    with h5py.File(new) as file:
        assert [name.decode() for name in file["classes"][()]] == CLASSES
        assert file.attrs["features"] == "both" and file.attrs["source"] == "a formula"
        assert [file.attrs["input_" + name] for name in ["channels", "height", "width"]] == [3, SIZE, SIZE]
        assert file["weights/conv_final/weight"].shape == WEIGHTS["conv_final"]
    check = subprocess.run([GGCN_DATA, "check", new], capture_output=True, text=True)
    assert check.returncode == 0 and ": ok (network file" in check.stdout, check.stdout + check.stderr


def check_refusal(folder, change, size, *says):
    old, new = os.path.join(folder, "old.h5"), os.path.join(folder, "bad.h5")
    write_old(old, change(json.loads(json.dumps(GRAPH))), "RGB")
    done = convert(old, new, *size)
    assert done.returncode != 0 and not os.path.exists(new), done.stdout
    assert all(word in done.stderr for word in says), done.stderr


def with_layer(number, **keys):
    return lambda graph: graph[:number] + [{**graph[number], **keys}] + graph[number + 1 :]


CONVERTER, RUN_NETWORK, GGCN_DATA = sys.argv[1:4]
with tempfile.TemporaryDirectory() as temporary:
    check_equal(temporary, "RGB")
    check_equal(temporary, "BGR")
    check_refusal(temporary, lambda graph: graph, ["--size", "13"], "pool1", "ceil_mode", "13")
    check_refusal(temporary, lambda graph: graph, [], "--size")
    check_refusal(temporary, with_layer(4, op="multiply"), ["--size", "12"], "both", "multiply")
    check_refusal(temporary, with_layer(3, inputs=["input"]), ["--size", "12"], "right", "5 channels", "3")
print("PASS")
