#!/usr/bin/python3
"""convert_torch.py with random weights: the networks give, layer by layer, what torchvision's give.

test_convert_torch.py CONVERTER RUN_NETWORK GGCN_DATA [LAUNCHER]
"""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
    import torchvision
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

CONVERTER, RUN_NETWORK, GGCN_DATA = sys.argv[1:4]
BLOCKS = ["Mixed_5b", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6e", "Mixed_7a", "Mixed_7b", "Mixed_7c"]


def randomize(model, seed):
    """Numbers that leave every layer with responses of about one size, batch normalisation included."""
    random = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        numbers = torch.randn(tensor.shape, generator=random)
        if tensor.ndim > 1:
            tensor.copy_(numbers * (2.0 / tensor[0].numel()) ** 0.5)
        elif name.endswith("running_var") or name.endswith("bn.weight"):
            tensor.copy_(1 + 0.3 * numbers.abs())
        else:
            tensor.copy_(0.2 * numbers)
    return model.eval()


def inception(classes):
    model = torchvision.models.Inception3(num_classes=classes, aux_logits=False, transform_input=False, init_weights=False)
    return randomize(model, 1)


def as_fid_variant(model):
    """The port's average pools do not count padding, and its last block has a max-pool in place of one."""
    functional = torch.nn.functional
    average, last = functional.avg_pool2d, [False]
    model.Mixed_7c.register_forward_pre_hook(lambda *_: last.__setitem__(0, True))

    def pool(x, kernel_size, stride, padding):
        if last[0]:
            return functional.max_pool2d(x, kernel_size, stride, padding)
        return average(x, kernel_size, stride, padding, count_include_pad=False)

    return pool


def responses(model, names, x, pool=None):
    """Each named module's channels, averaged over positions, then the class scores."""
    found = {}
    for name in names:
        model.get_submodule(name).register_forward_hook(lambda _, __, result, n=name: found.__setitem__(n, result))
    before = torch.nn.functional.avg_pool2d
    torch.nn.functional.avg_pool2d = pool or before
    with torch.no_grad():
        logits = model(x)
    torch.nn.functional.avg_pool2d = before
    means = [found[name].flatten(2).mean(2) if found[name].ndim == 4 else found[name] for name in names]
    return [m.numpy()[0] for m in means] + [logits.numpy()[0]]


def convert(kind, state, size, *options):
    torch.save(state, "state.pth")
    return subprocess.run([CONVERTER, kind, "state.pth", kind + ".h5", "--size", str(size), *options], capture_output=True,
                          text=True)


def run(kind, size, layers, pixels):
    done = subprocess.run([RUN_NETWORK, kind + ".h5", "3", str(size), str(size), *layers], input=pixels.tobytes(),
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    return np.frombuffer(done.stdout, np.float32)


def compare(kind, layers, found, expected):
    assert len(found) == sum(len(part) for part in expected), (len(found), [len(part) for part in expected])
    for name, part in zip(layers, expected):
        ours, found = found[: len(part)], found[len(part):]
        assert part.std() > 1e-3, (name, part)
        worst = abs(ours - part).max() / abs(part).max()
        assert worst < 2e-5, (kind, name, worst)
        print(f"{kind} {name}: {len(part)} channels, largest difference {worst:.1e} of the largest")


def check_inception(kind, size, classes):
    """The hook on avgpool gives the features. The FID variant leaves the biases of the class scores out."""
    model = inception(classes)
    assert (done := convert(kind, model.state_dict(), size)).returncode == 0, done.stderr
    pixels = np.random.default_rng(2).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    fid = kind == "inception-fid"
    x = (pixels.astype(np.float64) + 1) * 127.5
    x = torch.tensor((x - 128) / 128 if fid else pixels, dtype=torch.float32)
    expected = responses(model, BLOCKS + ["avgpool"], x, as_fid_variant(model) if fid else None)
    if fid:
        expected[-1] = expected[-1] - model.fc.bias.detach().numpy()
    layers = BLOCKS + ["features", "logits"]
    compare(kind, layers, run(kind, size, layers, pixels), expected)
    with h5py.File(kind + ".h5") as file:
        assert file.attrs["resize"] == ("bilinear-tensorflow" if fid else "bilinear-pillow")
        assert (file.attrs["features"], file.attrs["logits"]) == ("features", "logits")
        assert ("bias" in file["weights/logits"]) != fid


def narrow_vgg():
    """VGG-16's layers with few channels: its dense layers would be half a gigabyte."""
    layers = torchvision.models.vgg.make_layers([4, 4, "M", 6, 6, "M", 8, 8, 8, "M", 8, 8, 8, "M", 8, 8, 8, "M"])
    model = torchvision.models.VGG(layers, init_weights=False)
    nn = torch.nn
    model.classifier = nn.Sequential(nn.Linear(8 * 49, 20), nn.ReLU(), nn.Dropout(), nn.Linear(20, 12), nn.ReLU(), nn.Dropout(),
                                     nn.Linear(12, 5))
    return randomize(model, 3)


def check_vgg():
    model = narrow_vgg()
    with open("names.txt", "w", encoding="utf-8") as stream:
        stream.write("a\nb\nc\nd\ne\n")
    done = convert("vgg16", model.state_dict(), 224, "--classes", "names.txt")
    assert done.returncode == 0, done.stderr
    pixels = np.random.default_rng(2).uniform(-1, 1, (1, 3, 224, 224)).astype(np.float32)
    mean, std = (np.array(v).reshape(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x = torch.tensor(((pixels + 1) / 2 - mean) / std, dtype=torch.float32)
    expected = responses(model, ["features.3", "features.15", "features.30", "classifier.4"], x)
    compare("vgg16", ["conv2-relu", "conv7-relu", "pool13", "features", "logits"],
            run("vgg16", 224, ["conv2-relu", "conv7-relu", "pool13", "features", "logits"], pixels), expected)
    assert (done := convert("vgg16", model.state_dict(), 96)).returncode != 0 and "--size 224" in done.stderr, done.stderr
    state = {key: value for key, value in model.state_dict().items() if key != "classifier.6.weight"}
    done = convert("vgg16", state, 224)
    assert done.returncode != 0 and "has no classifier.6.weight" in done.stderr, done.stderr
    done = convert("vgg16", {**model.state_dict(), "extra.weight": torch.ones(1)}, 224)
    assert done.returncode != 0 and "extra.weight" in done.stderr, done.stderr


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    torch.set_num_threads(1)
    check_vgg()
    check_inception("inception", 107, 10)
    check_inception("inception-fid", 107, 1008)
    done = subprocess.run([GGCN_DATA, "check", "vgg16.h5", "inception.h5", "inception-fid.h5"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(": ok (network file") == 3, done.stdout + done.stderr
print("PASS")
