"""The labelling queue: which row next and why, what was given, and the file's next version. Never writes over a file.

Rows come in batches, each chosen with all labels known by then: first rows that cover the texts, later those that a
model is unsure of and labels that look wrong.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import data, frame, intake, people
from kit import runs
from kit.annotate.label_studio import Answer
from kit.annotate.probabilities import tfidf_features
from kit.annotate.queue import Pick, queue
from kit.annotate.versions import merge_answers, next_version
from kit.annotate.work import read_rows_to_label
from kit.data.columns import is_blank
from kit.data.sources import Loaded
from kit.data.written import write_rows

FIRST_BATCH, BATCH = 40, 20
MOST_WEIGHED = 5_000  # of either kind, labelled and not: a batch is chosen while a person waits
Said = dict[str, tuple[str, float]]


@dataclass(frozen=True)
class Row:
    """A row for the person; `label` is what it carries now, `guess` what a model answers, `why` it was chosen."""

    place: int
    id: str
    text: str
    reason: str
    why: str
    label: str | None = None
    guess: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Saved:
    """The new version, what changed, and the file to train on: its rows with a label, as training takes no others."""

    path: Path
    to_train: Path
    record: dict[str, Any]


@dataclass
class Work:
    """One person's pass over one file, kept in the session; rows are known by their place in the file."""

    path: Path
    loaded: Loaded
    rows: list[dict[str, Any]]
    columns: dict[str, str]
    answers: Said
    known: list[str]
    given: dict[int, str] = field(default_factory=dict)
    skipped: set[int] = field(default_factory=set)
    steps: list[tuple[Row, str | None]] = field(default_factory=list)
    batch: list[Row] = field(default_factory=list)

    @property
    def next_name(self) -> str:
        return next_version(self.path).name

    @property
    def num_left(self) -> int:
        """Rows with a text and, so far, no label."""
        return sum(row["label"] is None and bool(row["text"].strip()) and place not in self.given
                   for place, row in enumerate(self.rows))

    @property
    def labels(self) -> list[str]:
        """The commonest first; before there are any, those of the shown run."""
        counts = Counter(row["label"] for row in self.rows if row["label"] is not None) + Counter(self.given.values())
        return [name for name, _ in counts.most_common()] or self.known

    def current(self) -> Row | None:
        """The next row; skipped ones come back when all others are done."""
        found = self._next()
        if found is None:
            self.batch = self._chosen()
            found = self._next()
        if found is None and self.skipped:
            self.skipped.clear()
            self.batch = self._chosen()
            found = self._next()
        return found

    def offered(self, row: Row) -> list[str]:
        """Labels by key: the model's answer first, then the commonest."""
        first = [name for name in (row.guess, row.label) if name]
        return list(dict.fromkeys([*first, *self.labels]))

    def give(self, row: Row, label: str) -> None:
        self.given[row.place] = label
        self.steps.append((row, label))

    def skip(self, row: Row) -> None:
        self.skipped.add(row.place)
        self.steps.append((row, None))

    def undo(self) -> None:
        """The last row comes back as the next one."""
        if self.steps:
            row, _ = self.steps.pop()
            self.skipped.discard(row.place)
            self.given.pop(row.place, None)
            self.batch = [row, *(other for other in self.batch if other.place != row.place)]

    def save(self) -> Saved:
        """All rows with the labels given, as the next version beside the file, and what changed."""
        answers = [Answer(self.rows[place]["id"], self.rows[place]["text"], {people.person().name: label})
                   for place, label in self.given.items()]  # fmt: skip
        merged = merge_answers(self.loaded.rows, self.rows, answers, columns=self.columns)
        target, label = next_version(self.path), self.columns["label"]
        columns = list(dict.fromkeys([*self.loaded.columns, label]))
        write_rows(target, merged.rows, columns)
        with_label = [row for row in merged.rows if not is_blank(row.get(label))]
        if len(with_label) == len(merged.rows):
            return Saved(target, target, merged.record)
        to_train = target.with_name(f"{target.stem}.labelled{target.suffix}")
        write_rows(to_train, with_label, columns)
        return Saved(target, to_train, merged.record)

    def _next(self) -> Row | None:
        return next((row for row in self.batch if row.place not in self.given and row.place not in self.skipped), None)

    def _chosen(self) -> list[Row]:
        """The next batch, by all labels known now."""
        labels = [self.given.get(place, row["label"]) for place, row in enumerate(self.rows)]
        pool = _weighed(self.rows, labels, self.skipped)
        if not any(labels[place] is None or place not in self.given for place in pool):
            return []
        texts = [self.rows[place]["text"] for place in pool]
        said = [self.answers.get(text) for text in texts]
        covered = all(one is not None or labels[place] is not None for one, place in zip(said, pool))
        answers = [one or ("", 1.0) for one in said] if self.answers and covered else None
        is_cold = len({label for label in labels if label is not None}) < 2
        # rows that were decided here are not asked again, so a batch is chosen with room for them
        budget = (FIRST_BATCH if is_cold else BATCH) + len(self.given)
        picks = queue(texts, [labels[place] for place in pool], tfidf_features(texts), budget, answers=answers)
        fresh = [pick for pick in picks if pool[pick.row] not in self.given]
        return [self._row(pool[pick.row], pick) for pick in fresh[: FIRST_BATCH if is_cold else BATCH]]

    def _row(self, place: int, pick: Pick) -> Row:
        row = self.rows[place]
        guess, sure = self.answers.get(row["text"], (pick.suggested, None))
        return Row(place, row["id"], row["text"], pick.reason.replace(" ", "_"), pick.why, row["label"], guess, sure)


