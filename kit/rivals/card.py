"""The README.md of a run whose answers were made elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kit.card import cost_line, evidence_line, proof_lines, serving_line
from kit.runs import UNPARSABLE, Summary

SHOWN = 5


def external_card(summary: Summary, report: dict[str, Any], name: str, notes: Sequence[str],
                  unread: Sequence[Any]) -> str:  # fmt: skip
    """Proof, data, cost and limits of the answers; `unread` are the rows that count as wrong unread."""
    head = summary.headline or {}
    table = "\n".join(f"| {name} | {value} | {interval} |" for name, value, interval in proof_lines(summary))
    facts = [line for line in (cost_line(summary), serving_line(summary), evidence_line(summary), *notes) if line]
    bullets = "\n".join(f"- {line}" for line in facts)
    source = report["sources"]["test"]["source"]
    return f"""# {summary.run}

{summary.task}, answered by {name}; created {summary.created}. Nothing was trained here.

## Proof

| system | {head.get("metric", "")} on {head.get("n", 0)} held-out rows | 95 % interval |
|---|---|---|
{table}

{unread_lines(unread, head.get("n", 0))}

## Data

{report["splits"]["test"]} rows from `{source}`.

## Cost

{bullets}

## Limits

The interval covers the sampling of rows only. A hosted model can change behind its name: these answers are of the day
above. Compare on the same rows: `moatkit runs compare RUN {summary.run}`.
"""


def unread_lines(unread: Sequence[Any], rows: int) -> str:
    """How many answers could not be read, and the first of them."""
    if not unread:
        return "Every answer could be read."
    shown = "\n".join(f"- row {item.id}: {item.why}: {item.text[:120]!r}" for item in unread[:SHOWN])
    return f"{len(unread)} of {rows} answers could not be read and count as wrong (all in {UNPARSABLE}):\n{shown}"
