"""Which errors cost most, which run to ship, and what more labels or test rows are worth."""

import numpy as np
import pytest

from kit.errors import VentureError
from kit.strategy.draws import Range
from kit.strategy.error_cost import confusion_cost, critical_error_price_of_runs, errors_by_class, rank_runs
from kit.strategy.information import (
    Question,
    evpi_all_or_nothing,
    evsi_all_or_nothing,
    question_of,
    value_of_labels,
    value_of_test_rows,
)
from kit.strategy.learning import fit_learning_curve, value_if_all_answered
from kit.strategy.rows import Rows
from kit.strategy.stakes import Stakes, View, stakes_of_hand_off
from kit.strategy.states import State
from kit.strategy.value import Deal, ErrorClass, Payer, PriceMetric


def a_deal(*errors, **more):
    return Deal(
        price_metric=PriceMetric.USAGE, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=100_000,
        errors=errors or (ErrorClass("other", Payer.CUSTOMER, 20.0),), handoff_overhead_usd=0.5, **more,
    )


def both_splits(confidence, correct, **more):
    """The same rows as validation and as test."""
    n = len(confidence)
    columns = {"confidence": confidence, "correct": correct, **more}
    doubled = {name: np.concatenate([column, column]) for name, column in columns.items()}
    return Rows.from_columns({**doubled, "split": np.repeat(["validation", "test"], n)})


def test_the_class_to_fix_first_is_the_dearest_and_not_the_commonest():
    rows = Rows.from_columns({
        "confidence": [0.9] * 100, "correct": [False] * 10 + [True] * 90,
        "error_class": np.array(["typo"] * 8 + ["leak"] * 2 + [None] * 90, dtype=object),
    })
    deal = a_deal(ErrorClass("typo", Payer.CUSTOMER, 5.0), ErrorClass("leak", Payer.US, Range(100, 300)))
    first, second = errors_by_class(rows, deal, 0.0, requests_per_year=1000)
    assert (first.kind, first.payer, first.count) == ("leak", Payer.US, 2)
    assert second.usd_per_year.value == pytest.approx(1000 * 0.08 * 5)
    assert second.usd_per_year.low < 400 < second.usd_per_year.high
    assert first.usd_per_year.high / first.usd_per_year.low > second.usd_per_year.high / second.usd_per_year.low
    assert errors_by_class(rows, deal, State.NEVER, requests_per_year=1000) == ()


def test_confusion_matrix_in_dollars_a_year():
    rows = Rows.from_columns({
        "correct": [True, False, False, False], "reference": ["a", "a", "b", "b"], "prediction": ["a", "b", "a", "a"],
    })
    labels, cost = confusion_cost(rows, {("b", "a"): 10.0}, requests_per_year=100, other_usd=1.0)
    assert labels == ["a", "b"]
    assert cost.tolist() == [[0, 25], [500, 0]]
    with pytest.raises(VentureError, match="reference"):
        confusion_cost(Rows.from_columns({"correct": [True]}), {}, requests_per_year=100)


def paired(only_a, only_b, n=500):
    a, b = np.ones(n, bool), np.ones(n, bool)
    a[:only_b] = False
    b[only_b : only_b + only_a] = False
    return Rows.from_columns({"correct": a}), Rows.from_columns({"correct": b})


def test_critical_error_price_with_the_interval_of_paired_rows():
    a, b = paired(only_a=12, only_b=30)
    price = critical_error_price_of_runs(a, b, usd_a=0.0007, usd_b=0.01)
    assert price.value == pytest.approx(0.0093 / 0.036)
    # the paired difference is .036 with a 95 % interval of about .011 to .061
    assert price.low == pytest.approx(0.0093 / 0.061, rel=0.05)
    assert price.high == pytest.approx(0.0093 / 0.0108, rel=0.25)
    other_way = critical_error_price_of_runs(b, a, usd_a=0.01, usd_b=0.0007)
    assert other_way.value == pytest.approx(price.value)


def test_an_unproven_difference_leaves_the_critical_price_open_above():
    price = critical_error_price_of_runs(*paired(only_a=12, only_b=15), usd_a=0.0007, usd_b=0.01)
    assert price.value == pytest.approx(0.0093 / 0.006) and price.high is State.INFINITE
    worse = critical_error_price_of_runs(*paired(only_a=60, only_b=5), usd_a=0.0007, usd_b=0.01)
    assert (worse.value, worse.low) == (State.NEVER, State.NEVER)


