"""A cleaned copy of a data set: filters in a fixed order, each counted, and every row that goes kept aside with why.

Order: readable, normalise, empty, length, language, exact, near, pii. Rows in are always rows kept plus rows
quarantined. Rows whose text stands under several labels stay: which label is right is for a person to say.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from kit.data.columns import is_blank
from kit.data.language import detect_language
from kit.data.near import NEAR, near_groups
from kit.data.roles import Roles, joined
from kit.data.scrub import Scrubber, write_key
from kit.data.stream import Record, Stream
from kit.data.tally import key_of
from kit.data.tidy import exact_key, tidied, with_strings
from kit.data.write_rows import as_json_line, replaced, write_rows
from kit.errors import DataError

__all__ = ["STEPS", "Cleaned", "Steps", "clean", "quarantine_of"]

STEPS = ("normalise", "empty", "length", "language", "exact", "near", "pii")
FEW_ROWS = 20
SPOOL_BYTES = 64 * 2**20
LANGUAGE_SCRIPTS = {"en": "latin"}


@dataclass(frozen=True)
class Steps:
    """What to do; `skip` names filters of STEPS to leave out. Lengths are in characters of the text."""

    skip: frozenset[str] = frozenset()
    min_chars: int = 0
    max_chars: int | None = None
    language: str | None = None
    threshold: float = NEAR
    most_broken: float = 0.5
    key_file: Path | None = None


@dataclass
class Count:
    """Rows into and out of a filter, and how many it changed."""

    name: str
    rows_in: int = 0
    rows_out: int = 0
    changed: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "rows_in": self.rows_in, "rows_out": self.rows_out, "changed": self.changed}


@dataclass
class Cleaned:
    """What happened; `scrubbed` counts replaced values by kind."""

    out: Path
    quarantine: Path
    rows_in: int = 0
    rows_kept: int = 0
    rows_quarantined: int = 0
    filters: list[Count] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    scrubbed: dict[str, int] = field(default_factory=dict)
    roles: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "out": str(self.out), "rows_in": self.rows_in, "rows_kept": self.rows_kept,
            "rows_quarantined": self.rows_quarantined, "quarantine_file": str(self.quarantine),
            "filters": [count.as_json() for count in self.filters], "reasons": dict(self.reasons),
            "scrubbed": self.scrubbed, "roles": self.roles, "skipped": self.skipped,
        }  # fmt: skip


def clean(stream: Stream, out: Path, roles: Roles, steps: Steps) -> Cleaned:
    """Write `out` and its quarantine file. Raises DataError, and writes nothing, where too much is broken or no row is
    left."""
    quarantine = quarantine_of(out)
    if steps.key_file is not None and steps.key_file.exists():
        raise DataError(f"{steps.key_file}: exists already; a key that is overwritten is lost, name another file")
    done = Cleaned(out, quarantine, filters=[Count(name) for name in STEPS if _is_wanted(name, steps)])
    done.filters.insert(0, Count("readable"))
    counts = {count.name: count for count in done.filters}
    scrubber = Scrubber(is_reversible=steps.key_file is not None)
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool, replaced(quarantine) as aside, \
            aside.open("w", encoding="utf-8") as dropped:  # fmt: skip
        columns, texts, labels = _first_pass(stream, roles, steps, done, counts, spool, dropped)
        gone = _near(texts, labels, steps) if "near" in counts else {}
        kept = _second_pass(spool, gone, done, counts, scrubber, dropped)
        _check_left(done, len(texts) - len(gone), source=stream.source)
        done.rows_kept = write_rows(out, kept, list(columns), has_bom=stream.has_bom)
        if steps.key_file is not None:
            write_key(steps.key_file, scrubber)
    done.scrubbed = dict(scrubber.counts)
    done.skipped = {name: count for name, count in stream.skipped.items() if count}
    done.roles = {"text": list(roles.text), "label": roles.label, "id": roles.id}
    assert done.rows_in == done.rows_kept + done.rows_quarantined
    return done


def quarantine_of(out: Path) -> Path:
    """Where the rows that go are kept: beside the cleaned file."""
    return out.with_name(f"{out.stem}.quarantine.jsonl")


def _is_wanted(name: str, steps: Steps) -> bool:
    if name == "length":
        return steps.min_chars > 0 or steps.max_chars is not None
    return steps.language is not None if name == "language" else name not in steps.skip


def _first_pass(stream: Stream, roles: Roles, steps: Steps, done: Cleaned, counts: Mapping[str, Count],
                spool: IO[bytes], dropped: IO[str]) -> tuple[dict[str, None], list[str], list[str]]:  # fmt: skip
    """All filters that look at one row, and at the hashes of those before it; survivors go to the spool."""
    columns: dict[str, None] = {}
    texts, labels = [], []
    first_with: dict[int, int] = {}
    for record in stream.records:
        done.rows_in += 1
        counts["readable"].rows_in += 1
        if record.row is None:
            _drop(record, f"unreadable: {record.reason}", done, dropped)
            _check_broken(done, counts["readable"], steps, source=stream.source, last=record)
            continue
        counts["readable"].rows_out += 1
        columns.update(dict.fromkeys(record.row))
        row, reason = _sifted(record, roles, steps, counts, first_with)
        if reason:
            _drop(record, reason, done, dropped)
            continue
        pickle.dump((record, row), spool, protocol=pickle.HIGHEST_PROTOCOL)
        texts.append(exact_key(joined(row, roles.compared)) if "near" in counts else "")
        labels.append(str(row.get(roles.label)) if roles.label else "")
    _check_broken(done, counts["readable"], steps, source=stream.source, last=None)
    return columns, texts, labels


def _sifted(record: Record, roles: Roles, steps: Steps, counts: Mapping[str, Count],
            first_with: dict[int, int]) -> tuple[dict[str, Any], str]:  # fmt: skip
    """(the row as it goes on, why it does not)."""
    row = dict(record.row or {})
    if "normalise" in counts:
        tidy = {name: with_strings(value, tidied) for name, value in row.items()}
        _count(counts["normalise"], changed=tidy != row)
        row = tidy
    text = joined(row, roles.text)
    tests = {
        "empty": lambda: "empty_text" if not text.strip() else "",
        "length": lambda: _length_fault(text, steps),
        "language": lambda: _language_fault(text, steps.language or ""),
        "exact": lambda: _repeat(row, roles, record.number, first_with),
    }
    for name, test in tests.items():
        if name in counts:
            reason = test()
            _count(counts[name], is_out=bool(reason))
            if reason:
                return row, reason
    return row, ""


def _length_fault(text: str, steps: Steps) -> str:
    if len(text) < steps.min_chars:
        return f"too_short: {len(text)} characters, at least {steps.min_chars} wanted"
    if steps.max_chars is not None and len(text) > steps.max_chars:
        return f"too_long: {len(text)} characters, at most {steps.max_chars} wanted"
    return ""


def _language_fault(text: str, wanted: str) -> str:
    """Rows in another language; a text whose script fits but whose language is not certain stays."""
    found = detect_language([text])
    if found is None or found.code == wanted:
        return ""
    if found.code is None and found.script == LANGUAGE_SCRIPTS.get(wanted, found.script):
        return ""
    return f"other_language: {found.code or found.script}, wanted {wanted}"


def _repeat(row: Mapping[str, Any], roles: Roles, number: int, first_with: dict[int, int]) -> str:
    label = "" if roles.label is None or is_blank(row.get(roles.label)) else str(row[roles.label])
    first = first_with.setdefault(key_of(f"{exact_key(joined(row, roles.compared))}\x1f{label}"), number)
    return "" if first == number else f"exact_duplicate: of row {first}"


def _near(texts: list[str], labels: list[str], steps: Steps) -> dict[int, int]:
    """Places to drop -> the place they repeat: within a group of near duplicates the first row of each label stays."""
    if not texts:
        return {}
    first: dict[tuple[int, str], int] = {}
    groups = near_groups(texts, threshold=steps.threshold)
    alone = np.bincount(groups, minlength=len(texts)) == 1
    return {
        place: first[group, labels[place]]
        for place, group in enumerate(groups.tolist())
        if not alone[group] and first.setdefault((group, labels[place]), place) != place
    }


def _second_pass(spool: IO[bytes], gone: Mapping[int, int], done: Cleaned, counts: Mapping[str, Count],
                 scrubber: Scrubber, dropped: IO[str]) -> Iterator[dict[str, Any]]:  # fmt: skip
    spool.seek(0)
    numbers: list[int] = []
    while True:
        try:
            record, row = pickle.load(spool)
        except EOFError:
            return
        numbers.append(record.number)
        place = len(numbers) - 1
        if "near" in counts:
            _count(counts["near"], is_out=place in gone)
        if place in gone:
            _drop(record, f"near_duplicate: of row {numbers[gone[place]]}", done, dropped)
            continue
        if "pii" in counts:
            clear = scrubber.row(row)
            _count(counts["pii"], changed=clear != row)
            row = clear
        yield row


def _count(count: Count, *, is_out: bool = False, changed: bool = False) -> None:
    count.rows_in += 1
    count.rows_out += not is_out
    count.changed += changed


def _drop(record: Record, reason: str, done: Cleaned, dropped: IO[str]) -> None:
    done.rows_quarantined += 1
    done.reasons[reason.split(":")[0]] += 1
    original: Any = record.row if record.row is not None else record.raw
    place = {"row": record.number} | ({"line": record.line} if record.line is not None else {})
    dropped.write(as_json_line({**place, "reason": reason, "original": original}) + "\n")


def _check_broken(done: Cleaned, readable: Count, steps: Steps, *, source: str, last: Record | None) -> None:
    broken = readable.rows_in - readable.rows_out
    enough = last is None or (readable.rows_in >= 1000 and readable.rows_in % 100 == 0)
    if enough and broken > steps.most_broken * readable.rows_in:
        place = f"; the last at line {last.line}: {last.reason}" if last else ""
        raise DataError(
            f"{source}: {broken} of {readable.rows_in} rows cannot be read, more than the {steps.most_broken:.0%} that "
            f"may be{place}; is the file what its name says? Allow more with --max-broken"
        )


def _check_left(done: Cleaned, left: int, *, source: str) -> None:
    if left == 0:
        reasons = ", ".join(f"{count} {reason}" for reason, count in done.reasons.most_common()) or "it has none"
        raise DataError(f"{source}: no row is left of {done.rows_in} ({reasons}); nothing was written")
