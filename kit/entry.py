"""Ways into a training run: what the verb `train` and `python -m kit.train` share, and how errors reach the user."""

from __future__ import annotations

import atexit
import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kit.errors import KitError

if TYPE_CHECKING:
    from kit.config import RunConfig

USAGE = "usage: python -m kit.train CONFIG [key=value ...] [--resume] [--accept NAME]"


def guarded(call: Callable[[], int | None]) -> int:
    """Run a command for its exit code; a KitError becomes its message on stderr, never a traceback."""
    try:
        return call() or 0
    except KitError as err:
        print(f"error: {err}", file=sys.stderr)
        return err.exit_code
    except OSError as err:
        if err.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        print(f"error: the disk is full ({err.filename or 'while writing'}); free some space", file=sys.stderr)
        return 2


def train_main(arguments: list[str]) -> int:
    """What `python -m kit.train` does with its arguments, also under accelerate launch; see USAGE."""
    resume = "--resume" in arguments
    words, accept = _split_off("--accept", [word for word in arguments if word != "--resume"])
    if "--help" in words:
        print(USAGE)
        return 0
    if not words or words[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    return guarded(lambda: train_config(Path(words[0]), words[1:], resume=resume, accept=accept))


def exit_code(call: Callable[[], int | None]) -> int:
    """The exit code of a guarded command, also of one that ends by SystemExit, as every verb of typer does."""
    try:
        return guarded(call)
    except SystemExit as end:
        if isinstance(end.code, str):
            raise  # Python prints the text; only it may
        return end.code or 0


def leave(code: int) -> NoReturn:
    """End this process at once: what was registered for the end is done, all output is written, and the interpreter is
    not taken apart. Threads of torch, gloo and Arrow now and then abort that with code 134, after all work was done."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as err:  # the reader of a pipe has gone, or the disk is full: what was asked for is not written
            code = code or 1
            if err.errno != errno.EPIPE:
                os.write(2, f"error: the output cannot be written ({err.strerror})\n".encode())
    os._exit(code)


def _split_off(flag: str, words: list[str]) -> tuple[list[str], list[str]]:
    """The words without `FLAG VALUE` and `FLAG=VALUE`, and the values."""
    rest, values, places = [], [], iter(words)
    for word in places:
        if word == flag:
            values.append(next(places, ""))
        elif word.startswith(f"{flag}="):
            values.append(word.partition("=")[2])
        else:
            rest.append(word)
    return rest, values


def load_for_run(config: Path, overrides: list[str], *, accept: Sequence[str] = ()) -> RunConfig:
    """The config of a run, its folder named and what was accepted on the command line among its settings."""
    from kit.config_load import load

    cfg = load(config, overrides)
    accepted = list(dict.fromkeys([*cfg.run.accept, *accept]))
    folder = cfg.run.dir or str(Path("runs") / config.stem)
    return cfg.model_copy(update={"run": cfg.run.model_copy(update={"dir": folder, "accept": accepted})})


def train_config(config: Path, overrides: list[str], *, resume: bool, accept: Sequence[str] = ()) -> int:
    """What `train` does; also the entry of `accelerate launch -m kit.train`. Returns the exit code."""
    from kit import runs, show

    cfg = load_for_run(config, overrides, accept=accept)
    folder = Path(str(cfg.run.dir))
    if not resume and config.resolve() == (folder / runs.CONFIG).resolve():
        folder = runs.next_free(folder)  # a run's own config repeats the run beside it
    cfg = cfg.model_copy(update={"run": cfg.run.model_copy(update={"dir": str(folder)})})
    from kit.pipeline import train as run_training

    summary = run_training(cfg, resume=resume)
    from kit.device import process_state

    if summary.status == "stopped":
        return 1  # `train && deploy` must not go on
    if process_state().is_main_process:
        show.proof(summary)
    return 0
