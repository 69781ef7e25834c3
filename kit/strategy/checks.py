"""What a worksheet refuses: a price below zero, a percent where a fraction is due, a range upside down.

Each refusal is a VentureError that names the field, quotes the value and says the fix.
"""

from __future__ import annotations

import math
from enum import StrEnum

from kit.errors import VentureError


def check_number(field: str, value: float) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise VentureError(f"{field} is {value!r}: give a finite number")
    return float(value)


def check_price(field: str, value: float) -> float:
    """An amount of money that cannot be below zero."""
    if check_number(field, value) < 0:
        raise VentureError(f"{field} is {value:g}: a price or cost cannot be negative; give 0 or more")
    return float(value)


def check_positive(field: str, value: float) -> float:
    """A count or duration that must be above zero."""
    if check_number(field, value) <= 0:
        raise VentureError(f"{field} is {value:g}: give a number above 0")
    return float(value)


def check_fraction(field: str, value: float) -> float:
    """A share from 0 to 1."""
    if 0 <= check_number(field, value) <= 1:
        return float(value)
    if 1 < value <= 100:
        raise VentureError(f"{field} is {value:g}: a fraction is due; write {value / 100:g} for {value:g} %")
    raise VentureError(f"{field} is {value:g}: give a fraction from 0 to 1")


def check_choice(field: str, value: str, kind: type[StrEnum]) -> str:
    """One of the words of an enumeration."""
    if value not in list(kind):
        raise VentureError(f"{field} is {value!r}: give one of {', '.join(kind)}")
    return value
