"""How the command ends: its exit code, all of its output, and nothing that comes after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures_cli import ROOT, run_process

FAREWELL = """
import atexit, os, sys
from kit.entry import exit_code, leave

class Falls:
    def __del__(self, abort=os.abort):
        abort()

import builtins
builtins.falls = Falls()  # taken apart only by an interpreter that comes to its own end
atexit.register(lambda: print("registered for the end"))
"""


def run_python(code: str, **options: object) -> subprocess.CompletedProcess[str]:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=buffered, text=True, timeout=60, encoding="utf-8",
                          **{"capture_output": True, **options})  # type: ignore[call-overload]  # fmt: skip


def test_the_way_out_of_an_interpreter_that_would_abort_is_the_code_and_the_whole_output():
    plain = run_python(FAREWELL + "sys.exit(0)")
    assert plain.returncode == -6, "the trap must spring where the interpreter ends by itself"
    left = run_python(FAREWELL + "print('x' * 300_000); print('y', file=sys.stderr); leave(3)")
    assert left.returncode == 3
    assert left.stdout == "x" * 300_000 + "\nregistered for the end\n" and left.stderr == "y\n"


@pytest.mark.parametrize(("raised", "code"), [
    ("lambda: None", 0), ("lambda: 1", 1), ("lambda: sys.exit(2)", 2), ("lambda: sys.exit()", 0),
])  # fmt: skip
def test_a_command_may_return_its_exit_code_or_raise_it(raised, code):
    assert run_python(f"{FAREWELL}leave(exit_code({raised}))").returncode == code


@pytest.mark.parametrize(("words", "code"), [
    (("--help",), 0), (("prices", "--json"), 0), (("nosuchverb",), 2), (("runs", "show", "nowhere"), 2),
    (("playbooks", "list", "--json"), 0), (("gate", "nowhere", "--min", "accuracy=0.5"), 2),
])  # fmt: skip
def test_piped_output_is_complete_and_exit_codes_are_right(words, code, tmp_path):
    done = run_process(*words, cwd=tmp_path)
    assert done.code == code, done
    assert "Traceback" not in done.err
    if "--json" in words:
        assert json.loads(done.out)
    if code == 2:
        assert not done.out and done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_no_success(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = run_python("from kit.entry import leave; print('lost'); leave(0)", capture_output=False, stdout=full,
                          stderr=subprocess.PIPE)  # fmt: skip
    assert done.returncode == 1 and "cannot be written" in done.stderr and "Traceback" not in done.stderr


def test_a_reader_that_goes_away_gets_no_traceback(tmp_path):
    code = f"{sys.executable} -m kit prices --json | head -c 1"
    done = subprocess.run(["bash", "-c", code], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert done.stdout and not done.stderr


def test_the_module_form_of_train_explains_itself():
    asked, bare = (subprocess.run([sys.executable, "-m", "kit.train", *words], cwd=ROOT, text=True, capture_output=True,
                                  timeout=60) for words in (["--help"], []))  # fmt: skip
    assert (asked.returncode, bare.returncode) == (0, 2)
    assert asked.stdout == bare.stderr and "[key=value ...] [--resume]" in asked.stdout
