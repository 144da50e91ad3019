#!/usr/bin/python3
"""Calls that fail while a run writes: failing_calls.py quick|STEP FAIL_CALLS GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER

A short run under fail_calls tells which calls there are that write below its directory. Then it is run again and again, and each
time one of them fails, or it and all that follow: as with a quota that is used up (EDQUOT), a file system that can only be read
(EROFS), a device with errors (EIO: writes, syncs, closing), and a write that does half (SHORT).

A run may end well, and then all of it is there; or with one error. It never crashes, hangs, leaves a damaged file under a final
name, or says nothing of a call that failed and mattered; and from the checkpoint that is there a restart ends as a run that
nobody disturbed. quick: for each kind of call on each kind of file one time. STEP: each STEP-th call of the run with each error."""
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

from run_report import digest_of, newest_checkpoint

try:
    from PIL import Image
    import h5py
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

extent, fail_calls, train, data, make_images, launcher = sys.argv[1:7]
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"
chance = random.Random(11)
iterations = 6
configuration = f"""
data: {{file: ../data.h5}}
potential: {{network: ../network.yaml}}
sampler: {{steps: 2}}
learning: {{iterations: {iterations}, observed: 8, chains: 8, optimizer: {{rate: 1.0e-3}}}}
run: {{block: 4}}
output: {{checkpoint_every: 2, grid_every: 2, chain_every: 1, keep: 2}}
"""
network = """
layers:
  - {op: conv, channels: 4, kernel: 5, stride: 3, pad: 2}
  - {op: leaky_relu, slope: 0.05}
"""
# Which calls an error can come from. ENOSPC comes from those of EDQUOT, and is not told from it.
sources = {"EDQUOT": ("open", "mkdir", "rename", "write", "fsync", "fallocate", "close"),
           "EROFS": ("open", "mkdir", "rename", "unlink"),
           "EIO": ("write", "fsync", "close", "ftruncate", "rename"),
           "SHORT": ("write",)}
start = ["../run.yaml", "--out", "run", "--overwrite"]
Call = collections.namedtuple("Call", "number name path")
Case = collections.namedtuple("Case", "ranks rank error call onwards")


def kind_of(path):
    """The same for files that are written in the same way."""
    return re.sub(r"\d+", "N", path)


def calls_of(report):
    return [Call(int(words[0]), words[1], words[2] if len(words) == 4 else "") for words in
            (line.split(" ") for line in report.read_text().splitlines())]


def waits_in_mpi(case, calls):
    """Whether the first opening that fails is Open MPI's, which waits for ever for a rank that cannot open a shared file, or
    the file beside it that it tries locks with. A rank other than the first therefore opens a file by itself before all do so
    together: only what comes between the two ends in that."""
    seen = set()
    for call in calls:
        if call.name != "open" or case.rank == 0 or "open" not in sources[case.error]:
            continue
        if call == case.call or case.onwards and call.number > case.call.number:
            return call.path in seen or ".locktest." in call.path
        seen.add(call.path)
    return False


def run(folder, ranks, arguments, failing=()):
    """The program in a folder. failing: what comes before its name. The exit code is None where it does not end."""
    command = [*failing, train, *arguments]
    if ranks > 1:
        command = [launcher, "-np", str(ranks), *command]
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                             text=True)
    try:
        output, _ = child.communicate(timeout=300)
        return child.returncode, output
    except subprocess.TimeoutExpired:
        child.terminate()  # mpirun hands it on
        return None, child.communicate()[0]


def under(folder, rank, first, last, error):
    return [fail_calls, str(folder / "run"), str(rank), str(first), str(last), error, ",".join(sources[error]),
            str(folder / "report")]


def incomplete(directory, output):
    """What a run that ended well lacks."""
    with h5py.File(directory / "metrics.h5") as metrics, h5py.File(directory / "chains/chains.h5") as chains:
        wanted = list(range(1, iterations + 1))
        for name, there in {"metrics": metrics["iteration"][:], "draws": chains["posterior/draw"][:]}.items():
            if list(there) != wanted:
                return f"{name} of iterations {list(there)}"
    if not (directory / f"checkpoints/{iterations:08d}.h5").exists():
        return "no checkpoint of the last iteration"
    for iteration in range(2, iterations + 1, 2):
        picture = f"grids/{iteration:08d}.png"
        if not (directory / picture).exists() and not re.search(rf"^warning: .*run/{picture}", output, re.M):
            return f"no {picture}, and no word of it"
    return None


def damaged(directory):
    """The first file with a final name that is not whole."""
    files = [str(path) for path in sorted(directory.rglob("*.h5"))]
    if files:
        check = subprocess.run([data, "check", *files], capture_output=True, text=True)
        if check.returncode != 0:
            return check.stdout + check.stderr
    for path in directory.rglob("*.png"):
        try:
            with Image.open(path) as picture:
                picture.load()
        except (OSError, SyntaxError) as error:
            return f"{path}: {error}"
    return None


