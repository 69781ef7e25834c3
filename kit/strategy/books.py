"""The books of a venture: what months really brought, invoice by invoice, and the plan they are held against."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from kit.strategy.assumptions import Money, Strict
from kit.strategy.fields import Currency, Day, Month, Share

LineKind = Literal["revenue", "cost", "receipt", "tax", "capital"]


class Line(Strict):
    """One sum of a month.

    revenue: earned, whether paid or not; cost: bought and paid; receipt: collected without an invoice, tax and all;
    tax: paid to the authority; capital: from investors.
    """

    month: Month
    kind: LineKind
    line: str
    amount: float
    currency: Currency
    tax: Literal["included", "excluded"] = "excluded"
    tax_rate: Share = 0.0
    quantity: float | None = Field(default=None, ge=0)
    """units sold; due on every revenue line, because price and volume cannot be told apart without it"""
    unit: str = "accounts"
    ref: str = ""

    @model_validator(mode="after")
    def _countable(self) -> Line:
        if self.kind == "revenue" and self.quantity is None:
            raise ValueError(f"quantity is missing: give the units behind {self.line} of {self.month}")
        if self.kind == "revenue" and self.quantity == 0 and self.amount:
            raise ValueError(f"quantity is 0 while {self.line} of {self.month} brought {self.amount:g}: count units")
        return self

    @property
    def net(self) -> float:
        """Without tax."""
        return self.amount / (1 + self.tax_rate) if self.tax == "included" else self.amount

    @property
    def gross(self) -> float:
        """With tax."""
        return self.amount if self.tax == "included" else self.amount * (1 + self.tax_rate)


class Invoice(Strict):
    """One invoice; unpaid while `paid` is left out. A part payment is two invoices."""

    number: str
    issued: Day
    due: Day
    paid: Day | None = None
    amount: float
    currency: Currency
    tax: Literal["included", "excluded"] = "excluded"
    tax_rate: Share = 0.0
    account: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Invoice:
        for name, day in (("due", self.due), ("paid", self.paid)):
            if day is not None and day < self.issued:
                raise ValueError(f"{name} of {self.number} is {day}, before it was issued on {self.issued}: mend one")
        return self

    @property
    def net(self) -> float:
        """Without tax."""
        return self.amount / (1 + self.tax_rate) if self.tax == "included" else self.amount

    @property
    def gross(self) -> float:
        """What the customer transfers."""
        return self.amount if self.tax == "included" else self.amount * (1 + self.tax_rate)


class Balance(Strict):
    """What the bank says at the end of a month."""

    month: Month
    amount: float
    currency: Currency


class MonthRate(Strict):
    """Units of the venture's currency for one of another, over a month."""

    month: Month
    currency: Currency
    rate: float = Field(gt=0)
    ref: str = ""


class Observation(Strict):
    """What became of a stated number: `place` in the venture, such as customers.churn_per_month.

    In the unit and currency stated there. `low` and `high` are the 90 % range believed on `forecast_date`; left out,
    the range that stands in the venture.
    """

    place: str
    value: float
    date: Day
    low: float | None = None
    high: float | None = None
    forecast_date: Day | None = None
    ref: str = ""

    @model_validator(mode="after")
    def _range(self) -> Observation:
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{'low' if self.low is None else 'high'} is missing: a range has both ends")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low is {self.low:g}, above high {self.high:g}: swap the two ends")
        return self


class FrozenPlan(Strict):
    """The plan as it stood before the months came: what the actuals are held against, never edited afterwards."""

    made: Day
    lines: tuple[Line, ...]
    """revenue, cost, receipt (all that was to be collected) and tax lines"""
    exchange_rates: dict[Currency, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """of the plan; left out, the venture's own"""


class Actuals(Strict):
    """What the months brought: lines, invoices, bank balances, numbers observed, and the plan they are held against."""

    opening_cash: Money
    """at the start of the first month"""
    lines: tuple[Line, ...]
    invoices: tuple[Invoice, ...] = ()
    balances: tuple[Balance, ...] = ()
    rates: tuple[MonthRate, ...] = ()
    observed: tuple[Observation, ...] = ()
    plan: FrozenPlan | None = None

    @model_validator(mode="after")
    def _whole(self) -> Actuals:
        if not self.lines:
            raise ValueError("lines is empty: give the lines of at least one month")
        paid = self.invoices or any(line.kind == "receipt" for line in self.lines)
        if not paid and any(line.kind == "revenue" for line in self.lines):
            raise ValueError("invoices is empty while there is revenue: add the invoices, or lines of kind receipt")
        numbers = [invoice.number for invoice in self.invoices]
        twice = next((number for number in numbers if numbers.count(number) > 1), None)
        if twice is not None:
            raise ValueError(f"invoices names {twice} twice: keep one row per invoice")
        return self
