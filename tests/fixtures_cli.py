"""The command as a user runs it: in this process for speed, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run_process(*arguments: str | Path, cwd: Path, timeout_s: float = 120, python: str = sys.executable,
                **env: str) -> Outcome:  # fmt: skip
    """`moatkit ARGUMENTS` as a process of its own, started in `cwd`."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "0", **env}
    done = subprocess.run(
        [python, "-m", "kit", *map(str, arguments)], cwd=cwd, env=settings, capture_output=True, text=True,
        timeout=timeout_s, encoding="utf-8",
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def moatkit(capsys: pytest.CaptureFixture[str], tmp_path: Path,
            monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:  # fmt: skip
    """`moatkit ARGUMENTS` inside this process, started in `tmp_path`."""
    from kit.cli import app
    from kit.entry import exit_code

    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Outcome:
        capsys.readouterr()
        code = exit_code(lambda: app([str(argument) for argument in arguments]))
        written = capsys.readouterr()
        return Outcome(code, written.out, written.err)

    return run
