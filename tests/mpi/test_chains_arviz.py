#!/usr/bin/python3
"""ggcn_chains beside ArviZ itself, which opens the files of a run and of known traces without a warning.

test_chains_arviz.py PYTHON GGCN_CHAINS LAUNCHER. PYTHON has ArviZ, which is not in Debian: tests/run.sh makes it.
"""
import json
import os
import subprocess
import sys
import tempfile

PYTHON, GGCN_CHAINS, LAUNCHER = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))


def skip(reason):
    print(f"skipped: {reason}; tests/run.sh installs it, from PyPI")
    sys.exit(77)


try:
    import chain_case as case

    if subprocess.run([PYTHON, "-c", "import arviz"], capture_output=True).returncode != 0:
        skip(f"{PYTHON} has no ArviZ")
except (ImportError, FileNotFoundError) as error:
    skip(error)

with tempfile.TemporaryDirectory() as temporary:
    path = os.path.join(temporary, "chains.h5")
    case.write_chains(path)
    for discard in ["0", "31"]:
        done = subprocess.run([PYTHON, "-W", "ignore::RuntimeWarning", os.path.join(HERE, "arviz_values.py"), path, discard],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        theirs = json.loads(done.stdout)["values"]
        found = os.path.join(temporary, "found.json")
        subprocess.run([LAUNCHER, "-np", "2", GGCN_CHAINS, path, "--discard", discard, "--json", found], check=True,
                       capture_output=True)
        with open(found, encoding="utf-8") as stream:
            ours = json.load(stream)["traces"]
        assert len(ours) == len(theirs) == 10
        for name, values in ours.items():
            for key, expected in theirs[name.split(" ")[0]].items():
                if not values["constant"]:
                    assert abs(values[key] / expected - 1) < 1e-6, (discard, name, key, values[key], expected)
print("PASS")
