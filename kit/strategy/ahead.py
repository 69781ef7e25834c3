"""Three years ahead from the rows of the worksheets: the plan, its projection, and how sure its turning points are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kit.strategy.assumptions import Assumption
from kit.strategy.build_or_buy import SelfHost, monthly_usd
from kit.strategy.plan import CostLine, Customers, Plan, Terms
from kit.strategy.projection import Projection, project, sales
from kit.strategy.states import State, Value
from kit.strategy.venture import Venture

MONTHS = 36
WORLDS = 100  # a projection takes about a millisecond, so fewer worlds than the rows have
FIXED = ("sales_and_marketing_per_month", "research_per_month", "overhead_per_month")
DRAWN = ("model_cost_per_request", "revenue_per_account", "churn_per_month", "cogs_per_account",
         "new_accounts_per_month", "cash", *FIXED)


def plan_of(venture: Venture, host: SelfHost, values: Mapping[str, float]) -> Plan:
    """The next 36 months in one world; the model's replicas follow the accounts, step by step.

    Payment fees are part of the cost of an account, as in the worksheet of unit economics.
    """
    requests = venture.customers.requests_per_account_per_month.point
    growth, capital = venture.capital.growth_per_month.point, venture.capital
    revenue = values["revenue_per_account"]
    customers = Customers(
        new_per_month=[values["new_accounts_per_month"] * (1 + growth) ** month for month in range(MONTHS)],
        price_per_month=by_month(venture.pricing.price, revenue), churn_by_age=values["churn_per_month"],
        opening_accounts=venture.customers.accounts.point,
    )
    variable = max(0.0, values["cogs_per_account"] - values["model_cost_per_request"] * requests)
    served = sales(customers, MONTHS).accounts * requests
    costs = (
        CostLine("model", per_month=[monthly_usd(host, load) for load in served], is_cogs=True),
        CostLine("accounts", per_account=variable, is_cogs=True),
        *(CostLine(name, per_month=by_month(getattr(venture.costs, name), values[name])) for name in FIXED),
    )
    terms = Terms(collection_days=capital.collection_days.point, vat_rate=capital.vat_rate.point)
    return Plan(customers=customers, opening_cash=values["cash"], months=MONTHS, costs=costs, terms=terms)


def by_month(assumption: Assumption, first: float) -> list[float]:
    """The number of month 0 carried on as the assumption moves."""
    start = assumption.at(0)
    return [first * (assumption.at(month) / start if start else 1.0) for month in range(MONTHS)]


def projection_at_points(venture: Venture, host: SelfHost, values: Mapping[str, Value]) -> Projection | None:
    """The projection at the expected values; None where one of them has no number."""
    known = {name: float(value) for name in DRAWN if not isinstance(value := values[name], State)}
    return project(plan_of(venture, host, known)) if len(known) == len(DRAWN) else None


def projections(venture: Venture, host: SelfHost, spread: Callable[[str], np.ndarray]) -> list[Projection]:
    """The projection in the first worlds of the draws, without those in which a quantity has no value.

    None of the quantities can be negative, so the tail of a normal below 0 counts as 0.
    """
    worlds = np.maximum(np.stack([spread(name)[:WORLDS] for name in DRAWN]), 0.0).T
    return [project(plan_of(venture, host, dict(zip(DRAWN, world.tolist())))) for world in worlds
            if np.isfinite(world).all()]
