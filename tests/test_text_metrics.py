"""Metrics of texts, against numbers worked by hand and against plain tables."""

import doctest
import math
import random

import numpy as np
import pytest

import kit.text_metrics
from kit.intervals import estimate
from kit.text_metrics import (
    cer,
    chrf,
    common_subsequence,
    edit_distance,
    exact_match,
    perplexity,
    rouge1,
    rouge2,
    rouge_l,
    text,
    token_f1,
    wer,
)


def test_the_examples_in_the_documentation_hold():
    assert doctest.testmod(kit.text_metrics).failed == 0


def test_exact_match_ignores_case_width_and_punctuation():
    predictions = ["The Bank.", "北京 大学", "３．５", "35", "no"]
    references = ["bank", "“北京大学”", "3.5", "3.5", "yes"]
    assert exact_match(predictions, references) == 3 / 5


def test_token_f1_in_english():
    # "total is 3.5 yuan" against "3.5 yuan": 2 tokens shared, 2 * 2 / (4 + 2)
    assert token_f1(["The total is 3.5 yuan"], ["3.5 yuan"]) == pytest.approx(2 / 3)


def test_token_f1_in_chinese_counts_characters():
    # 北京大学 against 北京的大学: 4 shared, 2 * 4 / (4 + 5)
    assert token_f1(["北京大学"], ["北京的大学。"]) == pytest.approx(8 / 9)


def test_token_f1_counts_repeats_once_per_occurrence():
    # "yes yes yes" against "yes no": 1 shared, 2 * 1 / (3 + 2)
    assert token_f1(["yes yes yes"], ["yes no"]) == pytest.approx(0.4)


def test_the_best_of_several_references_counts():
    assert token_f1(["Paris"], [["Lyon", "Paris"]]) == 1.0
    assert exact_match(["Paris", "Rome"], [["Lyon", "Paris"], ["Lyon"]]) == 0.5
    assert chrf(["abc"], [["xyz", "abc"]]) == pytest.approx(1.0)
    assert wer(["turn off"], [["switch it off now", "turn off"]]) == 0.0
    assert wer(["turn off"], [["turn", "turn it off now"]]) == 0.5  # by rate (2 of 4), not by edits (1 of 1)


def test_rouge_in_english():
    prediction, reference = ["The cat sat on the mat"], ["The cat is on the mat."]
    # 1-grams: the (2), cat, on, mat = 5 of 6 and 6; 2-grams: the cat, on the, the mat = 3 of 5 and 5; LCS 5
    assert rouge1(prediction, reference) == pytest.approx(10 / 12)
    assert rouge2(prediction, reference) == pytest.approx(6 / 10)
    assert rouge_l(prediction, reference) == pytest.approx(10 / 12)


def test_rouge_in_chinese_counts_characters():
    prediction, reference = ["我要退货"], ["我想要退货款"]
    # 1-grams: all 4 of 4 and 6: 8 / 10; 2-grams: 要退, 退货 of 3 and 5: 4 / 8; LCS 我要退货 = 4: 8 / 10
    assert rouge1(prediction, reference) == pytest.approx(0.8)
    assert rouge2(prediction, reference) == pytest.approx(0.5)
    assert rouge_l(prediction, reference) == pytest.approx(0.8)


def test_rouge_l_sees_order_and_rouge_1_does_not():
    # "b a" against "a b": LCS 1 of 2 and 2
    assert rouge1(["b a"], ["a b"]) == 1.0
    assert rouge_l(["b a"], ["a b"]) == 0.5


def test_rouge_2_of_one_word_texts_is_their_equality():
    assert rouge2(["yes", "no"], ["Yes.", "yes"]) == 0.5


def test_chrf_by_hand():
    # abc / abd: matches 2 of 3, 1 of 2, 0 of 1; P = R = (2/3 + 1/2 + 0) / 3 = 7/18
    assert chrf(["abc"], ["abd"]) == pytest.approx(7 / 18)
    # ab / abc: P = (1 + 1) / 2, R = (2/3 + 1/2) / 2 = 7/12 ("ab" has no 3-gram); 5 * 7/12 / (4 + 7/12) = 35/55
    assert chrf(["ab"], ["abc"]) == pytest.approx(35 / 55)


def test_chrf_weighs_recall_more_than_precision():
    assert chrf(["abc"], ["ab"]) > chrf(["ab"], ["abc"])


