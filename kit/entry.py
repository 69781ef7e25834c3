"""Ways into a training run: what the verb `train` and `python -m kit.train` share, and how errors reach the user."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from kit.errors import KitError


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
    """`python -m kit.train CONFIG [key=value ...] [--resume]`, also under accelerate launch."""
    resume = "--resume" in arguments
    words = [word for word in arguments if word != "--resume"]
    if not words or words[0].startswith("-"):
        print("usage: python -m kit.train CONFIG [key=value ...] [--resume]", file=sys.stderr)
        return 2
    return guarded(lambda: train_config(Path(words[0]), words[1:], resume=resume))


def leave(code: int) -> NoReturn:
    """End this process. One of a group ends at once: everything is written, and the threads of gloo now and then abort
    an interpreter that takes itself apart, which the launcher would report as a failed run."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def train_config(config: Path, overrides: list[str], *, resume: bool) -> int:
    """What `train` does; also the entry of `accelerate launch -m kit.train`. Returns the exit code."""
    from kit import runs, show
    from kit.config_load import load

    cfg = load(config, overrides)
    folder = Path(cfg.run.dir or Path("runs") / config.stem)
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
