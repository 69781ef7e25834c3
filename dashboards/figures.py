"""Every number on every page, with its unit: K, M, B or 万, 亿; rates become percent here and nowhere else."""

from __future__ import annotations

import math

SYMBOLS = {"USD": "$", "CNY": "¥", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$", "SGD": "S$", "KRW": "₩",
           "INR": "₹"}  # fmt: skip
STEPS = {"en": ((1e9, "B"), (1e6, "M"), (1e4, "K")), "zh": ((1e8, "亿"), (1e4, "万"))}
DIVISOR = {"K": 1e3}
SHARES = {"fraction", "fraction/month", "probability", "confidence", "accuracy"}
POINTS = "points"
COUNTED = {  # unit -> (one, many, Chinese)
    "months": ("month", "months", "个月"), "days": ("day", "days", "天"), "rows": ("row", "rows", "行"),
    "requests/month": ("request/month", "requests/month", "次/月"), "accounts": ("account", "accounts", "个客户"),
    "ms": ("ms", "ms", "毫秒"), "s": ("s", "s", "秒"), "minutes": ("min", "min", "分钟"),
    "steps": ("step", "steps", "步"), "tokens": ("token", "tokens", "词元"), "reads": ("time", "times", "次"),
    "month": ("", "", ""), "units/s": ("rows/s", "rows/s", "行/秒"), "per_week": ("a week", "a week", "次/周"),
}  # fmt: skip
MISSING = "–"


def shown(value: float | None, unit: str = "", language: str = "en") -> str:
    """A number with its unit as a person reads it.

    >>> shown(0.883, "fraction"), shown(1234567, "USD"), shown(1234567, "CNY", "zh"), shown(0.00609, "USD")
    ('88.3 %', '$1.23M', '¥123万', '$0.00609')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if unit in SHARES:
        return f"{_digits(100 * value, 1)} %"
    if unit == POINTS:
        return f"{100 * value:{'+.1f' if value else '.0f'}} {'个百分点' if language == 'zh' else 'points'}"
    if unit in SYMBOLS:
        return f"{'-' if value < 0 else ''}{SYMBOLS[unit]}{scaled(abs(value), language, money=True)}"
    number = scaled(value, language)
    if unit in COUNTED:
        one, many, chinese = COUNTED[unit]
        word = chinese if language == "zh" else (one if value == 1 else many)
        return f"{number} {word}".strip()
    return number if unit in {"", "ratio"} or " = " in unit else f"{number} {unit}"


def interval(low: float | None, high: float | None, unit: str = "", language: str = "en") -> str:
    """Both ends; an open end is an ellipsis, and there is no text where there is no interval.

    >>> interval(0.859, 0.903, "fraction")
    '85.9 % – 90.3 %'
    """
    if low is None and high is None:
        return ""
    ends = [shown(end, unit, language) if end is not None else "…" for end in (low, high)]
    return " – ".join(ends)


def scaled(value: float, language: str = "en", *, money: bool = False) -> str:
    """Three significant digits with K, M, B or 万, 亿; whole numbers below 10,000 stay whole.

    >>> scaled(9999), scaled(20000), scaled(20000, "zh"), scaled(0.5, money=True), scaled(150, money=True)
    ('9,999', '20K', '2万', '0.50', '150')
    """
    size = abs(value)
    for step, letter in STEPS[language]:
        if size >= step:
            return f"{_three(value / DIVISOR.get(letter, step))}{letter}"
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 1 and value == int(value) and not money:
        return f"{int(value)}"
    if money and size >= 0.1:
        return f"{value:.2f}"
    return _three(value)


def _three(value: float) -> str:
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    if places > 8:
        return f"{value:.1e}"
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digits(value: float, places: int) -> str:
    if 0 < abs(value) < 0.1:
        return _three(value)
    return f"{value:.{places}f}"
