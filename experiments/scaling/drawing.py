"""figure.png: iterations over ranks; checks.png: predicted beside measured."""

import figure
import matplotlib.pyplot as plt

from costs import power_of_two

STYLES = ["-", "--", ":"]


def curves(axis, predicted, value):
    """A line for each scenario and link: colours are scenarios, the rates of links are styles."""
    scenarios = list(dict.fromkeys(one.scenario["name"] for one in predicted))
    links = list(dict.fromkeys(one.link for one in predicted))
    for colour, scenario in enumerate(scenarios):
        for style, link in enumerate(links):
            ours = [one for one in predicted if one.scenario["name"] == scenario and one.link == link]
            ours = [one for one in ours if one.parts and power_of_two(one.ranks)]
            label = scenario if style == len(links) - 1 else None
            axis.plot(
                [one.ranks for one in ours],
                [value(one) for one in ours],
                STYLES[len(links) - 1 - style],
                color=f"C{colour}",
                linewidth=1.2,
                label=label,
            )
    for style, link in enumerate(links):
        axis.plot([], [], STYLES[len(links) - 1 - style], color="grey", linewidth=1.2, label=link)
    axis.set_xscale("log", base=2)
    axis.set_xticks([4**i for i in range(7)], [str(4**i) for i in range(7)])
    axis.set_xlabel("ranks")
    axis.grid(alpha=0.25)
    axis.legend(fontsize=6)


def beside(axis, checked, title):
    """Predicted over measured; hollow where the model was fitted."""
    for one in checked:
        face = "none" if one.fitted else "C0"
        axis.plot(one.measured, one.predicted, "o", markersize=3.5, markeredgecolor="C0", markerfacecolor=face)
    if checked:
        ends = [f(f(one.measured, one.predicted) for one in checked) for f in (min, max)]
        axis.plot(ends, ends, color="grey", linewidth=0.8)
        axis.set_xscale("log")
        axis.set_yscale("log")
    axis.set_title(title, fontsize=9)
    axis.set_xlabel("measured, s")
    axis.set_ylabel("predicted, s")
    axis.grid(alpha=0.25)


def draw(predicted, path):
    networks = list(dict.fromkeys(one.network for one in predicted))
    drawing, axes = plt.subplots(len(networks), 2, figsize=(8.4, 3.4 * len(networks)), squeeze=False)
    for row, network in zip(axes, networks):
        ours = [one for one in predicted if one.network == network]
        curves(row[0], [one for one in ours if one.scenario["scaling"] == "strong"], lambda one: one.seconds())
        row[0].set_yscale("log")
        row[0].set_ylabel("s an iteration")
        row[0].set_title(f"{network}, strong scaling, predicted", fontsize=9)
        curves(row[1], [one for one in ours if one.scenario["scaling"] == "weak"], lambda one: one.efficiency)
        row[1].set_ylim(0, 1.05)
        row[1].set_ylabel("efficiency")
        row[1].set_title(f"{network}, weak scaling, predicted", fontsize=9)
    drawing.tight_layout()
    figure.save(drawing, path)


def draw_checks(checked, path):
    sums = [one for one in checked if one.what.startswith("sum")]
    drawing, axes = plt.subplots(1, 2, figsize=(8.4, 3.6))
    beside(axes[0], sums, "sums between hosts (hollow: fitted)")
    beside(axes[1], [one for one in checked if one not in sums], "whole iterations")
    drawing.tight_layout()
    figure.save(drawing, path)
