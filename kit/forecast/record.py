"""The forecast of a run as a record, and in words. Loads no network library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Forecast:
    """Of the whole run, from reading the data to the written proof.

    `parts` are seconds that add up to `wall_s`: prepare, load, forecast, train, evaluations, checkpoints, proof.
    `usd` and `amount` (in `currency`) price the whole run, where a summary's `cost` prices its training alone.
    """

    wall_s: float
    usd: float
    amount: float
    currency: str
    peak_memory_bytes: int
    energy_kwh: float | None
    steps: int
    measured_steps: int
    parts: dict[str, float]
    price: dict[str, Any]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"notes": list(self.notes)}


def forecast_lines(found: Forecast) -> list[str]:
    """One or two lines before a run."""
    parts = ", ".join(f"{name} {duration(seconds)}" for name, seconds in found.parts.items() if seconds >= 0.5)
    lines = [
        f"forecast {duration(found.wall_s)}, {money(found.usd, found.amount, found.currency)}, "
        f"{found.peak_memory_bytes / 2**30:.2f} GiB{_energy(found.energy_kwh)}; "
        f"{found.steps} steps, {found.measured_steps} measured"
    ]
    return lines + ([f"         {parts}{''.join(f'; {note}' for note in found.notes)}"] if parts or found.notes else [])


def against_actual(found: Mapping[str, Any] | None) -> str:
    """One line after a run: what it took over what was forecast; empty where there was no forecast or no end."""
    actual = (found or {}).get("actual")
    if not found or not actual:
        return ""
    return (
        f"took {duration(actual['wall_s'])} where {duration(found['wall_s'])} were forecast "
        f"({_off(actual['wall_s'], found['wall_s'])}), ${actual['usd']:.4f} where ${found['usd']:.4f} "
        f"and {actual['peak_memory_bytes'] / 2**30:.2f} GiB where {found['peak_memory_bytes'] / 2**30:.2f} "
        f"({_off(actual['peak_memory_bytes'], found['peak_memory_bytes'])})"
    )


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(8.4), duration(95), duration(9000)
    ('8 s', '1 min 35 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def money(usd: float, amount: float, currency: str) -> str:
    return f"${usd:.4f}" + ("" if currency == "USD" else f" ({amount:.4f} {currency})")


def _off(actual: float, forecast: float) -> str:
    return f"{100 * (actual / forecast - 1):+.0f} %" if forecast else "no forecast"


def _energy(kwh: float | None) -> str:
    return "" if kwh is None else f", {1000 * kwh:.1f} Wh"
