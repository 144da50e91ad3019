#!/usr/bin/python3
"""ggcn_bench side by side with the same work in PyTorch (Debian's python3-torch), in turn, and the ratio of each pair.

compare.py GGCN_BENCH [--threads T] [--rounds R] [--batch N] [--block B] [--bf16]

langevin: image-steps/s of  x <- x + 0.005 (grad Phi - x) + 0.1 N(0, I)
learn:    images/s of the gradient of  Phi(x) - Phi(y) + 10 |grad Phi(x)|^2  by all parameters
--bf16: Langevin alone, also with PyTorch under autocast to bfloat16 and with ggcn_bench --dtype bf16.
Phi = sum of theta times the last feature map of convolutions with leaky ReLU (slope 0.02).
"""
import argparse
import os
import statistics
import subprocess
import time

# channels and size of the images; channels, kernel, stride and padding of each convolution
NETWORKS = {
    "small": (1, 32, [(32, 5, 2, 2), (64, 3, 2, 1), (128, 3, 1, 1)]),
    "r32": (3, 32, [(64, 3, 1, 1), (64, 3, 1, 1), (128, 4, 2, 1), (128, 3, 1, 1), (256, 4, 2, 1), (256, 3, 1, 1)]),
    "v0": (3, 64, [(64, 2, 1, 0), (128, 7, 2, 2), (256, 5, 2, 2), (256, 7, 2, 2), (512, 4, 1, 0)]),
}
STEPS = {"small": 40, "r32": 4, "v0": 2}  # of one measurement


class Peer:
    def __init__(self, torch, net, batch, bf16=False):
        channels, size, convolutions = NETWORKS[net]
        layers = []
        for out, kernel, stride, pad in convolutions:
            layers += [torch.nn.Conv2d(channels, out, kernel, stride, pad), torch.nn.LeakyReLU(0.02)]
            channels = out
        self.torch = torch
        self.bf16 = bf16
        self.shape = (batch, NETWORKS[net][0], size, size)
        self.features = torch.nn.Sequential(*layers)
        top = self.features(torch.zeros(self.shape)[:1]).shape[1:]
        self.theta = torch.nn.Parameter(0.01 * torch.randn(top))
        self.x = torch.randn(self.shape)

    def phi(self, x):
        with self.torch.autocast("cpu", self.torch.bfloat16, enabled=self.bf16):
            features = self.features(x)
        return (features.float() * self.theta).sum()

    def langevin(self):
        x = self.x.detach().requires_grad_(True)
        (gradient,) = self.torch.autograd.grad(self.phi(x), x)
        with self.torch.no_grad():
            self.x = x + 0.005 * (gradient - x) + 0.1 * self.torch.randn_like(x)

    def learn(self):
        y = self.torch.randn(self.shape)
        x = self.x.detach().requires_grad_(True)
        phi = self.phi(x)
        (gradient,) = self.torch.autograd.grad(phi, x, create_graph=True)
        loss = phi - self.phi(y) + 10 * (gradient**2).sum()
        self.torch.autograd.grad(loss, list(self.features.parameters()) + [self.theta])

    def rate(self, work, steps):
        run = getattr(self, work)
        run()
        start = time.perf_counter()
        for _ in range(steps):
            run()
        return self.shape[0] * steps / (time.perf_counter() - start)


def ours(program, net, work, steps, options, dtype="f32"):
    line = subprocess.run(
        [program, "--net", net, "--work", work, "--batch", str(options.batch), "--block", str(options.block),
         "--threads", str(options.threads), "--steps", str(steps), "--repeats", "3", "--dtype", dtype],
        check=True, capture_output=True, text=True).stdout
    fields = dict(word.split("=", 1) for word in line.split())
    return float(fields["images_per_s"]), float(fields["fraction_of_limit"])


def compare_bf16(torch, options):
    print(f"{'net':8}{'torch f32':>10}{'torch bf16':>12}{'ggcn f32':>10}{'ggcn bf16':>11}   images/s")
    for net in NETWORKS:
        rows = []
        for _ in range(options.rounds):
            theirs = [Peer(torch, net, options.batch, bf16).rate("langevin", STEPS[net]) for bf16 in (False, True)]
            rows.append(theirs + [ours(options.program, net, "langevin", STEPS[net], options, dtype)[0]
                                  for dtype in ("f32", "bf16")])
        medians = [statistics.median(column) for column in zip(*rows)]
        print("{:8}{:10.1f}{:12.1f}{:10.1f}{:11.1f}".format(net, *medians), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--block", type=int, default=5)
    parser.add_argument("--bf16", action="store_true")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    import torch

    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} threads, medians of {options.rounds} rounds in turn")
    if options.bf16:
        return compare_bf16(torch, options)
    print(f"{'work':10}{'net':8}{'torch/s':>10}{'ggcn/s':>10}{'ratio':>8}{'of limit':>10}")
    for work in ("langevin", "learn"):
        for net in NETWORKS:
            steps = STEPS[net] if work == "langevin" else max(1, STEPS[net] // 10)
            peer = Peer(torch, net, options.batch)
            rows = []
            for _ in range(options.rounds):
                theirs = peer.rate(work, steps)
                rate, fraction = ours(options.program, net, work, steps, options)
                rows.append((theirs, rate, rate / theirs, fraction))
            theirs, rate, ratio, fraction = (statistics.median(column) for column in zip(*rows))
            print(f"{work:10}{net:8}{theirs:10.1f}{rate:10.1f}{ratio:8.2f}{fraction:10.3f}", flush=True)


main()
