"""What the files of test_sampling.sh must hold, computed with NumPy from the checkpoints.

check_samples.py equal FILE.h5 FILE.h5 ...          the same numbers
check_samples.py class CHECKPOINT.h5 NUMBER         prints a class's name
check_samples.py values RUNS SHARE SCORES.txt       files in the current folder against the checkpoints of RUNS
check_samples.py example OUTPUT IMAGE.png CHECKPOINT.h5
"""
import re
import sys

import h5py
import numpy

import eval_case

problems = []
SIGMA, STEP, NOISE, LATENT = 2.0, None, 0.05, 16


def expect(condition, words):
    if not condition:
        problems.append(words)


def near(found, wanted, tolerance, words):
    worst = numpy.max(numpy.abs(numpy.asarray(found, float) - wanted))
    expect(worst <= tolerance, f"{words}: {worst} apart, at most {tolerance} expected")


# --- the networks, as matrices ---------------------------------------------------------------------------------------


def convolution(weight, shape, stride, pad):
    """Matrix of a convolution, [outputs, inputs], and the shape of its result."""
    out, channels, k, _ = weight.shape
    size = (shape[1] + 2 * pad - k) // stride + 1
    matrix = numpy.zeros((out, size, size) + shape)
    for y in range(size):
        for x in range(size):
            for i in range(k):
                for j in range(k):
                    v, u = y * stride + i - pad, x * stride + j - pad
                    if 0 <= v < shape[1] and 0 <= u < shape[2]:
                        matrix[:, y, x, :, v, u] += weight[:, :, i, j]
    return matrix.reshape(out * size * size, -1), (out, size, size)


class Potential:
    """The network of make_network under the theta of a checkpoint."""

    LAYERS = [(2, 2), (1, 1), (2, 1)]

    def __init__(self, file):
        names = sorted((n for n in file["parameters"] if n.endswith(".weight")), key=lambda n: int(re.sub(r"\D", "", n)))
        self.layers, shape = [], (3, 12, 12)
        for name, (stride, pad) in zip(names, self.LAYERS):
            weight = file["parameters"][name][:].astype(float)
            bias = file["parameters"][name.replace("weight", "bias")][:].astype(float)
            matrix, shape = convolution(weight, shape, stride, pad)
            self.layers.append((matrix, numpy.repeat(bias, shape[1] * shape[2])))
        theta = file["parameters/theta"][:].astype(float)
        self.theta = numpy.stack([t.reshape(-1) if t.ndim == 3 else numpy.repeat(t, shape[1] * shape[2]) for t in theta])

    def value(self, x, label):
        """Phi and its gradient."""
        h, slopes = x.reshape(-1), []
        for matrix, bias in self.layers:
            h = matrix @ h + bias
            slopes.append(numpy.where(h > 0, 1, 0.05))
            h = h * slopes[-1]
        g = self.theta[label]
        phi = g @ h
        for (matrix, _), slope in zip(reversed(self.layers), reversed(slopes)):
            g = matrix.T @ (g * slope)
        return phi, g.reshape(x.shape)

    def map(self, x):
        """The last feature map."""
        h = x.reshape(-1)
        for matrix, bias in self.layers:
            h = matrix @ h + bias
            h = h * numpy.where(h > 0, 1, 0.05)
        return h


def density(potential, x, label):
    return potential.value(x, label)[0] - numpy.sum(x * x) / (2 * SIGMA**2)


class Generator:
    """The network of make_generator with the running statistics of a checkpoint."""

    def __init__(self, file):
        folder = file["parameters/generator"]
        names = sorted((n for n in folder if n.endswith(".weight")), key=lambda n: int(re.sub(r"\D", "", n)))
        norms = sorted((n[:-6] for n in folder if n.endswith(".gamma")), key=lambda n: int(re.sub(r"\D", "", n)))
        statistics = file["normalisation/generator/statistics"][:].astype(float)
        self.embedding = folder["embedding"][:].astype(float)
        self.steps, shape, at = [], (LATENT + 4, 1, 1), 0
        for i, name in enumerate(names):
            weight = folder[name][:].astype(float)
            k, stride, pad = weight.shape[2], 1 if i == 0 else 2, 0 if i == 0 else 1
            size = (shape[1] - 1) * stride - 2 * pad + k
            matrix = convolution(weight, (weight.shape[1], size, size), stride, pad)[0].T
            shape = (weight.shape[1], size, size)
            if i < len(norms):
                gamma, beta = folder[norms[i] + ".gamma"][:], folder[norms[i] + ".beta"][:]
                mean, variance = statistics[at : at + shape[0]], statistics[at + shape[0] : at + 2 * shape[0]]
                at += 2 * shape[0]
                scale = gamma / numpy.sqrt(variance + 1e-5)
                shift = beta - mean * scale
            else:
                scale, shift = numpy.ones(shape[0]), folder[name.replace("weight", "bias")][:]
            each = size * size
            self.steps.append((matrix, numpy.repeat(scale, each), numpy.repeat(shift, each)))

    def image(self, z, label):
        h = numpy.concatenate([z, self.embedding[label]])
        for i, (matrix, scale, shift) in enumerate(self.steps):
            h = (matrix @ h) * scale + shift
            h = numpy.tanh(h) if i + 1 == len(self.steps) else numpy.maximum(h, 0)
        return h.reshape(3, 12, 12)


