"""Rounds, cap tables, preferences and terms, by hand and by property."""

import doctest
import importlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.capital import (
    ConvertibleLoan,
    GateBudget,
    PricedRound,
    cap_table_by_round,
    close_round,
    convert_loan,
    convert_safes,
    dilution,
    ownership,
    safe_ownership,
    use_of_funds,
    vc_method,
)
from kit.strategy.states import State
from kit.strategy.terms import Redemption, TargetTerm, anti_dilution, redemption_claim, target_outcome
from kit.strategy.uncertainty import Range, draw
from kit.strategy.waterfall import ShareClass, exits, proceeds

ROUND_A = PricedRound("A", "fund", pre_money=30, investment=10, pool_share=0.10)


@pytest.mark.parametrize("name", ["capital", "waterfall", "terms"])
def test_docstring_examples_hold(name):
    assert doctest.testmod(importlib.import_module(f"kit.strategy.{name}")).failed == 0


def test_case_f1_post_money_safe():
    assert safe_ownership(investment=500_000, post_money_cap=10_000_000) == pytest.approx(0.05, rel=1e-12)


def test_case_f2_priced_round_dilution():
    assert dilution(pre_money=8, investment=2) == pytest.approx(0.2, rel=1e-12)
    assert close_round({"founders": 1.0}, PricedRound("A", "fund", 8, 2)).ownership["fund"] == pytest.approx(0.2)


def test_case_f3_vc_method():
    found = vc_method(exit_value=100e6, multiple=10, investment=2e6, retention=0.5)
    assert (found.ownership_at_exit, found.ownership_now) == pytest.approx((0.2, 0.4), rel=1e-12)
    assert found.post_money == pytest.approx(5.0e6, rel=1e-12)


def test_a_return_that_needs_more_than_the_company_is_never_reached():
    assert vc_method(exit_value=10, multiple=10, investment=2, retention=0.5).post_money is State.NEVER


def test_pool_after_the_round_is_paid_by_the_founders():
    closed = close_round({"founders": 8.0}, ROUND_A)
    assert closed.ownership == pytest.approx({"founders": 0.65, "pool": 0.10, "fund": 0.25}, rel=1e-12)
    assert closed.effective_pre_money == pytest.approx(26, rel=1e-12)
    # 26 for 8 shares
    assert closed.price_per_share == pytest.approx(3.25, rel=1e-12)


def test_pool_before_the_round_is_a_share_of_the_shares_before_it():
    closed = close_round({"founders": 9.0}, PricedRound("A", "fund", 30, 10, 0.10, "pre_money"))
    # founders .9 and pool .1 of the 75 % that is not the fund's; founders' shares are worth .9 x 30
    assert closed.ownership == pytest.approx({"founders": 0.675, "pool": 0.075, "fund": 0.25}, rel=1e-12)
    assert closed.effective_pre_money == pytest.approx(27, rel=1e-12)


def test_a_pool_that_is_large_enough_is_left_alone():
    closed = close_round({"founders": 80.0, "pool": 20.0}, ROUND_A)
    assert closed.pool_shares_added == 0
    assert closed.ownership == pytest.approx({"founders": 0.6, "pool": 0.15, "fund": 0.25}, rel=1e-12)
    topped = close_round({"founders": 95.0, "pool": 5.0}, ROUND_A)
    assert topped.ownership == pytest.approx({"founders": 0.65, "pool": 0.10, "fund": 0.25}, rel=1e-12)


def test_cap_table_by_round():
    rounds = cap_table_by_round({"founders": 65.0}, [ROUND_A, PricedRound("B", "fund B", 80, 20)])
    # B takes 20/100; everybody keeps .8 of what they had
    assert rounds[1].ownership == pytest.approx({"founders": 0.52, "pool": 0.08, "fund": 0.20, "fund B": 0.20})
    assert [closed.post_money for closed in rounds] == [40, 100]
    assert rounds[1].price_per_share == pytest.approx(80 / 100)  # 80M over the 100 shares before it


@given(
    st.dictionaries(st.sampled_from(["founders", "angel", "pool", "staff"]), st.floats(1, 1e8), min_size=1).filter(
        lambda held: set(held) != {"pool"}
    ),
    st.floats(1, 500),
    st.floats(0.1, 200),
    st.floats(0, 0.15),
    st.sampled_from(["post_money", "pre_money"]),
)
def test_a_round_sells_what_it_says_at_one_price(holdings, pre, raised, pool, basis):
    if raised / (pre + raised) + pool > 0.95:
        return
    closed = close_round(holdings, PricedRound("A", "fund", pre, raised, pool, basis))
    assert math.fsum(closed.ownership.values()) == pytest.approx(1, rel=1e-9)
    assert closed.ownership["fund"] == pytest.approx(raised / (pre + raised), rel=1e-9)
    assert closed.new_shares * closed.price_per_share == pytest.approx(raised, rel=1e-9)
    assert closed.effective_pre_money <= pre * (1 + 1e-9)
    for holder, shares in holdings.items():
        assert closed.holdings[holder] >= shares


