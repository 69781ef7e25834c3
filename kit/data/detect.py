"""A first look at a user's file: what it holds, which task it suggests, what is missing. Facts only, no printing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.data.canonical import as_label, canonical_rows
from kit.data.columns import ColumnMap, RoleSpec, is_blank, resolve_columns
from kit.data.language import Language, detect_language
from kit.data.sources import Loaded
from kit.data.split import split_rows
from kit.errors import DataError

__all__ = ["ColumnFact", "Plan", "describe", "split_labels"]

TASK = "text_classification"
SEPARATORS = ("|", ";", ",")
MIN_JOINED_SHARE = 0.05
MANY_NUMBERS = 20
MIN_NUMBER_SHARE = 0.1
FEW_ROWS = 8
SHOWN = 5
SAMPLES = 5


@dataclass(frozen=True)
class ColumnFact:
    """`type` is text, category (at most half of the values differ), number, truth, list, object, bytes or empty."""

    name: str
    type: str
    distinct: int
    empty: int
    example: str


@dataclass(frozen=True)
class Plan:
    """What `describe` found; `missing` says what to do before training, most pressing first."""

    source: str
    format: str
    encoding: str | None
    has_bom: bool
    delimiter: str | None
    rows: int
    skipped: dict[str, int]
    columns: tuple[ColumnFact, ...]
    roles: dict[str, str | None]
    why: dict[str, str]
    language: Language | None
    task: str
    problem: str | None  # single_label, multi_label, regression; None without a label column
    label_separator: str | None
    classes: dict[str, int]  # class -> rows, largest first; empty for regression
    text_chars: dict[str, int]  # min, median, p95, max
    samples: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]
    split_sizes: dict[str, int]  # train, validation, test; empty where rows must be mended first


def describe(loaded: Loaded, label: str | None = None) -> Plan:
    """A plan for text classification; `label` names the label column where its name does not tell."""
    roles: dict[str, RoleSpec] = {
        "id": {"required": False, "type": "id"},
        "label": {"required": False, "type": "any"},
        "text": {"required": False, "type": "text"},
    }
    mapping = resolve_columns(loaded, {"label": label}, roles)
    text_column, label_column = mapping.columns["text"], mapping.columns["label"]
    texts = [str(row[text_column]) for row in loaded.rows if not is_blank(row[text_column])] if text_column else []
    values = [row[label_column] for row in loaded.rows if not is_blank(row[label_column])] if label_column else []
    problem, separator = _problem(values) if values else (None, None)
    labels = [] if problem == "regression" else [split_labels(value, separator) for value in values]
    classes = dict(Counter(one for many in labels for one in many).most_common())
    sizes, faults = _split(loaded, mapping, problem=problem, separator=separator)
    return Plan(
        source=loaded.source,
        format=loaded.format,
        encoding=loaded.encoding,
        has_bom=loaded.has_bom,
        delimiter=loaded.delimiter,
        rows=len(loaded.rows),
        skipped=dict(loaded.problems),
        columns=tuple(_fact(loaded, name) for name in loaded.columns),
        roles=mapping.columns,
        why=mapping.why,
        language=detect_language(texts) if texts else None,
        task=TASK,
        problem=problem,
        label_separator=separator,
        classes=classes,
        text_chars=_lengths(texts),
        samples=_samples(loaded.rows, label_column),
        missing=(*_missing_columns(loaded, mapping), *faults, *_thin_classes(classes)),
        split_sizes=sizes,
    )


def split_labels(value: Any, separator: str | None) -> list[str]:
    """The classes of one row: the items of a list, or the parts of a joined text; none where the cell is empty."""
    if is_blank(value):
        return []
    if isinstance(value, list):
        return [as_label(one) for one in value]
    parts = str(value).split(separator) if separator else [as_label(value)]
    return [part.strip() for part in parts if part.strip()]


def _problem(values: Sequence[Any]) -> tuple[str, str | None]:
    """(kind of classification, separator): joined labels only where their parts recur in other combinations."""
    if any(isinstance(value, list) for value in values):
        return "multi_label", None
    texts = [str(value).strip() for value in values]
    distinct = set(texts)
    if all(map(_is_number, texts)) and len(distinct) > max(MANY_NUMBERS, MIN_NUMBER_SHARE * len(texts)):
        return "regression", None
    for separator in SEPARATORS:
        joined = [text for text in texts if separator in text]
        parts = Counter(part.strip() for text in texts for part in text.split(separator))
        combinations: dict[str, set[str]] = {part: set() for part in parts}
        for text in distinct:
            for part in text.split(separator):
                combinations[part.strip()].add(text)
        recurring = sum(len(found) > 1 for found in combinations.values())
        if len(joined) >= max(1, MIN_JOINED_SHARE * len(texts)) and recurring >= max(2, len(parts) / 2):
            return "multi_label", separator
    return "single_label", None


def _split(
    loaded: Loaded, mapping: ColumnMap, *, problem: str | None, separator: str | None
) -> tuple[dict[str, int], list[str]]:
    """(rows per split, faults of the rows); no sizes where there are faults."""
    if mapping.columns["text"] is None:
        return {}, []
    types = {"single_label": "label", "regression": "number"}
    kind = types.get(problem or "", "any")
    try:
        rows = canonical_rows(loaded, ColumnMap(mapping.columns, {**mapping.types, "label": kind}, mapping.why))
    except DataError as error:
        return {}, [line.removeprefix(f"{loaded.source}: ") for line in str(error).splitlines()]
    if problem == "multi_label":
        rows = [{**row, "label": split_labels(row["label"], separator)} for row in rows]
    split = split_rows(rows)
    return split.sizes(), list(split.notes)


def _missing_columns(loaded: Loaded, mapping: ColumnMap) -> list[str]:
    there = ", ".join(loaded.columns)
    missing = []
    if mapping.columns["text"] is None:
        missing.append(
            f"no text column ({mapping.why['text']}); the columns are: {there}; rename the one with the texts to text"
        )
    if mapping.columns["label"] is None:
        missing.append(
            f"no label column ({mapping.why['label']}); the columns are: {there}; name it with --label COLUMN, "
            "or add a column label that holds the right answer of each row"
        )
    return missing


def _thin_classes(classes: Mapping[str, int]) -> list[str]:
    if len(classes) == 1:
        return [f'every row has the same class, "{next(iter(classes))}"; add rows of at least one other class']
    thin = [(name, count) for name, count in reversed(list(classes.items())) if count < FEW_ROWS]
    if not thin:
        return []
    shown = ", ".join(f'"{name}" ({count})' for name, count in thin[:SHOWN]) + (", ..." if len(thin) > SHOWN else "")
    return [
        f"{len(thin)} of {len(classes)} classes have fewer than {FEW_ROWS} rows: {shown}; add rows or merge classes"
    ]


def _fact(loaded: Loaded, name: str) -> ColumnFact:
    values = [row[name] for row in loaded.rows if not is_blank(row[name])]
    distinct = {str(value) for value in values}
    example = " ".join(str(values[0]).split())[:80] if values else ""
    return ColumnFact(name, _type(values, distinct), len(distinct), len(loaded.rows) - len(values), example)


def _type(values: Sequence[Any], distinct: set[str]) -> str:
    if not values:
        return "empty"
    for python_type, name in ((list, "list"), (dict, "object"), (bytes, "bytes"), (bool, "truth")):
        if any(isinstance(value, python_type) for value in values):
            return name
    if all(map(_is_number, distinct)):
        return "number"
    return "category" if len(distinct) <= len(values) / 2 else "text"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _lengths(texts: Sequence[str]) -> dict[str, int]:
    if not texts:
        return {}
    lengths = [len(text) for text in texts]
    low, median, p95, high = np.quantile(lengths, [0, 0.5, 0.95, 1], method="lower")
    return {"min": int(low), "median": int(median), "p95": int(p95), "max": int(high)}


def _samples(rows: Sequence[dict[str, Any]], label_column: str | None) -> tuple[dict[str, Any], ...]:
    """Five rows as read, of different classes as far as there are that many."""
    firsts: dict[str, int] = {}
    for position, row in enumerate(rows):
        firsts.setdefault(str(row[label_column]) if label_column else str(position), position)
    chosen = sorted(firsts.values())[:SAMPLES]
    chosen += [position for position in range(len(rows)) if position not in chosen][: SAMPLES - len(chosen)]
    return tuple(dict(rows[position]) for position in sorted(chosen))
