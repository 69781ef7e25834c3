"""What is known about the model: a run's held-out rows under a venture's deal, or the quality assumed without a run.

Nothing here opens a file; whoever reads the run folder hands its summary and rows over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kit.strategy.assumptions import Money
from kit.strategy.build_or_buy import HOURS_PER_MONTH, SelfHost, usd_per_request_at_volume
from kit.strategy.draws import DRAWS, Quantity, stream
from kit.strategy.error_cost import ClassCost
from kit.strategy.margin import error_mix
from kit.strategy.rows import Outcome, Rows
from kit.strategy.run_value import value_run
from kit.strategy.stakes import chow_threshold, stakes_of
from kit.strategy.states import State, Value
from kit.strategy.value import Deal, ErrorClass, Payer
from kit.strategy.venture import Venture


@dataclass(frozen=True)
class MeasuredRun:
    """A run by name: the date it was made, its held-out rows and its summary."""

    name: str
    date: str
    rows: Rows
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class Runs:
    """The runs of a venture by role; the worksheets stand on `live`."""

    live: MeasuredRun | None = None
    rivals: tuple[MeasuredRun, ...] = ()
    candidate: MeasuredRun | None = None

    @property
    def all(self) -> tuple[MeasuredRun, ...]:
        """Every run, the live one first."""
        return tuple(run for run in (self.live, self.candidate, *self.rivals) if run is not None)


@dataclass(frozen=True)
class Evidence:
    """Shares answered right, wrong and handed off, the errors among them, and who says so."""

    result: Outcome
    mix: Mapping[str, float]
    threshold: Quantity
    chow: Value
    accuracy: Outcome
    """all rows answered: right and wrong alone"""
    deff_of_mix: float
    source: dict[str, str | None]
    errors: tuple[ClassCost, ...] = ()
    level: Value = State.UNDEFINED
    test_reads: Value = State.UNDEFINED
    summary: Mapping[str, Any] = field(default_factory=dict)

    def accuracy_draws(self, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
        right, wrong = (x / self.accuracy.design_effect for x in (self.accuracy.right, self.accuracy.wrong))
        return stream(seed, "accuracy").beta(right + 0.5, wrong + 0.5, draws)


def host_of(venture: Venture, run: MeasuredRun | None) -> SelfHost:
    """A month of serving; a run's measured throughput and hourly price stand before the assumed ones."""
    serving = venture.serving
    capacity, replica = serving.requests_per_replica_month.point, venture.point(serving.replica_cost_per_month)
    summary = run.summary if run else {}
    measured = (summary.get("serving") or {}).get("requests_per_s")
    if measured:
        capacity = measured * 3600 * HOURS_PER_MONTH * serving.utilisation.point
    cost = summary.get("cost") or {}
    if measured and cost.get("price_per_hour"):
        replica = cost["price_per_hour"] * HOURS_PER_MONTH * venture.rate_of(cost.get("currency") or "USD")
    return SelfHost(
        usd_per_replica_month=replica, requests_per_replica_month=capacity,
        fixed_usd_per_month=venture.point(serving.fixed_cost_per_month), min_replicas=int(serving.min_replicas.point),
    )


def volume_of(venture: Venture) -> float:
    """Requests per month of all paying accounts; before the first one, of one account."""
    return max(1.0, venture.customers.accounts.point) * venture.customers.requests_per_account_per_month.point


