#!/usr/bin/python3
"""Makes the golden files of whole models: what PyTorch computes, in float64, in iterations of their learning.

Run by hand, with Debian's python3-torch and python3-h5py:   /usr/bin/python3 make_golden_models.py
It writes model_ggcn.h5, model_ggcn_ams.h5 and model_wmgcn.h5 beside itself; test_golden_models.c lets a trainer start from the
same state and compares.

Everything is written down again here, from the paper and the public headers, and shares no code with ggcn: random numbers
(Philox4x32-10, ggcn/random.h), the order of the observed images, Langevin steps, Algorithms 1 and 2, Adam. Gradients are
autograd's, those of |grad_x Phi|^2 by differentiating twice.

A file holds
    settings, network, generator   attributes: settings of the configuration; the networks as YAML
    images, labels                 uint8 [image][C][H][W], uint32 [image]; as many of each block
    initial/PATH                   the arrays of the trainer's state to start from
    after1/PATH, after3/PATH       and after one and three iterations
    gamma                          float64 [grid][3], coarse to fine
"""
import os

import h5py
import numpy as np
import torch
import torch.nn.functional as F

CHANNELS, SIDE = 2, 6
PER_BLOCK, BLOCKS, BLOCK = 5, 2, 2
CHAINS = BLOCKS * BLOCK
EPSILON = 1e-5
LANGEVIN, OBSERVED, JKO, LATENT = 4, 5, 6, 11  # purposes of random numbers

# --- random numbers -------------------------------------------------------------------------------------------------------


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def words(seed, purpose, iteration, step, chain, count):
    made = []
    while len(made) < count:
        counter = (len(made) // 4, chain, iteration, purpose << 24 | step)
        made += philox(counter, (seed & 0xFFFFFFFF, seed >> 32))
    return made[:count]


def uniform(seed, purpose, iteration):
    return (words(seed, purpose, iteration, 0, 0, 1)[0] + 1) * 2.0**-32


def normal(seed, purpose, iteration, step, chain, count):
    w = np.array(words(seed, purpose, iteration, step, chain, (count + 3) // 4 * 4), dtype=np.uint64)
    radius = np.sqrt(-2 * np.log(((w[0::2] >> np.uint64(8)).astype(float) + 0.5) * 2.0**-24))
    angle = 2 * np.pi * w[1::2].astype(float) * 2.0**-32
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()[:count]


def permutation(seed, epoch, block, count):
    w, order = words(seed, OBSERVED, epoch, 0, block, count + 1), list(range(count))
    for i in range(count, 1, -1):
        j = w[i] * i >> 32
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


# --- networks -------------------------------------------------------------------------------------------------------------


def yaml(layers):
    return "layers:\n" + "".join("  - {" + ", ".join(f"{k}: {v}" for k, v in layer.items()) + "}\n" for layer in layers)


class Network:
    """A chain of layers; parameters by name."""

    def __init__(self, layers, channels, random):
        self.layers, self.parameters, self.norms = layers, {}, []

        def new(name, *shape, centre=0.0, width=0.6):
            values = (centre + width * random.uniform(-1, 1, shape)).astype(np.float32)
            self.parameters[name] = torch.tensor(values.astype(np.float64), requires_grad=True)

        for number, layer in enumerate(layers, start=1):
            name, op = f"{layer['op']}{number}", layer["op"]
            if op in ("conv", "deconv"):
                out, kernel = layer["channels"], layer["kernel"]
                new(name + ".weight", *((out, channels) if op == "conv" else (channels, out)), kernel, kernel)
                if layer.get("bias") != "false":
                    new(name + ".bias", out, width=0.2)
                channels = out
            elif op == "norm":
                new(name + ".gamma", channels, centre=1.0, width=0.25)
                new(name + ".beta", channels, width=0.25)
                self.norms.append((number, channels))
        self.channels = channels

    def forward(self, x, statistics=None):
        """Result, and [mean | variance] of every norm layer's input. Without statistics the norms take the batch's."""
        seen, norm = [], 0
        for number, layer in enumerate(self.layers, start=1):
            op, own = layer["op"], lambda part: self.parameters.get(f"{layer['op']}{number}.{part}")
            if op == "conv":
                x = F.conv2d(x, own("weight"), own("bias"), layer.get("stride", 1), layer.get("pad", 0))
            elif op == "deconv":
                x = F.conv_transpose2d(x, own("weight"), own("bias"), layer.get("stride", 1), layer.get("pad", 0))
            elif op == "norm":
                batch = torch.stack([x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)])
                seen.append(batch.detach())
                mean, variance = batch if statistics is None else statistics[norm]
                norm += 1
                x = (x - mean.view(-1, 1, 1)) / torch.sqrt(variance + EPSILON).view(-1, 1, 1)
                x = x * own("gamma").view(-1, 1, 1) + own("beta").view(-1, 1, 1)
            elif op == "leaky_relu":
                x = F.leaky_relu(x, layer["slope"])
            else:
                x = torch.tanh(x)
        return x, seen


class Adam:
    """Ascent."""

    def __init__(self, parameters, rate, beta1, beta2, epsilon):
        self.parameters, self.rate, self.beta1, self.beta2, self.epsilon = parameters, rate, beta1, beta2, epsilon
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]

    def step(self, number, gradients):
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m.mul_(self.beta1).add_((1 - self.beta1) * g)
            v.mul_(self.beta2).add_((1 - self.beta2) * g * g)
            change = m / (1 - self.beta1**number) / (torch.sqrt(v / (1 - self.beta2**number)) + self.epsilon)
            p.data.add_(self.rate * change)


def flat(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors])


