#!/usr/bin/python3
"""Scaling: the model gives the kept tables from the kept measurements, byte for byte, and its formulas what they say; measuring
works, and says what a machine cannot do.

test_scaling.py EXPERIMENTS GGCN_BENCH LAUNCHER
"""

import csv
import filecmp
import json
import math
import os
import subprocess
import sys
import tempfile

try:
    import h5py  # noqa: F401  (used by the programs)
    import matplotlib  # noqa: F401
    import yaml  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

EXPERIMENTS, GGCN_BENCH, LAUNCHER = sys.argv[1:]
SCALING = os.path.join(EXPERIMENTS, "scaling")
sys.path.insert(0, SCALING)
import costs  # noqa: E402


def call(*command, code=0):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def close(found, expected):
    assert math.isclose(found, expected, rel_tol=1e-9), (found, expected)


def check_formulas():
    """A gradient of 8 MB at 1 GB/s, messages of 1 ms."""
    for ranks, passages in [(2, 1), (4, 1.5), (8, 1.75), (3, 2 + 4 / 3), (6, 3 + 10 / 6)]:
        close(costs.passages(ranks), passages)
    close(costs.sum_seconds(4, 8e6, 0, 0, 1e-9), 12e-3)
    close(costs.sum_seconds(4, 8e6, 0, 1e-3, 1e-9), 12e-3 + 18e-3)
    close(costs.sum_seconds(4, 8e6, 1e6, 0, 1e-9), 12e-3 + 4e-3)
    close(costs.sum_seconds(1, 8e6, 1e6, 1, 1), 0)
    latency, per_byte = costs.line([1e6, 1e7, 1e8], [2e-3 + 1e-9 * size for size in [1e6, 1e7, 1e8]])
    close(latency, 2e-3)
    close(per_byte, 1e-9)


def check_kept():
    """What is kept is what the model makes of the kept measurements."""
    for results in ["one", "two"]:
        call(os.path.join(SCALING, "model"), "--results", results)
    same = filecmp.cmpfiles("one", "two", ["table.csv", "table.md", "figure.png", "checks.png"], shallow=False)
    assert len(same[0]) == 4, f"two calls wrote other bytes: {same}"
    same = filecmp.cmpfiles("one", SCALING, ["table.csv", "table.md"], shallow=False)
    assert len(same[0]) == 2, f"not what is kept: {same}; experiments/scaling/model makes it anew"
    with open("one/table.csv", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    for line in lines:
        parts = [value for name, value in line.items() if name.endswith("_seconds")]
        if "fewer blocks than ranks" not in parts:
            assert math.isclose(sum(map(float, parts)), float(line["seconds"]), rel_tol=2e-3), line
    assert {"v0", "resnet50-64"} == {line["network"] for line in lines}
    assert max(int(line["ranks"]) for line in lines) == 4096


def check_measuring():
    measure = [os.path.join(SCALING, "measure"), "--tiny", "--rounds", "1", "--bin", os.path.dirname(GGCN_BENCH)]
    said = call(*measure, "--out", "measured.json")
    with open("measured.json", encoding="utf-8") as stream:
        measured = json.load(stream)
    for part in ["plan", "block", "cores", "shared", "files"]:
        assert measured[part], part
    for part in ["hosts", "training"]:
        assert part in measured or f"skipped: {part}: no hosts here: " in said, said
    for record in measured["block"] + measured["cores"] + measured["shared"] + measured.get("hosts", []):
        assert record["seconds"] > 0, record
    if "hosts" in measured:
        quick, slow = measured["hosts"]
        assert quick["limits"] == "none" and slow["limits"] != "none"
        # A link of 1 Gbit/s and 200 µs is one: half a megabyte twice, less what tbf lets pass at once, and seven messages.
        assert slow["seconds"] > (1e6 - 2 * 131072) * 8e-9 * 0.8 + 7 * 200e-6, slow
    call(os.path.join(SCALING, "model"), "--measurements", "measured.json", "--results", "tiny")
    with open("measured.json", encoding="utf-8") as stream:
        before = json.load(stream)
    call(*measure, "files", "--out", "measured.json")
    with open("measured.json", encoding="utf-8") as stream:
        after = json.load(stream)
    assert after["block"] == before["block"], "a part that was not measured anew is lost"
    assert "no part is called" in call(*measure, "nothing", code=1)
    without_root = ["unshare", "--user"] if os.getuid() == 0 and "hosts" in measured else []
    said = call(*without_root, *measure, "hosts", "--out", "none.json")
    assert "skipped: hosts: no hosts here: no root" in said or not without_root and os.getuid() == 0, said
    del measured["plan"]
    with open("measured.json", "w", encoding="utf-8") as stream:
        json.dump(measured, stream)
    assert "lacks the part plan" in call(
        os.path.join(SCALING, "model"), "--measurements", "measured.json", "--results", "none", code=1
    )


def main():
    assert os.path.exists(LAUNCHER)
    with tempfile.TemporaryDirectory(prefix="ggcn_scaling_test_") as folder:
        os.chdir(folder)
        check_formulas()
        check_kept()
        check_measuring()
    print("measurements, model and kept tables agree")


if __name__ == "__main__":
    main()
