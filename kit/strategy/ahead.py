"""Three years ahead from the rows of the worksheets: the plan, its projection, and how sure its turning points are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from kit.strategy.actuals import SoFar, after_actuals
from kit.strategy.assumptions import Assumption
from kit.strategy.build_or_buy import SelfHost, monthly_usd
from kit.strategy.plan import CostLine, Customers, Plan, Terms
from kit.strategy.projection import Projection, paid_after, project, sales
from kit.strategy.states import State, Value
from kit.strategy.venture import Venture

MONTHS = 36
WORLDS = 100  # a projection takes about a millisecond, so fewer worlds than the rows have
FIXED = ("sales_and_marketing_per_month", "research_per_month", "overhead_per_month")
LAUNCH = ("months_to_launch", "permission_cost")
DRAWN = ("model_cost_per_request", "revenue_per_account", "churn_per_month", "cogs_per_account",
         "new_accounts_per_month", "cash", *FIXED)


def plan_of(venture: Venture, host: SelfHost, values: Mapping[str, float], so_far: SoFar | None) -> Plan:
    """The next 36 months in one world; the model's replicas follow the accounts, step by step.

    Payment fees are part of the cost of an account, as in the worksheet of unit economics. New accounts wait for the
    launch (LAUNCH months away), and what its permissions cost is paid evenly until then. Where there are actuals, the
    plan goes on from them: cash in the bank, invoices still open, tax still owed.
    """
    delay, fees = min(values.get("months_to_launch", 0.0), float(MONTHS)), values.get("permission_cost", 0.0)
    requests = venture.customers.requests_per_account_per_month.point
    growth, capital = venture.capital.growth_per_month.point, venture.capital
    revenue = values["revenue_per_account"]
    growing = np.array([values["new_accounts_per_month"] * (1 + growth) ** month for month in range(MONTHS)])
    customers = Customers(
        new_per_month=paid_after(growing, delay).tolist(),
        price_per_month=by_month(venture.pricing.price, revenue), churn_by_age=values["churn_per_month"],
        opening_accounts=venture.customers.accounts.point,
    )
    variable = max(0.0, values["cogs_per_account"] - values["model_cost_per_request"] * requests)
    served = sales(customers, MONTHS).accounts * requests
    costs = (
        CostLine("model", per_month=[monthly_usd(host, load) for load in served], is_cogs=True),
        CostLine("accounts", per_account=variable, is_cogs=True),
        *(CostLine(name, per_month=by_month(getattr(venture.costs, name), values[name])) for name in FIXED),
        CostLine("permissions", per_month=_until_launch(fees, delay)),
    )
    terms = Terms(collection_days=capital.collection_days.point, vat_rate=capital.vat_rate.point)
    return Plan(customers=customers, opening_cash=so_far.cash if so_far else values["cash"], months=MONTHS, costs=costs,
                terms=terms, receipts_owed=so_far.receipts_owed if so_far else 0.0,
                payments_owed=so_far.payments_owed if so_far else 0.0)


def by_month(assumption: Assumption, first: float) -> list[float]:
    """The number of month 0 carried on as the assumption moves."""
    start = assumption.at(0)
    return [first * (assumption.at(month) / start if start else 1.0) for month in range(MONTHS)]


def projection_at_points(venture: Venture, host: SelfHost, values: Mapping[str, Value]) -> Projection | None:
    """The projection at the expected values; None where one of them has no number."""
    known = {name: float(value) for name in DRAWN if not isinstance(value := values[name], State)}
    if len(known) < len(DRAWN):
        return None
    launch = {name: _launch_value(name, values[name]) for name in LAUNCH if name in values}
    return project(plan_of(venture, host, known | launch, after_actuals(venture, MONTHS)))


def projections(venture: Venture, host: SelfHost, spread: Callable[[str], np.ndarray]) -> list[Projection]:
    """The projection in the first worlds of the draws, without those in which a quantity has no value.

    None of the quantities can be negative, so the tail of a normal below 0 counts as 0.
    """
    names = (*DRAWN, *(LAUNCH if venture.permissions else ()))
    worlds = np.maximum(np.stack([spread(name)[:WORLDS] for name in names]), 0.0).T
    worlds[:, len(DRAWN):] = np.nan_to_num(worlds[:, len(DRAWN):], nan=0.0, posinf=float(MONTHS))
    so_far = after_actuals(venture, MONTHS)
    return [project(plan_of(venture, host, dict(zip(names, world.tolist())), so_far)) for world in worlds
            if np.isfinite(world[:len(DRAWN)]).all()]


def _launch_value(name: str, value: Value) -> float:
    """A launch that is barred lies beyond the horizon; a cost that nobody stated is left out, and its row says so."""
    if isinstance(value, State):
        return float(MONTHS) if name == "months_to_launch" else 0.0
    return float(value)


def _until_launch(fees: float, delay: float) -> list[float]:
    """The cost of permissions in equal parts until the launch."""
    months = min(MONTHS, max(1, math.ceil(delay)))
    return [fees / months if month < months else 0.0 for month in range(MONTHS)]
