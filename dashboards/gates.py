"""The gates of the brief: what the run must prove, then the gates of the stage as the worksheets read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboards.run_table import difference_unit
from kit.runs import Summary
from kit.stats import rows_to_settle
from kit.strategy.gates import MOST_READS, Status
from kit.strategy.venture import Venture
from kit.strategy.worksheet import Row, Table


@dataclass(frozen=True)
class Line:
    """One gate: its measure with interval, its target, how it stands, and what would settle it.

    `sentence` says it in words where the worksheets do; `more` pieces of `evidence` would settle it for about `money`.
    """

    key: str
    value: float | str | None
    low: float | None
    high: float | None
    target: float | None
    unit: str
    status: Status
    more: int | None = None
    evidence: str = "rows"
    money: float | None = None
    is_worn: bool = False
    label: str | None = None
    sentence: str | None = None
    owner: str | None = None


def model_lines(venture: Venture, rows: Mapping[str, Row], summary: Summary | None) -> list[Line]:
    """What the run must show at every stage: right when it answers alone, and better than its untuned base."""
    paired = summary.versus_base if summary else None
    reads = int(((summary.evidence if summary else None) or {}).get("test_reads") or 0)
    answered = (rows["effective_rows"].value or 0.0) * (rows["automation_rate"].value or 0.0)
    lines = [_from_row(rows["accuracy_when_automated"], venture.quality.target_accuracy_when_automated.point, answered)]
    if paired:
        unit = difference_unit((summary.headline or {}).get("metric")) if summary else ""
        lines.append(_line("versus_base", paired["diff"], paired["low"], paired["high"], 0.0, unit))
    return [_worn(line) if reads >= MOST_READS else line for line in lines]


def stage_lines(tables: Sequence[Table]) -> list[Line]:
    """The gates of the venture's stage and those that hold at every stage."""
    table = next(table for table in tables if table.key == "gates")
    return [_of_table(row) for row in table.rows]


def overall(lines: Sequence[Line]) -> Status:
    """Missed where one is missed, else not yet proven where one is, else met."""
    found = {line.status for line in lines}
    return next((s for s in (Status.MISSED, Status.NOT_YET_PROVEN) if s in found), Status.MET)


def _of_table(row: Mapping[str, float | str | None]) -> Line:
    def number(name: str) -> float | None:
        value = row[name]
        return value if isinstance(value, int | float) else None

    def text(name: str) -> str | None:
        return str(row[name]) if row[name] else None

    more = number("more")
    return Line(str(row["gate"]), row["value"], number("low"), number("high"), number("target"), str(row["unit"] or ""),
                Status(str(row["status"])), None if more is None else int(more), text("evidence") or "",
                number("money"), label=text("label"), sentence=text("sentence"), owner=text("owner"))  # fmt: skip


def _from_row(row: Row, target: float, n: float) -> Line:
    line = _line(row.key, row.value, row.low, row.high, target, row.unit)
    if line.status is not Status.NOT_YET_PROVEN or not n or row.value is None:
        return line
    needed = rows_to_settle(row.value, target, 0.90)
    return replace(line, more=max(1, needed - int(n)) if needed else None)


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
    return replace(line, status=Status.NOT_YET_PROVEN, is_worn=True) if line.status is Status.MET else line
