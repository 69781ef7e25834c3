"""API or own model: dollars per request, capacity steps, break-even and the clock on it.

Prices are in dollars per million tokens (mtok) or per hour; a month has 730 hours. Cost at capacity and cost at volume
are different numbers: an always-on GPU at 50,000 requests a month costs hundreds of times its cost at capacity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kit.strategy.checks import fraction, non_negative, positive, require
from kit.strategy.states import State, Value, ratio

HOURS_PER_MONTH = 730
DAYS_PER_MONTH = 30
MTOK = 1_000_000


@dataclass(frozen=True)
class Tokens:
    """Tokens of one request; `cached_input` is the part of `input` read from a cache, `reasoning` is paid as output."""

    input: float
    output: float
    cached_input: float = 0.0
    reasoning: float = 0.0


@dataclass(frozen=True)
class TokenPrice:
    """Dollars per million tokens; without a price of its own, cached input costs as much as fresh input."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float | None = None
    batch_discount: float = 0.0


@dataclass(frozen=True)
class SelfHost:
    """A month of serving ourselves: fixed costs, and replicas that come whole."""

    usd_per_replica_month: float
    requests_per_replica_month: float
    fixed_usd_per_month: float = 0.0
    variable_usd_per_request: float = 0.0
    min_replicas: int = 1

    def __post_init__(self) -> None:
        non_negative("usd_per_replica_month", self.usd_per_replica_month)
        positive("requests_per_replica_month", self.requests_per_replica_month)
        non_negative("fixed_usd_per_month", self.fixed_usd_per_month)
        non_negative("variable_usd_per_request", self.variable_usd_per_request)
        require(self.min_replicas >= 0, "min_replicas", self.min_replicas, "give 0 or a whole number above it")


@dataclass(frozen=True)
class BreakEven:
    """Requests per month from which serving ourselves costs no more than the API.

    `one_replica`: fixed / (API - variable), as if one replica held any load. `requests`: with whole replicas, the first
    volume at which it holds. `for_good`: the volume after which no further step makes it dearer again.
    """

    one_replica: Value
    fits_one_replica: bool
    requests: Value
    replicas: int | None
    for_good: Value


def api_usd_per_request(tokens: Tokens, price: TokenPrice) -> float:
    """Sum over token classes of tokens x price, less the batch discount.

    >>> round(api_usd_per_request(Tokens(1200, 300), TokenPrice(0.15, 0.60)), 6)
    0.00036
    """
    for name in ("input", "output", "cached_input", "reasoning"):
        non_negative(f"tokens.{name}", getattr(tokens, name))
    fix = f"it is part of input, so keep it at or below {tokens.input:g}"
    require(tokens.cached_input <= tokens.input, "tokens.cached_input", tokens.cached_input, fix)
    fresh_usd, output_usd = price.input_usd_per_mtok, price.output_usd_per_mtok
    cached_usd = fresh_usd if price.cached_input_usd_per_mtok is None else price.cached_input_usd_per_mtok
    for field, usd in (("input", fresh_usd), ("output", output_usd), ("cached_input", cached_usd)):
        non_negative(f"price.{field}_usd_per_mtok", usd)
    total = (tokens.input - tokens.cached_input) * fresh_usd + tokens.cached_input * cached_usd
    total += (tokens.output + tokens.reasoning) * output_usd
    return total / MTOK * (1 - fraction("price.batch_discount", price.batch_discount))


def selfhost_usd_per_mtok(usd_per_hour: float, *, tokens_per_s: float, utilisation: float) -> Value:
    """Price per hour / (3600 x tokens per second x utilisation), per million tokens; undefined without throughput.

    >>> round(selfhost_usd_per_mtok(2.50, tokens_per_s=2500, utilisation=0.40), 6)
    0.694444
    """
    non_negative("usd_per_hour", usd_per_hour)
    tokens_per_hour = 3600 * non_negative("tokens_per_s", tokens_per_s) * fraction("utilisation", utilisation)
    return ratio(usd_per_hour * MTOK, tokens_per_hour)