# --- the checks ------------------------------------------------------------------------------------------------------


def samples(name):
    with h5py.File(name + ".h5") as file:
        found = {key: file["posterior"][key][:] for key in file["posterior"]}
        found.update({key: file.attrs[key] for key in ["start", "steps", "thin", "iteration", "model"]})
        found["acceptance"] = file.attrs.get("acceptance")
        found["classes"] = [c.decode() for c in file["classes"][:]] if "classes" in file else None
    return found


def check_chains(runs, share):
    with h5py.File(f"{runs}/wgcn/checkpoints/00000004.h5") as file:
        chains, labels, potential = file["chains/x"][:], file["chains/label"][:], Potential(file)
        classes = file.attrs["classes"].split("\n")
    with h5py.File(f"{runs}/wgcn/checkpoints/00000002.h5") as file:
        older = file["chains/x"][:]
    stay = samples("stay")
    expect((stay["images"] == chains).all() and (stay["labels"] == labels).all(), "0 steps are not the stored chains")
    expect(stay["start"] == "chains" and stay["classes"] == classes, "start or classes of stay.h5")
    for name in ["older", "file"]:
        expect((samples(name)["images"] == older).all() and samples(name)["iteration"] == 2, f"{name}.h5 is not iteration 2")
    for name in ["chains", "mala", "classes"]:
        s = samples(name)
        wanted = [density(potential, x, c) for x, c in zip(s["images"].astype(float), s["labels"])]
        near(s["lp"], wanted, 1e-4, f"lp of {name}.h5")
        expect(numpy.ptp(s["lp"]) > 1e-3, f"lp of {name}.h5 is the same of all")
    thin = samples("thin")
    expect(list(thin["chain"]) == (list(range(6)) * 3)[:17], "chains of thin.h5")
    expect(list(thin["draw"]) == ([5] * 6 + [7] * 6 + [9] * 6)[:17] and thin["thin"] == 2, "draws of thin.h5")
    expect(list(samples("classes")["labels"]) == ([2, 0] * 5)[:9], "labels of classes.h5")
    mala = samples("mala")
    expect(0.05 < mala["acceptance"] < 0.999 and abs(mala["acceptance"] - float(share)) < 6e-5, "acceptance")
    check_step(chains, labels, potential, 1)
    check_traces(potential)


def check_traces(potential):
    """What ggcn_sample --record wrote of 10 chains, 40 steps, a draw every 8, images every second draw."""
    with h5py.File("traces/chains/chains.h5") as file:
        trace = {name: file["sample_stats"][name][:] for name in file["sample_stats"]}
        x, iterations = file["posterior/x"][:].astype(float), file["sample_stats/draw"][:]
        kind, layers = file.attrs["stationarity"], file.attrs["layers"].split()
    recorded = samples("recorded")
    expect(kind == "fixed" and list(iterations) == [8, 16, 24, 32, 40], "draws of the traces")
    expect(trace["lp"].shape == (10, 5) and x.shape == (10, 2, 3, 12, 12), "shape of the traces")
    near(trace["lp"][:, -1], recorded["lp"], 1e-12, "lp of the last draw, which are the samples")
    near(numpy.mean(trace["acceptance_rate"]), recorded["acceptance"], 1e-12, "acceptance of the traces")
    expect(numpy.ptp(trace["acceptance_rate"]) > 0 and (trace["step_size"] == 0.3).all(), "acceptance or step size of the traces")
    for image, draw in [(0, 1), (1, 3)]:
        for chain in range(10):
            value, gradient = potential.value(x[chain, image], recorded["labels"][chain])
            near(trace["potential"][chain, draw], value, 1e-4, "potential of the traces")
            near(trace["lp"][chain, draw], density(potential, x[chain, image], recorded["labels"][chain]), 1e-4, "lp of the traces")
            near(trace["gradient_norm"][chain, draw], numpy.linalg.norm(gradient), 1e-4, "gradient of the traces")
            near(trace["mean"][chain, draw], x[chain, image].mean(), 1e-6, "mean of the traces")
            near(trace["deviation"][chain, draw], x[chain, image].std(), 1e-6, "deviation of the traces")
            near(trace["layer_response"][chain, draw, -1], potential.map(x[chain, image]).mean(), 1e-5, "response of the last layer")
    expect(trace["layer_response"].shape[2] == len(layers) >= 2, "layers of the traces")
    with h5py.File("grid-traces/chains/chains.h5") as file:
        expect(file["sample_stats/lp"].shape == (3, 1) and "posterior" not in file, "traces of three chains on the last of two grids")


