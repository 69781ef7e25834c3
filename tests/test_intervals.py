"""Intervals and paired tests: coverage by simulation, clusters, small samples, speed."""

import doctest
import json
import math
import time
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

import kit.paired
from kit.intervals import bootstrap, estimate, share_estimate
from kit.metrics import label_rows, macro_f1, ratio
from kit.paired import compare, paired_bootstrap, paired_interval
from kit.regression_metrics import mae
from kit.stats import mcnemar, wilson

REPEATS = 300


def coverage(draw, interval, truth):
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(REPEATS):
        found = interval(draw(rng))
        hits += found.low <= truth <= found.high
    return hits / REPEATS


def test_the_examples_in_the_documentation_hold():
    assert doctest.testmod(kit.paired).failed == 0


def test_wilson_covers_at_its_level():
    assert 0.91 <= coverage(lambda rng: rng.random(80) < 0.85, share_estimate, 0.85) <= 0.98


def test_bootstrap_of_a_mean_covers_at_its_level():
    def interval(rows):
        return bootstrap(rows, resamples=400)

    assert 0.91 <= coverage(lambda rng: rng.normal(2, 1, 40), interval, 2.0) <= 0.98
    assert 0.91 <= coverage(lambda rng: rng.normal(2, 1, 6), interval, 2.0) <= 0.985  # plain percentiles reach 0.86


def test_bootstrap_covers_at_another_level():
    found = coverage(lambda rng: rng.normal(2, 1, 40), lambda rows: bootstrap(rows, resamples=400, level=0.8), 2.0)
    assert 0.75 <= found <= 0.86


def clustered_scores(rng, groups=30, size=10):
    """Rows of a group share most of what they are: intraclass correlation 0.8."""
    scores = rng.normal(0, 2, (groups, 1)) + rng.normal(0, 1, (groups, size))
    return scores.ravel(), np.repeat(np.arange(groups), size)


def test_cluster_bootstrap_covers_where_the_row_bootstrap_does_not():
    def by_cluster(data):
        return bootstrap(data[0], clusters=data[1], resamples=400)

    assert 0.91 <= coverage(clustered_scores, by_cluster, 0.0) <= 0.98
    assert coverage(clustered_scores, lambda data: bootstrap(data[0], resamples=400), 0.0) < 0.6


def test_cluster_bootstrap_is_wider_on_clustered_data():
    scores, groups = clustered_scores(np.random.default_rng(3))
    rows, clusters = bootstrap(scores), bootstrap(scores, clusters=groups)
    assert clusters.high - clusters.low > 2 * (rows.high - rows.low)
    assert (rows.n, rows.method, clusters.n, clusters.method) == (300, "bootstrap", 30, "cluster bootstrap")
    assert rows.value == clusters.value


def test_share_without_clusters_is_wilson():
    found = share_estimate([1] * 460 + [0] * 40)
    assert (found.value, found.n, found.method) == (0.92, 500, "wilson")
    assert (found.low, found.high) == pytest.approx(wilson(460, 500))


def test_share_with_clusters():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 10)
    correct = rng.random(400) < np.repeat(rng.beta(1, 1, 40), 10)
    rows, clusters = share_estimate(correct), share_estimate(correct, clusters=groups)
    assert clusters.value == rows.value
    assert clusters.high - clusters.low > 1.5 * (rows.high - rows.low)


def test_perfect_answers_are_no_proof_of_perfection():
    # 12 clusters, all right: as 12 of 12 rows for Wilson
    found = share_estimate([1] * 60, clusters=[i % 12 for i in range(60)])
    assert (found.low, found.high) == pytest.approx(wilson(12, 12))
    assert found.method == "wilson of clusters"
    labels = ["a", "b"] * 20
    found = estimate(macro_f1, labels, labels)
    assert found.value == found.high == 1.0
    assert found.low == pytest.approx(wilson(40, 40)[0])
    assert found.method == "wilson of rows"


def test_one_cluster_gives_no_interval_and_says_so():
    found = share_estimate([1, 0, 1, 1], clusters=["shop"] * 4)
    assert (found.value, found.low, found.high, found.n) == (0.75, 0.0, 1.0, 1)
    assert found.method == "one cluster: no interval"
    found = estimate(mae, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0], clusters=[7, 7, 7])  # no upper bound to fall back on
    assert found.value == pytest.approx(4 / 3)
    assert found.low < found.value < found.high
    assert (found.n, found.method) == (1, "bootstrap of rows: one cluster")


def test_one_row_gives_no_interval_and_says_so():
    assert share_estimate([1]).low == pytest.approx(wilson(1, 1)[0])
    found = estimate(macro_f1, ["a"], ["a"])
    assert (found.low, found.high, found.method) == (0.0, 1.0, "one row: no interval")
    found = estimate(mae, [3.0], [1.0])
    assert (found.value, found.low, found.high, found.method) == (2.0, 2.0, 2.0, "one row: no interval")


