"""Kinds of fields that documents share: a day, a month, a currency and a share, refused where they are mistyped."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from kit.cost.money import CURRENCIES


def _day(value: object) -> object:
    if isinstance(value, int | float):  # pydantic would read it as seconds since 1970
        raise PydanticCustomError("day", "write an ISO date such as 2026-11-09")
    return value


def _month(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        return value
    raise PydanticCustomError("month", "write a month such as 2026-09")


def _currency(value: object) -> object:
    if value not in CURRENCIES:
        raise PydanticCustomError("currency", "one of {known} is due", {"known": ", ".join(CURRENCIES)})
    return value


Day = Annotated[dt.date, BeforeValidator(_day)]
Month = Annotated[str, BeforeValidator(_month)]
Currency = Annotated[str, BeforeValidator(_currency)]
Share = Annotated[float, Field(ge=0, le=1)]
