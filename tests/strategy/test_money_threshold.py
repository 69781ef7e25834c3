"""From which confidence on the model answers alone: choice, report, interval and the rows behind them."""

import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.margin import expected_losses
from kit.strategy.rows import Rows, outcome
from kit.strategy.run_value import value_run
from kit.strategy.stakes import Stakes, View, chow_threshold, drawn_stakes, stakes_of, stakes_of_hand_off
from kit.strategy.states import State
from kit.strategy.threshold import (
    area_under_risk_coverage,
    best_threshold,
    choose_threshold,
    cost_at,
    coverage_curve,
    optima,
    resampled_weights,
    threshold_at_coverage,
)
from kit.strategy.value import Deal, ErrorClass, Payer, PriceMetric, amounts_of, purses

STAKES = stakes_of_hand_off(human_usd=4, error_usd=20)


def calibrated(n, *, seed=0, **more):
    rng = np.random.default_rng(seed)
    confidence = rng.beta(5, 1.5, n)
    correct = rng.random(n) < confidence
    return Rows.from_columns({"confidence": confidence, "correct": correct, **more})


def halves(n, **more):
    return np.where(np.arange(n) % 2, "test", "validation")


def test_on_calibrated_rows_the_optimum_lies_around_the_closed_form():
    n = 20_000
    rows = calibrated(n, split=halves(n))
    choice = choose_threshold(rows.part("validation"), rows.part("test"), STAKES)
    assert choice.chow == pytest.approx(0.8)
    assert choice.threshold.low < 0.8 < choice.threshold.high
    assert choice.usd_per_request.low < choice.usd_per_request.value < choice.usd_per_request.high
    assert choice.usd_per_request.value < min(choice.usd_if_all_handed, choice.usd_if_all_answered)
    assert choice.coverage.value == pytest.approx(outcome(rows.part("test"), choice.threshold.value).automation_rate)


def test_a_thousand_resamples_of_twenty_thousand_rows_take_about_a_second():
    rows = calibrated(20_000)
    start = time.perf_counter()
    drawn = optima(rows, STAKES, resampled_weights(rows))
    assert len(drawn) == 1000
    assert time.perf_counter() - start < 5  # .2 s on an idle core


def test_choosing_and_reporting_happen_on_different_rows():
    validation = Rows.from_columns({"confidence": [0.9, 0.8, 0.7], "correct": [True, True, False]})
    test = Rows.from_columns({"confidence": [0.95, 0.85, 0.75], "correct": [True, False, True]})
    choice = choose_threshold(validation, test, STAKES)
    assert choice.threshold.value == 0.8
    assert choice.usd_per_request.value == pytest.approx((0 + 20 + 4) / 3)
    assert choice.accuracy == 0.5


@given(seed=st.integers(0, 1000), error=st.floats(5, 100), human=st.floats(0.5, 20), n=st.integers(1, 60))
@settings(max_examples=50, deadline=None)
def test_no_other_threshold_costs_less_on_the_rows_it_was_chosen_on(seed, error, human, n):
    rng = np.random.default_rng(seed)
    rows = Rows.from_columns({"confidence": rng.integers(1, 8, n) / 8, "correct": rng.random(n) < 0.7})
    stakes = stakes_of_hand_off(human_usd=human, error_usd=error)
    best = cost_of(rows, stakes, best_threshold(rows, stakes))
    assert best == pytest.approx(min(cost_of(rows, stakes, t) for t in (State.NEVER, 0.0, *(np.arange(1, 9) / 8))))


def cost_of(rows, stakes, threshold):
    return stakes.cost(outcome(rows, threshold).shares)


def test_everything_and_nothing_are_answered_where_that_is_cheapest():
    rows = calibrated(200)
    assert best_threshold(rows, stakes_of_hand_off(human_usd=30, error_usd=20)) == 0.0
    free = stakes_of_hand_off(human_usd=0, error_usd=20)
    assert best_threshold(rows, free) is State.NEVER and chow_threshold(free) is State.NEVER
    choice = choose_threshold(rows, rows, free)
    assert choice.p_never == 1 and choice.threshold.high is State.NEVER
    assert choice.accuracy is State.UNDEFINED and choice.coverage.value == 0