def test_chrf_in_chinese():
    # 退货地址 / 退货的地址: 4 of 4 and 5; 2 of 3 and 4; 0 of 2 and 3; 0 of 1 and 2
    # P = (1 + 2/3) / 4 = 5/12, R = (4/5 + 1/2) / 4 = 13/40; 5 P R / (4 P + R) = (65/96) / (239/120) = 0.339958
    assert chrf(["退货地址"], ["退货的地址"]) == pytest.approx(0.339958, abs=1e-6)


def test_chrf_of_a_corpus_sums_the_counts_before_it_divides():
    # abc / abd and ab / abc together: order 1: 4 of 5 and 6; order 2: 2 of 3 and 4; order 3: 0 of 1 and 2
    # P = (4/5 + 2/3) / 3 = 22/45, R = (2/3 + 1/2) / 3 = 7/18; 5 P R / (4 P + R)
    p, r = 22 / 45, 7 / 18
    assert chrf(["abc", "ab"], ["abd", "abc"]) == pytest.approx(5 * p * r / (4 * p + r))


def test_chrf_ignores_spaces_and_keeps_case():
    assert chrf(["a b c"], ["abc"]) == pytest.approx(1.0)
    assert chrf(["ABC"], ["abc"]) == 0.0


def test_word_error_rate():
    # "turn the light off" to "turn lights off": one deletion, one substitution, 3 words
    assert wer(["Turn the light off."], ["turn lights off"]) == pytest.approx(2 / 3)
    # over a corpus edits and words are summed first: (2 + 0) / (3 + 1), not the mean of 2/3 and 0
    assert wer(["turn the light off", "yes"], ["turn lights off", "yes"]) == pytest.approx(0.5)


def test_word_error_rate_can_pass_one():
    assert wer(["a b c d"], ["x"]) == 4.0


def test_character_error_rate():
    assert cer(["打开空条"], ["打开空调。"]) == pytest.approx(1 / 4)
    assert cer(["a part"], ["apart"]) == pytest.approx(1 / 5)  # a space too many is an error in English
    assert cer(["打开 空调"], ["打开空调"]) == 0.0  # and none in Chinese


def test_an_empty_reference_counts_its_insertions():
    assert wer(["noise", "yes sir"], ["", "yes sir"]) == pytest.approx(1 / 2)


def test_perplexity_from_sums():
    # (2 + 4) nats over (3 + 1) tokens: e^1.5
    assert perplexity([2.0, 4.0], [3, 1]) == pytest.approx(math.exp(1.5))


def test_bit_vectors_equal_the_plain_tables():
    rng = random.Random(0)
    for _ in range(300):
        a, b = (tuple(rng.choices("abc", k=rng.randint(0, 70 if rng.random() < 0.2 else 8))) for _ in range(2))
        distance, common = table(a, b)
        assert edit_distance(a, b) == distance
        assert common_subsequence(a, b) == common


def table(a, b):
    distance = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1))
    common = np.zeros_like(distance)
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            above, left, corner = distance[i - 1, j], distance[i, j - 1], distance[i - 1, j - 1]
            distance[i, j] = min(above + 1, left + 1, corner + (x != y))
            common[i, j] = common[i - 1, j - 1] + 1 if x == y else max(common[i - 1, j], common[i, j - 1])
    return distance[-1, -1], common[-1, -1]


@pytest.mark.parametrize("metric", text, ids=lambda m: m.name)
def test_bounds_are_reached(metric):
    assert metric(["我要退货", "where is it"], ["我要退货", "where is it"]) == pytest.approx(1.0)
    assert metric(["甲乙丙丁", "x y z"], ["我要退货", "where is it"]) == 0.0
    assert metric(["", ""], ["我要退货", "where is it"]) == 0.0


@pytest.mark.parametrize("metric", [*text, wer, cer], ids=lambda m: m.name)
def test_the_value_of_an_estimate_is_the_metric(metric):
    predictions, references = ["我要退货", "where is she", "no"], ["我要退款", "where is it", "no"]
    found = estimate(metric, predictions, references)
    assert found.value == pytest.approx(metric(predictions, references))
    assert found.low <= found.value <= found.high
    assert found.n == 3


def test_clear_errors():
    with pytest.raises(ValueError, match="2 of 3 predictions are not text"):
        token_f1(["a", None, float("nan")], ["a", "b", "c"])
    with pytest.raises(ValueError, match="no rows"):
        chrf([], [])
    with pytest.raises(ValueError, match="1 predictions but 2 references"):
        rouge1(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="empty list of references"):
        exact_match(["a"], [[]])
    with pytest.raises(ValueError, match="every reference is empty"):
        wer(["a"], ["。"])
    with pytest.raises(ValueError, match="positive number of tokens"):
        perplexity([1.0], [0])
