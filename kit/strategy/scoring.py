"""Old ranges against what came: each 90 % range a hit or a miss, and how many of n held.

A team whose 90 % ranges hold half of the time is over-confident (Hubbard, How to Measure Anything, 3rd ed. 2014).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import VentureError
from kit.stats import wilson
from kit.strategy.assumptions import Assumption, assumptions_in
from kit.strategy.books import Observation
from kit.strategy.states import State, Value
from kit.strategy.venture import Venture

PROMISED = 0.9


@dataclass(frozen=True)
class Score:
    """One range and what became of it; `hit` is None where a plain number was stated, which claims no range."""

    place: str
    low: float | None
    high: float | None
    value: float
    hit: bool | None
    date: str
    ref: str


@dataclass(frozen=True)
class Calibration:
    """Of n ranges k hit, with Wilson's interval of the share."""

    hits: int
    n: int
    share: Value
    low: Value
    high: Value


def scores(venture: Venture) -> list[Score]:
    """Every observation against the range of its day."""
    found = []
    for number, seen in enumerate(venture.actuals.observed if venture.actuals else ()):
        low, high = _range_of(venture, seen, number)
        hit = None if low is None or high is None else low <= seen.value <= high
        found.append(Score(seen.place, low, high, seen.value, hit, seen.date.isoformat(), seen.ref))
    return found


def calibration(found: Sequence[Score], level: float = 0.95) -> Calibration:
    """The share of ranges that held; undefined where none was stated."""
    judged = [score.hit for score in found if score.hit is not None]
    hits, n = sum(judged), len(judged)
    if n == 0:
        return Calibration(0, 0, State.UNDEFINED, State.UNDEFINED, State.UNDEFINED)
    return Calibration(hits, n, hits / n, *wilson(hits, n, level))


def assumption_at(venture: Venture, place: str, field: str = "place") -> Assumption:
    """The assumption at a dotted place of a venture, such as risks.0.loss; a wrong place is told with the nearest."""
    known = dict(assumptions_in(venture))
    if place in known:
        return known[place]
    near = difflib.get_close_matches(place, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "name an assumption such as customers.churn_per_month"
    raise VentureError(f"{field} is {place!r}: there is no assumption of that place; {hint}")


def _range_of(venture: Venture, seen: Observation, number: int) -> tuple[float | None, float | None]:
    stated = assumption_at(venture, seen.place, f"actuals.observed[{number}].place")
    if seen.low is not None:
        return seen.low, seen.high
    return stated.low, stated.high
