"""Frozen facts that cross layers; the unit of a number stands in its name."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Estimate:
    """A measured number with its interval: `n` is the number of independent rows (or clusters) behind it."""

    value: float
    low: float
    high: float
    n: int
    level: float = 0.95
    method: str = "bootstrap"

    def short(self) -> dict[str, float]:
        """The form in which summaries keep secondary metrics."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class PairedTest:
    """Two systems on the same rows: `diff` is first minus second, per row; wins and losses are of the first."""

    diff: float
    low: float
    high: float
    p_value: float
    wins: int
    losses: int
    ties: int
    test: str

    def as_dict(self) -> dict[str, float | int | str]:
        return asdict(self)
