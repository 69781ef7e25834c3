"""What moved: between two revisions of a stored venture, or between two runs under one venture, in money a month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboards import data, ventures
from dashboards.frame import Frame
from kit import runs, store
from kit.errors import RunError
from kit.strategy.measured import Runs
from kit.strategy.report import run_bridge
from kit.strategy.review import Review, Standing
from kit.strategy.review import review as compare
from kit.venture_runs import linked, sheet_prices
from kit.ventures import loaded_at, venture_under

FIGURE = "contribution_usd"
SPANS_DAYS = {"week": 7, "two_weeks": 14, "month": 30, "quarter": 91}


@dataclass(frozen=True)
class Moved:
    """Monthly contribution of one account before and after, and what each cause did to it."""

    start: float
    end: float
    causes: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Since:
    """The review of a stored venture, the revision it starts from, and why the runs of that day could not be used."""

    review: Review
    before: store.Revision
    after: store.Revision
    runs_problem: str | None = None


def since(here: Frame, span: str, now: dt.datetime | None = None) -> Since:
    """From the revision that stood `span` ago to the newest. Raises StoreError, VentureError or RunError."""
    when = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(days=SPANS_DAYS[span])
    before = loaded_at(here.venture, when).number
    return _since(ventures.key_of(here.venture), before, ventures.run_key(here.run_path), here.language)


@st.cache_resource(max_entries=16, show_spinner=False)
def _since(key: ventures.Key, before: int, run: ventures.RunKey | None, language: str) -> Since:
    db = ventures.the_store()
    old, new = (store.load(db, key.name, number=number) for number in (before, key.revision))
    problem, now = None, _runs_of(new, key, run)
    try:
        then = now if old.state.runs == new.state.runs else _runs_of(old, key, run)
    except RunError as err:  # the assumptions can still be reviewed where the older run is gone
        then, problem = now, str(err)
    standings = [Standing(venture_under(one), stood, sheet_prices()) for one, stood in ((old, then), (new, now))]
    return Since(compare(standings[0], standings[1], language=language), old.revision, new.revision, problem)


def _runs_of(held: store.Loaded, key: ventures.Key, run: ventures.RunKey | None) -> Runs:
    """The linked runs; where no run is linked as live, the shown one."""
    return linked(key.name, held.state.runs) if held.state.runs.live else ventures.runs_under(key, run)


def moved(here: Frame, before: data.Entry) -> Moved | None:
    """None where one of the runs has no test rows or a figure has no value."""
    return _moved(ventures.key_of(here.venture, here.scenario), data.stamp(before.path / runs.PREDICTIONS),
                  data.stamp(here.run_path / runs.PREDICTIONS))  # fmt: skip


@st.cache_data(max_entries=32, show_spinner=False)
def _moved(key: ventures.Key, before: data.Stamp, after: data.Stamp) -> Moved | None:
    pair = [data.measured_run(Path(stamp[0]).parent) for stamp in (before, after)]
    if pair[0] is None or pair[1] is None or not all(len(one.rows.part("test")) for one in pair if one):
        return None
    found = run_bridge(ventures.of_key(key), pair[0], pair[1])
    if found is None:
        return None
    start, end = found.before[FIGURE], found.after[FIGURE]
    causes = [(step.name, step.change[FIGURE]) for step in found.steps]
    if not all(isinstance(value, float) for value in (start, end, *(value for _, value in causes))):
        return None
    return Moved(float(start), float(end), tuple((name, float(value)) for name, value in causes))
