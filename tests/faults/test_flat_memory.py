#!/usr/bin/python3
"""A thousand iterations leave nothing behind: test_flat_memory.py GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER

The program's own resident memory (RssAnon) is watched, with everything on that is done between iterations: checkpoints,
pictures, metrics, and in a run of its own the draws of the chains. Its smallest value in the last eighth may be little above the
smallest from iteration 464 to the fifth one's end. One kilobyte that is lost at each iteration makes 250 kB and fails. Metrics are
kept in memory, in room that doubles with the rows 463 and 991 (hpc/metrics_file.c), so it is the same in both. Draws come in
one file for each checkpoint and a virtual file over all, for which HDF5 takes, for a moment, 65 kB for each of those files."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

train, data, make_images, launcher = sys.argv[1:5]
ITERATIONS, DOUBLED, MOST, MOST_OF_A_FILE = 1000, 464, 50, 90  # kB
os.environ["OMP_NUM_THREADS"] = "1"
base = f"""
data: {{file: data.h5}}
potential: {{network: network.yaml}}
sampler: {{steps: 2}}
learning: {{iterations: {ITERATIONS}, observed: 8, chains: 8, optimizer: {{rate: 1.0e-4}}}}
generator: {{network: generator.yaml, latent: 8, every: 2}}
replay: {{size: 16}}
multigrid: {{sizes: [1, 4, 8]}}
run: {{block: 4}}
output: {{grid_every: 25, chain_images: 5, keep: 2}}
"""
network = "layers:\n  - {op: conv, channels: 4, kernel: 3, stride: 2, pad: 1}\n  - {op: norm}\n  - {op: relu}\n"
generator = "layers:\n  - {op: deconv, channels: 4, kernel: 4, bias: false}\n  - {op: relu}\n  - {op: deconv, channels: image, kernel: 4, stride: 2, pad: 1}\n"


def resident(pid):
    return int(re.search(r"^RssAnon:\s*(\d+) kB$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def newest():
    return max((int(path.stem) for path in pathlib.Path("run/checkpoints").glob("*.h5")), default=0)


def measure(*settings):
    """[(iteration of the newest checkpoint, kB)]"""
    shutil.rmtree("run", ignore_errors=True)
    command = [train, "run.yaml", "--out", "run"] + [word for setting in settings for word in ("-s", setting)]
    seen = []
    with open("output", "w") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while child.poll() is None:
            try:
                seen.append((newest(), resident(child.pid)))
            except (OSError, TypeError):  # it has just ended
                break
            time.sleep(0.005)
    if child.wait() != 0:
        sys.exit(f"FAILED: {settings}: exit code {child.returncode}\n{pathlib.Path('output').read_text()}")
    return seen


def lowest(seen, first, last):
    return min(size for at, size in seen if first <= at < last)


def main():
    for name, text in {"run.yaml": base, "network.yaml": network, "generator.yaml": generator}.items():
        pathlib.Path(name).write_text(text)
    subprocess.run([make_images, "40", "data.bin"], check=True)
    subprocess.run([data, "import", "cifar10", "data.bin", "data.h5", "--size", "8"], check=True, stdout=subprocess.DEVNULL)
    eighth, failed = ITERATIONS // 8, False
    for model, every, draws in [("ggcn", 20, 0), ("wmgcn", 50, 0), ("wgcn", 125, 1)]:
        seen = measure(f"model={model}", f"output.checkpoint_every={every}", f"output.chain_every={draws}")
        before, after = lowest(seen, DOUBLED, 5 * eighth + 1), lowest(seen, 7 * eighth, ITERATIONS)
        allowed = MOST + draws * MOST_OF_A_FILE * 3 * eighth // every
        print(f"{model}, {'draws and ' * draws}checkpoints: {before} kB before, {after - before:+} kB in the last")
        if after - before > allowed:
            print(f"FAILED: more than {allowed} kB")
            failed = True
    return failed


folder = tempfile.mkdtemp(prefix="ggcn_memory_")
os.chdir(folder)
try:
    code = main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(code)
