"""How far two judges agree beyond what chance would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from kit.records import Estimate
from kit.stats import wilson


def agreement(first: Sequence[Hashable], second: Sequence[Hashable], level: float = 0.95) -> Estimate:
    """Share of rows on which two judges say the same, with Wilson's interval."""
    _check(first, second)
    same = sum(a == b for a, b in zip(first, second))
    return Estimate(same / len(first), *wilson(same, len(first), level), len(first), level, "wilson")


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """kappa = (p_o - p_e) / (1 - p_e), p_o the share of agreement, p_e = sum over classes of the product of both
    judges' shares; None where both give one and the same class throughout (0/0).

    Cohen (1960), Educ. Psychol. Meas. 20:37-46. 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: p_o = 0.7, p_e = 0.5.

    >>> first = ["yes"] * 25 + ["no"] * 25
    >>> second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    >>> round(cohen_kappa(first, second), 6)
    0.4
    """
    _check(first, second)
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second)) / n
    mine, theirs = Counter(first), Counter(second)
    expected = sum(mine[name] * theirs[name] for name in mine) / n**2
    return None if expected >= 1.0 else (observed - expected) / (1 - expected)


def _check(first: Sequence[Hashable], second: Sequence[Hashable]) -> None:
    if len(first) != len(second) or not first:
        raise ValueError(f"{len(first)} and {len(second)} verdicts: both judges must see the same rows, at least one")
