"""Demand tables and curves, and the price that earns most at a given unit cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy import pricing
from kit.strategy.states import State

close = pytest.approx
PRICES, SHARES = [10, 20, 30, 40, 50], [0.9, 0.8, 0.6, 0.35, 0.2]


def test_case_v2_the_best_price_moves_up_with_the_unit_cost():
    free, at_15, at_22 = (pricing.gabor_granger(PRICES, SHARES, unit_cost=cost) for cost in (0, 15, 22))
    assert [p.revenue for p in free.points] == close([9.0, 16.0, 18.0, 14.0, 10.0], rel=1e-6)
    assert [p.profit for p in at_15.points] == close([-4.5, 4.0, 9.0, 8.75, 7.0], rel=1e-6)
    assert [p.profit for p in at_22.points] == close([-10.8, -1.6, 4.8, 6.3, 5.6], rel=1e-6)
    assert (free.best_revenue_price, at_15.best_profit_price, at_22.best_profit_price) == (30, 30, 40)


def test_case_v3_linear_demand():
    found = pricing.linear_optimum(intercept=100, slope=2, unit_cost=10)
    assert (found.price, found.demand, found.profit) == close((30, 40, 800), rel=1e-6)


def test_case_v4_constant_elasticity():
    assert pricing.constant_elasticity_price(unit_cost=5, elasticity=-2) == close(10, rel=1e-6)
    assert pricing.constant_elasticity_price(unit_cost=5, elasticity=-1.5) == close(15, rel=1e-6)
    assert pricing.constant_elasticity_price(unit_cost=5, elasticity=-1) is State.UNDEFINED


def test_case_v5_a_price_per_outcome():
    found = pricing.outcome_pricing(0.99, success_rate=0.67, cost_per_attempt=0.12)
    assert (found.margin, found.gross_margin, found.break_even_rate) == close((0.5433, 0.819086, 0.121212), abs=5e-7)


def test_case_v7_the_true_optimum_lies_between_the_asked_prices():
    curve = pricing.LogitDemand(intercept=8.3, slope=0.97, ceiling=0.33)
    assert curve.profit(7.5, unit_cost=3, people=10_000, fixed_cost=5000) == close(5928.79, abs=0.005)
    best = curve.optimum(unit_cost=3, people=10_000, fixed_cost=5000)
    assert best.price == close(7.351, abs=5e-4) and best.profit == close(5956.25, abs=0.005)


def test_case_v8_revenue_and_elasticity_of_a_table():
    found = pricing.gabor_granger([1000, 1500, 2000, 2500, 3000], [54, 40, 29, 20, 8])
    assert [p.revenue for p in found.points] == [54_000, 60_000, 58_000, 50_000, 24_000]
    assert found.best_revenue_price == 1500
    assert [-p.elasticity for p in found.points[:-1]] == close([0.52, 0.83, 1.24, 3.0], abs=0.005)
    assert found.points[-1].elasticity is State.UNDEFINED


def test_prices_that_cannot_earn_are_undefined():
    dear = pricing.gabor_granger(PRICES, SHARES, unit_cost=60)
    assert dear.best_profit_price is State.UNDEFINED and dear.best_revenue_price == 30
    assert pricing.gabor_granger(PRICES, [0] * 5).best_revenue_price is State.UNDEFINED
    assert pricing.gabor_granger([], []).best_profit_price is State.UNDEFINED
    assert pricing.linear_optimum(intercept=100, slope=2, unit_cost=50).price is State.UNDEFINED
    assert "does not fall" in pricing.linear_optimum(intercept=100, slope=0, unit_cost=5).reason
    assert pricing.LogitDemand(1.0, -0.1).optimum(unit_cost=3).price is State.UNDEFINED
    assert pricing.outcome_pricing(0.99, success_rate=0, cost_per_attempt=0.12).gross_margin is State.UNDEFINED
    assert pricing.outcome_pricing(0.10, success_rate=0.9, cost_per_attempt=0.12).break_even_rate is State.NEVER
    assert pricing.outcome_pricing(0, success_rate=0.9, cost_per_attempt=0.12).break_even_rate is State.NEVER


def test_demand_that_rises_with_the_price_is_flagged_not_hidden():
    assert not pricing.gabor_granger([10, 20], [0.3, 0.5]).falls and pricing.gabor_granger(PRICES, SHARES).falls


def test_a_logit_is_recovered_from_its_own_points():
    truth = pricing.LogitDemand(8.3, 0.97, ceiling=0.33)
    prices = [5, 6, 7, 8, 9, 10]
    found = pricing.fit_logit(prices, [truth.share(p) for p in prices], ceiling=0.33)
    assert (found.intercept, found.slope) == close((8.3, 0.97), rel=1e-4)
    dear = pricing.fit_logit([p * 1000 for p in prices], [truth.share(p) for p in prices], ceiling=0.33)
    assert dear.slope == close(0.97 / 1000, rel=1e-4)
    assert pricing.fit_logit([10], [0.5]) is State.UNDEFINED
    assert pricing.fit_logit([10, 20], [0.5, 0.5]) is State.UNDEFINED


@pytest.mark.parametrize(("call", "words"), [
    (lambda: pricing.gabor_granger([20, 10], [0.5, 0.6]), r"prices\[1\] is 10, not above prices\[0\] 20"),
    (lambda: pricing.gabor_granger([10, 20], [0.5]), "prices has 2 values and demand has 1"),
    (lambda: pricing.gabor_granger([-10, 20], [0.5, 0.4]), r"prices\[0\] is -10"),
    (lambda: pricing.fit_logit([10, 20], [50, 40]), r"shares\[0\] is 50.*type 0\.5"),
    (lambda: pricing.fit_logit([10, 20], [0.5, 0.4], ceiling=0.3), "raise the ceiling"),
    (lambda: pricing.outcome_pricing(0.99, success_rate=67, cost_per_attempt=0.1), r"success_rate is 67"),
])
def test_refusals(call, words):
    with pytest.raises(VentureError, match=words):
        call()


@given(a=st.floats(-2, 12), b=st.floats(0.01, 5), cost=st.floats(0, 50), step=st.floats(0.01, 10))
def test_no_other_price_beats_the_optimum(a, b, cost, step):
    curve = pricing.LogitDemand(a, b)
    best = curve.optimum(unit_cost=cost)
    for price in (best.price + step, max(0.0, best.price - step)):
        assert curve.profit(price, unit_cost=cost) <= best.profit * (1 + 1e-9) + 1e-300


@given(scale=st.floats(0.01, 1000), cost=st.floats(0, 60))
def test_another_currency_moves_the_price_and_nothing_else(scale, cost):
    here = pricing.gabor_granger(PRICES, SHARES, unit_cost=cost)
    there = pricing.gabor_granger([p * scale for p in PRICES], SHARES, unit_cost=cost * scale)
    assert [p.elasticity for p in there.points[:-1]] == close([p.elasticity for p in here.points[:-1]], rel=1e-6)
    assert [p.profit for p in there.points] == close([p.profit * scale for p in here.points], rel=1e-6, abs=1e-6)