def usd_per_request_at_volume(host: SelfHost, requests_per_month: float) -> Value:
    """Everything a month costs / its requests; undefined without a request."""
    return ratio(monthly_usd(host, requests_per_month), requests_per_month)


def requests_per_replica_month(*, tokens_per_s: float, tokens_per_request: float, utilisation: float) -> float:
    """Capacity of one replica: tokens per second x 730 hours x utilisation / tokens of a request."""
    tokens = non_negative("tokens_per_s", tokens_per_s) * 3600 * HOURS_PER_MONTH * fraction("utilisation", utilisation)
    return tokens / positive("tokens_per_request", tokens_per_request)


def replicas(host: SelfHost, requests_per_month: float) -> int:
    """ceil(requests / capacity of one), and no fewer than are kept running anyway."""
    non_negative("requests_per_month", requests_per_month)
    # 30.66M / 15.33M is 2 replicas, not 3, where the quotient misses a whole number by rounding alone.
    load = requests_per_month / host.requests_per_replica_month
    return max(host.min_replicas, math.ceil(load - 1e-9 * max(1.0, load)))


def monthly_usd(host: SelfHost, requests_per_month: float) -> float:
    """Fixed + whole replicas + variable cost of a month."""
    running = replicas(host, requests_per_month) * host.usd_per_replica_month
    return host.fixed_usd_per_month + running + host.variable_usd_per_request * requests_per_month


def break_even(host: SelfHost, api_usd_per_request: float, *, max_replicas: int | None = None) -> BreakEven:
    """Volume at which whole replicas cost no more than the API; `never` where none does.

    k replicas of price g break even at Q_k = (F + k g)/(p - v) if that is within k x capacity. As k grows this tends
    to g/(p - v) per replica, so an API cheaper than v + g/capacity is never reached, at any volume.
    """
    gain = non_negative("api_usd_per_request", api_usd_per_request) - host.variable_usd_per_request
    capacity, price, fixed = host.requests_per_replica_month, host.usd_per_replica_month, host.fixed_usd_per_month
    if gain <= 0:
        return BreakEven(State.NEVER, False, State.NEVER, None, State.NEVER)
    single = (fixed + price) / gain
    fits = single <= capacity and host.min_replicas <= 1
    margin = gain * capacity - price  # what a full replica saves over the API
    if margin <= 0:
        return BreakEven(single, fits, State.NEVER, None, State.NEVER)
    least, most = max(1, host.min_replicas), math.inf if max_replicas is None else max_replicas
    count = max(least, math.ceil(fixed / margin - 1e-9))
    if count > most:
        return BreakEven(single, fits, State.NEVER, None, State.NEVER)
    # Step k to k+1 keeps the lead if Q_(k+1) <= k x capacity, that is k >= (F + g)/margin.
    settled = min(most, max(least, math.ceil((fixed + price) / margin - 1e-9)))
    return BreakEven(single, fits, (fixed + count * price) / gain, count, (fixed + settled * price) / gain)


def monthly_price_factor(factor_per_year: float) -> float:
    """Factor per month of a price that is multiplied by `factor_per_year` each year: f^(1/12).

    >>> round(monthly_price_factor(0.1), 6)
    0.825404
    """
    return positive("factor_per_year", factor_per_year) ** (1 / 12)


def month_api_undercuts(*, api_usd_per_month: float, selfhost_usd_per_month: float, factor_per_year: float) -> Value:
    """Months until a falling API bill meets ours: 12 ln(own/API)/ln f; 0 if it already does, `never` if it never will.

    >>> round(month_api_undercuts(api_usd_per_month=10_000, selfhost_usd_per_month=6_925, factor_per_year=0.5), 6)
    6.361368
    """
    own, api = non_negative("selfhost_usd_per_month", selfhost_usd_per_month), api_usd_per_month
    positive("factor_per_year", factor_per_year)
    if non_negative("api_usd_per_month", api) <= own:
        return 0.0
    if factor_per_year >= 1 or own == 0:
        return State.NEVER
    return 12 * math.log(own / api) / math.log(factor_per_year)