def check_step(chains, labels, potential, label):
    """One step of the chains of a class: what is left of it is noise."""
    with h5py.File("stored.h5") as file:
        step = float(re.search(r"step_size: *([0-9.e-]+)", file.attrs["configuration"])[1])
    s = samples("stored")
    wanted = numpy.flatnonzero(labels == label)[: len(s["chain"])]
    expect(list(s["chain"][: len(wanted)]) == list(wanted) and (s["labels"] == label).all(), "chains of a class")
    noise = []
    for number, x in zip(s["chain"], s["images"].astype(float)):
        before = chains[number].astype(float)
        gradient = potential.value(before, label)[1]
        noise.append((x - before - step**2 / 2 * (gradient - before / SIGMA**2)) / (step * NOISE))
    noise = numpy.concatenate([n.reshape(-1) for n in noise])
    near(noise.mean(), 0, 5 / numpy.sqrt(noise.size), "mean of the noise")
    near((noise**2).mean(), 1, 5 * numpy.sqrt(2 / noise.size), "variance of the noise")
    expect(abs(numpy.corrcoef(noise[:-1], noise[1:])[0, 1]) < 5 / numpy.sqrt(noise.size), "correlation of the noise")


def check_grids():
    for name, start in [("grids", "fresh"), ("means", "fresh"), ("generator", "generator"), ("dcgan", "generator")]:
        s = samples(name)
        expect(s["start"] == start and numpy.isfinite(s["images"]).all(), f"{name}.h5")
        near(numpy.max(numpy.abs(s["images"])), 1, 4, f"size of the pixels of {name}.h5")
        expect(len({x.tobytes() for x in s["images"]}) == 10, f"{name}.h5 holds an image twice")
    expect("lp" not in samples("dcgan"), "a discriminator is no density")


def check_rows(runs):
    with h5py.File(f"{runs}/ggcn/checkpoints/00000004.h5") as file:
        z, generator = file["chains/latent"][:].astype(float), Generator(file)
    s = samples("latents")
    ends = [(2, 19), (4, 4)]
    for i, (row, point) in enumerate(zip(s["chain"], s["draw"])):
        first, last = (numpy.clip(z[n], -1, 1) for n in ends[row])
        near(s["images"][i], generator.image(first + point / 9 * (last - first), 2), 2e-5, f"point {point} of row {row}")
    expect((s["labels"] == 2).all() and len(s["chain"]) == 20, "rows of latents.h5")
    expect((s["images"][10:] == s["images"][10]).all(), "a row from a latent to itself")
    random = samples("random")["images"].reshape(3, 5, -1).astype(float)
    step = numpy.linalg.norm(numpy.diff(random, axis=1), axis=2)
    whole = numpy.linalg.norm(random[:, -1] - random[:, 0], axis=1)
    expect((whole > 0.01).all() and (step.max(axis=1) < 0.6 * whole).all(), "rows do not change smoothly")
    check_fit(generator)


def check_fit(generator):
    """The ends of the row are nearer to the images than where the fit began."""
    fitted = samples("fitted")
    images, labels = known_images("data.h5")
    for number, point in [(3, 0), (8, 9)]:
        found = fitted["images"][point]
        started = generator.image(numpy.zeros(LATENT), fitted["labels"][0])
        expect(numpy.sum((found - images[number]) ** 2) < 0.98 * numpy.sum((started - images[number]) ** 2),
               f"image {number} was not fitted")
    expect((fitted["labels"] == labels[3]).all(), "class of the fitted row")


def known_images(path):
    """Images of the classes [1, 0, 2] as the models see them, and their labels there."""
    with h5py.File(path) as file:
        labels = file["labels"][:]
        keep = labels < 3
        return file["images"][:][keep] / 127.5 - 1, numpy.array([1, 0, 2])[labels[keep]]


