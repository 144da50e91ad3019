#!/usr/bin/python3
"""Makes the golden files: what PyTorch computes, in float64, for whole networks.

Run by hand, with Debian's python3-torch and python3-h5py:   /usr/bin/python3 make_golden.py
It writes v0_norm.h5, v0_plain.h5, residual.h5 and generator.h5 beside itself, or those that it is given as arguments;
test_golden.c and test_golden_generator.c compare the executor with them.

No parameters are stored. They, the inputs and theta follow from a formula, the same here and in test_golden.c:

    mix(x):  x ^= x >> 16;  x *= 0x7feb352d;  x ^= x >> 15;  x *= 0x846ca68b;  x ^= x >> 16      (32 bits, wrapping)
    u(stream, i) = ((mix(mix(stream) + i) >> 8) - 2^23) / 2^23                                   uniform on [-1, 1)
    number i of a tensor = float32(centre + float32(width) * u(stream, i)), computed in float64

    tensor                          stream        centre   width
    theta; a generator's seed       1             0        0.25
    parameter tensor t              100 + t       0        sqrt(6 / fan_in) for weights, 0.25 for bias and beta
      (in the order of the graph)                 1        0.25 for gamma
    statistics of norm layer t      1000 + t      0        0.25 for the means (numbers 0 .. C-1)
                                                  1        0.5 for the variances (numbers C .. 2C-1)
    input                           input_stream  0        1

The input's stream is the first one at which no ReLU's argument is so near 0 that float32 could mistake its sign.

The generator is DCGAN's, small: from 6 latents, with batch statistics. generator.h5 holds, for the loss <seed, G(z)>:
    image                float32 [6][C][H][W]  G(z)
    input_gradient       float32 [6][latent]   gradient by z
    statistics           float64 [S]           mean and biased variance of each norm layer's input, [mean | variance]
    counts               int64 [T]             as below
    gradient             group                 of the loss: norm, sum and samples, as below

The other files hold, for a batch of 2 and the potential Phi(x) = sum over k and positions of theta_k F_k(x):
    potential            float64 [2]           Phi of each image
    input_gradient       float32 [2][C][H][W]  grad_x Phi
    counts               int64 [T]             elements of each parameter tensor, in the order of the graph
    likelihood, jko      groups: gradient of sum Phi and of sum |grad_x Phi|^2 over the batch
      theta              float64 [channels]    by theta
      norm, sum          float64 [T]           L2 norm and sum of each tensor's gradient
      samples            float64 [T][64]       entries floor(j count / 64) of each tensor's gradient; all, then zeros,
                                               of a tensor with less than 64
"""
import os
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F

BATCH = 2
GENERATOR_BATCH = 6
LATENT = 20
SAMPLES = 64
EPSILON = 1e-5
SLOPE = 0.02
MARGIN = 8  # a ReLU's argument is at least so many root-mean-square errors of float32 away from 0


def mix(x):
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def numbers(stream, count, centre, width, first=0):
    """Numbers first .. first+count-1 of a stream, as float64 that hold float32 values."""
    index = np.arange(first, first + count, dtype=np.uint32)
    word = mix(mix(np.array([stream], dtype=np.uint32)) + index)
    u = ((word >> np.uint32(8)).astype(np.float64) - 2.0**23) / 2.0**23
    return (centre + np.float64(np.float32(width)) * u).astype(np.float32).astype(np.float64)


def conv(source, channels, kernel, stride, pad, bias):
    return ("conv", source, channels, kernel, stride, pad, bias)


def v0(normalised):
    """Table 4's synthesizer for 64x64 images."""
    layers = []
    table = [(64, 2, 1, 0), (128, 7, 2, 2), (256, 5, 2, 2), (256, 7, 2, 2), (512, 4, 1, 0)]
    for channels, kernel, stride, pad in table:
        layers.append(conv(len(layers), channels, kernel, stride, pad, not normalised))
        if normalised:
            layers.append(("norm", len(layers)))
        layers.append(("leaky_relu", len(layers)))
    return layers


def bottleneck(layers, source, inner, outer, stride):
    """1x1, 3x3 with the stride, 1x1; beside it a 1x1 convolution with the stride."""
    end = source
    for channels, kernel, step, pad in [(inner, 1, 1, 0), (inner, 3, stride, 1), (outer, 1, 1, 0)]:
        layers.append(conv(end, channels, kernel, step, pad, False))
        layers.append(("norm", len(layers)))
        if channels == inner:
            layers.append(("relu", len(layers)))
        end = len(layers)
    layers.append(conv(source, outer, 1, stride, 0, False))
    layers.append(("norm", len(layers)))
    layers.append(("add", end, len(layers)))
    layers.append(("relu", len(layers)))