def files() -> dict[str, Path]:
    """Files that may hold rows to label: uploads and what was labelled of them."""
    found = sorted((intake.workplace() / "uploads").glob("*"), key=lambda path: -path.stat().st_mtime)
    return {
        path.name: path for path in found if path.suffix.lstrip(".") in intake.KINDS and not path.name.startswith(".")
    }


def open_file(path: Path) -> Work:
    """The session's work on a file; a file that changed is opened anew."""
    key = data.stamp(path)
    held = st.session_state.get("queue")
    if held is None or held[0] != key:
        answers, known = run_answers(frame.current())
        held = st.session_state["queue"] = (key, begin(path, answers, known))
    return held[1]


def begin(path: Path, answers: Said | None = None, known: Sequence[str] = ()) -> Work:
    """Work on a file from its start; `answers` are a run's, by text. Raises DataError."""
    loaded, rows, columns = read_rows_to_label(str(path), {})
    return Work(path, loaded, [row | {"id": str(row["id"])} for row in rows], columns, answers or {}, list(known))


def run_answers(here: frame.Frame) -> tuple[Said, list[str]]:
    """The shown run's answers by text, and its labels from the commonest; only a classifier's."""
    is_classifier = here.run.summary is not None and here.run.summary.task == "text_classification"
    if here.is_example or not is_classifier or not (here.run_path / runs.PREDICTIONS).is_file():
        return {}, []
    table = data.predictions(here.run_path).select(["input", "prediction", "confidence"]).to_pylist()
    answers = {row["input"]: (row["prediction"], row["confidence"] or 0.0) for row in table if row["prediction"]}
    return answers, [name for name, _ in Counter(said for said, _ in answers.values()).most_common()]


def _weighed(rows: Sequence[dict[str, Any]], labels: Sequence[str | None], skipped: set[int]) -> list[int]:
    """Places that a batch is chosen from: all where there are few, else a fixed sample of either kind."""
    places = [place for place, row in enumerate(rows) if row["text"].strip() and place not in skipped]
    kinds = [[p for p in places if labels[p] is None], [p for p in places if labels[p] is not None]]
    fair = [sorted(kind, key=lambda p: hashlib.sha256(rows[p]["text"].encode()).digest())[:MOST_WEIGHED]
            if len(kind) > MOST_WEIGHED else kind for kind in kinds]  # fmt: skip
    return sorted([*fair[0], *fair[1]])
