"""The labelling queue: which row next, what was given, and the file's next version. Never writes over a file.

With answers of a run the least sure row comes first; without any, rows come in the fixed shuffled order of their
content, so that the first labels are a fair sample. The seam for another order is `_ordered`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import streamlit as st

from dashboards import data, frame, intake
from kit import runs
from kit.data.columns import RoleSpec, is_blank, resolve_columns
from kit.data.sources import Loaded, read_rows
from kit.errors import DataError

_VERSION = re.compile(r"^(?P<stem>.*?)(?:\.v(?P<number>\d+))?$")
ROLES: dict[str, RoleSpec] = {"id": {"required": False, "type": "id"}, "label": {"required": False, "type": "any"},
         "text": {"required": True, "type": "text"}}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row without a label; `guess` is a run's answer to the same text."""

    id: str
    text: str
    guess: str | None = None
    confidence: float | None = None


@dataclass
class Work:
    """One person's pass over one file, kept in the session."""

    path: Path
    loaded: Loaded
    columns: dict[str, str | None]
    rows: list[Row]
    labels: list[str]
    order: str
    next_name: str
    given: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    steps: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def num_left(self) -> int:
        return len(self.rows) - len(self.given)

    def current(self) -> Row | None:
        """The next row: skipped ones come back when all others are done."""
        open_rows = [row for row in self.rows if row.id not in self.given]
        fresh = (row for row in open_rows if row.id not in self.skipped)
        return next(fresh, open_rows[0] if open_rows else None)

    def offered(self, row: Row) -> list[str]:
        """Labels by key: the run's answer first, then the commonest."""
        first = [row.guess] if row.guess else []
        return list(dict.fromkeys([*first, *self.labels]))

    def give(self, row: Row, label: str) -> None:
        self.given[row.id] = label
        self.labels += [label] if label not in self.labels else []
        self.steps.append((row.id, label))

    def skip(self, row: Row) -> None:
        self.skipped.add(row.id)
        self.steps.append((row.id, None))

    def undo(self) -> None:
        if self.steps:
            row_id, label = self.steps.pop()
            self.skipped.discard(row_id) if label is None else self.given.pop(row_id, None)

    def save(self) -> Path:
        """All rows with the labels given so far, as the next version beside the file it came from."""
        target = next_version(self.path)
        column = self.columns["label"] or "label"
        ids = _ids(self.loaded, self.columns)
        rows = [{**row, column: self.given.get(row_id, row.get(column))} for row_id, row in zip(ids, self.loaded.rows)]
        names = list(dict.fromkeys([*self.loaded.columns, column]))
        columns = {name: [None if row.get(name) is None else str(row[name]) for row in rows] for name in names}
        aside = target.with_name(f".{target.name}")
        pacsv.write_csv(pa.table(columns), aside)
        aside.replace(target)
        self.next_name = next_version(self.path).name
        return target


def files() -> dict[str, Path]:
    """Files that may hold rows to label: uploads and what was labelled of them."""
    found = sorted((intake.workplace() / "uploads").glob("*"), key=lambda path: -path.stat().st_mtime)
    return {
        path.name: path for path in found if path.suffix.lstrip(".") in intake.KINDS and not path.name.startswith(".")
    }


def next_version(path: Path) -> Path:
    """data.csv -> data.v2.csv -> data.v3.csv; the first name that is free."""
    match = _VERSION.match(path.stem)
    assert match is not None
    number = int(match["number"] or 1) + 1
    while (target := path.with_name(f"{match['stem']}.v{number}.csv")).exists():
        number += 1
    return target


def open_file(path: Path) -> Work:
    """The session's work on a file; a file that changed is opened anew."""
    key = data.stamp(path)
    held = st.session_state.get("queue")
    if held is None or held[0] != key:
        held = st.session_state["queue"] = (key, _open(path))
    return held[1]


def _open(path: Path) -> Work:
    loaded = read_rows(path)
    columns = resolve_columns(loaded, {}, ROLES).columns
    text, label = columns["text"], columns["label"]
    if text is None:
        raise DataError(f"{path.name}: no column with text was found; name one `text`")
    answers, known = _answers()
    rows = [
        Row(row_id, str(row[text]), *answers.get(str(row[text]), (None, None)))
        for row_id, row in zip(_ids(loaded, columns), loaded.rows)
        if not is_blank(row.get(text)) and (label is None or is_blank(row.get(label)))
    ]
    counts = Counter(str(row[label]) for row in loaded.rows if label and not is_blank(row.get(label)))
    labels = [name for name, _ in counts.most_common()] or known
    is_scored = any(row.confidence is not None for row in rows)
    order = "unsure" if is_scored else "fair"
    return Work(path, loaded, columns, _ordered(rows), labels, order, next_version(path).name)


def _ids(loaded: Loaded, columns: dict[str, str | None]) -> list[str]:
    column = columns["id"]
    return [
        str(row[column]) if column and row.get(column) else f"row {place}" for place, row in enumerate(loaded.rows, 1)
    ]


def _ordered(rows: list[Row]) -> list[Row]:
    def shuffled(row: Row) -> str:
        return hashlib.sha256(row.text.encode()).hexdigest()

    return sorted(rows, key=lambda row: (2.0 if row.confidence is None else row.confidence, shuffled(row)))


def _answers() -> tuple[dict[str, tuple[str, float | None]], list[str]]:
    """The shown run's answers by text, and its labels from the commonest."""
    folder = frame.current().run_path
    if frame.current().is_example or not (folder / runs.PREDICTIONS).is_file():
        return {}, []
    table = data.predictions(folder).select(["input", "prediction", "confidence"]).to_pydict()
    answers = {text: (said, sure) for text, said, sure in zip(*table.values(), strict=True)}
    return answers, [name for name, _ in Counter(table["prediction"]).most_common()]
