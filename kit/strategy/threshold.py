"""From which confidence on a model may answer alone: what each threshold costs, the cheapest one and how sure it is.

The threshold is chosen on validation rows and its money reported on test rows: chosen and reported on the same rows it
flatters itself. Sources: El-Yaniv & Wiener (2010), JMLR 11:1605-1641;
Geifman & El-Yaniv (2017), NeurIPS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kit.strategy.checks import fraction
from kit.strategy.draws import LEVEL, Quantity, interval, nothing, stream
from kit.strategy.rows import Outcome, Rows, automated, outcome
from kit.strategy.stakes import Stakes, chow_threshold
from kit.strategy.states import State, Value

RESAMPLES = 1_000


@dataclass(frozen=True)
class Curve:
    """One point per distinct confidence, from the surest down: answering everything at or above `threshold`."""

    threshold: np.ndarray
    coverage: np.ndarray
    accuracy: np.ndarray
    usd_per_request: np.ndarray


@dataclass(frozen=True)
class Choice:
    """The cheapest threshold on the validation rows and what it costs on the test rows.

    `threshold` 0 answers everything, State.NEVER hands everything off. `p_never` and `p_always` are the shares of
    resamples that would choose so.
    """

    threshold: Quantity
    chow: Value
    usd_per_request: Quantity
    usd_if_all_handed: float
    usd_if_all_answered: Value
    coverage: Quantity
    accuracy: Value
    p_never: float
    p_always: float
    result: Outcome


def coverage_curve(rows: Rows, stakes: Stakes) -> Curve:
    """Coverage, accuracy when answered and cost per request at every distinct confidence."""
    order, last = _surest_first(rows)
    answered = last + 1
    right = np.cumsum(rows.correct[order])[last]
    extra = np.cumsum(stakes.answered_usd(rows)[order] - stakes.handoff_usd)[last]
    cost = stakes.always_usd + stakes.handoff_usd + extra / len(rows) if len(rows) else extra
    return Curve(rows.sureness[order][last], answered / max(len(rows), 1), right / answered, cost)


def area_under_risk_coverage(rows: Rows) -> Value:
    """Mean error rate of the k surest rows over k = 1..n; errors of equal confidence count as spread evenly."""
    if len(rows) == 0:
        return State.UNDEFINED
    order, last = _surest_first(rows)
    sizes = np.diff(last, prepend=-1)
    errors = np.diff(np.cumsum(~rows.correct[order])[last], prepend=0)
    risk = np.cumsum(np.repeat(errors / sizes, sizes)) / np.arange(1, len(rows) + 1)
    return float(risk.mean())


def best_threshold(rows: Rows, stakes: Stakes) -> Value:
    """The threshold with the least cost on these rows, the more cautious of equals; undefined without rows."""
    if len(rows) == 0:
        return State.UNDEFINED
    return _as_threshold(float(optima(rows, stakes, [np.ones(len(rows))])[0]))


def threshold_at_coverage(rows: Rows, coverage: float) -> Value:
    """The threshold that answers at least this share of the rows, so that two runs can be met at one coverage."""
    fraction("coverage", coverage)
    if len(rows) == 0:
        return State.UNDEFINED
    if coverage in (0, 1):
        return State.NEVER if coverage == 0 else 0.0
    surest_first = np.sort(rows.sureness)[::-1]
    return float(surest_first[math.ceil(coverage * len(rows) - 1e-9) - 1])


def choose_threshold(validation: Rows, test: Rows, stakes: Stakes, *, level: float = LEVEL, seed: int = 0) -> Choice:
    """Choose on validation rows, report on test rows; resampled validation rows give the interval of the optimum."""
    threshold = best_threshold(validation, stakes)
    drawn = np.full(1, np.nan)
    if len(validation):
        drawn = optima(validation, stakes, resampled_weights(validation, seed=seed))
    result = outcome(test, threshold)
    return Choice(
        threshold=_threshold_interval(threshold, drawn, level),
        chow=chow_threshold(stakes),
        usd_per_request=cost_at(test, stakes, threshold, level=level, seed=seed),
        usd_if_all_handed=stakes.always_usd + stakes.handoff_usd,
        usd_if_all_answered=cost_at(test, stakes, 0.0, level=level, seed=seed).value,
        coverage=result.automation(level=level, seed=seed),
        accuracy=result.accuracy,
        p_never=float((drawn == np.inf).mean()),
        p_always=float((drawn == 0).mean()),
        result=result,
    )


def cost_at(rows: Rows, stakes: Stakes, threshold: Value, *, level: float = LEVEL, seed: int = 0) -> Quantity:
    """Cost per request at a given threshold, with a bootstrap interval over rows or groups."""
    if len(rows) == 0 or threshold is State.UNDEFINED:
        return nothing(level)
    answered = automated(rows, threshold)
    per_row = np.where(answered, stakes.answered_usd(rows), stakes.handoff_usd) + stakes.always_usd
    drawn = np.array([weights @ per_row / weights.sum() for weights in resampled_weights(rows, seed=seed)])
    return interval(float(per_row.mean()), drawn, level)


def optima(rows: Rows, stakes: Stakes, weights: Iterable[np.ndarray]) -> np.ndarray:
    """The cheapest threshold under each weighting of the rows: 0 answers everything, infinity nothing."""
    order, last = _surest_first(rows)
    extra = stakes.answered_usd(rows)[order] - stakes.handoff_usd
    # the first place answers nothing; the last place answers every row, so also rows less sure than any seen here
    thresholds = np.concatenate([[np.inf], rows.sureness[order][last[:-1]], [0.0]])
    return np.array([thresholds[_cheapest(w[order] * extra, last)] for w in weights])


def resampled_weights(rows: Rows, *, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[np.ndarray]:
    """How often each row is drawn in each bootstrap resample; whole groups are drawn where rows have one."""
    member = None if rows.group is None else np.unique(rows.group, return_inverse=True)[1]
    count = len(rows) if member is None else int(member.max()) + 1
    rng = stream(seed, "resample")
    for _ in range(resamples):
        # one resample at a time: the counts of one fit the cache, those of a thousand fill the memory
        times = np.bincount(rng.integers(0, count, count, dtype=np.int32), minlength=count)
        yield times if member is None else times[member]


def _cheapest(extra: np.ndarray, last: np.ndarray) -> int:
    return int(np.argmin(np.concatenate([[0.0], np.cumsum(extra)[last]])))


def _surest_first(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Order of falling confidence, and the last place of each distinct confidence: equals stand or fall together."""
    confidence = rows.sureness
    order = np.argsort(-confidence, kind="stable")
    return order, np.flatnonzero(np.diff(confidence[order], append=-np.inf))


def _as_threshold(place: float) -> Value:
    return State.NEVER if place == np.inf else place


def _threshold_interval(threshold: Value, drawn: np.ndarray, level: float) -> Quantity:
    if threshold is State.UNDEFINED:
        return Quantity(threshold, threshold, threshold, level)
    tail = (1 - level) / 2
    low = float(np.quantile(drawn, tail, method="lower"))
    high = float(np.quantile(drawn, 1 - tail, method="higher"))
    return Quantity(threshold, _as_threshold(low), _as_threshold(high), level)
