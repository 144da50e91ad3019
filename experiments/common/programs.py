"""The programs of ggcn: where they are, and how they are started."""

import os
import shlex
import shutil
import subprocess

from experiment import Bad

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
JOBS = os.path.join(TOP, "jobs")


class Programs:
    """folder: with ggcn_train and the others (build/release/bin, or those of PATH, where it is None)."""

    def __init__(self, folder=None, ranks=1):
        built = os.path.join(TOP, "build", "release", "bin")
        if folder is None and os.path.exists(os.path.join(built, "ggcn_train")):
            folder = built
        self.folder, self.ranks = folder, ranks
        self.path("ggcn_train")

    def path(self, name):
        path = os.path.join(self.folder, name) if self.folder else shutil.which(name)
        if not path or not os.path.exists(path):
            where = self.folder or "PATH"
            raise Bad(f"there is no {name} in {where}: build it with jobs/build.sh release, or say --bin FOLDER")
        return os.path.abspath(path)

    def launcher(self):
        """Under mpirun only where several ranks are wanted."""
        return [os.path.join(JOBS, "mpirun.sh"), "-np", str(self.ranks)] if self.ranks > 1 else []

    def call(self, name, *words, log=None):
        """Runs one program; its output goes to `log`, or is returned."""
        command = [*self.launcher(), self.path(name), *words]
        return call(command, log)

    def train(self, directory, words, log):
        """Starts a run, or goes on with it."""
        return call(
            [os.path.join(JOBS, "train.sh"), directory, *words, "--", *self.launcher(), self.path("ggcn_train")], log
        )


def call(command, log=None):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if log:
        with open(log, "a", encoding="utf-8") as stream:
            stream.write(f"$ {shlex.join(command)}\n{done.stdout}")
    if done.returncode:
        last = [line for line in done.stdout.splitlines() if line.strip()][-8:]
        raise Bad(
            f"exit code {done.returncode} of\n    {shlex.join(command)}\n    "
            + "\n    ".join(last)
            + (f"\n(all of it in {log})" if log else "")
        )
    return done.stdout
