"""What more labels do to the error rate: e(n) = c + a n^-b, what doubling is worth and how many labels pay.

Sources: Hestness et al. (2017), arXiv 1712.00409; Rosenfeld et al. (2020), ICLR; Mahmood et al. (2022), CVPR, who
find that a power law asks for too little data: read it up to four times the largest size that was measured.

The worth here prices every error that goes at its full loss, so it holds where everything is answered; with a
hand-off `information.value_of_labels` takes the difference of re-optimised costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, positive
from kit.strategy.draws import LEVEL, Quantity, interval, stream
from kit.strategy.states import State, Value

LEAST_SIZES = 4
REACH = 4.0
_EXPONENTS = np.linspace(0.02, 2.0, 199)


@dataclass(frozen=True)
class LearningCurve:
    """e(n) = floor + scale n^-exponent; `draws` (k, 3) are the same fit on resampled evaluations."""

    floor: float
    scale: float
    exponent: float
    largest_size: float
    draws: np.ndarray

    def error(self, labels: float) -> float:
        return self.floor + self.scale * labels**-self.exponent

    def error_draws(self, labels: float) -> np.ndarray:
        floor, scale, exponent = self.draws.T
        return floor + scale * labels**-exponent

    def error_with_interval(self, labels: float, level: float = LEVEL) -> Quantity:
        return interval(self.error(labels), self.error_draws(labels), level)

    def errors_left(self, labels: float, added: float) -> np.ndarray:
        """Share of today's errors still made after `added` labels, one per draw; all of them where there are none."""
        now, then = self.error_draws(labels), self.error_draws(labels + added)
        return np.where(now > 0, then / np.where(now > 0, now, 1.0), 1.0)

    def is_extrapolated(self, labels: float) -> bool:
        """Beyond four times the largest measured size the curve is a guess."""
        return labels > REACH * self.largest_size


def fit_learning_curve(
    labels: Sequence[float], errors: Sequence[float], *,
    evaluated: Sequence[int] | None = None, draws: int = 500, seed: int = 0,
) -> LearningCurve | State:
    """Least squares over nested subset runs; undefined with fewer than four different sizes.

    `evaluated` is the number of held-out rows behind each error rate: it weighs the points by 1 / variance and gives
    the interval, each draw refitting error rates from Beta(k + 1/2, n - k + 1/2).

    >>> curve = fit_learning_curve([100, 400, 1600, 6400], [0.241885, 0.147439, 0.093195, 0.062039])
    >>> round(curve.scale, 2), round(curve.exponent, 2), round(curve.floor, 2)
    (1.4, 0.4, 0.02)
    """
    if len(labels) != len(errors) or (evaluated is not None and len(evaluated) != len(labels)):
        raise VentureError(f"{len(labels)} subset sizes, {len(errors)} error rates: give one error rate per size")
    sizes = np.array([positive("labels", n) for n in labels])
    rates = np.array([fraction("errors", e) for e in errors])
    if len(np.unique(sizes)) < LEAST_SIZES:
        return State.UNDEFINED
    if evaluated is None:
        weights, drawn = np.ones_like(rates), rates[None, :]
    else:
        rows = np.array([positive("evaluated", n) for n in evaluated])
        smoothed = (rates * rows + 0.5) / (rows + 1)
        weights = rows / (smoothed * (1 - smoothed))
        drawn = stream(seed, "curve").beta(rates * rows + 0.5, (1 - rates) * rows + 0.5, (draws, len(rates)))
    floor, scale, exponent = _fit(sizes, rates, weights)
    fits = _fit_grid(sizes, drawn, weights)
    return LearningCurve(floor, scale, exponent, float(sizes.max()), fits)


def value_if_all_answered(
    curve: LearningCurve, labels: float, added: float, *, requests: float, usd_per_error: float, level: float = LEVEL
) -> Quantity:
    """Worth of `added` labels over `requests`, every error priced in full: requests x loss x (e(n) - e(n + added))."""
    positive("labels", labels)
    non_negative("added", added)
    scale = positive("requests", requests) * non_negative("usd_per_error", usd_per_error)
    drawn = curve.error_draws(labels) - curve.error_draws(labels + added)
    return interval(scale * (curve.error(labels) - curve.error(labels + added)), scale * drawn, level)


def label_cost(labels: float, *, usd_per_label: float, annotators: int = 1, qa_share: float = 0.0) -> float:
    """Labels x price x annotators x (1 + share checked again).

    >>> round(label_cost(6400, usd_per_label=0.10, annotators=3, qa_share=0.15), 2)
    2208.0
    """
    non_negative("labels", labels)
    positive("annotators", annotators)
    non_negative("usd_per_label", usd_per_label)
    return labels * usd_per_label * annotators * (1 + fraction("qa_share", qa_share))


def best_number_of_labels(curve: LearningCurve, *, usd_if_always_wrong: float, usd_per_label: float) -> Value:
    """Labels at which the next one costs what it brings: n* = (a b V / k)^(1 / (b + 1)).

    V = `usd_if_always_wrong` is the loss if every request of the horizon went wrong; infinite where labels are free.
    """
    non_negative("usd_if_always_wrong", usd_if_always_wrong)
    if non_negative("usd_per_label", usd_per_label) == 0:
        return State.INFINITE
    a, b = curve.scale, curve.exponent
    return (a * b * usd_if_always_wrong / usd_per_label) ** (1 / (b + 1))


def _fit(sizes: np.ndarray, rates: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Grid over the exponent, then a bounded search around its best place: no start value to get wrong."""
    rough = float(_fit_grid(sizes, rates[None, :], weights)[0, 2])
    step = _EXPONENTS[1] - _EXPONENTS[0]
    found = optimize.minimize_scalar(
        lambda b: float(_linear(sizes, rates[None, :], weights, b)[2][0]),
        bounds=(rough - step, rough + step), method="bounded", options={"xatol": 1e-10},
    )
    floor, scale, _ = _linear(sizes, rates[None, :], weights, float(found.x))
    return float(floor[0]), float(scale[0]), float(found.x)


def _fit_grid(sizes: np.ndarray, rates: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(k, 3) floor, scale, exponent of each row of rates, the exponent from the grid."""
    fits = [_linear(sizes, rates, weights, exponent) for exponent in _EXPONENTS]
    floors, scales, losses = (np.stack(part) for part in zip(*fits))
    best = losses.argmin(axis=0)
    place = np.arange(rates.shape[0])
    return np.column_stack([floors[best, place], scales[best, place], _EXPONENTS[best]])


def _linear(sizes: np.ndarray, rates: np.ndarray, weights: np.ndarray, exponent: float) -> tuple[np.ndarray, ...]:
    """Floor, scale and squared error of each row of rates at one exponent, neither below zero."""
    x, w = sizes**-exponent, weights / weights.sum()
    mean_x, mean_y = w @ x, rates @ w
    spread = w @ (x - mean_x) ** 2
    scale = np.maximum(0.0, (rates * w) @ (x - mean_x) / spread)
    floor = mean_y - scale * mean_x
    through_zero = np.maximum(0.0, (rates * w) @ x / (w @ x**2))
    scale = np.where(floor < 0, through_zero, scale)
    floor = np.maximum(0.0, floor)
    residual = rates - floor[:, None] - scale[:, None] * x
    return floor, scale, residual**2 @ w
