"""Metrics of labels and numbers, against hand-worked counts and against scikit-learn and scipy."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from kit.intervals import estimate
from kit.metrics import (
    accuracy,
    balanced_accuracy,
    classification,
    confusion_matrix,
    hamming_loss,
    log_loss,
    macro_f1,
    matthews,
    micro_f1,
    multilabel,
    multilabel_macro_f1,
    multilabel_micro_f1,
    per_class,
    subset_accuracy,
    weighted_f1,
)
from kit.regression_metrics import mae, pearson, r2, regression, rmse, spearman

# rows: actual a a a b b c, predicted a a b b c c
ACTUAL = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "a", "b", "b", "c", "c"]


def test_single_label_by_hand():
    assert accuracy(PREDICTED, ACTUAL) == pytest.approx(4 / 6)
    # F1 = 2 TP / (predicted + actual): a 4/5, b 2/4, c 2/3
    assert macro_f1(PREDICTED, ACTUAL) == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)
    assert weighted_f1(PREDICTED, ACTUAL) == pytest.approx((3 * 4 / 5 + 2 * 1 / 2 + 2 / 3) / 6)
    assert micro_f1(PREDICTED, ACTUAL) == pytest.approx(4 / 6)
    # recalls 2/3, 1/2, 1
    assert balanced_accuracy(PREDICTED, ACTUAL) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    # s 6, c 4, sum p t = 2*3 + 2*2 + 2*1 = 12: (24 - 12) / sqrt((36 - 12)(36 - 14))
    assert matthews(PREDICTED, ACTUAL) == pytest.approx(12 / np.sqrt(24 * 22))


def test_confusion_matrix_has_references_in_rows_and_keeps_the_given_order():
    assert confusion_matrix(PREDICTED, ACTUAL).tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert confusion_matrix(PREDICTED, ACTUAL, labels=["c", "a", "b", "d"]).tolist() == [
        [1, 0, 0, 0], [0, 2, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0],
    ]  # fmt: skip


def test_a_class_never_predicted_has_precision_zero():
    rows = per_class(["a", "a", "a"], ["a", "a", "b"])
    assert rows[1] == {"label": "b", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1, "predicted": 0}
    assert rows[0]["precision"] == pytest.approx(2 / 3)
    json.dumps(per_class(np.array([1, 2]), np.array([1, 1])))  # plain Python values


@pytest.mark.parametrize("seed", range(5))
def test_single_label_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    actual = rng.integers(0, 6, 200)
    predicted = np.where(rng.random(200) < 0.6, actual, rng.integers(0, 8, 200))
    assert accuracy(predicted, actual) == pytest.approx(sk.accuracy_score(actual, predicted))
    for ours, average in ((macro_f1, "macro"), (weighted_f1, "weighted"), (micro_f1, "micro")):
        assert ours(predicted, actual) == pytest.approx(sk.f1_score(actual, predicted, average=average))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns that some predicted classes never occur
        assert balanced_accuracy(predicted, actual) == pytest.approx(sk.balanced_accuracy_score(actual, predicted))
    assert matthews(predicted, actual) == pytest.approx(sk.matthews_corrcoef(actual, predicted))
    assert (confusion_matrix(predicted, actual) == sk.confusion_matrix(actual, predicted)).all()
    theirs = np.array(sk.precision_recall_fscore_support(actual, predicted, zero_division=0)).T
    ours = [[row["precision"], row["recall"], row["f1"], row["support"]] for row in per_class(predicted, actual)]
    np.testing.assert_allclose(ours, theirs)


def test_log_loss_equals_scikit_learn_and_survives_a_sure_mistake():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 50)
    actual = rng.choice(["x", "y", "z"], 50)
    assert log_loss(p, actual) == pytest.approx(sk.log_loss(actual, p, labels=["x", "y", "z"]))
    assert log_loss([[0.9, 0.1]], ["y"], labels=["x", "y"]) == pytest.approx(-np.log(0.1))
    assert log_loss([[1.0, 0.0]], ["y"], labels=["x", "y"]) == pytest.approx(36.04, abs=0.01)  # -ln 2.2e-16
    with pytest.raises(ValueError, match="one column per label"):
        log_loss(p[:, :2], actual)
    with pytest.raises(ValueError, match="not logits"):
        log_loss(p * 3, actual)


def test_one_class_only():
    assert accuracy(["a", "a"], ["a", "a"]) == macro_f1(["a", "a"], ["a", "a"]) == 1.0
    assert matthews(["a", "a"], ["a", "a"]) == 0.0  # nothing to tell apart, so nothing is shown
    assert confusion_matrix(["a"], ["a"]).tolist() == [[1]]


def test_classes_that_neither_occur_nor_are_predicted_do_not_count_in_the_macro_mean():
    assert macro_f1(["a"], ["a"], labels=["a", "b"]) == 1.0


@pytest.mark.parametrize("metric", classification, ids=lambda m: m.name)
def test_labels_may_be_text_numbers_or_arrays(metric):
    numbers = {"a": 7, "b": 8, "c": 9}
    expected = metric(PREDICTED, ACTUAL)
    assert metric([numbers[x] for x in PREDICTED], [numbers[x] for x in ACTUAL]) == pytest.approx(expected)
    assert metric(np.array(PREDICTED), np.array(ACTUAL)) == pytest.approx(expected)


def test_label_errors_are_clear():
    with pytest.raises(ValueError, match="no rows"):
        accuracy([], [])
    with pytest.raises(ValueError, match="2 predictions but 1 references"):
        accuracy(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="number and text"):
        accuracy(["a", 1], ["a", "b"])
    with pytest.raises(ValueError, match="None and text"):
        macro_f1(["a", None], ["a", "b"])
    with pytest.raises(ValueError, match="'z'"):
        confusion_matrix(["a", "z"], ["a", "b"], labels=["a", "b"])


def test_multilabel_by_hand():
    actual = [[1, 0, 1], [0, 1, 0]]
    predicted = [[1, 1, 0], [0, 1, 0]]
    # per label 2 TP / (predicted + actual): 2/2, 2/3, 0/1; pooled 2 * 2 / (3 + 3)
    assert multilabel_micro_f1(predicted, actual) == pytest.approx(4 / 6)
    assert multilabel_macro_f1(predicted, actual) == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert subset_accuracy(predicted, actual) == 0.5
    assert hamming_loss(predicted, actual) == pytest.approx(2 / 6)


def test_multilabel_equals_scikit_learn():
    rng = np.random.default_rng(0)
    actual = (rng.random((100, 7)) < 0.3).astype(int)
    actual[:, 6] = 0
    predicted = np.where(rng.random((100, 7)) < 0.8, actual, 1 - actual)
    predicted[:, 6] = 0  # a label that neither occurs nor is predicted: left out, as with zero_division=nan
    assert multilabel_micro_f1(predicted, actual) == pytest.approx(sk.f1_score(actual, predicted, average="micro"))
    theirs = sk.f1_score(actual, predicted, average="macro", zero_division=np.nan)
    assert multilabel_macro_f1(predicted, actual) == pytest.approx(theirs)
    assert subset_accuracy(predicted, actual) == pytest.approx(sk.accuracy_score(actual, predicted))
    assert hamming_loss(predicted, actual) == pytest.approx(sk.hamming_loss(actual, predicted))


def test_multilabel_errors_are_clear():
    with pytest.raises(ValueError, match="apply the threshold"):
        multilabel_micro_f1([[0.4, 0.6]], [[0, 1]])
    with pytest.raises(ValueError, match="two"):
        subset_accuracy([[0, 1]], [[0, 1, 1]])


def test_regression_by_hand():
    predicted, actual = [1.0, 2.0, 6.0], [1.0, 3.0, 5.0]
    assert mae(predicted, actual) == pytest.approx(2 / 3)
    assert rmse(predicted, actual) == pytest.approx(np.sqrt(2 / 3))
    assert r2(predicted, actual) == pytest.approx(1 - 2 / 8)  # squares about the mean 3: 4 + 0 + 4
    assert spearman(predicted, actual) == pytest.approx(1.0)
    # centred: (-2, -1, 3) and (-2, 0, 2): 10 / sqrt(14 * 8)
    assert pearson(predicted, actual) == pytest.approx(10 / np.sqrt(112))


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_regression_equals_scikit_learn_and_scipy(offset):
    rng = np.random.default_rng(0)
    actual = offset + np.round(rng.normal(0, 3, 100))  # rounded: many ties
    predicted = actual + rng.normal(0, 2, 100)
    assert mae(predicted, actual) == pytest.approx(sk.mean_absolute_error(actual, predicted))
    assert rmse(predicted, actual) == pytest.approx(sk.root_mean_squared_error(actual, predicted))
    assert r2(predicted, actual) == pytest.approx(sk.r2_score(actual, predicted))
    assert pearson(predicted, actual) == pytest.approx(stats.pearsonr(actual, predicted)[0])
    assert spearman(predicted, actual) == pytest.approx(stats.spearmanr(actual, predicted)[0])


def test_a_column_that_does_not_vary_has_no_correlation_rather_than_nan():
    assert spearman([0.1, 0.1, 0.1], [1, 2, 3]) == pearson([0.1, 0.1, 0.1], [1, 2, 3]) == 0.0
    assert r2([1, 2], [0.1, 0.1]) == 0.0
    assert r2([0.1, 0.1], [0.1, 0.1]) == 1.0


def test_missing_numbers_are_counted_in_the_error():
    with pytest.raises(ValueError, match="2 of 4 predictions are missing"):
        mae([1.0, float("nan"), None, 2.0], [1, 2, 3, 4])


@pytest.mark.parametrize("metric", [*classification, *multilabel, *regression], ids=lambda m: m.name)
def test_the_value_of_an_estimate_is_the_metric(metric):
    rng = np.random.default_rng(1)
    shape = (60, 4) if metric in multilabel else 60
    actual = rng.integers(0, 2, shape)
    predicted = np.where(rng.random(shape) < 0.8, actual, 1 - actual)
    found = estimate(metric, predicted, actual)
    assert found.value == pytest.approx(metric(predicted, actual))
    assert found.low < found.value < found.high
    assert found.n == 60


def test_metrics_load_neither_a_framework_nor_a_learning_library():
    code = "import kit.regression_metrics, kit.text_metrics, kit.calibration, kit.paired, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "evaluate", "datasets", "sklearn", "scipy.stats", "scipy.optimize"} & set(loaded)
