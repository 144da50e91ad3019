"""Files for the tests of ggcn_eval, and its scores a second time: NumPy, SciPy, Pillow and scikit-image."""
import json
import os
import subprocess

import h5py
import numpy as np
import scipy.linalg
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

# The features are the layer before the class scores. Neither is the last layer of the file's list of pools.
NETWORK = """layers:
  - {op: conv, name: first, channels: 8, kernel: 3, stride: 2, pad: 1}
  - {op: relu, name: bent}
  - {op: conv, name: second, channels: 10, kernel: 3, pad: 1}
  - {op: leaky_relu, name: top, slope: 0.1}
  - {op: conv, name: scores, channels: 7, kernel: 1}
"""
SIDE = 16  # of the network's input


def images(count, size, seed):
    """Bytes [count][3][size][size]: waves, a few edges and noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    made = np.zeros((count, 3, size, size))
    for i in range(count):
        for c in range(3):
            a, b, phase = random.normal(0, 6, 3)
            made[i, c] = 128 + random.uniform(20, 110) * np.sin(a * x + b * y + phase)
        made[i] += 60 * (x > random.uniform()) * random.normal(size=(3, 1, 1))
    return np.clip(made + random.normal(0, 6, made.shape), 0, 255).astype(np.uint8)


def put(file, path, array, description, scales=()):
    data = file.create_dataset(path, data=array, chunks=array.shape, fletcher32=True)
    data.attrs["description"], data.attrs["units"] = description, "1"
    group = path.rpartition("/")[0]
    for i, name in enumerate(scales):
        data.dims[i].attach_scale(file[f"{group}/{name}"])


def write_samples(path, numbers, low=-1.0, high=1.0):
    """A file of samples from numbers [sample][channel][row][column], with the provenance of no run."""
    with h5py.File(path, "w") as file:
        file.attrs.update(
            format="ggcn-samples", format_version=np.int64(1), created="2024-01-31T23:59:59Z", ggcn_version="a test",
            git_commit="unknown", compiler="none", instruction_set="generic", libraries="none", command_line="",
            configuration="", host="here", ranks=np.int64(1), threads=np.int64(1), run="runs/none", model="wgcn",
            iteration=np.int64(1), digest_parameters="0123456789abcdef", start="fresh chains", steps=np.int64(0),
            thin=np.int64(0),
            pixel_min=np.float64(low), pixel_max=np.float64(high))
        names = ["sample", "channel", "row", "column"]
        for name, size in zip(names, numbers.shape):
            put(file, f"posterior/{name}", np.arange(size, dtype="<u8"), name)
            file[f"posterior/{name}"].make_scale(name)
        put(file, "posterior/images", numbers.astype("<f4"), "the samples", names)
        for name in ["chain", "draw"]:
            put(file, f"posterior/{name}", np.arange(len(numbers), dtype="<u8"), name, names[:1])


def as_bytes(numbers, low=-1.0, high=1.0):
    return np.floor(np.clip(255 * (numbers.astype(np.float64) - low) / (high - low), 0, 255) + 0.5).astype(np.uint8)


def write_data_set(ggcn_data, folder, name, pixels):
    """A data set through ggcn_data, from records of CIFAR-10's form (images of 32x32) cut to their size."""
    size = pixels.shape[-1]
    records = np.zeros((len(pixels), 3073), np.uint8)
    full = np.zeros((len(pixels), 3, 32, 32), np.uint8)
    full[:, :, :size, :size] = pixels
    records[:, 0] = np.arange(len(pixels)) % 10
    records[:, 1:] = full.reshape(len(pixels), -1)
    binary, path = os.path.join(folder, name + ".bin"), os.path.join(folder, name + ".h5")
    records.tofile(binary)
    done = subprocess.run([ggcn_data, "import", "cifar10", binary, path, "--crop", f"{size}x{size}+0+0"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


def pillow(plane):
    return np.asarray(Image.fromarray(plane.astype(np.float32), "F").resize((SIDE, SIDE), Image.BILINEAR), np.float64)


def tensorflow(plane):
    """resize_bilinear of TensorFlow 1: output pixel o lies at o * input size / SIDE."""
    size = len(plane)
    place = np.arange(SIDE) * size / SIDE
    low = place.astype(int)
    high, share = np.minimum(low + 1, size - 1), place - low
    rows = plane[low] * (1 - share)[:, None] + plane[high] * share[:, None]
    return rows[:, low] * (1 - share) + rows[:, high] * share


def convolve(x, weight, bias, stride, pad):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.einsum("oikl,iyxkl->oyx", weight, windows) + bias[:, None, None]


def features(network, pixels, resize):
    """Features [count][10] and class scores [count][7] in double precision."""
    with h5py.File(network) as file:
        layers = {name: (np.float64(group["weight"]), np.float64(group["bias"]))
                  for name, group in file["weights"].items()}
    found, scores = [], []
    for image in pixels:
        x = np.array([resize(plane.astype(np.float64)) for plane in image]) / 127.5 - 1
        x = np.maximum(convolve(x, *layers["first"], 2, 1), 0)
        x = convolve(x, *layers["second"], 1, 1)
        x = np.where(x > 0, x, 0.1 * x)
        found.append(x.mean((1, 2)))
        scores.append(convolve(x, *layers["scores"], 1, 0).mean((1, 2)))
    return np.array(found), np.array(scores)


def responses(checkpoint, pixels):
    """Feature maps "bent", "top" and "scores" [count][channels][y][x] of NETWORK as the potential of a model, which sees
    pixels from 0 to 2."""
    with h5py.File(checkpoint) as file:
        layers = {name: [np.float64(file[f"parameters/{name}.{part}"]) for part in ["weight", "bias"]]
                  for name in ["first", "second", "scores"]}
    maps = []
    for image in pixels:
        bent = np.maximum(convolve(image / 127.5, *layers["first"], 2, 1), 0)
        top = convolve(bent, *layers["second"], 1, 1)
        top = np.where(top > 0, top, 0.1 * top)
        maps.append([bent, top, convolve(top, *layers["scores"], 1, 0)])
    return {name: np.array(values) for name, values in zip(["bent", "top", "scores"], zip(*maps))}


def inception_score(scores, splits):
    p = np.exp(scores - scipy.special.logsumexp(scores, 1, keepdims=True))
    values = []
    for part in (p[i::splits] for i in range(splits)):
        values.append(np.exp((part * np.log(part / part.mean(0))).sum(1).mean()))
    return np.mean(values), np.std(values)


def frechet_distance(a, b):
    s_a, s_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(s_a @ s_b).real
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s_a + s_b - 2 * root)


def pair_scores(a, b):
    psnr = [peak_signal_noise_ratio(x, y, data_range=255) for x, y in zip(a, b)]
    ssim = [structural_similarity(x, y, channel_axis=0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                  data_range=255) for x, y in zip(a, b)]
    return {"mse": ((a / 255.0 - b / 255.0) ** 2).mean(), "psnr": np.mean(psnr), "ssim": np.mean(ssim)}


def load_json(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)
