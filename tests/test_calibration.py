"""Reliability, ECE, Brier, temperature and risk by coverage, worked by hand and against planted truths."""

import numpy as np
import pytest
from sklearn import metrics as sk

from kit.calibration import aurc, brier, ece, fit_temperature, probabilities, reliability, risk_coverage
from kit.intervals import estimate


def test_ece_of_two_bins_by_hand():
    # four rows at 0.9, three right: 0.9 - 0.75 = 0.15; two at 0.6, one right: 0.6 - 0.5 = 0.1; (4 * 0.15 + 2 * 0.1) / 6
    confidence, correct = [0.9] * 4 + [0.6] * 2, [1, 1, 1, 0, 1, 0]
    assert ece(confidence, correct) == pytest.approx(0.8 / 6)
    rows = reliability(confidence, correct)
    assert [(row["n"], row["accuracy"]) for row in rows] == [(2, 0.5), (4, 0.75)]
    assert [row["confidence"] for row in rows] == pytest.approx([0.6, 0.9])
    # fifteenths: 0.6 is the upper edge of the ninth bin, 0.9 lies in the fourteenth
    assert [(row["low"], row["high"]) for row in rows] == [(8 / 15, 9 / 15), (13 / 15, 14 / 15)]


def test_edges_fall_into_a_bin_and_the_table_covers_every_row():
    rows = reliability([0.0, 0.2, 1.0], [0, 0, 1])
    assert [(row["low"], row["n"]) for row in rows] == [(0.0, 1), (2 / 15, 1), (14 / 15, 1)]
    assert ece([0.0, 1.0], [0, 1]) == 0.0


def test_ece_is_the_sum_over_its_own_reliability_table():
    rng = np.random.default_rng(0)
    confidence = rng.random(500)
    correct = rng.random(500) < confidence**2
    rows = reliability(confidence, correct)
    expected = sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / 500
    assert ece(confidence, correct) == pytest.approx(expected)
    assert estimate(ece, confidence, correct).value == pytest.approx(expected)


def test_brier():
    assert brier([0.9, 0.2], [1, 0]) == pytest.approx((0.01 + 0.04) / 2)
    # classes: (0.7, 0.3) against the first = 0.09 + 0.09
    assert brier([[0.7, 0.3]], [0]) == pytest.approx(0.18)
    # independent labels: mean of 0.01 and 0.04
    assert brier([[0.9, 0.2]], [[1, 0]]) == pytest.approx(0.025)
    rng = np.random.default_rng(0)
    p, y = rng.random(50), rng.integers(0, 2, 50)
    assert brier(p, y) == pytest.approx(sk.brier_score_loss(y, p))


@pytest.mark.parametrize("planted", [0.4, 1.0, 2.5])
def test_temperature_recovers_a_planted_one(planted):
    rng = np.random.default_rng(0)
    true_logits = rng.normal(0, 2, (20_000, 5))
    labels = (probabilities(true_logits).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    assert fit_temperature(true_logits * planted, labels) == pytest.approx(planted, rel=0.05)


@pytest.mark.parametrize("shape", [(20_000,), (5_000, 4)])
def test_temperature_of_independent_labels(shape):
    rng = np.random.default_rng(1)
    true_logits = rng.normal(0, 2, shape)
    labels = (rng.random(shape) < probabilities(true_logits, independent=True)).astype(int)
    assert fit_temperature(true_logits * 3, labels) == pytest.approx(3, rel=0.05)


def test_temperature_minimises_the_log_loss_and_mends_the_ece():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 1.5, (3000, 4))
    labels = (probabilities(logits).cumsum(axis=1) < rng.random((3000, 1))).sum(axis=1)
    sharp = logits * 4
    best = fit_temperature(sharp, labels)

    def loss(temperature):
        return sk.log_loss(labels, probabilities(sharp, temperature=temperature), labels=range(4))

    assert loss(best) <= min(loss(best * 0.97), loss(best * 1.03))

    def error(temperature):
        p = probabilities(sharp, temperature=temperature)
        return ece(p.max(axis=1), p.argmax(axis=1) == labels)

    assert error(1.0) > 0.2
    assert error(best) < 0.03


def test_temperature_stays_within_its_bounds():
    logits = np.array([[5.0, 0.0], [0.0, 5.0]] * 10)
    assert fit_temperature(logits / 1000, [0, 1] * 10) == pytest.approx(0.05, rel=0.01)  # always right: ever sharper
    assert fit_temperature(logits, [1, 0] * 10) == pytest.approx(20, rel=0.01)  # always wrong: ever flatter


def test_a_few_right_answers_are_no_certainty():
    # 20 right of 20 by a gap of 5: the target leaves 1/22, half of it to the other class: ln(43) = 5 / T
    logits = np.array([[5.0, 0.0], [0.0, 5.0]] * 10)
    assert fit_temperature(logits, [0, 1] * 10) == pytest.approx(5 / np.log(43), rel=1e-4)
    assert fit_temperature(np.array([5.0, -5.0] * 10), [1, 0] * 10) == pytest.approx(5 / np.log(21), rel=1e-4)


def test_probabilities_do_not_overflow():
    assert probabilities([[1000.0, 0.0]]).tolist() == [[1.0, 0.0]]
    assert probabilities([-1000.0, 0.0, 1000.0], independent=True).tolist() == [0.0, 0.5, 1.0]
    assert fit_temperature([[1000.0, 0.0], [900.0, 0.0]], [0, 1]) == pytest.approx(20, rel=0.01)


def test_risk_by_coverage():
    # surest first: right, wrong, right, wrong: 0/1, 1/2, 1/3, 2/4
    coverage, risk = risk_coverage([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    np.testing.assert_allclose(risk, [0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0]) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidences_make_aurc_the_error_rate_in_any_order():
    assert aurc([0.5] * 4, [1, 0, 0, 1]) == aurc([0.5] * 4, [0, 1, 1, 0]) == pytest.approx(0.5)


def test_a_confidence_that_knows_scores_lower_than_one_that_does_not():
    assert aurc([0.9, 0.8, 0.2], [1, 1, 0]) < aurc([0.2, 0.8, 0.9], [1, 1, 0])


def test_clear_errors():
    with pytest.raises(ValueError, match="between 0 and 1"):
        ece([2.3], [1])
    with pytest.raises(ValueError, match="not logits"):
        brier([2.3], [1])
    with pytest.raises(ValueError, match="1 of 2 confidences are missing"):
        reliability([None, 0.5], [1, 0])
    with pytest.raises(ValueError, match="no rows"):
        fit_temperature([], [])
    with pytest.raises(ValueError, match="from 0 to 1"):
        fit_temperature([[0.0, 1.0]], [2])
    with pytest.raises(ValueError, match="0 or 1"):
        fit_temperature([0.0, 1.0], [2, 1])
