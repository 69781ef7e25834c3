"""Months ahead as arrays: cohorts -> revenue, costs and result -> what is collected, paid and left in the bank.

Each month closes with   change in cash = operating result + capital raised
                                          - change in receivables + change in prepayments and deposits held
                                          + change in VAT owed + change in payables - change in prepaid compute.
Conventions, which matter more than they look: month 0 is the first month; unless the plan names receipts and payments
still owed from before it, there are none, so with 90 days to collect, months 0 to 2 bring in nothing; cash is judged at
the end of a month.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from kit.strategy.checks import fraction, growth, non_negative, number
from kit.strategy.plan import CostLine, Customers, Plan, by_month
from kit.strategy.states import State, Value, ratio

DAYS_PER_MONTH = 30.0
TERM_MONTHS = 12


@dataclass(frozen=True)
class Projection:
    """One array per quantity, one number per month; balances are at the month's end."""

    new_accounts: np.ndarray
    accounts: np.ndarray
    revenue: np.ndarray
    invoiced: np.ndarray
    """Without VAT."""
    cogs: np.ndarray
    other_costs: np.ndarray
    salaries: np.ndarray
    """With social charges; already in `cogs` and `other_costs`."""
    operating_result: np.ndarray
    cash_in: np.ndarray
    """Collected with VAT, and deposits received; capital raised stands apart."""
    cash_out: np.ndarray
    capital_raised: np.ndarray
    cash: np.ndarray
    receivables: np.ndarray
    prepayments: np.ndarray
    """Invoiced in advance and not yet earned."""
    deposits: np.ndarray
    vat_owed: np.ndarray
    payables: np.ndarray
    prepaid_compute: np.ndarray

    def gross_margin(self) -> list[Value]:
        """(revenue - COGS) / revenue by month; undefined before revenue."""
        return [ratio(float(r - c), float(r)) for r, c in zip(self.revenue, self.cogs)]

    @property
    def cash_out_month(self) -> int | State:
        """The first month, counted from 0, that ends with cash below zero."""
        below = np.flatnonzero(self.cash < 0)
        return int(below[0]) if len(below) else State.NEVER

    @property
    def lowest_cash(self) -> float:
        return float(self.cash.min())

    @property
    def lowest_cash_month(self) -> int:
        return int(self.cash.argmin())

    @property
    def break_even_month(self) -> int | State:
        """The first month with an operating result of zero or more."""
        positive = np.flatnonzero(self.operating_result >= 0)
        return int(positive[0]) if len(positive) else State.NEVER

    def rows(self) -> list[dict[str, Value]]:
        """One dict per month, with `month` and `gross_margin` beside the arrays."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        return [{"month": float(month), **{name: float(array[month]) for name, array in arrays.items()},
                 "gross_margin": margin} for month, margin in enumerate(self.gross_margin())]


@dataclass(frozen=True)
class Sales:
    """What the cohorts bring, before any question of when it is paid."""

    new_accounts: np.ndarray
    accounts: np.ndarray
    revenue: np.ndarray
    invoiced: np.ndarray
    deposits_received: np.ndarray
    deposits: np.ndarray


def sales(customers: Customers, months: int) -> Sales:
    """Cohort k of month t has age t - k; yearly accounts keep the size and price of their last renewal."""
    new = by_month("new_per_month", customers.new_per_month, months, non_negative)
    price = by_month("price_per_month", customers.price_per_month, months, non_negative)
    survival = customers.survival(months)
    start, now = np.meshgrid(np.arange(months), np.arange(months), indexing="ij")  # (cohort, month)
    age = np.maximum(now - start, 0)
    alive = now >= start
    renewal_age = age - age % TERM_MONTHS
    worth = (1 + customers.expansion_per_month) ** np.arange(months)

    monthly_start = new * (1 - customers.annual_share)
    monthly_start[0] += customers.opening_accounts
    monthly_accounts = monthly_start[:, None] * survival[age] * alive
    monthly_revenue = (monthly_accounts * worth[age] * price[now]).sum(axis=0)

    yearly_accounts = (new * customers.annual_share)[:, None] * survival[renewal_age] * alive
    per_account = price[start + renewal_age * alive] * worth[renewal_age] * (1 - customers.annual_discount)
    yearly_revenue = yearly_accounts * per_account
    yearly_invoices = (TERM_MONTHS * yearly_revenue * (age == renewal_age)).sum(axis=0)

    received = new * customers.deposit_months * price
    kept = np.where(alive, (1 - customers.annual_share) * survival[age]
                    + customers.annual_share * survival[renewal_age], 0.0)
    return Sales(new, monthly_accounts.sum(axis=0) + yearly_accounts.sum(axis=0),
                 monthly_revenue + yearly_revenue.sum(axis=0), monthly_revenue + yearly_invoices,
                 received, (received[:, None] * kept).sum(axis=0))


def paid_after(amounts: np.ndarray, lag_months: float) -> np.ndarray:
    """The amounts shifted by `lag_months`; a part of a month splits them between the two months around it."""
    months = len(amounts)
    if lag_months >= months:
        return np.zeros(months)
    whole, part = int(lag_months), lag_months - int(lag_months)
    shifted = np.zeros(months + whole + 1)
    shifted[whole:whole + months] += (1 - part) * amounts
    shifted[whole + 1:whole + 1 + months] += part * amounts
    return shifted[:months]


def line_cost(line: CostLine, sold: Sales) -> np.ndarray:
    """Cost of one line by month."""
    months = len(sold.revenue)

    def series(part: str) -> np.ndarray:
        return by_month(f"costs.{line.name}.{part}", getattr(line, part), months, non_negative)

    share = fraction(f"costs.{line.name}.share_of_revenue", line.share_of_revenue)
    return (series("per_month") + series("per_account") * sold.accounts
            + series("per_new_account") * sold.new_accounts + share * sold.revenue)


def drawn(bought: np.ndarray, needed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Use of a prepaid credit by month and what is left of it; credit bought in a month serves that month."""
    used, left, balance = np.zeros(len(bought)), np.zeros(len(bought)), 0.0
    for month, (more, need) in enumerate(zip(bought, needed)):
        balance += more
        used[month] = min(balance, need)
        balance -= used[month]
        left[month] = balance
    return used, left


