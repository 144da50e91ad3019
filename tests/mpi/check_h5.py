"""Checks with h5py what the files say about themselves, and the virtual file of chains against its segments.

check_h5.py CHAINS_FOLDER FILE...
"""
import glob
import sys

import h5py
import numpy

TEXTS = ["format", "created", "ggcn_version", "git_commit", "compiler", "instruction_set", "libraries", "command_line",
         "host"]
NUMBERS = ["format_version", "ranks", "threads"]
problems = []


def expect(condition, words):
    if not condition:
        problems.append(words)


def text_of(item, name):
    value = item.attrs.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)


def check_file(path):
    with h5py.File(path, "r") as file:
        for name in TEXTS:
            expect(text_of(file, name), f"{path}: root attribute {name} is missing or empty")
        for name in NUMBERS:
            expect(file.attrs.get(name, 0) >= 1, f"{path}: root attribute {name} is missing or below 1")
        expect("ggcn_" in text_of(file, "command_line"), f"{path}: command line: {text_of(file, 'command_line')}")
        if text_of(file, "format") != "ggcn-dataset":
            expect("reference_sigma: 10" in text_of(file, "configuration"), f"{path}: the configuration is not whole")
            expect(file.attrs.get("ranks") == 2, f"{path}: written by 2 ranks, says {file.attrs.get('ranks')}")
        count = 0

        def visit(name, item):
            nonlocal count
            if not isinstance(item, h5py.Dataset):
                return
            count += 1
            for attribute in ["description", "units"]:
                expect(text_of(item, attribute), f"{path}: /{name} has no {attribute}")
            item[...]  # every byte can be read

        file.visititems(visit)
        expect(count > 0, f"{path}: no data sets")
        print(f"{path}: {text_of(file, 'format')} {file.attrs['format_version']}, {count} data sets")


def check_chains(folder):
    segments = sorted(glob.glob(folder + "/segment-*.h5"))
    expect(len(segments) == 3, f"{folder}: {len(segments)} segments, expected 3")
    with h5py.File(folder + "/chains.h5", "r") as file:
        traces = ["lp", "energy", "potential", "gradient_norm", "mean", "deviation", "layer_response"]
        for name in ["posterior/x", *("sample_stats/" + trace for trace in traces)]:
            whole = file[name][...]
            parts = []
            for segment in segments:
                with h5py.File(segment, "r") as part:
                    parts.append(part[name][...])
            expect(whole.shape[:2] == (40, 5), f"{folder}: {name} has the shape {whole.shape}")
            expect(numpy.array_equal(whole, numpy.concatenate(parts, axis=1)), f"{folder}: {name} differs from the segments")
            expect(numpy.isfinite(whole).all() and whole.std() > 0, f"{folder}: {name} is constant or not finite")
            expect(file[name].dims[1][0].name.endswith("/draw"), f"{folder}: {name} has no dimension scale draw")
        for group in ["posterior", "sample_stats"]:
            expect(list(file[group]["draw"]) == [1, 2, 3, 4, 5], f"{folder}: draws {list(file[group]['draw'])}")
            expect(list(file[group]["chain"]) == list(range(40)), f"{folder}: chains {list(file[group]['chain'])}")
        x, lp = file["posterior/x"][...].astype(float), file["sample_stats/lp"][...]
        expected = file["sample_stats/potential"][...] - (x**2).sum(axis=(2, 3, 4)) / (2 * 10.0**2)
        stats = {name: file["sample_stats"][name][...] for name in traces + ["step_size", "acceptance_rate"]}
        expect(numpy.array_equal(stats["energy"], -lp), f"{folder}: energy is not -lp")
        expect(numpy.allclose(stats["mean"], x.mean(axis=(2, 3, 4))), f"{folder}: mean is not that of x")
        expect(numpy.allclose(stats["deviation"], x.std(axis=(2, 3, 4))), f"{folder}: deviation is not that of x")
        expect((stats["acceptance_rate"] == 1).all() and (stats["step_size"] > 0).all(), f"{folder}: steps and acceptance")
        expect(len(text_of(file, "layers").split()) == stats["layer_response"].shape[2], f"{folder}: names of the layers")
        expect(text_of(file, "stationarity") == "learning", f"{folder}: stationarity")
        expect(numpy.allclose(lp, expected, rtol=1e-5, atol=1e-5), f"{folder}: lp is not Phi - |x|^2/(2 s_ref^2)")


for argument in sys.argv[2:]:
    check_file(argument)
check_chains(sys.argv[1])
for problem in problems:
    print("FAIL:", problem)
sys.exit(len(problems) > 0)
