"""From one run to another in money: which change moves which figure, by the closed form of the two ledgers.

The runs' facts are exchanged one at a time, in a fixed order: automation rate, accuracy, mix of errors, price of the
model. Each step is the difference it makes, so the steps sum to the total; another order would split the joint effects
otherwise, which is why the order is part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kit.strategy.checks import fraction, non_negative, positive
from kit.strategy.margin import expected_losses
from kit.strategy.rows import Outcome
from kit.strategy.states import State, Value, ratio
from kit.strategy.value import Deal, Number, Payer, amounts_of, purses

STEPS = ("automation_rate", "accuracy", "losses", "model_usd_per_request")


@dataclass(frozen=True)
class RunFacts:
    """What a run brings to the ledgers; `losses` are the expected loss of a wrong answer by payer."""

    automation_rate: float
    accuracy: float
    """when automated; 1 where nothing is, which then weighs nothing"""
    losses: Mapping[Payer, Number]
    model_usd_per_request: float

    def __post_init__(self) -> None:
        fraction("automation_rate", self.automation_rate)
        fraction("accuracy", self.accuracy)
        non_negative("model_usd_per_request", self.model_usd_per_request)


@dataclass(frozen=True)
class BridgeStep:
    """What exchanging one fact does to each figure."""

    name: str
    change: Mapping[str, Value]


@dataclass(frozen=True)
class Bridge:
    """Monthly figures before and after, and the steps between them."""

    before: Mapping[str, Value]
    after: Mapping[str, Value]
    steps: tuple[BridgeStep, ...]

    def total(self, figure: str) -> Value:
        return _difference(self.after[figure], self.before[figure])


@dataclass(frozen=True)
class Labour:
    """Hours that a month saves; only whole people can be paid less or do other work."""

    hours: float
    people: int
    cashable_hours: float


def facts_of(
    deal: Deal, result: Outcome, mix: Mapping[str, float], *, model_usd_per_request: float
) -> RunFacts | State:
    """A run's facts at a threshold; undefined without rows."""
    rate, accuracy = result.automation_rate, result.accuracy
    if isinstance(rate, State):
        return rate
    known = 1.0 if isinstance(accuracy, State) else accuracy
    return RunFacts(rate, known, expected_losses(deal, mix), model_usd_per_request)


def monthly_figures(deal: Deal, facts: RunFacts, *, minutes_per_handoff: float) -> dict[str, Value]:
    """The figures of a month; margin and customer's return are ratios and may be undefined."""
    phi, a, requests = facts.automation_rate, facts.accuracy, deal.requests_per_month
    amounts = {**amounts_of(deal), "model_usd_per_request": facts.model_usd_per_request}
    p = purses(deal, amounts, (phi * a, phi * (1 - a), 1 - phi), facts.losses)
    errors = sum(float(line.usd) for line in p.costs if line.name in ("errors_us", "errors_customer"))
    contribution, value, revenue = float(p.contribution), float(p.customer_value), float(p.revenue)
    return {
        "handled_share": phi,
        "review_hours": requests * (1 - phi) * minutes_per_handoff / 60,
        "error_cost_usd": requests * errors,
        "revenue_usd": requests * revenue,
        "contribution_usd": requests * contribution,
        "margin": ratio(contribution, revenue),
        "customer_value_usd": requests * value,
        "customer_return": ratio(value, revenue),
    }


def bridge(deal: Deal, before: RunFacts, after: RunFacts, *, minutes_per_handoff: float) -> Bridge:
    """Monthly figures from one run to the other, fact by fact."""
    non_negative("minutes_per_handoff", minutes_per_handoff)
    facts, figures = before, [monthly_figures(deal, before, minutes_per_handoff=minutes_per_handoff)]
    for name in STEPS:
        facts = replace(facts, **{name: getattr(after, name)})
        figures.append(monthly_figures(deal, facts, minutes_per_handoff=minutes_per_handoff))
    steps = tuple(
        BridgeStep(name, {key: _difference(now[key], then[key]) for key in now})
        for name, then, now in zip(STEPS, figures, figures[1:])
    )
    return Bridge(figures[0], figures[-1], steps)


def saved_labour(hours_per_month: float, *, hours_per_person_month: float) -> Labour:
    """Hours, whole people and the hours those people stand for.

    >>> saved_labour(500, hours_per_person_month=160)
    Labour(hours=500, people=3, cashable_hours=480)
    """
    non_negative("hours_per_month", hours_per_month)
    people = math.floor(hours_per_month / positive("hours_per_person_month", hours_per_person_month))
    return Labour(hours_per_month, people, people * hours_per_person_month)


def _difference(now: Value, then: Value) -> Value:
    if isinstance(now, State) or isinstance(then, State):
        return State.UNDEFINED
    return now - then
