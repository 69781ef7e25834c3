"""Rows that share a group count as their effective number wherever an interval is drawn; corners of the formulas."""

from dataclasses import replace

import numpy as np
import pytest

from kit.stats import measured_design_effect
from kit.strategy.draws import Quantity, Range, interval
from kit.strategy.error_cost import critical_error_price_of_runs, errors_by_class
from kit.strategy.gates import with_measures
from kit.strategy.information import question_of, value_of_labels
from kit.strategy.learning import fit_learning_curve
from kit.strategy.margin import drawn_losses, ledger
from kit.strategy.rows import Outcome, Rows
from kit.strategy.stakes import Stakes
from kit.strategy.states import State
from kit.strategy.value import Deal, ErrorClass, Payer, PriceMetric, amounts_of, purses

COPIES = 6
DEAL = Deal(
    price_metric=PriceMetric.USAGE, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=10_000,
    errors=(ErrorClass("refund", Payer.US, Range(3, 9)), ErrorClass("other", Payer.CUSTOMER, 20.0)),
)
SIZES = np.array([100.0, 400, 1600, 6400])


@pytest.fixture
def alone_and_copied():
    """200 rows per split, alone and each in six copies that share a group."""
    rng = np.random.default_rng(5)
    columns = {
        "confidence": np.full(400, 0.9), "correct": rng.random(400) < 0.9,
        "split": np.repeat(["validation", "test"], 200),
    }
    copied = {name: np.repeat(column, COPIES) for name, column in columns.items()}
    return Rows.from_columns(columns), Rows.from_columns({**copied, "group": np.repeat(np.arange(400), COPIES)})


def bounds(quantity):
    return quantity.low, quantity.high


def test_worth_of_labels_is_no_surer_for_copies(alone_and_copied):
    alone, copied = (bounds(value_of_labels(rows, DEAL, 0.5, requests=1000).usd) for rows in alone_and_copied)
    assert copied == pytest.approx(alone, rel=1e-6)


def test_cost_of_a_class_is_no_surer_for_copies(alone_and_copied):
    alone, copied = (
        bounds(errors_by_class(rows, DEAL, 0.0, requests_per_year=1000)[0].usd_per_year) for rows in alone_and_copied
    )
    assert copied == pytest.approx(alone, rel=1e-6)


def test_measures_for_gates_are_no_surer_for_copies(alone_and_copied):
    alone, copied = (with_measures({}, rows, 0.5)["metrics"]["accuracy_when_automated"] for rows in alone_and_copied)
    assert copied == pytest.approx(alone)
    assert alone["n"] == 200


def test_the_decision_question_is_no_surer_for_copies(alone_and_copied):
    alone, copied = (question_of(rows, DEAL) for rows in alone_and_copied)
    assert copied.right == pytest.approx(alone.right) and copied.wrong == pytest.approx(alone.wrong)


