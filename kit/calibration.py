"""Whether confidence can be believed: reliability, expected calibration error, Brier score, temperature, risk.

ECE in equal-width bins: Naeini, Cooper & Hauskrecht (2015), AAAI 29. Brier (1950), Monthly Weather Review 78:1-3.
Temperature scaling: Guo et al. (2017), ICML 34. Risk-coverage curve: Geifman & El-Yaniv (2017), NeurIPS 30.
A sampled ECE is biased upwards, the more so the fewer rows a bin has: compare two models on the same rows only.
"""

from __future__ import annotations

import numpy as np

from kit.metrics import Array, Columns, Metric, finite_column, mean_of_rows, paired_columns, ratio

__all__ = ["aurc", "brier", "ece", "fit_temperature", "probabilities", "reliability", "risk_coverage"]

BINS = 15
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0


def confidence_pair(confidence: Columns, correct: Columns) -> tuple[Array, Array]:
    paired_columns(confidence, correct)
    sure, right = finite_column(confidence, "confidences"), finite_column(correct, "correct marks")
    if sure.ndim != 1 or right.ndim != 1:
        raise ValueError(f"give one confidence and one mark per row, got shapes {sure.shape} and {right.shape}")
    if sure.min() < 0 or sure.max() > 1:
        raise ValueError(f"confidences run from {sure.min():g} to {sure.max():g}: pass probabilities between 0 and 1")
    return sure, right


def bin_of(confidence: Array, bins: int) -> Array:
    """Bins (low, high], the first closed below; rounded because 3 * (1 / 15) is not 0.2 for a computer."""
    return np.clip(np.ceil(np.round(confidence * bins, 9)).astype(int) - 1, 0, bins - 1)


def reliability(confidence: Columns, correct: Columns, *, bins: int = BINS) -> list[dict[str, float | int]]:
    """Rows `low, high, n, confidence, accuracy` of the equal-width bins that have rows, in order."""
    sure, right = confidence_pair(confidence, correct)
    place = bin_of(sure, bins)
    n = np.bincount(place, minlength=bins)
    total, hits = np.bincount(place, sure, bins), np.bincount(place, right, bins)
    return [
        {
            "low": i / bins,
            "high": (i + 1) / bins,
            "n": int(n[i]),
            "confidence": float(total[i] / n[i]),
            "accuracy": float(hits[i] / n[i]),
        }
        for i in np.flatnonzero(n).tolist()
    ]


def ece_rows(confidence: Columns, correct: Columns, *, bins: int = BINS) -> Array:
    """(N, bins + 1): confidence minus correctness in the row's bin | 1."""
    sure, right = confidence_pair(confidence, correct)
    rows = np.zeros((len(sure), bins + 1))
    rows[np.arange(len(sure)), bin_of(sure, bins)] = sure - right
    rows[:, -1] = 1
    return rows


def ece_of(columns: Array) -> Array:
    """Sum over bins of n_b / n |mean confidence - accuracy|."""
    return np.abs(columns[..., :-1]).sum(-1) / columns[..., -1]


def brier_rows(predicted: Columns, outcomes: Columns) -> Array:
    """Squared error of probabilities: (N,) or (N, L) of events against 0/1 marks; (N, C) of classes against positions.

    Per class form: summed over the classes, from 0 to 2. Event form: mean over the events, from 0 to 1.
    """
    paired_columns(predicted, outcomes)
    p, y = finite_column(predicted, "probabilities"), finite_column(outcomes, "outcomes")
    if p.min() < 0 or p.max() > 1:
        raise ValueError(f"probabilities run from {p.min():g} to {p.max():g}: pass probabilities, not logits")
    if p.shape == y.shape:
        return mean_of_rows(((p - y) ** 2).reshape(len(p), -1).mean(axis=1))
    return mean_of_rows(((p - np.eye(p.shape[1])[class_positions(p, y)]) ** 2).sum(axis=1))


ece = Metric("ece", ece_rows, ece_of, higher_is_better=False)
brier = Metric("brier", brier_rows, ratio, bounds=(0.0, 2.0), higher_is_better=False)


# ---- temperature


def probabilities(logits: Columns, *, temperature: float = 1.0, independent: bool = False) -> Array:
    """Softmax of (N, C) logits / T; with `independent` labels the sigmoid of each logit / T."""
    z = finite_column(logits, "logits") / temperature
    if independent:
        return 0.5 * (1 + np.tanh(z / 2))  # the sigmoid without overflow
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def fit_temperature(logits: Columns, labels: Columns) -> float:
    """T in [0.05, 20] that minimises the mean negative log-likelihood of logits / T; above 1 = overconfident before.

    `labels` are class positions (N,) for logits (N, C), or 0/1 of the logits' own shape for binary and several-label
    tasks. Fit on validation rows, report on test rows. Each target keeps 1 / (N + 2) for the other answers (Platt,
    1999): 20 right answers in a row are no proof of certainty, and without it T would fall to its bound. The
    likelihood is convex in 1 / T, so there is one minimum.
    """
    from scipy import optimize  # a third of a second that the other functions do not need

    paired_columns(logits, labels)
    z, y = finite_column(logits, "logits"), finite_column(labels, "labels")
    if z.shape == y.shape:
        if not np.isin(y, (0, 1)).all():
            raise ValueError("labels of the logits' own shape must be 0 or 1")
        margin = np.where(y == 1, -z, z).ravel()
        kept = 1 / (len(margin) + 2)

        def loss(log_t: float) -> float:
            scaled = margin * np.exp(-log_t)
            return float((np.logaddexp(0, scaled) - kept * scaled).mean())

    else:
        gaps = z - z[np.arange(len(z)), class_positions(z, y)][:, None]
        kept = 1 / (len(z) + 2)

        def loss(log_t: float) -> float:
            scaled = gaps * np.exp(-log_t)
            top = scaled.max(axis=1)
            return float((top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - kept * scaled.mean(axis=1)).mean())

    limits = (np.log(MIN_TEMPERATURE), np.log(MAX_TEMPERATURE))
    found = optimize.minimize_scalar(loss, bounds=limits, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def class_positions(columns: Array, labels: Array) -> Array:
    if columns.ndim != 2 or labels.ndim != 1:
        raise ValueError(f"shapes {columns.shape} and {labels.shape} do not fit: give (rows, classes) and (rows,)")
    positions = labels.astype(int)
    if (positions != labels).any() or positions.min() < 0 or positions.max() >= columns.shape[1]:
        raise ValueError(f"labels must be class positions from 0 to {columns.shape[1] - 1}")
    return positions


# ---- answering only when sure


def risk_coverage(confidence: Columns, correct: Columns) -> tuple[Array, Array]:
    """Coverage k / N and error rate of the k surest rows, k = 1..N; rows of equal confidence share their errors."""
    sure, right = confidence_pair(confidence, correct)
    values, group = np.unique(-sure, return_inverse=True)  # sorted from the surest
    size = np.bincount(group, minlength=len(values))
    error_rate = np.bincount(group, 1 - right, len(values)) / size
    count = np.arange(1, len(sure) + 1)
    return count / len(sure), np.cumsum(np.repeat(error_rate, size)) / count


def aurc(confidence: Columns, correct: Columns) -> float:
    """Area under the risk-coverage curve: the mean of the error rates at every coverage; lower is better."""
    return float(risk_coverage(confidence, correct)[1].mean())