def project(plan: Plan) -> Projection:
    """The plan, month by month."""
    months, terms = plan.months, plan.terms
    sold = sales(plan.customers, months)
    cogs, other, prepaid_need = np.zeros(months), np.zeros(months), np.zeros(months)
    for line in plan.costs:
        cost = line_cost(line, sold)
        (cogs if line.is_cogs else other)[:] += cost
        prepaid_need += cost * line.is_prepaid
    bought_from_suppliers = cogs + other
    salaries = np.zeros(months)
    for role in plan.staff:
        heads = by_month(f"staff.{role.name}.headcount", role.headcount, months, non_negative)
        salary = non_negative(f"staff.{role.name}.salary_per_month", role.salary_per_month)
        pay = heads * salary * (1 + terms.social_charge_rate)
        (cogs if role.is_cogs else other)[:] += pay
        salaries += pay

    credit = by_month("prepaid_compute", plan.prepaid_compute, months, non_negative)
    used, credit_left = drawn(credit, prepaid_need)
    billed = bought_from_suppliers - used
    paid = paid_after(billed, terms.supplier_days / DAYS_PER_MONTH)
    gross_invoices = sold.invoiced * (1 + terms.vat_rate)
    collected = paid_after(gross_invoices, terms.collection_days / DAYS_PER_MONTH)
    vat = sold.invoiced * terms.vat_rate
    vat_paid = paid_after(vat, terms.vat_after_months)
    refunds = sold.deposits_received - np.diff(sold.deposits, prepend=0.0)

    capital = by_month("capital_raised", plan.capital_raised, months, non_negative)
    old_receipts = by_month("receipts_owed", plan.receipts_owed, months, number)
    old_payments = by_month("payments_owed", plan.payments_owed, months, number)
    cash_in = collected + sold.deposits_received + old_receipts
    cash_out = paid + salaries + credit + vat_paid + refunds + old_payments
    return Projection(
        new_accounts=sold.new_accounts, accounts=sold.accounts, revenue=sold.revenue, invoiced=sold.invoiced,
        cogs=cogs, other_costs=other, salaries=salaries, operating_result=sold.revenue - cogs - other,
        cash_in=cash_in, cash_out=cash_out, capital_raised=capital,
        cash=plan.opening_cash + np.cumsum(capital + cash_in - cash_out),
        receivables=old_receipts.sum() + np.cumsum(gross_invoices - collected - old_receipts),
        prepayments=np.cumsum(sold.invoiced - sold.revenue), deposits=sold.deposits,
        vat_owed=old_payments.sum() + np.cumsum(vat - vat_paid - old_payments), payables=np.cumsum(billed - paid),
        prepaid_compute=credit_left)


def steady_growth(*, revenue_per_month: float, growth_per_month: float) -> Customers:
    """One account base whose revenue grows steadily, without churn: `default_alive`'s world, to lay terms over it."""
    rate = growth("growth_per_month", growth_per_month)
    return Customers(new_per_month=0.0, price_per_month=revenue_per_month, churn_by_age=0.0, opening_accounts=1.0,
                     expansion_per_month=rate)
