#!/usr/bin/python3
"""Trains all runs of an experiment, and makes what its table needs of each.

    experiments/NAME/run smoke|small [--out DIR] [--data DIR] [--ranks N] [--bin DIR] [--seeds 1,2]
    experiments/NAME/run paper ...          writes the configurations and a job array for a cluster, predicts core-hours
    experiments/NAME/run paper --products   on the cluster, when the runs are done

smoke takes seconds and needs no data set of yours: it makes one of Fashion-MNIST (Debian's dataset-fashion-mnist).
small needs the files that experiments/make-data makes, in --data or $GGCN_DATA (data). Runs are in DIR/NAME/SCALE (DIR
is `runs`). What is finished is left as it is, what was stopped goes on: call it again. --dry-run only has ggcn_train
check every configuration and predict its time. OMP_NUM_THREADS sets the threads of a rank.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

import files
import products
import smoke_data
from cluster import predict, write_array
from experiment import SCALES, Bad, Experiment, with_data, yaml_text
from programs import Programs


def declare(experiment, scale, folder, data):
    """Writes what all runs share, base.yaml, and a line for each run as jobs/slurm-array.sh reads it, variants.txt."""
    lines = [" ".join([run.name, *with_data(run.words(), data)]) for run in experiment.runs(scale)]
    declared = {
        "base.yaml": with_data([yaml_text(experiment.shared(scale))], data)[0],
        "variants.txt": "".join(line + "\n" for line in lines),
    }
    os.makedirs(folder, exist_ok=True)
    for name, text in declared.items():
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                if stream.read() != text:
                    raise Bad(
                        f"{path} differs from the experiment as it is now: runs with other settings lie there. "
                        "Choose another --out, or remove that folder"
                    )
        else:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
    return os.path.join(folder, "base.yaml")


def finish(experiment, scale, run, directory, base, programs, data):
    """Trains what is not trained to its end, and makes the products that are missing."""
    done = files.last_checkpoint(directory)
    if not done or not done.complete():
        print(run.name, flush=True)
        programs.train(directory, [base, *with_data(run.words(), data)], directory + ".log")
    made = products.make(experiment, scale, directory, programs, data)
    if made:
        print(f"    {', '.join(made)}", flush=True)


def finish_all(experiment, scale, runs, folder, base, programs, data):
    """A run that fails does not keep the others from being made."""
    failed = 0
    for run in runs:
        try:
            finish(experiment, scale, run, os.path.join(folder, run.name), base, programs, data)
        except (Bad, OSError) as error:
            print(f"run: {run.name}: {error}", file=sys.stderr, flush=True)
            failed += 1
    if failed:
        raise Bad(f"{failed} of {len(runs)} runs failed")
    print(f"{folder}: {len(runs)} runs; the table: experiments/{experiment.name}/table {scale}")


def arguments_of(experiment):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", choices=SCALES)
    parser.add_argument("--out", default="runs", help="folder of the runs (runs)")
    parser.add_argument("--data", default=os.environ.get("GGCN_DATA", "data"), help="folder of the data sets")
    parser.add_argument("--bin", help="folder of the programs")
    parser.add_argument("--ranks", type=int, default=1, help="MPI ranks (1)")
    parser.add_argument("--seeds", help="only these, e.g. 1,2")
    parser.add_argument("--dry-run", action="store_true", help="only check the configurations and predict the time")
    parser.add_argument("--products", action="store_true", help="of paper: make the products of the finished runs")
    return parser.parse_args()


def main():
    experiment = Experiment(os.path.dirname(os.path.abspath(sys.argv[0])))
    arguments = arguments_of(experiment)
    scale = arguments.scale
    programs = Programs(arguments.bin, arguments.ranks)
    data = os.path.abspath(arguments.data)
    folder = os.path.join(os.path.abspath(arguments.out), experiment.name, scale)
    if scale == "smoke":
        data = os.path.join(os.path.abspath(arguments.out), "smoke-data")
        smoke_data.make(data, programs)
    elif not os.path.isdir(data):
        raise Bad(f"there is no folder {data}: make the data sets with experiments/make-data, or say --data FOLDER")
    runs = experiment.runs(scale, arguments.seeds)
    base = declare(experiment, scale, folder, data)
    if arguments.dry_run:
        predict(experiment, runs, base, programs, data)
    elif scale == "paper" and not arguments.products:
        write_array(experiment, len(runs), folder, data)
        predict(experiment, runs, base, programs, data)
    else:
        finish_all(experiment, scale, runs, folder, base, programs, data)


if __name__ == "__main__":
    try:
        main()
    except (Bad, OSError, ValueError) as error:
        sys.exit(f"run: {error}")
