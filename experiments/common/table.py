#!/usr/bin/python3
"""Makes an experiment's table and figure from the HDF5 files of its runs, and from nothing else.

    experiments/NAME/table SCALE [--out DIR] [--seeds 1,2] [--results DIR]

reads DIR/NAME/SCALE (DIR is `runs`; where `run` left the runs) and writes into --results (that folder itself)

    table.csv, table.md, table.tex   a line for each row: mean and deviation over the seeds, beside the paper's numbers
    runs.csv                         a line for each run: its seed, numbers, digests and data
    figure.png                       the figure; fig5 has samples.png, too

Every table names its scale, counts, seeds, feature network and data. Two calls write the same bytes.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

import figure
import files
import values
import writers
from experiment import SCALES, Bad, Experiment

SETTINGS = [
    "model",
    "potential.network",
    "learning.iterations",
    "sampler.steps",
    "learning.observed",
    "learning.chains",
    "learning.optimizer.rate",
    "jko.beta",
]


def paper_column(name):
    return f"{name}, paper"


def numbers_of(experiment, trained):
    """Of each run its columns' numbers, {row: {seed: [number of each column]}}."""
    return {
        name: {seed: [values.value(column, run) for column in experiment.columns] for seed, run in runs.items()}
        for name, runs in trained.items()
    }


def summary(experiment, rows, numbers):
    """Names and lines of the table."""
    names = [*experiment.factors, "seeds"]
    for column in experiment.columns:
        names.append(column["name"])
        if column["name"] in experiment.paper:
            names.append(paper_column(column["name"]))
    lines = []
    for row in rows:
        runs = numbers[row.name]
        line = [*row.labels, str(len(runs))]
        for i, column in enumerate(experiment.columns):
            line.append(values.mean_and_deviation([run[i] for run in runs.values()], column.get("digits", 3)))
            if column["name"] in experiment.paper:
                line.append(str(experiment.paper[column["name"]].get(row.name, "-")))
        lines.append(line)
    return names, lines


def per_run(experiment, rows, trained, numbers):
    names = [
        *experiment.factors,
        "seed",
        *[column["name"] for column in experiment.columns],
        *[f"{key} (setting)" if key in experiment.factors else key for key in SETTINGS],
        "digest of the parameters",
        "digest of the chains",
        "digest of the data",
        "commit",
        "instruction set",
    ]
    lines = []
    for row in rows:
        for seed, run in trained[row.name].items():
            point = run.checkpoint
            lines.append(
                [
                    *row.labels,
                    str(seed),
                    *["" if n is None else repr(n) for n in numbers[row.name][seed]],
                    *[os.path.basename(str(point.setting(key))) for key in SETTINGS],
                    point.digest_parameters,
                    point.digest_chains,
                    files.data_digest(point.setting("data.file")),
                    point.provenance["git_commit"],
                    point.provenance["instruction_set"],
                ]
            )
    return names, lines


def each(found):
    """The different texts in `found`, in their order."""
    return list(dict.fromkeys(found))


def counted(evaluation):
    """How many images were compared."""
    said, reference = f"{evaluation['samples']['images']} samples", evaluation.get("reference")
    return said + (f" against {reference['images']} images (digest {reference['digest']})" if reference else "")


