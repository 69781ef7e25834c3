"""What an answer costs, and a cap that is held before a request is sent, not after."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

from kit.cost.api import api_price
from kit.cost.money import Money, currency_code, parse_money
from kit.cost.sheet import Sheet, convert, load_sheet
from kit.errors import PriceError


@dataclass(frozen=True)
class Tariff:
    """Price per million tokens, either typed or a model of the sheet (whose price may step with length and hour)."""

    id: str
    currency: str
    date: str | None
    per_mtok_input: float | None = None
    per_mtok_output: float | None = None
    model: str | None = None
    provider: str | None = None

    def cost(self, input_tokens: int, output_tokens: int, *, cached: int = 0, when: dt.datetime | None = None) -> float:
        """cost = (input * price_in + output * price_out) / 10^6, in `currency`; cached input at its own price.

        >>> Tariff("typed", "CNY", None, 2.0, 8.0).cost(1000, 100)
        0.0028
        """
        if self.per_mtok_input is not None and self.per_mtok_output is not None:
            return (input_tokens * self.per_mtok_input + output_tokens * self.per_mtok_output) / 1e6
        assert self.model is not None
        found = api_price(self.model, input_tokens, output_tokens, when, self.provider,
                          cached_input_tokens=cached, currency=self.currency)  # fmt: skip
        return found.amount

    def most(self, input_tokens: int, output_tokens: int) -> float:
        """The cost, or beyond the lengths that the sheet has a price for the highest known price carried on."""
        times = 1
        while True:
            try:
                return times * self.cost(input_tokens // times, output_tokens)
            except PriceError:
                if times > max(1, input_tokens):
                    raise
                times *= 2

    def usd(self, amount: float) -> float:
        return convert(amount, self.currency, "USD")


def tariff_of(price: str | None, price_in: str | None, price_out: str | None,
              sheet: Sheet | None = None) -> Tariff | None:  # fmt: skip
    """The price as given on the command line: an id (or model) of the sheet, or amounts per million tokens.

    Raises PriceError that names the option.
    """
    if price and (price_in or price_out):
        raise PriceError("--price and --price-in/--price-out are both given: name one of the two")
    if price:
        return _of_sheet(price, sheet or load_sheet())
    if not price_in and not price_out:
        return None
    if not price_in or not price_out:
        raise PriceError('--price-in and --price-out belong together: e.g. --price-in "2 CNY" --price-out "8 CNY"')
    into, out = _typed("--price-in", price_in), _typed("--price-out", price_out)
    if into.currency != out.currency:
        raise PriceError(f"--price-in is in {into.currency}, --price-out in {out.currency}: give both in one currency")
    return Tariff(f"{into} in, {out} out per million tokens", into.currency, None, into.amount, out.amount)


def _of_sheet(price: str, sheet: Sheet) -> Tariff:
    by_model = [row for row in sheet.rows if row.kind == "api" and row.model == price]
    try:
        row = by_model[0] if by_model else sheet.row(price)
    except PriceError as err:
        return _of_the_world(price, err)
    if row.kind != "api":
        raise PriceError(f"--price {price!r}: is the price of {row.device}; name a row of an API, or its model")
    sellers = sorted({other.provider for other in by_model})
    if len(sellers) > 1:
        raise PriceError(f"--price {price!r}: is sold by {', '.join(sellers)}; name a row by its id")
    return Tariff(price, row.currency, row.checked.isoformat(), model=row.model, provider=row.provider)


def _of_the_world(model: str, unknown: PriceError) -> Tariff:
    """A model that the sheet does not have, at the dated dollar prices of genai-prices."""
    try:
        found = api_price(model, 1000, 100)
    except PriceError:
        raise PriceError(f"--price {unknown}, or give a model that genai-prices knows") from None
    return Tariff(f"{model} ({found.source})", found.currency, None, model=model, provider=found.provider)


def _typed(option: str, text: str) -> Money:
    try:
        return parse_money(text)
    except PriceError as err:
        raise PriceError(f"{option}: {err}") from None


def cap_of(text: str | None, tariff: Tariff | None) -> float | None:
    """The spend cap in the tariff's currency. Raises PriceError where nothing says what an answer costs."""
    if text is None:
        return None
    money = _typed("--max-cost", text)
    if tariff is None:
        raise PriceError("--max-cost needs a price: give --price ID or --price-in and --price-out")
    if money.amount <= 0:
        raise PriceError(f"--max-cost {text!r}: allows no request; give an amount above zero")
    return convert(money.amount, money.currency, currency_code(tariff.currency))


class Bound:
    """The most that a request can cost, before it is sent.

    No byte-level tokenizer makes more tokens than a text has bytes; what a server adds around the messages, and what it
    counts above the longest answer asked for (hidden reasoning), is learnt from the answers so far.
    """

    def __init__(self, tariff: Tariff, max_output_tokens: int) -> None:
        self.tariff = tariff
        self.added_input, self.output = 64, max_output_tokens
        self._lock = threading.Lock()

    def of(self, text: str) -> float:
        return self.tariff.most(self.length(text) + self.added_input, self.output)

    @staticmethod
    def length(text: str) -> int:
        return len(text.encode("utf-8", "replace"))

    def learn(self, text: str, input_tokens: int | None, output_tokens: int | None) -> None:
        with self._lock:
            self.added_input = max(self.added_input, (input_tokens or 0) - self.length(text))
            self.output = max(self.output, output_tokens or 0)


class Purse:
    """Money spent and money set aside for requests under way; together never above the cap."""

    def __init__(self, cap: float | None, spent: float = 0.0) -> None:
        self.cap, self.spent = cap, spent
        self._aside = 0.0
        self._lock = threading.Lock()

    def set_aside(self, amount: float) -> bool:
        """Whether a request that may cost `amount` can still be sent; if so its money is set aside."""
        with self._lock:
            if self.cap is not None and self.spent + self._aside + amount > self.cap:
                return False
            self._aside += amount
            return True

    def settle(self, aside: float, spent: float) -> None:
        with self._lock:
            self._aside -= aside
            self.spent += spent
