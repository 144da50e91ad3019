"""What a run has said of itself, for the tests that disturb runs."""
import re


def digest_of(output):
    """The line that a run ends with; None: it did not come to its end."""
    found = re.findall(r"^digest .*$", output, re.M)
    return found[-1] if found else None


def newest_checkpoint(directory):
    """The newest that has its final name, and the newest of which the run has said that it is written; -1: none."""
    named = [int(path.stem) for path in directory.glob("checkpoints/*.h5")]
    log = directory / "log"
    said = re.findall(r"checkpoint at iteration (\d+)$", log.read_text(), re.M) if log.exists() else []
    return max(named, default=-1), int(said[-1]) if said else -1
