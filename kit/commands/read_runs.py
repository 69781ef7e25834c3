"""Run folders and the price sheet as the worksheets take them."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np

from kit import runs
from kit.cost.prices import load_sheet, to_usd
from kit.errors import VentureError
from kit.strategy.documents import RunRef
from kit.strategy.labels import LANGUAGES
from kit.strategy.measured import MeasuredRun, Runs
from kit.strategy.rows import Rows
from kit.strategy.trace import Measured
from kit.strategy.venture import Venture


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


def runs_of(venture: Venture, folder: Path, live: Path | None = None) -> Runs:
    """The runs that a venture names by role, found in `folder`; `live` stands in for its live run."""
    named = venture.runs
    first = measured(live) if live else _by_name("runs.live", named.live, folder) if named.live else None
    rivals = tuple(_by_name(f"runs.rivals[{place}]", ref, folder) for place, ref in enumerate(named.rivals))
    return Runs(first, rivals, _by_name("runs.candidate", named.candidate, folder) if named.candidate else None)


def _by_name(role: str, ref: RunRef, folder: Path) -> MeasuredRun:
    path = folder / ref.name
    if not (path / runs.SUMMARY).is_file():
        raise VentureError(f"{role} is {ref.name!r}: there is no such run in {folder}; name the runs' folder with "
                           "--runs, the run with --run, or take it out of the venture")
    found = runs.sha256(path)
    if ref.sha256 is not None and found != ref.sha256:
        raise VentureError(f"{role} is {ref.name!r} with summary {ref.sha256[:12]}, and {path} holds {found[:12]}: "
                           f"the run was changed since; look at it, then write sha256: {found}")
    return measured(path)


def facts_of_rows(folder: Path) -> Measured:
    """What a trace tells of a run: metric, file, rows by split, and the fingerprint of the test rows' ids."""
    summary, table = runs.read(folder), runs.read_predictions(folder)
    splits = table["split"].to_pylist() if "split" in table.column_names else ["test"] * len(table)
    ids = sorted(str(name) for name, split in zip(table["id"].to_pylist(), splits) if split == "test")
    told = (summary.evidence or {}).get("test_fingerprint")
    fingerprint = told or hashlib.sha256("\n".join(ids).encode()).hexdigest()
    metric = str((summary.headline or {}).get("metric") or "none")
    return Measured(summary.run, metric, str(Path(folder) / runs.PREDICTIONS), dict(Counter(splits)), str(fingerprint))


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
