"""Where a number comes from, in one chip: kind and age; numbers and intervals as text in the shown currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboards import frame
from dashboards.figures import interval, shown
from dashboards.words import language, plain, word
from kit.cost.money import CURRENCIES
from kit.strategy.worksheet import Row

# the weakest source names the chip: a measured number times a guess is a guess
WEAKEST_FIRST = ("example", "guess", "benchmark", "price", "survey", "invoice", "run")
ICONS = {"example": ":material/texture:", "guess": ":material/help:", "benchmark": ":material/bar_chart:",
         "price": ":material/sell:", "survey": ":material/forum:", "invoice": ":material/receipt_long:",
         "run": ":material/science:"}  # fmt: skip
Sources = Sequence[Mapping[str, str | None]]


def kind_of(sources: Sources, *, run_is_example: bool) -> str:
    """The weakest kind among the sources; a run that ships as an example is an example."""
    kinds = {"example" if s["kind"] == "run" and run_is_example else str(s["kind"]) for s in sources}
    return next((kind for kind in WEAKEST_FIRST if kind in kinds), "guess")


def age_days(sources: Sources, today: dt.date | None = None) -> int | None:
    """Days since the oldest dated source."""
    dates = [dt.date.fromisoformat(str(s["date"])[:10]) for s in sources if s.get("date")]
    return max(0, ((today or dt.date.today()) - min(dates)).days) if dates else None


def chip_text(sources: Sources, *, run_is_example: bool) -> str:
    kind = kind_of(sources, run_is_example=run_is_example)
    age = age_days(sources)
    return plain(f"source_{kind}") + (f" · {plain('age_days', n=age)}" if age is not None else "")


def value_text(row: Row) -> str:
    """A worksheet row's number in the shown currency, or the state that says why there is none."""
    if row.value is None:
        return plain(f"state_{row.state or 'undefined'}")
    return shown(in_currency(row.value, row.unit), unit_of(row.unit), language())


def interval_text(row: Row) -> str:
    if (row.low is None and row.high is None) or row.low == row.high:
        return ""
    low, high = (in_currency(end, row.unit) if end is not None else None for end in (row.low, row.high))
    return interval(low, high, unit_of(row.unit), language())


def in_currency(value: float, unit: str) -> float:
    """Money of the venture in the currency shown; anything else as it is."""
    return value * frame.rate() if unit == frame.current_venture().currency else value


def unit_of(unit: str) -> str:
    return frame.current().currency if unit == frame.current_venture().currency and unit in CURRENCIES else unit


def source_line(*parts: str) -> None:
    """The line under a figure that says what it was drawn from."""
    example = [f":material/texture: {word('source_example')}"] if frame.current().is_example else []
    st.caption(" · ".join([*example, *parts]))


def run_source() -> str:
    """The run as a source, with the day it ended."""
    run = frame.current().run
    when = (run.summary.finished or run.summary.created)[:10] if run.summary else ""
    return word("from_run", run=run.name, date=when)


