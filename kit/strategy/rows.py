"""Held-out rows of a run as the money functions read them, and what they say about automation.

`Rows` is a frozen record of numpy columns; nothing here opens a file. `Outcome` is what a confidence threshold makes
of the rows: answered right, answered wrong, handed to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.errors import VentureError
from kit.stats import measured_design_effect
from kit.strategy.draws import DRAWS, LEVEL, Quantity, interval, nothing, stream
from kit.strategy.states import State, Value, ratio

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERS = ("confidence", "input_tokens", "output_tokens", "latency_ms")


@dataclass(frozen=True)
class Rows:
    """Columns of one length; a column the run did not record is None."""

    split: np.ndarray
    correct: np.ndarray
    """bool; base_correct likewise"""
    confidence: np.ndarray | None = None
    base_correct: np.ndarray | None = None
    error_class: np.ndarray | None = None
    input_tokens: np.ndarray | None = None
    output_tokens: np.ndarray | None = None
    latency_ms: np.ndarray | None = None
    group: np.ndarray | None = None
    reference: np.ndarray | None = None
    prediction: np.ndarray | None = None

    @classmethod
    def from_columns(cls, table: pa.Table | Mapping[str, Any]) -> Rows:
        """Rows from a pyarrow Table or a mapping of columns; other columns are left alone."""
        columns: dict[str, np.ndarray] = {}
        for name in (field.name for field in fields(cls)):
            column = _column(table, name)
            if column is not None:
                columns[name] = column
        if "correct" not in columns:
            raise VentureError("predictions have no usable column `correct`: evaluate the run on rows with a reference")
        size = len(columns["correct"])
        for name, column in columns.items():
            if len(column) != size:
                raise VentureError(f"column {name} has {len(column)} rows, `correct` has {size}: give as many of each")
        confidence = columns.get("confidence")
        if confidence is not None and size and not (confidence.min() >= 0 and confidence.max() <= 1):
            outside = confidence[(confidence < 0) | (confidence > 1)][0]
            raise VentureError(f"column confidence holds {outside:g}: a fraction from 0 to 1 is due")
        columns.setdefault("split", np.full(size, "test"))
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.correct)

    def part(self, split: str) -> Rows:
        """The rows of one split."""
        return self.take(self.split == split)

    def take(self, mask: np.ndarray) -> Rows:
        """The rows that a mask or index names."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: column[mask] for name, column in columns.items() if column is not None})

    @property
    def sureness(self) -> np.ndarray:
        """The confidences; all alike where the run recorded none, which leaves all or nothing to choose from."""
        return np.zeros(len(self)) if self.confidence is None else self.confidence

    def design_effect(self, columns: list[np.ndarray] | None = None) -> float:
        """The largest design effect of the columns (default: `correct`) over the rows' groups; 1 without groups."""
        if self.group is None or len(self) == 0:
            return 1.0
        return max(measured_design_effect(column, self.group) for column in columns or [self.correct])


@dataclass(frozen=True)
class Outcome:
    """Rows answered right, answered wrong and handed off under one threshold.

    `design_effect` divides the counts before anything is drawn. `all_automated` and `none_automated` say what the
    threshold rules out, so the draws must not grant that share the half row which the prior would.
    """

    right: float
    wrong: float
    handed: float
    design_effect: float = 1.0
    all_automated: bool = False
    none_automated: bool = False

    @property
    def n(self) -> float:
        return self.right + self.wrong + self.handed

    @property
    def shares(self) -> tuple[float, float, float]:
        """Right, wrong and handed-off shares of all requests."""
        if self.n <= 0:
            raise VentureError("there are 0 held-out rows: evaluate the run before its money is worked out")
        return self.right / self.n, self.wrong / self.n, self.handed / self.n

    @property
    def automation_rate(self) -> Value:
        return ratio(self.right + self.wrong, self.n)

    @property
    def accuracy(self) -> Value:
        """Accuracy when automated; undefined where nothing is."""
        return ratio(self.right, self.right + self.wrong)

    def draw(self, *, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
        """(draws, 3) shares right, wrong, handed: Dirichlet(counts + 1/2), Jeffreys' prior, on effective counts."""
        right, wrong, handed = (share * self.n / self.design_effect for share in self.shares)
        rng = stream(seed, "evaluation")
        if self.none_automated:
            return np.tile([0.0, 0.0, 1.0], (draws, 1))
        if self.all_automated:
            accuracy = rng.beta(right + 0.5, wrong + 0.5, draws)
            return np.column_stack([accuracy, 1 - accuracy, np.zeros(draws)])
        return rng.dirichlet([right + 0.5, wrong + 0.5, handed + 0.5], draws)

    def automation(self, *, level: float = LEVEL, seed: int = 0) -> Quantity:
        """Share of requests answered without a person, with its interval."""
        if self.n <= 0:
            return nothing(level)
        return interval(self.automation_rate, 1 - self.draw(seed=seed)[:, 2], level)


def outcome(rows: Rows, threshold: Value) -> Outcome:
    """What the rows become when everything at or above `threshold` is answered; State.NEVER answers nothing.

    An undefined threshold leaves no outcome: n is 0.
    """
    if threshold is State.UNDEFINED or len(rows) == 0:
        return Outcome(0.0, 0.0, 0.0)
    answered = automated(rows, threshold)
    right, wrong = answered & rows.correct, answered & ~rows.correct
    deff = rows.design_effect([right, wrong])
    counts = (float(right.sum()), float(wrong.sum()), float((~answered).sum()))
    if isinstance(threshold, State):
        return Outcome(*counts, design_effect=deff, none_automated=True)
    return Outcome(*counts, design_effect=deff, all_automated=threshold <= 0)


def automated(rows: Rows, threshold: Value) -> np.ndarray:
    """Which rows are answered without a person."""
    if isinstance(threshold, State):
        return np.zeros(len(rows), dtype=bool)
    if threshold <= 0:
        return np.ones(len(rows), dtype=bool)
    if rows.confidence is None:
        raise VentureError(f"threshold is {threshold:g}, but predictions have no column `confidence`: add it or use 0")
    return rows.confidence >= threshold


def _column(table: pa.Table | Mapping[str, Any], name: str) -> np.ndarray | None:
    """One column as numpy, None where it is missing or holds nothing but nulls."""
    if isinstance(table, Mapping):
        raw = table.get(name)
        column = None if raw is None else np.asarray(raw)
    else:
        column = table.column(name).to_numpy() if name in table.column_names else None
    if column is None:
        return None
    missing = _missing(column)
    if len(column) and missing.all():
        return None
    may_have_gaps = ("error_class", "latency_ms", "group")  # right answers have no class, only a sample is timed
    if missing.any() and name not in may_have_gaps:
        empty = int(missing.sum())
        raise VentureError(f"column {name} is empty in {empty} of {len(column)} rows: fill it or leave it out")
    if name in ("correct", "base_correct"):
        strange = set(column.tolist()) - {0, 1}
        if strange:
            raise VentureError(f"column {name} holds {sorted(map(repr, strange))[0]}: give true or false per row")
        return column.astype(bool)
    if name in _NUMBERS:
        return column.astype(float)
    return column


def _missing(column: np.ndarray) -> np.ndarray:
    if column.dtype.kind in "biuUS":
        return np.zeros(len(column), dtype=bool)
    if column.dtype.kind == "f":
        return np.isnan(column)
    return np.array([value is None or value != value for value in column.tolist()], dtype=bool)