def test_a_round_that_leaves_nothing_is_refused_by_name():
    with pytest.raises(VentureError, match=r"pool_share is 0\.8: .*smaller pool"):
        close_round({"founders": 1.0}, PricedRound("A", "fund", 30, 10, pool_share=0.8))
    with pytest.raises(VentureError, match=r"pre_money is 0"):
        close_round({"founders": 1.0}, PricedRound("A", "fund", 0, 10))
    with pytest.raises(VentureError, match=r"pool_share is 10"):
        close_round({"founders": 1.0}, PricedRound("A", "fund", 30, 10, pool_share=10))


def test_safes_hold_their_share_whatever_the_others_hold():
    table = convert_safes({"founders": 10_000_000}, {"angel": (500_000, 10_000_000), "seed": (1_000_000, 10_000_000)})
    assert ownership(table) == pytest.approx({"founders": 0.85, "angel": 0.05, "seed": 0.10}, rel=1e-12)
    with pytest.raises(VentureError, match="raise the caps"):
        convert_safes({"founders": 1.0}, {"a": (6, 10), "b": (5, 10)})


def test_convertible_loan_takes_the_lowest_of_cap_discount_and_round_price():
    def convert(price, **terms):
        loan = ConvertibleLoan(1_000_000, annual_rate=0.08, **terms)
        return convert_loan(loan, months=18, round_price_per_share=price, shares_before_round=10_000_000)

    capped = convert(1.50, discount=0.2, cap_pre_money=8_000_000)  # .80 beats 1.20; 1.12M / .80
    assert (capped.amount, capped.shares, capped.by) == (pytest.approx(1_120_000), pytest.approx(1_400_000), "cap")
    discounted = convert(0.90, discount=0.2, cap_pre_money=8_000_000)  # .72 beats .80
    assert (discounted.price_per_share, discounted.by) == (pytest.approx(0.72), "discount")
    assert convert(0.90).by == "round price"


def test_founders_keep_six_and_a_half_at_twenty_with_a_participating_preference():
    classes = [
        ShareClass("founders", 65),
        ShareClass("pool", 10),
        ShareClass("fund", 25, "participating", invested=10),
    ]
    # 10 first, then 65 % of the other 10
    assert proceeds(classes, 20)["founders"] == pytest.approx(6.5, rel=1e-12)
    plain = [ShareClass("founders", 65), ShareClass("pool", 10), ShareClass("fund", 25)]
    assert proceeds(plain, 20)["founders"] == pytest.approx(13.0, rel=1e-12)


def test_non_participating_converts_where_its_share_is_worth_more():
    classes = [ShareClass("founders", 75), ShareClass("fund", 25, "non-participating", invested=10)]
    at = dict(zip((5, 20, 40, 100), exits(classes, (5, 20, 40, 100))))
    assert at[5] == {"founders": 0, "fund": 5}
    assert at[20] == {"founders": 10, "fund": 10}
    assert at[40] == pytest.approx({"founders": 30, "fund": 10})  # indifferent: 25 % of 40
    assert at[100] == pytest.approx({"founders": 75, "fund": 25})


def test_capped_participation_has_three_regions():
    # 10 invested, 1x, capped at 2x in all, 25 % of the shares
    classes = [ShareClass("founders", 75), ShareClass("fund", 25, "capped", invested=10, cap_multiple=2)]
    at = {value: proceeds(classes, value)["fund"] for value in (30, 50, 60, 80, 120)}
    # 10 + 25 % of the rest until 20 is reached at 50; flat; as common from 80 on
    assert at == pytest.approx({30: 15, 50: 20, 60: 20, 80: 20, 120: 30})


def test_seniority_comes_before_proportion():
    def classes(seniority):
        return [
            ShareClass("founders", 50),
            ShareClass("A", 25, "non-participating", invested=10),
            ShareClass("B", 25, "non-participating", invested=30, seniority=seniority),
        ]

    assert proceeds(classes(1), 20) == {"founders": 0, "A": 0, "B": 20}
    assert proceeds(classes(1), 34) == pytest.approx({"founders": 0, "A": 4, "B": 30})
    assert proceeds(classes(0), 20) == pytest.approx({"founders": 0, "A": 5, "B": 15})


