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
from kit.data.data_card import DataCard, read_card
from kit.data.inspect import health
from kit.data.leakage import leakage_record
from kit.data.sources import Loaded, read_rows
from kit.data.split import hash_place, split_rows
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
    train, sources = _read_mixture(section, roles)
    given: dict[str, list[Row]] = {}
    for name, source in (("validation", section.validation), ("test", section.test)):
        if isinstance(source, str):
            given[name], sources[name] = _read(source, section, roles)
    shares = {name: 0.0 if name in given else float(getattr(section, name)) for name in ("validation", "test")}
    split = split_rows(
        train, validation=shares["validation"], test=shares["test"], max_validation_rows=MOST_VALIDATION_ROWS,
        time_role="time" if section.time_column and any(shares.values()) else None, text_roles=input_roles(roles),
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
    texts = input_roles(roles)
    label = next((role for role, spec in roles.items() if spec["type"] in {"label", "answer"}), None)
    record = _report(section, sources, parts, split.notes, texts)
    record["health"] = health(chain(*parts.values()), text_roles=texts, label_role=label)
    return Prepared(**parts, report=record)


def input_roles(roles: Mapping[str, RoleSpec]) -> tuple[str, ...]:
    """The roles that make up what a row asks."""
    return tuple(name for name, spec in roles.items() if spec.get("is_input")) or ("text",)


def weighted(rows: list[Row]) -> list[Row]:
    """Training rows as a mixture sees them in one epoch: each as often as its `weight` says, the rest by its id."""
    found = []
    for row in rows:
        whole, rest = divmod(row.get("weight", 1.0), 1.0)
        times = int(whole) + int(rest > 0 and hash_place(str(row["id"]), purpose=b"mixture") < rest)
        found += [row] * times
    return found


def _read_mixture(section: DataSection, roles: Mapping[str, RoleSpec]) -> tuple[list[Row], dict[str, Any]]:
    """All training rows and a report per source; rows of a mixture carry `source` and `weight` and ids of their own."""
    parts = section.train_sources
    if len(parts) == 1 and parts[0].weight == 1:
        rows, report = _read(parts[0].path, section, roles)
        return rows, {"train": report}
    found: list[Row] = []
    sources = {}
    for number, part in enumerate(parts, start=1):
        rows, report = _read(part.path, section, roles)
        sources["train" if number == 1 else f"train_{number}"] = report | {"weight": part.weight}
        found += [
            row | {"id": f"{number}:{row['id']}", "source": data_stem(part.path), "weight": part.weight} for row in rows
        ]
    return found, sources


def read_for_scoring(source: str, section: DataSection, roles: Mapping[str, RoleSpec],
                     with_labels: bool) -> tuple[list[Row], Loaded, dict[str, str | None]]:  # fmt: skip
    """Rows of a new file; labels are neither needed nor read where `with_labels` is False."""
    wanted = {role: spec for role, spec in roles.items() if with_labels or spec["type"] not in {"label", "answer"}}
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
            notes: tuple[str, ...], text_roles: tuple[str, ...]) -> dict[str, Any]:  # fmt: skip
    leak: dict[str, Any] | None = None
    cards = [read_card(source.path) for source in section.train_sources]
    total = sum(map(len, parts.values()))
    if parts["test"] and total <= MOST_ROWS_FOR_LEAKAGE:
        leak = leakage_record(parts["train"] + parts["validation"], parts["test"], text_roles=text_roles)
    elif parts["test"]:
        notes = (*notes, f"leakage not looked for: {total:,} rows are more than {MOST_ROWS_FOR_LEAKAGE:,}")
    return {
        "sources": sources,
        "licence": section.licence or _licence_of(cards),
        "card": next((card.path for card in cards if card), None),
        "splits": {name: len(rows) for name, rows in parts.items()},
        "leakage": leak,
        "notes": list(notes),
    }


def _licence_of(cards: Sequence[DataCard | None]) -> str | None:
    """Of all parts of a mixture together; a part that tells none leaves it open."""
    named = [card.licence if card else None for card in cards]
    return " AND ".join(dict.fromkeys(name or "unknown" for name in named)) if any(named) else None


def data_stem(source: str) -> str:
    """A short name of a source, for folders."""
    return Path(source.split(":")[-1]).stem or "data"
