#!/usr/bin/python3
"""kill -9 at random moments: kill_runs.py ROUNDS GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER

Each round starts a run, kills one rank or all of them with SIGKILL at a random moment, and restarts it, until it comes to its
end: the digest must be that of a run never disturbed, and no file may be left unfinished. Rounds take turns over ranks,
models (with generator, latents and replay buffer; several grids) and moments: anywhere, or as soon as a checkpoint is being
written. The moments come from a fixed seed. The long version: ROUNDS = 100."""
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


def digest_of(output):
    found = re.findall(r"^digest .*$", output, re.M)
    return found[0] if found else None


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


def run_until_done(number, model, expected, length):
    shutil.rmtree("run", ignore_errors=True)
    kills = lost = 0
    while True:
        restart = any(pathlib.Path("run/checkpoints").glob("*.h5")) if pathlib.Path("run").exists() else False
        ranks = chance.choice([1, 2, 3])
        child = subprocess.Popen(command(ranks, model, restart), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        killed = kills < 3 and disturb(child, number % 2 == 1, chance.random() < 0.5, chance.uniform(0, length))
        output, _ = child.communicate(timeout=300)
        if killed and child.returncode != 0:
            kills += 1
            continue
        if child.returncode != 0 or digest_of(output) != expected:
            print(f"FAILED: round {number}, {model}, {ranks} ranks: exit code {child.returncode}, expected {expected}\n{output}")
            return None
        left = [str(path) for path in pathlib.Path("run").rglob("*") if path.suffix in (".incomplete", ".part") or path.name == "lock"]
        if left:
            print(f"FAILED: round {number}, {model}: left behind: {left}")
            return None
        return kills


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
    kills = failures = 0
    for number in range(rounds):
        model = list(models)[number % len(models)]
        outcome = run_until_done(number, model, whole[model], length[model])
        failures += outcome is None
        kills += outcome or 0
    print(f"{rounds} runs killed {kills} times, {failures} did not come to the digest of the run never disturbed")
    return failures > 0 or kills == 0


folder = tempfile.mkdtemp(prefix="ggcn_kill_")
try:
    code = main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(code)
