"""What buyers pay against what a unit costs: Gabor-Granger, fitted demand, and the price that earns most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit, logit, wrightomega

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, number, positive, same_length
from kit.strategy.states import State, Value, ratio


@dataclass(frozen=True)
class PricePoint:
    """One asked price; `revenue` and `profit` per person asked when the demand is a share."""

    price: float
    demand: float
    revenue: float
    profit: float
    elasticity: Value
    """Relative change of demand / relative change of price up to the next price, on the lower price as base."""


@dataclass(frozen=True)
class GaborGranger:
    """Revenue and profit at each asked price, and the best of them (the lower price on a tie)."""

    points: tuple[PricePoint, ...]
    best_revenue_price: Value
    best_profit_price: Value
    """Undefined where no asked price covers the unit cost."""
    falls: bool
    """Demand falls or stays as the price rises; if not, the sample is too small or the question was misread."""


def gabor_granger(prices: Sequence[float], demand: Sequence[float], *, unit_cost: float = 0.0) -> GaborGranger:
    """Revenue p D(p) and profit (p - unit cost) D(p) at the asked prices (Gabor & Granger 1966, Economica 33:43-70).

    `demand` holds shares of those asked or numbers of buyers; the optimum moves up with the unit cost.

    >>> gabor_granger([10, 20, 30, 40, 50], [0.9, 0.8, 0.6, 0.35, 0.2], unit_cost=22).best_profit_price
    40.0
    """
    asked, bought = _checked(prices, demand)
    cost = non_negative("unit_cost", unit_cost)
    if not asked:
        return GaborGranger((), State.UNDEFINED, State.UNDEFINED, True)
    points = []
    for i, (price, share) in enumerate(zip(asked, bought)):
        slope: Value = State.UNDEFINED
        if i + 1 < len(asked):
            step = asked[i + 1] / price - 1 if price else 0.0
            slope = ratio(ratio(bought[i + 1] - share, share), step)
        points.append(PricePoint(price, share, price * share, (price - cost) * share, slope))
    best_revenue = max(points, key=lambda point: point.revenue)
    best_profit = max(points, key=lambda point: point.profit)
    return GaborGranger(tuple(points), best_revenue.price if best_revenue.revenue > 0 else State.UNDEFINED,
                        best_profit.price if best_profit.profit > 0 else State.UNDEFINED,
                        all(b <= a for a, b in pairwise(bought)))


def _checked(prices: Sequence[float], demand: Sequence[float]) -> tuple[list[float], list[float]]:
    same_length("prices", prices, "demand", demand)
    asked = [non_negative(f"prices[{i}]", price) for i, price in enumerate(prices)]
    for i, (lower, upper) in enumerate(pairwise(asked)):
        if upper <= lower:
            raise VentureError(f"prices[{i + 1}] is {upper:g}, not above prices[{i}] {lower:g}: list each price once, "
                               "the lowest first")
    return asked, [non_negative(f"demand[{i}]", value) for i, value in enumerate(demand)]


@dataclass(frozen=True)
class Optimum:
    """The price that earns most, what it sells and earns; undefined with the reason."""

    price: Value
    demand: Value
    profit: Value
    reason: str = ""


def _no_optimum(reason: str) -> Optimum:
    return Optimum(State.UNDEFINED, State.UNDEFINED, State.UNDEFINED, reason)


@dataclass(frozen=True)
class LogitDemand:
    """Share buying at price p = ceiling / (1 + e^-(intercept - slope p)), slope per unit of currency."""

    intercept: float
    slope: float
    ceiling: float = 1.0

    def __post_init__(self) -> None:
        number("intercept", self.intercept)
        number("slope", self.slope)
        fraction("ceiling", self.ceiling)

    def share(self, price: float) -> float:
        return self.ceiling * float(expit(self.intercept - self.slope * non_negative("price", price)))

    def profit(self, price: float, *, unit_cost: float, people: float = 1.0, fixed_cost: float = 0.0) -> float:
        """people x share x (price - unit cost) - fixed cost."""
        return (non_negative("people", people) * self.share(price) * (price - non_negative("unit_cost", unit_cost))
                - non_negative("fixed_cost", fixed_cost))

    def optimum(self, *, unit_cost: float, people: float = 1.0, fixed_cost: float = 0.0) -> Optimum:
        """p* = c + (1 + W(e^(a - b c - 1))) / b, with Lambert's W: where (p - c) b (1 - share / ceiling) = 1.

        Derived from the first-order condition of the profit; it holds between the asked prices as well as on them.

        >>> round(LogitDemand(8.3, 0.97, ceiling=0.33).optimum(unit_cost=3).price, 2)
        7.35
        """
        cost = non_negative("unit_cost", unit_cost)
        if self.slope <= 0 or self.ceiling == 0:
            return _no_optimum("demand does not fall with the price, so no price is best: ask at higher prices")
        price = cost + (1 + float(wrightomega(self.intercept - self.slope * cost - 1))) / self.slope
        return Optimum(price, non_negative("people", people) * self.share(price),
                       self.profit(price, unit_cost=cost, people=people, fixed_cost=fixed_cost))


def fit_logit(prices: Sequence[float], shares: Sequence[float], *, ceiling: float = 1.0) -> LogitDemand | State:
    """Least squares of the shares on a logit curve under a given ceiling; undefined below two prices that differ.

    The ceiling is the share that would take it for nothing: left free it is hardly identified by five prices.
    """
    asked, bought = _checked(prices, shares)
    top = fraction("ceiling", ceiling)
    for i, share in enumerate(bought):
        if fraction(f"shares[{i}]", share) > top:
            raise VentureError(f"shares[{i}] is {share:g}, above ceiling {top:g}: raise the ceiling")
    if len(asked) < 2 or len(set(bought)) < 2:
        return State.UNDEFINED
    x, y = np.array(asked), np.array(bought) / top
    scale = float(x.max())
    slope, start = np.polyfit(x / scale, logit(np.clip(y, 0.01, 0.99)), 1)
    fitted = least_squares(lambda k: expit(k[0] - k[1] * x / scale) - y, (start, -slope), xtol=1e-12, ftol=1e-12)
    return LogitDemand(float(fitted.x[0]), float(fitted.x[1]) / scale, top)


def linear_optimum(*, intercept: float, slope: float, unit_cost: float) -> Optimum:
    """Demand Q = a - b p: p* = (a / b + c) / 2 and profit (p* - c) Q (textbook monopoly price).

    >>> linear_optimum(intercept=100, slope=2, unit_cost=10)
    Optimum(price=30.0, demand=40.0, profit=800.0, reason='')
    """
    a, b, c = positive("intercept", intercept), number("slope", slope), non_negative("unit_cost", unit_cost)
    if b <= 0:
        return _no_optimum("demand does not fall with the price (slope <= 0), so no price is best")
    if a / b <= c:
        return _no_optimum(f"nobody buys at the unit cost {c:g}: demand ends at {a / b:g}")
    price = (a / b + c) / 2
    return Optimum(price, a - b * price, (price - c) * (a - b * price))


def constant_elasticity_price(*, unit_cost: float, elasticity: float) -> Value:
    """p* = MC e / (e + 1) (Lerner 1934), for e < -1 only; undefined otherwise, since profit then rises for ever.

    >>> constant_elasticity_price(unit_cost=5, elasticity=-2)
    10.0
    """
    cost, e = non_negative("unit_cost", unit_cost), number("elasticity", elasticity)
    return cost * e / (e + 1) if e < -1 else State.UNDEFINED


@dataclass(frozen=True)
class OutcomePrice:
    """Per attempt: the margin, the gross margin, and the success rate at which the margin is zero."""

    margin: float
    gross_margin: Value
    break_even_rate: Value
    """Never, where even a success at every attempt would not cover the cost."""


def outcome_pricing(price_per_outcome: float, *, success_rate: float, cost_per_attempt: float) -> OutcomePrice:
    """margin = price x rate - cost per attempt: every attempt costs, only a success is paid.

    >>> round(outcome_pricing(0.99, success_rate=0.67, cost_per_attempt=0.12).margin, 4)
    0.5433
    """
    price = non_negative("price_per_outcome", price_per_outcome)
    rate, cost = fraction("success_rate", success_rate), non_negative("cost_per_attempt", cost_per_attempt)
    revenue = price * rate
    needed = ratio(cost, price, State.NEVER if cost else State.UNDEFINED)
    if not isinstance(needed, State) and needed > 1:
        needed = State.NEVER
    return OutcomePrice(revenue - cost, ratio(revenue - cost, revenue), needed)
