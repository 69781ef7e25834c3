"""Rows of the runs table and series of the comparison: plain values and arrays, nothing drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboards import data, jobs
from dashboards.figures import interval, shown
from dashboards.words import language, plain
from kit import runs
from kit.errors import RunError
from kit.paired import compare

COLUMNS = ("run", "status", "metric", "best", "test", "versus_base", "cost", "time", "created", "task")
PAGE_ROWS = 50
FEWEST_ROWS_OF_A_SLICE = 10
MOST_SLICES = 12
STATUS_MARK = {"running": "▶", "done": "✓", "failed": "✕", "stopped": "■", "lost": "?", "broken": "!"}


def status_of(entry: data.Entry) -> str:
    """The summary's status; `lost` where it says running but the process we started is gone."""
    if entry.summary is None:
        return "broken"
    is_lost = entry.summary.status == "running" and jobs.is_gone(entry.path)
    return "lost" if is_lost else entry.summary.status


def wanted(entries: Sequence[data.Entry], text: str, status: str | None) -> list[data.Entry]:
    """Runs whose name holds the text and whose status is the one asked for."""
    held = text.strip().casefold()
    return [one for one in entries if held in one.name.casefold() and status in (None, status_of(one))]


def table_row(entry: data.Entry) -> dict[str, Any]:
    """One line of the table; best is of the validation rows while training, test is of the rows read once."""
    mark = status_of(entry)
    found: dict[str, Any] = dict.fromkeys(COLUMNS)
    found |= {"run": entry.name, "status": f"{STATUS_MARK[mark]} {plain(f'status_{mark}')}"}
    summary = entry.summary
    if summary is None:
        return found | {"metric": entry.error}
    head, paired, cost, train = summary.headline or {}, summary.versus_base, summary.cost or {}, summary.train or {}
    unit = metric_unit(head.get("metric"))
    best = data.best_validation(entry.path, summary)
    return found | {
        "metric": head.get("metric"), "best": None if best is None else shown(best, unit, language()),
        "test": f"{shown(head['value'], unit, language())} ({interval(head['low'], head['high'], unit, language())})"
        if head else None,
        "versus_base": shown(paired["diff"], difference_unit(head.get("metric")), language()) if paired else None,
        "cost": shown(cost.get("train_usd"), "USD", language()) if cost else None,
        "time": shown((train.get("wall_s") or 0) / 60, "minutes", language()) if train else None,
        "created": summary.created[:16].replace("T", " "), "task": summary.task,
    }  # fmt: skip


def comparable(entries: Sequence[data.Entry]) -> list[data.Entry]:
    """The first two runs that were scored on the same test rows; else the first proven one."""
    proven = [one for one in entries if one.is_proven]
    for place, one in enumerate(proven):
        print_ = _fingerprint(one)
        for other in proven[place + 1 :]:
            if print_ and _fingerprint(other) == print_:
                return [one, other]
    return proven[:1]


def comparable_names(run: data.Entry) -> list[str]:
    """Proven runs besides this one, those scored on its own test rows first."""
    others = [one for one in data.own_runs() if one.is_proven and one.path != run.path]
    return [one.name for one in sorted(others, key=lambda one: _fingerprint(one) != _fingerprint(run))]


def _fingerprint(entry: data.Entry) -> str | None:
    return ((entry.summary.evidence if entry.summary else None) or {}).get("test_fingerprint")


def difference_unit(metric: str | None) -> str:
    """Shares differ by points; an error or a score of its own scale by itself."""
    return "points" if metric_unit(metric) == "fraction" else ""


def metric_unit(metric: str | None) -> str:
    return "" if metric in {"rmse", "mae", "perplexity", "loss", None} else "fraction"


def differences(first: data.Entry, second: data.Entry) -> list[dict[str, Any]]:
    """Paired differences first minus second on shared test rows: all of them, and by each slice that both have."""
    return _differences(data.stamp(first.path / runs.PREDICTIONS), data.stamp(second.path / runs.PREDICTIONS))


@st.cache_data(max_entries=64, show_spinner=False)
def _differences(first: data.Stamp, second: data.Stamp) -> list[dict[str, Any]]:
    tables = [_scored(runs.read_predictions(_folder(key))) for key in (first, second)]
    shared = sorted(tables[0].keys() & tables[1].keys())
    if not shared:
        raise RunError("no test row with the same id and text in both runs; they cannot be compared", 2)
    pairs = np.array([[tables[0][key][0], tables[1][key][0]] for key in shared], float)
    names = [tables[0][key][1] for key in shared]
    groups = [tables[0][key][2] for key in shared]
    found = [_paired("", pairs, groups)]
    for slice_ in sorted({name for row in names for name in row})[:MOST_SLICES]:
        places = [i for i, row in enumerate(names) if slice_ in row]
        if len(places) >= FEWEST_ROWS_OF_A_SLICE:
            found.append(_paired(slice_, pairs[places], [groups[i] for i in places]))
    return found


def _folder(key: data.Stamp) -> Path:
    return Path(key[0]).parent


def _paired(name: str, pairs: np.ndarray, groups: Sequence[str | None]) -> dict[str, Any]:
    clusters = list(groups) if any(group is not None for group in groups) else None
    test = compare(pairs[:, 0], pairs[:, 1], clusters=clusters)
    return {"slice": name, "n": len(pairs), "diff": test.diff, "low": test.low, "high": test.high,
            "p_value": test.p_value, "wins": test.wins, "losses": test.losses, "ties": test.ties}  # fmt: skip


def _scored(table: Any) -> dict[tuple[str, str], tuple[float, list[str], str | None]]:
    """(id, input) of a test row -> its score, the slices it stands in and its group."""
    slices = [name for name in table.column_names if name.startswith("slice_")]
    columns = table.select(["id", "split", "input", "score", "group", *slices]).to_pydict()
    rows = zip(columns["id"], columns["split"], columns["input"], columns["score"], strict=True)
    return {
        (id_, text): (
            score,
            [f"{s.removeprefix('slice_')} = {columns[s][i]}" for s in slices if columns[s][i] is not None],
            columns["group"][i],
        )
        for i, (id_, split, text, score) in enumerate(rows)
        if split == "test" and score is not None
    }


def curve(entry: data.Entry, split: str, x: str, y: str | None = None) -> tuple[list[float], list[float]]:
    """A series of metrics.jsonl over money spent or units seen; units are steps times the rows of a step."""
    xs, ys = [], []
    per_step = _units_per_step(entry)
    for line in data.progress(entry.path):
        value = line.get(y) if y else next((v for k, v in line.items() if k not in _FACTS), None)
        if line["split"] == split and isinstance(value, int | float):
            xs.append(float(line.get("cost_so_far") or 0.0) if x == "money" else line["step"] * per_step)
            ys.append(float(value))
    return xs, ys


_FACTS = {"segment", "step", "split", "wall_s", "cost_so_far"}


def _units_per_step(entry: data.Entry) -> float:
    train = (entry.summary.train if entry.summary else None) or {}
    if train.get("units") and train.get("steps"):
        return float(train["units"]) / float(train["steps"])
    size = (data.run_config(entry.path).get("batch") or {}).get("size")
    return float(size) if isinstance(size, int) else 1.0
