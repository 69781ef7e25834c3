"""What the verbs of money print: JSON for a machine, plain tables for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from kit.strategy.gates import Verdict
from kit.strategy.labels import label
from kit.strategy.measured import MeasuredRun
from kit.strategy.workings import Row, Table

MOST_LINES = 12
# of wide tables, the columns that a terminal has room for; JSON has all of them
PRINTED = {
    "gates": ["label", "status", "sentence", "owner"],
    "permission_path": ["jurisdiction", "rule", "months_low", "months_high", "cost", "earliest_launch", "source"],
}


def json_out(found: Any) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False, default=str))


def plain_table(title: str, columns: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> None:
    """A table without frames, which survives a copy into a mail."""
    grid = Grid(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for line in lines:
        grid.add_row(*(Text(cell(line.get(column))) for column in columns))
    Console().print(grid)


def cell(found: Any) -> str:
    if found is None:
        return ""
    return f"{found:,.6g}" if isinstance(found, int | float) and not isinstance(found, bool) else str(found)


def line_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its interval in one cell."""
    ends = [cell(row["low"]), cell(row["high"])] if row["low"] is not None or row["high"] is not None else []
    source = row["sources"][0] if row["sources"] else {}
    more = f" +{len(row['sources']) - 1}" if len(row["sources"]) > 1 else ""
    runs = [s for s in row["sources"] if s["kind"] == "run"]
    shown = runs[0] if runs else source
    return {"": row["label"], "value": row["state"] or row["value"], "interval": " to ".join(x or "?" for x in ends),
            "unit": row["unit"], "source": f"{shown.get('kind', '')} {shown.get('ref', '')}"[:40] + more}


def worksheets(rows: Sequence[Row], tables: Sequence[Table], language: str) -> None:
    for section in dict.fromkeys(row.section for row in rows):
        lines = [line_of(row.as_json()) for row in rows if row.section == section]
        plain_table(label(section, language), ["", "value", "interval", "unit", "source"], lines)
        print()
    for table in tables:
        columns = PRINTED.get(table.key) or [column["key"] for column in table.columns][:9]
        plain_table(label(table.key, language), columns, table.rows[:MOST_LINES])
        print()


def say_no_run(run: MeasuredRun | None, kind: str) -> None:
    if run is None:
        print(f"No run is named: quality is assumed (source {kind}). Measure it: moatkit worksheet --run RUN")


def report(found: Mapping[str, Any]) -> None:
    """One run in money, as a list and its errors."""
    rows = [line_of(part) for part in found.values() if isinstance(part, Mapping) and "formula" in part]
    plain_table(f"{found['run']} under {found['venture']}", ["", "value", "interval", "unit", "source"], rows)
    print()
    plain_table("Errors by class and year", ["error_class", "payer", "count", "cost_per_year", "low", "high"],
                found["errors_by_class"])
    known = found["information"]
    for name, text in (("next_1000_labels_usd", "Next 1,000 labels, dollars a year"),
                       ("no_errors_left_usd", "At most, if labels removed every error"),
                       ("next_1000_test_rows_usd", "1,000 more test rows")):
        part = known[name]
        print(f"{text}: {cell(part['value']) or part['state']}" + (f" ({part['why']})" if part.get("why") else ""))
    if "against" in found:
        price = found["against"]["critical_error_price_usd"]
        print(f"Against {found['against']['run']}: the ranking flips at an error price of "
              f"{cell(price['value']) or price['state']} dollars")


def verdicts(found: Sequence[Verdict], as_json: bool) -> None:
    if as_json:
        from kit.strategy.acceptance import overall

        json_out({"status": str(overall(found)),
                  "gates": [{"status": str(v.status), "sentence": v.sentence} for v in found]})
        return
    for verdict in found:
        print(f"{verdict.status.replace('_', ' ')}: {verdict.sentence}")


def price_lines(lines: Sequence[Mapping[str, Any]]) -> None:
    columns = ["id", "device", "price", "currency", "per", "price_usd", "checked", "stale"]
    if lines and lines[0]["converted_to"]:
        columns.insert(6, "price_converted")
    plain_table("Prices", columns, lines)
