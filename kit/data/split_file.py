"""A data file split into files, and split again when it has grown: what was placed stays, a frozen test never changes.

The folder holds one file per part with all columns as they were, `left-out` with a reason per row, `split.json` (what
was done, and which text went where, by hash) and, once frozen, `test.frozen.json` with the test file's checksum.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from kit.data.assign import FRESH, Assignment, Wanted, assign, row_key
from kit.data.file_columns import read_columns
from kit.data.leakage import leakage_record
from kit.data.near import near_groups
from kit.data.novelty import unlike_texts
from kit.data.sources import Loaded
from kit.data.times import parse_times
from kit.data.written import suffix_for, write_json, write_rows
from kit.errors import DataError

__all__ = ["Request", "split_file"]

MANIFEST, FROZEN = "split.json", "test.frozen.json"
Row = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What the user asked for; `columns` are roles by column name."""

    wanted: Wanted
    columns: Mapping[str, str | None]
    keep_near_together: bool = True
    freeze: bool = False
    fresh_from: date | None = None
    benchmark: str | None = None


@dataclass(frozen=True)
class Earlier:
    """What an earlier split of this folder decided: the part of each text, and the frozen test."""

    part_of_key: Mapping[str, str]
    frozen: Mapping[str, Any] | None
    columns: Mapping[str, str | None]
    files: frozenset[str]  # of its parts that are not closed

    @property
    def closed(self) -> frozenset[str]:
        """Parts whose files are never written again."""
        dated = {part for part in self.part_of_key.values() if part.startswith(FRESH)}
        return frozenset(dated | ({"test"} if self.frozen else set()))


def split_file(source: str, out: Path, request: Request) -> dict[str, Any]:
    """Split `source` into files of the folder `out` and return the report. Raises DataError."""
    loaded, rows, _ = read_columns(source, request.columns, needed=_needed(request))
    if Path(source).resolve().parent == out.resolve():
        raise DataError(f"--out {out}: is the folder of the data file itself; name another folder for the parts")
    earlier = _earlier(out)
    keys = [row_key(row) for row in rows]
    if earlier.frozen is not None:
        _check_frozen(out, earlier.frozen, rows, keys)
    seen = set(keys)
    absent = [row for row in _closed_rows(out, earlier) if row_key(row) not in seen]
    done = _assigned([*rows, *absent], [*keys, *map(row_key, absent)], earlier, request)
    done = replace(done, part=done.part[: len(rows)])  # closed rows that the source lacks only kept their like out
    name = suffix_for(loaded.format)
    if request.freeze and "test" not in done.sizes():
        raise DataError("--freeze: there are no test rows to freeze; give more rows or a larger --test")
    out.mkdir(parents=True, exist_ok=True)
    files = {}
    for part in done.sizes():
        files[part] = out / (part + name)
        if part not in earlier.closed:
            write_rows(files[part], [loaded.rows[row] for row in done.rows_of(part)], loaded.columns)
    if done.left_out:
        files["left-out"] = out / f"left-out{name}"
        why_not = [{**loaded.rows[row], "reason": why} for row, why in sorted(done.left_out.items())]
        write_rows(files["left-out"], why_not, [*loaded.columns, "reason"])
    for stale in earlier.files - set(map(str, files.values())):
        Path(stale).unlink(missing_ok=True)
    report = _report(loaded, rows, done, request)
    frozen = earlier.frozen
    if request.freeze and frozen is None:
        frozen = _freeze(out, files["test"], rows, keys, done)
    report |= {"files": {part: str(path) for part, path in files.items()}, "frozen": _short(frozen)}
    parts = {**earlier.part_of_key, **{key: part for key, part in zip(keys, done.part) if part is not None}}
    write_json(out / MANIFEST, {**report, "schema": 1, "created": _now(), "parts": _by_part(parts)})
    return report


def _needed(request: Request) -> list[str]:
    return ["text", *(["label"] if request.wanted.by == "stratified" else [])]


def _assigned(rows: Sequence[Row], keys: Sequence[str], earlier: Earlier, request: Request) -> Assignment:
    """Rows without text are left out; fresh ones are set apart; the rest is assigned."""
    wanted = request.wanted
    blank = {row: "no text" for row in range(len(rows)) if rows[row].get("text") is None}
    times = None
    if wanted.by == "time" or request.fresh_from is not None:
        times = parse_times([row.get("time") for row in rows], column=str(request.columns.get("time")))
    stay = dict(earlier.part_of_key)
    closed = set(earlier.closed)
    if wanted.by == "time":  # the border moves with time, except where a part is closed
        stay = {key: part for key, part in stay.items() if part in closed}
    placed = {row: stay[key] for row, key in enumerate(keys) if key in stay and row not in blank}
    if request.fresh_from is not None and times is not None:
        start = datetime(request.fresh_from.year, request.fresh_from.month, request.fresh_from.day, tzinfo=UTC)
        name = f"{FRESH}{request.fresh_from.isoformat()}"
        since = [row for row in range(len(rows))
                 if times[row] >= start.timestamp() and row not in blank and row not in placed]  # fmt: skip
        if since and name in closed:
            raise DataError(f"--fresh {request.fresh_from}: {name} was written before and {len(since)} new rows are "
                            "from that date on; name a later date for a new dated test")  # fmt: skip
        placed |= dict.fromkeys(since, name)
        closed.add(name)
    used = [row for row in range(len(rows)) if row not in blank]
    place = {row: number for number, row in enumerate(used)}
    near = near_groups([str(rows[row]["text"]) for row in used]) if request.keep_near_together else None
    done = assign([rows[row] for row in used], replace(wanted, closed=frozenset(closed)), near=near,
                  placed={place[row]: part for row, part in placed.items()},
                  times=None if times is None else [times[row] for row in used])  # fmt: skip
    part: list[str | None] = [None] * len(rows)
    for row, number in place.items():
        part[row] = done.part[number]
    return Assignment(part, blank | {used[number]: why for number, why in done.left_out.items()}, done.notes)