# --- learning -------------------------------------------------------------------------------------------------------------


class Learner:
    """A potential on its grid (Algorithm 1)."""

    def __init__(self, s, layers, side, seed, prefix, labels, random):
        self.s, self.side, self.seed, self.prefix, self.labels = s, side, seed, prefix, labels
        self.network = Network(layers, CHANNELS, random)
        self.statistics = [torch.stack([torch.zeros(c), torch.ones(c)]).double() for _, c in self.network.norms]
        top = self.network.forward(torch.zeros(1, CHANNELS, side, side).double(), self.statistics)[0]
        theta = random.normal(0, 0.5, (int(labels.max()) + 1,) + tuple(top.shape[1:])).astype(np.float32)
        self.theta = torch.tensor(theta.astype(np.float64), requires_grad=True)
        self.all = [self.theta] + list(self.network.parameters.values())
        self.adam = Adam(self.all, s["learning.optimizer.rate"], 0.5, 0.999, s["learning.optimizer.epsilon"])
        self.x = torch.zeros(CHAINS, CHANNELS, side, side).double()

    def phi(self, x, labels):
        return (self.theta[labels] * self.network.forward(x, self.statistics)[0]).sum((1, 2, 3))

    def gradient(self, x, labels, differentiable=False):
        x = x.detach().requires_grad_(True)
        return torch.autograd.grad(self.phi(x, labels).sum(), x, create_graph=differentiable)[0]

    def step(self, iteration, observed, observed_labels):
        s, d, sigma = self.s, self.s["sampler.step_size"], self.s["potential.reference_sigma"]
        if iteration == 0:  # the statistics of the observed images, layer by layer
            for _ in self.network.norms:
                self.statistics = self.network.forward(observed, self.statistics)[1]
        gamma, before = uniform(self.seed, JKO, iteration), self.x
        for j in range(s["sampler.steps"]):
            noise = np.stack([normal(self.seed, LANGEVIN, iteration, j, n, self.x[0].numel()) for n in range(CHAINS)])
            noise = torch.from_numpy(noise.reshape(self.x.shape))
            drift = self.gradient(self.x, self.labels) - self.x / sigma**2
            self.x = self.x + d * d / 2 * drift + d * s["sampler.noise_sigma"] * noise
        likelihood = self.phi(observed, observed_labels).mean() - self.phi(self.x, self.labels).mean()
        norms = [(self.gradient(x, self.labels, True) ** 2).sum((1, 2, 3)).mean() for x in (before, self.x)]
        flow = -s["jko.beta"] / 2 * ((1 - gamma) * norms[0] + gamma * norms[1])
        seen = self.network.forward(observed, self.statistics)[1]
        ascent = torch.autograd.grad(likelihood, self.all, retain_graph=True)
        penalty = torch.autograd.grad(flow, self.all, allow_unused=True)
        penalty = [torch.zeros_like(p) if g is None else g for p, g in zip(self.all, penalty)]
        if s["jko.parameters"] == "theta":
            penalty = penalty[:1] + [torch.zeros_like(g) for g in penalty[1:]]
        if s["jko.scaled_by_rate"] == "true":
            ascent, penalty = [a + b for a, b in zip(ascent, penalty)], None
        self.adam.step(iteration + 1, ascent)
        for p, g in zip(self.all, penalty or []):
            p.data.add_(g)
        self.statistics = [0.9 * old + 0.1 * new for old, new in zip(self.statistics, seen)]
        return gamma

    def arrays(self):
        made = {"parameters/" + self.prefix + "theta": self.theta}
        made.update({"parameters/" + self.prefix + k: p for k, p in self.network.parameters.items()})
        made = {k: v.detach().numpy() for k, v in made.items()}
        made["optimizer/" + self.prefix + "first"] = flat(self.adam.first)
        made["optimizer/" + self.prefix + "second"] = flat(self.adam.second)
        if self.statistics:
            made["normalisation/" + self.prefix + "statistics"] = flat(self.statistics)
        made["chains/" + self.prefix + "x"] = self.x.numpy()
        made["chains/" + self.prefix + "label"] = self.labels.numpy().astype(np.uint32)
        return made