def judge(folder, case, code, output, expected):
    """What is wrong; None: nothing."""
    directory = folder / "run"
    if code not in (0, 1):
        return f"exit code {code}" if code is not None else "it does not end"
    errors = len(re.findall(r"^ggcn_train: ", output, re.M))
    if errors != code:
        return f"{errors} errors, exit code {code}"
    if code == 0 and digest_of(output) != expected:
        return f"digest {digest_of(output)} in place of {expected}"
    wrong = code == 0 and incomplete(directory, output) or damaged(directory)
    named, said = newest_checkpoint(directory)
    if not wrong and named < said:
        wrong = "a checkpoint that was said to be written is not there"
    left = [str(path) for path in directory.rglob("*") if path.suffix in (".incomplete", ".part") or path.name == "lock"]
    if not wrong and left and case.error != "EROFS":  # which forbids to remove them
        wrong = f"left behind: {left}"
    if not wrong and code == 0 and case.onwards and case.error != "SHORT" and case.call.name in ("open", "write", "rename"):
        # the log's last lines may be lost without an error only where nothing else was written after them
        wrong = None if case.call.path in ("log", "lock") else "a run that could not write ended well"
    if wrong:
        return wrong
    if code == 0:
        return None
    again = ["--restart", "run"] if any(directory.glob("checkpoints/*.h5")) else start
    code, output = run(folder, case.ranks, again)
    if code != 0 or digest_of(output) != expected:
        return f"then {' '.join(again)}: exit code {code}, expected {expected}\n{output}"
    return damaged(directory)


def attempt(case, expected):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    try:
        last = 1 << 40 if case.onwards else case.call.number
        code, output = run(folder, case.ranks, start, under(folder, case.rank, case.call.number, last, case.error))
        hit = any(line.endswith(" failed") for line in (folder / "report").read_text().splitlines())
        log = folder / "run/log"
        said = code != 0 or "warning: " in output or log.exists() and "warning: " in log.read_text()
        wrong = judge(folder, case, code, output, expected) if hit else "the call was not reached"
        return code, said, f"{wrong}\n{output}" if wrong else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def quick_cases(calls, ranks, rank):
    """Each kind of call on each kind of file once with an error that it may have, in the middle of the run; from few calls on;
    every write cut short. With two ranks, files that both write."""
    def choose(error, found, onwards, number):
        cases = [Case(ranks, rank, error, call, onwards) for call in found if call.name in sources[error]]
        cases = [case for case in cases if not waits_in_mpi(case, calls)]
        return cases[number % len(cases) :][:1] if cases else []

    kinds = collections.defaultdict(list)
    for call in calls:
        if ranks == 1 or "segment" in call.path or "checkpoints/" in call.path:
            kinds[call.name, kind_of(call.path)].append(call)
    errors = ("EIO", "EDQUOT", "EROFS")
    for number, ((name, _), found) in enumerate(kinds.items()):
        fitting = [error for error in errors if name in sources[error]]
        yield from choose(fitting[number % len(fitting)], found, False, len(found) // 2)
    for number in range(2 * len(errors) if ranks == 1 else len(errors)):
        yield from choose(errors[number % len(errors)], calls, True, chance.randrange(len(calls)))
    yield from choose("SHORT", calls, True, 0)


def cases_of(calls, ranks, rank):
    if extent == "quick":
        yield from quick_cases(calls, ranks, rank)
        return
    for call in calls[chance.randrange(int(extent)) :: int(extent)]:
        for error, names in sources.items():
            for case in (Case(ranks, rank, error, call, onwards) for onwards in (False, True) if call.name in names):
                if not waits_in_mpi(case, calls):
                    yield case


def main():
    for name, text in {"run.yaml": configuration, "network.yaml": network}.items():
        (work / name).write_text(text)
    subprocess.run([make_images, "16", "data.bin"], cwd=work, check=True)
    subprocess.run([data, "import", "cifar10", "data.bin", "data.h5", "--size", "12"], cwd=work, check=True,
                   stdout=subprocess.DEVNULL)
    cases, numbers, expected = [], [], None
    for ranks, rank in ((1, 0), (2, 0), (2, 1)):
        folder = pathlib.Path(tempfile.mkdtemp(dir=work))
        code, output = run(folder, ranks, start, under(folder, rank, 0, 0, "EIO"))
        if code == 77:
            print(f"skipped: {output}")
            return 77
        if code != 0 or expected not in (None, digest_of(output)):
            print(f"FAILED: nothing failed, but exit code {code}\n{output}")
            return 1
        expected = digest_of(output)
        calls = calls_of(folder / "report")
        numbers.append(len(calls))
        cases += cases_of(calls, ranks, rank)
    print(f"{len(cases)} runs, of {', '.join(str(n) for n in numbers)} calls that write", flush=True)
    table, failures = collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, (code, said, wrong) in zip(cases, pool.map(lambda case: attempt(case, expected), cases)):
            what = f"{case.error} {'from' if case.onwards else 'at'} {case.call.name} of {kind_of(case.call.path) or '.'}"
            outcome = "an error" if code else "a warning" if said else "nothing lost"
            table[what, outcome] += 1
            if wrong:
                failures += 1
                print(f"FAILED: {what} ({case}): {wrong}", flush=True)
    for (what, outcome), count in sorted(table.items()):
        print(f"{count:5} {what}: {outcome}")
    print(f"{len(cases)} runs with calls that failed, {failures} of them wrong")
    return 1 if failures or not cases else 0


work = pathlib.Path(tempfile.mkdtemp(prefix="ggcn_calls_")).resolve()
try:
    result = main()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(result)
