"""Worked cases from evaluation counts to money; each expected number is written out."""

import doctest
import importlib

import numpy as np
import pytest

from kit import calibration, stats
from kit.strategy.error_cost import (
    break_even_accuracy,
    cost_of_pass,
    critical_error_price,
    economic_loss,
    saving_if_all_automated,
)
from kit.strategy.information import evpi_all_or_nothing, evsi_all_or_nothing
from kit.strategy.learning import (
    LearningCurve,
    best_number_of_labels,
    fit_learning_curve,
    label_cost,
    value_if_all_answered,
)
from kit.strategy.rows import Rows
from kit.strategy.stakes import Stakes, chow_threshold, stakes_of_hand_off
from kit.strategy.states import State
from kit.strategy.threshold import area_under_risk_coverage, best_threshold, coverage_curve

CONFIDENCE = [0.99, 0.97, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.55, 0.5]
CORRECT = [1, 1, 1, 1, 1, 0, 1, 0, 1, 0]
SIZES, ERRORS = [100, 400, 1600, 6400], [0.241885, 0.147439, 0.093195, 0.062039]


@pytest.fixture
def ten_rows():
    return Rows.from_columns({"confidence": CONFIDENCE, "correct": CORRECT})


@pytest.fixture
def curve():
    fitted = fit_learning_curve(SIZES, ERRORS)
    assert isinstance(fitted, LearningCurve)
    return fitted


def test_case_l1_wilson_interval_of_460_of_500():
    assert stats.wilson(460, 500) == pytest.approx((0.892894, 0.940702), abs=5e-7)


def test_case_l2_no_error_in_30_rows_still_allows_a_tenth():
    assert stats.clopper_pearson(0, 30)[1] == pytest.approx(0.115703, abs=5e-7)
    assert stats.rule_of_three(30) == pytest.approx(0.1)
    assert stats.jeffreys(0, 30).ppf(0.975) == pytest.approx(0.079678, abs=5e-7)


def test_case_l3_exact_mcnemar():
    test = stats.mcnemar(30, 12, 458)
    assert test.p_value == pytest.approx(0.007916, abs=5e-7)
    assert test.diff == pytest.approx(0.036)
    assert stats.paired_standard_error(30, 12, 500) == pytest.approx(0.012861, abs=5e-7)


def test_case_l4_cost_and_saving_with_hand_off():
    stakes = stakes_of_hand_off(human_usd=4, error_usd=20, overhead_usd=0.5, model_usd=0.01)
    cost = stakes.cost((0.7 * 0.97, 0.7 * 0.03, 0.3))
    assert cost == pytest.approx(1.78, rel=1e-9)
    assert 4 - cost == pytest.approx(2.22, rel=1e-9)


def test_case_l4_people_err_too_so_the_saving_grows_to_2_50():
    stakes = stakes_of_hand_off(human_usd=4, error_usd=20, overhead_usd=0.5, human_error=0.02, model_usd=0.01)
    assert 4 + 0.02 * 20 - stakes.cost((0.7 * 0.97, 0.7 * 0.03, 0.3)) == pytest.approx(2.50, rel=1e-9)


def test_case_l5_chow_threshold_with_human_error_and_where_an_error_is_cheaper_than_a_person():
    assert chow_threshold(stakes_of_hand_off(human_usd=4, error_usd=20)) == pytest.approx(0.8)
    assert chow_threshold(stakes_of_hand_off(human_usd=4, error_usd=20, human_error=0.02)) == pytest.approx(0.78)
    assert chow_threshold(stakes_of_hand_off(human_usd=20, error_usd=20)) == 0
    assert chow_threshold(stakes_of_hand_off(human_usd=25, error_usd=20)) == 0


def test_case_l6_cost_of_answering_the_k_surest_rows(ten_rows):
    curve = coverage_curve(ten_rows, stakes_of_hand_off(human_usd=4, error_usd=20))
    assert curve.usd_per_request == pytest.approx([3.6, 3.2, 2.8, 2.4, 2.0, 3.6, 3.2, 4.8, 4.4, 6.0], rel=1e-9)
    assert best_threshold(ten_rows, stakes_of_hand_off(human_usd=4, error_usd=20)) == 0.85
    assert curve.coverage[4] == 0.5 and curve.accuracy[4] == 1.0


def test_case_l6b_area_under_the_risk_coverage_curve(ten_rows):
    assert area_under_risk_coverage(ten_rows) == pytest.approx(0.108175, abs=5e-7)


def test_case_l7_cost_of_pass():
    assert cost_of_pass(0.002, 0.8) == pytest.approx(0.0025)
    assert cost_of_pass(4, 0.98) == pytest.approx(4.081633, rel=1e-6)
    assert cost_of_pass(0.002, 0) is State.INFINITE


def test_case_l8_economic_loss():
    loss = economic_loss(usd_per_request=0.001, latency_s=1.2, usd_per_second=0.01, error_rate=0.08, usd_per_error=5)
    assert loss == pytest.approx(0.413, rel=1e-9)
    assert economic_loss(usd_per_request=0.001, abstention_rate=0.25, usd_per_abstention=4) == pytest.approx(1.001)


