"""Metrics of labels: pure functions of (predictions, references), without intervals.

Every metric is a function of sums over rows (`Metric`), so that a bootstrap is one matrix product of resampled row
counts with the per-row statistics (`kit.intervals.estimate`) and the point value cannot differ from what is resampled.
Numbers have `kit.regression_metrics`, texts `kit.text_metrics`, probabilities `kit.calibration`.

F1, precision and recall: van Rijsbergen (1979), Information Retrieval, ch. 7. Several-class Matthews correlation:
Gorodkin (2004), Comput. Biol. Chem. 28:367-374. 0/0 is 0 throughout: a class that is never predicted has precision 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

__all__ = [
    "Metric", "accuracy", "balanced_accuracy", "classification", "confusion_matrix", "divide", "finite_column",
    "hamming_loss", "log_loss", "macro_f1", "matthews", "mean_of_rows", "micro_f1", "multilabel", "multilabel_macro_f1",
    "multilabel_micro_f1", "paired_columns", "per_class", "ratio", "subset_accuracy", "sums", "weighted_f1",
]  # fmt: skip

Array = np.ndarray
Rows = Any  # (N, K) statistics per row: an ndarray or a scipy sparse array
Columns = Sequence[Any] | Array


@dataclass(frozen=True)
class Metric:
    """`of` turns column sums (..., K) into values (...); `rows` makes the (N, K) statistics that are summed.

    `share` says that each row is simply right or wrong; `bounds` is the range the value can take, where it has one.
    """

    name: str
    rows: Callable[..., Rows]
    of: Callable[[Array], Array]
    bounds: tuple[float, float] | None = (0.0, 1.0)
    higher_is_better: bool = True
    share: bool = False

    def __call__(self, predictions: Columns, references: Columns, **options: Any) -> float:
        return float(self.of(sums(self.rows(predictions, references, **options))))


def sums(rows: Rows) -> Array:
    return np.asarray(rows.sum(axis=0), dtype=float).ravel()


# ---- checked columns


def paired_columns(predictions: Columns, references: Columns) -> None:
    """Raise where the two columns are empty or of different length."""
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions but {len(references)} references: give one of each per row")
    if len(references) == 0:
        raise ValueError("no rows: a metric needs at least one prediction and its reference")


def finite_column(values: Any, name: str) -> Array:
    """The values as floats; raises with the number of missing ones (None, NaN or infinite)."""
    column = np.asarray(values, dtype=float)
    bad = int(column.size - np.isfinite(column).sum())
    if bad:
        raise ValueError(f"{bad} of {column.size} {name} are missing or not finite: drop or mend those rows first")
    return column


# ---- sums of a numerator and a denominator


def divide(numerator: Array, denominator: Array) -> Array:
    """Quotient with 0/0 = 0."""
    zeros = np.zeros(np.broadcast(numerator, denominator).shape)
    return np.divide(numerator, denominator, out=zeros, where=denominator != 0)


def ratio(columns: Array) -> Array:
    return divide(columns[..., 0], columns[..., 1])


def mean_of_rows(scores: Any, name: str = "scores") -> Array:
    """Per-row statistics whose `ratio` is the plain mean."""
    column = finite_column(scores, name)
    return np.column_stack([column, np.ones(len(column))])


# ---- one label per row


def codes(predictions: Columns, references: Columns, labels: Columns | None = None) -> tuple[Array, Array, list[Any]]:
    """Both columns as positions in `labels` (default: every label seen, sorted), and the labels."""
    paired_columns(predictions, references)
    predicted, actual = as_list(predictions), as_list(references)
    seen = set(predicted) | set(actual)
    kinds = sorted({"text" if isinstance(x, str) else "None" if x is None else "number" for x in seen})
    if len(kinds) > 1 or kinds == ["None"]:
        raise ValueError(f"labels must be all text or all numbers, got {' and '.join(kinds)}: call no answer ''")
    names = sorted(seen) if labels is None else as_list(labels)
    position = {name: i for i, name in enumerate(names)}
    if unknown := seen - position.keys():
        raise ValueError(f"{len(unknown)} labels are not in the given {len(names)}, such as {next(iter(unknown))!r}")
    return np.array([position[x] for x in predicted]), np.array([position[x] for x in actual]), names


def as_list(column: Columns) -> list[Any]:
    """Plain Python values; never through `np.asarray`, which turns [1, "a"] into text."""
    if isinstance(column, np.ndarray):
        return list(column.tolist())
    return [x.item() if isinstance(x, np.generic) else x for x in column]


def label_rows(predictions: Columns, references: Columns, *, labels: Columns | None = None) -> Rows:
    """(N, 3C) sparse: per class whether the row is a true positive | is predicted so | is so."""
    predicted, actual, names = codes(predictions, references, labels)
    n, c = len(actual), len(names)
    row, right = np.arange(n), predicted == actual
    columns = np.concatenate([actual[right], c + predicted, 2 * c + actual])
    positions = np.concatenate([row[right], row, row])
    return sparse.csr_array((np.ones(len(columns)), (positions, columns)), shape=(n, 3 * c))


def macro_rows(predictions: Columns, references: Columns, *, labels: Columns | None = None) -> Rows:
    """As `label_rows`, but no answer ('') is no class: it misses the right one and adds none to the mean."""
    names = codes(predictions, references, labels)[2]
    rows = label_rows(predictions, references, labels=names)
    if "" not in names or "" in set(as_list(references)):
        return rows
    kept = np.ones(rows.shape[1])
    kept[len(names) + names.index("")] = 0.0
    return rows @ sparse.diags_array(kept)


def thirds(columns: Array) -> tuple[Array, Array, Array]:
    hit, predicted, actual = np.split(columns, 3, axis=-1)
    return hit, predicted, actual


def macro_f1_of(columns: Array) -> Array:
    """Mean of 2 TP / (predicted + actual) over the classes that are predicted or occur."""
    hit, predicted, actual = thirds(columns)
    return divide(divide(2 * hit, predicted + actual).sum(-1), (predicted + actual > 0).sum(-1))


def weighted_f1_of(columns: Array) -> Array:
    hit, predicted, actual = thirds(columns)
    return divide((divide(2 * hit, predicted + actual) * actual).sum(-1), actual.sum(-1))


def micro_f1_of(columns: Array) -> Array:
    hit, predicted, actual = thirds(columns)
    return divide(2 * hit.sum(-1), predicted.sum(-1) + actual.sum(-1))


def balanced_accuracy_of(columns: Array) -> Array:
    """Mean recall of the classes that occur."""
    hit, _, actual = thirds(columns)
    return divide(divide(hit, actual).sum(-1), (actual > 0).sum(-1))


def matthews_of(columns: Array) -> Array:
    """(c s - sum p_k t_k) / sqrt((s^2 - sum p_k^2)(s^2 - sum t_k^2)), s rows, c right, p_k predicted and t_k actual."""
    hit, predicted, actual = thirds(columns)
    s = actual.sum(-1)
    covariance = hit.sum(-1) * s - (predicted * actual).sum(-1)
    return divide(covariance, np.sqrt((s**2 - (predicted**2).sum(-1)) * (s**2 - (actual**2).sum(-1))))


def right_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual, _ = codes(predictions, references)
    return mean_of_rows(predicted == actual)


accuracy = Metric("accuracy", right_rows, ratio, share=True)
macro_f1 = Metric("macro_f1", macro_rows, macro_f1_of)
weighted_f1 = Metric("weighted_f1", label_rows, weighted_f1_of)
micro_f1 = Metric("micro_f1", label_rows, micro_f1_of)
balanced_accuracy = Metric("balanced_accuracy", label_rows, balanced_accuracy_of)
matthews = Metric("matthews", label_rows, matthews_of, bounds=(-1.0, 1.0))
classification = (macro_f1, accuracy, weighted_f1, micro_f1, balanced_accuracy, matthews)


def confusion_matrix(predictions: Columns, references: Columns, *, labels: Columns | None = None) -> Array:
    """(C, C) counts in the order of `labels` (default: sorted): row = reference, column = prediction."""
    predicted, actual, names = codes(predictions, references, labels)
    size = len(names)
    return np.bincount(actual * size + predicted, minlength=size * size).reshape(size, size)


def per_class(predictions: Columns, references: Columns, *, labels: Columns | None = None) -> list[dict[str, Any]]:
    """One row per label: `label, precision, recall, f1, support, predicted`."""
    names = codes(predictions, references, labels)[2]
    hit, predicted, actual = thirds(sums(label_rows(predictions, references, labels=names)))
    precision, recall, f1 = divide(hit, predicted), divide(hit, actual), divide(2 * hit, predicted + actual)
    return [
        {
            "label": name,
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "support": int(actual[i]),
            "predicted": int(predicted[i]),
        }
        for i, name in enumerate(names)
    ]


def log_loss_rows(probabilities: Columns, references: Columns, *, labels: Columns | None = None) -> Array:
    """-ln p(reference) per row, p floored at the smallest step of a float so that one sure mistake stays finite."""
    p = finite_column(probabilities, "probabilities")
    paired_columns(p, references)
    names = sorted(set(as_list(references))) if labels is None else labels
    if p.ndim != 2 or p.shape[1] != len(names):
        raise ValueError(f"probabilities of shape {p.shape} do not fit {len(names)} labels: give one column per label")
    if np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("probabilities do not sum to 1 in every row: pass probabilities, not logits")
    actual = codes(references, references, names)[1]
    return mean_of_rows(-np.log(np.maximum(p[np.arange(len(p)), actual], np.finfo(float).eps)))


log_loss = Metric("log_loss", log_loss_rows, ratio, bounds=None, higher_is_better=False)


# ---- several labels per row: 0/1 matrices (N, L)


def indicator_pair(predictions: Columns, references: Columns) -> tuple[Array, Array]:
    paired_columns(predictions, references)
    predicted, actual = finite_column(predictions, "predictions"), finite_column(references, "references")
    if predicted.ndim != 2 or predicted.shape != actual.shape:
        raise ValueError(f"multi-label needs two (rows, labels) matrices, got {predicted.shape} and {actual.shape}")
    if not np.isin(predicted, (0, 1)).all() or not np.isin(actual, (0, 1)).all():
        raise ValueError("multi-label needs 0/1 entries: apply the threshold to probabilities first")
    return predicted, actual


def multilabel_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual = indicator_pair(predictions, references)
    return np.concatenate([predicted * actual, predicted, actual], axis=1)


def subset_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual = indicator_pair(predictions, references)
    return mean_of_rows((predicted == actual).all(axis=1))


def hamming_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual = indicator_pair(predictions, references)
    return mean_of_rows((predicted != actual).mean(axis=1))


multilabel_micro_f1 = Metric("multilabel_micro_f1", multilabel_rows, micro_f1_of)
multilabel_macro_f1 = Metric("multilabel_macro_f1", multilabel_rows, macro_f1_of)
subset_accuracy = Metric("subset_accuracy", subset_rows, ratio, share=True)
hamming_loss = Metric("hamming_loss", hamming_rows, ratio, higher_is_better=False)
multilabel = (multilabel_micro_f1, multilabel_macro_f1, subset_accuracy, hamming_loss)
