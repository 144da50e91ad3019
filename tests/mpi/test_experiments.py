#!/usr/bin/python3
"""The experiments: their configurations at every scale, three of them end to end at scale smoke, and their tables
against the HDF5 files.

test_experiments.py EXPERIMENTS GGCN_TRAIN LAUNCHER
"""

import csv
import glob
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

try:
    import h5py
    import matplotlib  # noqa: F401  (used by the tables)
    import numpy as np
    import yaml
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

EXPERIMENTS, GGCN_TRAIN, LAUNCHER = sys.argv[1:]
sys.path.insert(0, os.path.join(EXPERIMENTS, "common"))
from experiment import SCALES, Experiment, with_data, yaml_text  # noqa: E402

FOLDERS = ["fig10", "fig12", "fig4", "fig5", "fig8", "fig9", "table1", "table2", "table3"]
RESULTS = ["table.csv", "table.md", "table.tex", "runs.csv", "figure.png"]


def call(*command, code=0):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def representatives(rows, experiment):
    """Rows in which every level of every factor appears."""
    chosen, seen = [], set()
    for row in rows:
        new = {(factor, label) for factor, label in zip(experiment.factors, row.labels)} - seen
        if new:
            chosen.append(row)
            seen |= new
    return chosen


def check_configurations():
    """ggcn_train reads every configuration to the end: what it misses is the data set alone."""
    assert (
        sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(EXPERIMENTS + "/*/experiment.yaml"))
        == FOLDERS
    )
    listed = {line.split()[0] for line in call(GGCN_TRAIN, "--list").splitlines() if line.startswith("  ")}
    read = 0
    for name in FOLDERS:
        experiment = Experiment(os.path.join(EXPERIMENTS, name))
        for scale in SCALES:
            with open("base.yaml", "w", encoding="utf-8") as stream:
                stream.write(with_data([yaml_text(experiment.shared(scale))], "/no-data")[0])
            runs = {run.row.name: run for run in experiment.runs(scale)}
            assert len(experiment.runs(scale)) == len(experiment.rows(scale)) * len(experiment.scales[scale]["seeds"])
            for row in representatives(experiment.rows(scale), experiment):
                said = call(
                    GGCN_TRAIN, "base.yaml", *with_data(runs[row.name].words(), "/no-data"), "--dry-run", code=1
                )
                assert "/no-data/" in said and "cannot open the data set" in said, f"{name} {scale} {row.name}: {said}"
                settings = {**experiment.scales[scale].get("settings", {}), **row.settings}
                for key in ["potential.network", "generator.network"]:
                    network = settings.get(key, "small")
                    assert network in listed or network.startswith("$DATA/"), f"{name} {scale}: no network {network}"
                read += 1
    assert read > 80, read
    print(f"{read} configurations")


def times():
    return {path: os.stat(path).st_mtime_ns for path in glob.glob("runs/*/*/*/**/*.h5", recursive=True)}


def run_and_table(name):
    """Runs an experiment, makes its table twice, and returns its results and its folder of runs."""
    command = [os.path.join(EXPERIMENTS, name, "run"), "smoke", "--out", "runs", "--bin", os.path.dirname(GGCN_TRAIN)]
    assert "seed-1\n" in call(*command)
    before = times()
    again = call(*command)  # everything is there: nothing is trained or drawn anew
    assert len(again.splitlines()) == 1 and times() == before, again
    contents = []
    for results in ["one", "two"]:
        call(os.path.join(EXPERIMENTS, name, "table"), "smoke", "--out", "runs", "--results", results)
        assert sorted(os.listdir(results)) == sorted(RESULTS)
        contents.append({file: open(os.path.join(results, file), "rb").read() for file in RESULTS})
    assert contents[0] == contents[1], f"{name}: two calls wrote other bytes"
    return contents[0], os.path.join("runs", name, "smoke")


def lines_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def checkpoint_of(directory):
    return h5py.File(sorted(glob.glob(os.path.join(directory, "checkpoints", "*.h5")))[-1])


def check_digests(line, directory):
    with checkpoint_of(directory) as file, h5py.File("runs/smoke-data/images-32.h5") as data:
        assert line["digest of the parameters"] == text(file.attrs["digest_parameters"])
        assert line["digest of the chains"] == text(file.attrs["digest_chains"])
        assert line["digest of the data"] == text(data.attrs["checksum"])


def close(found, expected):
    assert math.isclose(float(found), expected, rel_tol=1e-9), (found, expected)


def shown(number):
    """Three significant digits."""
    return f"{number:.{max(0, 2 - math.floor(math.log10(abs(number))))}f}"


