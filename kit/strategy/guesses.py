"""How much of an outcome's uncertainty rests on which input, and on which kind of source.

First-order index S_i = Var(E[Y | X_i]) / Var(Y) (Sobol 1993; Saltelli et al. 2008, Global Sensitivity Analysis), read
off the draws that the rows already have: E[Y | X_i] is a least-squares fit on powers of the input's normal scores.
Shares of one evaluation move together, so they count as one input. What the sum lacks to 1 is interaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from kit.strategy.assumptions import Assumption
from kit.strategy.sensitivity import average_ranks
from kit.strategy.states import State, Value
from kit.strategy.workings import Workings

WORLDS = 4_000
GUESSED = ("guess", "example")
FRESH_DAYS = 180
TOGETHER = {"right_share": "evaluation counts", "wrong_share": "evaluation counts",
            "handed_share": "evaluation counts", "loss_us": "losses by error", "loss_customer": "losses by error"}


@dataclass(frozen=True)
class Contribution:
    """One input of an outcome, the kind of its source, and its share of the outcome's variance."""

    name: str
    keys: tuple[str, ...]
    kind: str
    share: float


def contributions(w: Workings, key: str) -> list[Contribution]:
    """Every uncertain input of a row, the largest share first; empty where the row does not vary."""
    outcome = w.spread(key)[:WORLDS]
    usable = np.isfinite(outcome)
    if usable.sum() < 100 or np.ptp(outcome[usable]) == 0:
        return []
    groups: dict[str, list[str]] = {}
    for leaf in sorted(leaves_under(w, key)):
        if np.ptp(np.nan_to_num(w.spread(leaf)[:WORLDS][usable])) > 0:
            groups.setdefault(TOGETHER.get(leaf, leaf), []).append(leaf)
    found = []
    for name, keys in groups.items():
        columns = [w.spread(leaf)[:WORLDS][usable] for leaf in keys]
        found.append(Contribution(name, tuple(keys), _kind(w, keys), _explained(columns, outcome[usable])))
    return sorted(found, key=lambda part: -part.share)


def by_kind(found: Iterable[Contribution]) -> dict[str, float]:
    """Sum of the shares by kind of source."""
    sums: dict[str, float] = {}
    for part in found:
        sums[part.kind] = sums.get(part.kind, 0.0) + part.share
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def share_on_guesses(found: list[Contribution]) -> Value:
    """The part of the variance that rests on guesses and examples; undefined where nothing varies."""
    if not found:
        return State.UNDEFINED
    return min(1.0, sum(part.share for part in found if part.kind in GUESSED))


def expired_share(assumptions: Iterable[Assumption], days: int = FRESH_DAYS) -> Value:
    """Share of the dated numbers that are older than `days`, counted back from the newest of them.

    Demand and prices of this field move within months, so a number that nobody looked at for half a year has expired.
    """
    dates = [assumption.date for assumption in assumptions if assumption.date is not None]
    if not dates:
        return State.UNDEFINED
    newest = max(dates)
    return sum((newest - date).days > days for date in dates) / len(dates)


def leaves_under(w: Workings, key: str) -> set[str]:
    """Rows without a formula and without inputs that a row comes from, itself included where it is one."""
    inputs = w.rows[key].inputs
    return {key} if not inputs else set().union(*(leaves_under(w, name) for name in inputs))


def _kind(w: Workings, keys: list[str]) -> str:
    """The weakest kind behind the inputs: a guess among measured numbers leaves a guess."""
    kinds = [str(source["kind"]) for key in keys for source in w.rows[key].sources]
    return next((kind for kind in (*GUESSED, "benchmark", "survey", "price", "invoice") if kind in kinds), "run")


def _explained(columns: list[np.ndarray], outcome: np.ndarray) -> float:
    """R^2 of the outcome on a cubic in each column's normal scores and the column itself, less what noise gains."""
    basis = [np.ones_like(outcome)]
    for column in columns:
        scores = ndtri((average_ranks(column) - 0.5) / len(column))
        basis += [scores, scores**2, scores**3, (column - column.mean()) / (column.std() or 1.0)]
    matrix = np.stack(basis, axis=1)
    residual = outcome - matrix @ np.linalg.lstsq(matrix, outcome, rcond=None)[0]
    n, used = len(outcome), matrix.shape[1]
    unexplained = residual.var() * n / (n - used) / outcome.var()
    return float(np.clip(1 - unexplained, 0.0, 1.0))