def residual():
    layers = [conv(0, 16, 3, 1, 1, False), ("norm", 1), ("relu", 2)]
    bottleneck(layers, len(layers), 8, 32, 2)
    bottleneck(layers, len(layers), 16, 64, 2)
    layers.append(("average_pool", len(layers), 3, 2, 1))
    return layers


def generator():
    """DCGAN's generator in small, from 1x1 to 16x16."""
    layers = []
    for channels, kernel, stride, pad, output_pad in [(32, 4, 1, 0, 0), (16, 5, 2, 2, 1), (3, 5, 2, 2, 1)]:
        layers.append(("deconv", len(layers), channels, kernel, stride, pad, output_pad, channels == 3))
        if channels != 3:
            layers += [("norm", len(layers)), ("relu", len(layers) + 1)]
    layers.append(("tanh", len(layers)))
    return layers


def build(layers, channels):
    """Parameters in the order of the graph, {node: parameter numbers}, {node: statistics}, output channels."""
    parameters, owned, statistics, width = [], {}, {}, {0: channels}

    def new(shape, centre, spread):
        parameters.append(numbers(100 + len(parameters), int(np.prod(shape)), centre, spread).reshape(shape))
        return len(parameters) - 1

    for node, layer in enumerate(layers, start=1):
        width[node] = width[layer[1]]
        if layer[0] == "conv":
            _, source, out, kernel, _, _, bias = layer
            fan_in = width[source] * kernel * kernel
            width[node] = out
            owned[node] = [new((out, width[source], kernel, kernel), 0, np.sqrt(6 / fan_in))]
            if bias:
                owned[node].append(new((out,), 0, 0.25))
        elif layer[0] == "deconv":
            _, source, out, kernel, stride, _, _, bias = layer
            fan_in = width[source] * kernel * kernel // (stride * stride)
            width[node] = out
            owned[node] = [new((width[source], out, kernel, kernel), 0, np.sqrt(6 / fan_in))]
            if bias:
                owned[node].append(new((out,), 0, 0.25))
        elif layer[0] == "norm":
            c = width[node]
            owned[node] = [new((c,), 1, 0.25), new((c,), 0, 0.25)]
            stream = 1000 + len(statistics)
            statistics[node] = (numbers(stream, c, 0, 0.25), numbers(stream, c, 1, 0.5, first=c))
    return parameters, owned, statistics, width[len(layers)]


def forward(layers, x, parameters, owned, statistics):
    """F(x), and the arguments of all ReLUs. Without statistics the norm layers take those of the batch."""
    h, arguments = [x], []
    for node, layer in enumerate(layers, start=1):
        a = h[layer[1]]
        own = [parameters[i] for i in owned.get(node, [])]
        if layer[0] == "conv":
            h.append(F.conv2d(a, own[0], own[1] if layer[6] else None, stride=layer[4], padding=layer[5]))
        elif layer[0] == "norm":
            frozen = statistics is not None
            mean, variance = (torch.from_numpy(s).to(a.dtype) for s in statistics[node]) if frozen else (None, None)
            h.append(F.batch_norm(a, mean, variance, own[0], own[1], training=not frozen, eps=EPSILON))
        elif layer[0] == "deconv":
            h.append(F.conv_transpose2d(a, own[0], own[1] if layer[7] else None, layer[4], layer[5], layer[6]))
        elif layer[0] == "tanh":
            h.append(torch.tanh(a))
        elif layer[0] == "add":
            h.append(a + h[layer[2]])
        elif layer[0] == "average_pool":
            h.append(F.avg_pool2d(a, layer[2], layer[3], layer[4], count_include_pad=False))
        else:
            arguments.append(a)
            h.append(F.relu(a) if layer[0] == "relu" else F.leaky_relu(a, SLOPE))
    return h[-1], arguments


def find_input(layers, shape, parameters, owned, statistics, batch=BATCH):
    """The first input stream whose ReLU arguments float32 cannot mistake."""
    single = [p.float() for p in parameters]
    for stream in range(2, 100):
        x = torch.from_numpy(numbers(stream, batch * int(np.prod(shape)), 0, 1).reshape((batch,) + shape))
        with torch.no_grad():
            _, exact = forward(layers, x, parameters, owned, statistics)
            _, rounded = forward(layers, x.float(), single, owned, statistics)
        margin = min(float(e.abs().min() / (r.double() - e).pow(2).mean().sqrt()) for e, r in zip(exact, rounded))
        print(f"  input stream {stream}: margin {margin:.2f}")
        if margin >= MARGIN:
            return x, stream, margin
    raise SystemExit("no input without a near kink found; lower MARGIN")