class Generator:
    """G(z; xi) and the latents (Algorithm 2)."""

    def __init__(self, s, layers, amortized, labels, classes, random):
        self.s, self.amortized, self.labels = s, amortized, labels
        embedding = s["generator.embedding"] if classes > 1 else 0
        self.network = Network(layers, s["generator.latent"] + embedding, random)
        self.xi = list(self.network.parameters.values())
        self.embedding = None
        if embedding:
            values = random.normal(0, 1, (classes, embedding)).astype(np.float32)
            self.embedding = torch.tensor(values.astype(np.float64), requires_grad=True)
            self.xi.append(self.embedding)
        self.adam = Adam(self.xi, s["generator.optimizer.rate"], 0.5, 0.999, s["generator.optimizer.epsilon"])
        self.statistics = [torch.stack([torch.zeros(c), torch.ones(c)]).double() for _, c in self.network.norms]
        self.z = torch.zeros(CHAINS, s["generator.latent"]).double()

    def images(self, z):
        joined = z if self.embedding is None else torch.cat([z, self.embedding[self.labels]], 1)
        return self.network.forward(joined.view(CHAINS, -1, 1, 1))

    def iterate(self, iteration, learner, observed, observed_labels):
        s = self.s
        if iteration == 0:
            z = np.stack([normal(s["run.seed"], LATENT, 0, 0, n, s["generator.latent"]) for n in range(CHAINS)])
            self.z = torch.from_numpy(z)
        z = self.z.clone().requires_grad_(True)
        image, seen = self.images(z)
        self.statistics = [0.9 * old + 0.1 * new for old, new in zip(self.statistics, seen)]
        learner.x = image.detach()
        gamma = learner.step(iteration, observed, observed_labels)
        if self.amortized:  # Eq. 23, with the new theta and w
            objective = learner.phi(image, self.labels).sum()
        else:  # Eq. 19, 20
            objective = -((image - learner.x) ** 2).sum()
        *gradients, of_z = torch.autograd.grad(objective, self.xi + [z])
        self.adam.step(iteration + 1, [g / CHAINS for g in gradients])
        self.z = self.z + s["generator.latent_rate"] * of_z
        return gamma

    def arrays(self):
        made = {"parameters/generator/" + k: p.detach().numpy() for k, p in self.network.parameters.items()}
        if self.embedding is not None:
            made["parameters/generator/embedding"] = self.embedding.detach().numpy()
        made["optimizer/generator/first"] = flat(self.adam.first)
        made["optimizer/generator/second"] = flat(self.adam.second)
        if self.statistics:
            made["normalisation/generator/statistics"] = flat(self.statistics)
        made["chains/latent"] = self.z.numpy()
        return made


def reduce(images, factor):
    return F.avg_pool2d(images, factor)


def enlarge(images, factor):
    return images.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


