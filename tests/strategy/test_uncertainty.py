"""Ranges, draws and Monte Carlo against closed forms."""

import doctest
import importlib
import math
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.states import State
from kit.strategy.uncertainty import (
    Distribution,
    Range,
    Target,
    copula_from_spearman,
    draw,
    named_uniforms,
    pert,
    share_from_counts,
    simulate,
    summarise,
)

MODULES = ["uncertainty", "ranges", "sensitivity", "voi"]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_hold(name):
    result = doctest.testmod(importlib.import_module(f"kit.strategy.{name}"))
    assert result.failed == 0


def test_import_is_light():
    code = "import kit.strategy.uncertainty, kit.strategy.voi, sys; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "pandas", "scipy.stats", "scipy.optimize", "scipy.interpolate"} & set(loaded)


def test_case_l14_interval_to_lognormal():
    d = Range(25, 35, "lognormal").distribution()
    assert d.parameters == pytest.approx((3.387112, 0.102271), abs=5e-7)
    assert (d.median, d.mean) == pytest.approx((29.580399, 29.735501), abs=5e-7)


def test_case_l14b_normal_pert_triangular():
    assert Range(25, 35).distribution().sd == pytest.approx(3.039514, abs=5e-7)
    d = Range(10, 60, "pert", mode=20).distribution()
    assert (d.mean, *d.parameters[:2]) == pytest.approx((25.0, 1.8, 4.2), rel=1e-12)
    assert Range(10, 60, "triangular", mode=20).distribution().mean == pytest.approx(30, rel=1e-12)


X, Y = Distribution("lognormal", (0.0, 0.3)), Distribution("lognormal", (1.0, 0.4))


def test_case_l15_product_of_lognormals():
    product = Distribution("lognormal", (1.0, math.hypot(0.3, 0.4)))
    assert (product.mean, product.sd, product.median) == pytest.approx((3.080217, 1.641572, 2.718282), abs=5e-7)


def test_case_l15b_monte_carlo_within_four_standard_errors():
    outcome = simulate(lambda x: x["x"] * x["y"], {"x": X, "y": Y}, n=200_000, seed=0)
    assert outcome.standard_error == pytest.approx(1.641572 / math.sqrt(200_000), rel=0.02)
    assert abs(outcome.mean - 3.080217) < 4 * outcome.standard_error
    assert outcome.p50 == pytest.approx(math.e, rel=0.01)
    assert outcome.p95 == pytest.approx(math.exp(1 + 1.6448536 * 0.5), rel=0.01)


DISTRIBUTIONS = [
    Range(10, 20).distribution(),
    Range(1, 20, "lognormal").distribution(),
    Range(0.85, 0.95, "beta").distribution(),
    Range(0.001, 0.9, "beta").distribution(),
    Range(10, 60, "pert", mode=20).distribution(),
    Range(10, 60, "triangular", mode=20).distribution(),
    Range(10, 60, "triangular", mode=10).distribution(),
    share_from_counts(460, 500),
]


@pytest.mark.parametrize("d", DISTRIBUTIONS, ids=lambda d: d.shape)
def test_draws_have_the_moments_and_percentiles_of_the_distribution(d):
    draws = d.sample((np.arange(100_000) + 0.5) / 100_000)
    assert draws.mean() == pytest.approx(d.mean, rel=1e-3)
    assert draws.std() == pytest.approx(d.sd, rel=5e-3)
    assert np.percentile(draws, [5, 50, 95]) == pytest.approx(d.quantile(np.array([0.05, 0.5, 0.95])), rel=1e-3)


@pytest.mark.parametrize("shape", ["normal", "lognormal", "beta"])
def test_a_stated_interval_is_the_5th_to_95th_percentile(shape):
    d = Range(0.2, 0.6, shape).distribution()
    assert d.quantile(np.array([0.05, 0.95])) == pytest.approx([0.2, 0.6], abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-4, 0.999), st.floats(1e-3, 1))
def test_every_interval_inside_the_unit_has_a_beta(low, part):
    high = low + (1 - low) * part * 0.999
    found = Range(low, high, "beta").distribution().quantile(np.array([0.05, 0.95]))
    assert found == pytest.approx([low, high], abs=1e-3 * (high - low) + 1e-6)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DISTRIBUTIONS), st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9))
def test_inverse_distribution_function_rises(d, p, q):
    low, high = d.sample(np.array(sorted([p, q])))
    assert low <= high


def test_the_same_name_draws_the_same_whatever_else_exists():
    alone = draw({"churn": Range(0.01, 0.05)}, 100, seed=3)["churn"]
    among = draw({"a": Range(1, 2), "churn": Range(0.01, 0.05), "z": 4.0}, 100, seed=3)["churn"]
    assert (alone == among).all()
    assert (draw({"churn": Range(0.01, 0.05)}, 50, seed=3)["churn"] == alone[:50]).all()
    assert (draw({"churn": Range(0.01, 0.05)}, 100, seed=4)["churn"] != alone).all()
    assert (named_uniforms("churn", 100) != named_uniforms("cac", 100)).all()


