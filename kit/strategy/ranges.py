"""What somebody stated about an unknown number, as a distribution that can be drawn from.

A stated interval is a 90 % interval: its ends are the 5th and the 95th percentile, and half its width is 1.645
standard deviations (the rounded figure that Guesstimate and Squiggle use, so that files agree across tools). PERT and
triangular ranges are different in kind: their ends are the least and the greatest possible value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, ndtr, ndtri

from kit.strategy.checks import number, require

Shape = Literal["point", "normal", "lognormal", "beta", "pert", "triangular"]
Array = NDArray[np.float64]

SHAPES: tuple[str, ...] = get_args(Shape)
Z90 = 1.645  # half of a 90 % interval in standard deviations
SCORES = np.linspace(-8.5, 8.5, 1701)  # normal scores at which the slow inverse of the beta is tabulated


@dataclass(frozen=True)
class Distribution:
    """An uncertain number: a shape and its parameters.

    point (value); normal and lognormal (mu, sigma), of the logarithm for the latter; beta and pert (alpha, beta, least,
    greatest); triangular (least, mode, greatest).
    """

    shape: Shape
    parameters: tuple[float, ...]

    def quantile(self, p: Array | float) -> Array:
        """Inverse of the distribution function, exact to rounding."""
        probabilities = np.asarray(p, dtype=float)
        if self.shape in ("beta", "pert"):
            alpha, beta, least, greatest = self.parameters
            return least + (greatest - least) * betaincinv(alpha, beta, probabilities)
        if self.shape == "triangular":
            return _triangular_quantile(probabilities, *self.parameters)
        if self.shape == "point":
            return np.full(probabilities.shape, self.parameters[0])
        mu, sigma = self.parameters
        scores = mu + sigma * ndtri(probabilities)
        return np.exp(scores) if self.shape == "lognormal" else scores

    def sample(self, uniforms: Array) -> Array:
        """Draws by inverse distribution function: the same uniforms always give the same draws."""
        if self.shape in ("beta", "pert"):
            # The exact inverse takes 20 ms for 20,000 draws; this table is right to 1e-4 standard deviations.
            return np.interp(ndtri(uniforms), SCORES, _beta_table(self.parameters))
        return self.quantile(uniforms)

    @property
    def mean(self) -> float:
        """Expected value."""
        p = self.parameters
        if self.shape == "lognormal":
            return math.exp(p[0] + p[1] ** 2 / 2)
        if self.shape in ("beta", "pert"):
            return p[2] + (p[3] - p[2]) * p[0] / (p[0] + p[1])
        return sum(p) / 3 if self.shape == "triangular" else p[0]

    @property
    def sd(self) -> float:
        """Standard deviation."""
        p = self.parameters
        if self.shape == "point":
            return 0.0
        if self.shape == "lognormal":
            return self.mean * math.sqrt(math.expm1(p[1] ** 2))
        if self.shape in ("beta", "pert"):
            total = p[0] + p[1]
            return (p[3] - p[2]) * math.sqrt(p[0] * p[1] / (total + 1)) / total
        if self.shape == "triangular":
            a, m, b = p
            return math.sqrt((a * a + m * m + b * b - a * m - a * b - m * b) / 18)
        return p[1]

    @property
    def median(self) -> float:
        """Value that is exceeded half of the time."""
        return float(self.quantile(0.5))


@dataclass(frozen=True)
class Range:
    """A stated range with the field it came from, so that a bad one can be named.

    `low` and `high` are the 90 % interval of a normal, lognormal or beta, the extremes of a pert or triangular (which
    need a `mode`), and equal for a point.
    """

    low: float
    high: float
    shape: Shape = "normal"
    mode: float | None = None
    field: str = "range"

    def distribution(self) -> Distribution:
        """The distribution that this range states; a VentureError where it states none."""
        require(self.shape in SHAPES, f"{self.field}.shape", self.shape, f"use one of {', '.join(SHAPES)}")
        low, high = number(f"{self.field}.low", self.low), number(f"{self.field}.high", self.high)
        ends = (self.low, self.high)
        if self.shape == "point":
            require(low == high, self.field, ends, "a point has one value, so give low and high the same number")
            return point(low)
        require(low <= high, self.field, ends, "the low end is above the high end, so swap them")
        require(low < high, self.field, ends, "a range of no width is a single value, so give shape 'point'")
        if self.shape in ("pert", "triangular"):
            return self._three_point(low, high)
        if self.shape == "lognormal":
            require(low > 0, f"{self.field}.low", self.low, "a lognormal stays above 0, so raise it or use 'normal'")
            return lognormal(low, high)
        if self.shape == "beta":
            inside = low > 0 and high < 1
            require(inside, self.field, ends, "a beta is a share, so keep both ends strictly between 0 and 1")
            return _beta_interval(low, high, self.field)
        return Distribution("normal", ((low + high) / 2, (high - low) / (2 * Z90)))

    def _three_point(self, low: float, high: float) -> Distribution:
        fix = f"a {self.shape} range needs its most likely value between {low:g} and {high:g}"
        require(self.mode is not None and low <= self.mode <= high, f"{self.field}.mode", self.mode, fix)
        mode = float(self.mode)  # type: ignore[arg-type]
        if self.shape == "triangular":
            return Distribution("triangular", (low, mode, high))
        return pert(low, mode, high)


def point(value: float) -> Distribution:
    """A number taken as known."""
    return Distribution("point", (float(value),))


def lognormal(low: float, high: float) -> Distribution:
    """Lognormal whose 90 % interval is low-high: mu = (ln low + ln high)/2, sigma = (ln high - ln low)/(2*1.645).

    >>> d = lognormal(25, 35)
    >>> [round(x, 6) for x in (*d.parameters, d.median, d.mean)]
    [3.387112, 0.102271, 29.580399, 29.735501]
    """
    return Distribution(
        "lognormal", ((math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / (2 * Z90))
    )


def pert(least: float, mode: float, greatest: float) -> Distribution:
    """Beta scaled to least-greatest, alpha = 1 + 4(m-a)/(b-a), beta = 1 + 4(b-m)/(b-a), mean (a+4m+b)/6.

    Malcolm, Roseboom, Clark & Fazar (1959), Operations Research 7:646-669.

    >>> pert(10, 20, 60).mean, pert(10, 20, 60).parameters[:2]
    (25.0, (1.8, 4.2))
    """
    width = greatest - least
    return Distribution(
        "pert", (1 + 4 * (mode - least) / width, 1 + 4 * (greatest - mode) / width, float(least), float(greatest))
    )


def share_from_counts(successes: float, n: float, field: str = "counts") -> Distribution:
    """A measured share, Beta(k + 1/2, n - k + 1/2): Jeffreys' posterior (Brown, Cai & DasGupta 2001)."""
    require(0 <= successes <= n and n > 0, field, (successes, n), "give successes from 0 to n, and n above 0")
    return Distribution("beta", (successes + 0.5, n - successes + 0.5, 0.0, 1.0))


