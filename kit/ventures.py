"""Stored ventures under the rules of the worksheets: opening the store, reading files, and what a change does.

The store knows no worksheet and the worksheets know no store; this is where the two meet, for verbs and pages alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kit import store
from kit.errors import VentureError
from kit.store.yaml_text import read_yaml
from kit.strategy.measured import Runs
from kit.strategy.venture import Venture, load_venture, venture_of
from kit.strategy.worksheet import Row, worksheets

KEY_RESULTS = ("automation_rate", "error_rate", "threshold", "cost_per_request_usd", "saving_per_request_usd",
               "gross_margin", "payback_months", "ltv_cac", "runway_months")


def check(documents: Mapping[str, Any], name: str) -> Venture:
    """The venture that the documents are, or a VentureError with every fault."""
    if documents.get("runs"):
        raise VentureError(f"{name}: runs is given: leave it out, and link runs with their checksums by "
                           "moatkit venture link-run VENTURE ROLE RUN")
    return venture_of(dict(documents), name)


def open_ventures(*, create: bool = False) -> store.Store:
    """The store that the environment names."""
    return store.open_store(check, create=create)


def venture_under(loaded: store.Loaded) -> Venture:
    """A loaded venture, with its scenario and the names of its runs, as the worksheets take it."""
    links = loaded.state.runs
    runs = {"live": links.live.run if links.live else None,
            "candidate": links.candidate.run if links.candidate else None,
            "rivals": [link.run for link in links.rivals]}
    return venture_of({**loaded.documents, "runs": runs}, loaded.revision.venture)


def loaded_at(name: str, when: dt.datetime | None) -> store.Loaded:
    """A stored venture as it stood at a time: the newest revision by then, else its first; None asks for the newest."""
    opened = open_ventures()
    revisions = store.history(opened, name)
    number = None if when is None else next((r.number for r in revisions if dt.datetime.fromisoformat(r.at) <= when), 1)
    return store.load(opened, name, number=number)


def venture_from_file(path: Path) -> Venture:
    """A venture from a plain file or from an exported one."""
    if path.is_file() and path.read_bytes().startswith(b"format:"):
        return venture_of(dict(store.read_file(check, path).state.documents), str(path))
    return load_venture(path)


def documents_from_file(path: str | Path, *, named: str | None = None) -> dict[str, Any]:
    """The documents of a plain file, to begin a venture from; `named` gives them another name."""
    documents, _ = read_yaml(path)
    return {**documents, "id": named} if named else documents


@dataclass(frozen=True)
class Change:
    """A key result before and after; `shown` is false where no reader would see a difference."""

    key: str
    label: str
    unit: str
    before: float | str | None
    after: float | str | None

    @property
    def shown(self) -> bool:
        return in_words(self.before, self.unit) != in_words(self.after, self.unit)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.key} {in_words(self.before, self.unit)} -> {in_words(self.after, self.unit)}"


def key_results(venture: Venture, runs: Runs | None = None, *, language: str = "en") -> dict[str, Row]:
    """The rows that a decision turns on, by key."""
    rows, _ = worksheets(venture, runs, language=language)
    found = {row.key: row for row in rows}
    return {key: found[key] for key in KEY_RESULTS}


def changes(before: Mapping[str, Row], after: Mapping[str, Row]) -> list[Change]:
    """What differs in the key results for a reader."""
    found = [Change(key, row.label, row.unit, _value(before[key]), _value(row)) for key, row in after.items()]
    return [change for change in found if change.shown]


def side_by_side(views: Mapping[str, Mapping[str, Row]]) -> list[dict[str, Any]]:
    """The key results of several scenarios: key, label, unit, and a value or state under each name."""
    first = next(iter(views.values()))
    return [{"key": key, "label": row.label, "unit": row.unit,
             "values": {name: _value(rows[key]) for name, rows in views.items()}} for key, row in first.items()]


def in_words(value: float | str | None, unit: str) -> str:
    """A number as people say it: shares in percent, four digits else."""
    if value is None or isinstance(value, str):
        return value or "unknown"
    if unit == "fraction":
        return f"{100 * value:.3g} %"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def _value(row: Row) -> float | str | None:
    return row.state or row.value
