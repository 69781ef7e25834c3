"""Which part of a split each row goes to, given where an earlier split of the same data has put its rows.

A placed row stays. A new row that hangs together with placed rows (the same text, a near duplicate, the same group)
follows them; where they stand in several parts, or in a closed one, it is left out with the reason: on either side
it would leak. All other rows go by the hash of `kit.data.split`, by class quotas in the order of that hash, or by time.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kit.data.split import Row, Unit, by_rank, classes_of, newest_first, text_key, units_of

__all__ = ["Assignment", "Wanted", "assign", "row_key"]

Kind = Literal["random", "stratified", "group", "time"]
FRESH = "fresh-"


@dataclass(frozen=True)
class Wanted:
    """How to split; shares are fractions of all rows. `closed` parts take no new row: a frozen test, a dated one."""

    by: Kind = "random"
    test: float = 0.1
    validation: float = 0.1
    closed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not (self.validation >= 0 and self.test >= 0 and self.validation + self.test < 1):
            raise ValueError(f"validation {self.validation} and test {self.test} must be fractions, together under 1")


@dataclass(frozen=True)
class Assignment:
    """The part of every row (None: left out), why rows were left out, and what to know."""

    part: list[str | None]
    left_out: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def rows_of(self, part: str) -> list[int]:
        return [row for row, own in enumerate(self.part) if own == part]

    def sizes(self) -> dict[str, int]:
        return dict(sorted(Counter(own for own in self.part if own is not None).items()))


def row_key(row: Row, text_roles: Sequence[str] = ("text",)) -> str:
    """What a row is known by in later splits: a hash of its normalised text."""
    return hashlib.blake2b(text_key(row, text_roles).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def assign(
    rows: Sequence[Row],
    wanted: Wanted,
    *,
    near: np.ndarray | None = None,
    placed: Mapping[int, str] | None = None,
    times: Sequence[float] | None = None,
) -> Assignment:
    """Parts of canonical rows. `near` are group ids of near duplicates, `placed` the parts of rows placed before."""
    placed = placed or {}
    part: list[str | None] = [placed.get(row) for row in range(len(rows))]
    left_out: dict[int, str] = {}
    free: list[Unit] = []
    for unit in _joined(units_of(rows, ("text",)), near):
        known = {placed[row] for row in unit.rows if row in placed}
        if not known:
            free.append(unit)
            continue
        home = next(iter(known))
        for row in unit.rows:
            if row in placed:
                continue
            if len(known) > 1:
                left_out[row] = f"near duplicates or group in several parts ({', '.join(sorted(known))})"
            elif home in wanted.closed:
                left_out[row] = f"near duplicate or group of a row in the closed part {home}"
            else:
                part[row] = home
    for unit, own in _parts_of(free, wanted, rows=rows, part=part, times=times).items():
        for row in unit.rows:
            part[row] = own
    return Assignment(part, left_out, _notes(rows, part, wanted))


def _joined(units: list[Unit], near: np.ndarray | None) -> list[Unit]:
    """Units that share a near-duplicate group are one; its place is that of its first row, which later rows keep."""
    if near is None:
        return units
    parent = np.arange(len(near))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    def join(one: int, other: int) -> None:
        low, high = sorted((root(one), root(other)))
        parent[high] = low

    place = {}
    for unit in units:
        for row in unit.rows:
            place[row] = unit.place
            join(unit.rows[0], row)
    for row, first in enumerate(near.tolist()):
        join(first, row)
    members: dict[int, list[int]] = defaultdict(list)
    for row in range(len(near)):
        members[root(row)].append(row)
    return [Unit(place[first], tuple(rows)) for first, rows in members.items()]


def _parts_of(free: Sequence[Unit], wanted: Wanted, *, rows: Sequence[Row], part: Sequence[str | None],
              times: Sequence[float] | None) -> dict[Unit, str]:  # fmt: skip
    test = 0.0 if "test" in wanted.closed else wanted.test
    if wanted.by == "time":
        assert times is not None
        return by_rank(newest_first(free, times), validation=wanted.validation, test=test)
    ordered = sorted(free, key=lambda unit: (unit.place, unit.rows))
    if wanted.by == "stratified":
        return _by_class(ordered, wanted, test=test, rows=rows, part=part)
    return {unit: _by_place(unit.place, wanted, test=test) for unit in ordered}


def _by_place(place: float, wanted: Wanted, *, test: float) -> str:
    """By the hash alone. Where the test is closed, the hashes that meant test are shared out like all others."""
    if place < test:
        return "test"
    if place < wanted.test:  # the test is closed
        place = wanted.test + place / wanted.test * (1 - wanted.test)
    return "validation" if place < wanted.test + wanted.validation else "train"


def _by_class(ordered: Sequence[Unit], wanted: Wanted, *, test: float, rows: Sequence[Row],
              part: Sequence[str | None]) -> dict[Unit, str]:  # fmt: skip
    """Lowest hashes of each class to test until its share is reached, then to validation, the rest to training."""
    units_by_class: dict[str, list[Unit]] = defaultdict(list)
    for unit in ordered:
        labels = Counter(label for row in unit.rows for label in classes_of(rows[row])[:1])
        units_by_class[min(labels, key=lambda label: (-labels[label], label)) if labels else ""].append(unit)
    taken: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row, own in enumerate(part):
        if own is not None:
            taken[(classes_of(rows[row]) or [""])[0]][own] += 1
    part_of: dict[Unit, str] = {}
    for label, units in units_by_class.items():
        counts = taken[label]
        total = sum(counts.values()) + sum(len(unit.rows) for unit in units)
        quotas = {"test": round(test * total), "validation": round(wanted.validation * total)}
        for unit in units:
            own = next((name for name, quota in quotas.items() if counts[name] + len(unit.rows) / 2 <= quota), "train")
            counts[own] += len(unit.rows)
            part_of[unit] = own
    return part_of


def _notes(rows: Sequence[Row], part: Sequence[str | None], wanted: Wanted) -> tuple[str, ...]:
    found = Counter(own for own in part if own is not None)
    shares = {"train": 1.0, "validation": wanted.validation, "test": wanted.test}
    notes = [f"no {name} rows: the data are too few or hang together" for name in shares
             if shares[name] > 0 and not found[name] and name not in wanted.closed]  # fmt: skip
    by_class: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row, own in zip(rows, part):
        for label in classes_of(row):
            by_class[label][own] += 1
    for name in ("train", "test"):
        missing = sorted(label for label, counts in by_class.items() if not counts[name])
        if missing and shares[name] > 0:
            shown = ", ".join(repr(label) for label in missing[:5]) + (", ..." if len(missing) > 5 else "")
            notes.append(f"{len(missing)} of {len(by_class)} classes have no {name} row: {shown}")
    return tuple(notes)
