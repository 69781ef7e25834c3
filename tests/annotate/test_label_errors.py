"""Planted label errors are found; what nobody planted is not made up."""

import random

import numpy as np
import pytest

from kit.annotate.label_errors import confident_learning, label_errors
from kit.annotate.probabilities import out_of_fold, tfidf_features

WORDS = {"billing": "invoice charge refund price card", "delivery": "parcel courier late track box",
         "login": "password account locked code email"}  # fmt: skip
FILLERS = "the my is please again today with and not very this about help".split()  # noqa: SIM905


def noisy_rows(count=300, share=0.1, seed=0):
    source = random.Random(seed)
    names = list(WORDS)
    labels = [names[i % 3] for i in range(count)]
    texts = [" ".join(source.sample(FILLERS, 5) + source.sample(WORDS[label].split(), 3)) for label in labels]
    planted = set(source.sample(range(count), round(share * count)))
    given = [source.choice([n for n in names if n != true]) if i in planted else true for i, true in enumerate(labels)]
    return texts, labels, given, planted


def test_planted_errors_rank_first_with_the_true_label_suggested():
    texts, labels, given, planted = noisy_rows()
    found = label_errors(texts, given)
    first = set(found.ranking()[: len(planted)].tolist())
    assert len(first & planted) >= 29  # of 30
    assert sum(found.suggested[row] == labels[row] for row in first & planted) >= 27
    assert found.noise == pytest.approx(0.1, abs=0.02) and abs(int(found.is_suspect.sum()) - 30) <= 6
    assert found.joint.sum() == pytest.approx(1)


def test_clean_labels_raise_no_suspects():
    texts, labels, _, _ = noisy_rows()
    found = label_errors(texts, labels)
    assert found.noise == 0 and not found.is_suspect.any()


def test_the_count_is_that_of_the_definition_by_hand():
    # thresholds: mean of p_a over rows labelled a = (0.9 + 0.8 + 0.1) / 3 = 0.6, of p_b over those labelled b = 0.8
    probabilities = [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9]]
    found = confident_learning(probabilities, ["a", "a", "a", "b", "b", "b"], ["a", "b"])
    # counted: rows 0, 1 as a; row 2 (labelled a) as b; rows 3 and 5 as b; row 4 reaches no threshold
    assert found.joint.tolist() == [[pytest.approx(1 / 3), pytest.approx(1 / 6)], [0, pytest.approx(1 / 2)]]
    assert found.noise == pytest.approx(1 / 6) and np.flatnonzero(found.is_suspect).tolist() == [2]
    assert found.doubt[2] == pytest.approx(0.8) and found.suggested[2] == "b"


def test_vectors_of_the_users_own_are_used():
    texts, labels, given, planted = noisy_rows()
    asked = []

    def embed(some):
        asked.append(len(some))
        return np.eye(3)[[sorted(WORDS).index(label) for label in labels]]

    found = label_errors(texts, given, embed=embed)
    assert asked == [300] and set(np.flatnonzero(found.is_suspect).tolist()) <= planted


def test_no_row_is_judged_by_a_model_that_saw_its_label():
    # texts of one word each: a model that had seen the row would be sure of it
    texts = [f"word{i}" for i in range(40)]
    given = ["a", "b"] * 20
    probabilities, classes = out_of_fold(tfidf_features(texts), given)
    assert classes == ["a", "b"] and np.allclose(probabilities.sum(axis=1), 1)
    assert np.abs(probabilities - 0.5).max() < 0.1


def test_rare_classes_and_bad_arguments():
    probabilities, classes = out_of_fold(tfidf_features(["x one", "x two", "y three"]), ["x", "x", "y"])
    assert probabilities.shape == (3, 2) and probabilities[2, 1] == 0 and classes == ["x", "y"]
    with pytest.raises(ValueError, match="two or more"):
        out_of_fold(tfidf_features(["x"]), ["x"])
    with pytest.raises(ValueError, match="one label per text"):
        label_errors(["a"], [])
