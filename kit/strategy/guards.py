"""Refuse an input that cannot be used: one message with the field, the value and the fix."""

from __future__ import annotations

import math
from numbers import Real

from kit.errors import VentureError


def require(holds: bool, field: str, value: object, fix: str) -> None:
    """Raise a VentureError that names the field, quotes the value and says the fix, unless `holds`."""
    if not holds:
        raise VentureError(f"{field} is {value!r}: {fix}")


def number(field: str, value: float) -> float:
    """A finite number, as float."""
    is_number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    require(is_number, field, value, "give a finite number")
    return float(value)


def positive(field: str, value: float) -> float:
    """A finite number above zero."""
    require(number(field, value) > 0, field, value, "give a number above 0")
    return float(value)


def not_negative(field: str, value: float) -> float:
    """A finite number of zero or more."""
    require(number(field, value) >= 0, field, value, "give 0 or a number above it")
    return float(value)


def share(field: str, value: float) -> float:
    """A fraction from 0 to 1; percent is a matter of printing."""
    require(0 <= number(field, value) <= 1, field, value, "give a fraction from 0 to 1, so 0.2 for 20 %")
    return float(value)
