"""Runs on a cluster: a Slurm job array of all runs of an experiment, and what it will cost."""

import os
import re
import shlex
import stat

from experiment import Bad, with_data
from programs import TOP

SUBMIT = """#!/bin/sh
# Queues the {count} runs of {name}; each goes on by itself until it is done (jobs/slurm.sh). ggcn_train has to be in
# PATH, or GGCN_TRAIN its path. Afterwards:
#   experiments/{name}/run {scale} --products {where}
#   experiments/{name}/table {scale} --out {out}
set -eu
cd {top}
exec sbatch --array=1-{count} --ntasks={tasks} --time={time} jobs/slurm-array.sh {folder} \\
    {folder}/base.yaml {folder}/variants.txt
"""


def write_array(experiment, count, folder, data):
    """submit.sh: queues the runs, a line each of variants.txt."""
    scale = os.path.basename(folder)
    out = shlex.quote(os.path.dirname(os.path.dirname(folder)))
    said = experiment.scales[scale].get("cluster", {})
    path = os.path.join(folder, "submit.sh")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(
            SUBMIT.format(
                count=count,
                name=experiment.name,
                scale=scale,
                top=shlex.quote(TOP),
                folder=shlex.quote(folder),
                out=out,
                where=f"--out {out} --data {shlex.quote(data)}",
                tasks=said.get("tasks", 20),
                time=said.get("time", "24:00:00"),
            )
        )
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    print(f"base.yaml, variants.txt ({count} runs) and submit.sh are in {folder}; to queue the runs: {path}")


def predict(experiment, runs, base, programs, data):
    """The core-hours that ggcn_train --dry-run gives for each row here, times its seeds."""
    rows = {}
    for run in runs:
        rows.setdefault(run.row.name, []).append(run)
    total = 0.0
    for name, seeds in rows.items():
        printed = programs.call("ggcn_train", base, *with_data(seeds[0].words(), data), "--dry-run")
        found = re.search(r"([0-9.e+-]+) core-hours", printed)
        if not found:
            raise Bad(f"no core-hours in what ggcn_train --dry-run says of {name}")
        hours = float(found.group(1)) * len(seeds)
        total += hours
        print(f"{name:40s} {len(seeds)} runs {hours:12.4g} core-hours", flush=True)
    print(f"{'together':40s} {len(runs)} runs {total:12.4g} core-hours as predicted on this machine")
