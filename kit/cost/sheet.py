"""The price sheet: schema of `prices.yaml`, loading it once, and dated exchange rates.

Every figure carries its date, its source and how it was learnt; a row without a date is refused. All faults are
reported together, each with the row's id and the field.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kit.cost.money import CURRENCIES, Price, currency_code
from kit.errors import PriceError

SHEET = Path(__file__).with_name("prices.yaml")

SECTIONS = ("sources", "rates", "peak_hours", "prices")

Kind = Literal["gpu", "cpu", "api"]
Per = Literal["hour", "mtok_input", "mtok_cached_input", "mtok_output"]
Tier = Literal["on_demand", "community", "spot", "peak", "off_peak"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Source(_Strict):
    """A page on which prices were read."""

    name: str
    """Name of the page as it prints itself, and whose prices it lists."""
    url: str = Field(pattern=r"^https?://")
    """Address of the page that was read."""


class Rates(_Strict):
    """Exchange rates of one day, kept in the digits in which they were published."""

    base: str
    """Currency of which one unit is priced."""
    date: dt.date
    """Day of the rates."""
    source: str
    """Key of `sources`."""
    per_base: dict[str, float]
    """Units of each currency for one unit of the base."""


class PeakHours(_Strict):
    """When a provider charges its peak price. Holidays are not modelled: on them the price is an upper bound."""

    provider: str
    """Provider as written in its rows."""
    utc_offset_h: float
    """Hours from UTC of the clock below."""
    weekdays: list[int]
    """Days with a peak, Monday = 0."""
    windows: list[tuple[str, str]]
    """Pairs of "HH:MM" on that clock, the end not included."""
    source: str
    """Key of `sources`."""

    def is_peak(self, when: dt.datetime) -> bool:
        """Whether `when` (with a time zone) falls in a window."""
        local = when.astimezone(dt.timezone(dt.timedelta(hours=self.utc_offset_h)))
        clock = f"{local:%H:%M}"
        return local.weekday() in self.weekdays and any(start <= clock < end for start, end in self.windows)


class PriceRow(_Strict):
    """One price of one provider."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """Stable name, used in `cost.price` of a configuration."""
    kind: Kind
    """gpu: one accelerator for an hour; cpu: a machine of `vcpus` for an hour; api: a million tokens."""
    region: Literal["global", "cn"]
    """cn = offered in mainland China."""
    provider: str
    """Who sells it."""
    device: str | None = None
    """Accelerator kind, or name of the CPU machine."""
    vcpus: int | None = Field(default=None, ge=1)
    """Virtual CPUs of a CPU machine."""
    model: str | None = None
    """Model name that the API takes."""
    max_input_tokens: int | None = Field(default=None, ge=1)
    """Longest request to which this API price applies; none = any length."""
    tier: Tier = "on_demand"
    """community: third-party hosts, no service level; spot: may be interrupted; peak and off_peak: by the clock."""
    price: float = Field(ge=0, allow_inf_nan=False, strict=True)
    """Amount in `currency` for one unit of `per`."""
    currency: str
    """ISO code."""
    per: Per
    """Unit that the price buys."""
    tax_included: bool
    """Whether VAT or sales tax is inside the price."""
    checked: dt.date
    """ISO date on which the source published or read the figure."""
    source: str
    """Key of `sources`."""
    confidence: Literal["read", "secondary"]
    """read: seen on the source; secondary: general knowledge of the list price at that date."""
    note: str = ""
    """What the number hides: region, bundle size, how the date is known."""

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        if value not in CURRENCIES:
            raise ValueError(f"is not a known currency: use one of {', '.join(CURRENCIES)}")
        return value

    @field_validator("checked", mode="before")
    @classmethod
    def _a_date_not_a_number(cls, value: object) -> object:
        if isinstance(value, int | float):  # pydantic would read it as seconds since 1970
            raise ValueError("write an ISO date such as 2026-11-09")
        return value

    @model_validator(mode="after")
    def _fields_fit_the_kind(self) -> PriceRow:
        wanted = {"gpu": ("device",), "cpu": ("device", "vcpus"), "api": ("model",)}[self.kind]
        missing = [name for name in wanted if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a row of kind {self.kind} needs {' and '.join(missing)}")
        if (self.per == "hour") == (self.kind == "api"):
            raise ValueError(f"a row of kind {self.kind} cannot be priced per {self.per}")
        return self

    def as_price(self) -> Price:
        return Price(self.price, self.currency, self.per, self.id, self.checked)


@dataclass(frozen=True)
class Sheet:
    """The validated sheet."""

    rows: tuple[PriceRow, ...]
    sources: dict[str, Source]
    rates: Rates
    peak_hours: tuple[PeakHours, ...] = ()

    def row(self, row_id: str) -> PriceRow:
        for row in self.rows:
            if row.id == row_id:
                return row
        near = difflib.get_close_matches(row_id, [row.id for row in self.rows], n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(near)}?" if near else ": `moatkit prices` lists them"
        raise PriceError(f"{row_id!r} is not a row of the price sheet{hint}")


@lru_cache(maxsize=4)
def load_sheet(path: Path = SHEET) -> Sheet:
    """Read and validate a sheet, once per path."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise PriceError(f"{path} cannot be read as a price sheet: {error}") from error
    return validate_sheet(data, name=path.name)