def test_one_class_converts_while_a_dearer_one_does_not():
    classes = [
        ShareClass("founders", 50),
        ShareClass("A", 25, "non-participating", invested=10),
        ShareClass("B", 25, "non-participating", invested=30),
    ]
    # B keeps 30; A as common gets 25/75 of the other 60, more than 10; B as common would get 25 % of 90 = 22.5
    assert proceeds(classes, 90) == pytest.approx({"founders": 40, "A": 20, "B": 30})
    assert proceeds(classes, 200) == pytest.approx({"founders": 100, "A": 50, "B": 50})


SHARES, MONEY = st.floats(1, 1e8), st.floats(0, 1e8)


@st.composite
def share_classes(draw_one):
    classes = [ShareClass("founders", draw_one(SHARES)), ShareClass("pool", draw_one(st.floats(0, 1e7)))]
    for i in range(draw_one(st.integers(0, 5))):
        kind = draw_one(st.sampled_from(["non-participating", "participating", "capped"]))
        multiple = draw_one(st.floats(0, 3))
        cap = multiple + draw_one(st.floats(0, 3)) if kind == "capped" else None
        seniority = draw_one(st.integers(0, 2))
        classes.append(ShareClass(f"P{i}", draw_one(SHARES), kind, draw_one(MONEY), multiple, cap, seniority))
    return classes


@settings(max_examples=300, deadline=None)
@given(share_classes(), st.floats(0, 1e10))
def test_proceeds_add_up_to_the_exit_exactly(classes, value):
    found = proceeds(classes, value)
    assert math.fsum(found.values()) == value
    assert sum(found.values()) == sum(reversed(found.values())) == value
    assert min(found.values()) >= 0


@settings(max_examples=200, deadline=None)
@given(share_classes(), st.floats(1, 1e10))
def test_nobody_who_may_convert_would_rather_have(classes, value):
    found = proceeds(classes, value)
    if value <= math.fsum(c.preference for c in classes):
        return
    per_common_share = found["founders"] / classes[0].shares
    for c in classes[2:]:
        as_common = per_common_share * c.shares
        tolerance = 1e-6 * value
        assert found[c.name] >= as_common - tolerance
        assert found[c.name] >= min(c.preference, value) - tolerance
        if c.participation != "participating":
            assert found[c.name] <= max(c.cap, as_common) + tolerance


