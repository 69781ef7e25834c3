"""The months that are over, in cash: what came in and went out, what the bank says, and what is still owed.

Amounts are turned into the venture's currency at the rate of their month, or the venture's own where none is given.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from kit.errors import VentureError
from kit.strategy.books import Actuals, Invoice, Line
from kit.strategy.states import State, Value, ratio
from kit.strategy.venture import Venture

DAYS_PER_MONTH = 30.0
MAX_MONTHS = 120


@dataclass(frozen=True)
class CashMonth:
    """One month in the venture's currency; `cash` is what the lines add up to, `bank` what the bank says."""

    month: str
    receipts: float
    costs: float
    tax_paid: float
    capital: float
    cash: float
    bank: float | None

    @property
    def operating(self) -> float:
        """Collected less paid, without capital."""
        return self.receipts - self.costs - self.tax_paid


@dataclass(frozen=True)
class SoFar:
    """Where the plan goes on: the first month ahead, cash in the bank, and what is still owed, by month ahead."""

    next_month: str
    cash: float
    receipts_owed: tuple[float, ...]
    payments_owed: tuple[float, ...]


@dataclass(frozen=True)
class Collection:
    """Open invoices at the end of the last month, how many days of sales they are, and who they are with."""

    open: float
    overdue: float
    days: Value
    largest_account_share: Value
    account_hhi: Value


def cash_months(venture: Venture) -> list[CashMonth]:
    """Every month from the first to the last that the actuals name, without a gap."""
    books = _books(venture)
    cash, found = venture.point(books.opening_cash), []
    banks = {balance.month: balance.amount * rate_in(venture, balance.month, balance.currency)
             for balance in books.balances}
    moved: dict[tuple[str, str], float] = defaultdict(float)
    for line in books.lines:
        moved[line.month, line.kind] += line.gross * rate_in(venture, line.month, line.currency)
    for invoice in books.invoices:
        if invoice.paid is not None:
            month = month_of(invoice.paid)
            moved[month, "receipt"] += invoice.gross * rate_in(venture, month, invoice.currency)
    for month in months_of(books):
        receipts, costs, tax, capital = (moved[month, kind] for kind in ("receipt", "cost", "tax", "capital"))
        cash += receipts - costs - tax + capital
        found.append(CashMonth(month, receipts, costs, tax, capital, cash, banks.get(month)))
    return found


def after_actuals(venture: Venture, months: int) -> SoFar | None:
    """The plan's opening after the actuals; None without any.

    An invoice that is overdue counts for the first month ahead; tax charged and not yet paid falls due there too.
    """
    if venture.actuals is None:
        return None
    past = cash_months(venture)
    last, next_month = past[-1].month, shifted(past[-1].month, 1)
    owed = [0.0] * months
    for invoice in open_invoices(venture.actuals, last):
        expected = month_of(invoice.paid or invoice.due)
        place = max(0, months_between(next_month, expected))
        if place < months:
            owed[place] += invoice.gross * rate_in(venture, last, invoice.currency)
    cash = past[-1].cash if past[-1].bank is None else past[-1].bank
    return SoFar(next_month, cash, tuple(owed), (tax_owed(venture), *[0.0] * (months - 1)))


def collection(venture: Venture) -> Collection:
    """Days of sales outstanding = open invoices / invoiced x days; shares of accounts by what was invoiced to them."""
    books = _books(venture)
    months = months_of(books)
    last = months[-1]

    def worth(invoice: Invoice) -> float:
        return invoice.gross * rate_in(venture, month_of(invoice.issued), invoice.currency)

    issued = [invoice for invoice in books.invoices if months[0] <= month_of(invoice.issued) <= last]
    still_open = open_invoices(books, last)
    total = sum(worth(invoice) for invoice in still_open)
    late = sum(worth(invoice) for invoice in still_open if month_of(invoice.due) <= last)
    days = ratio(total * DAYS_PER_MONTH * len(months), sum(worth(invoice) for invoice in issued))
    if not issued or any(not invoice.account for invoice in issued):
        return Collection(total, late, days, State.UNDEFINED, State.UNDEFINED)
    by_account: dict[str, float] = {}
    for invoice in issued:
        by_account[invoice.account] = by_account.get(invoice.account, 0.0) + worth(invoice)
    everything = sum(by_account.values())
    largest = ratio(max(by_account.values()), everything)
    squares = ratio(sum(amount**2 for amount in by_account.values()), everything**2)
    return Collection(total, late, days, largest, squares)


def tax_owed(venture: Venture) -> float:
    """Tax on invoices and receipts, less tax in what was bought, less tax already paid; below zero it is a credit."""
    books = _books(venture)
    months = months_of(books)

    def tax_in(row: Line) -> float:
        return (row.gross - row.net) * rate_in(venture, row.month, row.currency)

    charged = sum((invoice.gross - invoice.net) * rate_in(venture, month_of(invoice.issued), invoice.currency)
                  for invoice in books.invoices if months[0] <= month_of(invoice.issued) <= months[-1])
    charged += sum(tax_in(line) for line in books.lines if line.kind == "receipt")
    bought = sum(tax_in(line) for line in books.lines if line.kind == "cost")
    paid = sum(line.gross * rate_in(venture, line.month, line.currency) for line in books.lines if line.kind == "tax")
    return charged - bought - paid


def open_invoices(books: Actuals, last: str) -> list[Invoice]:
    """Issued by the end of a month and not paid by then."""
    return [invoice for invoice in books.invoices
            if month_of(invoice.issued) <= last and (invoice.paid is None or month_of(invoice.paid) > last)]


def rate_in(venture: Venture, month: str, currency: str) -> float:
    """Units of the venture's currency for one of another in a month."""
    if currency == venture.currency:
        return 1.0
    for rate in _books(venture).rates:
        if rate.month == month and rate.currency == currency:
            return rate.rate
    return venture.rate_of(currency)


def months_of(books: Actuals) -> list[str]:
    """The months that the lines and balances name, with every month between them."""
    named = sorted({line.month for line in books.lines} | {balance.month for balance in books.balances})
    if months_between(named[0], named[-1]) >= MAX_MONTHS:
        raise VentureError(f"actuals run from {named[0]} to {named[-1]}, more than {MAX_MONTHS} months: look for a "
                           "mistyped year, or start the books later")
    return [shifted(named[0], place) for place in range(months_between(named[0], named[-1]) + 1)]


def month_of(day: dt.date) -> str:
    return day.strftime("%Y-%m")


def months_between(first: str, second: str) -> int:
    """Whole months from one to the other.

    >>> months_between("2026-11", "2027-02")
    3
    """
    (year, month), (later_year, later_month) = (map(int, text.split("-")) for text in (first, second))
    return 12 * (later_year - year) + later_month - month


def shifted(month: str, by: int) -> str:
    """The month so many later.

    >>> shifted("2026-11", 2)
    '2027-01'
    """
    year, number = map(int, month.split("-"))
    count = 12 * year + number - 1 + by
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def _books(venture: Venture) -> Actuals:
    assert venture.actuals is not None
    return venture.actuals
