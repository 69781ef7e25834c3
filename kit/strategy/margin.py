"""Margin and customer value with an interval that comes from the evaluation.

Every world draws the shares answered right, answered wrong and handed off from the held-out counts (effective counts
where rows share a group), the mix of error classes from the wrong rows, and each amount that is a range. All draws
hang on one seed, so two deals or two runs are compared in the same worlds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from kit.strategy.checks import number
from kit.strategy.draws import DRAWS, LEVEL, Quantity, draw_amount, interval, mean_of, nothing, ratio_draws, stream
from kit.strategy.rows import Outcome, Rows, automated
from kit.strategy.states import State, Value, ratio
from kit.strategy.value import Deal, Number, Payer, Purses, amounts_of, drawn_amounts, purses


@dataclass(frozen=True)
class Ledger:
    """Per request, both purses; `share_kept` is our part of what the two share, above 1 where the customer loses."""

    revenue: Quantity
    our_cost: Quantity
    contribution: Quantity
    margin: Quantity
    customer_value: Quantity
    customer_return: Quantity
    surplus: Quantity
    share_kept: Quantity
    automation_rate: Quantity
    accuracy: Quantity
    error_rate: Quantity
    """wrong answers that reach the customer, of all requests"""
    p_saving_positive: Value
    """probability that both purses together are better off than today"""
    p_margin_positive: Value
    p_margin_above_target: Value | None
    p_customer_gains: Value
    p_deal: Value
    """probability that both purses gain"""
    effective_rows: float

    @property
    def is_deal(self) -> bool:
        """Both purses gain at the expected values."""
        ours, theirs = self.contribution.value, self.customer_value.value
        return not isinstance(ours, State) and not isinstance(theirs, State) and ours > 0 and theirs > 0


def error_mix(rows: Rows, threshold: Value) -> dict[str, int]:
    """Wrong automatic answers by error class; a row without a class counts as `other`."""
    wrong = automated(rows, threshold) & ~rows.correct
    if rows.error_class is None:
        return {"other": int(wrong.sum())}
    kinds = rows.error_class[wrong].tolist()
    return dict(Counter("other" if kind is None or kind != kind else str(kind) for kind in kinds))


def expected_losses(deal: Deal, mix: Mapping[str, float]) -> dict[Payer, Number]:
    """Expected loss of one wrong automatic answer by payer; equal weights where no error was seen.

    With no error seen nothing says which class comes first, and a loss of 0 would be a lie in our favour.
    """
    weights = _weights(deal, mix)
    total = sum(weights.values())
    losses: dict[Payer, Number] = dict.fromkeys(Payer, 0.0)
    for name, weight in weights.items():
        error = deal.price_of(name)
        losses[error.payer] += weight / total * mean_of(error.usd_per_error)
    return losses


def drawn_losses(
    deal: Deal, mix: Mapping[str, float], *, deff: float = 1.0, draws: int = DRAWS, seed: int = 0
) -> dict[Payer, Number]:
    """The same in every world: Dirichlet(counts + 1/K) over the K classes, each loss from its range.

    1/K and not 1/2 each, or fifty classes would outvote five errors seen.
    """
    weights = _weights(deal, mix)
    gammas = [
        stream(seed, f"mix.{name}").standard_gamma(count / deff + 1 / len(weights), draws)
        for name, count in weights.items()
    ]
    total = np.sum(gammas, axis=0)
    losses: dict[Payer, Number] = dict.fromkeys(Payer, 0.0)
    for name, gamma in zip(weights, gammas):
        error = deal.price_of(name)
        amount = draw_amount(error.usd_per_error, f"errors.{error.name}", draws=draws, seed=seed)
        losses[error.payer] = losses[error.payer] + gamma / total * amount
    return losses


def ledger(
    deal: Deal, result: Outcome, mix: Mapping[str, float], *,
    target_margin: float | None = None, draws: int = DRAWS, seed: int = 0, level: float = LEVEL,
) -> Ledger:
    """Both purses of one request at the measured shares, each figure with the interval of its draws."""
    if target_margin is not None:
        number("target_margin", target_margin)
    if result.n <= 0:
        return _no_ledger(level)
    point = purses(deal, amounts_of(deal), result.shares, expected_losses(deal, mix))
    shares = result.draw(draws=draws, seed=seed)
    right, wrong, handed = shares.T
    losses = drawn_losses(deal, mix, deff=result.design_effect, draws=draws, seed=seed)
    world = purses(deal, drawn_amounts(deal, draws=draws, seed=seed), (right, wrong, handed), losses)
    points = _points(point)
    worlds = {name: np.broadcast_to(drawn, draws) for name, drawn in _worlds(world).items()}
    ours, theirs = worlds["contribution"] > 0, worlds["customer_value"] > 0
    return Ledger(
        **{name: interval(points[name], drawn, level) for name, drawn in worlds.items()},
        automation_rate=interval(result.automation_rate, 1 - handed, level),
        accuracy=interval(result.accuracy, ratio_draws(right, right + wrong), level),
        error_rate=interval(result.shares[1], wrong, level),
        p_saving_positive=float((worlds["surplus"] > 0).mean()),
        p_margin_positive=float(ours.mean()),
        # a world without revenue has no margin and so does not reach the target
        p_margin_above_target=None if target_margin is None else float((worlds["margin"] > target_margin).mean()),
        p_customer_gains=float(theirs.mean()),
        p_deal=float((ours & theirs).mean()),
        effective_rows=result.n / result.design_effect,
    )


def _no_ledger(level: float) -> Ledger:
    """What a run without held-out rows says about money: nothing."""
    blank: dict[str, Any] = {
        field.name: nothing(level) if field.type == "Quantity" else State.UNDEFINED for field in fields(Ledger)
    }
    return Ledger(**{**blank, "effective_rows": 0.0})


def _weights(deal: Deal, mix: Mapping[str, float]) -> dict[str, float]:
    """Errors seen per priced class of the deal; 1 each where none was seen."""
    weights = dict.fromkeys((error.name for error in deal.errors), 0.0)
    for kind, count in mix.items():
        if count > 0:
            weights[deal.price_of(kind).name] += count
    return weights if sum(weights.values()) > 0 else dict.fromkeys(weights, 1.0)


def _points(p: Purses) -> dict[str, Value]:
    positive = float(p.surplus) > 0
    return {
        "revenue": float(p.revenue), "our_cost": float(p.our_cost), "contribution": float(p.contribution),
        "margin": ratio(float(p.contribution), float(p.revenue)),
        "customer_value": float(p.customer_value), "customer_return": ratio(float(p.customer_value), float(p.revenue)),
        "surplus": float(p.surplus),
        # a share of nothing, or of a loss, has no meaning
        "share_kept": ratio(float(p.contribution), float(p.surplus)) if positive else State.UNDEFINED,
    }


def _worlds(p: Purses) -> dict[str, np.ndarray]:
    ours, theirs, revenue = (np.asarray(x, dtype=float) for x in (p.contribution, p.customer_value, p.revenue))
    return {
        "revenue": revenue, "our_cost": np.asarray(p.our_cost, dtype=float), "contribution": ours,
        "margin": ratio_draws(ours, revenue), "customer_value": theirs, "customer_return": ratio_draws(theirs, revenue),
        "surplus": ours + theirs, "share_kept": ratio_draws(ours, ours + theirs),
    }
