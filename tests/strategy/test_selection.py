"""Gates, dollars per request, Pareto front; AHP and TOPSIS with their limits."""

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.records import Estimate
from kit.strategy.selection import Option, Requirements, Verdict, dominates, gates, pareto, rank
from kit.strategy.states import State
from kit.strategy.weighing import ahp, topsis, winner_flips


@pytest.mark.parametrize("name", ["selection", "weighing", "build_or_buy", "operations"])
def test_docstring_examples_hold(name):
    assert doctest.testmod(importlib.import_module(f"kit.strategy.{name}")).failed == 0


TUNED = Option(
    "tuned",
    usd_per_request=0.0007,
    error_rate=Estimate(0.08, 0.06, 0.11, 500),
    commercial_use="yes",
    regions=frozenset({"cn", "eu"}),
    context_tokens=8_192,
    languages=frozenset({"en", "zh"}),
    p95_ms=350,
    base_filed=True,
)
API = Option(
    "API",
    usd_per_request=0.01,
    error_rate=Estimate(0.05, 0.03, 0.07, 500),
    commercial_use="yes",
    regions=frozenset({"us"}),
    context_tokens=128_000,
    languages=frozenset({"en", "zh"}),
    p95_ms=900,
    base_filed=False,
)


def test_each_gate_passes_or_fails_with_its_reason():
    need = Requirements(
        region="cn", min_context_tokens=4_000, languages=frozenset({"zh"}), max_p95_ms=500, filed_base=True
    )
    assert {gate.name: gate.verdict for gate in gates(TUNED, need)} == dict.fromkeys(
        ("licence", "residency", "context", "language", "latency", "filing"), Verdict.MET
    )
    failed = {gate.name: gate.reason for gate in gates(API, need) if gate.verdict is Verdict.MISSED}
    assert failed == {
        "residency": "region cn is not offered (offered: us)",
        "latency": "needs at most 500 ms at the 95th percentile, has 900",
        "filing": "the base model is not filed",
    }


def test_what_is_not_known_is_neither_passed_nor_failed():
    need = Requirements(region="cn", min_context_tokens=1, languages=frozenset({"zh"}), max_p95_ms=1, filed_base=True)
    answers = gates(Option("new"), need)
    assert {gate.verdict for gate in answers} == {Verdict.NOT_YET_PROVEN}
    assert len(answers) == 6


def test_ranking_is_by_dollars_at_our_price_of_an_error_and_gates_come_first():
    # .0007 + .08 e against .01 + .05 e: equal at e = .0093/.03 = .31
    order = [row.name for row in rank([TUNED, API], Requirements(), usd_per_error=0.30)]
    assert order == ["tuned", "API"]
    dear = rank([TUNED, API], Requirements(), usd_per_error=0.32)
    assert [row.name for row in dear] == ["API", "tuned"]
    assert (dear[0].usd_per_request, dear[0].low, dear[0].high) == pytest.approx((0.026, 0.0196, 0.0324), rel=1e-9)
    gated = rank([TUNED, API], Requirements(region="cn"), usd_per_error=0.32)
    assert [(row.name, row.rank, row.verdict) for row in gated] == [
        ("tuned", 1, Verdict.MET),
        ("API", None, Verdict.MISSED),
    ]
    assert gated[1].reasons == ("region cn is not offered (offered: us)",)


def test_an_option_without_price_or_error_rate_is_undefined_and_unranked():
    rows = rank([Option("unpriced"), Option("unmeasured", usd_per_request=0.1), TUNED], Requirements(), usd_per_error=1)
    assert [(row.name, row.rank) for row in rows] == [("tuned", 1), ("unpriced", None), ("unmeasured", None)]
    assert rows[1].usd_per_request is State.UNDEFINED
    assert rank([Option("x", usd_per_request=0.1)], Requirements(), usd_per_error=0)[0].usd_per_request == 0.1


def test_case_t3_pareto_front():
    points = {"A": (0.90, 1), "B": (0.92, 2), "C": (0.91, 3), "D": (0.95, 5), "E": (0.90, 2)}
    assert pareto(points) == ["A", "B", "D"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_every_point_off_the_front_is_beaten_by_one_on_it(values):
    points = {str(i): value for i, value in enumerate(values)}
    front = pareto(points)
    assert front
    for name, point in points.items():
        assert (name in front) != any(dominates(points[other], point) for other in front)


def test_case_t1_ahp():
    found = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], ["quality", "price", "speed"])
    assert list(found.weights.values()) == pytest.approx([0.637, 0.2583, 0.1047], abs=5e-5)
    assert found.lambda_max == pytest.approx(3.0385, abs=5e-5)
    assert found.consistency_index == pytest.approx(0.0193, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.0332, abs=5e-5)
    assert found.consistent