def _report(loaded: Loaded, rows: Sequence[Row], done: Assignment, request: Request) -> dict[str, Any]:
    parts = {part: [rows[row] for row in done.rows_of(part)] for part in done.sizes()}
    seen = parts.get("train", []) + parts.get("validation", [])
    classes = {part: dict(sorted(Counter(str(row["label"]) for row in own if row.get("label") is not None).items()))
               for part, own in parts.items()}  # fmt: skip
    report: dict[str, Any] = {
        "source": loaded.source, "fingerprint": loaded.fingerprint, "by": request.wanted.by,
        "columns": dict(request.columns),
        "shares": {"test": request.wanted.test, "validation": request.wanted.validation},
        "rows_in": len(rows), "rows": done.sizes(), "rows_left_out": len(done.left_out),
        "left_out": dict(Counter(done.left_out.values())), "skipped_while_reading": dict(loaded.problems),
        "classes": classes, "notes": list(done.notes),
        "leakage": {part: leakage_record(seen, own) for part, own in parts.items()
                    if part == "test" or part.startswith(FRESH)},
        "fresh": {}, "benchmark": None,
    }  # fmt: skip
    train = [str(row["text"]) for row in parts.get("train", [])]
    for part, own in parts.items():
        if part.startswith(FRESH) and len(train) > 1:
            report["fresh"][part] = vars(unlike_texts(train, [str(row["text"]) for row in own]))
    if request.benchmark:
        benchmark = read_columns(request.benchmark, {})[1]
        report["benchmark"] = {"source": request.benchmark, **leakage_record(seen, benchmark)}
    return report


# ---- what an earlier split left


def _earlier(out: Path) -> Earlier:
    if out.exists() and not out.is_dir():
        raise DataError(f"--out {out}: is a file; name a folder")
    manifest, frozen = _read_json(out / MANIFEST), _read_json(out / FROZEN)
    if manifest is None and out.is_dir() and any(out.iterdir()):
        raise DataError(f"--out {out}: is not empty and holds no {MANIFEST} of an earlier split; name another folder")
    manifest = manifest or {}
    part_of_key = {key: part for part, keys in manifest.get("parts", {}).items() for key in keys}
    found = Earlier(part_of_key, frozen, manifest.get("columns", {}), frozenset())
    files = {str(out / Path(path).name) for part, path in manifest.get("files", {}).items() if part not in found.closed}
    return replace(found, files=frozenset(files))


def _closed_rows(out: Path, earlier: Earlier) -> list[Row]:
    """The rows of the closed parts' files."""
    files = [path for part in sorted(earlier.closed) for path in (out / f"{part}.csv", out / f"{part}.jsonl")]
    columns = earlier.columns
    return [row for path in files if path.is_file() for row in read_columns(str(path), columns)[1]]


def _check_frozen(out: Path, frozen: Mapping[str, Any], rows: Sequence[Row], keys: Sequence[str]) -> None:
    """The frozen file is as it was, and the data do not contradict it."""
    path = out / str(frozen["file"])
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != frozen["sha256"]:
        raise DataError(f"{path}: has changed since it was frozen on {frozen['created']}; put the old file back, "
                        f"or split into another folder for a new test set")  # fmt: skip
    labels = frozen["labels"]
    changed = [row for row, key in enumerate(keys) if key in labels and rows[row].get("label") not in labels[key]]
    if changed:
        first = rows[changed[0]]
        raise DataError(
            f"{len(changed)} rows of the frozen test have another label now (row {changed[0] + 1}: "
            f"{first.get('label')!r}, frozen as {labels[keys[changed[0]]][0]!r}); give the old labels back, "
            "or split into another folder for a new test set"
        )


def _freeze(out: Path, test: Path, rows: Sequence[Row], keys: Sequence[str], done: Assignment) -> dict[str, Any]:
    labels: dict[str, list[Any]] = {}
    for row in done.rows_of("test"):
        labels.setdefault(keys[row], []).append(rows[row].get("label"))
    frozen = {"schema": 1, "created": _now(), "file": test.name, "rows": len(done.rows_of("test")),
              "sha256": hashlib.sha256(test.read_bytes()).hexdigest(), "labels": labels}  # fmt: skip
    write_json(out / FROZEN, frozen)
    return frozen


def _short(frozen: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if frozen is None else {name: frozen[name] for name in ("created", "file", "rows", "sha256")}


def _by_part(part_of_key: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, part in part_of_key.items():
        found.setdefault(part, []).append(key)
    return found


# ---- files


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DataError(f"{path}: is broken ({error}); restore it, or split into another folder") from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
