"""Weighing criteria that have no price: AHP weights, TOPSIS closeness, and where the winner changes.

Use it after the gates and the dollars (kit.strategy.selection); `Topsis.warning` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kit.strategy.checks import non_negative, require
from kit.strategy.states import State, Value, ratio
from kit.strategy.uncertainty import Array

# Mean consistency index of random judgement matrices, by number of criteria (Saaty 1980, Analytic Hierarchy Process)
RANDOM_INDEX = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
CONSISTENT_BELOW = 0.10
GRID = 400

TOPSIS_WARNING = (
    "TOPSIS divides each criterion by its vector length, so a criterion on which all options are close hardly counts, "
    "whatever its weight, and one that differs by factors decides. Adding or dropping an option can also turn the "
    "order around. Decide by dollars per request; weigh only what has no price."
)


@dataclass(frozen=True)
class Ahp:
    """Weights from pairwise judgements, with how far the judgements contradict each other."""

    weights: dict[str, float]
    lambda_max: float
    consistency_index: float
    consistency_ratio: Value
    consistent: bool


@dataclass(frozen=True)
class Topsis:
    """Closeness to the best imaginable option, 0 to 1, best first; read the warning beside it."""

    scores: dict[str, Value]
    ranking: tuple[str, ...]
    spread: dict[str, Value]
    warning: str = TOPSIS_WARNING


@dataclass(frozen=True)
class Flip:
    """Nearest weights of a criterion, below and above its present one, at which another option wins."""

    criterion: str
    weight: float
    below: Value
    winner_below: str | None
    above: Value
    winner_above: str | None


def ahp(judgements: Sequence[Sequence[float]], criteria: Sequence[str]) -> Ahp:
    """Principal eigenvector of a reciprocal matrix; CI = (lambda - n)/(n - 1), CR = CI/RI, consistent below 0.10.

    Saaty (1980). Two criteria cannot contradict each other: their CR is 0/0, so undefined, and they are consistent.

    >>> found = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], ["quality", "price", "speed"])
    >>> [round(w, 4) for w in found.weights.values()], round(found.consistency_ratio, 4)
    ([0.637, 0.2583, 0.1047], 0.0332)
    """
    n = len(criteria)
    require(1 <= n <= 10, "criteria", list(criteria), "compare 1 to 10 criteria; group them where there are more")
    sizes = [len(row) for row in judgements]
    require(sizes == [n] * n, "judgements", sizes, f"give {n} rows of {n} numbers, one per criterion")
    matrix = np.array(judgements, dtype=float)
    for i, j in np.ndindex(n, n):
        label = f"judgements[{criteria[i]}, {criteria[j]}]"
        value, opposite = float(matrix[i, j]), float(matrix[j, i])
        require(value > 0, label, value, "say how many times as important, above 0")
        fix = f"it must be 1 divided by the opposite judgement {opposite:g}"
        require(abs(value * opposite - 1) < 0.01, label, value, fix)
    values, vectors = np.linalg.eig(matrix)
    top = int(values.real.argmax())
    vector = np.abs(vectors[:, top].real)
    lambda_max = float(values[top].real)
    index = max(0.0, (lambda_max - n) / (n - 1)) if n > 1 else 0.0
    consistency = ratio(index, RANDOM_INDEX[n])
    weights = dict(zip(criteria, (float(w) for w in vector / vector.sum())))
    fine = isinstance(consistency, State) or consistency < CONSISTENT_BELOW
    return Ahp(weights, lambda_max, index, consistency, fine)


def topsis(options: Mapping[str, Sequence[float]], weights: Mapping[str, float], costs: frozenset[str]) -> Topsis:
    """Closeness d-/(d+ + d-) of each option, criteria in the order of `weights`; `costs` are better when small.

    Hwang & Yoon (1981), Multiple Attribute Decision Making. `spread` = (largest - smallest)/vector length of each
    criterion: with its weight, what the criterion can contribute at all. Options that are all alike are undefined.
    """
    names, criteria, table = _table(options, weights, costs)
    lengths = np.linalg.norm(table, axis=0)
    spread = {c: ratio(float(np.ptp(column)), float(length)) for c, column, length in zip(criteria, table.T, lengths)}
    scores = _closeness(table, np.array(list(weights.values()), dtype=float), [c in costs for c in criteria])
    values = {name: State.UNDEFINED if np.isnan(s) else float(s) for name, s in zip(names, scores)}
    ranking = tuple(names[i] for i in np.argsort(-scores, kind="stable")) if not np.isnan(scores).any() else ()
    return Topsis(values, ranking, spread)


def winner_flips(
    options: Mapping[str, Sequence[float]], weights: Mapping[str, float], costs: frozenset[str]
) -> list[Flip]:
    """For each criterion the nearest weights at which TOPSIS has another winner, the others keeping their proportions.

    `never` where no weight on that side changes it, as with a single criterion. Found on a grid of 400 weights a side
    and bisected, so a win over less than 1/400 of the way can be missed.
    """
    names, criteria, table = _table(options, weights, costs)
    total = sum(weights.values())
    current = np.array([w / total for w in weights.values()])
    is_cost = [c in costs for c in criteria]

    def winner(weight: float, column: int) -> int:
        others = 1 - current[column]
        # Where one criterion has all the weight there are no proportions to keep: the rest share evenly.
        rest = current / others if others > 1e-12 else np.full(len(current), 1 / (len(current) - 1))
        trial = rest * (1 - weight)
        trial[column] = weight
        return int(np.argmax(np.nan_to_num(_closeness(table, trial, is_cost))))

    if len(criteria) == 1:
        return [Flip(criteria[0], 1.0, State.NEVER, None, State.NEVER, None)]
    flips = []
    for column, criterion in enumerate(criteria):
        start = float(current[column])
        below, under = _first_change(lambda w, c=column: winner(w, c), start, 0.0)  # type: ignore[misc]
        above, over = _first_change(lambda w, c=column: winner(w, c), start, 1.0)  # type: ignore[misc]
        named = [None if i is None else names[i] for i in (under, over)]
        flips.append(Flip(criterion, start, below, named[0], above, named[1]))
    return flips


def _first_change(winner: Callable[[float], int], start: float, end: float) -> tuple[Value, int | None]:
    before, now = start, winner(start)
    for weight in np.linspace(start, end, GRID + 1)[1:]:
        if winner(float(weight)) != now:
            near, far = before, float(weight)
            for _ in range(40):
                middle = (near + far) / 2
                near, far = (middle, far) if winner(middle) == now else (near, middle)
            return far, winner(far)
        before = float(weight)
    return State.NEVER, None


def _closeness(table: Array, weights: Array, is_cost: Sequence[bool]) -> Array:
    lengths = np.linalg.norm(table, axis=0)
    scaled = table / np.where(lengths > 0, lengths, 1) * (weights / weights.sum())
    scaled = np.where(is_cost, -scaled, scaled)
    to_best = np.linalg.norm(scaled - scaled.max(axis=0), axis=1)
    to_worst = np.linalg.norm(scaled - scaled.min(axis=0), axis=1)
    total = to_best + to_worst
    return np.divide(to_worst, total, out=np.full(len(table), np.nan), where=total > 0)


def _table(
    options: Mapping[str, Sequence[float]], weights: Mapping[str, float], costs: frozenset[str]
) -> tuple[list[str], list[str], Array]:
    criteria = list(weights)
    require(len(options) > 0, "options", dict(options), "name at least one option")
    for criterion, weight in weights.items():
        non_negative(f"weights.{criterion}", weight)
    require(sum(weights.values()) > 0, "weights", dict(weights), "give at least one criterion a weight above 0")
    unknown = sorted(costs - set(criteria))
    require(not unknown, "costs", unknown, f"name criteria among {', '.join(criteria)}")
    for name, row in options.items():
        complete = len(row) == len(criteria) and bool(np.isfinite(row).all())
        require(complete, f"options.{name}", list(row), f"give one finite number for each of {', '.join(criteria)}")
    return list(options), criteria, np.array([list(row) for row in options.values()], dtype=float)
