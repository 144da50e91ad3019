"""The figures of an experiment: curves of a metric, or pictures of each row.

    figures:
      - {file: figure.png, kind: curves, metric: response_distance, panel: FACTOR, line: FACTOR, label: "R", log: true}
      - {file: samples.png, kind: images, product: samples | chains | ..., count: 16, columns: 4, across: 4,
         first: observed}

Curves: a panel for each level of a factor, a colour for each level of another; a thin line a seed, a thick one the mean
of their running medians over 11 iterations. Images: `count` of the first seed in `columns`, a block for each row with
its name, `across` blocks side by side; each pixel is a square of SCALE x SCALE, and the file has a palette of 256
colours, to be small.
"""

import os

import matplotlib

matplotlib.use("Agg")
import matplotlib.font_manager
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from experiment import Bad

SCALE, GAP, TITLE = 2, 8, 18  # screen pixels: of an image's pixel, between blocks, of a block's name
WIDTH = 11


def running_median(values):
    padded = np.pad(values, WIDTH // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, WIDTH), axis=1)


def small(drawing, path):
    drawing.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)


def save(drawing, path):
    drawing.canvas.draw()
    small(Image.fromarray(np.asarray(drawing.canvas.buffer_rgba())[:, :, :3]), path)
    plt.close(drawing)


def curves(said, experiment, rows, trained, path):
    factors = list(experiment.factors)
    panel, line = factors.index(said["panel"]), factors.index(said["line"])
    panels = list(dict.fromkeys(row.labels[panel] for row in rows))
    drawing, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.0), squeeze=False)
    colours = {}
    for row in rows:
        axis, name = axes[0][panels.index(row.labels[panel])], row.labels[line]
        colour = colours.setdefault(name, f"C{len(colours)}")
        smooth = []
        for run in trained[row.name].values():
            iterations, values = run.metric(said["metric"])
            axis.plot(iterations, values, color=colour, linewidth=0.4, alpha=0.35)
            smooth.append(running_median(values))
        axis.plot(iterations, np.mean(smooth, axis=0), color=colour, linewidth=1.6, label=name)
    for axis, name in zip(axes[0], panels):
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("iteration")
        if said.get("log"):
            axis.set_yscale("log")
        elif "limit" in said:
            axis.set_ylim(0, said["limit"])
        axis.grid(alpha=0.25)
    axes[0][0].set_ylabel(said.get("label", said["metric"]))
    axes[0][-1].legend(fontsize=8)
    drawing.tight_layout()
    save(drawing, path)


def sheet(pixels, columns):
    """Images [image][channel][row][column] side by side, as [row][column][3]."""
    count, channels, height, width = pixels.shape
    lines = -(-count // columns)
    made = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1, 3), 255, np.uint8)
    for i in range(count):
        y, x = i // columns * (height + 1), i % columns * (width + 1)
        made[y : y + height, x : x + width] = np.moveaxis(
            np.broadcast_to(pixels[i], (3, height, width)) if channels == 1 else pixels[i], 0, 2
        )
    return Image.fromarray(made.repeat(SCALE, axis=0).repeat(SCALE, axis=1))


def images(said, experiment, rows, trained, path):
    blocks = []
    if "first" in said:
        blocks.append(
            (said["first"], next(iter(trained[rows[0].name].values())).images(said["first"])[: said["count"]])
        )
    for row in rows:
        run = next(iter(trained[row.name].values()))
        blocks.append((", ".join(row.labels), run.images(said["product"])[: said["count"]]))
    sheets = [(name, sheet(pixels, said["columns"])) for name, pixels in blocks]
    font = ImageFont.truetype(matplotlib.font_manager.findfont("DejaVu Sans"), 12)
    across = min(len(sheets), said.get("across", 4))
    wide = max(max(made.width, round(font.getlength(name))) for name, made in sheets) + GAP
    tall = max(made.height for _, made in sheets) + GAP + TITLE
    drawing = Image.new("RGB", (across * wide + GAP, -(-len(sheets) // across) * tall + GAP), "white")
    pen = ImageDraw.Draw(drawing)
    for i, (name, made) in enumerate(sheets):
        x, y = GAP + i % across * wide, GAP + i // across * tall
        pen.text((x, y), name, fill="black", font=font)
        drawing.paste(made, (x, y + TITLE))
    small(drawing, path)


KINDS = {"curves": curves, "images": images}


def draw(experiment, rows, trained, folder):
    """Draws all of them, and returns their files' names."""
    for said in experiment.figures:
        if said.get("kind") not in KINDS:
            raise Bad(f"{experiment.name}: no figure is called {said.get('kind')}; known are {', '.join(KINDS)}")
        KINDS[said["kind"]](said, experiment, rows, trained, os.path.join(folder, said["file"]))
    return [said["file"] for said in experiment.figures]
