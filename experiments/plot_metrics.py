#!/usr/bin/python3
"""Draws columns of runs' metrics.h5 over iterations into a PNG.

    experiments/plot_metrics.py OUT.png COLUMN[,COLUMN...] RUN [RUN ...]

Needs h5py and matplotlib (Debian: python3-h5py, python3-matplotlib). Thin lines are the values, thick ones their running
median over 21 iterations.
"""
import os
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def running_median(values, width=21):
    padded = np.pad(values, width // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    out, columns, runs = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
    figure, axes = plt.subplots(1, len(columns), figsize=(5 * len(columns), 3.2), squeeze=False)
    for axis, column in zip(axes[0], columns):
        for run in runs:
            with h5py.File(os.path.join(run, "metrics.h5"), "r") as metrics:
                iteration, values = metrics["iteration"][:], metrics[column][:]
                title = metrics[column].attrs["description"]
            line = axis.plot(iteration, values, linewidth=0.5, alpha=0.5)[0]
            axis.plot(iteration, running_median(values), color=line.get_color(), label=os.path.basename(run.rstrip("/")))
        axis.set_xlabel("iteration")
        axis.set_ylabel(column)
        axis.set_title(title if isinstance(title, str) else title.decode(), fontsize=7)
        axis.legend()
    figure.tight_layout()
    figure.savefig(out, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main()
