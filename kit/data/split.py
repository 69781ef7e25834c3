"""Training, validation and test rows by a fixed hash, so that a row keeps its place when the data grow.

No seed, no shuffling: where a row goes depends on its text alone (or on its group), never on the other rows, the file's
order or its name. Three exceptions, all deterministic:
  - A class of two rows or more that has none in training gets one unit from the held-out rows, the one whose hash is
    nearest to the training range, so a test row moves only where no validation row can. Once more rows of that class
    arrive, that unit may return to where its hash puts it. `Split.moved` names the rows.
  - Validation takes units by rising hash up to `max_validation_rows`; the others train. Test rows never depend on it.
  - A split by time holds out the newest rows, so its borders move forward as the data grow.
What goes together is a unit: rows of one group, rows of the same normalised text, and whatever these join.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.data.normal import normalised
from kit.data.times import parse_times

__all__ = ["Row", "Split", "Unit", "by_rank", "classes_of", "newest_first", "split_rows", "text_key", "units_of"]

Row = Mapping[str, Any]
MAX_VALIDATION_ROWS = 1000
TIED_SHARE = 0.5


@dataclass(frozen=True)
class Split:
    """Positions in the given rows, in their order; `moved` are ids of rows taken into training for their class."""

    train: list[int]
    validation: list[int]
    test: list[int]
    moved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def sizes(self) -> dict[str, int]:
        return {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)}


@dataclass(frozen=True)
class Unit:
    """Rows that must not be parted; `place` in [0, 1) is the hash: low is test, then validation, then training."""

    place: float
    rows: tuple[int, ...]


def split_rows(
    rows: Sequence[Row],
    *,
    validation: float = 0.1,
    test: float = 0.1,
    text_roles: Sequence[str] = ("text",),
    time_role: str | None = None,
    max_validation_rows: int = MAX_VALIDATION_ROWS,
) -> Split:
    """Split canonical rows; `validation` and `test` are fractions, 0 for none. Rows with a `group` stay with it."""
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise ValueError(f"validation {validation} and test {test} must be fractions of 0 or more, together under 1")
    units = units_of(rows, text_roles)
    if time_role is None:
        ordered = sorted(units, key=lambda unit: (unit.place, unit.rows))
        part_of = {
            unit: "test" if unit.place < test else "validation" if unit.place < test + validation else "train"
            for unit in ordered
        }
    else:
        ordered = newest_first(units, parse_times([row.get(time_role) for row in rows], column=time_role))
        part_of = by_rank(ordered, validation=validation, test=test)
    _cap_validation(part_of, ordered=ordered, limit=max_validation_rows)
    moved = _cover_classes(part_of, ordered=ordered, rows=rows)
    parts: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for unit, part in part_of.items():
        parts[part].extend(unit.rows)
    wanted = {"train": True, "validation": validation > 0, "test": test > 0}
    return Split(
        **{part: sorted(positions) for part, positions in parts.items()},
        moved=tuple(str(rows[position]["id"]) for unit in moved for position in unit.rows),
        notes=_notes(parts, wanted=wanted, units=units),
    )


def hash_place(key: str, *, purpose: bytes) -> float:
    """A place in [0, 1) that depends on the key alone."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8, person=purpose).digest()
    return int.from_bytes(digest, "big") / 2**64


def units_of(rows: Sequence[Row], text_roles: Sequence[str]) -> list[Unit]:
    """Connected rows: union-find over group and text keys."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    own_keys = []
    for row in rows:
        text, group = text_key(row, text_roles), _group_key(row)
        own_keys.append(group or text)
        if group:
            parent[root(text)] = root(group)
    members: dict[str, list[int]] = defaultdict(list)
    for position, key in enumerate(own_keys):
        members[root(key)].append(position)
    return [Unit(_place({own_keys[p] for p in positions}), tuple(positions)) for positions in members.values()]


def _place(keys: set[str]) -> float:
    """The hash of one of the joined keys. A second hash picks which: the lowest place would favour the test rows."""
    return hash_place(min(keys, key=lambda key: (hash_place(key, purpose=b"pick"), key)), purpose=b"split")


def text_key(row: Row, text_roles: Sequence[str]) -> str:
    texts = [normalised(str(row[role])) for role in text_roles if row.get(role) is not None]
    return "text:" + "\x1f".join(texts) if any(texts) else f"id:{row['id']}"


def _group_key(row: Row) -> str | None:
    group = row.get("group")
    return None if group is None or str(group).strip() == "" else f"group:{str(group).strip()}"


def newest_first(units: Sequence[Unit], times: Sequence[float]) -> list[Unit]:
    """By the first time a unit was seen: a text that was known in training must not test."""
    return sorted(units, key=lambda unit: (-min(times[position] for position in unit.rows), unit.place, unit.rows))


def by_rank(ordered: Sequence[Unit], *, validation: float, test: float) -> dict[Unit, str]:
    total, taken, part_of = sum(len(unit.rows) for unit in ordered), 0, {}
    for unit in ordered:
        middle = (taken + len(unit.rows) / 2) / total
        part_of[unit] = "test" if middle < test else "validation" if middle < test + validation else "train"
        taken += len(unit.rows)
    return part_of


def _cap_validation(part_of: dict[Unit, str], *, ordered: Sequence[Unit], limit: int) -> None:
    taken = 0
    for unit in ordered:
        if part_of[unit] != "validation":
            continue
        if taken + len(unit.rows) > limit:
            part_of[unit] = "train"
        else:
            taken += len(unit.rows)


def _cover_classes(part_of: dict[Unit, str], *, ordered: Sequence[Unit], rows: Sequence[Row]) -> list[Unit]:
    """Move one held-out unit into training for every class of two rows or more that has none there."""
    units_by_class: dict[str, list[Unit]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for unit in ordered:
        for position in unit.rows:
            for label in classes_of(rows[position]):
                units_by_class[label].append(unit)
                counts[label] += 1
    moved = []
    for label in sorted(units_by_class):
        if counts[label] >= 2 and all(part_of[unit] != "train" for unit in units_by_class[label]):
            nearest = units_by_class[label][-1]
            part_of[nearest] = "train"
            moved.append(nearest)
    if not moved and ordered and "train" not in part_of.values():
        part_of[ordered[-1]] = "train"
        moved.append(ordered[-1])
    return moved


def classes_of(row: Row) -> list[str]:
    label = row.get("label")
    if isinstance(label, list):
        return [str(one) for one in label]
    return [label] if isinstance(label, str) else []


def _notes(parts: Mapping[str, list[int]], *, wanted: Mapping[str, bool], units: Sequence[Unit]) -> tuple[str, ...]:
    total = sum(map(len, parts.values()))
    notes = [
        f"no {part} rows: {total} rows in {len(units)} groups or distinct texts are too few to give any"
        for part in parts
        if wanted[part] and not parts[part]
    ]
    largest = max((len(unit.rows) for unit in units), default=0)
    if len(units) > 1 and largest > TIED_SHARE * total:
        notes.append(
            f"{largest} of {total} rows hang together (one group, or texts that groups share) and stay in one split; "
            "remove duplicate texts first, or choose a finer group column"
        )
    return tuple(notes)
