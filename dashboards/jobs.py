"""Training started from a page: a process of its own that outlives the page, known by its pid and start time.

The page writes nothing into a run folder; it keeps a note beside the runs and reads the folder like any other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from kit import runs
from kit.errors import KitError, RunError

NOTES = ".jobs"
ROOT = Path(__file__).resolve().parents[1]
MOST_LOG = 6_000
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Job:
    """A training process and where it writes."""

    pid: int
    started: float
    run: str

    def process(self) -> psutil.Process | None:
        """The process, if it still is the one that was started: pids are used again."""
        child = _children.get(self.pid)
        if child is not None and child.poll() is not None:
            return None
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < 2 and found.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return found if same else None


def start(config: Path, folder: Path, overrides: list[str]) -> Job:
    """`moatkit train CONFIG run.dir=FOLDER`, its output in a log beside the runs."""
    if folder.exists():
        raise RunError(f"{folder.name!r}: a run of this name exists already; give another name", 2)
    notes = folder.parent / NOTES
    notes.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "kit", "train", str(config.resolve()), f"run.dir={folder.resolve()}", *overrides]
    with (notes / f"{folder.name}.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                 start_new_session=True, env=_environment())  # fmt: skip
    _children[child.pid] = child
    job = Job(child.pid, psutil.Process(child.pid).create_time(), folder.name)
    runs.write_json(notes / f"{folder.name}.json", {"pid": job.pid, "started": job.started, "run": job.run})
    return job


def of(folder: Path) -> Job | None:
    """The job that was started for a run folder from a page."""
    if not (folder.parent / NOTES / f"{folder.name}.json").is_file():
        return None
    try:
        return Job(**runs.read_json(folder.parent / NOTES, f"{folder.name}.json"))
    except (KitError, TypeError):
        return None


def going(runs_dir: Path) -> list[Job]:
    """Jobs whose process is alive."""
    notes = sorted((runs_dir / NOTES).glob("*.json"))
    found = [of(runs_dir / note.stem) for note in notes]
    return [job for job in found if job is not None and job.process() is not None]


def is_gone(folder: Path) -> bool:
    """True where we started this run and its process is no more."""
    job = of(folder)
    return job is not None and job.process() is None


def stop(job: Job) -> None:
    """SIGTERM: training ends its step, writes a checkpoint and says `stopped`."""
    process = job.process()
    if process is not None:
        process.send_signal(signal.SIGTERM)


def log_of(folder: Path) -> str:
    """The end of what the process printed."""
    path = folder.parent / NOTES / f"{folder.name}.log"
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_LOG))
        return file.read().decode("utf-8", errors="replace")


def ask(*arguments: str, timeout_s: float = 300.0) -> tuple[int, str, str]:
    """A short verb of the command line: exit code, output, message."""
    try:
        done = subprocess.run([sys.executable, "-m", "kit", *arguments], capture_output=True, text=True,
                              encoding="utf-8", timeout=timeout_s, env=_environment())  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1, "", f"no answer within {timeout_s:.0f} s"
    return done.returncode, done.stdout, done.stderr


def _environment() -> dict[str, Any]:
    """The package that this dashboard belongs to, found from any working directory."""
    place = str(ROOT if (ROOT / "kit").is_dir() else ROOT.parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([place, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}
