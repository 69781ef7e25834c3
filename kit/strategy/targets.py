"""From a business target back to what the next run must reach: accuracy, tokens or latency, each as a gate.

A gate is a dict {metric, operator, value, why} and may hold `required_level`, the evidence it asks for.
`gates.check_gate` reads it against a run; the metrics named here are the ones that `gates.with_measures` adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NotRequired, TypedDict

from kit.errors import VentureError
from kit.strategy.checks import number, positive
from kit.strategy.margin import expected_losses
from kit.strategy.rows import Outcome
from kit.strategy.states import State
from kit.strategy.value import Deal, Purses, amounts_of, purses


class Gate(TypedDict):
    """What a run must reach, and why."""

    metric: str
    operator: str
    value: float
    why: str
    required_level: NotRequired[int]


@dataclass(frozen=True)
class Goal:
    """What a request must leave: a share of its revenue, or enough to pay back the cost of winning the customer."""

    margin: float | None = None
    payback_months: float | None = None
    cac_usd: float = 0.0
    requests_per_month: float = 0.0
    """of one customer"""

    def __post_init__(self) -> None:
        if (self.margin is None) == (self.payback_months is None):
            raise VentureError(f"margin is {self.margin}, payback_months is {self.payback_months}: give one of the two")
        if self.margin is not None:
            if number("margin", self.margin) > 1:
                raise VentureError(f"margin is {self.margin:g}: a fraction up to 1 is due; write {self.margin / 100:g}")
        else:
            for name in ("payback_months", "cac_usd", "requests_per_month"):
                positive(name, getattr(self, name))

    @property
    def text(self) -> str:
        if self.margin is not None:
            return f"a margin of {self.margin:.0%}"
        return f"a payback of {self.payback_months:g} months"

    def slack(self, p: Purses) -> float:
        """Contribution per request above what the goal asks for."""
        if self.margin is not None:
            return float(p.contribution - self.margin * p.revenue)
        assert self.payback_months is not None  # one of the two is given
        return float(p.contribution) - self.cac_usd / (self.payback_months * self.requests_per_month)


def accuracy_target(deal: Deal, result: Outcome, mix: Mapping[str, float], goal: Goal) -> Gate | State:
    """Accuracy when automated that meets the goal at the present coverage.

    Contribution is linear in accuracy, so two points give the root. `never` where even full accuracy falls short,
    undefined where nothing is automated; 0 where any accuracy will do.
    """
    answered = _answered(result)
    if isinstance(answered, State):
        return answered
    at_none, at_full = (
        goal.slack(_purses(deal, mix, (answered * a, answered * (1 - a), 1 - answered))) for a in (0.0, 1.0)
    )
    if at_full < 0:
        return State.NEVER
    needed = 0.0 if at_none >= 0 else at_none / (at_none - at_full)
    why = f"{goal.text} at {answered:.1%} of requests answered without a person"
    return Gate(metric="accuracy_when_automated", operator=">=", value=needed, why=why)


def model_cost_target(deal: Deal, result: Outcome, mix: Mapping[str, float], goal: Goal) -> float | State:
    """Most that the model may cost per request under the goal at the measured shares; `never` where that is nothing."""
    if result.n <= 0:
        return State.UNDEFINED
    free = replace(deal, model_usd_per_request=0.0)
    left = goal.slack(_purses(free, mix, result.shares))
    return left if left > 0 else State.NEVER


def tokens_target(
    deal: Deal, result: Outcome, mix: Mapping[str, float], goal: Goal, *, usd_per_million_tokens: float
) -> Gate | State:
    """Tokens per request, input and output at one blended price, that meet the goal."""
    most = model_cost_target(deal, result, mix, goal)
    if isinstance(most, State):
        return most
    tokens = most / positive("usd_per_million_tokens", usd_per_million_tokens) * 1e6
    why = f"{goal.text} at {usd_per_million_tokens:g} per million tokens"
    return Gate(metric="per_request.tokens", operator="<=", value=tokens, why=why)


def latency_target(
    deal: Deal, result: Outcome, mix: Mapping[str, float], goal: Goal, *, usd_per_hour: float, in_parallel: float = 1.0
) -> Gate | State:
    """Mean latency that meets the goal on a machine that serves `in_parallel` requests at once, all hours used.

    cost per request = usd_per_hour x latency / (3600 s x requests in parallel).
    """
    most = model_cost_target(deal, result, mix, goal)
    if isinstance(most, State):
        return most
    positive("in_parallel", in_parallel)
    latency_ms = most * 3_600_000 * in_parallel / positive("usd_per_hour", usd_per_hour)
    why = f"{goal.text} on a machine of {usd_per_hour:g} an hour with {in_parallel:g} requests at once"
    return Gate(metric="per_request.latency_ms", operator="<=", value=latency_ms, why=why)


def price_target(deal: Deal, result: Outcome, mix: Mapping[str, float]) -> float | State:
    """The highest price at which the customer still gains: the price that leaves V = 0 at the measured shares."""
    if result.n <= 0:
        return State.UNDEFINED
    free, unit = (_purses(replace(deal, price_usd=usd), mix, result.shares) for usd in (0.0, 1.0))
    per_unit, worth = float(unit.revenue), float(free.customer_value)
    if per_unit == 0:
        return State.UNDEFINED
    return worth / per_unit if worth > 0 else State.NEVER


def _answered(result: Outcome) -> float | State:
    if result.n <= 0 or result.right + result.wrong == 0:
        return State.UNDEFINED
    return (result.right + result.wrong) / result.n


def _purses(deal: Deal, mix: Mapping[str, float], shares: tuple[float, float, float]) -> Purses:
    return purses(deal, amounts_of(deal), shares, expected_losses(deal, mix))
