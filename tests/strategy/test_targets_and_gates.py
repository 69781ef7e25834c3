"""Business targets back to metrics, and a run read against the gate."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.stats import rows_to_settle, wilson
from kit.strategy.gates import Status, check_gate, with_measures
from kit.strategy.margin import expected_losses
from kit.strategy.rows import Outcome, Rows
from kit.strategy.states import State
from kit.strategy.targets import (
    Goal,
    accuracy_target,
    latency_target,
    model_cost_target,
    price_target,
    tokens_target,
)
from kit.strategy.value import Deal, ErrorClass, Payer, PriceMetric, amounts_of, purses

RESULT, MIX = Outcome(right=560, wrong=140, handed=300), {"refund": 1}
DEAL = Deal(
    price_metric=PriceMetric.OUTCOME, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=10_000,
    errors=(ErrorClass("refund", Payer.US, 2.0),), model_usd_per_request=0.05,
)
GATE = {"metric": "accuracy", "operator": ">=", "value": 0.9, "why": "a margin of 70%"}


def a_summary(successes=460, n=500, level=2, reads=1):
    low, high = wilson(successes, n)
    accuracy = {"value": successes / n, "low": low, "high": high}
    return {
        "headline": {"metric": "accuracy", **accuracy, "n": n, "method": "wilson"},
        "metrics": {"accuracy": accuracy, "f1": {"value": 0.9, "low": 0.88, "high": 0.93}},
        "serving": {"p95_ms": 420.0}, "cost": {"train_usd": None},
        "evidence": {"level": level, "test_fingerprint": "abc", "test_reads": reads},
    }


def margin_at(deal, shares):
    p = purses(deal, amounts_of(deal), shares, expected_losses(deal, MIX))
    return p.contribution / p.revenue


def test_accuracy_for_a_margin_at_the_present_coverage():
    gate = accuracy_target(DEAL, RESULT, MIX, Goal(margin=0.7))
    # .7 a - .05 - .7 (1 - a) 2 = .7 x .7 a  =>  a = 1.45 / 1.61
    assert gate["value"] == pytest.approx(1.45 / 1.61)
    assert (gate["metric"], gate["operator"]) == ("accuracy_when_automated", ">=")
    assert "70%" in gate["why"] and "70.0% of requests" in gate["why"]
    assert margin_at(DEAL, (0.7 * gate["value"], 0.7 * (1 - gate["value"]), 0.3)) == pytest.approx(0.7)
    assert json.loads(json.dumps(gate)) == gate


@given(margin=st.floats(-1, 0.9), metric=st.sampled_from(PriceMetric), loss=st.floats(0.1, 50))
@settings(max_examples=50, deadline=None)
def test_the_accuracy_asked_for_gives_the_margin_asked_for(margin, metric, loss):
    deal = replace(DEAL, price_metric=metric, seats=2000.0, errors=(ErrorClass("refund", Payer.US, loss),))
    gate = accuracy_target(deal, RESULT, MIX, Goal(margin=margin))
    if gate is State.NEVER:
        assert margin_at(deal, (0.7, 0.0, 0.3)) < margin
    elif gate["value"] > 0:
        a = gate["value"]
        assert margin_at(deal, (0.7 * a, 0.7 * (1 - a), 0.3)) == pytest.approx(margin, abs=1e-6)


def test_targets_out_of_reach_and_without_meaning_are_states():
    assert accuracy_target(DEAL, RESULT, MIX, Goal(margin=0.95)) is State.NEVER
    assert accuracy_target(DEAL, Outcome(0, 0, 100), MIX, Goal(margin=0.5)) is State.UNDEFINED
    assert accuracy_target(DEAL, Outcome(0, 0, 0), MIX, Goal(margin=0.5)) is State.UNDEFINED
    easy = replace(DEAL, price_metric=PriceMetric.USAGE, price_usd=100.0)
    assert accuracy_target(easy, RESULT, MIX, Goal(margin=0.5))["value"] == 0
    assert model_cost_target(DEAL, RESULT, MIX, Goal(margin=0.7)) is State.NEVER


def test_payback_becomes_an_accuracy():
    # 2,400 to win a customer of 1,000 requests a month, back in 12 months: .20 a request must be left
    goal = Goal(payback_months=12, cac_usd=2400, requests_per_month=1000)
    gate = accuracy_target(DEAL, RESULT, MIX, goal)
    a = gate["value"]
    assert 0.7 * a - 0.05 - 0.7 * (1 - a) * 2 == pytest.approx(0.2)


def test_tokens_and_latency_that_the_model_may_use():
    # .56 revenue, .28 errors: .056 may stay as a 10 % margin, so the model may cost .224
    goal = Goal(margin=0.1)
    assert model_cost_target(DEAL, RESULT, MIX, goal) == pytest.approx(0.224)
    tokens = tokens_target(DEAL, RESULT, MIX, goal, usd_per_million_tokens=2.0)
    assert tokens["value"] == pytest.approx(112_000) and tokens["operator"] == "<="
    latency = latency_target(DEAL, RESULT, MIX, goal, usd_per_hour=2.52, in_parallel=8)
    assert latency["value"] == pytest.approx(0.224 * 3_600_000 * 8 / 2.52)


def test_the_highest_price_leaves_the_customer_nothing():
    price = price_target(DEAL, RESULT, MIX)
    p = purses(replace(DEAL, price_usd=price), amounts_of(replace(DEAL, price_usd=price)), RESULT.shares, {})
    assert p.customer_value == pytest.approx(0, abs=1e-9)
    assert price_target(DEAL, Outcome(0, 0, 0), MIX) is State.UNDEFINED


@pytest.mark.parametrize(
    ("successes", "status"), [(480, Status.MET), (460, Status.NOT_YET_PROVEN), (400, Status.MISSED)]
)
def test_the_interval_decides_and_not_the_point(successes, status):
    assert check_gate(GATE, a_summary(successes)).status is status


def test_an_open_gate_says_how_many_more_rows_would_settle_it():
    verdict = check_gate(GATE, a_summary(460, 500))
    # z^2 .9 .1 / .02^2 = 865 rows in all
    assert "about 365 more test rows (865 in all)" in verdict.sentence
    assert wilson(0.92 * 866, 866)[0] > 0.9 > wilson(0.92 * 860, 860)[0]
    tie = check_gate({**GATE, "value": 0.92}, a_summary(460, 500))
    assert tie.status is Status.NOT_YET_PROVEN and "no number of rows" in tie.sentence


@given(p=st.floats(0.05, 0.95), gap=st.floats(0.02, 0.2), sign=st.sampled_from([-1, 1]))
@settings(max_examples=60, deadline=None)
def test_rows_to_settle_part_the_interval_from_the_target(p, gap, sign):
    target = p + sign * gap
    if not 0.01 < target < 0.99:
        return
    n = rows_to_settle(p, target)
    low, high = wilson(p * n, n)
    assert not low < target < high
    low, high = wilson(p * (n - 2), n - 2)
    assert n <= 3 or low < target < high


def test_the_half_that_needs_94_rows():
    assert wilson(47, 94)[0] > 0.4 > wilson(46, 92)[0]
    assert rows_to_settle(0.5, 0.4) == 93


def test_a_lower_is_better_gate_and_another_interval():
    gate = {"metric": "f1", "operator": "<=", "value": 0.94, "why": "x"}
    assert check_gate(gate, a_summary()).status is Status.MET
    open_gate = check_gate({**gate, "value": 0.91}, a_summary())
    # half width .025 against a gap of .01: (2.5)^2 as many rows
    assert open_gate.status is Status.NOT_YET_PROVEN and "(3,125 in all)" in open_gate.sentence
    assert check_gate({**gate, "value": 0.87}, a_summary()).status is Status.MISSED


def test_weak_evidence_proves_nothing():
    verdict = check_gate({**GATE, "required_level": 3}, a_summary(490, level=1))
    assert verdict.status is Status.NOT_YET_PROVEN
    assert "a public set (level 1)" in verdict.sentence and "customer's rows in a pilot (level 3)" in verdict.sentence
    given = check_gate({**GATE, "required_level": 3}, a_summary(490, level=1), {"level": 3, "test_reads": 1})
    assert given.status is Status.MET


def test_test_rows_that_were_read_twenty_times_prove_nothing_but_a_miss():
    assert check_gate(GATE, a_summary(490, reads=19)).status is Status.MET
    worn = check_gate(GATE, a_summary(490, reads=20))
    assert worn.status is Status.NOT_YET_PROVEN
    assert "test rows abc were read 20 times" in worn.sentence and "fresh test rows" in worn.sentence
    assert check_gate(GATE, a_summary(400, reads=20)).status is Status.MISSED


def test_a_latency_has_no_test_rows_to_wear_out():
    gate = {"metric": "serving.p95_ms", "operator": "<=", "value": 500, "why": "x", "required_level": 4}
    assert check_gate(gate, a_summary(reads=99)).status is Status.MET
    assert check_gate({**gate, "value": 400}, a_summary()).status is Status.MISSED


@pytest.mark.parametrize("metric", ["recall", "cost.train_usd", "serving.p50_ms", "headline.nothing"])
def test_what_was_not_measured_is_not_yet_proven(metric):
    verdict = check_gate({**GATE, "metric": metric}, a_summary())
    assert verdict.status is Status.NOT_YET_PROVEN and "measure it" in verdict.sentence
    assert check_gate(GATE, {"headline": None, "metrics": None, "evidence": None}).status is Status.NOT_YET_PROVEN


def test_a_quality_number_without_an_interval_is_not_yet_proven():
    summary = {**a_summary(), "metrics": {"recall": {"value": 0.99, "low": None, "high": None}}}
    assert check_gate({**GATE, "metric": "recall"}, summary).status is Status.NOT_YET_PROVEN


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ({"metric": "accuracy", "operator": ">=", "value": 0.9}, "has no why"),
        ({**GATE, "operator": "=="}, "operator is '=='"),
        ({**GATE, "value": float("nan")}, "value is nan"),
        ({**GATE, "required_level": 9}, "required_level is 9"),
    ],
)
def test_what_a_gate_refuses(gate, message):
    with pytest.raises(VentureError, match=message):
        check_gate(gate, a_summary())


def test_targets_meet_the_measures_of_a_run():
    rng = np.random.default_rng(0)
    rows = Rows.from_columns({
        "confidence": rng.random(1000), "correct": rng.random(1000) < 0.99, "input_tokens": np.full(1000, 900),
        "output_tokens": rng.integers(50, 150, 1000), "latency_ms": rng.gamma(4, 50, 1000),
    })
    summary = with_measures(a_summary(), rows, 0.3)
    assert summary["metrics"]["f1"] == a_summary()["metrics"]["f1"]
    assert summary["metrics"]["automation_rate"]["value"] == pytest.approx(0.7, abs=0.05)
    assert check_gate(accuracy_target(DEAL, RESULT, MIX, Goal(margin=0.7)), summary).status is Status.MET
    tokens = tokens_target(DEAL, RESULT, MIX, Goal(margin=0.1), usd_per_million_tokens=2.0)
    assert check_gate(tokens, summary).status is Status.MET
    per_request = summary["per_request"]["tokens"]
    assert per_request["low"] < 1000 < per_request["high"]
    assert check_gate({**tokens, "value": per_request["value"] - 0.1}, summary).status is Status.NOT_YET_PROVEN
    nothing = with_measures(a_summary(), rows, State.NEVER)
    assert "accuracy_when_automated" not in nothing["metrics"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "give one of the two"),
        ({"margin": 0.5, "payback_months": 12}, "give one of the two"),
        ({"margin": 70}, "write 0.7"),
        ({"payback_months": 12, "cac_usd": 100}, "requests_per_month is 0"),
    ],
)
def test_what_a_goal_refuses(inputs, message):
    with pytest.raises(VentureError, match=message):
        Goal(**inputs)