def start_from_data(s, iteration, pixels, first):
    """Chain n of a block: the block's observed image n of this iteration, reduced to the first size."""
    starts = []
    for n in range(CHAINS):
        block, number = n // BLOCK, n % BLOCK
        epoch = (iteration * PER_BLOCK + number) // PER_BLOCK
        order = permutation(s["run.seed"], epoch, block, PER_BLOCK)
        starts.append(pixels[block * PER_BLOCK + order[number]])
    return reduce(torch.stack(starts), SIDE // first)


# --- the files ------------------------------------------------------------------------------------------------------------

COMMON = {
    "run.seed": 7,
    "potential.reference_sigma": 1.2,
    "sampler.steps": 3,
    "sampler.step_size": 0.3,
    "sampler.noise_sigma": 0.8,
    "learning.optimizer.name": "adam",
    "learning.optimizer.rate": 0.02,
    "learning.optimizer.epsilon": 0.01,
    "jko.beta": 0.5,
    "jko.parameters": "all",
    "jko.scaled_by_rate": "true",
    "potential.conditional": "false",
}
GENERATOR = {
    "generator.latent": 4,
    "generator.embedding": 3,
    "generator.optimizer.name": "adam",
    "generator.optimizer.rate": 0.05,
    "generator.optimizer.epsilon": 0.01,
    "generator.latent_rate": 0.2,
}
NORM = [{"op": "norm"}]
LEAKY = [{"op": "leaky_relu", "slope": 0.2}]


def potential_layers(norm):
    layers = []
    for channels, stride in [(3, 1), (4, 2)]:
        conv = {"op": "conv", "channels": channels, "kernel": 3, "stride": stride, "pad": 1}
        layers += [{**conv, "bias": "false"}] + NORM + LEAKY if norm else [conv] + LEAKY
    return layers


GENERATOR_LAYERS = (
    [{"op": "deconv", "channels": 3, "kernel": 3, "bias": "false"}]
    + NORM
    + LEAKY
    + [{"op": "deconv", "channels": 2, "kernel": 4, "stride": 2, "pad": 1}, {"op": "tanh"}]
)


def write_group(file, name, arrays):
    for path, values in arrays.items():
        single = values if values.dtype == np.uint32 else values.astype(np.float32)
        file[f"{name}/{path}"] = single


def make(name, model, settings, norm, sizes=(0, SIDE), classes=1):
    print(name)
    s = {**COMMON, **settings}
    random = np.random.RandomState(3)
    images = random.randint(0, 256, (BLOCKS * PER_BLOCK, CHANNELS, SIDE, SIDE)).astype(np.uint8)
    labels = torch.from_numpy(random.randint(0, classes, BLOCKS * PER_BLOCK))
    pixels = torch.from_numpy(-0.9 + 2.2 / 255 * images.astype(np.float64))  # training_case's pixel range
    chain_labels = torch.arange(CHAINS) % classes
    learners = []
    for grid, side in enumerate(sizes[1:]):
        finer = len(sizes) - 2 - grid
        seed = (s["run.seed"] + 0x9E3779B97F4A7C15 * finer) % 2**64
        prefix = f"grid-{side}/" if finer else ""
        learners.append(Learner(s, potential_layers(norm), side, seed, prefix, chain_labels, random))
    generator = None
    if "ggcn" in model:
        generator = Generator(s, GENERATOR_LAYERS, "ams" in model, chain_labels, classes, random)

    def arrays():
        made = {}
        for part in learners + ([generator] if generator else []):
            made.update(part.arrays())
        return made

    def iterate(iteration):
        if generator:
            return [generator.iterate(iteration, learners[0], pixels, labels)]
        gammas, below = [], start_from_data(s, iteration, pixels, sizes[0])
        for learner in learners:
            learner.x = enlarge(below, learner.side // below.shape[2])
            gammas.append(learner.step(iteration, reduce(pixels, SIDE // learner.side), labels))
            below = learner.x
        return gammas

    here = os.path.dirname(os.path.abspath(__file__))
    with h5py.File(os.path.join(here, name + ".h5"), "w", libver="latest") as file:
        file.attrs["description"] = "Written by make_golden_models.py, which describes the content"
        file.attrs["torch"] = str(torch.__version__)
        file.attrs["settings"] = " ".join([f"model={model}"] + [f"{k}={v}" for k, v in s.items()])
        file.attrs["network"] = yaml(potential_layers(norm))
        file.attrs["generator"] = yaml(GENERATOR_LAYERS) if generator else ""
        file["images"], file["labels"] = images, labels.numpy().astype(np.uint32)
        write_group(file, "initial", arrays())
        gammas = [iterate(0)]
        write_group(file, "after1", arrays())
        gammas += [iterate(1), iterate(2)]
        write_group(file, "after3", arrays())
        file["gamma"] = np.array(gammas).T
    print("  |theta|", float(learners[-1].theta.detach().norm()), "|x|", float(learners[-1].x.norm()))


if __name__ == "__main__":
    make("model_ggcn", "ggcn", GENERATOR, norm=True)
    conditional = {"potential.conditional": "true", "jko.parameters": "theta", "sampler.steps": 1}
    make("model_ggcn_ams", "ggcn-ams", {**GENERATOR, **conditional}, norm=False, classes=2)
    grids = {"multigrid.sizes": "[1,3,6]", "jko.scaled_by_rate": "false", "jko.beta": 0.05}
    make("model_wmgcn", "wmgcn", grids, norm=True, sizes=(1, 3, 6))
