"""Checkpoints: complete or absent, verified by checksum, safetensors and JSON only.

`checkpoints/step-N/` holds trainable.safetensors, optimizer.safetensors, state.json (counters and RNG) and
manifest.json with the size and SHA-256 of each. It is written aside, flushed to disk and renamed, so a process killed
at any instant leaves either the whole folder or nothing that is ever read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

SCHEMA = 1
FILES = ("trainable.safetensors", "optimizer.safetensors", "state.json")
STATE_KEYS = {"step", "rng", "best", "segments", "since_best"}
ASIDE, REPLACED = ".writing-", ".replaced-"


@dataclass(frozen=True)
class Checkpoint:
    """What a run continues from; tensors lie on the CPU."""

    path: Path
    trainable: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    state: dict[str, Any]

    @property
    def step(self) -> int:
        return int(self.state["step"])


class Damaged(Exception):
    """A checkpoint folder that is not what was written; the message says how."""


def write(folder: Path, *, trainable: dict[str, Tensor], optimizer: dict[str, Tensor], state: dict[str, Any]) -> Path:
    """Write `folder/step-N` durably; N is state["step"]. An older folder of that name is replaced."""
    assert state.keys() >= STATE_KEYS, f"missing {STATE_KEYS - state.keys()}"
    folder.mkdir(parents=True, exist_ok=True)
    remove_unfinished(folder)
    final = folder / f"step-{state['step']}"
    aside = folder / f"{ASIDE}{final.name}"
    aside.mkdir()
    contents = {
        "trainable.safetensors": save(trainable),
        "optimizer.safetensors": save(optimizer),
        "state.json": json.dumps(state).encode(),
    }
    listed = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in contents.items()}
    contents["manifest.json"] = json.dumps({"schema": SCHEMA, "step": state["step"], "files": listed}).encode()
    for name, data in contents.items():
        _write_durably(aside / name, data)
    _flush_folder(aside)
    if os.path.lexists(final):  # a broken link too
        final.rename(folder / f"{REPLACED}{final.name}")  # until the new one is in place it is the newest
    aside.rename(final)
    _flush_folder(folder)
    remove_unfinished(folder)
    return final


def read(path: Path) -> Checkpoint:
    """Load and verify one checkpoint. Raises Damaged with what is wrong."""
    try:
        manifest = json.loads((path / "manifest.json").read_bytes())
        listed = manifest["files"]
        if manifest["schema"] != SCHEMA or set(listed) != set(FILES):
            raise Damaged("its manifest is of another kind")
        data = {name: _verified(path / name, listed[name]) for name in FILES}
        state = json.loads(data["state.json"])
        if missing := STATE_KEYS - state.keys():
            raise Damaged(f"state.json lacks {', '.join(sorted(missing))}")
        if path.name.removeprefix(REPLACED) != f"step-{state['step']}":
            raise Damaged(f"it holds step {state['step']}")
        return Checkpoint(path, load(data["trainable.safetensors"]), load(data["optimizer.safetensors"]), state)
    except FileNotFoundError as err:
        raise Damaged(f"{Path(err.filename).name} is missing") from err
    except (KeyError, TypeError, ValueError, OSError, SafetensorError) as err:
        raise Damaged(f"{type(err).__name__}: {err}") from err


def newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole, and a message for each damaged one that was passed over."""
    messages: list[str] = []
    replaced = [path for path in folder.glob(f"{REPLACED}step-*") if path.name.rpartition("-")[2].isdigit()]
    for path in sorted([*list_steps(folder), *replaced], key=_step_of, reverse=True):
        try:
            return read(path), messages
        except Damaged as err:
            messages.append(f"checkpoint {path.name} is damaged ({err}); trying the one before it")
    return None, messages


def prune(folder: Path, *, keep_last: int, best_step: int | None) -> None:
    """Delete all but the newest `keep_last` checkpoints and the best one."""
    steps = sorted(list_steps(folder), key=_step_of)
    for path in steps[:-keep_last]:
        if _step_of(path) != best_step:
            _remove(path)


def list_steps(folder: Path) -> list[Path]:
    """The checkpoints by name, verified or not."""
    return [p for p in folder.glob("step-*") if p.name.removeprefix("step-").isdigit()]


def remove_unfinished(folder: Path) -> None:
    """Delete what a killed process left aside; a checkpoint whose replacement never came is put back."""
    for path in folder.glob(f"{ASIDE}*"):
        _remove(path)
    for path in folder.glob(f"{REPLACED}*"):
        final = path.with_name(path.name.removeprefix(REPLACED))
        if os.path.lexists(final):
            _remove(path)
        else:
            path.rename(final)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _step_of(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _verified(path: Path, expected: dict[str, Any]) -> bytes:
    data = path.read_bytes()
    if len(data) != expected["bytes"]:
        raise Damaged(f"{path.name} has {len(data)} bytes instead of {expected['bytes']}")
    if hashlib.sha256(data).hexdigest() != expected["sha256"]:
        raise Damaged(f"the checksum of {path.name} does not match")
    return data


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
