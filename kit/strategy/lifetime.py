"""Shifted beta-geometric lifetimes: customers differ in churn, so those who stay churn less and less.

Fader & Hardie (2007), How to project customer retention, J. Interactive Marketing 21:76-90; residual lifetime:
Fader & Hardie (2010), Customer-base valuation in a contractual setting, Marketing Science 29:85-93.
A period is one renewal: a month for monthly plans, a year for yearly ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, positive, whole
from kit.strategy.retention import AccountMonths, check_accounts
from kit.strategy.states import State, Value

LOG_BOUND = 9.0  # |ln alpha|, |ln beta|: the likelihood is flat beyond it
MAX_TERMS = 1_000_000
ALIKE = 100.0  # alpha + beta above it: churn spreads by less than a tenth of what its mean allows


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """Churn probabilities spread over customers as Beta(alpha, beta); mean churn alpha / (alpha + beta)."""

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        positive("alpha", self.alpha)
        positive("beta", self.beta)

    def survival(self, period: float) -> float:
        """S(t) = B(alpha, beta + t) / B(alpha, beta)."""
        t = non_negative("period", period)
        return float(np.exp(betaln(self.alpha, self.beta + t) - betaln(self.alpha, self.beta)))

    def survival_curve(self, periods: int) -> list[float]:
        """S(0) ... S(periods)."""
        return [self.survival(t) for t in range(whole("periods", periods) + 1)]

    def retention(self, period: int) -> float:
        """r_t = (beta + t - 1) / (alpha + beta + t - 1), from period t - 1 to t; it rises with t."""
        t = whole("period", period, lowest=1)
        return (self.beta + t - 1) / (self.alpha + self.beta + t - 1)

    def mean_lifetime(self) -> Value:
        """Sum of S(t) from 0: (alpha + beta - 1) / (alpha - 1), infinite for alpha <= 1 (discount it then)."""
        return State.INFINITE if self.alpha <= 1 else (self.alpha + self.beta - 1) / (self.alpha - 1)

    def derl(self, *, period: int, discount_per_period: float) -> Value:
        """Discounted expected residual lifetime of a customer in period n, before the renewal at its end.

        (b + n - 1) / (a + b + n - 1) x 2F1(1, b + n; a + b + n; 1 / (1 + d)); n = 1 is a new customer whose first
        payment has been made. Infinite without discount when the mean lifetime is.

        >>> round(ShiftedBetaGeometric(0.668, 3.806).derl(period=8, discount_per_period=0.10), 2)
        7.53
        """
        n, d = whole("period", period, lowest=1), fraction("discount_per_period", discount_per_period)
        a, b = self.alpha, self.beta
        if d == 0 and a <= 1:
            return State.INFINITE
        if d == 0:
            return (b + n - 1) / (a - 1)
        return (b + n - 1) / (a + b + n - 1) * hypergeometric_1(b + n, a + b + n, 1 / (1 + d))


def hypergeometric_1(b: float, c: float, z: float) -> float:
    """2F1(1, b; c; z) for c > b > 0 and 0 <= z < 1, by Gauss's continued fraction from its far end.

    scipy's hyp2f1 gives NaN or even negative numbers here once z nears 1 (a small monthly discount) or b is large.
    The fraction converges like e^(-2 k sqrt(1 - z)), so the terms are counted from the discount.
    """
    root = math.sqrt(1 - z)
    value = (1 + root) / 2  # the limit of the tail, where every coefficient is 1/4
    for m in range(min(MAX_TERMS, math.ceil(20 / root) + 50), -1, -1):
        value = 1 - (m + 1) * (c - b + m) / ((c + 2 * m) * (c + 2 * m + 1)) * z / value
        value = 1 - (b + m) * (c - 1 + m) / ((c - 1 + 2 * m) * (c + 2 * m)) * z / value
    return 1 / value


@dataclass(frozen=True)
class LifetimeFit:
    """The fitted curve, or undefined with the reason."""

    model: ShiftedBetaGeometric | State
    log_likelihood: Value = State.UNDEFINED
    reason: str = ""


def fit_lifetimes(left: Sequence[float], still_there: Sequence[float]) -> LifetimeFit:
    """Maximum likelihood: left[t] customers went in period t + 1, still_there[t] were last seen alive after it.

    log L = sum left ln(S(t-1) - S(t)) + sum still_there ln S(t); shares do as well as counts.
    """
    gone = np.array([non_negative(f"left[{t}]", value) for t, value in enumerate(left)])
    seen = np.array([non_negative(f"still_there[{t}]", value) for t, value in enumerate(still_there)])
    if len(gone) != len(seen):
        raise VentureError(f"left has {len(gone)} periods and still_there {len(seen)}: give both for every period")
    reason = _too_little(gone, seen)
    if reason:
        return LifetimeFit(State.UNDEFINED, reason=reason)
    periods = np.arange(1, len(gone) + 1)

    def loss(logs: np.ndarray) -> float:
        a, b = np.exp(logs)
        died = betaln(a + 1, b + periods - 1) - betaln(a, b)
        survived = betaln(a, b + periods) - betaln(a, b)
        return -float(gone @ died + seen @ survived) / total

    total = gone.sum() + seen.sum()
    starts = ((0.0, 0.0), (0.0, 2.0), (2.0, 2.0))
    fits = [minimize(loss, start, method="L-BFGS-B", bounds=[(-LOG_BOUND, LOG_BOUND)] * 2,
                     options={"ftol": 1e-15, "gtol": 1e-10}) for start in starts]
    best = min(fits, key=lambda fit: fit.fun)
    alpha, beta = np.exp(best.x)
    note = ""
    if alpha + beta > ALIKE:
        note = "churn does not fall with age here, so one constant rate serves as well (or better, where it rises)"
    elif best.x.min() < -LOG_BOUND + 0.01:
        note = "customers seem to be of two kinds, those who leave at once and those who stay: look for the difference"
    return LifetimeFit(ShiftedBetaGeometric(float(alpha), float(beta)), -float(best.fun * total), note)


def _too_little(gone: np.ndarray, seen: np.ndarray) -> str:
    if gone.sum() + seen.sum() == 0:
        return "the cohort is empty"
    if gone.sum() == 0:
        return "nobody has left yet, so no rate of leaving can be fitted"
    informative = np.flatnonzero(gone + seen)
    if len(informative) == 0 or informative[-1] == 0:
        return "one period cannot tell two parameters apart: wait for a second"
    return ""


def fit_survival(survival: Sequence[float]) -> LifetimeFit:
    """Fit to the shares of one cohort still there after period 1, 2, ..., T (the rest is censored at T).

    >>> fit = fit_survival([0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491])
    >>> round(fit.model.alpha, 3), round(fit.model.beta, 3)
    (0.668, 3.806)
    """
    shares = [1.0, *(fraction(f"survival[{t}]", share) for t, share in enumerate(survival))]
    for t, (before, after) in enumerate(pairwise(shares)):
        if after > before:
            raise VentureError(f"survival[{t}] is {after:g}, above {before:g} before it: a share still there cannot "
                               "rise; count an account that came back as never gone, or as a new one")
    left = -np.diff(shares)
    still_there = np.zeros(len(left))
    if len(left):
        still_there[-1] = shares[-1]
    return fit_lifetimes(left.tolist(), still_there.tolist())


def fit_accounts(rows: Sequence[AccountMonths]) -> LifetimeFit:
    """Fit to accounts of all cohorts, each censored where it was last seen.

    Accounts seen for 0 months carry no information when still there; one that left in month 0 left in period 1.
    """
    check_accounts(rows)
    length = max((row.months_active for row in rows), default=0)
    left, still_there = [0.0] * max(1, length), [0.0] * max(1, length)
    for row in rows:
        if row.is_churned:
            left[max(0, row.months_active - 1)] += 1
        elif row.months_active:
            still_there[row.months_active - 1] += 1
    return fit_lifetimes(left, still_there)
