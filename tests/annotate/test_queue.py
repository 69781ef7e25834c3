"""What the queue asks for first, and that it never asks twice; what it is worth: tests/benchmarks/labelling.py."""

import numpy as np
import pytest

from kit.annotate.probabilities import fitted
from kit.annotate.queue import first_picks, queue, uncertainty

CLASSES = 6


def clouds(count, seed, spread=0.35):
    """Points around six corners: (texts, true labels, features)."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, CLASSES, count)
    features = np.eye(CLASSES)[true] + spread * rng.standard_normal((count, CLASSES))
    texts = ["".join(chr(97 + c) for c in rng.integers(0, 26, 30)) for _ in range(count)]
    return texts, np.array([f"c{t}" for t in true]), features


def test_uncertainty_is_nought_for_sure_and_one_for_no_idea():
    rows = np.array([[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0], [0.6, 0.3, 0.1]])
    assert uncertainty(rows, "margin").tolist() == pytest.approx([0, 1, 1, 0.7])
    assert uncertainty(rows, "entropy").tolist() == pytest.approx([0, 1, np.log(2) / np.log(3), 0.8173], abs=1e-4)


def test_first_picks_cover_what_there_is():
    texts, labels, features = clouds(600, 0, spread=0.05)
    assert len(set(labels[first_picks(features, CLASSES)])) == CLASSES
    assert sorted(first_picks(features[:5], 9)) == [0, 1, 2, 3, 4]
    picks = queue(texts, [None] * 600, features, 12)
    assert len(picks) == 12 and {pick.reason for pick in picks} == {"first picks"}
    assert len({labels[pick.row] for pick in picks}) == CLASSES


def test_unlabelled_rows_come_by_uncertainty_with_the_models_answer():
    texts, labels, features = clouds(400, 1)
    known = [str(label) if row < 60 else None for row, label in enumerate(labels)]
    picks = queue(texts, known, features, 20)
    assert len({pick.row for pick in picks}) == 20 and min(pick.row for pick in picks) >= 60
    model = fitted(features[:60], labels[:60])
    unsure = uncertainty(model.predict_proba(features))
    assert np.mean([unsure[pick.row] for pick in picks]) > np.quantile(unsure[60:], 0.8)
    assert all(pick.suggested == model.predict(features[[pick.row]])[0] for pick in picks)
    assert [pick.score for pick in picks] == sorted((pick.score for pick in picks), reverse=True)


def test_a_batch_holds_no_near_copies():
    texts, labels, features = clouds(200, 2)
    copies = [texts[150].upper() + "!"] * 100
    known = [str(label) if row < 60 else None for row, label in enumerate(labels)] + [None] * 100
    picks = queue([*texts, *copies], known, np.vstack([features, np.tile(features[150], (100, 1))]), 50)
    assert sum(pick.row == 150 or pick.row >= 200 for pick in picks) <= 1 and len(picks) == 50


def test_doubted_labels_and_differing_annotators_come_first():
    texts, labels, features = clouds(400, 3, spread=0.1)
    known = [str(label) if row < 300 else None for row, label in enumerate(labels)]
    known[7] = "c1" if labels[7] != "c1" else "c2"
    picks = queue(texts, known, features, 10, annotations={9: ["c1", "c2"], 11: ["c1", "c1"], 12: ["c1", "c2", "c2"]})
    assert [(pick.row, pick.reason) for pick in picks[:3]] == [
        (9, "disagreement"), (12, "disagreement"), (7, "suspected error")]  # fmt: skip
    assert picks[2].suggested == labels[7] and repr(known[7]) in picks[2].why
    assert {pick.reason for pick in picks[3:]} == {"uncertain"}


def test_few_labels_are_not_doubted():
    texts, labels, features = clouds(200, 4)
    picks = queue(texts, [str(label) if row < 60 else None for row, label in enumerate(labels)], features, 30)
    assert {pick.reason for pick in picks} == {"uncertain"}


def test_a_trained_models_answers_replace_the_own_model():
    texts, _, features = clouds(100, 5)
    answers = [("c1", 0.2 if row in (40, 41) else 0.9) for row in range(100)]
    picks = queue(texts, [None] * 100, features, 2, answers=answers)
    assert {pick.row for pick in picks} >= {40} or {41} <= {pick.row for pick in picks}
    assert picks[0].score == pytest.approx(0.8) and picks[0].suggested == "c1" and picks[0].reason == "uncertain"


def test_all_labelled_or_nothing_left_ends_quietly():
    texts, labels, features = clouds(150, 6, spread=0.01)
    assert queue(texts, labels.tolist(), features, 10) == []
    with pytest.raises(ValueError, match="budget"):
        queue(texts, labels.tolist(), features, 0)
    with pytest.raises(ValueError, match="one each"):
        queue(texts[1:], labels.tolist(), features, 1)
