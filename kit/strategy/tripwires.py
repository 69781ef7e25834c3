"""Tripwires: a reading that reopens a row of the risk register when it crosses its line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kit.strategy.checks import number, require


class Alarm(StrEnum):
    """What a tripwire says; without a reading it says nothing, which is not the same as quiet."""

    TRIPPED = "tripped"
    QUIET = "quiet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Tripwire:
    """A line and its bad side: `path` is where the reading stands, as keys joined by dots.

    With `baseline` the reading is taken relative to it, so a threshold of -0.3 is a fall by 30 %.
    """

    name: str
    path: str
    threshold: float
    direction: Literal["above", "below"]
    unit: str = ""
    baseline: float | None = None


@dataclass(frozen=True)
class Tripped:
    """One tripwire after a look: its state, the reading it was given, and the sentence for a person."""

    name: str
    state: Alarm
    reading: float | None
    sentence: str


def check(tripwires: Sequence[Tripwire], readings: Mapping[str, object]) -> list[Tripped]:
    """Every tripwire against nested readings, for example {"run": a run's summary, "prices": {...}}.

    >>> wire = Tripwire("slow", "run.serving.p95_ms", 500, "above", "ms")
    >>> check([wire], {"run": {"serving": {"p95_ms": 620}}})[0].sentence
    'slow: run.serving.p95_ms is 620 ms, above the line of 500 ms.'
    """
    return [_look(wire, find(readings, wire.path)) for wire in tripwires]


def find(readings: Mapping[str, object], path: str) -> float | None:
    """The finite number at a dotted path, or None where there is none."""
    place: object = readings
    for key in path.split("."):
        if not isinstance(place, Mapping):
            return None
        place = place.get(key)
    is_number = isinstance(place, int | float) and not isinstance(place, bool)
    return float(place) if is_number and math.isfinite(place) else None  # type: ignore[arg-type]


def _look(wire: Tripwire, found: float | None) -> Tripped:
    threshold = number(f"{wire.name}.threshold", wire.threshold)
    require(wire.direction in ("above", "below"), f"{wire.name}.direction", wire.direction, "use 'above' or 'below'")
    if wire.baseline is not None:
        require(number(f"{wire.name}.baseline", wire.baseline) != 0, f"{wire.name}.baseline", 0, "give a value not 0")
    if found is None:
        return Tripped(wire.name, Alarm.UNKNOWN, None, f"{wire.name}: no reading at {wire.path} yet.")
    value, what = found, wire.path
    if wire.baseline is not None:
        value, what = (found - wire.baseline) / abs(wire.baseline), f"change of {wire.path} from {wire.baseline:g}"
    crossed = value > threshold if wire.direction == "above" else value < threshold
    side = f"{'' if crossed else 'not '}{wire.direction}"
    is_now = f"{wire.name}: {what} is {_say(value, wire)}, {side} the line of {_say(threshold, wire)}."
    return Tripped(wire.name, Alarm.TRIPPED if crossed else Alarm.QUIET, found, is_now)


def _say(value: float, wire: Tripwire) -> str:
    if wire.baseline is not None:
        return f"{value:+.1%}"
    return f"{value:.6g} {wire.unit}".rstrip()
