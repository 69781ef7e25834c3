"""Amounts and prices as people write them: "2.9 CNY/hour", "50 CNY". Reads text only; knows no price and no rate."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from kit.errors import PriceError

CURRENCIES = ("USD", "CNY", "EUR", "GBP", "JPY", "HKD", "INR", "KRW", "SGD", "AUD", "CAD", "CHF")

# ¥ is missing on purpose: it is the yuan on one page and the yen on the next. $ alone is read as the US dollar.
SYMBOLS = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW",
    "元": "CNY", "RMB": "CNY", "CN¥": "CNY", "JP¥": "JPY", "HK$": "HKD", "S$": "SGD", "A$": "AUD", "C$": "CAD",
}
AMBIGUOUS = ("¥", "￥", "円")
UNITS = {"hour": "hour", "hours": "hour", "hr": "hour", "h": "hour", "小时": "hour", "时": "hour"}

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_HEAD = re.compile(rf"(?P<before>[^\d\s.]*)\s*(?P<number>{_NUMBER})\s*(?P<after>[^\d\s.]*)")


@dataclass(frozen=True)
class Money:
    """An amount in its own currency; never added to another currency without a dated rate."""

    amount: float
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:g} {self.currency}"


@dataclass(frozen=True)
class Price:
    """An amount per unit. `id` and `checked` name its row of the sheet; both are None where it was typed by hand."""

    amount: float
    currency: str
    per: str
    id: str | None = None
    checked: dt.date | None = None

    def __str__(self) -> str:
        return f"{self.amount:g} {self.currency}/{self.per}"


def currency_code(text: str) -> str:
    """ISO code of a code or symbol.

    >>> currency_code("cny"), currency_code("€")
    ('CNY', 'EUR')
    """
    code = text.strip().upper()
    if code in CURRENCIES:
        return code
    if code in SYMBOLS:
        return SYMBOLS[code]
    if code in AMBIGUOUS:
        raise PriceError(f"{text!r} may be yuan or yen: write CNY or JPY")
    raise PriceError(f"{text!r} is not a known currency: use one of {', '.join(CURRENCIES)}")


def parse_money(text: str) -> Money:
    """Read an amount such as "50 CNY", "$5" or "1,200.50 EUR".

    >>> parse_money("50 CNY")
    Money(amount=50.0, currency='CNY')
    """
    if "/" in text or " per " in text:
        raise PriceError(f"{text!r} is a price per unit where an amount is expected: write for example \"50 CNY\"")
    return Money(*_amount_and_currency(text, text, example='write for example "50 CNY"'))


def parse_price(text: str) -> Price:
    """Read a price per hour such as "2.9 CNY/hour" or "$1.20/h".

    >>> str(parse_price("2.9 CNY/hour"))
    '2.9 CNY/hour'
    """
    head, slash, unit = text.replace(" per ", "/").partition("/")
    amount, currency = _amount_and_currency(head, text, example='write it as "2.9 CNY/hour"')
    if not slash or not unit.strip():
        raise PriceError(f'{text!r} names no unit: write it as "{amount:g} {currency}/hour"')
    if unit.strip().lower() not in UNITS:
        raise PriceError(f'{text!r}: {unit.strip()!r} is not a known unit: write it as "{amount:g} {currency}/hour"')
    return Price(amount, currency, UNITS[unit.strip().lower()])


def _amount_and_currency(head: str, whole: str, *, example: str) -> tuple[float, str]:
    if re.search(r"[-−]\s*\D{0,3}[\d.]", head):
        raise PriceError(f"{whole!r} is negative: a price or an amount is zero or more")
    match = _HEAD.fullmatch(head.strip())
    if match is None:
        raise PriceError(f"{whole!r} is not an amount with a currency: {example}")
    marks = [mark for mark in (match["before"], match["after"]) if mark]
    if not marks:
        raise PriceError(f"{whole!r} names no currency: {example}")
    codes = {currency_code(mark) for mark in marks}
    if len(codes) > 1:
        raise PriceError(f"{whole!r} names two currencies ({', '.join(sorted(codes))}): {example}")
    return float(match["number"].replace(",", "")), codes.pop()
