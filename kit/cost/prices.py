"""Prices in one place: the dated sheet, prices as people write them, the price of a device, of an API request, a table.

The sheet is `prices.yaml` beside this file; its header says how to refresh it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from kit.cost.api import ApiPrice, api_price
from kit.cost.devices import Choice, device_kind, nearest, resolve
from kit.cost.money import CURRENCIES, Money, Price, currency_code, parse_money, parse_price
from kit.cost.sheet import PriceRow, Sheet, convert, load_sheet, to_usd, validate_sheet

__all__ = [
    "CURRENCIES", "STALE_DAYS", "ApiPrice", "Choice", "Money", "Price", "PriceRow", "Sheet", "api_price", "convert",
    "currency_code", "device_kind", "load_sheet", "nearest", "parse_money", "parse_price", "resolve", "rows_for",
    "table", "to_usd", "validate_sheet",
]

STALE_DAYS = 180


def rows_for(device: str | None = None, sheet: Sheet | None = None) -> list[PriceRow]:
    """Rows of the sheet for a device or model: by accelerator kind where the name tells one, otherwise by text."""
    rows = list((sheet or load_sheet()).rows)
    if not device:
        return rows
    kind = device_kind(device)
    if kind is not None:
        return [row for row in rows if row.device == kind]
    wanted = device.strip().lower()
    return [row for row in rows if wanted in f"{row.kind} {row.provider} {row.device} {row.model}".lower()]


def table(
    rows: Iterable[PriceRow], currency: str | None = None, *, today: dt.date, sheet: Sheet | None = None
) -> list[dict[str, object]]:
    """One dict per row for printing or JSON: own price, dollars, `currency` if asked for, date, age, stale, source."""
    sheet = sheet or load_sheet()
    code = currency_code(currency) if currency else None
    lines: list[dict[str, object]] = []
    for row in rows:
        age_days = (today - row.checked).days
        source = sheet.sources[row.source]
        lines.append({
            "id": row.id,
            "kind": row.kind,
            "region": row.region,
            "provider": row.provider,
            "device": row.model if row.kind == "api" else row.device,
            "vcpus": row.vcpus,
            "tier": row.tier,
            "max_input_tokens": row.max_input_tokens,
            "price": row.price,
            "currency": row.currency,
            "per": row.per,
            "price_usd": to_usd(row.price, row.currency, sheet),
            "price_converted": convert(row.price, row.currency, code, sheet) if code else None,
            "converted_to": code,
            "tax_included": row.tax_included,
            "checked": row.checked.isoformat(),
            "age_days": age_days,
            "stale": age_days > STALE_DAYS,
            "rate_date": None if row.currency == "USD" and code in (None, "USD") else sheet.rates.date.isoformat(),
            "confidence": row.confidence,
            "source": source.name,
            "url": source.url,
            "note": row.note,
        })
    return lines