def test_pairing_refuses_other_rows():
    with pytest.raises(VentureError, match="2 and 3 rows"):
        critical_error_price_of_runs(
            Rows.from_columns({"correct": [True] * 2}), Rows.from_columns({"correct": [True] * 3}), usd_a=1, usd_b=2
        )


def test_runs_are_ranked_by_money_and_not_by_accuracy():
    unsure = both_splits([0.9] * 86 + [0.2] * 14, [True] * 86 + [False] * 14)  # 86 % right, and it knows which
    blind = both_splits([0.9] * 100, [True] * 94 + [False] * 6)  # 94 % right, errors as sure as the rest
    stakes = stakes_of_hand_off(human_usd=4, error_usd=20)
    first, second = rank_runs({"blind": (blind, stakes), "unsure": (unsure, stakes)})
    assert [first.name, second.name] == ["unsure", "blind"]
    assert first.usd_per_request.value == pytest.approx(0.14 * 4)
    assert second.usd_per_request.value == pytest.approx(0.06 * 20)


def test_errors_that_were_answered_are_worth_their_full_loss():
    rows = both_splits([0.99] * 1000, [True] * 950 + [False] * 50)
    worth = value_of_labels(rows, a_deal(), 0.5, requests=1_200_000)
    assert worth.usd.value == pytest.approx(1_200_000 * 0.05 * 0.5 * 20)
    assert worth.usd.value == pytest.approx(worth.usd_if_all_answered)


def test_errors_that_would_have_been_handed_off_are_worth_a_hand_off():
    # .0102 of all requests at 20 for a year of 100,000 a month are 244,308; as hand-offs at 4.50 they are 54,969
    share, n = 0.01017948, 10_000
    doubtful = 100
    rows = both_splits([0.99] * (n - doubtful) + [0.3] * doubtful, [True] * (n - doubtful) + [False] * doubtful)
    worth = value_of_labels(rows, a_deal(), 0.0, requests=1_200_000 * share * n / doubtful)
    assert worth.usd_if_all_answered == pytest.approx(244_307.5, rel=1e-5)
    assert worth.usd.value == pytest.approx(54_969.2, rel=1e-5)
    assert (worth.threshold_now, worth.threshold_then) == (0.99, 0.0)


def test_labels_that_leave_the_doubtful_rows_doubtful_are_worth_nothing():
    rows = both_splits([0.99] * 900 + [0.3] * 100, [True] * 900 + [False] * 100)
    worth = value_of_labels(rows, a_deal(), 0.9, requests=1_200_000)
    assert worth.usd.value == 0 and worth.usd_if_all_answered > 200_000


def test_the_range_of_a_loss_widens_the_worth_of_labels():
    rows = both_splits([0.99] * 1000, [True] * 950 + [False] * 50)
    plain = value_of_labels(rows, a_deal(), 0.5, requests=1e6).usd
    ranged = value_of_labels(rows, a_deal(ErrorClass("other", Payer.CUSTOMER, Range(10, 36))), 0.5, requests=1e6).usd
    assert ranged.high - ranged.low > 1.5 * (plain.high - plain.low)
    empty = value_of_labels(rows.part("test"), a_deal(), 0.5, requests=1e6)
    assert empty.usd.value is State.UNDEFINED and empty.usd_if_all_answered is State.UNDEFINED


def test_worth_of_test_rows_by_simulation_meets_the_exact_sum():
    stakes = Stakes(wrong_usd=45.01, handoff_usd=4, right_usd=0.01)
    costs = np.repeat([[0.01], [45.01], [4.0]], 20_000, axis=1)
    question = Question(np.ones(1), np.array([46.0]), np.array([4.0]), costs)
    for rows in (50, 200, 1000):
        simulated = value_of_test_rows(question, rows, requests=1).usd_of_rows
        assert simulated == pytest.approx(evsi_all_or_nothing(46, 4, rows, stakes), rel=0.03)
    found = value_of_test_rows(question, 50, requests=1)
    assert found.usd_of_perfect_accuracy == pytest.approx(evpi_all_or_nothing(46, 4, stakes), rel=0.03)
    assert found.usd_of_perfect_prices == 0 and found.measure_first == "accuracy"


