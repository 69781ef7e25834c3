"""Tornado, rank correlation and Sobol indices against known answers."""

import math

import numpy as np
import pytest

from kit.errors import VentureError
from kit.strategy.sensitivity import average_ranks, range_ends, rank_correlations, sobol, spearman, tornado
from kit.strategy.states import State, ratio
from kit.strategy.uncertainty import Distribution, Range, draw


def profit(x):
    return x["N"] * (x["P"] - x["C"]) - x["F"]


def test_case_l16_tornado_sorted_by_swing():
    base = {"N": 10_000, "P": 5, "C": 3, "F": 15_000}
    ends = {"N": (8_000, 12_000), "P": (4, 6), "C": (2, 4), "F": (10_000, 20_000)}
    rows = tornado(profit, base, ends)
    assert profit(base) == 5_000
    assert [row.name for row in rows] == ["P", "C", "F", "N"]
    assert [row.swing for row in rows] == [20_000, 20_000, 10_000, 8_000]
    outcomes = {row.name: (row.at_low, row.at_high) for row in rows}
    assert outcomes == {"N": (1_000, 9_000), "P": (-5_000, 15_000), "C": (15_000, -5_000), "F": (10_000, 0)}


def test_an_end_without_a_number_leads_the_tornado():
    rows = tornado(lambda x: ratio(x["m"], x["c"]), {"m": 50, "c": 0.05}, {"m": (0, 900), "c": (0, 0.1)})
    assert (rows[0].name, rows[0].swing, rows[0].at_low) == ("c", State.UNDEFINED, State.UNDEFINED)


def test_an_end_of_an_unknown_input_is_refused_by_name():
    with pytest.raises(VentureError, match=r"ends\.Q .* inputs are N, P"):
        tornado(profit, {"N": 1, "P": 2}, {"Q": (1, 2)})


def test_range_ends_are_the_10th_and_90th_percentile_of_uncertain_inputs():
    ends = range_ends({"a": Range(10, 60, "triangular", mode=35), "b": 4.0})
    # left branch of the triangle: F(x) = (x - 10)^2 / (50 x 25), so P10 = 10 + sqrt(125) = 21.180340, and by symmetry
    assert list(ends) == ["a"]
    assert ends["a"] == pytest.approx((21.180340, 48.819660), abs=1e-6)


def test_spearman_matches_the_textbook_formula_without_ties():
    # ranks 1 2 3 4 5 against 2 1 4 3 5: sum d^2 = 4, rho = 1 - 6 x 4 / (5 x 24) = .8
    assert spearman(np.array([1.0, 2, 3, 4, 5]), np.array([20.0, 10, 40, 30, 50])) == pytest.approx(0.8, rel=1e-12)


def test_spearman_with_ties_and_of_constants():
    # average ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, norms sqrt(1.5) and sqrt(2), rho = .8660254
    assert spearman(np.array([1.0, 1, 2]), np.array([1.0, 2, 3])) == pytest.approx(math.sqrt(0.75), rel=1e-12)
    assert average_ranks(np.array([3.0, 3.0, 3.0])).tolist() == [2.0, 2.0, 2.0]
    assert spearman(np.array([1.0, 1.0]), np.array([1.0, 2.0])) is State.UNDEFINED
    assert spearman(np.array([1.0]), np.array([2.0])) is State.UNDEFINED
    nan, inf = math.nan, math.inf
    assert spearman(np.array([1.0, 2, nan, 4]), np.array([3.0, 2, 9, -inf])) == pytest.approx(-1.0)


def test_rank_correlations_put_the_strongest_first_and_constants_last():
    draws = draw({"flat": 3.0, "weak": Range(-1, 1), "strong": Range(-9, 9)})
    rows = rank_correlations(draws, draws["weak"] - draws["strong"])
    assert [name for name, _ in rows] == ["strong", "weak", "flat"]
    assert rows[0][1] < -0.9 and rows[2][1] is State.UNDEFINED


def ishigami(x):
    return np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * np.sin(x["x1"])


UNIFORM = Distribution("beta", (1.0, 1.0, -math.pi, math.pi))


def test_case_l20_sobol_indices_of_ishigami():
    # V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2 with a 7 and b .1; V1 = (1 + b pi^4/5)^2 / 2; V2 = a^2/8;
    # V13 = b^2 pi^8 (1/18 - 1/50)
    v1, v2, v13 = (1 + 0.1 * math.pi**4 / 5) ** 2 / 2, 49 / 8, 0.01 * math.pi**8 * (1 / 18 - 1 / 50)
    v = v1 + v2 + v13
    exact = [v1 / v, v2 / v, 0, (v1 + v13) / v, v2 / v, v13 / v]
    assert exact == pytest.approx([0.3139, 0.4424, 0, 0.5576, 0.4424, 0.2437], abs=5e-5)
    rows = {row.name: row for row in sobol(ishigami, dict.fromkeys(("x1", "x2", "x3"), UNIFORM), n=65_536)}
    found = [rows[n].first_order for n in ("x1", "x2", "x3")] + [rows[n].total for n in ("x1", "x2", "x3")]
    assert found == pytest.approx(exact, abs=0.02)
    for name, first, total in zip(("x1", "x2", "x3"), exact[:3], exact[3:]):
        assert abs(rows[name].first_order - first) < 4 * rows[name].first_order_se
        assert abs(rows[name].total - total) < 4 * rows[name].total_se


def test_sobol_of_a_sum_is_the_share_of_the_variance():
    inputs = {"a": Range(-3, 3), "b": Range(-1, 1), "c": Range(1, 2)}
    rows = sobol(lambda x: 1000 + x["a"] + x["b"] + 0 * x["c"], inputs)
    # variances 9 : 1, so .9 and .1, no interaction
    assert [row.name for row in rows] == ["a", "b", "c"]
    assert [row.first_order for row in rows] == pytest.approx([0.9, 0.1, 0], abs=0.03)
    assert [row.total for row in rows] == pytest.approx([0.9, 0.1, 0], abs=0.03)


def test_sobol_of_an_outcome_that_never_varies_is_undefined():
    assert sobol(lambda x: 0 * x["a"] + 5, {"a": Range(1, 2)}, n=64)[0].total is State.UNDEFINED
