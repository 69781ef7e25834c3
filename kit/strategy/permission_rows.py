"""The worksheet of permissions: path by path its months and cost, the earliest launch, and what the wait costs."""

from __future__ import annotations

import math

import numpy as np

from kit.strategy.actuals import after_actuals, month_of, months_between
from kit.strategy.documents import Permissions
from kit.strategy.draws import DRAWS
from kit.strategy.leaves import Leaf, source_of
from kit.strategy.permissions import DAYS_PER_MONTH, Rule, checked_on, earliest_launch, months_of, rules_for
from kit.strategy.ranges import lognormal
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import draw
from kit.strategy.workings import Table, Workings, table_of, unique


def add_permissions(w: Workings) -> list[Table]:
    """Rows that the projection reads, and the decision table; nothing without the document."""
    asked = w.venture.permissions
    if asked is None:
        return []
    rules = rules_for(asked)
    sources = unique({"kind": "benchmark", "ref": rule.source, "date": checked_on()} for rule in rules)
    low, high = months_of(rules)
    months: Value = State.NEVER if math.isinf(low) else (low + high) / 2
    worlds = np.inf if math.isinf(low) else _drawn(low, high, w.seed)
    w.add_leaf(Leaf("permissions", "permission_months", months, worlds, "months", sources,
                    None if math.isinf(low) else (low, high)))
    _cost(w, asked, rules)
    started = _months_until_start(w, asked)
    given = {"kind": "guess", "ref": "permissions.work_starts", "date": asked.work_starts.isoformat()}
    w.add_leaf(Leaf("permissions", "months_to_work_start", started, started, "months", (given,)))
    w.add_formula("permissions", "months_to_launch", "max(0, months_to_work_start + permission_months)", "months")
    return [_table(w, asked, rules)]


def _drawn(low: float, high: float, seed: int) -> np.ndarray | float:
    if low == high or low <= 0:
        return (low + high) / 2
    drawn = draw({"permission_months": lognormal(low, high)}, seed=seed)["permission_months"]
    return drawn + (low + high) / 2 - float(drawn.mean())  # around the middle that the row states


def _cost(w: Workings, asked: Permissions, rules: list[Rule]) -> None:
    """What all paths cost; undefined where a path that takes months has no cost stated."""
    total, worlds = 0.0, np.zeros(DRAWS)
    missing = [rule.id for rule in rules if rule.months[1] > 0 and rule.id not in asked.costs]
    sources = []
    for rule in rules:
        if rule.id not in asked.costs:
            continue
        money = asked.costs[rule.id]
        factor, name = w.venture.factor(money), f"permissions.costs.{rule.id}"
        total += factor * money.point
        worlds += factor * draw({name: money.distribution()}, seed=w.seed)[name]
        sources.append(source_of(money))
    none = {"kind": "guess", "ref": f"no cost stated for {', '.join(missing)}" if missing else "nothing to pay",
            "date": None}
    value: Value = State.UNDEFINED if missing else total
    drawn = float("nan") if missing else worlds if np.ptp(worlds) else total
    w.add_leaf(Leaf("permissions", "permission_cost", value, drawn, w.venture.currency, tuple(sources) or (none,)))


def _months_until_start(w: Workings, asked: Permissions) -> float:
    """From the first month ahead to the start of the work, below zero where it has begun; 0 without actuals."""
    so_far = after_actuals(w.venture, 1)
    if so_far is None:
        return 0.0
    whole = months_between(so_far.next_month, month_of(asked.work_starts))
    return whole + (asked.work_starts.day - 1) / DAYS_PER_MONTH


def _table(w: Workings, asked: Permissions, rules: list[Rule]) -> Table:
    units = {"jurisdiction": "", "rule": "", "kind": "", "months_low": "months", "months_high": "months",
             "cost": w.venture.currency, "earliest_launch": "", "lawyer_confirms": "", "source": "", "checked": ""}
    rows = []
    for market in asked.markets:
        here = [rule for rule in rules if rule.jurisdiction == market]
        launch = earliest_launch(asked, sum(months_of(here)) / 2)
        for rule in here:
            money = asked.costs.get(rule.id)
            barred = rule.kind == "barred"
            rows.append({
                "jurisdiction": market, "rule": rule.id, "kind": rule.kind,
                "months_low": None if barred else rule.months[0], "months_high": None if barred else rule.months[1],
                "cost": None if money is None else w.venture.point(money),
                "earliest_launch": State.NEVER if launch is None else launch.isoformat(),
                "lawyer_confirms": "yes" if rule.confirm else "no", "source": rule.source, "checked": checked_on()})
    return table_of("permission_path", units, rows)
