"""Tables on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from kit import card
from kit.runs import Summary


def console() -> Console:
    """A console as wide as the terminal; 120 columns where the output is a file."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120, highlight=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; markup in the cells stays text."""
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left")
    for column in columns:
        drawn.add_column(column)
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(drawn)


def proof(summary: Summary) -> None:
    """The proof table and what it means."""
    head = summary.headline
    if head:
        title = f"{summary.run}: {head['metric']} on {head['n']} held-out rows"
        table(title, ["system", head["metric"], "95 % interval"], card.proof_lines(summary))
    lines = [card.verdict(summary), card.best_plain(summary), card.cost_line(summary), card.forecast_line(summary),
             card.serving_line(summary), card.evidence_line(summary)]  # fmt: skip
    for line in lines:
        if line:
            console().print(line, markup=False, soft_wrap=True)


def run_row(name: str, summary: Summary) -> list[object]:
    head, cost = summary.headline, summary.cost
    value = f"{head['value']:.4f} ({head['low']:.4f} - {head['high']:.4f})" if head else "-"
    state = summary.status + (f" ({summary.stop_reason})" if summary.stop_reason else "")
    spent = cost.get("answers_usd", cost["train_usd"]) if cost else None
    usd = "-" if spent is None else f"{spent:.4f}"
    return [name, summary.task, state, head["metric"] if head else "-", value, usd, summary.created]
