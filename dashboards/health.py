"""What data.json and the held-out rows say about the data: leakage, licence, losses, lengths, labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboards import data
from kit import runs
from kit.data.sources import read_rows
from kit.errors import KitError
from kit.strategy.gates import Status

MOST_LABELS = 30
FEWEST_TEST_ROWS = 200
BINS = 24


@dataclass(frozen=True)
class Check:
    """One question about the data and how it stands."""

    key: str
    status: Status
    value: str


def checks(report: Mapping[str, Any], summary: runs.Summary | None) -> list[Check]:
    """Leakage, size of the test split, rows lost, licence."""
    leak, splits = report.get("leakage"), report["splits"]
    licence = (summary.licence if summary else None) or {}
    seen = leak["exact"] + leak["near"] if leak else None
    lost, came = sum(rows_lost(report).values()), rows_in(report)
    allowed = {"yes": Status.MET, "no": Status.MISSED}.get(str(licence.get("commercial_use")), Status.NOT_YET_PROVEN)
    return [
        Check("leakage", Status.NOT_YET_PROVEN if seen is None else Status.MISSED if seen else Status.MET,
              "?" if seen is None else str(seen)),
        Check("size", Status.MET if splits["test"] >= FEWEST_TEST_ROWS else Status.NOT_YET_PROVEN, str(splits["test"])),
        Check("lost", Status.MET if lost <= 0.01 * came else Status.NOT_YET_PROVEN, f"{lost} / {came}"),
        Check("licence", allowed, str(report.get("licence") or "?")),
    ]  # fmt: skip


def overall(found: Sequence[Check]) -> Status:
    """Missed where one is missed, else not yet proven where one is, else met."""
    statuses = {one.status for one in found}
    return next((s for s in (Status.MISSED, Status.NOT_YET_PROVEN) if s in statuses), Status.MET)


def rows_in(report: Mapping[str, Any]) -> int:
    return sum(source["rows_in"] for source in report["sources"].values())


def rows_lost(report: Mapping[str, Any]) -> dict[str, int]:
    """Rows that did not get in, by reason, the commonest first."""
    reasons: Counter[str] = Counter()
    for source in report["sources"].values():
        reasons.update(source.get("skipped") or {})
    for name, step in (report.get("filters") or {}).items():
        reasons[name] += int(step.get("rows_out", 0)) if isinstance(step, dict) else 0
    return {reason.replace("_", " "): count for reason, count in reasons.most_common() if count}


def lengths(folder: Path) -> tuple[list[float], list[int]] | None:
    """Edges and counts of the held-out rows' lengths in tokens."""
    if not (folder / runs.PREDICTIONS).is_file():
        return None
    table = data.predictions(folder)
    if "input_tokens" not in table.column_names:
        return None
    tokens = np.array([n for n in table["input_tokens"].to_pylist() if n is not None])
    if not len(tokens):
        return None
    counts, edges = np.histogram(tokens, bins=min(BINS, max(4, int(tokens.max() - tokens.min()))))
    return edges.tolist(), counts.tolist()


def cut_off(folder: Path) -> int | None:
    """The length beyond which rows are cut, where the run's config names one."""
    found = (data.run_config(folder).get("options") or {}).get("max_length")
    return int(found) if isinstance(found, int) else None


def labels(folder: Path) -> tuple[list[str], dict[str, list[float]]] | None:
    """Labels and their shares of the training and the test rows, the commonest in test first."""
    if not (folder / runs.PREDICTIONS).is_file():
        return None
    table = data.predictions(folder)
    rows = zip(table["split"].to_pylist(), table["reference"].to_pylist())
    test = Counter(reference for split, reference in rows if split == "test" and reference is not None)
    if not test or len(test) > 200:
        return None
    source = data.run_json(folder, runs.DATA)["sources"].get("train")  # answers made elsewhere were trained on nothing
    train = Counter[str]() if source is None else _train_labels(
        data.stamp(Path(source["source"])), source["columns"].get("label") or "")
    names = [name for name, _ in test.most_common(MOST_LABELS)]
    counts = {"train": train, "test": test}
    return names, {
        split: [count[name] / sum(count.values()) for name in names] for split, count in counts.items() if count
    }


@st.cache_data(max_entries=16, show_spinner=False)
def _train_labels(key: data.Stamp, column: str) -> Counter[str]:
    """Labels of the training file, while it is still where the run read it."""
    try:
        rows = read_rows(key[0]).rows if key[2] >= 0 else []
    except KitError:
        return Counter()
    return Counter(str(row[column]) for row in rows if row.get(column) is not None)
