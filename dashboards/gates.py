"""The gates of the brief: what was measured against what was aimed at, read off the worksheets and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.runs import Summary
from kit.stats import rows_to_settle
from kit.strategy.gates import MOST_READS, Status
from kit.strategy.venture import Venture
from kit.strategy.worksheet import Row


@dataclass(frozen=True)
class Line:
    """One gate: its measure with interval, its target, how it stands, and how many more test rows would settle it."""

    key: str
    value: float | None
    low: float | None
    high: float | None
    target: float
    unit: str
    status: Status
    more_rows: int | None = None
    is_worn: bool = False


def gate_lines(venture: Venture, rows: Mapping[str, Row], summary: Summary | None) -> list[Line]:
    """Quality, gain over the base, money saved, margin and runway, in the order in which they are proven."""
    paired = summary.versus_base if summary else None
    reads = int(((summary.evidence if summary else None) or {}).get("test_reads") or 0)
    n = rows["effective_rows"].value or 0.0
    share = rows["accuracy_when_automated"]
    lines = [
        _from_row(
            share, venture.quality.target_accuracy_when_automated.point, n=n * (rows["automation_rate"].value or 0)
        )
    ]
    if paired:
        lines.append(_line("versus_base", paired["diff"], paired["low"], paired["high"], 0.0, "points"))
    lines.append(_from_row(rows["saving_per_request"], 0.0))
    lines.append(_from_row(rows["gross_margin"], venture.capital.target_margin.point))
    quality = {"accuracy_when_automated", "versus_base"}
    return [_worn(line) if reads >= MOST_READS and line.key in quality else line for line in lines]


def overall(lines: Sequence[Line]) -> Status:
    """Missed where one is missed, else not yet proven where one is, else met."""
    found = {line.status for line in lines}
    return next((s for s in (Status.MISSED, Status.NOT_YET_PROVEN) if s in found), Status.MET)


def _from_row(row: Row, target: float, n: float = 0.0) -> Line:
    line = _line(row.key, row.value, row.low, row.high, target, row.unit)
    if line.status is not Status.NOT_YET_PROVEN or not n or row.value is None:
        return line
    needed = rows_to_settle(row.value, target, 0.90)
    more = max(1, needed - int(n)) if needed else None
    return Line(**{**vars(line), "more_rows": more})


def _line(key: str, value: float | None, low: float | None, high: float | None, target: float, unit: str) -> Line:
    status = Status.NOT_YET_PROVEN
    if low is not None and low >= target:
        status = Status.MET
    elif high is not None and high < target:
        status = Status.MISSED
    elif value is not None and low is None and high is None:
        status = Status.MET if value >= target else Status.MISSED
    return Line(key, value, low, high, target, unit, status)


def _worn(line: Line) -> Line:
    """A pass on rows that were read too often is no proof; a miss stays a miss."""
    return (
        Line(**{**vars(line), "status": Status.NOT_YET_PROVEN, "is_worn": True}) if line.status is Status.MET else line
    )