def test_a_ratio_divides_sums_and_not_means_of_ratios():
    found = bootstrap(np.array([[1.0, 1.0], [0.0, 3.0]] * 20), ratio)
    assert found.value == pytest.approx(0.25)
    assert found.low < 0.25 < found.high


def test_sparse_and_dense_statistics_give_the_same_interval():
    rng = np.random.default_rng(0)
    actual = rng.integers(0, 5, 200)
    predicted = np.where(rng.random(200) < 0.7, actual, rng.integers(0, 5, 200))
    rows = label_rows(predicted, actual)
    groups = rng.integers(0, 30, 200)
    for clusters in (None, groups):
        sparse, dense = (bootstrap(x, macro_f1.of, clusters=clusters) for x in (rows, rows.toarray()))
        assert (sparse.low, sparse.high) == pytest.approx((dense.low, dense.high))
        assert sparse.low < sparse.value < sparse.high


def test_macro_f1_of_resamples_equals_a_plain_loop():
    """The matrix product against the metric itself on resampled rows: the same spread."""
    rng = np.random.default_rng(0)
    actual = rng.integers(0, 4, 300)
    predicted = np.where(rng.random(300) < 0.7, actual, rng.integers(0, 4, 300))
    picks = rng.integers(0, 300, (1000, 300))
    plain = np.quantile([macro_f1(predicted[i], actual[i]) for i in picks], [0.025, 0.975])
    found = estimate(macro_f1, predicted, actual, resamples=4000)
    assert (found.low, found.high) == pytest.approx(plain, abs=0.01)


def test_results_are_plain_numbers_for_json():
    rng = np.random.default_rng(0)
    a, b = rng.random(30) < 0.8, rng.random(30) < 0.5
    groups = rng.integers(0, 9, 30)
    for clusters in (None, groups):
        json.dumps([asdict(share_estimate(a, clusters=clusters)), compare(a, b, clusters=clusters).as_dict()])
        json.dumps(asdict(estimate(macro_f1, a.astype(int), b.astype(int), clusters=clusters)))


def test_same_seed_same_interval():
    scores = np.random.default_rng(0).random(50)
    assert bootstrap(scores, seed=1) == bootstrap(scores, seed=1)
    assert bootstrap(scores, seed=1) != bootstrap(scores, seed=2)


def test_a_thousand_resamples_are_quick():
    rng = np.random.default_rng(0)
    actual = rng.integers(0, 77, 3080)
    predicted = np.where(rng.random(3080) < 0.9, actual, rng.integers(0, 77, 3080))
    scores = rng.random(20_000)
    start = time.process_time()
    estimate(macro_f1, predicted, actual)
    bootstrap(scores)
    assert time.process_time() - start < 2.0  # 0.2 s at leisure


def test_clear_errors():
    with pytest.raises(ValueError, match="no rows"):
        bootstrap([])
    with pytest.raises(ValueError, match="no rows"):
        share_estimate([])
    with pytest.raises(ValueError, match="2 of 3 scores are missing"):
        bootstrap([1.0, float("nan"), None])
    with pytest.raises(ValueError, match="1 of 2 correct marks are missing"):
        share_estimate([1, None])
    with pytest.raises(ValueError, match="marked 0 or 1"):
        share_estimate([0.5, 1])
    with pytest.raises(ValueError, match="2 cluster ids for 3 rows"):
        bootstrap([1.0, 2.0, 3.0], clusters=["a", "b"])
    with pytest.raises(ValueError, match="1 of 3 rows have no cluster id"):
        bootstrap([1.0, 2.0, 3.0], clusters=["a", None, "b"])
    with pytest.raises(ValueError, match="sums"):
        bootstrap([1.0, 2.0], lambda columns: 3.0)
    with pytest.raises(ValueError, match="outside its bounds"):
        bootstrap([3.0, 4.0], bounds=(0.0, 1.0))
    with pytest.raises(ValueError, match="100 resamples"):
        bootstrap([3.0, 4.0], resamples=10)


# ---- paired tests


def test_compare_is_the_exact_mcnemar_test():
    a, b = [1] * 30 + [0] * 12 + [1] * 458, [0] * 30 + [1] * 12 + [1] * 458
    found = compare(a, b)
    assert (found.wins, found.losses, found.ties, found.test) == (30, 12, 458, "mcnemar")
    assert found.p_value == pytest.approx(stats.binomtest(30, 42, 0.5).pvalue)
    assert found.p_value == mcnemar(30, 12, 458).p_value
    assert found.diff == pytest.approx(0.036)
    # p = 31/502, q = 13/502, p - q = 0.035857; 1.96 sqrt((44/502 - 0.035857^2) / 502) = 0.025708
    assert (found.low, found.high) == pytest.approx((0.010149, 0.061565), abs=1e-6)