def deal_of(venture: Venture, run: MeasuredRun | None = None) -> Deal:
    """The terms of one account, in the venture's currency; the model is charged at the volume served."""
    customers, costs, pricing = venture.customers, venture.costs, venture.pricing
    model = usd_per_request_at_volume(host_of(venture, run), volume_of(venture))
    assert not isinstance(model, State)  # the volume is above zero
    return Deal(
        price_metric=pricing.metric, price_usd=venture.amount(pricing.price),
        human_usd_per_request=venture.amount(customers.human_cost_per_request),
        requests_per_month=customers.requests_per_account_per_month.point,
        errors=tuple(ErrorClass(name, e.payer, venture.amount(e.cost)) for name, e in venture.errors.items()),
        model_usd_per_request=model, human_error_rate=customers.human_error_rate.point,
        usd_per_human_error=venture.amount(customers.cost_per_human_error), handoff_payer=costs.handoff_payer,
        handoff_overhead_usd=venture.amount(costs.handoff_overhead),
        our_usd_per_handoff=venture.amount(costs.our_cost_per_handoff), qa_share=costs.qa_share.point,
        qa_usd_per_check=venture.amount(costs.qa_cost_per_check), seats=pricing.seats_per_account.point,
    )


def evidence_of(venture: Venture, run: MeasuredRun | None, deal: Deal) -> Evidence:
    """Measured where there is a run, assumed where there is none."""
    return _assumed(venture, deal) if run is None else _measured(run, deal)


def with_prices(
    venture: Venture, *, error_cost_usd: float | None = None, human_cost_usd: float | None = None
) -> Venture:
    """The venture with one price for every class of error, or another price of the human's work, both in dollars."""
    changes: dict[str, Any] = {}
    if error_cost_usd is not None:
        price = _typed(venture.customers.human_cost_per_request, error_cost_usd)
        changes["errors"] = {name: e.model_copy(update={"cost": price}) for name, e in venture.errors.items()}
    if human_cost_usd is not None:
        price = _typed(venture.customers.human_cost_per_request, human_cost_usd)
        changes["customers"] = venture.customers.model_copy(update={"human_cost_per_request": price})
    return venture.model_copy(update=changes)


def move_error_class(venture: Venture, name: str, payer: Payer) -> Venture:
    """The venture with one class of errors in the other purse."""
    moved = {**venture.errors, name: venture.errors[name].model_copy(update={"payer": payer})}
    return venture.model_copy(update={"errors": moved})


def _typed(like: Money, usd: float) -> Money:
    return Money.model_validate({"value": usd, "currency": "USD", "date": like.date,
                                 "source": {"kind": "guess", "ref": "typed on the command line"}})


def _measured(run: MeasuredRun, deal: Deal) -> Evidence:
    test = run.rows.part("test")
    found = value_run(run.rows, deal)
    told = run.summary.get("evidence") or {}
    deff = test.design_effect()
    right = float(test.correct.sum())
    return Evidence(
        result=found.choice.result, mix=error_mix(test, found.choice.threshold.value), threshold=found.choice.threshold,
        chow=found.choice.chow, accuracy=Outcome(right, len(test) - right, 0.0, deff),
        deff_of_mix=found.choice.result.design_effect,
        source={"kind": "run", "ref": run.name, "date": run.date[:10]}, errors=found.errors,
        level=float(told["level"]) if told.get("level") is not None else State.UNDEFINED,
        test_reads=float(told["test_reads"]) if told.get("test_reads") is not None else State.UNDEFINED,
        summary=run.summary,
    )


def _assumed(venture: Venture, deal: Deal) -> Evidence:
    quality = venture.quality
    n, automated = quality.rows.point, quality.automation_rate.point
    right = n * automated * quality.accuracy_when_automated.point
    source: dict[str, str | None] = {
        "kind": quality.accuracy_when_automated.source.kind, "ref": "quality: assumed, no run is named", "date": None,
    }
    nothing = Quantity(State.UNDEFINED, State.UNDEFINED, State.UNDEFINED)
    return Evidence(
        result=Outcome(right, n * automated - right, n * (1 - automated)), mix={}, threshold=nothing,
        chow=chow_threshold(stakes_of(deal, {})), deff_of_mix=1.0, source=source, level=0.0,
        accuracy=Outcome(n * quality.accuracy.point, n * (1 - quality.accuracy.point), 0.0),
    )