def test_answer_everything_covers_rows_less_sure_than_any_seen():
    rows = Rows.from_columns({"confidence": [0.9, 0.6], "correct": [True, True]})
    less_sure = Rows.from_columns({"confidence": [0.3], "correct": [True]})
    assert choose_threshold(rows, less_sure, STAKES).coverage.value == 1


def test_equal_confidences_stand_or_fall_together():
    rows = Rows.from_columns({"confidence": [0.9] * 4, "correct": [True, True, True, False]})
    curve = coverage_curve(rows, STAKES)
    assert curve.coverage.tolist() == [1.0] and curve.usd_per_request.tolist() == [5.0]
    assert best_threshold(rows, STAKES) is State.NEVER
    assert area_under_risk_coverage(rows) == pytest.approx(0.25)


def test_a_run_without_rows_has_states_and_no_crash():
    none = calibrated(0)
    choice = choose_threshold(none, none, STAKES)
    assert choice.threshold.value is State.UNDEFINED and choice.usd_per_request.value is State.UNDEFINED
    assert choice.coverage.value is State.UNDEFINED and area_under_risk_coverage(none) is State.UNDEFINED
    assert len(coverage_curve(none, STAKES).threshold) == 0


def test_clustered_rows_widen_the_interval_of_the_cost():
    alone = calibrated(400)
    copies = Rows.from_columns({
        "confidence": np.repeat(alone.confidence, 9), "correct": np.repeat(alone.correct, 9),
        "group": np.repeat(np.arange(400), 9),
    })
    as_if_free = Rows.from_columns({"confidence": copies.confidence, "correct": copies.correct})
    widths = [(q := cost_at(rows, STAKES, 0.8)).high - q.low for rows in (alone, copies, as_if_free)]
    assert widths[1] == pytest.approx(widths[0], rel=1e-9)
    assert widths[1] > 2.5 * widths[2]


def test_a_dear_class_of_errors_moves_the_threshold():
    rows = Rows.from_columns({
        "confidence": [0.95, 0.9, 0.85, 0.8, 0.75, 0.7], "correct": [True, True, False, True, True, True],
        "error_class": [None, None, "injury", None, None, None],
    })
    cheap = Stakes(wrong_usd=6, handoff_usd=4)
    dear = Stakes(wrong_usd=6, handoff_usd=4, wrong_usd_by_class={"injury": 500})
    assert best_threshold(rows, cheap) == 0.0
    assert best_threshold(rows, dear) == 0.9


def test_threshold_that_answers_a_share():
    rows = Rows.from_columns({"confidence": [0.9, 0.8, 0.7, 0.6], "correct": [True] * 4})
    assert threshold_at_coverage(rows, 0.5) == 0.8
    assert threshold_at_coverage(rows, 1) == 0.0 and threshold_at_coverage(rows, 0) is State.NEVER
    with pytest.raises(VentureError, match=r"for 50 % type 0\.5"):
        threshold_at_coverage(rows, 50)


@given(view=st.sampled_from(View), metric=st.sampled_from(PriceMetric), payer=st.sampled_from(Payer))
@settings(max_examples=18, deadline=None)
def test_stakes_of_a_deal_add_up_to_its_ledgers(view, metric, payer):
    deal = Deal(
        price_metric=metric, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=1000, seats=20,
        errors=(ErrorClass("refund", Payer.US, 6.0), ErrorClass("other", payer, 20.0)), model_usd_per_request=0.01,
        human_error_rate=0.02, usd_per_human_error=20.0, qa_share=0.1, qa_usd_per_check=0.3,
    )
    mix, shares = {"refund": 1, "rework": 3}, (0.6, 0.1, 0.3)
    p = purses(deal, amounts_of(deal), shares, expected_losses(deal, mix))
    cost = {View.US: -p.contribution, View.CUSTOMER: p.today - p.customer_value, View.BOTH: p.today - p.surplus}[view]
    assert stakes_of(deal, mix, view).cost(shares) == pytest.approx(cost)
    drawn = drawn_stakes(deal, {"other": 10**9}, view, draws=50).mean(axis=1)
    sure = stakes_of(deal, {"other": 1}, view)
    assert drawn == pytest.approx([sure.right_usd, sure.wrong_usd, sure.handoff_usd], rel=1e-3, abs=1e-6)


