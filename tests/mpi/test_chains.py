#!/usr/bin/python3
"""ggcn_chains on a file of known traces: stored values of ArviZ 0.17, on any number of ranks and threads; bad input.

test_chains.py GGCN_CHAINS LAUNCHER
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np

    import chain_case as case
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

GGCN_CHAINS, LAUNCHER = sys.argv[1:]
KEYS = ["r_hat", "ess_bulk", "ess_tail", "autocorrelation_time"]
CONSTANT = ["step_size", "acceptance_rate"]
# What arviz_values.py prints for the same file, from the first draw and from draw number 20.
GOLDEN = {
    "0": {
        "lp": [1.06107765364, 84.6295168232, 289.546793882, 7.2270230988],
        "energy": [1.06107765364, 84.6295168232, 289.546793882, 7.2270230988],
        "potential": [1.28146477634, 17.2012996366, 44.6877209624, 35.0518544167],
        "gradient_norm": [0.993870795294, 799.069182256, 685.172252456, 0.794989007285],
        "mean": [1.01344322195, 1666.89075023, 604.316331907, 0.363551120502],
        "deviation": [1.0102830659, 447.033388471, 482.67565567, 1.31927456903],
        "layer_response[0] relu2": [1.04212740067, 97.9122020718, 209.896914315, 6.29228387118],
        "layer_response[1] relu4": [1.01185731008, 359.819279076, 399.502184855, 1.60414717435],
    },
    "20": {
        "lp": [1.04823000102, 139.910247829, 272.500411409, 3.48371306956],
        "energy": [1.04823000102, 139.910247829, 272.500411409, 3.48371306956],
        "potential": [1.48470652269, 12.2968661136, 30.1060307922, 39.2569694871],
        "gradient_norm": [0.99845337328, 610.813119278, 566.569284768, 0.841453674861],
        "mean": [1.01955603096, 1286.99579394, 426.109103671, 0.377623611739],
        "deviation": [1.01899787859, 411.459333324, 371.577304339, 1.13420542189],
        "layer_response[0] relu2": [1.02574070329, 102.466947851, 213.824918773, 4.72259935923],
        "layer_response[1] relu4": [1.01109342728, 303.468439822, 329.398791323, 1.5183605805],
    },
}


def run(*arguments, ranks=1, threads=1):
    command = [GGCN_CHAINS, *arguments]
    if ranks > 1:
        command = [LAUNCHER, "-np", str(ranks), *command]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)})


def diagnose(*arguments, **parallel):
    done = run(*arguments, "--json", "found.json", **parallel)
    assert done.returncode == 0, done.stdout + done.stderr
    with open("found.json", encoding="utf-8") as stream:
        return done.stdout, json.load(stream)


def check_values(discard):
    printed, found = diagnose("chains.h5", "--discard", discard)
    values = dict(case.names_of(case.traces()))
    assert list(found["traces"]) == list(values), list(found["traces"])
    assert found["draws"] == case.DRAWS - int(discard) and found["chains"] == case.CHAINS
    assert found["stationarity"] == "fixed" and "note" not in printed
    for name, array in values.items():
        trace, array = found["traces"][name], array[:, int(discard):]
        assert np.isclose(trace["mean"], array.mean(), rtol=1e-12, atol=1e-14)
        assert np.isclose(trace["deviation"], array.std(ddof=1), rtol=1e-9, atol=1e-14)
        assert trace["constant"] == (name in CONSTANT)
        for i, key in enumerate(KEYS):
            if name in CONSTANT:
                assert trace[key] is None, (name, key, trace[key])
            else:
                expected = GOLDEN[discard][name][i]
                assert abs(trace[key] / expected - 1) < 1e-6, (name, key, trace[key], expected)


def check_ranks():
    printed, found = diagnose("chains.h5")
    for ranks, threads in [(1, 2), (2, 1), (3, 2)]:
        assert diagnose("chains.h5", ranks=ranks, threads=threads) == (printed, found), (ranks, threads)


def check_notes():
    for kind, words in [("learning", "no sign of convergence"), ("short-run", "not stationary"), ("replay", "not stationary")]:
        case.write_chains("other.h5", kind)
        printed, found = diagnose("other.h5")
        assert words in printed and found["stationarity"] == kind, printed


def refuse(code, words, *arguments):
    for ranks in [1, 2]:
        done = run(*arguments, ranks=ranks)
        messages = [line for line in done.stderr.splitlines() if line.startswith("ggcn_chains: ")]
        assert done.returncode == code and len(messages) == 1 and words in messages[0], (ranks, done.stderr)


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    case.write_chains("chains.h5")
    case.write_chains("short.h5", draws=3)
    with open("text.h5", "w", encoding="utf-8") as stream:
        stream.write("just text")
    check_values("0")
    check_values("20")
    check_ranks()
    check_notes()
    refuse(2, "a run directory or a file of chains is needed")
    refuse(2, "--discard must be", "chains.h5", "--discard", "some")
    refuse(1, "gone.h5: cannot open", "gone.h5")
    refuse(1, "text.h5: expected a file of recorded chains", "text.h5")
    refuse(1, "3 draws, 0 of them discarded: at least 4", "short.h5")
    refuse(1, "101 draws, 98 of them discarded: at least 4", "chains.h5", "--discard", "98")
    os.mkdir("empty")
    refuse(1, "empty/chains/chains.h5: cannot open", "empty")
print("PASS")
