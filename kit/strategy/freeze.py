"""A plan kept before its months come: the projection's lines, month by month, never edited afterwards."""

from __future__ import annotations

import datetime as dt

import numpy as np

from kit.errors import VentureError
from kit.strategy.actuals import after_actuals, month_of, shifted
from kit.strategy.ahead import projection_at_points
from kit.strategy.books import FrozenPlan
from kit.strategy.measured import Runs, host_of
from kit.strategy.permission_rows import add_permissions
from kit.strategy.venture import Venture
from kit.strategy.workings import work

MONTHS = 12


def frozen_plan(
    venture: Venture, runs: Runs, *, made: dt.date, first_month: str | None = None, months: int = MONTHS
) -> FrozenPlan:
    """The first months of the projection as a plan; they start after the actuals, or in the month of the day.

    Money already owed when the plan is made counts among the receipts and the tax, as it does in the projection.
    """
    owed = after_actuals(venture, 1)
    first = first_month or (owed.next_month if owed else month_of(made))
    if owed is not None and first != owed.next_month:
        raise VentureError(f"the plan starts in {first}, and the actuals end before {owed.next_month}: start it there")
    w = work(venture, runs)
    add_permissions(w)
    ahead = projection_at_points(venture, host_of(venture, runs.live), w.values)
    if ahead is None:
        raise VentureError("the plan has no projection: one of its inputs is undefined; see the rows of `worksheet`")
    rate, code = venture.capital.vat_rate.point, venture.currency
    tax_paid = ahead.invoiced * rate - np.diff(ahead.vat_owed, prepend=0.0)
    tax_paid[0] += owed.payments_owed[0] if owed else 0.0
    lines = []
    for place in range(months):
        month = shifted(first, place)
        for kind, name, amount in (
            ("revenue", "accounts", ahead.revenue[place]), ("cost", "all costs", ahead.cogs[place]
             + ahead.other_costs[place]), ("receipt", "collected", ahead.cash_in[place]),
            ("tax", "vat", tax_paid[place]),
        ):
            counted = {"quantity": float(ahead.accounts[place]), "tax_rate": rate} if kind == "revenue" else {}
            lines.append({"month": month, "kind": kind, "line": name, "amount": float(amount), "currency": code,
                          **counted})
    return FrozenPlan.model_validate({
        "made": made, "lines": lines,
        "exchange_rates": {code: rate.point for code, rate in venture.exchange_rates.items()}})
