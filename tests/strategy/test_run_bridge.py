"""From one run to another: every figure by hand, and steps that sum to the total."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.bridge import STEPS, RunFacts, bridge, facts_of, saved_labour
from kit.strategy.rows import Outcome
from kit.strategy.states import State
from kit.strategy.value import Deal, ErrorClass, Payer, PriceMetric

DEAL = Deal(
    price_metric=PriceMetric.OUTCOME, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=10_000,
    errors=(ErrorClass("refund", Payer.US, 2.0), ErrorClass("rework", Payer.CUSTOMER, 20.0)),
    handoff_overhead_usd=0.5,
)
GOOD = facts_of(DEAL, Outcome(658, 42, 300), {"rework": 1}, model_usd_per_request=0.01)
WORSE = facts_of(DEAL, Outcome(516, 84, 400), {"rework": 1}, model_usd_per_request=0.02)


def test_a_94_percent_run_exchanged_for_one_of_86_percent():
    assert (GOOD.accuracy, WORSE.accuracy) == pytest.approx((0.94, 0.86))
    result = bridge(DEAL, GOOD, WORSE, minutes_per_handoff=6)
    expected = {  # 10,000 requests: shares .658 .042 .3 become .516 .084 .4
        "handled_share": (0.7, 0.6),
        "review_hours": (300, 400),
        "error_cost_usd": (8400, 16_800),
        "revenue_usd": (6580, 5160),
        "contribution_usd": (6480, 4960),
        "margin": (0.648 / 0.658, 0.496 / 0.516),
        "customer_value_usd": (40_000 - 13_500 - 8400 - 6580, 40_000 - 18_000 - 16_800 - 5160),
        "customer_return": (11_520 / 6580, 40 / 5160),
    }
    for name, (before, after) in expected.items():
        assert (result.before[name], result.after[name]) == pytest.approx((before, after)), name
        assert result.total(name) == pytest.approx(after - before)


def test_each_step_moves_what_it_should():
    steps = {step.name: step.change for step in bridge(DEAL, GOOD, WORSE, minutes_per_handoff=6).steps}
    assert tuple(steps) == STEPS
    assert steps["automation_rate"]["review_hours"] == pytest.approx(100)
    assert steps["accuracy"]["review_hours"] == steps["accuracy"]["handled_share"] == 0
    assert steps["accuracy"]["revenue_usd"] == pytest.approx(-10_000 * 0.6 * 0.08)
    assert steps["model_usd_per_request"]["contribution_usd"] == pytest.approx(-100)
    assert steps["model_usd_per_request"]["customer_value_usd"] == 0
    assert set(steps["losses"].values()) == {0.0}


facts = st.builds(
    RunFacts, st.floats(0, 1), st.floats(0, 1),
    st.fixed_dictionaries({payer: st.floats(0, 100) for payer in Payer}), st.floats(0, 1),
)


@given(before=facts, after=facts)
@settings(max_examples=100, deadline=None)
def test_the_steps_sum_to_the_total(before, after):
    result = bridge(DEAL, before, after, minutes_per_handoff=6)
    for name in result.before:
        changes = [step.change[name] for step in result.steps]
        if State.UNDEFINED in changes or result.total(name) is State.UNDEFINED:
            assert name in ("margin", "customer_return")
            continue
        size = max(1.0, *(abs(change) for change in changes), abs(result.before[name]), abs(result.after[name]))
        assert math.fsum(changes) == pytest.approx(result.total(name), abs=1e-12 * size)


def test_a_run_that_answers_nothing_has_no_margin_but_a_bridge():
    idle = facts_of(DEAL, Outcome(0, 0, 100), {}, model_usd_per_request=0.01)
    result = bridge(DEAL, idle, GOOD, minutes_per_handoff=6)
    assert result.before["margin"] is State.UNDEFINED and result.total("margin") is State.UNDEFINED
    assert result.total("review_hours") == pytest.approx(-700)
    assert facts_of(DEAL, Outcome(0, 0, 0), {}, model_usd_per_request=0.01) is State.UNDEFINED


def test_saved_hours_are_cashed_in_whole_people():
    labour = saved_labour(700, hours_per_person_month=160)
    assert (labour.hours, labour.people, labour.cashable_hours) == (700, 4, 640)
    assert saved_labour(159, hours_per_person_month=160).people == 0


def test_what_a_bridge_refuses():
    with pytest.raises(VentureError, match=r"accuracy is 94: a fraction between 0 and 1 is due; for 94 % type 0.94"):
        RunFacts(0.7, 94, {}, 0.01)
    with pytest.raises(VentureError, match="minutes_per_handoff is -1"):
        bridge(DEAL, GOOD, WORSE, minutes_per_handoff=-1)
