"""Rows under their roles, checked: every fault of the values is counted, located and reported at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from kit.data.columns import ColumnMap, is_blank
from kit.data.sources import Loaded
from kit.errors import DataError

__all__ = ["as_label", "canonical_rows"]

SHOWN = 5
MIN_ROWS_FOR_DISTINCT_CHECK = 10


def canonical_rows(loaded: Loaded, mapping: ColumnMap) -> list[dict[str, Any]]:
    """Dicts with the role keys (`id` always, as text) and the slice columns untouched.

    Roles without a column are left out. Rows are counted from 1 in messages, the header not counted.
    """
    problems = _slice_clashes(mapping)
    values: dict[str, list[Any]] = {}
    for role, column in mapping.columns.items():
        if column is None or role == "id":
            continue
        raw = [row[column] for row in loaded.rows]
        values[role], found = CHECKS.get(mapping.types[role], _as_read)(raw, role, column)
        problems += found
    ids, found = _ids(loaded, mapping.columns.get("id"))
    problems += found
    if problems:
        raise DataError("\n".join(f"{loaded.source}: {problem}" for problem in problems))
    return [
        {
            "id": ids[position],
            **{role: column_values[position] for role, column_values in values.items()},
            **{name: row[name] for name in mapping.slice_columns if name not in values},
        }
        for position, row in enumerate(loaded.rows)
    ]


def as_label(value: Any) -> str:
    """The class name; 1.0 is "1", since columns with gaps turn whole numbers into floats."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _texts(raw: Sequence[Any], role: str, column: str) -> tuple[list[Any], list[str]]:
    empty = [number for number, value in enumerate(raw, start=1) if is_blank(value)]
    others = [n for n, value in enumerate(raw, start=1) if isinstance(value, list | dict | bytes)]
    problems = []
    if empty:
        problems.append(
            f'column "{column}" ({role}) is empty in {_share(empty, raw)}; fill or delete them'
        )
    if others:
        kind = type(raw[others[0] - 1]).__name__
        problems.append(
            f'column "{column}" ({role}) holds a {kind}, not text, in {_share(others, raw)}; '
            f"name the text column with data.columns.{role}=COLUMN"
        )
    return [value if isinstance(value, str) else str(value) for value in raw], problems


def _labels(raw: Sequence[Any], role: str, column: str) -> tuple[list[Any], list[str]]:
    missing = [number for number, value in enumerate(raw, start=1) if is_blank(value)]
    if missing:
        return list(raw), [
            f'column "{column}" ({role}) has no label in {_share(missing, raw)}; label or delete them, or name '
            f"another column with data.columns.{role}=COLUMN"
        ]
    if any(isinstance(value, list) for value in raw):  # several labels per row
        return [value if isinstance(value, list) else [as_label(value)] for value in raw], []
    labels = [as_label(value) for value in raw]
    is_quantity = all(math.isfinite(_number(label)) for label in labels)
    if len(labels) >= MIN_ROWS_FOR_DISTINCT_CHECK and len(set(labels)) == len(labels) and not is_quantity:
        return labels, [
            f'column "{column}" ({role}) has a different value in each of its {len(labels)} rows (the first: '
            f'"{labels[0][:60]}"), which looks like free text; name the label column with data.columns.{role}=COLUMN'
        ]
    return labels, []


def _numbers(raw: Sequence[Any], role: str, column: str) -> tuple[list[Any], list[str]]:
    numbers = [_number(value) for value in raw]
    wrong = [position for position, number in enumerate(numbers, start=1) if not math.isfinite(number)]
    if wrong:
        first = raw[wrong[0] - 1]
        return numbers, [
            f'column "{column}" ({role}) is not a number in {_share(wrong, raw)} (the first: "{first}"); '
            "write numbers as 12.5, or delete those rows"
        ]
    return numbers, []


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _as_read(raw: Sequence[Any], role: str, column: str) -> tuple[list[Any], list[str]]:
    return list(raw), []


CHECKS: dict[str, Callable[[Sequence[Any], str, str], tuple[list[Any], list[str]]]] = {
    "text": _texts,
    "label": _labels,
    "number": _numbers,
}


def _ids(loaded: Loaded, column: str | None) -> tuple[list[str], list[str]]:
    if column is None:
        return [str(number) for number in range(1, len(loaded.rows) + 1)], []
    ids = ["" if is_blank(row[column]) else as_label(row[column]) for row in loaded.rows]
    missing = [number for number, name in enumerate(ids, start=1) if not name]
    problems = []
    if missing:
        problems.append(f'column "{column}" (id) is empty in {_share(missing, ids)}; give every row an id')
    repeated = [name for name, count in Counter(ids).items() if count > 1 and name]
    if repeated:
        examples = ", ".join(f'"{name}"' for name in repeated[:SHOWN]) + (", ..." if len(repeated) > SHOWN else "")
        problems.append(
            f'column "{column}" (id) repeats {len(repeated)} {"id" if len(repeated) == 1 else "ids"}: {examples}; '
            "give every row its own id, or name another column with data.columns.id=COLUMN"
        )
    return ids, problems


def _slice_clashes(mapping: ColumnMap) -> list[str]:
    return [
        f'slice column "{name}" has the name of a role that another column plays; rename it in the file'
        for name in mapping.slice_columns
        if mapping.columns.get(name, name) not in (name, None) or (name == "id" and mapping.columns.get("id") != "id")
    ]


def _share(numbers: Sequence[int], rows: Sequence[Any]) -> str:
    """ "3 of 120 rows (rows 4, 9, 17)"; at most five are named."""
    shown = ", ".join(map(str, numbers[:SHOWN])) + (", ..." if len(numbers) > SHOWN else "")
    return f"{len(numbers)} of {len(rows)} rows ({'row' if len(numbers) == 1 else 'rows'} {shown})"
