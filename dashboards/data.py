"""What the pages read of run folders, cached by (path, time of change, size), nothing else.

Nothing read here is changed by a page; what comes from a cache is shared between sessions.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
import yaml

from kit import runs
from kit.errors import RunError
from kit.strategy.measured import MeasuredRun
from kit.venture_runs import measured

Stamp = tuple[str, int, int]
EXAMPLE = "example"
_summaries: dict[str, tuple[Stamp, runs.Summary | RunError]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Entry:
    """A run folder: its summary, or what is wrong with it."""

    path: Path
    summary: runs.Summary | None
    error: str | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_example(self) -> bool:
        return self.summary is not None and EXAMPLE in self.summary.tags

    @property
    def is_proven(self) -> bool:
        return self.summary is not None and self.summary.headline is not None

    @property
    def proven(self) -> runs.Summary:
        """The summary of a run that has one: what a page asks for after `is_proven`."""
        assert self.summary is not None
        return self.summary

    @property
    def headline(self) -> dict[str, Any]:
        """Of a proven run; empty before."""
        return (self.summary.headline if self.summary else None) or {}

    @property
    def created(self) -> str:
        return self.summary.created if self.summary else ""


def runs_dir() -> Path:
    return Path(os.environ.get("MOATKIT_RUNS") or "runs")


def stamp(path: Path) -> Stamp:
    """What a cached reading is known by; a file that is not there has a stamp too."""
    try:
        found = path.stat()
    except OSError:
        return (str(path), 0, -1)
    return (str(path), found.st_mtime_ns, found.st_size)


# ---- runs


def own_runs() -> list[Entry]:
    """Every run of the runs folder, newest first; a broken one is an entry with its error."""
    return sorted(map(entry, _run_folders(runs_dir())), key=lambda one: one.created, reverse=True)


def entry(folder: Path) -> Entry:
    """One run folder; only a changed summary is read again."""
    key = stamp(folder / runs.SUMMARY)
    held = _summaries.get(key[0])
    if held is None or held[0] != key:
        try:
            found: runs.Summary | RunError = runs.read(folder)
        except RunError as err:
            found = err
        with _lock:
            _summaries[key[0]] = held = (key, found)
    known = held[1]
    return Entry(folder, None, str(known)) if isinstance(known, RunError) else Entry(folder, known)


def _run_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [Path(one.path) for one in entries if not one.name.startswith(".") and _has_summary(one)]


def _has_summary(one: os.DirEntry[str]) -> bool:
    return Path(one.path, runs.SUMMARY).exists()


def progress(folder: Path) -> list[dict[str, Any]]:
    """Lines of metrics.jsonl: loss, validation scores, money so far."""
    return _progress(stamp(folder / runs.METRICS))


@st.cache_resource(max_entries=64, show_spinner=False)
def _progress(key: Stamp) -> list[dict[str, Any]]:
    return runs.read_metrics(Path(key[0]).parent)


def best_validation(folder: Path, summary: runs.Summary) -> float | None:
    """The best validation score while training; the direction is the headline's."""
    return _best(stamp(folder / runs.METRICS), (summary.headline or {}).get("higher_is_better", True))


@st.cache_data(max_entries=2048, show_spinner=False)
def _best(key: Stamp, higher: bool) -> float | None:
    scores = runs.validation_scores(Path(key[0]).parent)
    return (max if higher else min)(scores) if scores else None


def run_json(folder: Path, name: str) -> Mapping[str, Any]:
    """One of the run's JSON files; empty where the run has none yet."""
    return _run_json(stamp(folder / name))


@st.cache_resource(max_entries=64, show_spinner=False)
def _run_json(key: Stamp) -> Mapping[str, Any]:
    path = Path(key[0])
    return runs.read_json(path.parent, path.name) if key[2] >= 0 else {}


def run_config(folder: Path) -> Mapping[str, Any]:
    """The run's config.yaml as it stands."""
    return _run_config(stamp(folder / runs.CONFIG))


@st.cache_resource(max_entries=256, show_spinner=False)
def _run_config(key: Stamp) -> Mapping[str, Any]:
    try:
        return yaml.safe_load(Path(key[0]).read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError):
        return {}


def measured_run(folder: Path) -> MeasuredRun | None:
    """Summary and held-out rows for the money functions; None before the run was evaluated."""
    if not (folder / runs.PREDICTIONS).is_file():
        return None
    return _measured(stamp(folder / runs.PREDICTIONS), stamp(folder / runs.SUMMARY))


@st.cache_resource(max_entries=16, show_spinner=False)
def _measured(key: Stamp, _summary: Stamp) -> MeasuredRun:
    return measured(Path(key[0]).parent, rows_needed=False)


def predictions(folder: Path) -> Any:
    """predictions.parquet as a pyarrow Table."""
    return _predictions(stamp(folder / runs.PREDICTIONS))


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictions(key: Stamp) -> Any:
    return runs.read_predictions(Path(key[0]).parent)
