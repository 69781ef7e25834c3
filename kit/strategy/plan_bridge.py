"""From the plan's operating cash to the actual one: price, volume, mix, cost, collection timing, tax, exchange rates.

Operating cash = (collected - invoiced with tax) + revenue + tax charged - costs - tax in costs - tax paid, so each
cause is a difference of one of these terms and their sum is the whole difference, without a remainder. Revenue is
taken apart at the plan's rates, units of one kind together: volume at the plan's mean price, mix at the plan's price
of each line, price on what was really sold (Horngren, Cost Accounting: flexible-budget and sales-mix variances).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kit.strategy.actuals import cash_months, months_of, rate_in
from kit.strategy.books import Line
from kit.strategy.venture import Venture

Rate = Callable[[Line], float]
CAUSES = ("volume", "mix", "price", "cost", "collection", "tax", "fx")


@dataclass(frozen=True)
class PlanBridge:
    """Operating cash as planned and as it was over the actual months, and what each cause did."""

    planned: float
    actual: float
    steps: dict[str, float]


@dataclass(frozen=True)
class _Sold:
    """A line of revenue: units and price without tax, in the venture's currency at the plan's rate."""

    quantity: float
    revenue: float

    @property
    def price(self) -> float:
        return self.revenue / self.quantity if self.quantity else 0.0


def plan_to_actual(venture: Venture) -> PlanBridge | None:
    """The bridge over the months that are over; None where no plan was kept."""
    books = venture.actuals
    if books is None or books.plan is None:
        return None
    months = months_of(books)
    planned = [line for line in books.plan.lines if line.month in months]
    kept = books.plan.exchange_rates

    def plan_rate(line: Line) -> float:
        return kept[line.currency] if line.currency in kept else venture.rate_of(line.currency)

    def rate(line: Line) -> float:
        return rate_in(venture, line.month, line.currency)

    steps = dict.fromkeys(CAUSES, 0.0)
    for group in sorted({(line.month, line.unit) for line in (*planned, *books.lines) if line.kind == "revenue"}):
        for cause, amount in _revenue_causes(_sold(planned, group, plan_rate), _sold(books.lines, group, plan_rate)):
            steps[cause] += amount
    costs, plan_costs = _of(books.lines, "cost"), _of(planned, "cost")
    steps["cost"] = sum(c.net * plan_rate(c) for c in plan_costs) - sum(c.net * plan_rate(c) for c in costs)
    revenue, plan_revenue = _of(books.lines, "revenue"), _of(planned, "revenue")
    steps["fx"] = sum(r.net * (rate(r) - plan_rate(r)) for r in revenue)
    steps["fx"] -= sum(c.net * (rate(c) - plan_rate(c)) for c in costs)

    def taxes(lines: list[Line], at: Rate) -> float:
        charged = sum((line.gross - line.net) * at(line) for line in _of(lines, "revenue"))
        in_costs = sum((line.gross - line.net) * at(line) for line in _of(lines, "cost"))
        return charged - in_costs - sum(line.gross * at(line) for line in _of(lines, "tax"))

    steps["tax"] = taxes(list(books.lines), rate) - taxes(planned, plan_rate)
    past = cash_months(venture)
    collected = sum(month.receipts for month in past)
    plan_collected = sum(line.gross * plan_rate(line) for line in _of(planned, "receipt"))
    steps["collection"] = (collected - sum(r.gross * rate(r) for r in revenue)) - (
        plan_collected - sum(r.gross * plan_rate(r) for r in plan_revenue))
    plan_paid = sum(line.gross * plan_rate(line) for line in (*plan_costs, *_of(planned, "tax")))
    return PlanBridge(plan_collected - plan_paid, sum(month.operating for month in past), steps)


def _revenue_causes(plan: dict[str, _Sold], real: dict[str, _Sold]) -> list[tuple[str, float]]:
    """Volume, mix and price of one month's units of one kind; a line that the plan lacks has the plan's mean price."""
    planned, sold = sum(x.quantity for x in plan.values()), sum(x.quantity for x in real.values())
    plan_revenue, revenue = sum(x.revenue for x in plan.values()), sum(x.revenue for x in real.values())
    if not planned:  # nothing was planned, so all of it is volume
        return [("volume", revenue - plan_revenue)]
    mean = plan_revenue / planned
    at_plan_prices = sum(x.quantity * (plan[name].price if name in plan and plan[name].quantity else mean)
                         for name, x in real.items())
    return [("volume", (sold - planned) * mean), ("mix", at_plan_prices - sold * mean),
            ("price", revenue - at_plan_prices)]


def _sold(lines: Iterable[Line], group: tuple[str, str], at: Rate) -> dict[str, _Sold]:
    """Revenue lines of a month and unit by name; two lines of one name are one."""
    found: dict[str, _Sold] = {}
    for line in _of(lines, "revenue"):
        if (line.month, line.unit) == group:
            had = found.get(line.line, _Sold(0.0, 0.0))
            found[line.line] = _Sold(had.quantity + (line.quantity or 0.0), had.revenue + line.net * at(line))
    return found


def _of(lines: Iterable[Line], kind: str) -> list[Line]:
    return [line for line in lines if line.kind == kind]
