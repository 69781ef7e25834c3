"""Permissions as a dated decision table: who uses the product where -> path, months, cost, earliest launch.

The table and the list of filed base models are YAML beside this file, one source per row. A lawyer confirms every row.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kit.errors import VentureError
from kit.strategy.documents import Permissions

TABLE = Path(__file__).with_name("permissions.yaml")
FILED = Path(__file__).with_name("filed_models.yaml")
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Rule:
    """A row of the table that applies: a path takes months, a duty takes none, a barred one cannot be walked."""

    id: str
    jurisdiction: str
    kind: str
    months: tuple[float, float]
    needs_filed_base: bool
    source: str
    confirm: bool


@dataclass(frozen=True)
class BaseStatus:
    """Whether the base model stands on the dated list; `reason` and `parts` are the sentence that says why."""

    is_filed: bool
    reason: str
    parts: Mapping[str, str]
    source: Mapping[str, str | None]


def rules_for(permissions: Permissions) -> list[Rule]:
    """The rows that apply, market by market, in the order of the table."""
    for path in permissions.costs:
        if path not in (known := [row["id"] for row in _read(TABLE)["rows"]]):
            raise VentureError(f"permissions.costs.{path} is no path: use one of {', '.join(known)}")
    return [
        Rule(row["id"], row["jurisdiction"], row["kind"], tuple(row.get("months", (0, 0))),
             row.get("needs_filed_base", False), row["source"], row["confirm"])
        for row in _read(TABLE)["rows"]
        if row["jurisdiction"] in permissions.markets and _applies(row["when"], permissions)
    ]


def months_of(rules: list[Rule]) -> tuple[float, float]:
    """(low, high) months until the slowest market is open: steps of one market follow each other.

    Infinity where a market is barred.

    >>> months_of([Rule("a", "cn", "path", (2, 2), False, "", True), Rule("b", "cn", "path", (6, 8), True, "", True)])
    (8, 10)
    """
    if any(rule.kind == "barred" for rule in rules):
        return math.inf, math.inf
    markets = {rule.jurisdiction for rule in rules}
    sums = [tuple(sum(rule.months[end] for rule in rules if rule.jurisdiction == market) for end in (0, 1))
            for market in markets]
    return max((low for low, _ in sums), default=0), max((high for _, high in sums), default=0)


def base_status(permissions: Permissions) -> BaseStatus | None:
    """The base model against the list; None where no path that applies asks for a filed base."""
    asking = [rule for rule in rules_for(permissions) if rule.needs_filed_base]
    if not asking:
        return None
    base = permissions.base_model
    if permissions.base_filing is not None:
        own = permissions.base_filing
        parts = {"base": base, "name": own.name, "date": own.date.isoformat(), "ref": own.ref}
        return BaseStatus(True, "base_own", parts, {"kind": "invoice", "ref": own.ref, "date": own.date.isoformat()})
    listed = _read(FILED)
    for row in listed["rows"]:
        if any(fnmatch(base.lower(), name.lower()) for name in (*row["models"], row["name"])):
            parts = {"base": base, "name": row["name"], "date": str(row["filed_by"])}
            source = {"kind": "benchmark", "ref": row["source"], "date": str(row["filed_by"])}
            return BaseStatus(True, "base_listed", parts, source)
    checked = str(listed["checked"])
    parts = {"base": base, "date": checked, "known": ", ".join(row["name"] for row in listed["rows"]),
             "rule": asking[0].id}
    return BaseStatus(False, "base_missing", parts, {"kind": "benchmark", "ref": FILED.name, "date": checked})


def earliest_launch(permissions: Permissions, months: float) -> dt.date | None:
    """The day on which the work that starts on `work_starts` is done; None where a market is barred."""
    if math.isinf(months):
        return None
    return permissions.work_starts + dt.timedelta(days=round(months * DAYS_PER_MONTH))


def checked_on() -> str:
    """The day on which the table was last read against its sources."""
    return str(_read(TABLE)["checked"])


def _applies(when: Mapping[str, Any], permissions: Permissions) -> bool:
    for name, wanted in when.items():
        if name == "tuning_share_at_least":
            share = permissions.tuning_flops_share
            if share is None or share.point < wanted:
                return False
        elif name == "users":
            if permissions.users not in wanted:
                return False
        elif permissions.__dict__[name] != wanted:
            return False
    return True


@lru_cache(maxsize=2)
def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
