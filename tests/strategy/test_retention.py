"""Cohort triangle, Kaplan-Meier and the shifted beta-geometric against published numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy import lifetime, retention
from kit.strategy.lifetime import ShiftedBetaGeometric
from kit.strategy.retention import AccountMonths
from kit.strategy.states import State

close = pytest.approx
HIGH_END = [0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]
REGULAR = [0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241]
# remission under 6-mercaptopurine in weeks, 21 patients (Freireich et al. 1963): with relapse, then censored
RELAPSED, CENSORED = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


def freireich():
    return retention.kaplan_meier(RELAPSED + CENSORED, [True] * len(RELAPSED) + [False] * len(CENSORED))


def test_case_r1_high_end_fit_as_published():
    model = lifetime.fit_survival(HIGH_END).model
    assert (model.alpha, model.beta) == close((0.6681, 3.8061), abs=5e-5)
    assert (model.survival(8), model.survival(12)) == close((0.4604, 0.3780), abs=5e-5)
    assert model.retention(1) == close(0.8507, abs=5e-5)


def test_case_r1_regular_fit_as_published():
    model = lifetime.fit_survival(REGULAR).model
    assert (model.alpha, model.beta) == close((0.7041, 1.1820), abs=5e-5)
    assert (model.survival(8), model.survival(12)) == close((0.2201, 0.1700), abs=5e-5)
    assert model.retention(1) == close(0.6267, abs=5e-5)


def test_case_r2_discounted_expected_residual_lifetime():
    model = lifetime.fit_survival(HIGH_END).model
    found = [model.derl(period=n, discount_per_period=0.10) for n in (1, 7, 8)]
    assert found == close([5.41448, 7.34472, 7.52963], abs=5e-5)
    sums = [math.fsum(model.survival(t) / model.survival(n - 1) / 1.1 ** (t - n) for t in range(n, 700))
            for n in (1, 7, 8)]
    assert found == close(sums, rel=1e-9)


def test_case_r2b_restricted_mean_of_constant_churn_and_of_the_fit():
    constant = retention.constant_churn_survival(0.491, at_month=7, months=12)
    fitted = lifetime.fit_survival(HIGH_END).model.survival_curve(12)
    assert retention.restricted_mean(constant) == close(7.5875, abs=5e-5)
    assert retention.restricted_mean(fitted, months=12) == close(7.5336, abs=5e-5)


def test_case_r3_kaplan_meier_as_published():
    found = freireich()
    assert [found.at(t) for t in (6, 7, 10, 13, 16, 22, 23)] == close(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    # Greenwood's standard errors and the log-log interval as standard packages print them
    assert found.standard_error == close([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5)
    assert (found.low[0], found.high[0]) == close((0.6197, 0.9516), abs=5e-5)
    assert (found.low[-1], found.high[-1]) == close((0.1881, 0.6801), abs=5e-5)
    assert found.at_risk == (21, 17, 15, 12, 11, 7, 6) and found.median() == 23


def test_kaplan_meier_says_what_it_cannot_know():
    found = freireich()
    assert found.at(0) == 1 and found.at(35) == found.at(23) and found.at(36) is State.UNDEFINED
    empty, everyone = retention.kaplan_meier([], []), retention.kaplan_meier([3, 5], [False, False])
    assert empty.at(0) is State.UNDEFINED and "no accounts" in empty.reason
    assert everyone.at(4) == 1 and everyone.at(6) is State.UNDEFINED and everyone.median() is State.UNDEFINED
    assert "nobody has left" in everyone.reason
    gone = retention.kaplan_meier([1, 2], [True, True])
    assert gone.at(99) == 0 and gone.high[-1] == 0 and gone.median() == 1


@given(st.lists(st.tuples(st.integers(1, 24), st.booleans()), min_size=1, max_size=60))
def test_the_curve_falls_within_its_interval(rows):
    found = retention.kaplan_meier([t for t, _ in rows], [left for _, left in rows])
    assert list(found.survival) == sorted(found.survival, reverse=True)
    for s, low, high in zip(found.survival, found.low, found.high):
        assert 0 <= low <= s + 1e-12 and s <= high + 1e-12 <= 1 + 1e-9
    if all(left for _, left in rows):  # without censoring it is the plain share still there
        for month, s in zip(found.months, found.survival):
            assert s == close(sum(t > month for t, _ in rows) / len(rows))


ACCOUNTS = [
    AccountMonths("a", 0, 3, False), AccountMonths("b", 0, 1, True), AccountMonths("c", 0, 3, False),
    AccountMonths("d", 0, 3, True), AccountMonths("e", 2, 1, False), AccountMonths("f", 2, 1, True),
]


def test_the_triangle_stops_where_observation_stops():
    first, middle, last = retention.cohort_triangle(ACCOUNTS)
    assert (first.start_month, first.size) == (0, 4) and first.retained == (1.0, 0.75, 0.75, 0.5)
    assert middle.size == 0 and set(middle.retained) == {State.UNDEFINED}
    assert last.retained == (1.0, 0.5, State.UNDEFINED, State.UNDEFINED)
    assert retention.cohort_triangle([]) == []


def test_one_long_contract_does_not_fill_the_cells_of_its_cohort():
    rows = [AccountMonths("old", 0, 6, False), AccountMonths("new", 0, 2, False), AccountMonths("gone", 0, 1, True)]
    assert retention.cohort_triangle(rows)[0].retained[2:4] == (close(2 / 3), State.UNDEFINED)


def test_an_account_that_came_back_must_be_told_apart():
    with pytest.raises(VentureError, match="account 'a' appears 2 times"):
        retention.kaplan_meier_of_accounts([ACCOUNTS[0], ACCOUNTS[0]])
    with pytest.raises(VentureError, match=r"x\.months_active is -1"):
        AccountMonths("x", 0, -1, False)


def test_accounts_and_shares_give_one_fit():
    survivors = [1000, 869, 743, 653, 593, 551, 517, 491]
    rows = [AccountMonths(f"{month}-{i}", 0, month, True) for month in range(1, 8)
            for i in range(survivors[month - 1] - survivors[month])]
    rows += [AccountMonths(f"stay-{i}", 0, 7, False) for i in range(491)]
    by_rows, by_share = lifetime.fit_accounts(rows).model, lifetime.fit_survival(HIGH_END).model
    assert (by_rows.alpha, by_rows.beta) == close((by_share.alpha, by_share.beta), rel=1e-4)


def test_censored_accounts_of_several_cohorts_recover_the_truth():
    truth = ShiftedBetaGeometric(0.8, 3.0)
    left, still = [0.0] * 12, [0.0] * 12
    for seen in (3, 6, 12):  # three cohorts of equal size, in exact expected shares
        for t in range(1, seen + 1):
            left[t - 1] += truth.survival(t - 1) - truth.survival(t)
        still[seen - 1] += truth.survival(seen)
    model = lifetime.fit_lifetimes(left, still).model
    assert (model.alpha, model.beta) == close((0.8, 3.0), rel=1e-3)


def test_fits_without_information_are_undefined_with_a_reason():
    for fit, words in [(lifetime.fit_survival([]), "empty"), (lifetime.fit_accounts([]), "empty"),
                       (lifetime.fit_survival([1.0, 1.0, 1.0]), "nobody has left"),
                       (lifetime.fit_survival([0.8]), "one period"),
                       (lifetime.fit_accounts([AccountMonths("a", 0, 5, False)]), "nobody has left")]:
        assert fit.model is State.UNDEFINED and words in fit.reason
    same = lifetime.fit_survival([0.9**t for t in range(1, 8)])
    assert same.model.survival(7) == close(0.9**7, abs=1e-3) and "one constant rate" in same.reason
    kinds = lifetime.fit_survival([0.6, 0.6, 0.6])
    assert kinds.model.survival(3) == close(0.6, abs=1e-3) and "two kinds" in kinds.reason


def test_lifetime_without_end_is_infinite():
    assert ShiftedBetaGeometric(0.67, 3.8).mean_lifetime() is State.INFINITE
    assert ShiftedBetaGeometric(0.67, 3.8).derl(period=1, discount_per_period=0) is State.INFINITE
    model = ShiftedBetaGeometric(3.0, 4.0)
    assert model.mean_lifetime() == close(math.fsum(model.survival_curve(4000)), rel=1e-5)
    assert model.derl(period=2, discount_per_period=0) == close(
        model.derl(period=2, discount_per_period=1e-9), rel=1e-5)


@pytest.mark.parametrize(("a", "b", "n", "d"), [
    (0.668, 3.806, 1, 0.001), (0.668, 3.806, 600, 0.01), (3.0, 1000.0, 2, 0.01), (1000.0, 3.8, 60, 0.01),
    (1.0, 0.0001, 1, 0.001), (8000.0, 8000.0, 600, 0.5)])
def test_small_discounts_and_extreme_customers_keep_the_closed_form(a, b, n, d):
    expected, alive, t = 0.0, 1.0, n  # scipy's hyp2f1 is NaN or negative on three of these
    while alive > 1e-16:
        alive *= (b + t - 1) / (a + b + t - 1) / (1 + d if t > n else 1)
        expected += alive
        t += 1
    assert ShiftedBetaGeometric(a, b).derl(period=n, discount_per_period=d) == close(expected, rel=1e-9)


def test_restricted_mean_does_not_take_the_unseen_for_zero():
    assert retention.restricted_mean([1.0, 0.5, State.UNDEFINED]) is State.UNDEFINED
    assert retention.restricted_mean([1.0, 0.5, State.UNDEFINED], months=1) == 1.5
    assert retention.restricted_mean([1.0, 0.5], months=5) is State.UNDEFINED
    assert retention.restricted_mean([]) is State.UNDEFINED


def test_a_share_that_rises_is_refused():
    with pytest.raises(VentureError, match=r"survival\[1\] is 0\.9, above 0\.8"):
        lifetime.fit_survival([0.8, 0.9])


@given(a=st.floats(0.1, 20), b=st.floats(0.1, 20), t=st.integers(1, 50))
def test_retention_rises_with_age_and_multiplies_to_survival(a, b, t):
    model = ShiftedBetaGeometric(a, b)
    assert model.retention(t) <= model.retention(t + 1)
    assert model.survival(t) == close(math.prod(model.retention(k) for k in range(1, t + 1)), rel=1e-9)
