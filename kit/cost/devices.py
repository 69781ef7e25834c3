"""Which row of the sheet prices a device: recognises the names that frameworks print, says what it chose and why."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from kit.cost.money import Price, currency_code, parse_price
from kit.cost.sheet import PriceRow, Sheet, load_sheet, to_usd
from kit.errors import PriceError

# First match wins, so the narrower name stands before the wider one.
PATTERNS: tuple[tuple[str, str], ...] = (
    (r"\bB200\b", "B200"),
    (r"\bH200\b", "H200"),
    (r"\bH20\b", "H20"),
    (r"\bH100\b.*(PCIE|NVL)", "H100 PCIe"),
    (r"\bH100\b", "H100 SXM"),
    (r"\bA100\b.*\b40 ?GB", "A100 40GB"),
    (r"\bA100\b", "A100 80GB"),
    (r"\bA800\b", "A800 80GB"),
    (r"\bL40S\b", "L40S"),
    (r"\bL4\b", "L4"),
    (r"\bA10G?\b", "A10G"),
    (r"\bT4\b", "T4"),
    (r"\b5090\b", "RTX 5090"),
    (r"\b4090 ?D?\b", "RTX 4090"),
    (r"\b3090\b", "RTX 3090"),
    (r"\bMI300X\b", "MI300X"),
    (r"910B\d?\b", "Ascend 910B"),
)

_CPU_NAME = re.compile(r"\b(CPU|XEON|EPYC|RYZEN|CORE|X86|AMD64|AARCH64|ARM64|GRAVITON|KUNPENG)\b")


@dataclass(frozen=True)
class Choice:
    """A price for a device, the row behind it (none where typed by hand) and one sentence that says why."""

    price: Price
    row: PriceRow | None
    why: str


def device_kind(name: str | None) -> str | None:
    """The sheet's name of an accelerator, or None for a CPU and for anything unknown.

    >>> device_kind("NVIDIA H100 80GB HBM3"), device_kind("NVIDIA A100-PCIE-40GB"), device_kind("cpu")
    ('H100 SXM', 'A100 40GB', None)
    """
    return next((kind for pattern, kind in PATTERNS if re.search(pattern, _words(name))), None)


def is_cpu(name: str | None) -> bool:
    """Whether a description names a CPU; no description counts as one.

    >>> is_cpu(None), is_cpu("Intel(R) Xeon(R) Platinum"), is_cpu("NVIDIA GeForce GTX 1650")
    (True, True, False)
    """
    return not (name or "").strip() or (device_kind(name) is None and bool(_CPU_NAME.search(_words(name))))


def nearest(
    device_name: str | None, currency: str | None = None, *, cores: int | None = None, sheet: Sheet | None = None
) -> Choice:
    """The row that prices an hour of a device.

    The median on-demand price among the sellers is taken, neither the cheapest nor the dearest. Without `currency` that
    is a price from outside mainland China where there is one; with it, one quoted in that currency where there is one.
    A CPU, no name and an unknown name are priced by the vCPU, times `cores` (this machine's where none are given).
    """
    sheet = sheet or load_sheet()
    kind = device_kind(device_name)
    rows = [row for row in sheet.rows if row.kind == "gpu" and row.device == kind]
    if kind is None or not rows:
        return _cpu(device_name, currency, cores or os.cpu_count() or 1, sheet)
    rows, remark = _prefer(rows, currency)
    row, described = _median(rows, lambda row: row.price, sheet)
    why = f"{device_name!r} is priced as {kind}: {row.provider} at {row.price:g} {row.currency}/hour, {described}"
    return Choice(row.as_price(), row, why + remark)


def resolve(
    setting: str | None, device_name: str | None = None, *, cores: int | None = None, sheet: Sheet | None = None
) -> Choice:
    """The hourly price that a configuration asks for: the id of a row, "2.9 CNY/hour", or None for the nearest row."""
    sheet = sheet or load_sheet()
    if setting is None:
        return nearest(device_name, cores=cores, sheet=sheet)
    if re.search(r"[\s/$€£¥￥元]", setting) or re.fullmatch(r"[-+]?[\d.,]+\w*", setting):
        return Choice(parse_price(setting), None, f"{setting!r} as written in the configuration")
    row = sheet.row(setting)
    if row.per != "hour":
        raise PriceError(f"{setting!r} is priced per {row.per}, not per hour: choose a gpu or cpu row")
    return Choice(row.as_price(), row, f"row {row.id!r}: {row.provider} {row.device}, checked {row.checked}")


def _cpu(device_name: str | None, currency: str | None, cores: int, sheet: Sheet) -> Choice:
    rows, remark = _prefer([row for row in sheet.rows if row.kind == "cpu"], currency)
    row, described = _median(rows, lambda row: row.price / (row.vcpus or 1), sheet)
    per_vcpu = row.price / (row.vcpus or 1)
    head = (
        "a CPU is priced by the core"
        if is_cpu(device_name)
        else f"{device_name!r} is not in the price sheet: priced as a CPU, too low for an accelerator (set cost.price)"
    )
    why = (
        f"{head}: {cores} x {per_vcpu:.4g} {row.currency}/hour, from {row.provider} {row.device} "
        f"({row.vcpus} vCPU for {row.price:g}), {described}"
    )
    return Choice(replace(row.as_price(), amount=per_vcpu * cores), row, why + remark)


def _words(name: str | None) -> str:
    return re.sub(r"[-_/()]", " ", (name or "").upper())


def _prefer(rows: list[PriceRow], currency: str | None) -> tuple[list[PriceRow], str]:
    remark = ""
    if currency is None:
        rows = [row for row in rows if row.region == "global"] or rows
    elif quoted := [row for row in rows if row.currency == currency_code(currency)]:
        rows = quoted
    else:
        remark = f"; no row is quoted in {currency_code(currency)}"
    return [row for row in rows if row.tier == "on_demand"] or rows, remark


def _median(rows: list[PriceRow], amount: Callable[[PriceRow], float], sheet: Sheet) -> tuple[PriceRow, str]:
    """The lower median, and words for it. Rows are compared in dollars, the returned row keeps its own currency."""
    ranked = sorted(rows, key=lambda row: (to_usd(amount(row), row.currency, sheet), row.id))
    row = ranked[(len(ranked) - 1) // 2]
    tier = row.tier.replace("_", "-")
    words = f"the only {tier} price" if len(ranked) == 1 else f"the median of {len(ranked)} {tier} prices"
    return row, f"{words}, checked {row.checked} ({row.confidence})"
