"""Checks of a worksheet's inputs: each returns the number, or raises `VentureError` with field, value and fix."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Real

from kit.errors import VentureError


def require(holds: bool, name: str, value: object, fix: str) -> None:
    """Raise a VentureError with field, value and fix, unless `holds`: for a condition that only one formula has."""
    if not holds:
        raise VentureError(f"{name} is {value!r}: {fix}")


def number(name: str, value: object) -> float:
    """A finite number; text, blanks, booleans, NaN and infinity are refused."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise VentureError(f"{name} is {value!r}: a finite number is due; type digits such as 12.5")
    return float(value)


def non_negative(name: str, value: object) -> float:
    checked = number(name, value)
    if checked < 0:
        raise VentureError(f"{name} is {value!r}: it cannot be negative; type 0 or more")
    return checked


def positive(name: str, value: object) -> float:
    checked = number(name, value)
    if checked <= 0:
        raise VentureError(f"{name} is {value!r}: it must be above zero; type a positive number")
    return checked


def fraction(name: str, value: object) -> float:
    """A share or rate between 0 and 1; a percent typed as 5 is named as such.

    >>> fraction("churn_per_month", 0.05)
    0.05
    """
    checked = number(name, value)
    if 1 < checked <= 100:
        raise VentureError(f"{name} is {value!r}: a fraction between 0 and 1 is due; for {checked:g} % "
                           f"type {checked / 100:g}")
    if not 0 <= checked <= 1:
        raise VentureError(f"{name} is {value!r}: a fraction between 0 and 1 is due; for 5 % type 0.05")
    return checked


def growth(name: str, value: object, *, highest: float = 2.0) -> float:
    """A rate of change per period, from -1 (all lost) to `highest`; above it a percent was typed, most likely."""
    checked = number(name, value)
    if checked < -1:
        raise VentureError(f"{name} is {value!r}: nothing shrinks by more than all of it; type -1 or more")
    if checked > highest:
        raise VentureError(f"{name} is {value!r}: a fraction per period is due; for {checked:g} % "
                           f"type {checked / 100:g}")
    return checked


def whole(name: str, value: object, *, lowest: int = 0, highest: int | None = None) -> int:
    """A whole number of at least `lowest` and, where given, at most `highest`."""
    checked = number(name, value)
    if checked != int(checked) or checked < lowest or (highest is not None and checked > highest):
        span = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise VentureError(f"{name} is {value!r}: a whole number {span} is due")
    return int(checked)


def ordered(low_name: str, low: object, high_name: str, high: object) -> tuple[float, float]:
    """The ends of a range, the lower one first."""
    bottom, top = number(low_name, low), number(high_name, high)
    if bottom > top:
        raise VentureError(f"{low_name} is {low!r}, above {high_name} {high!r}: swap the two ends of the range")
    return bottom, top


def same_length(first_name: str, first: Sequence[object], second_name: str, second: Sequence[object]) -> None:
    if len(first) != len(second):
        raise VentureError(f"{first_name} has {len(first)} values and {second_name} has {len(second)}: "
                           f"give one {second_name} for each {first_name}")


def one_of(name: str, value: object, allowed: Iterable[str]) -> str:
    """One of some words, which may be the members of an enumeration."""
    words = list(allowed)
    if not isinstance(value, str) or value not in words:
        raise VentureError(f"{name} is {value!r}: one of {', '.join(words)} is due")
    return value
