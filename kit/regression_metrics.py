"""Metrics of numbers. Correlation and R2 are functions of moments, so they are resampled like any other metric."""

from __future__ import annotations

import numpy as np

from kit.metrics import Array, Columns, Metric, divide, finite_column, mean_of_rows, paired_columns, ratio

__all__ = ["mae", "pearson", "r2", "regression", "rmse", "spearman"]


def number_pair(predictions: Columns, references: Columns) -> tuple[Array, Array]:
    paired_columns(predictions, references)
    predicted, actual = finite_column(predictions, "predictions"), finite_column(references, "references")
    if predicted.ndim != 1 or actual.ndim != 1:
        raise ValueError(f"regression needs two columns of numbers, got shapes {predicted.shape} and {actual.shape}")
    return predicted, actual


def absolute_error_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual = number_pair(predictions, references)
    return mean_of_rows(np.abs(predicted - actual))


def squared_error_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual = number_pair(predictions, references)
    return mean_of_rows((predicted - actual) ** 2)


def root_mean(columns: Array) -> Array:
    return np.sqrt(ratio(columns))


def r2_rows(predictions: Columns, references: Columns) -> Array:
    predicted, actual = number_pair(predictions, references)
    centred = actual - actual.mean()  # else the variance is a difference of two huge sums
    return np.column_stack([(predicted - actual) ** 2, centred**2, centred, np.ones(len(actual))])


def r2_of(columns: Array) -> Array:
    """1 - sum of squared errors / sum of squares about the mean; equal references: 1 if met exactly, else 0."""
    errors, squares, total, n = np.moveaxis(columns, -1, 0)
    spread = squares - total**2 / n
    flat = spread <= 1e-12 * squares
    return np.where(flat, errors == 0, 1 - divide(errors, np.where(flat, 0, spread)))


def pearson_rows(predictions: Columns, references: Columns) -> Array:
    return moments(*number_pair(predictions, references))


def spearman_rows(predictions: Columns, references: Columns) -> Array:
    """Moments of the ranks within all rows (ties share their mean rank); a resample keeps these ranks."""
    predicted, actual = number_pair(predictions, references)
    return moments(ranks(predicted), ranks(actual))


def moments(x: Array, y: Array) -> Array:
    x, y = standardised(x), standardised(y)
    return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])


def standardised(x: Array) -> Array:
    centred = x - x.mean()
    scale = np.abs(centred).max()
    return centred / scale if scale > 1e-12 * np.abs(x).max() else np.zeros(len(x))


def ranks(x: Array) -> Array:
    _, group, size = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(size) - (size - 1) / 2)[group]


def correlation_of(columns: Array) -> Array:
    """Pearson's r from moments; 0 where one side does not vary, since it then says nothing about the other."""
    n, x, y, xx, yy, xy = np.moveaxis(columns, -1, 0)
    spread = np.maximum(xx - x**2 / n, 0) * np.maximum(yy - y**2 / n, 0)
    return np.clip(divide(xy - x * y / n, np.sqrt(np.where(spread > 1e-18 * xx * yy, spread, 0))), -1, 1)


mae = Metric("mae", absolute_error_rows, ratio, bounds=None, higher_is_better=False)
rmse = Metric("rmse", squared_error_rows, root_mean, bounds=None, higher_is_better=False)
r2 = Metric("r2", r2_rows, r2_of, bounds=None)
spearman = Metric("spearman", spearman_rows, correlation_of, bounds=(-1.0, 1.0))
pearson = Metric("pearson", pearson_rows, correlation_of, bounds=(-1.0, 1.0))
regression = (mae, rmse, r2, spearman, pearson)
