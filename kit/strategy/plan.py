"""What a projection is made from, as frozen inputs: customers, cost lines, staff, terms of payment, capital.

Months count from 0. A `Series` is one number for every month or one number per month. Prices and costs are without
VAT; input VAT is taken as recovered in the month it is paid, so only the VAT on our own invoices moves cash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kit.errors import VentureError
from kit.strategy.checks import fraction, growth, non_negative, number, whole

Series = float | Sequence[float]
MAX_MONTHS = 120


def by_month(name: str, value: Series, months: int, check: Callable[[str, object], float]) -> np.ndarray:
    """The series as an array of `months` checked numbers; a list of another length is refused, never stretched."""
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str):
        return np.full(months, check(name, value))
    if len(value) != months:
        raise VentureError(f"{name} has {len(value)} values for {months} months: give one number, or one per month")
    return np.array([check(f"{name}[{month}]", item) for month, item in enumerate(value)], dtype=float)


@dataclass(frozen=True)
class Customers:
    """Cohorts of accounts and what they pay."""

    new_per_month: Series
    price_per_month: Series
    """Per account, without VAT; a change of price reaches all monthly accounts at once, yearly ones at renewal."""
    churn_by_age: Series
    """Share of a cohort lost from a month to the next, constant or by age; the last one goes on for older accounts."""
    opening_accounts: float = 0.0
    """Accounts at the start of month 0, aged from there, all on monthly terms, without deposit."""
    expansion_per_month: float = 0.0
    """Growth of the revenue of an account that stays, per month of age."""
    annual_share: float = 0.0
    """Share of new accounts that pay twelve months in advance; they can leave at renewal only."""
    annual_discount: float = 0.0
    deposit_months: float = 0.0
    """Refundable deposit at the start, in months of price; paid back when the account leaves."""

    def __post_init__(self) -> None:
        non_negative("opening_accounts", self.opening_accounts)
        growth("expansion_per_month", self.expansion_per_month)
        fraction("annual_share", self.annual_share)
        fraction("annual_discount", self.annual_discount)
        non_negative("deposit_months", self.deposit_months)

    def survival(self, months: int) -> np.ndarray:
        """Share of a cohort still there at age 0, 1, ..., months - 1."""
        given = self.churn_by_age
        rates = list(given) if isinstance(given, Sequence | np.ndarray) else [given]
        if not rates:
            raise VentureError("churn_by_age is empty: give one fraction, or one per month of age")
        checked = [fraction(f"churn_by_age[{age}]", rate) for age, rate in enumerate(rates)]
        padded = (checked + [checked[-1]] * months)[:months]
        return np.concatenate([[1.0], np.cumprod(1 - np.array(padded))])[:months]


@dataclass(frozen=True)
class CostLine:
    """A bought cost: fixed, per account, per new account and as a share of revenue, added up."""

    name: str
    per_month: Series = 0.0
    per_account: Series = 0.0
    per_new_account: Series = 0.0
    share_of_revenue: float = 0.0
    is_cogs: bool = False
    is_prepaid: bool = False
    """Drawn from prepaid compute while there is any, paid to the supplier beyond it."""


@dataclass(frozen=True)
class Role:
    """Salaried people; employer's social charges come on top and both are paid in the month itself."""

    name: str
    headcount: Series
    salary_per_month: float
    is_cogs: bool = False


@dataclass(frozen=True)
class Terms:
    """When money moves. A month has 30 days; 45 days means half after one month and half after two."""

    collection_days: float = 0.0
    supplier_days: float = 0.0
    vat_rate: float = 0.0
    vat_after_months: int = 1
    """VAT falls due so long after the invoice, collected or not."""
    social_charge_rate: float = 0.0
    """Employer's charges on salaries, as a fraction of the salary."""

    def __post_init__(self) -> None:
        non_negative("collection_days", self.collection_days)
        non_negative("supplier_days", self.supplier_days)
        fraction("vat_rate", self.vat_rate)
        whole("vat_after_months", self.vat_after_months, highest=12)
        fraction("social_charge_rate", self.social_charge_rate)


@dataclass(frozen=True)
class Plan:
    """Everything a projection needs."""

    customers: Customers
    opening_cash: float
    months: int = 36
    costs: tuple[CostLine, ...] = ()
    staff: tuple[Role, ...] = ()
    terms: Terms = field(default_factory=Terms)
    capital_raised: Series = 0.0
    """Cash from investors by month; one number means that sum every month, so write a series."""
    prepaid_compute: Series = 0.0
    """Compute credit bought by month; it leaves cash at once and becomes cost as it is used."""

    receipts_owed: Series = 0.0
    """Collected by month on invoices of before month 0, tax included."""
    payments_owed: Series = 0.0
    """Tax of before month 0 by the month in which it falls due."""

    def __post_init__(self) -> None:
        number("opening_cash", self.opening_cash)
        whole("months", self.months, lowest=1, highest=MAX_MONTHS)
