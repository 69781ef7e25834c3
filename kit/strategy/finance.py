"""Time value of money and how long it lasts: NPV, IRR and XIRR with their warnings, runway, default alive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy_financial as npf
from scipy.optimize import brentq, minimize_scalar

from kit.strategy.checks import growth, non_negative, number, same_length
from kit.strategy.states import State, Value

HORIZON_MONTHS = 600
DAYS_PER_YEAR = 365.0  # the convention of the spreadsheets' XIRR, leap years or not
GRID = np.linspace(math.log(1e-3), math.log(1e6), 4001)  # ln(1 + rate) at which a change of sign is looked for


def npv(rate_per_period: float, flows: Sequence[float]) -> float:
    """Sum of flows[t] / (1 + rate)^t, the first flow now and undiscounted (numpy-financial's convention).

    >>> round(npv(0.08, [-40_000, 5_000, 8_000, 12_000, 30_000]), 4)
    3065.2227
    """
    rate = growth("rate_per_period", rate_per_period)
    return float(npf.npv(rate, [number(f"flows[{t}]", flow) for t, flow in enumerate(flows)]))


def npv_excel(rate_per_period: float, flows: Sequence[float]) -> float:
    """NPV as spreadsheets compute it: the first flow lies one period ahead, so it is npv / (1 + rate).

    A spreadsheet user therefore writes NPV(rate, later flows) + first flow to get `npv`.
    """
    return npv(rate_per_period, [0.0, *flows])


@dataclass(frozen=True)
class ReturnRate:
    """A rate of return per period (IRR) or year (XIRR), with every rate found at which the value is zero."""

    rate: Value
    roots: tuple[float, ...]
    warning: str = ""

    @property
    def is_unique(self) -> bool:
        return len(self.roots) == 1


def irr(flows: Sequence[float]) -> ReturnRate:
    """Rate per period at which NPV is zero; of several the one nearest zero, as numpy-financial picks, flagged.

    A change of sign is needed; each further change can add a root (Descartes' rule of signs).

    >>> round(irr([-250_000, 100_000, 150_000, 200_000, 250_000, 300_000]).rate, 6)
    0.56723
    """
    amounts = np.array([number(f"flows[{t}]", flow) for t, flow in enumerate(flows)])
    return _return_rate(amounts, np.arange(len(amounts), dtype=float))


def xirr(flows: Sequence[float], dates: Sequence[date]) -> ReturnRate:
    """Yearly rate at which sum flows / (1 + rate)^(days / 365) is zero, days from the earliest date.

    >>> round(xirr([-100, 110], [date(2025, 1, 1), date(2026, 1, 1)]).rate, 6)
    0.1
    """
    same_length("flows", flows, "dates", dates)
    amounts = np.array([number(f"flows[{t}]", flow) for t, flow in enumerate(flows)])
    first = min(dates, default=date.min)
    years = np.array([(day - first).days / DAYS_PER_YEAR for day in dates])
    return _return_rate(amounts, years)


def _return_rate(amounts: np.ndarray, times: np.ndarray) -> ReturnRate:
    if not (np.any(amounts > 0) and np.any(amounts < 0)):
        return ReturnRate(State.UNDEFINED, (), "the flows never change sign, so no rate brings them to zero")
    roots = _zero_rates(amounts / np.abs(amounts).max(), times)
    if not roots:
        return ReturnRate(State.UNDEFINED, (), "no rate of -99.9 % or more brings the value of these flows to zero")
    rate = min(roots, key=abs)
    if len(roots) == 1:
        return ReturnRate(rate, roots)
    listed = ", ".join(f"{root:.4g}" for root in roots)
    return ReturnRate(rate, roots, f"{len(roots)} rates bring the value to zero ({listed}): judge by NPV instead")


def _zero_rates(amounts: np.ndarray, times: np.ndarray) -> tuple[float, ...]:
    """Rates between -99.9 % and 1e6 at which the value changes sign, or touches zero without doing so.

    Each value is scaled by its largest discount factor: only the sign counts, and 600 months at -99 % would overflow.
    """

    def value(log_rate: float | np.ndarray) -> np.ndarray:
        exponents = -np.multiply.outer(np.asarray(log_rate), times)
        return np.exp(exponents - exponents.max(axis=-1, keepdims=True)) @ amounts

    values = value(GRID)
    roots = [float(GRID[i]) for i in np.flatnonzero(values == 0)]
    for i in np.flatnonzero(values[:-1] * values[1:] < 0):
        roots.append(float(brentq(lambda x: float(value(x)), GRID[i], GRID[i + 1], xtol=1e-14)))
    size = np.abs(values)
    for i in np.flatnonzero((size[1:-1] < size[:-2]) & (size[1:-1] < size[2:])) + 1:
        if np.sign(values[i - 1]) == np.sign(values[i]) == np.sign(values[i + 1]):
            touch = minimize_scalar(lambda x: float(np.abs(value(x))), bounds=(GRID[i - 1], GRID[i + 1]),
                                    method="bounded", options={"xatol": 1e-12})
            if touch.fun < 1e-9:
                roots.append(float(touch.x))
    return tuple(math.expm1(root) for root in sorted(roots))


def runway_months(cash: float, net_burn_per_month: float, burn_growth_per_month: float = 0.0) -> Value:
    """n = cash / burn, or ln(1 + cash g / burn) / ln(1 + g) when the burn grows by g a month.

    Never, when the burn shrinks so fast that the cash outlasts it; no burn is the state cash-generating.

    >>> runway_months(2_400_000, 200_000), round(runway_months(2_400_000, 200_000, 0.05), 4)
    (12.0, 9.6332)
    """
    held, burn = non_negative("cash", cash), number("net_burn_per_month", net_burn_per_month)
    rate = growth("burn_growth_per_month", burn_growth_per_month)
    if burn <= 0:
        return State.CASH_GENERATING
    if rate == 0:
        return held / burn
    if rate == -1:  # the burn is over after this month
        return held / burn if held < burn else State.NEVER
    reach = 1 + held * rate / burn
    return State.NEVER if reach <= 0 else math.log(reach) / math.log1p(rate)


@dataclass(frozen=True)
class DefaultAlive:
    """`month` counts from 0: the first with revenue >= expenses when alive, the first with cash below 0 when not.

    Never, when neither comes within 50 years.
    """

    is_alive: bool
    month: int | State
    lowest_cash: float


def default_alive(cash: float, *, revenue_per_month: float, expenses_per_month: float,
                  revenue_growth_per_month: float) -> DefaultAlive:
    """Does revenue, growing as now, meet flat expenses before the cash ends? (Graham, 2015)

    It takes revenue as collected at once; with terms of payment the answer can turn round, so
    `projection.project` is the test that counts.

    >>> default_alive(1_500_000, revenue_per_month=50_000, expenses_per_month=200_000,
    ...               revenue_growth_per_month=0.12).month
    13
    """
    held, revenue = non_negative("cash", cash), non_negative("revenue_per_month", revenue_per_month)
    expenses = non_negative("expenses_per_month", expenses_per_month)
    rate = growth("revenue_growth_per_month", revenue_growth_per_month)
    lowest = held
    for month in range(HORIZON_MONTHS):
        if revenue >= expenses:
            return DefaultAlive(True, month, lowest)
        held -= expenses - revenue
        lowest = min(lowest, held)
        if held < 0:
            return DefaultAlive(False, month, held)
        revenue *= 1 + rate
    return DefaultAlive(False, State.NEVER, lowest)
