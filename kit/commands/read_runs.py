"""Run folders and the price sheet as the worksheets take them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kit import runs
from kit.cost.prices import load_sheet, to_usd
from kit.errors import VentureError
from kit.strategy.labels import LANGUAGES
from kit.strategy.measured import MeasuredRun, Runs
from kit.strategy.rows import Rows

if TYPE_CHECKING:
    from kit.store import RunLinks


def measured(folder: Path, *, rows_needed: bool = True) -> MeasuredRun:
    """A run's summary and held-out rows; rows are put in the order of their ids, so that two runs can be paired.

    A gate can be read off the summary alone, so where rows are not needed a run without right and wrong answers (a
    regression, a generated text) has none.
    """
    summary = runs.read(folder)
    if rows_needed or (Path(folder) / runs.PREDICTIONS).is_file():
        table = runs.read_predictions(folder)
        if {"split", "id"} <= set(table.column_names):
            table = table.sort_by([("split", "ascending"), ("id", "ascending")])
    else:
        table = {}
    names = table if isinstance(table, dict) else table.column_names
    judged = "correct" in names and table["correct"].null_count < len(table)
    rows = Rows.from_columns(table if judged or rows_needed else {"correct": np.array([], dtype=bool)})
    return MeasuredRun(summary.run, summary.finished or summary.created, rows, summary.as_json())


def linked(venture: str, links: RunLinks) -> Runs:
    """The runs that a stored venture stands on; one that is gone or has changed since it was linked is refused."""
    from kit import store
    from kit.store.records import LIVE, RIVAL

    folders = store.folders(venture, links)
    live = folders[LIVE]
    return Runs(measured(live[0]) if live else None, tuple(measured(folder) for folder in folders[RIVAL]))


def sizes_of(folder: Path, run: MeasuredRun, smaller: list[Path]) -> list[tuple[int, MeasuredRun]]:
    """(training rows, run) of this run and of runs on fewer rows: the points of its learning curve."""
    found = [(path, measured(path)) for path in smaller]
    return [(int(runs.read_json(path, runs.DATA)["splits"]["train"]), other) for path, other in [(folder, run), *found]]


def test_reads(folder: Path) -> int:
    """How often the run's test rows were scored: the larger of its own count and the ledger of the runs folder."""
    told = runs.read(folder).evidence or {}
    fingerprint = str(told.get("test_fingerprint") or "")
    in_ledger = runs.test_reads(Path(folder).resolve().parent, fingerprint) if fingerprint else 0
    return max(int(told.get("test_reads") or 0), in_ledger)


@lru_cache(maxsize=1)
def sheet_prices() -> dict[str, float]:
    """Dollars by id of the price sheet."""
    return {row.id: to_usd(row.price, row.currency) for row in load_sheet().rows}


def usable_language(language: str) -> str:
    if language not in LANGUAGES:
        raise VentureError(f"--lang is {language!r}: use one of {', '.join(LANGUAGES)}")
    return language
