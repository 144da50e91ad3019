#!/usr/bin/python3
"""The chain files of a run, restarted on the way, opened by other programs without a warning: ncdump, and xarray through
netCDF4 and h5netcdf.

test_chain_files.py GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
"""
import glob
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import h5netcdf  # noqa: F401
    import netCDF4  # noqa: F401
    import numpy as np
    import xarray
    import h5py

    subprocess.run(["ncdump"], capture_output=True)
except (ImportError, FileNotFoundError) as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

GGCN_TRAIN, GGCN_DATA, MAKE_IMAGES, LAUNCHER = sys.argv[1:]
CONFIGURATION = """data: {file: data.h5}
potential: {network: network.yaml}
sampler: {steps: 3}
learning: {iterations: 6, observed: 8, chains: 8, optimizer: {rate: 1.0e-3}}
run: {block: 4}
output: {checkpoint_every: 4, grid_every: 0, chain_every: 1, chain_images: 2}
"""
NETWORK = """layers:
  - {op: conv, name: one, channels: 8, kernel: 3, stride: 2, pad: 1}
  - {op: leaky_relu, name: bent}
  - {op: conv, name: two, channels: 4, kernel: 3, pad: 1}
"""
SCALARS = {"lp", "energy", "potential", "gradient_norm", "mean", "deviation", "step_size", "acceptance_rate"}


def make_run():
    for name, text in [("run.yaml", CONFIGURATION), ("network.yaml", NETWORK)]:
        with open(name, "w", encoding="utf-8") as stream:
            stream.write(text)
    for command in [[MAKE_IMAGES, "24", "data.bin"], [GGCN_DATA, "import", "cifar10", "data.bin", "data.h5", "--size", "8"],
                    [LAUNCHER, "-np", "2", GGCN_TRAIN, "run.yaml", "--out", "run"],
                    [GGCN_TRAIN, "--restart", "run", "-s", "learning.iterations=9"],
                    [GGCN_TRAIN, "run.yaml", "--out", "none", "-s", "output.chain_images=0"],
                    ["sh", "-c", '"$0" check */chains/*.h5', GGCN_DATA]]:
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def check_ncdump(path):
    done = subprocess.run(["ncdump", "-h", path], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    for words in ["group: sample_stats", "double lp(chain, draw)", "double layer_response(chain, draw, layer)",
                  'layers = "bent two"']:
        assert words in done.stdout, (words, done.stdout)


def check_xarray(path, engine, draws, image_draws):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xarray.open_dataset(path, group="sample_stats", engine=engine) as stats:
            stats.load()
        if image_draws:
            with xarray.open_dataset(path, group="posterior", engine=engine) as posterior:
                posterior.load()
    assert set(stats.data_vars) == SCALARS | {"layer_response"}, stats
    assert stats["lp"].dims == ("chain", "draw") and stats["layer_response"].dims == ("chain", "draw", "layer")
    assert list(stats["draw"]) == draws and list(stats["chain"]) == list(range(8))
    assert stats["lp"].attrs["units"] == "1" and stats["lp"].attrs["description"]
    with h5py.File(path) as file:
        for name in stats.data_vars:
            assert np.array_equal(stats[name].values, file["sample_stats"][name]), name
        if image_draws:
            assert posterior["x"].dims == ("chain", "draw", "channel", "row", "column")
            assert list(posterior["draw"]) == image_draws
            assert np.array_equal(posterior["x"].values, file["posterior/x"])
            shared = stats.sel(draw=image_draws)
            assert np.allclose(shared["mean"], posterior["x"].astype(float).mean(("channel", "row", "column")))
        else:
            assert "posterior" not in file


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    make_run()
    assert len(glob.glob("run/chains/segment-*.h5")) == 4
    check_ncdump("run/chains/chains.h5")
    for engine in ["netcdf4", "h5netcdf"]:
        check_xarray("run/chains/chains.h5", engine, list(range(1, 10)), [2, 4, 6, 8])
        check_xarray("run/chains/segment-00000006.h5", engine, [5, 6], [6])
        check_xarray("run/chains/segment-00000009.h5", engine, [9], [])
        check_xarray("none/chains/chains.h5", engine, list(range(1, 7)), [])
print("PASS")