def test_copula_gives_the_stated_rank_correlation_and_leaves_the_rest_alone():
    inputs = {"price": Range(10, 20, "lognormal"), "churn": Range(0.01, 0.05, "beta"), "volume": Range(1, 2)}
    rho = copula_from_spearman(0.6)
    free, tied = draw(inputs), draw(inputs, correlations={("price", "churn"): rho})
    ranks = [np.argsort(np.argsort(tied[name])) for name in ("price", "churn")]
    assert np.corrcoef(*ranks)[0, 1] == pytest.approx(0.6, abs=0.02)
    assert (tied["volume"] == free["volume"]).all()
    assert np.percentile(tied["price"], [5, 95]) == pytest.approx([10, 20], rel=0.02)


def test_correlated_lognormals_match_the_closed_form():
    # ln X + ln Y is normal with variance .09 + .16 + 2 x .5 x .3 x .4 = .37, so E[XY] = exp(1 + .37/2) = 3.270762
    outcome = simulate(lambda x: x["x"] * x["y"], {"x": X, "y": Y}, n=200_000, correlations={("x", "y"): 0.5})
    assert outcome.mean == pytest.approx(3.270762, abs=4 * outcome.standard_error)


def test_forty_inputs_of_twenty_thousand_draws_are_quick():
    inputs = {f"x{i}": Range(0.1, 0.2 + i / 100, "beta") for i in range(40)}
    began = time.perf_counter()
    outcome = simulate(lambda x: sum(x.values()), inputs)
    assert time.perf_counter() - began < 1.0
    assert outcome.n == 20_000


def test_probability_of_a_target_matches_the_normal():
    inputs = {"margin": Range(0.5 - 0.1645, 0.5 + 0.1645)}  # N(.5, .1^2), so P(>= .6) = 1 - Phi(1) = .158655
    outcome = simulate(lambda x: x["margin"], inputs, target=Target(0.6))
    assert outcome.probability_met == pytest.approx(0.158655, abs=4 * outcome.probability_standard_error)
    below = simulate(lambda x: x["margin"], inputs, target=Target(0.6, "at_most"))
    assert below.probability_met == pytest.approx(1 - outcome.probability_met, abs=1e-12)
    assert simulate(lambda x: x["margin"], inputs).probability_met is State.UNDEFINED


def test_a_payback_that_is_sometimes_never_reached_has_no_mean_but_a_median():
    outcome = summarise(np.array([5.0] * 6 + [9.0] * 3 + [math.inf]), target=Target(12, "at_most"))
    assert (outcome.p50, outcome.p95, outcome.mean) == (5.0, State.NEVER, State.NEVER)
    assert outcome.probability_met == 0.9


def test_draws_without_a_value_are_counted_and_never_meet_the_target():
    outcome = summarise(np.array([1.0, 2.0, 3.0, math.nan]), target=Target(0))
    assert (outcome.mean, outcome.undefined_share, outcome.probability_met) == (2.0, 0.25, 0.75)
    nothing = summarise(np.array([math.nan, math.nan]))
    assert nothing.mean is State.UNDEFINED and nothing.p95 is State.UNDEFINED


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Range(30, 20, field="cac.range"), ["cac.range", "(30, 20)", "swap"]),
        (Range(20, 20, field="cac.range"), ["cac.range", "(20, 20)", "'point'"]),
        (Range(0, 20, "lognormal", field="cac.range"), ["cac.range.low", "0", "'normal'"]),
        (Range(-1, 20, "lognormal", field="cac.range"), ["cac.range.low", "-1"]),
        (Range(0.2, 1.2, "beta", field="churn"), ["churn", "1.2", "between 0 and 1"]),
        (Range(0.0, 0.2, "beta", field="churn"), ["churn", "0.0"]),
        (Range(1, 5, "pert", field="days"), ["days.mode", "None", "between 1 and 5"]),
        (Range(1, 5, "triangular", mode=7, field="days"), ["days.mode", "7"]),
        (Range(1, math.nan, field="days"), ["days.high", "nan", "finite"]),
        (Range(1, 2, "point", field="days"), ["days", "(1, 2)"]),
        (Range(1, 2, "cauchy", field="days"), ["days.shape", "cauchy", "lognormal"]),
    ],
)
def test_a_range_that_states_nothing_is_refused_by_name(bad, words):
    with pytest.raises(VentureError) as raised:
        bad.distribution()
    assert all(word in str(raised.value) for word in words), str(raised.value)


@pytest.mark.parametrize(
    ("correlations", "words"),
    [
        ({("a", "b"): 1.0}, ["a, b", "1.0", "between -1 and 1"]),
        ({("a", "q"): 0.5}, ["'q'", "inputs are a, b, c"]),
        ({("a", "a"): 0.5}, ["a, a", "0.5"]),
        ({("a", "b"): 0.5, ("b", "a"): 0.4}, ["b, a", "0.4", "0.5"]),
        ({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, ["correlations", "a~c", "positive definite"]),
    ],
)
def test_impossible_correlations_are_refused_by_name(correlations, words):
    with pytest.raises(VentureError) as raised:
        draw({"a": Range(1, 2), "b": Range(1, 2), "c": Range(1, 2)}, 10, correlations=correlations)
    assert all(word in str(raised.value) for word in words), str(raised.value)


def test_pert_with_its_mode_at_an_end_is_still_a_distribution():
    assert pert(10, 10, 60).parameters[:2] == (1.0, 5.0)
