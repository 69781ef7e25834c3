"""Longer answers than a worksheet row, cached: what to test next, what swings an outcome, the threshold in money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import streamlit as st

from dashboards import chips, data, ventures
from dashboards.frame import Frame
from kit import runs
from kit.strategy.expressions import evaluate
from kit.strategy.margin import error_mix
from kit.strategy.measured import deal_of, volume_of, with_prices
from kit.strategy.money_curve import MoneyCurve, money_curve
from kit.strategy.next_tests import Probe, next_tests
from kit.strategy.stakes import stakes_of
from kit.strategy.states import State
from kit.strategy.trace import place_of
from kit.strategy.worksheet import Row, by_key


@dataclass(frozen=True)
class Swing:
    """An outcome with one input at the low and at the high end of its interval, in words.

    `is_range` is false where the input was stated without an interval and a tenth was taken off and added.
    """

    key: str
    place: str | None
    label: str
    now: str
    low: str
    high: str
    at_low: str
    at_high: str
    source: str
    is_range: bool
    size: float


def tests_to_do(here: Frame) -> list[Probe]:
    """Three things to find out, by what knowing is worth a year less what it costs; the best first."""
    return _tests(ventures.key_of(here.venture, here.scenario), ventures.run_key(here.run_path))


@st.cache_resource(max_entries=32, show_spinner=False)
def _tests(key: ventures.Key, run: ventures.RunKey | None) -> list[Probe]:
    found, standing = ventures.workings(key, run)
    return next_tests(found, standing.live)


def swings(here: Frame, outcome: str, most: int = 5) -> list[Swing]:
    """The inputs that move the outcome most, the others at their points: each at the ends of its interval, and where it
    is stated without one, a tenth lower and higher.
    """
    key, run = ventures.key_of(here.venture, here.scenario), ventures.run_key(here.run_path)
    return _swings(key, run, here.language, outcome, here.currency, here.is_example)[:most]


@st.cache_resource(max_entries=64, show_spinner=False)
def _swings(key: ventures.Key, run: ventures.RunKey | None, language: str, outcome: str, _currency: str,
            is_example: bool) -> list[Swing]:  # fmt: skip
    rows = by_key(ventures.sheets_of(key, run, language)[0])
    found = []
    for name in leaves_below(rows, outcome):
        row, (low, high, is_range) = rows[name], _ends(rows[name])
        at_low, at_high = (_outcome(rows, outcome, {name: end}) for end in (low, high))
        if isinstance(at_low, float) and isinstance(at_high, float) and at_low != at_high:
            source = chips.chip_text(row.sources, run_is_example=is_example)
            found.append(Swing(name, place_of(row), row.label, chips.value_text(row), _text(row, low), _text(row, high),
                               _text(rows[outcome], at_low), _text(rows[outcome], at_high), source, is_range,
                               abs(at_high - at_low)))  # fmt: skip
    return sorted(found, key=lambda one: (-one.is_range, -one.size))


def _ends(row: Row) -> tuple[float, float, bool]:
    """The interval of a number, or a tenth less and more; whether it is an interval."""
    if row.low is not None and row.high is not None and row.low != row.high:
        return row.low, row.high, True
    value = row.value or 0.0
    return 0.9 * value, 1.1 * value, False


def leaves_below(rows: Mapping[str, Row], outcome: str) -> list[str]:
    """Keys of the rows with a number and without a formula that a row is worked out of."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        row = rows[name]
        if row.formula is None and row.value is not None:
            found[name] = None
        elif row.formula is not None:
            for part in row.inputs:
                visit(part)

    visit(outcome)
    return list(found)


def _outcome(rows: dict[str, Row], outcome: str, changed: dict[str, float]) -> float | State:
    """The outcome's formula over all rows, worked out anew with some inputs changed."""
    values: dict[str, float | State] = dict(changed)

    def value(key: str) -> float | State:
        if key not in values:
            row = rows[key]
            if row.formula is None:
                values[key] = State(row.state) if row.state else float(row.value)  # type: ignore[arg-type]
            else:
                values[key] = evaluate(row.formula, {name: value(name) for name in row.inputs})
        return values[key]

    return value(outcome)


def _text(row: Row, value: float) -> str:
    """A row's number as it would read with another value."""
    return chips.value_text(replace(row, value=value, state=None, low=None, high=None))


def threshold_money(here: Frame, error_cost: float | None, human_cost: float | None) -> MoneyCurve | State:
    """The money curve of the run under the venture's deal; prices in dollars replace the venture's where given."""
    return _threshold_money(ventures.key_of(here.venture, here.scenario),
                            data.stamp(here.run_path / runs.PREDICTIONS), error_cost, human_cost)  # fmt: skip


@st.cache_resource(max_entries=64, show_spinner=False)
def _threshold_money(key: ventures.Key, run: data.Stamp, error_cost: float | None,
                     human_cost: float | None) -> MoneyCurve | State:  # fmt: skip
    live = data.measured_run(Path(run[0]).parent)
    if live is None or not len(live.rows.part("test")):
        return State.UNDEFINED
    stated = with_prices(ventures.of_key(key), error_cost_usd=error_cost, human_cost_usd=human_cost)
    deal = deal_of(stated, live)
    stakes = stakes_of(deal, error_mix(live.rows.part("validation"), 0.0))
    customers = stated.customers
    today = (stated.point(customers.human_cost_per_request)
             + customers.human_error_rate.point * stated.point(customers.cost_per_human_error))  # fmt: skip
    return money_curve(live.rows, stakes, today_usd=today, requests_per_month=volume_of(stated))


def prices_now(here: Frame) -> dict[str, float]:
    """Dollars of a wrong answer (the class `other`) and of a person's work on one request."""
    stated = ventures.of(here.venture, here.scenario)
    found = {
        "error": stated.point(stated.errors["other"].cost),
        "human": stated.point(stated.customers.human_cost_per_request),
    }
    return {name: float(np.round(value * stated.usd_rate, 4)) for name, value in found.items()}
