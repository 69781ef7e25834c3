"""Draws: ranges and evaluation counts as 20,000 equally likely worlds, and the interval read off them.

Each quantity draws from its own stream, seeded by (seed, name): turning one number into a range leaves the draws of
all others as they were, so two scenarios differ only by what differs between them (common random numbers).
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np

from kit.errors import VentureError
from kit.strategy.checks import non_negative
from kit.strategy.states import State, Value, finite

DRAWS = 20_000
LEVEL = 0.95
Z90 = 1.645  # 90 % of a normal lies within 1.645 sd, rounded as forecasting tools round it


@dataclass(frozen=True)
class Range:
    """A 90 % range of a positive amount, read as a lognormal; low = high is a plain number."""

    low: float
    high: float


Amount = float | Range


@dataclass(frozen=True)
class Quantity:
    """A number or named state with its interval; the bounds may be states too (an error price without upper bound)."""

    value: Value
    low: Value
    high: Value
    level: float = LEVEL

    def as_row(self) -> dict[str, float | str | None]:
        """value, state, low and high as a worksheet row keeps them: a number or null, and why there is none."""
        numbers = {name: None if isinstance(x, State) else x for name, x in vars(self).items() if name != "level"}
        return {**numbers, "state": str(self.value) if isinstance(self.value, State) else None}


def check_amount(field: str, amount: Amount) -> Amount:
    """An amount of money or a range of it, refused with field, value and fix."""
    if not isinstance(amount, Range):
        return non_negative(field, amount)
    non_negative(f"{field}.low", amount.low)
    non_negative(f"{field}.high", amount.high)
    if amount.low > amount.high:
        raise VentureError(f"{field} runs from {amount.low:g} to {amount.high:g}: low is above high; swap them")
    if amount.low == 0 < amount.high:
        raise VentureError(f"{field}.low is 0: a range starts above 0; give the least amount you would believe")
    return amount


def _log_moments(amount: Range) -> tuple[float, float]:
    """mu and sigma of the lognormal whose 5th and 95th percentiles are low and high."""
    low, high = math.log(amount.low), math.log(amount.high)
    return (low + high) / 2, (high - low) / (2 * Z90)


def mean_of(amount: Amount) -> float:
    """Expected amount; exp(mu + sigma^2 / 2) of a range, above its middle because the upper tail is long.

    >>> round(mean_of(Range(25, 35)), 6)
    29.735501
    """
    if not isinstance(amount, Range):
        return float(amount)
    if amount.low == amount.high:
        return float(amount.low)
    mu, sigma = _log_moments(amount)
    return math.exp(mu + sigma * sigma / 2)


def stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one named quantity."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def draw_amount(amount: Amount, name: str, *, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """`draws` values of an amount, from its own stream."""
    if not isinstance(amount, Range) or amount.low == amount.high:
        return np.full(draws, mean_of(amount))
    mu, sigma = _log_moments(amount)
    return np.exp(mu + sigma * stream(seed, name).standard_normal(draws))


def interval(point: Value, drawn: np.ndarray, level: float = LEVEL) -> Quantity:
    """The point with the percentiles of its draws; an infinite bound becomes a state.

    Draws that are NaN (a ratio without meaning in that world) are left out; where they are more than 1 - level of all
    worlds the quantity itself has no meaning.
    """
    usable = drawn[~np.isnan(drawn)]
    if isinstance(point, State) or len(usable) < level * len(drawn):
        state = point if isinstance(point, State) else State.UNDEFINED
        return Quantity(state, state, state, level)
    tail = (1 - level) / 2
    # nearest ranks, because interpolating between a number and infinity gives NaN
    low = float(np.quantile(usable, tail, method="lower"))
    high = float(np.quantile(usable, 1 - tail, method="higher"))
    # with a class of which nothing was seen yet, every draw lies on one side of the point
    low, high = min(low, point), max(high, point)
    return Quantity(point, finite(low, State.INFINITE), finite(high, State.INFINITE), level)


def nothing(level: float = LEVEL) -> Quantity:
    """A quantity without rows or inputs behind it."""
    return Quantity(State.UNDEFINED, State.UNDEFINED, State.UNDEFINED, level)


def ratio_draws(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator / denominator per world, NaN where the denominator is not above zero."""
    good = denominator > 0
    return np.where(good, numerator / np.where(good, denominator, 1.0), np.nan)