def _triangular_quantile(p: Array, least: float, mode: float, greatest: float) -> Array:
    width = greatest - least
    rising = least + np.sqrt(p * width * (mode - least))
    falling = greatest - np.sqrt((1 - p) * width * (greatest - mode))
    return np.where(p < (mode - least) / width, rising, falling)


@lru_cache(maxsize=256)
def _beta_table(parameters: tuple[float, ...]) -> Array:
    alpha, beta, least, greatest = parameters
    lower = betaincinv(alpha, beta, ndtr(np.minimum(SCORES, 0)))
    # Above the median the upper tail is inverted instead, because 1 - 1e-17 is 1 in floating point.
    upper = 1 - betaincinv(beta, alpha, ndtr(-np.maximum(SCORES, 0)))
    return least + (greatest - least) * np.where(SCORES <= 0, lower, upper)


@lru_cache(maxsize=256)
def _beta_interval(low: float, high: float, field: str) -> Distribution:
    """Beta whose 5th and 95th percentile are low and high, by damped Newton steps on (ln alpha, ln beta)."""
    centre, sd = (low + high) / 2, (high - low) / (2 * Z90)
    size = max(centre * (1 - centre) / sd**2 - 1, 0.2)
    logs = np.log([centre * size, (1 - centre) * size])
    misfit = _beta_misfit(logs, low, high)
    for _ in range(200):
        if np.abs(misfit).max() < 1e-10:
            break
        step = 1e-6
        columns = [(_beta_misfit(logs + step * unit, low, high) - misfit) / step for unit in np.eye(2)]
        move = np.linalg.lstsq(np.column_stack(columns), -misfit, rcond=None)[0]
        move *= min(1.0, 1.0 / np.abs(move).max())
        while np.abs(move).max() > 1e-13:
            trial = _beta_misfit(logs + move, low, high)
            if np.linalg.norm(trial) < np.linalg.norm(misfit):
                logs, misfit = logs + move, trial
                break
            move = move / 2
        else:
            break
    fits = bool(np.abs(misfit).max() < 1e-6)
    require(fits, field, (low, high), "no beta has this 90 % interval, so narrow it or use 'triangular'")
    alpha, beta = np.exp(logs)
    return Distribution("beta", (float(alpha), float(beta), 0.0, 1.0))


def _beta_misfit(logs: Array, low: float, high: float) -> Array:
    """Distance of both ends in normal scores, which is close to linear in the logarithms of alpha and beta."""
    alpha, beta = np.exp(logs)
    below = max(float(betainc(alpha, beta, low)), 1e-300)
    above = max(float(betainc(beta, alpha, 1 - high)), 1e-300)
    return np.array([ndtri(below) + Z90, ndtri(above) + Z90])
