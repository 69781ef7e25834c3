"""Who stays: cohort triangle and Kaplan-Meier on right-censored accounts, and what they say about later months.

An account that is still there has been observed for `months_active` months and no longer: it is censored, never
counted as retained beyond that. An annual contract that could not be cancelled yet is censored in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from kit.errors import VentureError
from kit.strategy.checks import fraction, whole
from kit.strategy.states import State, Value


@dataclass(frozen=True)
class AccountMonths:
    """One account: the month it started in, how many months it was seen active, whether it then left."""

    account: str
    start_month: int
    months_active: int
    is_churned: bool

    def __post_init__(self) -> None:
        whole(f"{self.account}.start_month", self.start_month)
        whole(f"{self.account}.months_active", self.months_active)


def check_accounts(rows: Sequence[AccountMonths]) -> None:
    """Refuse an account that appears twice: a return has to be told apart from a second account."""
    counts = Counter(row.account for row in rows)
    twice = [account for account, count in counts.items() if count > 1]
    if twice:
        raise VentureError(f"account {twice[0]!r} appears {counts[twice[0]]} times: one row per account is due; for "
                           "an account that came back, join its months or give the second spell an id of its own")


@dataclass(frozen=True)
class Cohort:
    """Shares retained at age 0, 1, ... months; undefined from the age on at which one account is not seen any more."""

    start_month: int
    size: int
    retained: tuple[Value, ...]


def cohort_triangle(rows: Sequence[AccountMonths]) -> list[Cohort]:
    """One cohort per start month, those without accounts in between included (size 0, every cell undefined).

    A cell is a number only while the whole cohort is under observation: beyond, the churned alone are known, and
    dividing by them would understate retention, while counting the unseen as retained would overstate it.
    """
    check_accounts(rows)
    if not rows:
        return []
    ages = range(max(row.months_active for row in rows) + 1)
    starts = [row.start_month for row in rows]
    triangle = []
    for start in range(min(starts), max(starts) + 1):
        members = [row for row in rows if row.start_month == start]
        triangle.append(Cohort(start, len(members), tuple(_retained(members, age) for age in ages)))
    return triangle


def _retained(members: Sequence[AccountMonths], age: int) -> Value:
    unseen = any(not row.is_churned and row.months_active < age for row in members)
    if unseen or not members:
        return State.UNDEFINED
    there = sum(row.months_active > age or (row.months_active == age and not row.is_churned) for row in members)
    return there / len(members)


@dataclass(frozen=True)
class KaplanMeier:
    """Product-limit estimate: a step at each month in which somebody left.

    `reason` says what the curve cannot tell (no rows, nobody left); the steps are then empty.
    """

    months: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    standard_error: tuple[float, ...]
    at_risk: tuple[int, ...]
    left: tuple[int, ...]
    n: int
    observed_until: float
    reason: str = ""

    def at(self, month: float) -> Value:
        """S(month); undefined without accounts and, unless all have left, beyond the last month observed."""
        if self.n == 0 or (month > self.observed_until and not (self.survival and self.survival[-1] == 0)):
            return State.UNDEFINED
        steps = int(np.searchsorted(self.months, month, side="right"))
        return self.survival[steps - 1] if steps else 1.0

    def median(self) -> Value:
        """The first month with S <= 1/2; undefined while more than half are still there."""
        return next((month for month, s in zip(self.months, self.survival) if s <= 0.5), State.UNDEFINED)


def kaplan_meier(durations: Sequence[float], left: Sequence[bool], *, level: float = 0.95) -> KaplanMeier:
    """S(t) = product over t_i <= t of (1 - d_i / n_i) (Kaplan & Meier 1958, J. Am. Stat. Assoc. 53:457-481).

    Variance by Greenwood (1926): S^2 sum d / (n (n - d)); the interval is taken on ln(-ln S), which keeps it within
    0 and 1 (Kalbfleisch & Prentice 1980). Accounts censored in a month are still at risk in it.
    """
    times, events = np.asarray(durations, dtype=float), np.asarray(left, dtype=bool)
    if len(times) != len(events) or not np.all(np.isfinite(times)) or np.any(times < 0):
        raise VentureError("durations are due as finite months of 0 or more, with one `left` for each")
    until = float(times.max()) if len(times) else 0.0
    if not events.any():
        reason = "there are no accounts" if not len(times) else "nobody has left yet: the time observed sets no rate"
        return KaplanMeier((), (), (), (), (), (), (), len(times), until, reason)
    moments = np.unique(times[events])
    at_risk = np.array([(times >= t).sum() for t in moments])
    gone = np.array([(events & (times == t)).sum() for t in moments])
    survival = np.cumprod(1 - gone / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(gone / (at_risk * (at_risk - gone)))
        error = survival * np.sqrt(greenwood)
        spread = float(ndtri(0.5 + level / 2)) * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-spread), survival ** np.exp(spread)
    ended = survival == 0  # Greenwood's sum has no value once nobody is left
    error, low, high = (np.where(ended, 0.0, array) for array in (error, low, high))
    return KaplanMeier(_as_tuple(moments), _as_tuple(survival), _as_tuple(low), _as_tuple(high), _as_tuple(error),
                       _as_tuple(at_risk), _as_tuple(gone), len(times), until)


def _as_tuple(array: np.ndarray) -> tuple:
    return tuple(array.tolist())


def kaplan_meier_of_accounts(rows: Sequence[AccountMonths], *, level: float = 0.95) -> KaplanMeier:
    """Kaplan-Meier over all cohorts together."""
    check_accounts(rows)
    return kaplan_meier([row.months_active for row in rows], [row.is_churned for row in rows], level=level)


def constant_churn_survival(survival: float, *, at_month: int, months: int) -> list[float]:
    """S(0..months) if the churn that led to `survival` at `at_month` had been the same every month (it seldom is)."""
    retention = fraction("survival", survival) ** (1 / whole("at_month", at_month, lowest=1))
    return [retention**month for month in range(whole("months", months) + 1)]


def restricted_mean(survival: Sequence[Value], *, months: int | None = None) -> Value:
    """Sum of S(0) ... S(months): expected payments until then, the first one at the start.

    Undefined where the curve is shorter or has an undefined cell: what is not observed is not zero.
    """
    cells = list(survival if months is None else survival[:whole("months", months) + 1])
    if not cells or (months is not None and len(cells) <= months):
        return State.UNDEFINED
    total = 0.0
    for cell in cells:
        if isinstance(cell, State):
            return cell
        total += cell
    return total
