"""The numbers of a table, each from the HDF5 files of one run.

A column of experiment.yaml is {name: NAME, value: "KIND ARGUMENT...", digits: SIGNIFICANT}; KIND is a function below:

    median METRIC SHARE      of the last share of the iterations, e.g. median response_distance 0.2
    mean METRIC, max METRIC  over all iterations
    first METRIC LIMIT       first iteration (1, 2, ...) from which on the metric stays below the limit; none: "-"
    score PRODUCT KEY...     what ggcn_eval recorded, e.g. score samples frechet_distance value
    beyond_range             share of the chains' pixels outside the pixel range, widened by a tenth on each side
    spread                   deviation between chains over that between observed images, of pixels as bytes
    nearest PRODUCT          mean over its images of the root-mean-square distance to the nearest observed one, in bytes
    examples_met PRODUCT     share of the observed images that are the nearest one of some image
    largest_step PRODUCT     of an interpolation: largest distance between neighbours of a row over that between its
                             ends, mean over rows; 1/(points - 1) if all steps are alike
    ends_apart PRODUCT       of an interpolation: root-mean-square distance of a row's ends in bytes, mean over rows
"""

import math

import numpy as np

from experiment import Bad


def median(run, metric, share):
    values = run.metric(metric)[1]
    return float(np.median(values[-max(1, round(len(values) * float(share))) :]))


def mean(run, metric):
    return float(np.mean(run.metric(metric)[1]))


def maximum(run, metric):
    values = run.metric(metric)[1]
    return float(np.max(values)) if np.all(np.isfinite(values)) else math.inf


def first(run, metric, limit):
    iterations, values = run.metric(metric)
    above = np.nonzero(~(values < float(limit)))[0]  # what is no number is not below
    if len(above) == 0:
        return float(iterations[0])
    return float(iterations[above[-1] + 1]) if above[-1] + 1 < len(values) else None


def score(run, product, *keys):
    value = run.evaluation(product)
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else float(value)


def beyond_range(run):
    low, high = run.checkpoint.setting("data.pixel_min"), run.checkpoint.setting("data.pixel_max")
    slack = 0.1 * (high - low)
    pixels = run.checkpoint.chains()
    return float(np.mean(~((pixels >= low - slack) & (pixels <= high + slack))))


def spread(run):
    ours, theirs = (run.images(kind).astype(np.float64).std(axis=0).mean() for kind in ["chains", "observed"])
    return float(ours / theirs)


def distances(run, product):
    """Root-mean-square distances in bytes [image][observed image]."""
    ours, theirs = (run.images(kind).astype(np.float64) for kind in [product, "observed"])
    return np.array([np.sqrt(((theirs - one) ** 2).mean(axis=(1, 2, 3))) for one in ours])


def nearest(run, product):
    return float(distances(run, product).min(axis=1).mean())


def examples_met(run, product):
    found = distances(run, product)
    return len(set(found.argmin(axis=1))) / found.shape[1]


def steps_and_ends(run, product):
    """Distances in bytes between neighbours [row][step], and between the ends [row]."""
    rows = run.rows(product).astype(np.float64)
    steps = np.sqrt(((rows[:, 1:] - rows[:, :-1]) ** 2).mean(axis=(2, 3, 4)))
    return steps, np.sqrt(((rows[:, -1] - rows[:, 0]) ** 2).mean(axis=(1, 2, 3)))


def largest_step(run, product):
    steps, ends = steps_and_ends(run, product)
    return float((steps.max(axis=1) / ends).mean())


def ends_apart(run, product):
    return float(steps_and_ends(run, product)[1].mean())


KINDS = {
    "median": median,
    "mean": mean,
    "max": maximum,
    "first": first,
    "score": score,
    "beyond_range": beyond_range,
    "spread": spread,
    "nearest": nearest,
    "examples_met": examples_met,
    "largest_step": largest_step,
    "ends_apart": ends_apart,
}


def value(column, run):
    """The column's number of a run; None where the run has none, as a model that makes no such product."""
    kind, *arguments = str(column["value"]).split()
    if kind not in KINDS:
        raise Bad(f"column {column['name']}: no value is called {kind}; known are {', '.join(KINDS)}")
    return KINDS[kind](run, *arguments)


def shown(number, digits=3):
    """`digits` significant digits, without an exponent where that is short; "-" for none."""
    if number is None:
        return "-"
    if not math.isfinite(number):
        return "not finite"
    if number == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(number)))
    if decimals > 6:
        return f"{number:.{digits - 1}e}"
    return f"{number:.{max(0, decimals)}f}"


def mean_and_deviation(numbers, digits=3):
    """Over seeds: the mean, and the sample's standard deviation where there are several."""
    there = [number for number in numbers if number is not None]
    if not there:
        return "-"
    if not all(math.isfinite(number) for number in there):
        finite = [number for number in there if math.isfinite(number)]
        return f"not finite in {len(there) - len(finite)} of {len(there)}"
    middle = shown(float(np.mean(there)), digits)
    if len(there) == 1:
        return middle
    few = "" if len(there) == len(numbers) else f" ({len(there)} of {len(numbers)})"
    return f"{middle} ± {shown(float(np.std(there, ddof=1)), 2)}{few}"
