"""The run folder: the only code that knows its file names. Loads neither torch nor transformers.

Every writer is atomic (written aside, then renamed) or append-only, so a reader sees whole files whenever it looks.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kit.errors import RunError

CONFIG, ENV, TASK, DATA, SUMMARY = "config.yaml", "env.json", "task.json", "data.json", "summary.json"
METRICS, PREDICTIONS, CARD = "metrics.jsonl", "predictions.parquet", "README.md"
PROOF = "proof.json"  # confusion, per-class figures, slices, worst rows
_LINE_FACTS = {"segment", "step", "split", "wall_s", "cost_so_far"}  # of every line; what else it has was measured
PROCESSOR, CHECKPOINTS, EVALUATIONS, ADAPTER, MODEL = "processor", "checkpoints", "evaluations", "adapter", "model"
EXTERNAL, ANSWERS, UNPARSABLE = "external.json", "answers.jsonl", "unparsable.jsonl"  # of answers made elsewhere
PROMPT = "prompt.txt"
READS = "test_reads.jsonl"  # in the runs folder: one line per scoring of a test split


class Summary(BaseModel):
    """summary.json, schema 1; what is not known yet is null."""

    model_config = ConfigDict(extra="forbid")

    schema_: Literal[1] = 1
    run: str
    kind: Literal["trained", "external"] = "trained"
    status: Literal["running", "done", "failed", "stopped"] = "running"
    stop_reason: Literal["epochs", "steps", "early", "budget", "signal"] | None = None
    parent: str | None = None
    tags: list[str] = []
    seed: int = 0
    task: str
    created: str
    finished: str | None = None
    error: str | None = None
    headline: dict[str, Any] | None = None
    metrics: dict[str, dict[str, float]] | None = None
    calibration: dict[str, Any] | None = None
    baselines: list[dict[str, Any]] = []
    versus_base: dict[str, Any] | None = None
    versus: list[dict[str, Any]] = []
    train: dict[str, Any] | None = None
    cost: dict[str, Any] | None = None
    serving: dict[str, Any] | None = None
    evidence: dict[str, Any] | None = None
    licence: dict[str, Any] | None = None
    forecast: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The plain form, with the key `schema` that the file uses."""
        plain = self.model_dump(mode="json")
        return {"schema": plain.pop("schema_")} | plain


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def create(folder: Path) -> Path:
    """Make a new run folder. Raises RunError (exit code 2) where one exists already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(
            f"run.dir = {str(folder)!r}: exists already; go on with it by --resume, or name another with run.dir=...", 2
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def next_free(folder: Path) -> Path:
    """`folder`, or the first of folder-2, folder-3, ... that does not exist."""
    candidate, number = folder, 1
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate


def write_text(path: Path, text: str) -> None:
    """Replace a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_summary(folder: Path, summary: Summary) -> None:
    write_json(folder / SUMMARY, summary.as_json())


def read(folder: str | Path) -> Summary:
    """The summary of a run. Raises RunError (exit code 2) that says what is wrong with the folder."""
    folder = Path(folder)
    path = folder / SUMMARY
    if not folder.is_dir():
        others = ", ".join(sorted(p.parent.name for p in folder.parent.glob(f"*/{SUMMARY}"))[:8])
        raise RunError(f"{folder}: no such run folder{f'; there is {others}' if others else ''}", 2)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["schema_"] = raw.pop("schema", 1)
        return Summary.model_validate(raw)
    except FileNotFoundError as err:
        raise RunError(f"{folder}: is not a run folder, it has no {SUMMARY}", 2) from err
    except (ValueError, ValidationError, AttributeError, TypeError) as err:
        raise RunError(f"{path}: is broken ({str(err).splitlines()[0]})", 2) from err


def sha256(folder: str | Path) -> str:
    """Checksum of a run's summary: what a venture pins its numbers to."""
    return hashlib.sha256((Path(folder) / SUMMARY).read_bytes()).hexdigest()