def notes(experiment, scale, rows, trained):
    """What has to stand beside the numbers."""
    runs = [run for row in rows for run in trained[row.name].values()]
    points = [run.checkpoint for run in runs]

    def settings(key):
        return ", ".join(each(os.path.basename(str(point.setting(key))) for point in points))

    own = any("response_distance" in column["value"] for column in experiment.columns)
    seeds = each(str(seed) for row in rows for seed in trained[row.name])
    recorded = evaluations(experiment, runs)
    deep = each(
        f"{os.path.basename(network['file'])} (digest {network['digest']}, {network['features']} features, images "
        f"resized to {network['input'][1]}x{network['input'][2]}, {network['resize']})"
        for network in [one["network"] for one in recorded if "network" in one]
    )
    counts = each(counted(one) for one in recorded)
    data = each(
        f"{os.path.basename(point.setting('data.file'))} (digest {files.data_digest(point.setting('data.file'))})"
        for point in points
    )
    lines = [
        f"Scale {scale}: networks {settings('potential.network')}, {settings('learning.iterations')} iterations of "
        f"{settings('sampler.steps')} Langevin steps, {settings('learning.observed')} observed images and "
        f"{settings('learning.chains')} chains an iteration; seeds {', '.join(seeds)}; "
        "mean ± standard deviation over the seeds.",
        f"Data: {'; '.join(data)}.",
        f"Feature network of the scores: {'; '.join(deep) or 'none'}."
        + (" R is measured on the features of each model's own network." if own else ""),
    ]
    if counts:
        lines.append(f"Scores of {'; '.join(counts)}.")
    if scale == "smoke":
        lines.append(
            "At scale smoke all data are the same images of Fashion-MNIST and the feature network is random: the "
            "numbers say that everything works, and nothing about the models."
        )
    if not experiment.paper:
        lines.append(f"The paper gives no numbers here: {experiment.place}.")
    else:
        lines.append(
            f'Columns "paper": as printed there, {experiment.place}, with its own data, sizes and feature network.'
        )
    return lines


def evaluations(experiment, runs):
    """All that ggcn_eval recorded of the runs' products."""
    found = [run.evaluation(product["name"]) for product in experiment.products for run in runs]
    return [one for one in found if one]


def write(path, content):
    with open(path + ".incomplete", "w", encoding="utf-8") as stream:
        stream.write(content)
    os.replace(path + ".incomplete", path)


def main():
    experiment = Experiment(os.path.dirname(os.path.abspath(sys.argv[0])))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", choices=SCALES)
    parser.add_argument("--out", default="runs", help="where `run` was told to write")
    parser.add_argument("--seeds", help="only these, e.g. 1,2")
    parser.add_argument("--results", help="folder for the table and the figure")
    arguments = parser.parse_args()
    folder = os.path.join(arguments.out, experiment.name, arguments.scale)
    results = arguments.results or folder
    rows = experiment.rows(arguments.scale)
    trained = {row.name: {} for row in rows}
    for run in experiment.runs(arguments.scale, arguments.seeds):
        trained[run.row.name][run.seed] = files.Trained(os.path.join(folder, run.name))

    os.makedirs(results, exist_ok=True)
    numbers = numbers_of(experiment, trained)
    names, lines = summary(experiment, rows, numbers)
    beside = notes(experiment, arguments.scale, rows, trained)
    heading = f"{experiment.title} ({experiment.place}), scale {arguments.scale}"
    run_names, run_lines = per_run(experiment, rows, trained, numbers)
    digests = [name for name in run_names if name.startswith("digest")]
    kept = [run_names.index(name) for name in [*experiment.factors, "seed", *digests]]
    with_notes = [line + [arguments.scale, " ".join(beside)] for line in lines]
    write(os.path.join(results, "table.csv"), writers.csv_text(names + ["scale", "notes"], with_notes))
    write(os.path.join(results, "runs.csv"), writers.csv_text(run_names, run_lines))
    write(
        os.path.join(results, "table.md"),
        f"# {heading}\n\nThe paper's claim: {experiment.claim}\n\n"
        + writers.markdown(names, lines)
        + "\n"
        + "\n".join(beside)
        + "\n\nThe runs, whose numbers are in runs.csv:\n\n"
        + writers.markdown([run_names[i] for i in kept], [[line[i] for i in kept] for line in run_lines]),
    )
    write(os.path.join(results, "table.tex"), writers.latex(names, lines, heading, beside))
    drawn = figure.draw(experiment, rows, trained, results)
    print(f"{results}: table.csv, table.md, table.tex, runs.csv, {', '.join(drawn)}")


if __name__ == "__main__":
    try:
        main()
    except (Bad, OSError) as error:
        sys.exit(f"table: {error}")
