"""Dates as people write them; an unreadable or ambiguous one is an error, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from kit.errors import DataError

__all__ = ["parse_times"]

FORMATS = (
    "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%Y年%m月%d日", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S", "%b %d, %Y", "%d %b %Y", "%B %d, %Y", "%d %B %Y",
)  # fmt: skip
CLOCKS = ("", " %H:%M", " %H:%M:%S")
DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"
FIRST_MILLISECONDS = 1e11  # seconds up to the year 5138, milliseconds from 1973 on
SHOWN = 5


def parse_times(values: Sequence[Any], *, column: str) -> list[float]:
    """Seconds since 1970 (UTC) of every value; a time without a zone counts as UTC.

    Read are ISO 8601, epoch seconds or milliseconds and FORMATS. 03/04/2026 is read when the other rows settle
    whether days or months come first.
    """
    seconds = [_seconds(value) for value in values]
    slashed = [position for position, second in enumerate(seconds) if second is None and "/" in str(values[position])]
    if slashed:
        _settle_slashes(values, positions=slashed, seconds=seconds, column=column)
    unread = [position for position, second in enumerate(seconds) if second is None]
    if unread:
        shown = ", ".join(f'row {p + 1} ("{values[p]}")' for p in unread[:SHOWN]) + (", ..." if unread[SHOWN:] else "")
        raise DataError(
            f'column "{column}" (time) holds no readable date in {len(unread)} of {len(values)} rows: {shown}; '
            "write dates as 2026-03-31 or 2026-03-31T14:05"
        )
    return [second for second in seconds if second is not None]


def _seconds(value: Any) -> float | None:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return _utc(datetime(value.year, value.month, value.day))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(float(value))
    text = " ".join(str(value).split()) if value is not None else ""
    if text.replace(".", "", 1).isdigit() and len(text.split(".")[0]) >= 10:
        return _epoch(float(text))
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return next((found for form in FORMATS if (found := _by(form, text)) is not None), None)


def _settle_slashes(values: Sequence[Any], *, positions: list[int], seconds: list[float | None], column: str) -> None:
    readings = {}
    for form in (DAY_FIRST, MONTH_FIRST):
        texts = [" ".join(str(values[position]).split()) for position in positions]
        readings[form] = [next((t for c in CLOCKS if (t := _by(form + c, text)) is not None), None) for text in texts]
    whole = [form for form, times in readings.items() if None not in times]
    if len(whole) == 2 and readings[DAY_FIRST] != readings[MONTH_FIRST]:
        raise DataError(
            f'column "{column}" (time) is ambiguous: "{values[positions[0]]}" may start with the day or the month, '
            "and no row settles it; write dates as 2026-03-31"
        )
    for position, second in zip(positions, readings[whole[0] if whole else DAY_FIRST]):
        seconds[position] = second if whole else None


def _by(form: str, text: str) -> float | None:
    try:
        return _utc(datetime.strptime(text, form))
    except ValueError:
        return None


def _utc(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _epoch(number: float) -> float | None:
    if not 0 < number < 1e14:  # also refuses NaN
        return None
    return number / 1000 if number >= FIRST_MILLISECONDS else number