def check_ablation():
    """Table 1: response distances, Frechet distances, chains beyond the range."""
    results, folder = run_and_table("table1")
    runs = lines_of(results["runs.csv"])
    assert [line["model (setting)"] for line in runs] == ["mgcn", "wmgcn", "ggcn-nolhs-ams", "ggcn-ams"], runs
    for line, row in zip(runs, lines_of(results["table.csv"])):
        directory = os.path.join(folder, f"{line['model (setting)']}.seed-1")
        check_digests(line, directory)
        with h5py.File(os.path.join(directory, "metrics.h5")) as metrics:
            close(line["R at the end"], metrics["response_distance"][-1])  # one of three is the last fifth
        with h5py.File(os.path.join(directory, "samples.h5")) as samples:
            recorded = json.loads(text(samples.attrs["evaluation"]))
        close(line["Frechet distance"], recorded["frechet_distance"]["value"])
        with checkpoint_of(directory) as file:
            pixels = file["chains/x"][:]
        low = yaml.safe_load(text(checkpoint_of(directory).attrs["configuration"]))["data"]["pixel_min"]
        close(
            line["pixels beyond the range"], np.mean((pixels < low - 0.1 * (1 - low)) | (pixels > 1 + 0.1 * (1 - low)))
        )
        assert row["Frechet distance"] == shown(float(line["Frechet distance"])), (row, line)
        for said in [
            recorded["network"]["digest"],
            recorded["reference"]["digest"],
            "seeds 1",
            "Scale smoke",
            "16 samples",
        ]:
            assert (
                said in row["notes"] and said in results["table.md"].decode() and said in results["table.tex"].decode()
            ), said
        assert (
            row["Frechet distance"] in results["table.md"].decode()
            and row["Frechet distance"] in results["table.tex"].decode()
        )


def check_completion():
    """Table 3: the scores of completed images from their pixels, beside the paper's."""
    results, folder = run_and_table("table3")
    paper = {"spots": "0.0033", "square": "0.0041", "both": "0.0046"}
    for line, row, mask in zip(lines_of(results["runs.csv"]), lines_of(results["table.csv"]), paper):
        directory = os.path.join(folder, f"{mask}.seed-1")
        check_digests(line, directory)
        with h5py.File(os.path.join(directory, "completed.h5")) as file, h5py.File(
            "runs/smoke-data/images-32.h5"
        ) as data:
            held = data["images"][:][-int(data.attrs["held_out"]) :]
            bytes_of = np.floor(np.clip(255 * (file["posterior/images"][:].astype(np.float64) + 1) / 2, 0, 255) + 0.5)
        error = np.mean((bytes_of / 255 - held / 255) ** 2)
        assert math.isclose(float(line["MSE"]), error, rel_tol=1e-6), (line["MSE"], error)
        assert row["MSE, paper"] == paper[mask], row


def check_interpolation():
    """Fig. 12: steps between neighbours, over two seeds."""
    results, folder = run_and_table("fig12")
    largest = []
    for seed, line in zip([1, 2], lines_of(results["runs.csv"])):
        directory = os.path.join(folder, f"ggcn-ams.seed-{seed}")
        check_digests(line, directory)
        with h5py.File(os.path.join(directory, "interpolation.h5")) as file:
            images = np.floor(np.clip(255 * (file["posterior/images"][:].astype(np.float64) + 1) / 2, 0, 255) + 0.5)
            chain, draw = file["posterior/chain"][:], file["posterior/draw"][:]
        ratios = []
        for row in sorted(set(chain)):
            points = images[chain == row][np.argsort(draw[chain == row])]
            steps = [np.sqrt(np.mean((a - b) ** 2)) for a, b in zip(points, points[1:])]
            ratios.append(max(steps) / np.sqrt(np.mean((points[-1] - points[0]) ** 2)))
        largest.append(float(np.mean(ratios)))
        close(line["largest step of a row"], largest[-1])
    row = lines_of(results["table.csv"])[0]
    mean, _, deviation = row["largest step of a row"].partition(" ± ")
    assert mean == shown(statistics.mean(largest)), (row, largest)
    assert math.isclose(float(deviation), statistics.stdev(largest), rel_tol=0.05), (row, largest)


def check_complaints():
    """What is not finished is no result, and runs of other settings are not taken for those of now."""
    os.remove(sorted(glob.glob("runs/fig12/smoke/ggcn-ams.seed-2/checkpoints/*.h5"))[-1])
    table = [os.path.join(EXPERIMENTS, "fig12", "table"), "smoke", "--out", "runs", "--results", "none"]
    assert "is not finished" in call(*table, code=1)
    assert not os.path.exists("none")
    with open("runs/fig12/smoke/base.yaml", "a", encoding="utf-8") as stream:
        stream.write("jko: {beta: 2.0}\n")
    run = [os.path.join(EXPERIMENTS, "fig12", "run"), "smoke", "--out", "runs", "--bin", os.path.dirname(GGCN_TRAIN)]
    assert "differs from the experiment" in call(*run, code=1)


def main():
    assert os.path.exists(LAUNCHER)
    with tempfile.TemporaryDirectory(prefix="ggcn_experiments_") as folder:
        os.chdir(folder)
        check_configurations()
        check_ablation()
        check_completion()
        check_interpolation()
        check_complaints()
    print("configurations, runs, tables and figures are right")


if __name__ == "__main__":
    main()
