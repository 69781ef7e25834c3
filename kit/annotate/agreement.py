"""How far annotators agree beyond chance, with intervals over the rows: Cohen's kappa and Krippendorff's alpha.

Cohen (1960), Educ. Psychol. Meas. 20:37-46. Krippendorff (2011), Computing Krippendorff's alpha-reliability: any number
of annotators, gaps allowed, labels that are names, ranks or numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kit.records import Estimate

__all__ = ["Level", "Majority", "cohen_kappa", "krippendorff_alpha", "majority"]

Level = Literal["nominal", "ordinal", "interval"]
RESAMPLES = 1000


@dataclass(frozen=True)
class Majority:
    """The commonest answer per row (None: no answer, or a tie), and the tied rows with their answers."""

    labels: list[Hashable | None]
    ties: dict[int, list[Hashable]]
    num_answers: list[int]


def majority(answers: Sequence[Sequence[Any]]) -> Majority:
    """`answers[row]` are the annotators' answers, None where one gave none.

    >>> majority([["a", "a", "b"], ["a", "b"], [None]]).ties
    {1: ['a', 'b']}
    """
    labels: list[Hashable | None] = []
    ties: dict[int, list[Hashable]] = {}
    counts_given = []
    for row, given in enumerate(answers):
        votes = Counter(answer for answer in given if answer is not None)
        counts_given.append(sum(votes.values()))
        most = max(votes.values(), default=0)
        best = [answer for answer, count in votes.items() if count == most]
        if len(best) > 1:
            ties[row] = sorted(best, key=str)
        labels.append(best[0] if len(best) == 1 else None)
    return Majority(labels, ties, counts_given)


def cohen_kappa(first: Sequence[Any], second: Sequence[Any], *, resamples: int = RESAMPLES, seed: int = 0,
                level: float = 0.95) -> Estimate | None:  # fmt: skip
    """kappa = (p_o - p_e) / (1 - p_e): observed agreement and that of two annotators who answer by their own shares.

    Rows that either left out are passed over. None where both only ever gave one and the same answer: then chance alone
    agrees, and kappa has no value.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} answers: both annotators need the same rows")
    pairs = [(a, b) for a, b in zip(first, second) if a is not None and b is not None]
    if not pairs:
        raise ValueError("no row was answered by both annotators")
    place = {answer: number for number, answer in enumerate(dict.fromkeys(x for pair in pairs for x in pair))}
    codes = np.array([place[a] * len(place) + place[b] for a, b in pairs])
    tables = _resampled(codes, len(place) ** 2, resamples, seed).reshape(-1, len(place), len(place))
    return _estimate(_kappas(tables), len(pairs), level)


def krippendorff_alpha(answers: Sequence[Sequence[Any]], *, scale: Level = "nominal", resamples: int = RESAMPLES,
                       seed: int = 0, level: float = 0.95) -> Estimate | None:  # fmt: skip
    """alpha = 1 - D_o / D_e: observed disagreement within rows over that of all answers shuffled.

    `answers[row]` are one row's answers, None where an annotator gave none; rows with fewer than two are passed over.
    ordinal and interval need numbers. None where all answers are the same: there is nothing to disagree about.
    """
    rows = [[answer for answer in given if answer is not None] for given in answers]
    rows = [row for row in rows if len(row) >= 2]
    if not rows:
        raise ValueError("no row has two answers or more")
    values = sorted({answer for row in rows for answer in row}, key=None if scale != "nominal" else str)
    if scale != "nominal" and any(isinstance(v, str) for v in values):
        raise ValueError(f"{scale} answers must be numbers, got {values[0]!r}")
    place = {answer: number for number, answer in enumerate(values)}
    counts = np.zeros((len(rows), len(values)))
    for number, row in enumerate(rows):
        for answer in row:
            counts[number, place[answer]] += 1
    counts, pattern = np.unique(counts, axis=0, return_inverse=True)  # few rows differ in how they were answered
    weights = _resampled(pattern.ravel(), len(counts), resamples, seed)
    within = counts[:, :, None] * counts[:, None, :] / (counts.sum(axis=1) - 1)[:, None, None]
    own = np.arange(len(values))
    within[:, own, own] = counts * (counts - 1) / (counts.sum(axis=1) - 1)[:, None]
    coincidences = np.tensordot(weights, within, axes=1)
    return _estimate(_alphas(coincidences, values, scale), len(rows), level)


def _kappas(tables: np.ndarray) -> np.ndarray:
    total = tables.sum(axis=(1, 2))
    observed = np.trace(tables, axis1=1, axis2=2) / total
    expected = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / total**2
    return _ratio(observed - expected, 1 - expected)


def _alphas(coincidences: np.ndarray, values: Sequence[Any], scale: Level) -> np.ndarray:
    """(R, K, K) coincidence matrices to alphas."""
    margins = coincidences.sum(axis=2)
    total = margins.sum(axis=1)
    distance = _distances(margins, values, scale)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (margins[:, :, None] * margins[:, None, :] * distance).sum(axis=(1, 2)) / (total - 1)
    return _ratio(expected - observed, expected)


def _distances(margins: np.ndarray, values: Sequence[Any], scale: Level) -> np.ndarray:
    """Squared distances (1 or R, K, K); ranks lie as far apart as there are answers between them."""
    if scale == "nominal":
        return (1 - np.eye(len(values)))[None]
    if scale == "interval":
        numbers = np.asarray(values, dtype=float)
        return ((numbers[:, None] - numbers[None, :]) ** 2)[None]
    middle = np.cumsum(margins, axis=1) - margins / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(below), np.nan), where=np.abs(below) > 1e-12)


def _resampled(codes: np.ndarray, num_codes: int, resamples: int, seed: int) -> np.ndarray:
    """(1 + resamples, num_codes) counts of codes: the rows as they are, then rows drawn with replacement."""
    rng, count = np.random.default_rng(seed), len(codes)
    drawn = [np.bincount(codes, minlength=num_codes)]
    drawn += [np.bincount(codes[rng.integers(0, count, count)], minlength=num_codes) for _ in range(resamples)]
    return np.stack(drawn).astype(float)


def _estimate(values: np.ndarray, count: int, level: float) -> Estimate | None:
    """First the value itself, then its resamples; those without a value (one answer only) are left out."""
    if np.isnan(values[0]):
        return None
    draws = values[1:][~np.isnan(values[1:])]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2]) if len(draws) else (values[0], values[0])
    return Estimate(float(values[0]), float(low), float(high), count, level, "bootstrap of rows")