def test_a_critical_price_is_no_surer_for_copies_and_the_order_of_the_runs_does_not_matter(alone_and_copied):
    rng = np.random.default_rng(6)
    better = rng.random(400) < 0.97
    prices = []
    for rows in alone_and_copied:
        other = replace(rows, correct=np.repeat(better, len(rows) // 400))
        prices.append(critical_error_price_of_runs(rows, other, usd_a=0.001, usd_b=0.01))
        assert critical_error_price_of_runs(other, rows, usd_a=0.01, usd_b=0.001) == prices[-1]
    assert bounds(prices[1]) == pytest.approx(bounds(prices[0]), rel=1e-6)
    assert isinstance(prices[0].high, float)


def test_the_mix_of_errors_is_no_surer_for_copies():
    alone = drawn_losses(DEAL, {"refund": 5, "other": 9})
    copied = drawn_losses(DEAL, {"refund": 30, "other": 54}, deff=6.0)
    assert copied[Payer.CUSTOMER] == pytest.approx(alone[Payer.CUSTOMER])


def test_design_effect_of_unequal_groups_by_hand():
    # groups 1 | 0 0 1 | 1 1: MSB 1/3, MSW 2/9, m0 11/6, rho 3/14, Kish's m 7/3 -> 1 + 4/3 x 3/14
    values, groups = np.array([1, 0, 0, 1, 1, 1]), np.array(list("abbbcc"))
    assert measured_design_effect(values, groups) == pytest.approx(1 + 4 / 3 * 3 / 14)
    assert measured_design_effect(values, np.arange(6)) == 1
    assert measured_design_effect(values, np.zeros(6)) == 6
    assert measured_design_effect(np.array([1, 0, 1, 0]), np.array([0, 0, 1, 1])) == 1


def test_a_wrong_answer_of_a_person_stays_with_the_customer():
    deal = replace(DEAL, human_error_rate=0.1, usd_per_human_error=30.0)
    with_errors, without = (purses(d, amounts_of(d), (0.6, 0.0, 0.4), {}) for d in (deal, DEAL))
    assert with_errors.our_cost == without.our_cost == 0
    # 3.00 an answer today, and still on the .4 that are handed off
    assert with_errors.customer_value - without.customer_value == pytest.approx(3.0 * 0.6)


def test_an_error_that_is_half_gone_costs_half_its_excess_over_a_right_answer():
    stakes = Stakes(wrong_usd=21, handoff_usd=4, right_usd=1, wrong_usd_by_class={"leak": 101})
    half = stakes.with_errors_left(0.5)
    assert half.wrong_usd == 11 and half.wrong_usd_by_class == {"leak": 51}
    assert (half.right_usd, half.handoff_usd) == (1, 4)


def test_an_interval_holds_its_point_and_a_mostly_meaningless_ratio_has_none():
    assert bounds(interval(0.5, np.linspace(0.6, 0.8, 100))) == (0.5, pytest.approx(0.8, abs=0.01))
    half_missing = np.where(np.arange(100) % 2, np.nan, 1.0)
    assert interval(1.0, half_missing).value is State.UNDEFINED
    few_missing = np.where(np.arange(100) < 3, np.nan, 1.0)
    assert interval(1.0, few_missing).value == 1.0


def test_an_outcome_price_on_hardly_any_answers_has_no_margin():
    deal = replace(DEAL, price_metric=PriceMetric.OUTCOME)
    assert ledger(deal, Outcome(0, 0, 50, none_automated=True), {}).margin.value is State.UNDEFINED


def test_a_floor_below_zero_is_not_believed():
    curve = fit_learning_curve(SIZES, 2 * SIZES**-0.5 - 0.01)
    assert curve.floor == 0
    x = SIZES**-curve.exponent
    # least squares through zero: what is left over is orthogonal to the power
    assert (2 * SIZES**-0.5 - 0.01 - curve.scale * x) @ x == pytest.approx(0, abs=1e-12)


def test_a_point_with_few_rows_weighs_little():
    sizes = np.array([100.0, 200, 400, 800, 1600])
    errors = 0.02 + 1.4 * sizes**-0.4
    off = errors + np.array([0, 0, 0.1, 0, 0])
    trusted = fit_learning_curve(sizes, off, evaluated=[5000, 5000, 10, 5000, 5000])
    equal = fit_learning_curve(sizes, off, evaluated=[5000] * 5)
    truth = 0.02 + 1.4 * 3200**-0.4
    assert abs(trusted.error(3200) - truth) < 0.002 < abs(equal.error(3200) - truth)


def test_a_quantity_as_a_worksheet_row():
    assert Quantity(0.5, 0.4, State.INFINITE).as_row() == {"value": 0.5, "low": 0.4, "high": None, "state": None}
    never = Quantity(State.NEVER, 3.0, State.INFINITE)
    assert never.as_row() == {"value": None, "low": 3.0, "high": None, "state": "never"}
