"""What moved between two runs under one venture, in money a month."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboards import data
from dashboards.frame import Frame
from kit import runs
from kit.strategy.report import run_bridge

FIGURE = "contribution_usd"


@dataclass(frozen=True)
class Moved:
    """Monthly contribution of one account before and after, and what each cause did to it."""

    start: float
    end: float
    causes: tuple[tuple[str, float], ...]


def moved(here: Frame, before: data.Entry) -> Moved | None:
    """None where one of the runs has no test rows or a figure has no value."""
    return _moved(data.stamp(data.ventures()[here.venture]), here.venture, data.stamp(before.path / runs.PREDICTIONS),
                  data.stamp(here.run_path / runs.PREDICTIONS))  # fmt: skip


@st.cache_data(max_entries=32, show_spinner=False)
def _moved(_venture: data.Stamp, venture: str, before: data.Stamp, after: data.Stamp) -> Moved | None:
    pair = [data.measured_run(Path(key[0]).parent) for key in (before, after)]
    if pair[0] is None or pair[1] is None:
        return None
    found = run_bridge(data.venture(venture), pair[0], pair[1])
    if found is None:
        return None
    start, end = found.before[FIGURE], found.after[FIGURE]
    causes = [(step.name, step.change[FIGURE]) for step in found.steps]
    if not all(isinstance(value, float) for value in (start, end, *(value for _, value in causes))):
        return None
    return Moved(float(start), float(end), tuple((name, float(value)) for name, value in causes))
