"""Net present value, rates of return with their warnings, runway and default alive."""

from datetime import date

import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy import finance
from kit.strategy.states import State

close = pytest.approx
PROJECT = [-250_000, 100_000, 150_000, 200_000, 250_000, 300_000]


def test_case_u13_runway_flat_and_with_growing_burn():
    assert finance.runway_months(2_400_000, 200_000) == close(12.0, rel=1e-6)
    assert finance.runway_months(2_400_000, 200_000, 0.05) == close(9.633164, rel=1e-6)


def test_case_u14_default_alive():
    found = finance.default_alive(1_500_000, revenue_per_month=50_000, expenses_per_month=200_000,
                                  revenue_growth_per_month=0.12)
    assert found.is_alive and found.month == 13 and found.lowest_cash == close(301_455.46, abs=0.005)


def test_case_u14b_default_dead_at_slower_growth():
    found = finance.default_alive(1_500_000, revenue_per_month=50_000, expenses_per_month=200_000,
                                  revenue_growth_per_month=0.05)
    assert not found.is_alive and found.month == 11 and found.lowest_cash == close(-104_143.67, abs=0.005)


def test_case_u15_irr_and_npv():
    found = finance.irr(PROJECT)
    assert found.rate == close(0.5672303344, rel=1e-6) and found.is_unique and not found.warning
    assert found.rate == close(float(npf.irr(PROJECT)), rel=1e-12)
    assert finance.npv(0.08, [-40_000, 5_000, 8_000, 12_000, 30_000]) == close(3065.222668, rel=1e-6)


def test_case_x1_the_spreadsheet_form_of_npv():
    assert finance.npv_excel(0.08, PROJECT[1:]) + PROJECT[0] == close(517_892.29, abs=0.005)
    assert finance.npv(0.08, PROJECT) == close(517_892.29, abs=0.005)
    assert finance.npv_excel(0.08, PROJECT) == close(finance.npv(0.08, PROJECT) / 1.08)


def test_case_x2_two_rates_are_flagged():
    flows = [-100, 230, -132]
    assert finance.npv(0.10, flows) == close(0, abs=1e-9) and finance.npv(0.20, flows) == close(0, abs=1e-9)
    found = finance.irr(flows)
    assert found.rate == close(float(npf.irr(flows))) and found.rate == close(0.10, rel=1e-6)
    assert found.roots == close((0.10, 0.20)) and not found.is_unique
    assert "2 rates" in found.warning


def test_case_x3_no_change_of_sign_has_no_rate():
    found = finance.irr([100, 50])
    assert found.rate is State.UNDEFINED and "never change sign" in found.warning
    assert finance.irr([]).rate is State.UNDEFINED and finance.irr([0, 0]).rate is State.UNDEFINED


def test_flows_that_change_sign_without_a_rate():
    found = finance.irr([100, -180, 100])  # always positive: discriminant 180^2 - 4 * 100 * 100 < 0
    assert found.rate is State.UNDEFINED and "no rate" in found.warning


def test_a_value_that_only_touches_zero_has_a_rate():
    found = finance.irr([-100, 220, -121])  # -100 (1 - 1.1 / (1 + r))^2
    assert found.rate == close(0.10, abs=1e-5) and found.is_unique


def test_xirr_takes_real_days():
    flows, days = [-10_000, 2750, 4250, 3250, 2750], [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30),
                                                      date(2009, 2, 15), date(2009, 4, 1)]
    assert finance.xirr(flows, days).rate == close(0.373362535, abs=5e-9)  # the spreadsheet manual's own example
    assert finance.xirr(flows[::-1], days[::-1]).rate == close(0.373362535, abs=5e-9)
    with pytest.raises(VentureError, match="flows has 2 values and dates has 1"):
        finance.xirr([1, -1], [date(2026, 1, 1)])
    assert finance.xirr([], []).rate is State.UNDEFINED


def test_a_long_plan_has_a_rate():
    flows = [-1e6] + [-20_000.0] * 20 + [60_000.0] * 99
    assert finance.irr(flows).rate == close(float(npf.irr(flows)))
    assert finance.npv(finance.irr(flows).rate, flows) == close(0, abs=1e-3)


def test_runway_has_states_for_no_burn_and_for_a_shrinking_one():
    assert finance.runway_months(100, 0) is State.CASH_GENERATING
    assert finance.runway_months(100, -5) is State.CASH_GENERATING
    assert finance.runway_months(1000, 100, -0.05) == close(13.5134, abs=5e-5)  # ln .5 / ln .95
    assert finance.runway_months(2001, 100, -0.05) is State.NEVER  # all further burn adds up to 2,000
    assert finance.runway_months(100, 50, -1) is State.NEVER and finance.runway_months(0, 50) == 0


def test_default_alive_at_its_edges():
    def case(revenue, rate):
        return finance.default_alive(1e9, revenue_per_month=revenue, expenses_per_month=100,
                                     revenue_growth_per_month=rate)

    assert case(100, 0).is_alive and case(100, 0).month == 0 and case(100, 0).lowest_cash == 1e9
    assert not case(99, 0).is_alive and case(99, 0).month is State.NEVER


@given(rate=st.floats(-0.5, 3), flow=st.floats(1, 1e6), n=st.integers(1, 40))
def test_the_irr_of_flows_built_from_a_rate_is_that_rate(rate, flow, n):
    price = sum(flow / (1 + rate) ** t for t in range(1, n + 1))
    found = finance.irr([-price] + [flow] * n)
    assert found.is_unique and found.roots[0] == close(rate, rel=1e-6, abs=1e-7)


@given(scale=st.floats(0.01, 100))
def test_another_currency_leaves_rates_and_months_unchanged(scale):
    assert finance.irr([flow * scale for flow in PROJECT]).rate == close(finance.irr(PROJECT).rate, rel=1e-9)
    assert finance.runway_months(24 * scale, 2 * scale, 0.05) == close(finance.runway_months(24, 2, 0.05), rel=1e-9)