def write_gradients(file, name, gradients):
    group = file.create_group(name)
    flat = [g.detach().numpy().ravel() for g in gradients]
    samples = np.zeros((len(flat), SAMPLES))
    for row, g in zip(samples, flat):
        n = min(SAMPLES, g.size)
        row[:n] = g[np.arange(n) * g.size // n]
    group["norm"] = np.array([np.linalg.norm(g) for g in flat])
    group["sum"] = np.array([g.sum() for g in flat])
    group["samples"] = samples


def create(name, stream, margin, parameters):
    """The file, with what all files have."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".h5")
    file = h5py.File(path, "w")
    file.attrs["description"] = "Written by make_golden.py, which describes the content"
    file.attrs["torch"] = str(torch.__version__)
    file.attrs["input_stream"] = np.int64(stream)
    file.attrs["kink_margin"] = margin
    file["counts"] = np.array([p.numel() for p in parameters], dtype=np.int64)
    return file


def make(name, layers, shape):
    print(name)
    arrays, owned, statistics, channels = build(layers, shape[0])
    parameters = [torch.from_numpy(a).requires_grad_(True) for a in arrays]
    theta = torch.from_numpy(numbers(1, channels, 0, 0.25)).requires_grad_(True)
    x, stream, margin = find_input(layers, shape, [p.detach() for p in parameters], owned, statistics)
    x.requires_grad_(True)
    f, _ = forward(layers, x, parameters, owned, statistics)
    potential = (f.sum((2, 3)) * theta).sum(1)
    variables = [theta] + parameters
    likelihood = torch.autograd.grad(potential.sum(), variables, retain_graph=True)
    (gradient,) = torch.autograd.grad(potential.sum(), x, create_graph=True)
    jko = torch.autograd.grad((gradient**2).sum(), variables, allow_unused=True)
    jko = [torch.zeros_like(v) if g is None else g for v, g in zip(variables, jko)]

    with create(name, stream, margin, parameters) as file:
        file["potential"] = potential.detach().numpy()
        file["input_gradient"] = gradient.detach().numpy().astype(np.float32)
        for group, gradients in [("likelihood", likelihood), ("jko", jko)]:
            write_gradients(file, group, gradients[1:])
            file[group]["theta"] = gradients[0].detach().numpy()
    print(f"  Phi = {potential.detach().numpy()}, |grad| = {gradient.norm().item():.4g}")


def batch_statistics(layers, z, parameters, owned):
    """[mean | variance] of each norm layer's input."""
    found = []
    for node, layer in enumerate(layers, start=1):
        if layer[0] == "norm":
            x, _ = forward(layers[: node - 1], z, parameters, owned, None)
            found += [x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)]
    return torch.cat(found)


def make_generator():
    print("generator")
    layers, shape = generator(), (LATENT, 1, 1)
    arrays, owned, _, _ = build(layers, LATENT)
    parameters = [torch.from_numpy(a).requires_grad_(True) for a in arrays]
    z, stream, margin = find_input(layers, shape, [p.detach() for p in parameters], owned, None, GENERATOR_BATCH)
    z.requires_grad_(True)
    image, _ = forward(layers, z, parameters, owned, None)
    seed = torch.from_numpy(numbers(1, image.numel(), 0, 0.25).reshape(image.shape))
    gradients = torch.autograd.grad((image * seed).sum(), [z] + parameters)
    with create("generator", stream, margin, parameters) as file:
        file["image"] = image.detach().numpy().astype(np.float32)
        file["input_gradient"] = gradients[0].numpy().astype(np.float32)
        file["statistics"] = batch_statistics(layers, z, parameters, owned).detach().numpy()
        write_gradients(file, "gradient", gradients[1:])
    print(f"  |G(z)| <= {image.abs().max().item():.4g}, |grad z| = {gradients[0].norm().item():.4g}")


if __name__ == "__main__":
    makers = {
        "residual": lambda: make("residual", residual(), (3, 32, 32)),
        "v0_norm": lambda: make("v0_norm", v0(True), (3, 64, 64)),
        "v0_plain": lambda: make("v0_plain", v0(False), (3, 64, 64)),
        "generator": make_generator,
    }
    for chosen in sys.argv[1:] or makers:
        makers[chosen]()
