"""Risks in money and the tripwires that reopen them."""

import doctest
import importlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.risk import (
    Risk,
    compound_poisson,
    cox_reversals,
    expected_loss,
    lognormal_loss,
    loss_distribution,
    loss_quantile,
    probability_any,
    rank_risks,
    reduction_leverage,
    simulate_losses,
    total_loss,
)
from kit.strategy.states import State
from kit.strategy.tripwires import Alarm, Tripwire, check
from kit.strategy.uncertainty import Range


@pytest.mark.parametrize("name", ["risk", "tripwires"])
def test_docstring_examples_hold(name):
    assert doctest.testmod(importlib.import_module(f"kit.strategy.{name}")).failed == 0


def risk(event, probability, loss, **more):
    row = {
        "cause": "c", "owner": "o", "indicator": "i", "treatment": "t", "treatment_cost": 0.0, "date": "2026-03-01"
    }  # fmt: skip
    return Risk(event=event, probability=probability, loss=loss, **{**row, **more})


REGISTER = [risk("drift", 0.3, 100_000), risk("ban", 0.2, 250_000), risk("breach", 0.1, 1_000_000)]


def test_case_k1_expected_loss_and_probability_of_any():
    assert expected_loss(REGISTER) == pytest.approx(180_000, rel=1e-12)
    assert probability_any([0.3, 0.2, 0.1]) == pytest.approx(0.496, rel=1e-12)


def test_case_k2_p95_of_three_independent_risks():
    found = loss_distribution([0.2] * 3, [100_000] * 3)
    assert list(np.cumsum(list(found.values())))[:3] == pytest.approx([0.512, 0.896, 0.992], rel=1e-12)
    assert loss_quantile(found) == 200_000


def test_case_k3_compound_poisson():
    found = compound_poisson(0.5, loss_mean=200_000, loss_sd=200_000)
    assert (found.mean, found.sd) == pytest.approx((100_000, 200_000), rel=1e-12)


def test_compound_poisson_agrees_with_drawn_years():
    rng = np.random.default_rng(0)
    mu, sigma = lognormal_loss(200, 200).parameters
    counts = rng.poisson(0.5, 100_000)
    losses = rng.lognormal(mu, sigma, counts.sum())
    years = np.bincount(np.repeat(np.arange(len(counts)), counts), weights=losses, minlength=len(counts))
    assert years.mean() == pytest.approx(100, rel=0.03)
    assert years.std() == pytest.approx(200, rel=0.05)
    assert (lognormal_loss(200, 200).mean, lognormal_loss(200, 200).sd) == pytest.approx((200, 200), rel=1e-9)


def test_case_k4_risk_reduction_leverage():
    row = risk("drift", 0.3, 500_000, treatment_cost=20_000.0, residual_probability=0.1)
    assert row.leverage == pytest.approx(5.0, rel=1e-12)
    assert reduction_leverage(0.3 * 500, 0.1 * 500, cost=20) == pytest.approx(5.0)


def test_a_free_treatment_is_infinite_if_it_helps_and_undefined_if_not():
    assert reduction_leverage(10, 5, cost=0) is State.INFINITE
    assert reduction_leverage(10, 10, cost=0) is State.UNDEFINED


def test_case_k5_cox_reversal():
    rows = [risk("A", 0.9, 0.2), risk("B", 0.3, 0.9)]
    (found,) = cox_reversals(rows)
    assert (found.likelier, found.costlier) == ("A", "B")
    assert (found.likelier_expected_loss, found.costlier_expected_loss) == pytest.approx((0.18, 0.27), rel=1e-12)
    assert [row.risk.event for row in rank_risks(rows)] == ["B", "A"]
    assert cox_reversals([risk("A", 0.9, 1.0), risk("B", 0.3, 0.9)]) == []


def test_ranking_shows_the_bad_year_of_each_risk():
    rows = {row.risk.event: row for row in rank_risks(REGISTER)}
    assert [rows[name].expected_loss for name in ("breach", "ban", "drift")] == pytest.approx([1e5, 5e4, 3e4])
    # each happens more often than 1 year in 20, so its 95th percentile is its whole loss
    assert [rows[name].p95 for name in ("breach", "ban", "drift")] == [1e6, 2.5e5, 1e5]
    assert rank_risks([risk("rare", 0.04, 1e6)])[0].p95 == 0
    assert rank_risks([]) == []


