"""What may be written: plain JSON values and clean text, so that both databases and YAML give back the same."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from kit.errors import StoreError

MOST_VALUES, DEEPEST = 200_000, 60


def plain(value: Any, place: str = "", depth: int = 0) -> Any:
    """A copy in which mappings are dicts with text for keys, tuples are lists and dates are ISO text."""
    if depth > DEEPEST:
        raise StoreError(f"{place[:80]}: is nested deeper than {DEEPEST}")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise StoreError(f"{place} is {value}: a number is due; leave the field out where there is none")
        return value
    if isinstance(value, str):
        return clean(place, value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise StoreError(f"{place}: the key {key!r} is no text: put it in quotes")
        return {clean(place, key): plain(child, f"{place}.{key}" if place else key, depth + 1)
                for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [plain(child, f"{place}.{i}", depth + 1) for i, child in enumerate(value)]
    raise StoreError(f"{place} is {value!r:.60}: the store keeps text, numbers, true, false, null, lists and mappings")


def clean(place: str, text: str) -> str:
    """Text that UTF-8 and PostgreSQL can hold."""
    if "\x00" in text:
        raise StoreError(f"{place}: holds a null character; take it out")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"{place}: holds half a character at position {error.start}; take it out") from error
    return text


def said(place: str, text: str) -> str:
    """Clean text that is not empty."""
    if not text.strip():
        raise StoreError(f"{place} is empty: write something")
    return clean(place, text)


def iso_date(place: str, text: str | None) -> str | None:
    """A date as it was given, if it is one."""
    try:
        return None if text is None else dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise StoreError(f"{place} is {text!r}: write an ISO date such as 2026-11-30") from None
