"""Growth and efficiency of the whole company: burn multiple, rule of 40, retention of revenue, concentration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import VentureError
from kit.strategy.checks import non_negative, number, whole
from kit.strategy.states import State, Value, ratio


def burn_multiple(net_burn: float, net_new_arr: float) -> Value:
    """net burn / net new ARR over the same period (Sacks, 2020); no burn is a state, shrinking ARR is undefined.

    >>> burn_multiple(3_000_000, 1_000_000)
    3.0
    """
    burn, arr = number("net_burn", net_burn), number("net_new_arr", net_new_arr)
    if burn <= 0:
        return State.CASH_GENERATING
    return State.UNDEFINED if arr <= 0 else burn / arr


def burn_multiple_band(value: Value) -> str | None:
    """Sacks's words (2020): below 1 amazing, to 1.5 great, to 2 good, to 3 suspect, above bad; None for a state."""
    if isinstance(value, State):
        return None
    bands = ((1, "amazing"), (1.5, "great"), (2, "good"), (3, "suspect"))
    return next((name for top, name in bands if value < top or (top > 1 and value == top)), "bad")


def growth_rate(before: float, now: float) -> Value:
    """now / before - 1; undefined before the first revenue.

    >>> round(growth_rate(100, 220), 6)
    1.2
    """
    old, new = non_negative("before", before), non_negative("now", now)
    return State.UNDEFINED if old == 0 else new / old - 1


def rule_of_40(growth_per_year: Value, profit_margin: Value) -> Value:
    """Yearly growth + profit margin, as fractions; 0.40 wanted (Feld, 2015, meant for companies with real revenue).

    Before revenue either part is a state and is passed on.

    >>> round(rule_of_40(1.20, -0.60), 6)
    0.6
    """
    if isinstance(growth_per_year, State):
        return growth_per_year
    if isinstance(profit_margin, State):
        return profit_margin
    return growth_per_year + profit_margin


def magic_number(revenue_before: float, revenue_now: float, sales_and_marketing_before: float) -> Value:
    """(quarter's revenue - the one before) x 4 / sales and marketing of the one before (O'Driscoll; Leckie, 2008).

    Above .75 invest, below .5 mend. Undefined before revenue or without spending.

    >>> round(magic_number(1_100_000, 1_300_000, 1_000_000), 6)
    0.8
    """
    old, new = non_negative("revenue_before", revenue_before), non_negative("revenue_now", revenue_now)
    spent = non_negative("sales_and_marketing_before", sales_and_marketing_before)
    return State.UNDEFINED if old == 0 else ratio((new - old) * 4, spent)


def quick_ratio(*, new: float, expansion: float, churned: float, contraction: float) -> Value:
    """(new + expansion) / (churned + contraction) MRR, 4 wanted (Hamid); infinite when nothing was lost.

    >>> quick_ratio(new=20, expansion=8, churned=5, contraction=3)
    3.5
    """
    gained = non_negative("new", new) + non_negative("expansion", expansion)
    lost = non_negative("churned", churned) + non_negative("contraction", contraction)
    return ratio(gained, lost, State.INFINITE if gained else State.UNDEFINED)


@dataclass(frozen=True)
class RevenueRetention:
    """Net and gross retention of the revenue present at the start of the period."""

    nrr: Value
    grr: Value


def revenue_retention(start: float, *, expansion: float, contraction: float, churned: float) -> RevenueRetention:
    """NRR = (start + expansion - contraction - churned) / start; GRR leaves expansion out and never passes 1.

    Undefined for a base of zero. New customers belong in neither.

    >>> revenue_retention(100_000, expansion=15_000, contraction=3_000, churned=7_000)
    RevenueRetention(nrr=1.05, grr=0.9)
    """
    base, gained = non_negative("start", start), non_negative("expansion", expansion)
    lost = non_negative("contraction", contraction) + non_negative("churned", churned)
    if base == 0:
        return RevenueRetention(State.UNDEFINED, State.UNDEFINED)
    if lost > base:
        raise VentureError(f"contraction + churned is {lost:g}, above start {base:g}: count only losses of the "
                           "accounts that were there at the start")
    return RevenueRetention((base + gained - lost) / base, (base - lost) / base)


@dataclass(frozen=True)
class Concentration:
    """How much hangs on few customers: `hhi` from 1/n (even) to 1 (one customer)."""

    hhi: Value
    largest_share: Value
    depends_on_one: bool
    """One account brings more than half of the revenue: NRR and churn then describe that account."""


def concentration(revenues: Sequence[float]) -> Concentration:
    """HHI = sum of squared shares (Hirschman 1945, Herfindahl 1950); amounts or shares alike.

    >>> round(concentration([0.4, 0.3, 0.2, 0.1]).hhi, 6)
    0.3
    """
    amounts = [non_negative(f"revenues[{i}]", value) for i, value in enumerate(revenues)]
    total = sum(amounts)
    if total == 0:
        return Concentration(State.UNDEFINED, State.UNDEFINED, False)
    shares = [amount / total for amount in amounts]
    return Concentration(sum(share**2 for share in shares), max(shares), max(shares) > 0.5)


def required_growth(start: float, target: float, periods: int) -> Value:
    """(target / start)^(1 / periods) - 1: the steady growth per period that reaches the target; undefined from zero.

    >>> round(required_growth(50_000, 200_000, 12), 6)
    0.122462
    """
    base, goal = non_negative("start", start), non_negative("target", target)
    steps = whole("periods", periods, lowest=1)
    return State.UNDEFINED if base == 0 else (goal / base) ** (1 / steps) - 1
