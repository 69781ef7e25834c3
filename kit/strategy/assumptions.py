"""One stated number with its provenance: value, 90 % range or series by month, unit, currency, date and source.

`Money`, `Fraction`, `Rate` and `Count` say what a field of a worksheet wants, so that a percent typed for a fraction or
a price without a date is refused where it is typed.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from kit.cost.money import CURRENCIES
from kit.errors import VentureError
from kit.strategy import checks, draws, ranges

SourceKind = Literal["run", "invoice", "survey", "benchmark", "price", "guess", "example"]


class Strict(BaseModel):
    """A document: unknown keys are refused, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(Strict):
    """Where a number comes from; `ref` is an address, a file or a run."""

    kind: SourceKind
    ref: str = ""


class Assumption(Strict):
    """`value`, or the ends `low` and `high` of a 90 % range, or a `series` by month; one of the three."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    series: tuple[float, ...] | None = None
    shape: Literal["normal", "lognormal", "beta"] = "lognormal"
    change_per_month: float = 0.0
    unit: str = ""
    currency: str | None = None
    tax: Literal["included", "excluded"] | None = None
    date: dt.date | None = None
    source: Source
    note: str = ""

    @field_validator("value", "low", "high", "change_per_month", mode="before")
    @classmethod
    def _number(cls, value: object, info: Any) -> object:
        return value if value is None else _try(checks.number, info.field_name, value)

    @field_validator("date", mode="before")
    @classmethod
    def _iso_date(cls, value: object) -> object:
        if isinstance(value, int | float):  # pydantic would read it as seconds since 1970
            raise ValueError("write an ISO date such as 2026-11-09")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Assumption:
        is_range = self.low is not None or self.high is not None
        if [self.value is not None, is_range, bool(self.series)].count(True) != 1:
            raise ValueError("value: give one of value, low with high, or series")
        if is_range:
            if self.low is None or self.high is None:
                raise ValueError(f"{'low' if self.low is None else 'high'} is missing: a range has both ends")
            _try(lambda _, __: checks.ordered("low", self.low, "high", self.high), "", None)
        for name, number in self.stated():
            self._check(name, number)
        if is_range:
            _try(lambda _, __: self.distribution(), "", None)
        return self

    def _check(self, name: str, number: float) -> None:
        """What this kind of number may be; the plain assumption takes any."""

    def stated(self) -> Iterator[tuple[str, float]]:
        """Every number as it was typed, with the name of its field."""
        for name in ("value", "low", "high"):
            if (number := getattr(self, name)) is not None:
                yield name, number
        for month, number in enumerate(self.series or ()):
            yield f"series[{month}]", number

    @property
    def point(self) -> float:
        """The value, the mean of the range, or the first month of the series."""
        if self.series:
            return self.series[0]
        return self.value if self.value is not None else self.distribution().mean

    def at(self, month: int) -> float:
        """The number in a month counted from 0; a series holds its last value, else `change_per_month` compounds."""
        if self.series:
            return self.series[min(month, len(self.series) - 1)]
        return self.point * (1 + self.change_per_month) ** month

    def distribution(self) -> ranges.Distribution:
        """The range as something to draw from; a point where there is none."""
        if self.low is None or self.high is None or self.low == self.high:
            return ranges.point(self.point if self.low is None else self.low)
        return ranges.Range(self.low, self.high, self.shape, field="range").distribution()

    def amount(self, rate: float = 1.0) -> draws.Amount:
        """The number or its lognormal range times an exchange rate, as the ledgers take it."""
        if self.low is None or self.high is None:
            return self.point * rate
        return draws.Range(self.low * rate, self.high * rate)


class Money(Assumption):
    """An amount in one currency, never below zero, with the date on which it held."""

    currency: str
    date: dt.date

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        return _try(lambda name, code: checks.one_of(name, code, CURRENCIES), "currency", value)

    @model_validator(mode="after")
    def _range_is_lognormal(self) -> Money:
        if self.low is not None and self.shape != "lognormal":
            raise ValueError(f"shape is {self.shape!r}: a range of money is lognormal; leave shape out")
        return self

    def _check(self, name: str, number: float) -> None:
        _try(checks.non_negative, name, number)


class Fraction(Assumption):
    """A share from 0 to 1; a range of shares is a beta unless it is said otherwise."""

    shape: Literal["normal", "lognormal", "beta"] = "beta"

    def _check(self, name: str, number: float) -> None:
        _try(checks.fraction, name, number)


class Rate(Assumption):
    """A change per period, -1 or more."""

    shape: Literal["normal", "lognormal", "beta"] = "normal"

    def _check(self, name: str, number: float) -> None:
        _try(checks.growth, name, number)


class Count(Assumption):
    """A number of things or of time, 0 or more."""

    def _check(self, name: str, number: float) -> None:
        _try(checks.non_negative, name, number)


def assumptions_in(document: Any, place: str = "") -> list[tuple[str, Assumption]]:
    """Every assumption of a document with its place."""
    if isinstance(document, Assumption):
        return [(place, document)]
    if isinstance(document, dict):
        parts = list(document.items())
    elif isinstance(document, tuple):
        parts = [(str(number), part) for number, part in enumerate(document)]
    elif isinstance(document, Strict):
        parts = [(name, getattr(document, name)) for name in type(document).model_fields]
    else:
        return []
    return [found for name, part in parts for found in assumptions_in(part, f"{place}.{name}" if place else str(name))]


def _try(check: Any, name: str, value: Any) -> Any:
    """A check whose refusal pydantic collects with the place of the field."""
    try:
        return check(name, value)
    except VentureError as error:
        raise ValueError(str(error)) from error


def explain(model: type[BaseModel], error: ValidationError, name: str) -> str:
    """Every fault on a line of its own: where, the value and what to do."""
    return "\n".join(f"{name}: {_sentence(model, fault)}" for fault in error.errors())


def _sentence(model: type[BaseModel], fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        allowed = _fields_at(model, fault["loc"][:-1])
        near = difflib.get_close_matches(str(fault["loc"][-1]), allowed, n=1)
        return f"{place} is not a field" + (f"; did you mean {near[0]}?" if near else f"; use {', '.join(allowed)}")
    if fault["type"] == "missing":
        return f"{place} is missing: add it"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] != "value_error":
        given = repr(fault["input"])
        return f"{place} is {given[:60]}: {message[0].lower()}{message[1:]}"
    if not place:
        return message
    leaf = place.rpartition(".")[2]
    # the check of one field names that field itself
    return f"{place}{message[len(leaf):]}" if message.startswith(f"{leaf} ") else f"{place}.{message}"


def _fields_at(model: Any, path: tuple[Any, ...]) -> list[str]:
    """Fields of the model found along a path of keys, through lists, mappings and optional parts."""
    for part in path:
        field = getattr(model, "model_fields", {}).get(part)
        if field is not None:  # else it is a place in a list or a key of a mapping
            model = _inner(field.annotation)
    return list(getattr(model, "model_fields", {}))


def _inner(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    found = [_inner(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in found if hasattr(part, "model_fields")), None)


