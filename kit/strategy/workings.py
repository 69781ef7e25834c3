"""Rows as they are worked out: each from inputs or by a formula over rows before it.

Each row is computed twice by its formula: on point values, where named states run through, and on 20,000 draws, which
give its interval. Inputs draw from streams of their own names, so two runs or two scenarios are compared in the
same worlds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from kit.strategy.draws import DRAWS, LEVEL
from kit.strategy.expressions import evaluate, evaluate_draws, inputs_of, unbounded_state
from kit.strategy.formulas import formulas_of
from kit.strategy.labels import label
from kit.strategy.leaves import Leaf, leaves_of
from kit.strategy.measured import Evidence, Runs, deal_of, evidence_of
from kit.strategy.states import State, Value
from kit.strategy.venture import Venture

Sources = tuple[Mapping[str, str | None], ...]


@dataclass(frozen=True)
class Row:
    """One line of a worksheet: a number with its interval, or the state that says why there is none."""

    section: str
    key: str
    label: str
    value: float | None
    state: str | None
    low: float | None
    high: float | None
    unit: str
    formula: str | None
    inputs: tuple[str, ...]
    sources: Sources

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Table:
    """Columns with units, and rows of numbers, words or null."""

    key: str
    columns: tuple[Mapping[str, str], ...]
    rows: tuple[Mapping[str, float | str | None], ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Workings:
    """Values, draws and rows so far, by key; what the tables read beside the rows."""

    venture: Venture
    evidence: Evidence
    language: str = "en"
    seed: int = 0
    level: float = LEVEL
    values: dict[str, Value] = field(default_factory=dict)
    draws: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def add_leaf(self, leaf: Leaf) -> None:
        """A number that comes from outside."""
        ends = leaf.ends or bounds(leaf.value, leaf.draws, State.INFINITE, self.level)
        self._add(leaf, None, leaf.inputs, ends)

    def add_formula(self, section: str, key: str, formula: str, unit: str) -> None:
        """A row computed from rows before it."""
        inputs = inputs_of(formula)
        value = evaluate(formula, self.values)
        worlds = evaluate_draws(formula, self.draws)
        sources = unique(source for name in inputs for source in self.rows[name].sources)
        ends = bounds(value, worlds, unbounded_state(formula), self.level)
        self._add(Leaf(section, key, value, worlds, unit, sources), formula, inputs, ends)

    def _add(self, leaf: Leaf, formula: str | None, inputs: tuple[str, ...], ends: tuple[Value, Value]) -> None:
        self.values[leaf.key], self.draws[leaf.key] = leaf.value, leaf.draws
        state = str(leaf.value) if isinstance(leaf.value, State) else None
        value, low, high = (None if isinstance(x, State) else float(x) for x in (leaf.value, *ends))
        self.rows[leaf.key] = Row(
            leaf.section, leaf.key, label(leaf.key, self.language), value, state, low, high, leaf.unit, formula, inputs,
            leaf.sources,
        )

    def spread(self, key: str) -> np.ndarray:
        """The draws of a row, one per world."""
        return np.broadcast_to(np.asarray(self.draws[key], dtype=float), DRAWS)


def work(venture: Venture, runs: Runs, *, language: str = "en", seed: int = 0, level: float = LEVEL) -> Workings:
    """All rows that a formula gives, with their draws."""
    deal = deal_of(venture, runs.live)
    workings = Workings(venture, evidence_of(venture, runs.live, deal), language, seed, level)
    for leaf in leaves_of(venture, runs.live, deal, workings.evidence, seed=seed):
        workings.add_leaf(leaf)
    for section, key, formula, unit in formulas_of(venture):
        workings.add_formula(section, key, formula, unit)
    return workings


def bounds(value: Value, worlds: Any, unbounded: State, level: float = LEVEL) -> tuple[Value, Value]:
    """Ends of the interval of a row; equal worlds have none, nor has a row without a value.

    Worlds without a value are left out; where they are more than 1 - level of all, an interval would hide them.
    """
    drawn = np.asarray(worlds, dtype=float)
    usable = drawn[~np.isnan(drawn)] if drawn.ndim else drawn.reshape(-1)[:0]
    if isinstance(value, State) or len(usable) < level * drawn.size or len(usable) == 0:
        return State.UNDEFINED, State.UNDEFINED
    tail = (1 - level) / 2
    # nearest ranks, because interpolating between a number and infinity gives NaN
    low = float(np.quantile(usable, tail, method="lower"))
    high = float(np.quantile(usable, 1 - tail, method="higher"))
    ends = min(low, value), max(high, value)
    return tuple(end if np.isfinite(end) else unbounded for end in ends)  # type: ignore[return-value]


def unique(sources: Iterable[Mapping[str, str | None]]) -> Sources:
    """Each source once, in the order met."""
    return tuple({(s["kind"], s["ref"], s["date"]): s for s in sources}.values())


def table_of(key: str, units: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Table:
    """Cells are numbers, words or null: a state is written by its name."""
    columns = tuple({"key": name, "unit": unit} for name, unit in units.items())
    return Table(key, columns, tuple({name: _cell(row[name]) for name in units} for row in rows))


def _cell(value: Any) -> float | str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    number = float(value)
    return number if np.isfinite(number) else None
