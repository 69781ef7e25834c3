"""The risk register in money: expected loss, the bad year, what a treatment buys, and which order is wrong.

Cells of a likelihood-by-impact matrix are ordered, not measured, and can rank a smaller risk first (Cox 2008, What's
Wrong with Risk Matrices?, Risk Analysis 28:497-512), so rows are ranked by expected loss and by their 95th percentile.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kit.strategy.checks import fraction, non_negative, positive, require
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import (
    DRAWS,
    Array,
    Distribution,
    MonteCarlo,
    Range,
    as_distribution,
    named_uniforms,
    summarise,
)

Uncertain = Distribution | Range | float
MOST_EXACT = 16  # the exact distribution of n risks has up to 2^n values


@dataclass(frozen=True)
class Risk:
    """One row of the register: chance within the period and loss if it happens, each a number or a range.

    `residual_probability` and `residual_loss` are what remains with the treatment; None where it leaves them as they
    are.
    """

    event: str
    cause: str
    probability: Uncertain
    loss: Uncertain
    owner: str
    indicator: str
    treatment: str
    treatment_cost: float
    date: str
    residual_probability: Uncertain | None = None
    residual_loss: Uncertain | None = None

    @property
    def expected_loss(self) -> float:
        """E[p] E[L]: chance and loss are taken as independent."""
        return _mean_chance(f"{self.event}.probability", self.probability) * _mean_loss(self.event, self.loss)

    @property
    def residual_expected_loss(self) -> float:
        """Expected loss with the treatment in place."""
        chance = self.probability if self.residual_probability is None else self.residual_probability
        loss = self.loss if self.residual_loss is None else self.residual_loss
        return _mean_chance(f"{self.event}.residual_probability", chance) * _mean_loss(self.event, loss)

    @property
    def leverage(self) -> Value:
        """What each unit of money in the treatment takes off the expected loss."""
        return reduction_leverage(self.expected_loss, self.residual_expected_loss, cost=self.treatment_cost)


@dataclass(frozen=True)
class RankedRisk:
    """A row with its money: expected loss, 95th percentile of its own loss, leverage of its treatment."""

    risk: Risk
    expected_loss: float
    p95: float
    leverage: Value


@dataclass(frozen=True)
class Reversal:
    """A pair that likelihood alone puts the wrong way round."""

    likelier: str
    costlier: str
    likelier_expected_loss: float
    costlier_expected_loss: float


@dataclass(frozen=True)
class CompoundPoisson:
    """Yearly loss of events that come at a rate: mean and standard deviation."""

    mean: float
    sd: float


def rank_risks(risks: Sequence[Risk], *, n: int = DRAWS, seed: int = 0) -> list[RankedRisk]:
    """Largest expected loss first, then the larger P95."""
    rows = []
    for risk, losses in zip(risks, simulate_losses(risks, n=n, seed=seed).T):
        # A loss that was drawn, not a mean of two: half of an event does not happen.
        p95 = float(np.percentile(losses, 95, method="inverted_cdf"))
        rows.append(RankedRisk(risk, risk.expected_loss, p95, risk.leverage))
    return sorted(rows, key=lambda row: (-row.expected_loss, -row.p95))


def expected_loss(risks: Sequence[Risk]) -> float:
    """Sum of the expected losses; it holds whether or not the risks depend on each other."""
    return math.fsum(risk.expected_loss for risk in risks)


def probability_any(chances: Sequence[float]) -> float:
    """P(at least one of independent events) = 1 - prod(1 - p).

    >>> round(probability_any([0.3, 0.2, 0.1]), 6)
    0.496
    """
    return 1.0 - math.prod(1 - fraction("probability", p) for p in chances)


def loss_distribution(chances: Sequence[float], losses: Sequence[float]) -> dict[float, float]:
    """Exact {total loss: probability} of independent events with known losses, smallest first, by convolution.

    >>> {loss: round(p, 3) for loss, p in loss_distribution([0.2] * 3, [100] * 3).items()}
    {0.0: 0.512, 100.0: 0.384, 200.0: 0.096, 300.0: 0.008}
    """
    if len(chances) != len(losses):
        raise ValueError(f"{len(chances)} probabilities for {len(losses)} losses")
    require(len(chances) <= MOST_EXACT, "risks", len(chances), f"draw more than {MOST_EXACT} with simulate_losses")
    totals = {0.0: 1.0}
    for chance, loss in zip(chances, losses):
        p, amount = fraction("probability", chance), non_negative("loss", loss)
        after: dict[float, float] = {}
        for total, weight in totals.items():
            after[total] = after.get(total, 0.0) + weight * (1 - p)
            after[total + amount] = after.get(total + amount, 0.0) + weight * p
        totals = after
    return dict(sorted(totals.items()))


def loss_quantile(distribution: dict[float, float], level: float = 0.95) -> float:
    """Smallest total loss that is not exceeded with probability `level`.

    >>> loss_quantile(loss_distribution([0.2] * 3, [100] * 3))
    200.0
    """
    cumulated = itertools.accumulate(distribution.values())
    # 0.95 added up from parts can fall short of 0.95 by rounding.
    return next(loss for loss, reached in zip(distribution, cumulated) if reached >= level - 1e-12)


def simulate_losses(risks: Sequence[Risk], *, n: int = DRAWS, seed: int = 0) -> Array:
    """Losses (draws, risks) of independent risks; each event draws its chance, whether it happens, and its loss.

    Streams go by the name of the event, so a new row leaves the other rows' draws as they are. A drawn loss below 0
    (the tail of a normal) counts as 0.
    """
    names = [risk.event for risk in risks]
    require(len(set(names)) == len(names), "risks", names, "give each event its own name")
    columns = []
    for risk in risks:
        chance, loss, happens = (named_uniforms(risk.event, n, seed=seed, stream=stream) for stream in (11, 12, 13))
        _mean_chance(f"{risk.event}.probability", risk.probability)
        drawn = as_distribution(f"{risk.event}.probability", risk.probability).sample(chance)
        amounts = as_distribution(f"{risk.event}.loss", risk.loss).sample(loss)
        columns.append(np.where(happens < drawn, np.maximum(amounts, 0.0), 0.0))
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0))


def total_loss(risks: Sequence[Risk], *, n: int = DRAWS, seed: int = 0) -> MonteCarlo:
    """Mean and percentiles of all losses together; `probability_met` is undefined."""
    return summarise(simulate_losses(risks, n=n, seed=seed).sum(axis=1))


def compound_poisson(events_per_year: float, *, loss_mean: float, loss_sd: float) -> CompoundPoisson:
    """Yearly loss: mean lambda E[X], variance lambda E[X^2] (Wald 1944; annual loss expectancy is its mean).

    >>> compound_poisson(0.5, loss_mean=200, loss_sd=200)
    CompoundPoisson(mean=100.0, sd=200.0)
    """
    rate, mean = non_negative("events_per_year", events_per_year), non_negative("loss_mean", loss_mean)
    return CompoundPoisson(rate * mean, math.sqrt(rate * (mean**2 + non_negative("loss_sd", loss_sd) ** 2)))


def reduction_leverage(before: float, after: float, *, cost: float) -> Value:
    """(Expected loss before - after)/cost of the treatment (Boehm 1991, IEEE Software 8(1):32-41).

    Below 1 the treatment costs more than it takes off. A treatment that costs nothing is `infinite` if it helps and
    undefined if it does not.

    >>> reduction_leverage(150, 50, cost=20)
    5.0
    """
    if non_negative("cost", cost) == 0:
        return State.INFINITE if before > after else State.UNDEFINED
    return (before - after) / cost


def cox_reversals(risks: Sequence[Risk]) -> list[Reversal]:
    """Pairs in which the less likely event is the larger expected loss, so that sorting by likelihood misleads."""
    found = []
    for a, b in itertools.permutations(risks, 2):
        chances = [_mean_chance(f"{risk.event}.probability", risk.probability) for risk in (a, b)]
        if chances[0] > chances[1] and a.expected_loss < b.expected_loss:
            found.append(Reversal(a.event, b.event, a.expected_loss, b.expected_loss))
    return sorted(found, key=lambda pair: pair.likelier_expected_loss - pair.costlier_expected_loss)


def lognormal_loss(mean: float, sd: float) -> Distribution:
    """Lognormal with this mean and standard deviation: sigma^2 = ln(1 + (sd/mean)^2), mu = ln mean - sigma^2/2."""
    variance = math.log1p((non_negative("sd", sd) / positive("mean", mean)) ** 2)
    return Distribution("lognormal", (math.log(mean) - variance / 2, math.sqrt(variance)))


def _mean_chance(field: str, value: Uncertain) -> float:
    """Mean of a chance whose whole range lies within 0 and 1, whatever its shape."""
    chance = as_distribution(field, value)
    if chance.shape in ("normal", "lognormal"):
        require(False, field, chance.shape, "a chance stays within 0 and 1, so use 'beta', 'pert' or 'triangular'")
    ends = chance.parameters[2:] if chance.shape in ("beta", "pert") else chance.parameters
    for end in ends:
        fraction(field, end)
    return chance.mean


def _mean_loss(event: str, value: Uncertain) -> float:
    return non_negative(f"{event}.loss", as_distribution(f"{event}.loss", value).mean)