def test_worth_of_knowing_the_accuracy_holds_for_a_purse_that_prefers_errors():
    mirrored = Stakes(wrong_usd=0.01, handoff_usd=4, right_usd=45.01)
    plain = Stakes(wrong_usd=45.01, handoff_usd=4, right_usd=0.01)
    assert evpi_all_or_nothing(4, 46, mirrored) == pytest.approx(evpi_all_or_nothing(46, 4, plain))
    assert evpi_all_or_nothing(46, 4, Stakes(wrong_usd=5, handoff_usd=4, right_usd=5)) == 0


def test_a_threshold_takes_most_of_the_worth_of_more_test_rows():
    rng = np.random.default_rng(1)
    confidence = rng.beta(5, 1.5, 500)
    rows = Rows.from_columns({"confidence": confidence, "correct": rng.random(500) < confidence})
    deal = a_deal()
    with_threshold = value_of_test_rows(question_of(rows, deal), 500, requests=100_000)
    assert 0 < with_threshold.usd_of_rows < with_threshold.usd_of_perfect_accuracy
    assert value_of_test_rows(question_of(rows, deal), 5000, requests=100_000).usd_of_rows > with_threshold.usd_of_rows


def test_a_wide_price_of_an_error_is_measured_before_the_accuracy():
    rng = np.random.default_rng(1)
    confidence = rng.beta(5, 1.5, 2000)
    rows = Rows.from_columns({"confidence": confidence, "correct": rng.random(2000) < confidence})
    deal = a_deal(ErrorClass("other", Payer.CUSTOMER, Range(2, 100)))
    assert value_of_test_rows(question_of(rows, deal), 500, requests=100_000).measure_first == "prices"
    ours = value_of_test_rows(question_of(rows, deal, view=View.US), 500, requests=100_000)
    assert ours.measure_first == "neither" and ours.usd_of_rows == 0


def test_equal_confidences_share_a_bin():
    rows = Rows.from_columns({"confidence": [0.9] * 60 + [0.5] * 40, "correct": [True] * 60 + [False] * 40})
    question = question_of(rows, a_deal())
    assert question.share.tolist() == [0.6, 0.4]
    assert question.accuracy == pytest.approx([60.5 / 61, 0.5 / 41])


def test_learning_curve_needs_four_sizes_and_says_how_far_it_reaches():
    assert fit_learning_curve([100, 400, 1600], [0.3, 0.2, 0.1]) is State.UNDEFINED
    assert fit_learning_curve([100, 400, 1600, 1600], [0.3, 0.2, 0.1, 0.1]) is State.UNDEFINED
    curve = fit_learning_curve([100, 400, 1600, 6400], [0.24, 0.15, 0.09, 0.06], evaluated=[500] * 4)
    assert not curve.is_extrapolated(25_600) and curve.is_extrapolated(25_601)
    with pytest.raises(VentureError, match="2 subset sizes, 1 error rates"):
        fit_learning_curve([100, 200], [0.1])
    with pytest.raises(VentureError, match=r"errors is 24: a fraction between 0 and 1 is due; for 24 % type 0.24"):
        fit_learning_curve([100, 200], [24, 15])


def test_more_evaluation_rows_narrow_the_learning_curve():
    rates = [0.241885, 0.147439, 0.093195, 0.062039]
    few, many = (fit_learning_curve([100, 400, 1600, 6400], rates, evaluated=[n] * 4) for n in (300, 30_000))
    assert few.error(12_800) == pytest.approx(many.error(12_800), abs=2e-3)
    a, b = few.error_with_interval(12_800), many.error_with_interval(12_800)
    assert b.high - b.low < 0.2 * (a.high - a.low)
    worth = value_if_all_answered(few, 6400, 6400, requests=1_200_000, usd_per_error=20)
    assert worth.low < 244_307 < worth.high


def test_errors_left_feed_the_worth_of_labels():
    curve = fit_learning_curve([100, 400, 1600, 6400], [0.241885, 0.147439, 0.093195, 0.062039], evaluated=[2000] * 4)
    left = curve.errors_left(6400, 6400)
    assert left.mean() == pytest.approx(0.05186 / 0.062039, abs=0.05)
    rows = both_splits([0.99] * 1000, [True] * 938 + [False] * 62)
    worth = value_of_labels(rows, a_deal(), left, requests=1_200_000)
    assert worth.usd.low < worth.usd.value < worth.usd.high
