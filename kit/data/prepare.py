"""From the config's `data` section to canonical training, validation and test rows, and a report of what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from kit.config import DataSection
from kit.data.canonical import canonical_rows
from kit.data.columns import RoleSpec, resolve_columns
from kit.data.data_card import read_card
from kit.data.inspect import health
from kit.data.leakage import leakage_record
from kit.data.sources import Loaded, read_rows
from kit.data.split import split_rows
from kit.errors import DataError

Row = dict[str, Any]
MOST_VALIDATION_ROWS = 1000
MOST_ROWS_FOR_LEAKAGE = 1_000_000  # a minute or so


@dataclass(frozen=True)
class Prepared:
    """Rows by split, each with `id`, `split` and the kind's roles; `report` becomes the run's data.json."""

    train: list[Row]
    validation: list[Row]
    test: list[Row]
    report: dict[str, Any]


def prepare(section: DataSection, roles: Mapping[str, RoleSpec]) -> Prepared:
    """Read, check and split. Raises DataError, one message for all faults of a file."""
    train, report = _read(section.train, section, roles)
    given: dict[str, list[Row]] = {}
    sources = {"train": report}
    for name, source in (("validation", section.validation), ("test", section.test)):
        if isinstance(source, str):
            given[name], sources[name] = _read(source, section, roles)
    shares = {name: 0.0 if name in given else float(getattr(section, name)) for name in ("validation", "test")}
    split = split_rows(
        train, validation=shares["validation"], test=shares["test"], max_validation_rows=MOST_VALIDATION_ROWS,
        time_role="time" if section.time_column and any(shares.values()) else None,
    )  # fmt: skip
    parts = {
        "train": [train[i] for i in split.train],
        "validation": given.get("validation", [train[i] for i in split.validation]),
        "test": given.get("test", [train[i] for i in split.test]),
    }
    _check_parts(parts, section)
    for name, rows in parts.items():
        for row in rows:
            row["split"] = name
    texts = [role for role, spec in roles.items() if spec["type"] == "text"]
    label = next((role for role, spec in roles.items() if spec["type"] == "label"), None)
    record = _report(section, sources, parts, split.notes, texts)
    record["health"] = health(chain(*parts.values()), text_roles=texts, label_role=label) if texts else None
    return Prepared(**parts, report=record)


def read_for_scoring(source: str, section: DataSection, roles: Mapping[str, RoleSpec],
                     with_labels: bool) -> tuple[list[Row], Loaded, dict[str, str | None]]:  # fmt: skip
    """Rows of a new file; labels are neither needed nor read where `with_labels` is False."""
    wanted = {role: spec for role, spec in roles.items() if with_labels or spec["type"] != "label"}
    loaded = read_rows(source)
    named = {role: column for role, column in section.columns.items() if role in wanted or role == "id"}
    named = {role: column for role, column in named.items() if role in wanted or column in loaded.columns}
    if section.group_column and section.group_column in loaded.columns:
        named["group"] = section.group_column
    slices = [name for name in section.slice_columns if name in loaded.columns]
    mapping = resolve_columns(loaded, named, {**wanted, "id": {"required": False, "type": "id"}}, slices)
    return canonical_rows(loaded, mapping), loaded, mapping.columns


def _read(source: str, section: DataSection, roles: Mapping[str, RoleSpec]) -> tuple[list[Row], dict[str, Any]]:
    wanted: dict[str, str | None] = dict(section.columns)
    if section.group_column:
        wanted["group"] = section.group_column
    if section.time_column:
        wanted["time"] = section.time_column
    loaded = read_rows(source)
    mapping = resolve_columns(loaded, wanted, {**roles, "id": {"required": False, "type": "id"}}, section.slice_columns)
    rows = canonical_rows(loaded, mapping)
    return rows, {
        "source": source,
        "format": loaded.format,
        "encoding": loaded.encoding,
        "fingerprint": loaded.fingerprint,
        "rows_in": loaded.rows_in,
        "rows_kept": len(rows),
        "skipped": dict(loaded.problems),
        "columns": mapping.columns,
        "why": mapping.why,
    }


def _check_parts(parts: dict[str, list[Row]], section: DataSection) -> None:
    if not parts["train"]:
        raise DataError(f"data.train = {section.train!r}: no row is left for training")
    if not parts["test"] and section.test != 0:
        raise DataError(f"data.test = {section.test}: no row falls into the test split; give more rows or a test file")
    if not parts["validation"] and section.validation != 0:
        raise DataError(
            f"data.validation = {section.validation}: no row falls into the validation split; "
            "give more rows, a larger share or a file"
        )


def _report(section: DataSection, sources: dict[str, Any], parts: dict[str, list[Row]],
            notes: tuple[str, ...], texts: Sequence[str]) -> dict[str, Any]:  # fmt: skip
    leak: dict[str, Any] | None = None
    card = read_card(section.train)
    total = sum(map(len, parts.values()))
    if parts["test"] and total <= MOST_ROWS_FOR_LEAKAGE:
        leak = leakage_record(parts["train"] + parts["validation"], parts["test"], text_roles=texts)
    elif parts["test"]:
        notes = (*notes, f"leakage not looked for: {total:,} rows are more than {MOST_ROWS_FOR_LEAKAGE:,}")
    return {
        "sources": sources,
        "licence": section.licence or (card.licence if card else None),
        "card": card.path if card else None,
        "splits": {name: len(rows) for name, rows in parts.items()},
        "leakage": leak,
        "notes": list(notes),
    }


def data_stem(source: str) -> str:
    """A short name of a source, for folders."""
    return Path(source.split(":")[-1]).stem or "data"