@settings(max_examples=100, deadline=None)
@given(share_classes(), st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_larger_exit_is_worse_for_nobody(classes, first, more):
    small, large = exits(classes, (first, first + more))
    assert all(large[name] >= small[name] - 1e-6 * (first + more) - 1e-9 for name in small)


def test_bad_classes_are_refused_by_name():
    with pytest.raises(VentureError, match=r"fund\.cap_multiple is None"):
        proceeds([ShareClass("founders", 1), ShareClass("fund", 1, "capped", invested=1)], 1)
    with pytest.raises(VentureError, match="its own name"):
        proceeds([ShareClass("a", 1), ShareClass("a", 1)], 1)
    with pytest.raises(VentureError, match="exit_value is -1"):
        proceeds([ShareClass("a", 1)], -1)
    with pytest.raises(VentureError, match="common shares"):
        proceeds([ShareClass("fund", 1, "participating", invested=1)], 1)


def test_redemption_of_ten_at_eight_percent_for_five_years():
    claims = {kind: redemption_claim(10, annual_rate=0.08, years=5, interest=kind) for kind in ("simple", "compound")}
    assert claims["simple"] == pytest.approx(14.0, rel=1e-12)
    assert claims["compound"] == pytest.approx(14.693281, rel=1e-6)  # 10 x 1.08^5, published as 14.7
    assert Redemption(10, 0.08, "compound", 5, cap=12.0).claim == 12.0
    with pytest.raises(VentureError, match="interest is 'yearly'"):
        redemption_claim(10, annual_rate=0.08, years=5, interest="yearly")


def test_a_round_with_pool_preference_redemption_and_revenue_target():
    """One round from signing to a missed target, each figure worked by hand.

    30 before, 10 raised, pool 10 % after: fund 10/40 = 25 %, pool 10 %, founders 65 %.
    1x participating: at 5 the fund takes 5; at 20, 40 and 100 founders get .65 x (exit - 10) = 6.5, 19.5, 58.5.
    Redemption at 8 % simple after 5 years: 10 x 1.4 = 14.
    Revenue with 90 % interval 10 to 40 is lognormal with mu = ln 20 and sigma = ln 4/3.29 = .421366. The target of 15
    is missed with P = Phi((ln 15 - ln 20)/.421366) = Phi(-.682736) = .247387; expected cash 14 x .247387 = 3.463418.
    """
    closed = close_round({"founders": 65.0}, ROUND_A)
    assert closed.ownership == pytest.approx({"founders": 0.65, "pool": 0.10, "fund": 0.25}, rel=1e-12)

    classes = [
        ShareClass("founders", closed.holdings["founders"]),
        ShareClass("pool", closed.holdings["pool"]),
        ShareClass("fund", closed.holdings["fund"], "participating", invested=10),
    ]
    founders = [row["founders"] for row in exits(classes, (5, 20, 40, 100))]
    assert founders == pytest.approx([0, 6.5, 19.5, 58.5], rel=1e-12)

    draws = draw({"revenue": Range(10, 40, "lognormal"), "cash": Range(2, 22)}, 200_000, seed=7)
    found = target_outcome(
        TargetTerm("revenue", "2029-12-31", 15, "redemption"),
        draws["revenue"],
        investment=10,
        post_money=40,
        redemption=Redemption(10, 0.08, "simple", 5),
        cash_draws=draws["cash"],
    )
    assert found.probability_missed == pytest.approx(0.247387, abs=4 * found.standard_error)
    assert found.cash.mean == pytest.approx(3.463418, abs=4 * found.cash.standard_error)
    assert (found.cash.p50, found.cash.p95) == (0, 14.0)
    # cash N(12, (20/3.29)^2) is below 14 with Phi(2/6.079027) = Phi(.329) = .628922, independent of revenue
    assert found.probability_unpayable == pytest.approx(0.247387 * 0.628922, abs=0.004)


def test_cash_compensation_is_in_proportion_to_the_shortfall():
    revenue = np.array([20.0, 15.0, 12.0, 0.0, math.nan])
    found = target_outcome(TargetTerm("revenue", "2027", 15, "cash"), revenue, investment=10, post_money=40)
    assert found.cash.draws.tolist() == pytest.approx([0, 0, 2, 10, 10])
    assert (found.probability_missed, found.probability_unpayable) == (0.6, State.UNDEFINED)


def test_share_compensation_resets_the_valuation():
    revenue = np.array([15.0, 12.0, 3.0, 0.0])
    found = target_outcome(TargetTerm("revenue", "2027", 15, "shares"), revenue, investment=10, post_money=40)
    # at 12 of 15 the company was worth 32 after the money: 10/32 - 10/40 = .0625; at 3 of 15 it was 8, so all of it
    assert found.share_moved.draws.tolist() == pytest.approx([0, 0.0625, 0.75, 0.75])
    assert found.cash.mean == 0


def test_a_founder_who_owes_the_redemption_does_not_pay_from_the_company():
    found = target_outcome(
        TargetTerm("revenue", "2027", 15, "redemption"),
        np.array([10.0, 20.0]),
        investment=10,
        post_money=40,
        redemption=Redemption(10, 0.08, "simple", 5, obligor="founder"),
        cash_draws=np.array([1.0, 1.0]),
    )
    assert found.probability_unpayable is State.UNDEFINED and found.cash.mean == 7.0
    with pytest.raises(VentureError, match="needs its redemption term"):
        target_outcome(TargetTerm("r", "2027", 15, "redemption"), np.array([1.0]), investment=1, post_money=2)


def test_anti_dilution_by_weighted_average_and_by_ratchet():
    terms = {"invested": 10, "conversion_price": 1.0, "new_price": 0.5, "new_shares": 10, "shares_before": 40}
    average, ratchet = (anti_dilution(kind, **terms) for kind in ("broad_based", "full_ratchet"))
    # (40 + 5)/(40 + 10) = .9, so 10/.9 = 11.1111 shares; the ratchet goes to .5 and 20 shares
    assert (average.conversion_price, average.extra_shares) == pytest.approx((0.9, 1.111111), abs=1e-6)
    assert (ratchet.conversion_price, ratchet.extra_shares) == pytest.approx((0.5, 10))
    assert anti_dilution("full_ratchet", **{**terms, "new_price": 2.0}).extra_shares == 0


def test_use_of_funds_says_which_gates_the_round_reaches():
    budgets = [GateBudget("pilot", 2, 4), GateBudget("ten customers", 5, 8), GateBudget("scale", 6, 6)]
    rows = use_of_funds(budgets, raised=10, cash=1)
    assert [(row.left, row.month, row.funded) for row in rows] == [(9, 4, True), (4, 12, True), (-2, 18, False)]
    assert [row.share_of_round for row in rows] == pytest.approx([0.2, 0.5, 0.6])
