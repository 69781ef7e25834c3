"""What an exit leaves to each class of shares: preferences, participation, caps, conversion.

Every class picks what is best for it given what the others pick, and the proceeds add up to the exit value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kit.strategy.checks import non_negative, positive, require

Participation = Literal["common", "non-participating", "participating", "capped"]


@dataclass(frozen=True)
class ShareClass:
    """A class of shares, as converted to common.

    Preferred gets `multiple` x `invested` first, by `seniority` (higher first, equals in proportion). Then:
    non-participating takes that or its share as common; participating takes both; capped takes both up to
    `cap_multiple` x `invested` in all, or its share as common.
    """

    name: str
    shares: float
    participation: Participation = "common"
    invested: float = 0.0
    multiple: float = 1.0
    cap_multiple: float | None = None
    seniority: int = 0

    @property
    def preference(self) -> float:
        """Money that comes before the common shares."""
        return 0.0 if self.participation == "common" else self.multiple * self.invested

    @property
    def cap(self) -> float:
        """Most that this class gets without converting to common."""
        if self.participation == "non-participating":
            return self.preference
        if self.participation == "capped" and self.cap_multiple is not None:
            return self.cap_multiple * self.invested
        return math.inf

    def payout(self, per_share: float) -> float:
        """Its money when a common share gets `per_share` and all preferences are covered."""
        as_common = per_share * self.shares
        if self.participation == "common":
            return as_common
        return max(min(self.preference + as_common, self.cap), as_common)

    def rises(self, per_share: float) -> bool:
        """Whether it gets part of the next cent: not while it sits at its cap and converting would give less."""
        as_common = per_share * self.shares
        return self.participation == "common" or self.preference + as_common < self.cap or as_common >= self.cap


def proceeds(classes: Sequence[ShareClass], exit_value: float) -> dict[str, float]:
    """Money of each class at an exit; their sum is the exit value.

    The amount p that a common share gets solves sum of payouts(p) = exit value, which rises with p, so it is the one at
    which no class would rather convert or not convert (Metrick & Yasuda 2010, chapters 13-14). Below the sum of the
    preferences p is 0 and seniority decides.

    >>> fund = ShareClass("fund", 25, "participating", invested=10)
    >>> proceeds([ShareClass("founders", 65), ShareClass("pool", 10), fund], 20)
    {'founders': 6.5, 'pool': 1.0, 'fund': 12.5}
    """
    _check(classes)
    non_negative("exit_value", exit_value)
    owed = math.fsum(c.preference for c in classes)
    if exit_value <= owed:
        amounts = _by_seniority(classes, exit_value)
    else:
        per_share = _per_share(classes, exit_value)
        amounts = {c.name: c.payout(per_share) for c in classes}
    return _exact(amounts, exit_value)


def exits(classes: Sequence[ShareClass], exit_values: Sequence[float]) -> list[dict[str, float]]:
    """Proceeds at each of several exits."""
    return [proceeds(classes, value) for value in exit_values]


def _per_share(classes: Sequence[ShareClass], exit_value: float) -> float:
    """Walk the corners of the total payout, a rising line in pieces, to the piece that holds the exit value."""
    corners = {0.0}
    for c in classes:
        if c.participation != "common" and math.isfinite(c.cap):
            corners |= {(c.cap - c.preference) / c.shares, c.cap / c.shares}
    ordered = sorted(corners)
    totals = [math.fsum(c.payout(p) for c in classes) for p in ordered]
    last = max(i for i, total in enumerate(totals) if total <= exit_value)
    start = ordered[last]
    inside = (start + ordered[last + 1]) / 2 if last + 1 < len(ordered) else start * 2 + 1
    slope = math.fsum(c.shares for c in classes if c.rises(inside))
    return start + (exit_value - totals[last]) / slope


def _by_seniority(classes: Sequence[ShareClass], exit_value: float) -> dict[str, float]:
    left, amounts = exit_value, {c.name: 0.0 for c in classes}
    for rank in sorted({c.seniority for c in classes if c.preference}, reverse=True):
        owed = {c.name: c.preference for c in classes if c.preference and c.seniority == rank}
        total = math.fsum(owed.values())
        paid = min(left, total)
        amounts.update({name: paid * (amount / total) for name, amount in owed.items()})
        left -= paid
    return amounts


def _exact(amounts: dict[str, float], exit_value: float) -> dict[str, float]:
    """Amounts in whole units of the exit value's last binary digit, what rounding left over to the largest.

    Such multiples add without rounding in any order, so nothing is made or lost: not in floating point either.
    """
    unit = math.ulp(exit_value)
    counts = {name: round(amount / unit) for name, amount in amounts.items()}
    largest = max(counts, key=lambda name: counts[name])
    counts[largest] += round(exit_value / unit) - sum(counts.values())
    return {name: count * unit for name, count in counts.items()}


def _check(classes: Sequence[ShareClass]) -> None:
    names = [c.name for c in classes]
    require(len(set(names)) == len(names), "classes", names, "give each class its own name")
    has_common = any(c.participation == "common" and c.shares > 0 for c in classes)
    require(has_common, "classes", names, "name the common shares too")
    for c in classes:
        non_negative(f"{c.name}.shares", c.shares)
        if c.participation == "common":
            continue
        positive(f"{c.name}.shares", c.shares)
        non_negative(f"{c.name}.invested", c.invested)
        non_negative(f"{c.name}.multiple", c.multiple)
        if c.participation == "capped":
            fix = f"a capped class needs a cap of at least its multiple {c.multiple:g}"
            stated = c.cap_multiple is not None and c.cap_multiple >= c.multiple
            require(stated, f"{c.name}.cap_multiple", c.cap_multiple, fix)