def list_runs(runs_dir: str | Path) -> list[tuple[Path, Summary | RunError]]:
    """Every run folder, newest first; a broken one comes with its error and hides nothing else."""
    found: list[tuple[Path, Summary | RunError]] = []
    for path in sorted(Path(runs_dir).glob(f"*/{SUMMARY}")):
        try:
            found.append((path.parent, read(path.parent)))
        except RunError as err:
            found.append((path.parent, err))
    return sorted(found, key=lambda item: getattr(item[1], "created", ""), reverse=True)


def read_json(folder: str | Path, name: str) -> dict[str, Any]:
    """One of the run's JSON files. Raises RunError (exit code 2) where it is missing or broken."""
    path = Path(folder) / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as err:
        raise RunError(f"{path}: is missing, so this folder is not a finished run", 2) from err
    except ValueError as err:
        raise RunError(f"{path}: is broken ({err})", 2) from err


# ---- progress


def append_metrics(folder: Path, line: dict[str, Any]) -> None:
    """Add a line to metrics.jsonl; a torn line of a killed process is closed off first."""
    path = folder / METRICS
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
            file.write(b"\n" if torn else b"")
        file.write(json.dumps(line).encode() + b"\n")


def read_metrics(folder: str | Path) -> list[dict[str, Any]]:
    """The last line per (step, split), in order; unreadable lines are passed over."""
    kept: dict[tuple[int, str], dict[str, Any]] = {}
    path = Path(folder) / METRICS
    if not path.is_file():
        return []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
            kept[(line["step"], line["split"])] = line
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(kept.values(), key=lambda line: (line["step"], line["split"]))


def validation_scores(folder: str | Path) -> list[float]:
    """The headline at each evaluation while training; lines of training, which are many, are not parsed."""
    path = Path(folder) / METRICS
    if not path.is_file():
        return []
    scores: dict[int, float] = {}
    for text in path.read_bytes().splitlines():
        if b'"validation"' in text:
            try:
                line = json.loads(text)
                scores[line["step"]] = next(v for k, v in line.items() if k not in _LINE_FACTS)
            except (ValueError, KeyError, TypeError, StopIteration):
                continue
    return list(scores.values())


# ---- predictions


def write_predictions(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """predictions.parquet, written aside and renamed. Rows share their keys."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{PREDICTIONS}.{os.getpid()}"
    pq.write_table(pa.Table.from_pylist(list(rows)), aside)
    aside.replace(folder / PREDICTIONS)


def read_predictions(folder: str | Path) -> Any:
    """predictions.parquet as a pyarrow Table. Raises RunError (exit code 2) where it is missing or broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(folder) / PREDICTIONS
    try:
        return pq.read_table(path)
    except FileNotFoundError as err:
        raise RunError(f"{path}: is missing; the run has not been evaluated", 2) from err
    except (pa.ArrowException, OSError) as err:
        raise RunError(f"{path}: is broken ({str(err).splitlines()[0]})", 2) from err


# ---- how often a test split was looked at


def count_test_read(runs_dir: Path, fingerprint: str, run: str) -> int:
    """Record one scoring of a test split and return how many there have been, this one included.

    The fingerprint is of the rows' content, so copies and renamed files count as the same split. Deleting runs does
    not take a look back: the ledger is append-only.
    """
    runs_dir.mkdir(parents=True, exist_ok=True)
    line = {"id": uuid.uuid4().hex, "fingerprint": fingerprint, "run": run, "at": now()}
    with (runs_dir / READS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return test_reads(runs_dir, fingerprint)


def test_reads(runs_dir: Path, fingerprint: str) -> int:
    """How often a test split has been scored in this runs folder."""
    path = runs_dir / READS
    if not path.is_file():
        return 0
    seen: set[str] = set()
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
            seen |= {line["id"]} if line["fingerprint"] == fingerprint else set()
        except (ValueError, KeyError, TypeError):
            continue
    return len(seen)


def fingerprint_rows(rows: Sequence[dict[str, Any]], roles: Sequence[str]) -> str:
    """SHA-256 of the rows' content in these roles, whatever their order, file name or extra columns."""
    lines = sorted(json.dumps([row.get(role) for role in roles], ensure_ascii=False, default=str) for row in rows)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
