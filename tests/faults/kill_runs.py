#!/usr/bin/python3
"""kill -9 at random moments: kill_runs.py ROUNDS GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER

Each round starts a run, kills one rank or all of them with SIGKILL at a random moment, and restarts it, until it comes to its
end: each restart must go on from the newest checkpoint that was said to be written, the digest at the end must be that of a run
never disturbed, and no file may be left unfinished. Rounds take turns over ranks, models (with generator, latents and replay
buffer; several grids) and moments: anywhere, or as soon as a checkpoint is being written. The moments come from a fixed seed.
The long version: ROUNDS = 100."""
import collections
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from run_report import digest_of, newest_checkpoint

rounds, train, data, make_images, launcher = int(sys.argv[1]), *sys.argv[2:6]
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"
chance = random.Random(7)
base = """
data: {file: data.h5}
potential: {network: network.yaml}
sampler: {steps: 30}
learning: {iterations: 30, observed: 40, chains: 40, optimizer: {rate: 1.0e-3}}
generator: {network: generator.yaml, latent: 16, every: 2}
multigrid: {sizes: [1, 6, 12]}
run: {block: 4}
output: {checkpoint_every: 2, grid_every: 10, chain_every: 1, keep: 2}
"""
network = """
layers:
  - {op: conv, channels: 8, kernel: 5, stride: 2, pad: 2}
  - {op: leaky_relu, slope: 0.05}
  - {op: conv, channels: 16, kernel: 3, stride: 2, pad: 1}
  - {op: norm}
  - {op: relu}
"""
generator = """
layers:
  - {op: deconv, channels: 16, kernel: 3, bias: false}
  - {op: norm}
  - {op: relu}
  - {op: deconv, channels: image, kernel: 4, stride: 4, pad: 0}
  - {op: tanh}
"""
models = {"wgcn": [], "ggcn": ["-s", "replay.size=80"], "wmgcn": []}


def command(ranks, model, restart):
    start = [train, "run.yaml", "--out", "run", "--overwrite", "-s", f"model={model}", *models[model]]
    arguments = [train, "--restart", "run"] if restart else start
    return arguments if ranks == 1 else [launcher, "-np", str(ranks), *arguments]


def processes(parent):
    """The ranks below a launcher, or the program itself."""
    ranks = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "stat").read_text()
            line = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        fields = status.rsplit(")", 1)[1].split()
        if (int(entry.name) == parent or int(fields[1]) == parent) and line[0].decode() == train:
            ranks.append(int(entry.name))
    return ranks


def disturb(child, during_checkpoint, everybody, wait):
    """Kills when the moment has come; false if the run was over before."""
    began = time.monotonic()
    while child.poll() is None:
        if during_checkpoint:
            due = time.monotonic() - began > wait and any(pathlib.Path("run/checkpoints").glob("*.incomplete"))
        else:
            due = time.monotonic() - began > wait
        ranks = processes(child.pid) if due else []
        if ranks:
            for rank in ranks if everybody else [chance.choice(ranks)]:
                try:
                    os.kill(rank, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return True
        time.sleep(0.0005 if during_checkpoint else 0.01)
    return False


def run_until_done(number, model, expected, length, table):
    """One round; false if anything was lost that had been written."""
    shutil.rmtree("run", ignore_errors=True)
    kills, newest = 0, -1
    while True:
        ranks = chance.choice([1, 2, 3])
        child = subprocess.Popen(command(ranks, model, newest >= 0), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        everybody = chance.random() < 0.5
        killed = kills < 3 and disturb(child, number % 2 == 1, everybody, chance.uniform(0, length))
        try:
            output, _ = child.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            child.kill()
            print(f"FAILED: round {number}, {model}, {ranks} ranks: it does not end\n{child.communicate()[0]}")
            return False
        read = re.search(r"^read checkpoint (\d+)$", output, re.M)
        wrong = f"read {read[0]!r} in place of {newest}" if read and int(read[1]) != newest else None
        if killed and child.returncode != 0 and not wrong:
            kills += 1
            newest, said = newest_checkpoint(pathlib.Path("run"))
            table["every rank" if everybody or ranks == 1 else "one rank of several"] += 1
            table["while a checkpoint was being written"] += any(pathlib.Path("run").glob("checkpoints/*.incomplete"))
            table["while another file was being written"] += any(pathlib.Path("run").glob("chains/*.incomplete")) or any(
                pathlib.Path("run").glob("*.incomplete"))
            table["before the first checkpoint"] += newest < 0
            if newest < said:
                wrong = f"checkpoint {said} was said to be written, {newest} is there"
        if not wrong and killed and child.returncode != 0:
            continue
        if not wrong and (child.returncode != 0 or digest_of(output) != expected):
            wrong = f"exit code {child.returncode}, expected {expected}"
        left = [str(path) for path in pathlib.Path("run").rglob("*") if path.suffix in (".incomplete", ".part") or path.name == "lock"]
        if not wrong and left:
            wrong = f"left behind: {left}"
        if wrong:
            print(f"FAILED: round {number}, {model}, {ranks} ranks: {wrong}\n{output}")
        return not wrong


def main():
    os.chdir(folder)
    for name, text in {"run.yaml": base, "network.yaml": network, "generator.yaml": generator}.items():
        pathlib.Path(name).write_text(text)
    subprocess.run([make_images, "120", "data.bin"], check=True)
    subprocess.run([data, "import", "cifar10", "data.bin", "data.h5", "--size", "12"], check=True, stdout=subprocess.DEVNULL)
    whole, length = {}, {}
    for model in models:
        began = time.monotonic()
        output = subprocess.run(command(1, model, False), check=True, capture_output=True, text=True).stdout
        whole[model], length[model] = digest_of(output), time.monotonic() - began
    failures, table = 0, collections.Counter()
    for number in range(rounds):
        model = list(models)[number % len(models)]
        failures += not run_until_done(number, model, whole[model], length[model], table)
    kills = table["every rank"] + table["one rank of several"]
    print(f"{rounds} runs killed {kills} times, {failures} failed: another digest, or a checkpoint lost")
    for what, count in sorted(table.items()):
        print(f"  {count:4} {what}")
    return failures > 0 or kills == 0


folder = tempfile.mkdtemp(prefix="ggcn_kill_")
try:
    code = main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(code)
