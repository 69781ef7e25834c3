"""Which input moves the outcome: tornado at the range ends, rank correlation, Sobol indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from kit.strategy.checks import require
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import Array, Draws, Inputs, Model, as_distribution, named_uniforms


@dataclass(frozen=True)
class Swing:
    """Outcome with one input at its low and at its high end, the others at base."""

    name: str
    low: float
    high: float
    at_low: Value
    at_high: Value
    swing: Value


@dataclass(frozen=True)
class SobolIndex:
    """Share of the outcome's variance: of one input alone, and with all interactions; standard errors beside them."""

    name: str
    first_order: Value
    total: Value
    first_order_se: Value
    total_se: Value


def tornado(
    model: Callable[[dict[str, float]], Value],
    base: Mapping[str, float],
    ends: Mapping[str, tuple[float, float]],
) -> list[Swing]:
    """One-at-a-time swings |f(high) - f(low)|, largest first (Howard 1988, Management Science 34:679-695).

    An input at whose end the outcome has no number comes first: nothing swings further than out of existence. It shows
    no interaction, because the others stay at base; Sobol's total index does.
    """
    rows = []
    for name, (low, high) in ends.items():
        require(name in base, f"ends.{name}", (low, high), f"{name!r} is not an input; inputs are {', '.join(base)}")
        at_low, at_high = model({**base, name: low}), model({**base, name: high})
        stateless = not isinstance(at_low, State) and not isinstance(at_high, State)
        swing: Value = abs(at_high - at_low) if stateless else State.UNDEFINED  # type: ignore[operator]
        rows.append(Swing(name, low, high, at_low, at_high, swing))
    return sorted(rows, key=lambda row: -math.inf if isinstance(row.swing, State) else -row.swing)


def range_ends(inputs: Inputs, tail: float = 0.1) -> dict[str, tuple[float, float]]:
    """Quantiles at `tail` and 1 - `tail` of every input that is not a single value (P10 and P90 by custom)."""
    distributions = {name: as_distribution(name, value) for name, value in inputs.items()}
    return {
        name: (float(d.quantile(tail)), float(d.quantile(1 - tail)))
        for name, d in distributions.items()
        if d.shape != "point"
    }


def average_ranks(values: Array) -> Array:
    """Ranks from 1; equal values share the mean of their ranks.

    >>> average_ranks([10.0, 20.0, 10.0]).tolist()
    [1.5, 3.0, 1.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(x: Array, y: Array) -> Value:
    """Rank correlation: Pearson's correlation of average ranks (Spearman 1904); undefined where one side is constant.

    Pairs with a value that is not a number are left out; an infinite one is simply the largest.

    >>> spearman([1.0, 2.0, 3.0], [1.0, 8.0, 27.0]), spearman([1.0, 2.0], [5.0, 5.0]).value
    (1.0, 'undefined')
    """
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} values and y {len(y)}")
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = ~(np.isnan(x) | np.isnan(y))
    if known.sum() < 2:
        return State.UNDEFINED
    a, b = average_ranks(x[known]), average_ranks(y[known])
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return min(1.0, max(-1.0, float(a @ b) / scale)) if scale else State.UNDEFINED


def rank_correlations(draws: Draws, outcomes: Array) -> list[tuple[str, Value]]:
    """Spearman correlation of every drawn input with the outcome, strongest first, constant inputs last."""
    pairs = [(name, spearman(values, outcomes)) for name, values in draws.items()]
    return sorted(pairs, key=lambda pair: math.inf if isinstance(pair[1], State) else -abs(pair[1]))


def sobol(model: Model, inputs: Inputs, *, n: int = 8192, seed: int = 0) -> list[SobolIndex]:
    """First-order and total indices of independent inputs by Saltelli sampling, largest total first.

    With A and B two independent samples of n rows and AB_i = A with column i of B:
    S_i = mean(f(B) (f(AB_i) - f(A))) / V (Saltelli et al. 2010, Computer Physics Communications 181:259-270),
    T_i = mean((f(A) - f(AB_i))^2) / (2 V) (Jansen 1999). It takes n (k + 2) model runs. All indices are undefined where
    the outcome does not vary. The standard errors are of drawing, with V taken as known.
    """
    distributions = {name: as_distribution(name, value) for name, value in inputs.items()}
    a, b = (
        {name: d.sample(named_uniforms(name, n, seed=seed, stream=stream)) for name, d in distributions.items()}
        for stream in (1, 2)
    )
    f_a, f_b = _run(model, a, n), _run(model, b, n)
    centre, variance = np.concatenate([f_a, f_b]).mean(), float(np.concatenate([f_a, f_b]).var())
    if not math.isfinite(variance) or variance <= 0:
        return [SobolIndex(name, *[State.UNDEFINED] * 4) for name in inputs]
    rows = []
    for name in inputs:
        f_ab = _run(model, {**a, name: b[name]}, n)
        # Centring f(B) changes nothing in expectation and removes most of the noise when the mean is far from 0.
        first = (f_b - centre) * (f_ab - f_a) / variance
        total = (f_a - f_ab) ** 2 / (2 * variance)
        errors = (float(term.std(ddof=1)) / math.sqrt(n) for term in (first, total))
        rows.append(SobolIndex(name, float(first.mean()), float(total.mean()), *errors))
    return sorted(rows, key=lambda row: -float(row.total))


def _run(model: Model, draws: Draws, n: int) -> Array:
    return np.broadcast_to(np.asarray(model(draws), dtype=float), (n,))
