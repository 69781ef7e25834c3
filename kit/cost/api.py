"""What one request to a hosted model costs: genai-prices offline, or the sheet's own API rows."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import dataclass

from kit.cost.money import currency_code
from kit.cost.sheet import PriceRow, Sheet, load_sheet, to_usd
from kit.errors import PriceError

BY_HAND = "or give the price yourself: input and output per million tokens, with currency, date and source"


@dataclass(frozen=True)
class ApiPrice:
    """Price of one request of the size asked for. Not linear in that size: prices step with context length and hour."""

    usd_per_request: float
    amount: float
    currency: str
    provider: str
    model: str
    source: str
    checked: dt.date | None


def api_price(
    model: str,
    input_tokens: int,
    output_tokens: int,
    when: dt.datetime | None = None,
    provider: str | None = None,
    *,
    cached_input_tokens: int = 0,
    currency: str | None = None,
    sheet: Sheet | None = None,
) -> ApiPrice:
    """Price of one request of `input_tokens` (cached ones included) and `output_tokens` at `when` (now, if None).

    Ask with the size of a real request: asked for a million tokens, a model with a context step answers with its
    long-context price. `provider` is one of genai-prices or of the sheet. With `currency` the sheet's rows in it are
    preferred (mainland prices are quoted in CNY there), otherwise genai-prices is asked first.
    """
    if min(input_tokens, output_tokens, cached_input_tokens) < 0 or cached_input_tokens > input_tokens:
        raise ValueError("token counts are zero or more, and cached_input_tokens is a part of input_tokens")
    if when is not None and when.tzinfo is None:
        raise ValueError(f"when={when} needs a time zone: some prices change by the hour")
    when = when or dt.datetime.now(dt.UTC)
    sheet = sheet or load_sheet()
    tokens = (input_tokens, cached_input_tokens, output_tokens)
    rows = _rows(sheet, model, provider)
    if rows and currency is not None:
        rows = [row for row in rows if row.currency == currency_code(currency)]
    if rows and (currency is not None or provider is not None):
        return _from_sheet(rows, tokens, when, sheet)
    try:
        return _from_genai(model, tokens, when, provider)
    except LookupError as error:
        if rows:
            return _from_sheet(rows, tokens, when, sheet)
        raise PriceError(_unknown(model, provider, sheet)) from error


def _from_genai(model: str, tokens: tuple[int, int, int], when: dt.datetime, provider: str | None) -> ApiPrice:
    from importlib.metadata import version

    from genai_prices import Usage, calc_price

    whole, cached, output = tokens
    usage = Usage(input_tokens=whole, output_tokens=output, **({"cache_read_tokens": cached} if cached else {}))
    found = calc_price(usage, model, provider_id=provider, genai_request_timestamp=when)
    usd = float(found.total_price)
    source = f"genai-prices {version('genai-prices')}, offline snapshot"
    return ApiPrice(usd, usd, "USD", found.provider.id, found.model.id, source, None)


def _from_sheet(rows: list[PriceRow], tokens: tuple[int, int, int], when: dt.datetime, sheet: Sheet) -> ApiPrice:
    whole, cached, output = tokens
    model, sellers = rows[0].model or "", sorted({row.provider for row in rows})
    if len(sellers) > 1:
        raise PriceError(f"{model!r} is sold by {', '.join(sellers)}: name the provider")
    if rows[0].tier in {"peak", "off_peak"}:
        peak = any(hours.is_peak(when) for hours in sheet.peak_hours if hours.provider == sellers[0])
        rows = [row for row in rows if row.tier == ("peak" if peak else "off_peak")]
    prices = {per: _for_length(rows, per, whole) for per in ("mtok_input", "mtok_cached_input", "mtok_output")}
    new, out = prices["mtok_input"], prices["mtok_output"]
    if new is None or out is None:
        longest = max(row.max_input_tokens or 0 for row in rows)
        raise PriceError(f"{model!r} of {sellers[0]}: no price above {longest} input tokens in the sheet (got {whole})")
    hit = prices["mtok_cached_input"] or new
    amount = ((whole - cached) * new.price + cached * hit.price + output * out.price) / 1e6
    source = sheet.sources[new.source]
    usd = to_usd(amount, new.currency, sheet)
    return ApiPrice(usd, amount, new.currency, new.provider, model, f"{source.name}, {source.url}", new.checked)


def _for_length(rows: list[PriceRow], per: str, input_tokens: int) -> PriceRow | None:
    fitting = [row for row in rows if row.per == per and input_tokens <= (row.max_input_tokens or input_tokens)]
    return min(fitting, key=lambda row: row.max_input_tokens or float("inf"), default=None)


def _rows(sheet: Sheet, model: str, provider: str | None) -> list[PriceRow]:
    wanted = _plain(provider or "")
    return [
        row for row in sheet.rows
        if row.kind == "api" and (row.model or "").lower() == model.strip().lower()
        and (provider is None or _plain(row.provider) == wanted)
    ]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _unknown(model: str, provider: str | None, sheet: Sheet) -> str:
    from genai_prices.data_snapshot import get_snapshot

    models = {seller.id: {info.id for info in seller.models} for seller in get_snapshot().providers}
    for row in sheet.rows:
        if row.model:
            models.setdefault(row.provider, set()).add(row.model)
    own = [names for seller, names in models.items() if provider is None or _plain(seller) == _plain(provider)]
    if not own:
        near = difflib.get_close_matches(provider or "", list(models), n=3, cutoff=0.4) or sorted(models)[:5]
        return f"provider {provider!r} is not known: nearest are {', '.join(near)}; {BY_HAND}"
    near = difflib.get_close_matches(model, sorted(set().union(*own)), n=3, cutoff=0.4)
    of = f" of {provider}" if provider else ""
    names = f"nearest known: {', '.join(near)}; " if near else ""
    return f"no price for model {model!r}{of}: {names}{BY_HAND}"
