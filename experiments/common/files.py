"""What the HDF5 files of a run say."""

import glob
import json
import os

import h5py
import numpy as np
import yaml

from experiment import Bad


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class Checkpoint:
    """Of one run: its configuration, digests and chains."""

    def __init__(self, path):
        self.path = path
        with h5py.File(path, "r") as file:
            self.iteration = int(file.attrs["iteration"])
            self.digest_parameters = text(file.attrs["digest_parameters"])
            self.digest_chains = text(file.attrs["digest_chains"])
            self.provenance = {
                name: text(file.attrs[name])
                for name in ["git_commit", "libraries", "instruction_set", "ranks", "threads"]
            }
            self.configuration = yaml.safe_load(text(file.attrs["configuration"]))

    def setting(self, key):
        value = self.configuration
        for part in key.split("."):
            value = value[part]
        return value

    def chains(self):
        """Pixels [chain][channel][row][column] on the finest grid."""
        with h5py.File(self.path, "r") as file:
            return file["chains/x"][:]

    def complete(self):
        return self.iteration >= int(self.setting("learning.iterations"))


def last_checkpoint(directory):
    """The newest of a run, or None."""
    paths = sorted(glob.glob(os.path.join(directory, "checkpoints", "[0-9]*.h5")))
    return Checkpoint(paths[-1]) if paths else None


def is_of(path, digest, evaluated):
    """True if the product exists, was made of the model with these parameters, and is evaluated where it is to be."""
    if not os.path.exists(path):
        return False
    with h5py.File(path, "r") as file:
        return text(file.attrs["digest_parameters"]) == digest and (not evaluated or "evaluation" in file.attrs)


def data_digest(path):
    """Checksum of a data set's images and labels, as ggcn_data wrote and verifies it."""
    with h5py.File(path, "r") as file:
        return text(file.attrs["checksum"])


class Trained:
    """A finished run: what the table and the figure are made from."""

    def __init__(self, directory):
        self.directory = directory
        self.checkpoint = last_checkpoint(directory)
        if not self.checkpoint or not self.checkpoint.complete():
            where = f"is at iteration {self.checkpoint.iteration}" if self.checkpoint else "has no checkpoint"
            raise Bad(f"{directory} is not finished: it {where}; `run` goes on with it")

    def metric(self, name):
        path = os.path.join(self.directory, "metrics.h5")
        with h5py.File(path, "r") as file:
            if name not in file:
                raise Bad(f"{path} has no {name}")
            return file["iteration"][:], file[name][:]

    def evaluation(self, product):
        """What ggcn_eval recorded in the product, or None if the run has no such product."""
        path = os.path.join(self.directory, product + ".h5")
        if not os.path.exists(path):
            return None
        with h5py.File(path, "r") as file:
            return json.loads(text(file.attrs["evaluation"])) if "evaluation" in file.attrs else None

    def observed(self):
        """The images that the run learns from: of its classes, without those held out, the first data.limit of them."""
        classes, limit = self.checkpoint.setting("data.classes"), int(self.checkpoint.setting("data.limit"))
        with h5py.File(self.checkpoint.setting("data.file"), "r") as file:
            labels = file["labels"][: len(file["labels"]) - int(file.attrs["held_out"])]
            kept = np.nonzero(np.isin(labels, classes) if classes else labels >= 0)[0]
            return file["images"][:][kept[: limit or len(kept)]]

    def images(self, product):
        """Pixels as bytes [image][channel][row][column] of a product, of the chains, or of the observed images."""
        low, high = self.checkpoint.setting("data.pixel_min"), self.checkpoint.setting("data.pixel_max")
        if product == "chains":
            pixels = self.checkpoint.chains()
        elif product == "observed":
            return self.observed()
        else:
            with h5py.File(os.path.join(self.directory, product + ".h5"), "r") as file:
                pixels = file["posterior/images"][:]
        scaled = np.nan_to_num(
            255 * (pixels.astype(np.float64) - low) / (high - low), nan=0.0, posinf=255.0, neginf=0.0
        )
        return np.floor(np.clip(scaled, 0, 255) + 0.5).astype(np.uint8)

    def rows(self, product):
        """Bytes [row][point][channel][row][column] of an interpolation, whose points are the draws of a chain."""
        with h5py.File(os.path.join(self.directory, product + ".h5"), "r") as file:
            points = int(file["posterior/draw"][:].max()) + 1
        pixels = self.images(product)
        return pixels.reshape(-1, points, *pixels.shape[1:])