@given(st.lists(st.floats(0.2, 5), min_size=3, max_size=7))
def test_ahp_recovers_weights_from_judgements_without_contradiction(weights):
    matrix = [[a / b for b in weights] for a in weights]
    found = ahp(matrix, [str(i) for i in range(len(weights))])
    assert list(found.weights.values()) == pytest.approx([w / sum(weights) for w in weights], rel=1e-6)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_ahp_says_when_judgements_contradict_each_other():
    # quality over price over speed over quality
    assert not ahp([[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]], ["quality", "price", "speed"]).consistent


def test_ahp_of_two_criteria_has_no_consistency_ratio_and_is_consistent():
    found = ahp([[1, 4], [0.25, 1]], ["quality", "price"])
    assert found.consistency_ratio is State.UNDEFINED and found.consistent
    assert found.weights == pytest.approx({"quality": 0.8, "price": 0.2})


def test_ahp_names_the_judgement_that_is_not_reciprocal():
    with pytest.raises(VentureError, match=r"judgements\[quality, price\] is 3.0.* opposite judgement 0.5"):
        ahp([[1, 3], [0.5, 1]], ["quality", "price"])
    with pytest.raises(VentureError, match=r"judgements is \[2, 1\]: give 2 rows of 2"):
        ahp([[1, 3], [0.5]], ["quality", "price"])
    with pytest.raises(VentureError, match="1 to 10 criteria"):
        ahp([[1] * 11] * 11, [str(i) for i in range(11)])


OPTIONS = {"tuned": [0.92, 0.0007, 350], "API": [0.95, 0.01, 900], "small": [0.88, 0.0003, 200]}
WEIGHTS = {"accuracy": 0.5, "usd": 0.3, "ms": 0.2}
COSTS = frozenset({"usd", "ms"})


def test_case_t2_topsis():
    found = topsis(OPTIONS, WEIGHTS, COSTS)
    assert list(found.scores.values()) == pytest.approx([0.8981, 0.0639, 0.9361], abs=5e-5)
    assert found.ranking == ("small", "tuned", "API")
    # lengths sqrt(.92^2 + .95^2 + .88^2) = 1.588490 and sqrt(.0007^2 + .01^2 + .0003^2) = .010029
    assert found.spread["accuracy"] == pytest.approx(0.07 / 1.588490, rel=1e-4)
    assert found.spread["usd"] == pytest.approx(0.0097 / 0.010029, rel=1e-4)
    assert "dollars per request" in found.warning


def test_options_that_are_all_alike_have_no_closeness():
    found = topsis({"a": [1, 2], "b": [1, 2]}, {"x": 1, "y": 1}, frozenset())
    assert set(found.scores.values()) == {State.UNDEFINED} and found.ranking == ()


def test_topsis_names_what_is_missing():
    with pytest.raises(VentureError, match=r"options\.b .* x, y"):
        topsis({"a": [1, 2], "b": [1]}, {"x": 1, "y": 1}, frozenset())
    with pytest.raises(VentureError, match=r"costs .* among x"):
        topsis({"a": [1]}, {"x": 1}, frozenset({"z"}))


def test_winner_changes_at_the_weight_found():
    flips = {flip.criterion: flip for flip in winner_flips(OPTIONS, WEIGHTS, COSTS)}
    accuracy = flips["accuracy"]
    assert accuracy.below is State.NEVER and accuracy.winner_above == "tuned"
    for weight, winner in ((accuracy.above - 1e-6, "small"), (accuracy.above + 1e-6, "tuned")):
        rest = (1 - weight) / 0.5
        weights = {"accuracy": weight, "usd": 0.3 * rest, "ms": 0.2 * rest}
        assert topsis(OPTIONS, weights, COSTS).ranking[0] == winner


def test_a_single_criterion_has_no_weight_to_shift():
    (flip,) = winner_flips({"a": [1], "b": [2]}, {"x": 3}, frozenset())
    assert (flip.weight, flip.below, flip.above) == (1.0, State.NEVER, State.NEVER)


def test_an_option_best_at_everything_wins_at_any_weight():
    flips = winner_flips({"a": [0.9, 1], "b": [0.8, 2]}, {"quality": 0.5, "usd": 0.5}, frozenset({"usd"}))
    assert {flip.below for flip in flips} | {flip.above for flip in flips} == {State.NEVER}