def test_rows_from_a_table_keep_what_they_need():
    table = pa.table({
        "id": [1, 2, 3], "split": ["test", "validation", "test"], "confidence": [0.9, 0.8, 0.7],
        "correct": [True, False, True], "base_correct": pa.nulls(3, pa.bool_()),
        "error_class": pa.array([None, "a->b", None]).dictionary_encode(),
        "input_tokens": [10, 20, 30],
    })
    rows = Rows.from_columns(table)
    assert len(rows) == 3 and len(rows.part("test")) == 2
    assert rows.part("validation").error_class.tolist() == ["a->b"]
    assert rows.base_correct is None and rows.group is None
    assert rows.input_tokens.tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"confidence": [0.5]}, "no usable column `correct`"),
        ({"correct": [True, None]}, "column correct is empty in 1 of 2 rows"),
        ({"correct": [True, False], "confidence": [0.5]}, "column confidence has 1 rows, `correct` has 2"),
        ({"correct": [0.5, 1.0]}, "column correct holds 0.5"),
        ({"correct": [True], "confidence": [87.0]}, "column confidence holds 87: a fraction"),
        ({"correct": ["yes", "no"]}, "column correct holds 'no'"),
    ],
)
def test_what_rows_refuse(columns, message):
    with pytest.raises(VentureError, match=message):
        Rows.from_columns(columns)


def test_without_confidences_the_choice_is_all_or_nothing():
    good, bad = (Rows.from_columns({"correct": [True] * right + [False] * 5}) for right in (95, 5))
    assert best_threshold(good, STAKES) == 0.0 and best_threshold(bad, STAKES) is State.NEVER
    assert coverage_curve(good, STAKES).coverage.tolist() == [1.0]
    with pytest.raises(VentureError, match=r"threshold is 0.8, but predictions have no column `confidence`"):
        cost_at(good, STAKES, 0.8)


def test_handing_everything_off_is_certain_about_it():
    assert outcome(calibrated(50), State.NEVER).draw(draws=10).tolist() == [[0, 0, 1]] * 10


def value_of(rows, **more):
    deal = Deal(
        price_metric=PriceMetric.OUTCOME, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=10_000,
        errors=(ErrorClass("other", Payer.CUSTOMER, 20.0),), model_usd_per_request=0.01, handoff_overhead_usd=0.5,
    )
    return value_run(rows, deal, **more)


def test_a_run_to_money_in_one_call():
    n = 4000
    result = value_of(calibrated(n, split=halves(n)), target_margin=0.9)
    assert result.choice.chow == pytest.approx(1 - 4.5 / 20)  # the model is paid before it is known how sure it is
    # two roads to one number: today's cost less the cost at the threshold is the saving of both purses
    assert result.ledger.surplus.value == pytest.approx(4 - result.choice.usd_per_request.value)
    assert result.ledger.error_rate.value == result.choice.result.shares[1]
    assert result.ledger.p_saving_positive > 0.99 and result.ledger.p_margin_above_target == 1
    assert result.errors[0].usd_per_year.value == pytest.approx(120_000 * 20 * result.ledger.error_rate.value)


def test_each_purse_has_its_own_best_threshold():
    n = 4000
    rows = calibrated(n, split=halves(n))
    ours, theirs = (value_of(rows, view=view).choice for view in (View.US, View.CUSTOMER))
    assert ours.coverage.value > 0.99  # paid per right answer and liable for none
    assert theirs.chow == pytest.approx(15.5 / 19)  # a right answer costs the customer its price
    assert theirs.threshold.low < theirs.chow < theirs.threshold.high


def test_a_run_without_rows_is_worth_nothing_that_can_be_named():
    result = value_of(calibrated(0))
    assert result.ledger.margin.value is State.UNDEFINED and result.ledger.p_saving_positive is State.UNDEFINED
    assert result.ledger.error_rate.value is State.UNDEFINED and result.errors == ()