def test_case_l9_break_even_accuracy():
    assert break_even_accuracy(human_usd=4, model_usd=0.01, error_usd=20) == pytest.approx(0.8005, rel=1e-9)
    assert break_even_accuracy(human_usd=4, model_usd=0.01, error_usd=2) == pytest.approx(-0.995, rel=1e-9)
    assert break_even_accuracy(human_usd=0.01, model_usd=4, error_usd=20) is State.NEVER
    assert break_even_accuracy(human_usd=4, model_usd=0.01, error_usd=0) is State.UNDEFINED


def test_case_l9b_error_price_at_which_two_models_change_places():
    assert critical_error_price(usd_a=0.0007, usd_b=0.01, error_a=0.08, error_b=0.05) == pytest.approx(0.31)
    assert critical_error_price(usd_a=0.0007, usd_b=0.01, error_a=0.05, error_b=0.08) is State.NEVER
    assert critical_error_price(usd_a=0.0007, usd_b=0.01, error_a=0.05, error_b=0.05) is State.NEVER


def test_case_l10_learning_curve_is_recovered(curve):
    assert (curve.scale, curve.exponent, curve.floor) == pytest.approx((1.4, 0.4, 0.02), rel=1e-3)
    assert curve.error(12800) == pytest.approx(0.05186, abs=5e-6)


def test_case_l11_value_of_doubling_the_labels_where_all_is_answered():
    exact = LearningCurve(0.02, 1.4, 0.4, 6400, draws=np.array([[0.02, 1.4, 0.4]]))
    value = value_if_all_answered(exact, 6400, 6400, requests=100_000 * 12, usd_per_error=20)
    assert exact.error(6400) - exact.error(12800) == pytest.approx(0.0102, abs=5e-5)
    assert value.value == pytest.approx(244307.5593, rel=1e-6)
    cost = label_cost(6400, usd_per_label=0.10, annotators=3, qa_share=0.15)
    assert cost == pytest.approx(2208.0)


def test_case_l12_best_number_of_labels(curve):
    best = best_number_of_labels(curve, usd_if_always_wrong=24_000, usd_per_label=0.345)
    assert best == pytest.approx(1901.02, abs=0.02)
    assert best_number_of_labels(curve, usd_if_always_wrong=24_000, usd_per_label=0) is State.INFINITE


def saving_bounds(error_usd):
    low, high = stats.wilson(460, 500)
    return [
        saving_if_all_automated(a, human_usd=4, model_usd=0.01, error_usd=error_usd) for a in (low, 460 / 500, high)
    ]


def test_case_l13_interval_of_accuracy_becomes_an_interval_of_the_saving():
    assert saving_bounds(20) == pytest.approx([1.8479, 2.39, 2.804], abs=5e-5)


def test_case_l13b_with_a_dearer_error_the_sign_is_open():
    assert saving_bounds(45) == pytest.approx([-0.8298, 0.39, 1.3216], abs=5e-5)


def test_case_l23_rows_to_see_90_against_93_percent():
    assert stats.rows_to_compare(0.90, 0.93) == pytest.approx(1352.6, abs=0.05)


def test_case_l23b_rows_to_see_a_paired_difference():
    assert stats.rows_to_compare_paired(0.084, 0.036) == pytest.approx(500.9, abs=0.05)


def test_case_l24_design_effect():
    deff = stats.design_effect(5, 0.5)
    assert deff == pytest.approx(3.0)
    assert stats.effective_rows(500, deff) == pytest.approx(166.666667, rel=1e-6)


def test_case_l25_expected_calibration_error():
    assert calibration.ece([0.9] * 4 + [0.6] * 2, [1, 1, 1, 0, 1, 0]) == pytest.approx(0.133333, abs=5e-7)


def test_case_l26_conformal_index():
    assert stats.conformal_index(99, 0.1) == 90
    assert stats.conformal_index(20, 0.1) == 19


@pytest.mark.parametrize(("rows", "worth"), [(50, 32_812), (200, 44_961), (1000, 50_302)])
def test_case_l29_worth_of_more_test_rows(rows, worth):
    stakes = Stakes(wrong_usd=45.01, handoff_usd=4, right_usd=0.01)
    assert 100_000 * evsi_all_or_nothing(46, 4, rows, stakes) == pytest.approx(worth, abs=0.5)


def test_case_l29_worth_of_knowing_the_accuracy():
    stakes = Stakes(wrong_usd=45.01, handoff_usd=4, right_usd=0.01)
    assert 100_000 * evpi_all_or_nothing(46, 4, stakes) == pytest.approx(51_889, abs=0.5)


def test_case_l30_probability_that_answering_everything_saves_money():
    cheap = break_even_accuracy(human_usd=4, model_usd=0.01, error_usd=20)
    dear = break_even_accuracy(human_usd=4, model_usd=0.01, error_usd=45)
    assert dear == pytest.approx(0.911333, abs=5e-7)
    assert stats.probability_at_least(460, 500, cheap) == pytest.approx(1.0, abs=5e-7)
    assert stats.probability_at_least(460, 500, dear) == pytest.approx(0.748609, abs=5e-7)


WORKSHEETS = ("draws", "error_cost", "learning", "stakes", "value", "bridge")
DOCUMENTED = ("stats", *(f"strategy.{name}" for name in WORKSHEETS))


@pytest.mark.parametrize("module", DOCUMENTED)
def test_worked_numbers_in_the_docstrings_hold(module):
    result = doctest.testmod(importlib.import_module(f"kit.{module}"))
    assert result.attempted > 0 and result.failed == 0