def test_drawn_losses_agree_with_the_exact_distribution():
    found = total_loss(REGISTER, n=100_000)
    exact = loss_distribution([0.3, 0.2, 0.1], [100_000, 250_000, 1_000_000])
    assert found.mean == pytest.approx(180_000, abs=4 * found.standard_error)
    assert found.p95 == loss_quantile(exact)


def test_ranges_of_chance_and_loss_carry_into_the_draws():
    row = risk("drift", Range(0.1, 0.3, "beta"), Range(50, 500, "lognormal"))
    found = total_loss([row], n=100_000)
    assert found.mean == pytest.approx(row.expected_loss, abs=4 * found.standard_error)
    assert row.expected_loss == pytest.approx(row.probability.distribution().mean * row.loss.distribution().mean)


def test_a_new_row_leaves_the_draws_of_the_others_alone():
    before, after = simulate_losses(REGISTER[:2]), simulate_losses([risk("new", 0.5, 1.0), *REGISTER[:2]])
    assert (after[:, 1:] == before).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 50)), max_size=8))
def test_exact_distribution_has_the_expected_loss_as_its_mean(rows):
    found = loss_distribution([p for p, _ in rows], [float(loss) for _, loss in rows])
    assert math.fsum(found.values()) == pytest.approx(1, abs=1e-9)
    assert math.fsum(k * p for k, p in found.items()) == pytest.approx(sum(p * loss for p, loss in rows), abs=1e-6)


def test_bad_rows_are_refused_by_name():
    with pytest.raises(VentureError, match=r"drift\.probability is 30"):
        expected_loss([risk("drift", 30, 1.0)])
    with pytest.raises(VentureError, match=r"drift\.probability is 'normal'.*'beta'"):
        expected_loss([risk("drift", Range(0.1, 0.3), 1.0)])
    with pytest.raises(VentureError, match=r"drift\.loss is -5"):
        expected_loss([risk("drift", 0.3, -5.0)])
    with pytest.raises(VentureError, match="its own name"):
        simulate_losses([risk("drift", 0.3, 1.0)] * 2)
    with pytest.raises(VentureError, match="simulate_losses"):
        loss_distribution([0.1] * 17, [1.0] * 17)


WIRES = [
    Tripwire("API price", "prices.api_usd_per_request", -0.30, "below", baseline=0.01),
    Tripwire("win rate", "run.versus_base.win_rate", 0.55, "below"),
    Tripwire("latency", "run.serving.p95_ms", 500, "above", "ms"),
]


def test_tripwires_read_runs_and_prices():
    readings = {
        "prices": {"api_usd_per_request": 0.006},
        "run": {"versus_base": {"win_rate": 0.61}, "serving": {"p95_ms": 620}},
    }
    found = check(WIRES, readings)
    assert [row.state for row in found] == [Alarm.TRIPPED, Alarm.QUIET, Alarm.TRIPPED]
    assert [row.sentence for row in found] == [
        "API price: change of prices.api_usd_per_request from 0.01 is -40.0%, below the line of -30.0%.",
        "win rate: run.versus_base.win_rate is 0.61, not below the line of 0.55.",
        "latency: run.serving.p95_ms is 620 ms, above the line of 500 ms.",
    ]


@pytest.mark.parametrize("serving", [None, {}, {"p95_ms": None}, {"p95_ms": math.nan}, {"p95_ms": State.UNDEFINED}])
def test_a_missing_reading_is_unknown_not_quiet(serving):
    (found,) = check(WIRES[2:], {"run": {"serving": serving}})
    assert (found.state, found.reading) == (Alarm.UNKNOWN, None)
    assert found.sentence == "latency: no reading at run.serving.p95_ms yet."


def test_the_line_itself_is_quiet():
    assert check(WIRES[2:], {"run": {"serving": {"p95_ms": 500}}})[0].state is Alarm.QUIET
    with pytest.raises(VentureError, match=r"x\.baseline"):
        check([Tripwire("x", "a", 0.1, "above", baseline=0)], {"a": 1})