def validate_sheet(data: Any, *, name: str = "price sheet") -> Sheet:
    """Build the sheet from parsed YAML, or raise one PriceError that lists every fault."""
    if not (isinstance(data, dict) and isinstance(data.get("sources"), dict) and isinstance(data.get("prices"), list)):
        raise PriceError(f"{name} needs the mappings `sources` and `rates` and the list `prices`")
    problems = [f"{name}: {key!r} is not a section" for key in data if key not in SECTIONS]
    sources = {
        key: built for key, value in data["sources"].items()
        if (built := _build(Source, value, f"source {key!r}", problems)) is not None
    }
    rates = _build(Rates, data.get("rates") or {}, "rates", problems)
    if rates is not None:
        for code in sorted({*CURRENCIES} - {*rates.per_base, rates.base}):
            problems.append(f"rates: per_base: {code} is missing")
        for code, units in rates.per_base.items():
            if not units > 0:
                problems.append(f"rates: per_base: {code} must be above zero (got {units!r})")
    peaks = [_build(PeakHours, item, "peak_hours", problems) for item in data.get("peak_hours") or []]
    rows: list[PriceRow] = []
    for number, item in enumerate(data["prices"], 1):
        label = f"row {item['id']!r}" if isinstance(item, dict) and "id" in item else f"row {number}"
        row = _build(PriceRow, item, label, problems)
        if row is not None:
            rows.append(row)
            if row.source not in sources:
                problems.append(f"{label}: source: {row.source!r} is not one of `sources`")
            if row.tier in {"peak", "off_peak"} and row.provider not in {peak.provider for peak in peaks if peak}:
                problems.append(f"{label}: tier: {row.tier} needs an entry of `peak_hours` for {row.provider!r}")
    problems += _duplicates(rows, lambda row: row.id, "id")
    problems += _duplicates(rows, _offer, "offer (provider, device or model, tier, unit, request length)")
    if problems or rates is None:
        raise PriceError("\n".join(problems))
    return Sheet(tuple(rows), sources, rates, tuple(peak for peak in peaks if peak is not None))


def to_usd(amount: float, currency: str, sheet: Sheet | None = None) -> float:
    """An amount in US dollars at the sheet's dated rate."""
    return convert(amount, currency, "USD", sheet)


def convert(amount: float, currency: str, to: str, sheet: Sheet | None = None) -> float:
    """amount * per_base[to] / per_base[currency], at the rates of one day."""
    rates = (sheet or load_sheet()).rates
    per_base = {**rates.per_base, rates.base: 1.0}
    return amount * per_base[currency_code(to)] / per_base[currency_code(currency)]


_Model = TypeVar("_Model", bound=_Strict)


def _build(model: type[_Model], value: Any, label: str, problems: list[str]) -> _Model | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems += [f"{label}: {_say(model, fault)}" for fault in error.errors()]
        return None


def _say(model: type[_Strict], fault: Any) -> str:
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{field} is missing ({model.model_fields[field].description})"
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, model.model_fields, n=1)
        return f"{field} is not a field" + (f"; did you mean {near[0]}?" if near else "")
    message = fault["msg"].removeprefix("Value error, ")
    return f"{field}: {message} (got {fault['input']!r})" if field else message


def _offer(row: PriceRow) -> tuple[object, ...]:
    return (row.provider, row.device, row.model, row.vcpus, row.tier, row.per, row.max_input_tokens, row.currency)


def _duplicates(rows: list[PriceRow], key: Callable[[PriceRow], object], what: str) -> list[str]:
    seen: dict[object, str] = {}
    problems = []
    for row in rows:
        if key(row) in seen:
            problems.append(f"row {row.id!r}: same {what} as row {seen[key(row)]!r}")
        seen.setdefault(key(row), row.id)
    return problems
