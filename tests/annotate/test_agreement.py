"""Agreement against published worked examples, and its intervals."""

import numpy as np
import pytest

from kit.annotate.agreement import cohen_kappa, krippendorff_alpha, majority

_ = None
# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: four observers, twelve units
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
UNITS = list(zip(*OBSERVERS))


@pytest.mark.parametrize(("scale", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_published_example_with_gaps(scale, published):
    found = krippendorff_alpha(UNITS, scale=scale)
    assert found.value == pytest.approx(published, abs=0.0005)
    assert found.low < found.value < found.high <= 1 and found.n == 11  # the twelfth unit has one answer


def test_alpha_is_that_of_the_published_binary_example():
    # the same source, section A: two observers, ten binary units, alpha 0.095
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert krippendorff_alpha(list(zip(first, second))).value == pytest.approx(0.095, abs=0.0005)


def test_alpha_is_that_of_the_published_example_of_names():
    # the same source, section B: two observers, twelve units of five names, alpha 0.692
    first, second = "aabbdcccedda", "babbbccceddd"
    assert krippendorff_alpha(list(zip(first, second))).value == pytest.approx(0.692, abs=0.0005)


def test_kappa_is_that_of_the_definition_by_hand():
    # 20 both yes, 5 and 10 split, 15 both no: p_o = 35/50, p_e = 0.5 x 0.6 + 0.5 x 0.4 = 0.5, kappa = 0.2 / 0.5
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = cohen_kappa(first, second)
    assert found.value == pytest.approx(0.4) and found.low < 0.4 < found.high
    # the large-sample standard error sqrt(p_o (1 - p_o) / n) / (1 - p_e) = 0.1296 (Cohen 1960)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(0.1296, rel=0.1)


def test_chance_agrees_at_nought_and_perfection_at_one():
    source = np.random.default_rng(0)
    first, second = source.integers(0, 3, 4000).tolist(), source.integers(0, 3, 4000).tolist()
    assert abs(cohen_kappa(first, second, resamples=100).value) < 0.04
    assert abs(krippendorff_alpha(list(zip(first, second)), resamples=100).value) < 0.04
    assert cohen_kappa(first, first, resamples=100).value == 1
    assert krippendorff_alpha(list(zip(first, first)), scale="ordinal", resamples=100).value == pytest.approx(1)


def test_one_answer_only_has_no_value_and_gaps_are_passed_over():
    assert cohen_kappa(["a", "a"], ["a", "a"]) is None and krippendorff_alpha([["a", "a"], ["a", "a"]]) is None
    assert cohen_kappa(["a", "b", None], ["a", "b", "a"]).n == 2
    with pytest.raises(ValueError, match="no row"):
        cohen_kappa([None], ["a"])
    with pytest.raises(ValueError, match="same rows"):
        cohen_kappa(["a"], [])
    with pytest.raises(ValueError, match="two answers"):
        krippendorff_alpha([["a"], [None, "b"]])
    with pytest.raises(ValueError, match="must be numbers"):
        krippendorff_alpha([["a", "b"]], scale="interval")


def test_majority_names_ties_and_gaps():
    found = majority([["a", "a", "b"], ["b", "a"], [None, "c"], [None, None]])
    assert found.labels == ["a", None, "c", None] and found.ties == {1: ["a", "b"]}
    assert found.num_answers == [3, 2, 1, 0]
