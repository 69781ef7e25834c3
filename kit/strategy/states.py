"""A quantity is a number or a named state; never 0, infinity or NaN in place of one."""

from __future__ import annotations

import math
from enum import StrEnum


class State(StrEnum):
    """Why a quantity has no number."""

    UNDEFINED = "undefined"  # the ratio has no meaning on these inputs (no revenue, empty cohort, no run yet)
    NEVER = "never"  # the event does not happen (a payback that is never reached)
    INFINITE = "infinite"  # grows without bound (lifetime at zero churn)
    CASH_GENERATING = "cash-generating"  # there is no burn, so no runway or burn multiple


Value = float | State


def finite(value: float, otherwise: State = State.UNDEFINED) -> Value:
    """The number as it is, or `otherwise` where it is NaN or infinite."""
    return float(value) if math.isfinite(value) else otherwise


def ratio(numerator: Value, denominator: Value, at_zero: State = State.UNDEFINED) -> Value:
    """numerator / denominator; `at_zero` where the denominator is zero; a state on either side is passed on."""
    if isinstance(numerator, State):
        return numerator
    if isinstance(denominator, State):
        return denominator
    return finite(numerator / denominator, at_zero) if denominator else at_zero
