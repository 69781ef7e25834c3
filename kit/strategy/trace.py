"""Rows -> metric -> assumption -> formula for any figure: how it was worked out, down to who said each number."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import VentureError
from kit.strategy.formulas import GIVEN
from kit.strategy.workings import Row

# where the leaves stand that are no single assumption of GIVEN
PLACES = {
    "loss_us": "errors", "loss_customer": "errors", "replica_cost_per_month": "serving.replica_cost_per_month",
    "requests_per_replica_month": "serving.requests_per_replica_month", "usd_per_unit": "exchange_rates.USD",
    "right_share": "quality", "wrong_share": "quality", "handed_share": "quality", "accuracy": "quality.accuracy",
    "ellis_score": "fit", "expected_loss": "risks", "p_any_risk": "risks", "tripwires_tripped": "tripwires",
    **{key: place for _, key, place, _ in GIVEN},
}
DOCUMENTS = ("demand", "specifics", "permissions", "actuals")


@dataclass(frozen=True)
class Measured:
    """A run behind a figure: its metric, its file of rows, how many of them by split, and their fingerprint."""

    run: str
    metric: str
    file: str
    rows: Mapping[str, int]
    fingerprint: str


@dataclass(frozen=True)
class Step:
    """One figure of the trace at its depth; `seen` says that its own inputs were shown above."""

    depth: int
    row: Row
    place: str | None
    measured: tuple[Measured, ...]
    seen: bool = False

    def as_json(self) -> dict[str, Any]:
        row = self.row.as_json()
        return {"depth": self.depth, **row, "place": self.place, "seen": self.seen,
                "measured": [vars(found) for found in self.measured]}


def trace(rows: Sequence[Row], key: str, runs: Sequence[Measured] = ()) -> list[Step]:
    """The figure first, then everything it was worked out from, deepest last; each figure is opened once."""
    known = {row.key: row for row in rows}
    if key not in known:
        near = difflib.get_close_matches(key, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`moatkit worksheet --json` lists every key"
        raise VentureError(f"{key!r} is no figure of this worksheet: {hint}")
    found: list[Step] = []
    opened: set[str] = set()

    def visit(name: str, depth: int) -> None:
        row = known[name]
        again = name in opened and bool(row.inputs)
        found.append(Step(depth, row, None if row.inputs else place_of(row), _runs_of(row, runs), again))
        opened.add(name)
        if not again:
            for part in row.inputs:
                visit(part, depth + 1)

    visit(key, 0)
    return found


def place_of(row: Row) -> str | None:
    """Where in the venture a number without a formula stands; None where a run measured it."""
    if any(source["kind"] == "run" for source in row.sources) and row.section == "evaluation":
        return None
    if row.key in PLACES:
        return PLACES[row.key]
    return row.section if row.section in DOCUMENTS else None


def _runs_of(row: Row, runs: Sequence[Measured]) -> tuple[Measured, ...]:
    """The runs whose rows a leaf was read from; a price or a throughput of a run comes from its summary alone."""
    if row.inputs or not (row.section == "evaluation" or row.key.startswith("loss_")):
        return ()
    named = {source["ref"] for source in row.sources if source["kind"] == "run"}
    return tuple(run for run in runs if run.run in named)
