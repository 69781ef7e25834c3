"""Row formulas: arithmetic, states that run through, draws, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.expressions import evaluate, evaluate_draws, inputs_of, unbounded_state
from kit.strategy.states import State


@pytest.mark.parametrize(("formula", "expected"), [
    ("1 + 2 * 3 - 4 / 2", 5), ("-2 ** 2", -4), ("2 ** -1", 0.5), ("min(3, x, 5)", 2), ("max(3, x)", 3),
    ("1 if x > 1 else 0", 1), ("(x if x < 0 else -x) * 3", -6), ("ln(1)", 0), ("ceil(2.1)", 3),
    ("ceil(2.000000000001)", 2),
    ("x == 2", 1), ("x != 2", 0), ("never if x <= 0 else 600 / x", 300),
])
def test_arithmetic_on_points_and_in_worlds(formula, expected):
    assert evaluate(formula, {"x": 2.0}) == pytest.approx(expected)
    assert np.asarray(evaluate_draws(formula, {"x": np.full(3, 2.0)})) == pytest.approx(expected)


@pytest.mark.parametrize(("formula", "state"), [
    ("1 / zero", "undefined"), ("zero / zero", "undefined"), ("ln(zero)", "undefined"), ("(-1) ** 0.5", "undefined"),
    ("10 ** 10 ** 10", "undefined"), ("zero ** -1", "undefined"), ("gone + 1", "never"), ("1 / gone", "never"),
    ("min(gone, 1)", "never"), ("1 if gone > 0 else 2", "never"), ("endless * 2 - gone", "infinite"),
    ("cash_generating if zero <= 0 else 1", "cash-generating"),
])
def test_states_run_through_and_no_number_stands_for_one(formula, state):
    values = {"zero": 0.0, "gone": State.NEVER, "endless": State.INFINITE}
    assert evaluate(formula, values) == state


def test_a_state_in_the_branch_that_is_not_taken_does_no_harm():
    assert evaluate("1 if x > 0 else gone", {"x": 1.0, "gone": State.NEVER}) == 1


def test_worlds_without_a_value_stay_apart_from_those_with_one():
    worlds = evaluate_draws("a / b", {"a": 1.0, "b": np.array([2.0, 0.0, np.nan])})
    assert worlds[0] == 0.5 and np.isnan(worlds[1:]).all()
    worlds = evaluate_draws("never if b <= 0 else 1 / b", {"b": np.array([2.0, -1.0, np.nan])})
    assert worlds[0] == 0.5 and worlds[1] == math.inf and np.isnan(worlds[2])


@given(x=st.floats(-50, 50), y=st.floats(-50, 50))
def test_a_point_and_one_world_agree(x, y):
    formula = "undefined if x < -40 else (x + y) / (y - x) if y > x else max(x, y) * 2"
    point, world = evaluate(formula, {"x": x, "y": y}), float(evaluate_draws(formula, {"x": x, "y": y}))
    assert math.isnan(world) if isinstance(point, State) else world == pytest.approx(point)


def test_inputs_are_the_keys_alone_and_an_unbounded_result_has_the_name_it_was_given():
    assert inputs_of("never if margin <= 0 else max(cac, 1) / margin") == ("margin", "cac")
    assert unbounded_state("never if m <= 0 else 1 / m") is State.NEVER and unbounded_state("1 / m") is State.INFINITE


@pytest.mark.parametrize(("formula", "words"), [
    ("__import__('os').system('x')", "holds"), ("x.real", "holds 'x.real'"), ("x[0]", "holds"),
    ("abs(x)", "holds 'abs"),
    ("'a'", "holds"), ("True", "holds 'True'"), ("x and 1", "holds"), ("0 < x < 1", "holds"), ("lambda: 1", "holds"),
    ("min(*x)", "holds"), ("max(x, key=x)", "holds"), ("min()", "holds"), ("x +", "cannot be read"),
    ("1" * 3000, "3000 characters"), ("prise * 2", "did you mean price"), ("nothing_like_it", "name a row"),
])
def test_refused_formulas_are_named(formula, words):
    with pytest.raises(VentureError, match=words):
        evaluate(formula, {"x": 1.0, "price": 2.0})
