"""An experiment as experiment.yaml declares it, and its runs at one scale.

    title, place, claim   what it shows, where in the paper, what the paper says of it
    factors               NAME: {LEVEL: {label, settings, smoke, small, paper, only}}: a row of the table is one level of
                          each; smoke, small and paper hold settings, and a label or preset if it is another there;
                          only: [SCALE...]
    scales                SCALE: {seeds, preset, settings, features}: preset may name levels, e.g. cifar10-{model}
    products              what is made of every trained run, in this order (products.py)
    columns, figures      the table's columns (values.py) and the figures (figure.py)
    paper                 COLUMN: {ROW: "text as printed in the paper"}

Settings are keys of ggcn_train's configuration, section.key; $DATA in a value is the folder with data sets. Those of
the scale come first, then those of the levels in the order of the factors, a level's own before those of its scale.
"""

import dataclasses
import itertools
import os
import re

import yaml

SCALES = ["smoke", "small", "paper"]
KEYS = {"title", "place", "claim", "factors", "scales", "products", "columns", "figures", "paper"}
LEVEL_KEYS = {"label", "settings", "only", *SCALES}
SCALE_KEYS = {"seeds", "preset", "settings", "features", "cluster"}


class Bad(Exception):
    """What is wrong with an experiment, a file or a command, in words for its user."""


@dataclasses.dataclass
class Row:
    name: str  # the levels, joined by "."
    labels: list  # of the levels
    preset: str
    settings: dict


@dataclasses.dataclass
class Run:
    name: str  # of the directory: the row's name and the seed
    row: Row
    seed: int

    def words(self):
        """What ggcn_train is started with, beside the settings that all runs of a scale share."""
        settings = {**self.row.settings, "run.seed": self.seed}
        words = ["--preset", self.row.preset] if self.row.preset else []
        for key, value in settings.items():
            words += ["-s", f"{key}={scalar(value)}"]
        return words


def scalar(value):
    """A setting as ggcn_train reads it after -s."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ",".join(scalar(one) for one in value) + "]"
    return str(value)


def known(where, found, keys):
    unknown = sorted(set(found) - keys)
    if unknown:
        raise Bad(f"{where}: unknown key {unknown[0]}; known are {', '.join(sorted(keys))}")


class Experiment:
    def __init__(self, folder):
        self.folder, self.name = folder, os.path.basename(folder)
        path = os.path.join(folder, "experiment.yaml")
        with open(path, encoding="utf-8") as stream:
            said = yaml.safe_load(stream)
        known(path, said, KEYS)
        for key in ["title", "place", "claim", "factors", "scales", "columns", "figures"]:
            if key not in said:
                raise Bad(f"{path}: no {key}")
        self.title, self.place, self.claim = said["title"], said["place"], said["claim"]
        self.factors, self.scales = said["factors"], said["scales"]
        self.products, self.columns = said.get("products", []), said["columns"]
        self.figures, self.paper = said["figures"], said.get("paper", {})
        for name, levels in self.factors.items():
            for level, content in levels.items():
                known(f"{path}: {name}, {level}", content, LEVEL_KEYS)
        for scale, content in self.scales.items():
            known(f"{path}: {scale}", content, SCALE_KEYS)
        names = {row.name for scale in SCALES for row in self.rows(scale)}
        for column, numbers in self.paper.items():
            for row in numbers:
                if row not in names:
                    raise Bad(f"{path}: paper, {column}: no row is called {row}")

    def rows(self, scale):
        """All combinations of levels that the scale has, the last factor changing first."""
        here = self.scales[scale]
        levels = [
            [(name, level) for level, content in choices.items() if scale in content.get("only", SCALES)]
            for name, choices in self.factors.items()
        ]
        rows = []
        for chosen in itertools.product(*levels):
            settings, labels = {}, []
            preset = here.get("preset", "").format(**dict(chosen))
            for name, level in chosen:
                content = self.factors[name][level]
                settings.update(content.get("settings", {}))
                here_too = dict(content.get(scale, {}))
                labels.append(str(here_too.pop("label", content.get("label", level))))
                preset = here_too.pop("preset", preset).format(**dict(chosen))
                settings.update(here_too)
            rows.append(Row(".".join(str(level) for _, level in chosen), labels, preset, settings))
        return rows

    def runs(self, scale, seeds=None):
        """Every row with its first seed, then every row with the second, and so on. `seeds`: only those of this text."""
        declared = self.scales[scale]["seeds"]
        chosen = [int(seed) for seed in seeds.split(",")] if seeds else declared
        for seed in chosen:
            if seed not in declared:
                raise Bad(f"{self.name} has no seed {seed} at scale {scale}; it has {', '.join(map(str, declared))}")
        return [Run(f"{row.name}.seed-{seed}", row, seed) for seed in chosen for row in self.rows(scale)]

    def shared(self, scale):
        """What all runs of the scale share, as sections of a configuration."""
        sections = {}
        for key, value in self.scales[scale].get("settings", {}).items():
            section, _, rest = key.partition(".")
            place = sections
            if rest:
                place = sections.setdefault(section, {})
                while "." in rest:
                    part, _, rest = rest.partition(".")
                    place = place.setdefault(part, {})
            place[rest or section] = value
        return sections

    def features(self, scale):
        return self.scales[scale].get("features", "")


def with_data(words, data):
    """Words with $DATA replaced by the folder, whose name must not hold spaces: job scripts split lines there."""
    if re.search(r"\s", data):
        raise Bad(f"the folder of data sets must have no space in its name: {data}")
    return [word.replace("$DATA", data) for word in words]


def yaml_text(sections):
    return yaml.safe_dump(sections, default_flow_style=False, sort_keys=False)