def check_inpainting(scores):
    images, labels = known_images("data.h5")
    for name, count in [("square", 7), ("spots", 7), ("both", 9), ("encoder", 7)]:
        s = samples(name)
        if name == "encoder":
            labels = numpy.zeros_like(labels)
            s["labels"] = labels[:count]
        hidden = numpy.repeat(s["hidden"][:, None], 3, axis=1) == 1
        near(s["originals"], images[:count], 1e-6, f"originals of {name}.h5")
        expect((s["labels"] == labels[:count]).all(), f"classes of {name}.h5")
        expect((s["images"][~hidden] == s["originals"][~hidden]).all(), f"seen pixels of {name}.h5 moved")
        expect((s["images"][hidden] != s["originals"][hidden]).mean() > 0.99, f"hidden pixels of {name}.h5 were seen")
    check_encoder(images)
    square = samples("square")
    wanted = numpy.zeros((12, 12))
    wanted[3:8, 3:8] = 1
    expect((square["hidden"] == wanted).all(), "the square")
    spots, both = samples("spots")["hidden"], samples("both")["hidden"]
    expect(0.15 < spots.mean() < 0.3 and len({m.tobytes() for m in spots}) == 7, "the spots")
    expect((both[:, 3:9, 3:9] == 1).all() and both.mean() > 0.27, "square and spots")
    originals, hidden = square["originals"], square["hidden"][:, None] == 1
    means = [[numpy.mean(c[~h[0]], dtype=float) for c in x] for x, h in zip(originals, hidden)]
    mean = numpy.where(hidden, numpy.array(means)[:, :, None, None], originals)
    check_scores(re.search("completed (.*)", scores)[1], square["images"], originals)
    check_scores(re.search("mean colour (.*)", scores)[1], mean, originals)


def check_scores(line, images, originals):
    """A line of scores by scikit-image, of images that hide the square of 5 x 5."""
    a, b = eval_case.as_bytes(images), eval_case.as_bytes(originals)
    wanted = eval_case.pair_scores(a, b)
    mse, psnr, ssim, hidden = (float(v) for v in line.replace("dB", "").split())
    near([mse, hidden], [wanted["mse"], ((a / 255 - b / 255) ** 2)[:, :, 3:8, 3:8].mean()], 1e-6, f"MSE of {line}")
    near(psnr, wanted["psnr"], 6e-3, f"PSNR of {line}")
    near(ssim, wanted["ssim"], 6e-5, f"SSIM of {line}")


def check_encoder(images):
    """Hidden pixels are what the auto-encoder makes of the image with zeros there."""
    with h5py.File("inputs/encoder/checkpoints/00000004.h5") as file:
        folder = file["parameters/generator"]
        mean, variance = file["normalisation/generator/statistics"][:].astype(float).reshape(2, -1)
        scale = folder["norm2.gamma"][:] / numpy.sqrt(variance + 1e-5)
        shift = folder["norm2.beta"][:] - mean * scale
        down = convolution(folder["conv1.weight"][:].astype(float), (3, 12, 12), 2, 1)[0]
        up = convolution(folder["deconv4.weight"][:].astype(float), (3, 12, 12), 2, 1)[0].T
        bias = numpy.repeat(folder["deconv4.bias"][:], 144)
    s = samples("encoder")
    for found, image, hidden in zip(s["images"], images, s["hidden"]):
        h = (down @ (image * (1 - hidden)).reshape(-1)) * numpy.repeat(scale, 36) + numpy.repeat(shift, 36)
        made = numpy.tanh(up @ numpy.where(h > 0, h, 0.2 * h) + bias).reshape(3, 12, 12)
        near(found, numpy.where(hidden == 1, made, image), 2e-5, "what the auto-encoder made")


def check_example(output, picture, checkpoint):
    import PIL.Image

    x = numpy.asarray(PIL.Image.open(picture).convert("RGB"), float).transpose(2, 0, 1) / 127.5 - 1
    with h5py.File(checkpoint) as file:
        potential = Potential(file)
    lines = re.findall(r"Phi (\S+)  log-density (\S+)  \|grad Phi\| (\S+)  difference quotient (\S+)", output)
    expect(len(lines) == 3, f"{len(lines)} classes")
    for label, line in enumerate(lines):
        phi, lp, gradient, quotient = (float(v) for v in line)
        wanted, g = potential.value(x, label)
        near([phi, lp], [wanted, density(potential, x, label)], 1e-4, f"Phi of class {label}")
        near(gradient, numpy.linalg.norm(g), 1e-4, f"gradient of class {label}")
        near(quotient / gradient, 1, 0.01, f"difference quotient of class {label}")


def check_equal(paths):
    first, *others = [h5py.File(path) for path in paths]
    names = []
    first.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    for other in others:
        for name in names:
            expect(first[name][:].tobytes() == other[name][:].tobytes(), f"{other.filename}: {name} differs")


command, *rest = sys.argv[1:]
if command == "equal":
    check_equal(rest)
elif command == "class":
    print(h5py.File(rest[0]).attrs["classes"].split("\n")[int(rest[1])])
elif command == "values":
    check_chains(rest[0], rest[1])
    check_grids()
    check_rows(rest[0])
    with open(rest[2]) as text:
        check_inpainting(text.read())
else:
    with open(rest[0]) as text:
        check_example(text.read(), rest[1], rest[2])
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
