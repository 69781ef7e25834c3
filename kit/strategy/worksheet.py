"""The worksheets: a venture and its runs in, rows and tables out. Every screen, file and memo renders these rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kit.strategy.draws import LEVEL
from kit.strategy.measured import Runs
from kit.strategy.tables import add_tables
from kit.strategy.venture import Venture
from kit.strategy.workings import Row, Table, work

__all__ = ["SECTIONS", "Row", "Runs", "Table", "by_key", "worksheets"]

SECTIONS = ("gates", "evaluation", "request", "unit_economics", "market", "demand", "technology", "specifics",
            "positioning", "permissions", "capital", "actuals", "risk")


def worksheets(
    venture: Venture, runs: Runs | None = None, prices: Mapping[str, float] | None = None, *,
    language: str = "en", seed: int = 0, level: float = LEVEL,
) -> tuple[list[Row], list[Table]]:
    """Rows and tables of every section. `prices` are dollars by id of the price sheet, which the tripwires watch."""
    runs = runs or Runs()
    workings = work(venture, runs, language=language, seed=seed, level=level)
    tables = add_tables(workings, runs, prices or {})
    order = {section: place for place, section in enumerate(SECTIONS)}
    return sorted(workings.rows.values(), key=lambda row: order[row.section]), tables


def by_key(rows: Sequence[Row]) -> dict[str, Row]:
    """The rows by their keys."""
    return {row.key: row for row in rows}