def test_the_interval_of_a_paired_difference_is_sane_with_few_rows():
    assert paired_interval(0, 0, 5) == pytest.approx((-0.395973, 0.395973), abs=1e-6)  # 1.96 sqrt((2/7) / 7)
    all_won = compare([1] * 5, [0] * 5)
    assert all_won.p_value == pytest.approx(0.0625)
    assert all_won.high == 1.0
    assert all_won.low == pytest.approx(0.195836, abs=1e-6)  # 5/7 - 1.96 sqrt((1 - 25/49) / 7)
    one = compare([1], [0])
    assert one.low < 0 < one.high
    assert one.p_value == 1.0


def test_paired_interval_covers_at_its_level():
    def draw(rng):
        return rng.multinomial(40, [0.25, 0.1, 0.65])  # wins, losses, ties

    rng = np.random.default_rng(0)
    hits = sum(low <= 0.15 <= high for low, high in (paired_interval(*draw(rng)) for _ in range(REPEATS)))
    assert 0.91 <= hits / REPEATS <= 0.985


def test_paired_bootstrap_p_is_about_uniform_when_nothing_differs():
    rng = np.random.default_rng(0)
    ps = np.array(
        [paired_bootstrap(*rng.normal(0.5, 0.1, (2, 60)), resamples=400, seed=i).p_value for i in range(REPEATS)]
    )
    assert 0.02 <= (ps <= 0.05).mean() <= 0.09
    assert 0.42 <= (ps <= 0.5).mean() <= 0.58
    assert stats.kstest(ps, "uniform").pvalue > 0.01


def test_paired_cluster_bootstrap_keeps_its_level_where_rows_would_not():
    rng = np.random.default_rng(0)
    by_row, by_cluster = [], []
    for i in range(100):
        difference, groups = clustered_scores(rng, groups=25, size=8)
        zero = np.zeros(len(difference))
        by_row.append(paired_bootstrap(difference, zero, resamples=200, seed=i).p_value)
        by_cluster.append(paired_bootstrap(difference, zero, clusters=groups, resamples=200, seed=i).p_value)
    assert np.mean(np.array(by_row) <= 0.05) > 0.3
    assert np.mean(np.array(by_cluster) <= 0.05) <= 0.12


def test_paired_bootstrap_sees_a_real_difference_on_either_side():
    rng = np.random.default_rng(0)
    b = rng.uniform(0.2, 0.7, 200)
    a = b + rng.normal(0.05, 0.1, 200)
    found, mirrored = paired_bootstrap(a, b), paired_bootstrap(b, a)
    assert found.p_value < 0.01
    assert 0 < found.low < found.diff < found.high
    assert (found.wins, found.losses) == (mirrored.losses, mirrored.wins)
    assert mirrored.diff == pytest.approx(-found.diff)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))
    assert found.test == "paired_bootstrap"


def test_paired_bootstrap_agrees_with_the_t_test():
    rng = np.random.default_rng(5)
    a, b = rng.normal(0.52, 0.1, 150), rng.normal(0.5, 0.1, 150)
    found = paired_bootstrap(a, b, resamples=5000)
    assert found.p_value == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.02)


def test_few_pairs_cannot_show_more_than_their_signs():
    found = paired_bootstrap([0.9, 0.8, 0.9, 0.7, 0.9], [0.1, 0.2, 0.1, 0.3, 0.1])
    assert found.p_value == 2**-4  # five wins in five: 2 * (1/2)^5
    assert found.diff == pytest.approx(0.68)


def test_systems_that_never_differ():
    found = paired_bootstrap([0.5] * 10, [0.5] * 10)
    assert (found.diff, found.p_value, found.ties) == (0.0, 1.0, 10)
    assert found.low < 0 < found.high  # the eleventh row may differ
    assert (found.low, found.high) == pytest.approx(paired_interval(0, 0, 10))


def test_a_constant_difference_lies_within_its_interval():
    found = paired_bootstrap([30.0] * 6, [10.0] * 6)
    assert found.diff == 20.0
    assert found.low < 20.0 <= found.high <= 20.0  # the scores span 20
    assert found.p_value == 2**-5


def test_compare_takes_the_bootstrap_for_scores_and_for_clusters():
    assert compare([0.5, 1, 0], [0.2, 1, 1]).test == "paired_bootstrap"
    assert compare([1, 1, 0, 1], [0, 1, 1, 1], clusters=[1, 1, 2, 2]).test == "paired_bootstrap"


def test_one_cluster_allows_no_test():
    found = compare([1, 1, 1, 1], [0, 0, 0, 1], clusters=["a"] * 4)
    assert (found.diff, found.low, found.high, found.p_value) == (0.75, -1.0, 1.0, 1.0)
    assert (found.wins, found.losses, found.ties, found.test) == (3, 0, 1, "one cluster: no test")


def test_paired_errors_are_clear():
    with pytest.raises(ValueError, match="no rows"):
        compare([], [])
    with pytest.raises(ValueError, match="3 and 2 scores"):
        paired_bootstrap([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="1 of 2 scores of the second system"):
        compare([1, 0], [1, math.nan])
