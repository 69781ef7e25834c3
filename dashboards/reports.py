"""Longer answers than a worksheet row, cached: what to test next, what swings an outcome, the threshold in money."""

from __future__ import annotations

from dataclasses import dataclass
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
from kit.strategy.worksheet import Row, by_key


@dataclass(frozen=True)
class Swing:
    """An outcome with one input at the low and at the high end of its interval, in words."""

    label: str
    now: str
    at_low: str
    at_high: str
    source: str
    size: float


def tests_to_do(here: Frame) -> list[Probe]:
    """Three things to find out, by what knowing is worth a year less what it costs; the best first."""
    return _tests(ventures.key_of(here.venture, here.scenario), ventures.run_key(here.run_path))


@st.cache_resource(max_entries=32, show_spinner=False)
def _tests(key: ventures.Key, run: ventures.RunKey | None) -> list[Probe]:
    found, standing = ventures.workings(key, run)
    return next_tests(found, standing.live)


def swings(here: Frame, outcome: str, most: int = 5) -> list[Swing]:
    """The inputs whose interval moves the outcome most, the others at their points."""
    rows = by_key(ventures.sheets(here.venture, here.scenario, here.run_path, here.language)[0])
    found = []
    for key, row in rows.items():
        if row.formula is None and row.low is not None and row.high is not None and row.low != row.high:
            low, high = (_outcome(rows, outcome, {key: end}) for end in (row.low, row.high))
            if isinstance(low, float) and isinstance(high, float) and low != high:
                at_low, at_high = (chips.value_text(_with(rows[outcome], end)) for end in (low, high))
                source = chips.chip_text(row.sources, run_is_example=here.is_example)
                found.append(Swing(row.label, chips.value_text(row), at_low, at_high, source, abs(high - low)))
    return sorted(found, key=lambda one: -one.size)[:most]


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


def _with(row: Row, value: float) -> Row:
    return Row(**{**vars(row), "value": value, "state": None, "low": None, "high": None})


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
