"""How sure a measured number is.

Rows are resampled as counts: R x N counts times N x K statistics is one matrix product, so a thousand resamples of
20,000 rows take well under a second. Rows that belong together (a user, a document) are summed first and resampled as
one: treated as independent they promise an interval that is too narrow.

Bootstrap: Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 13 and 16. Small samples: the expanded
percentile interval of Hesterberg (2015), Am. Statistician 69:371-386, whose tails follow Student's t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from kit.metrics import Array, Columns, Metric, Rows, finite_column, mean_of_rows, ratio, sums
from kit.records import Estimate

__all__ = ["RESAMPLES", "Resampling", "bootstrap", "clustered", "estimate", "share_estimate"]

RESAMPLES = 1000
CHUNK_CELLS = 2_000_000  # resampled counts held at a time: 16 MB
NO_WIDTH = 1e-12


def estimate(
    metric: Metric,
    predictions: Columns,
    references: Columns,
    *,
    clusters: Columns | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    options: dict[str, Any] | None = None,
) -> Estimate:
    """A metric's value with its interval: Wilson for right-or-wrong rows, else bootstrap; `options` are passed on."""
    rows = metric.rows(predictions, references, **(options or {}))
    if metric.share:
        return share_estimate(rows[:, 0], clusters=clusters, resamples=resamples, seed=seed, level=level)
    return resampled(rows, metric.of, clusters, Resampling(resamples, seed, level), metric.bounds)


def bootstrap(
    per_row_statistics: Rows,
    statistic: Callable[[Array], Array] = ratio,
    *,
    clusters: Columns | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """Interval of a function of column sums.

    `per_row_statistics` is (N, K), dense or sparse (one column alone is averaged); `statistic` takes sums (..., K) to
    values (...). A single row or cluster shows nothing of the spread between rows or clusters: the interval is then all
    of `bounds`, or, where the statistic has none, what resampling the rows gives; `method` says which.
    """
    rows = mean_of_rows(per_row_statistics) if np.ndim(per_row_statistics) == 1 else per_row_statistics
    return resampled(rows, statistic, clusters, Resampling(resamples, seed, level), bounds)


def share_estimate(
    correct: Columns,
    *,
    clusters: Columns | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """Share of rows that are right: Wilson's interval for independent rows, else a bootstrap of the clusters."""
    marks = finite_column(correct, "correct marks")
    if not np.isin(marks, (0, 1)).all():
        raise ValueError("a share needs rows marked 0 or 1; average other scores with bootstrap")
    if clusters is not None or not len(marks):
        return bootstrap(marks, clusters=clusters, resamples=resamples, seed=seed, level=level, bounds=(0.0, 1.0))
    share = float(marks.mean())
    return Estimate(share, *wilson_within((0.0, 1.0), share, len(marks), level), len(marks), level, "wilson")


# ---- resampling


@dataclass(frozen=True)
class Resampling:
    """How resamples are drawn and turned into an interval."""

    resamples: int
    seed: int
    level: float

    def __post_init__(self) -> None:
        if self.resamples < 100 or not 0 < self.level < 1:
            raise ValueError(f"need 100 resamples or more and a level in (0, 1), got {self.resamples} and {self.level}")

    def draws(self, units: Rows, statistic: Callable[[Array], Array]) -> Array:
        """The statistic of every resample of the units."""
        values = statistic(np.concatenate(list(self.column_sums(units))))
        if np.shape(values) != (self.resamples,):
            raise ValueError(f"the statistic must turn sums (..., K) into values (...), gave shape {np.shape(values)}")
        return values

    def column_sums(self, units: Rows) -> Iterator[Array]:
        rng, n = np.random.default_rng(self.seed), units.shape[0]
        step = max(1, CHUNK_CELLS // n)
        for start in range(0, self.resamples, step):
            size = min(step, self.resamples - start)
            picks = rng.integers(0, n, size=(size, n)) + n * np.arange(size)[:, None]
            counts = np.bincount(picks.ravel(), minlength=size * n).reshape(size, n).astype(float)
            yield counts @ units if isinstance(units, np.ndarray) else (units.T @ counts.T).T

    def interval(self, draws: Array, n: int) -> tuple[float, float]:
        """Percentiles of the draws, moved outwards to Student's t: P(Z < sqrt(n / (n - 1)) t)."""
        from scipy import special

        tail = special.ndtr(math.sqrt(n / (n - 1)) * special.stdtrit(n - 1, (1 - self.level) / 2))
        low, high = np.quantile(draws, [tail, 1 - tail])
        return float(low), float(high)


def resampled(
    rows: Rows,
    statistic: Callable[[Array], Array],
    clusters: Columns | None,
    how: Resampling,
    bounds: tuple[float, float] | None,
) -> Estimate:
    units = clustered(rows, clusters)
    value, n, unit = float(statistic(sums(rows))), units.shape[0], "row" if clusters is None else "cluster"
    if bounds and not bounds[0] - NO_WIDTH <= value <= bounds[1] + NO_WIDTH:
        raise ValueError(f"the value {value:g} is outside its bounds {bounds}: pass the bounds of this statistic")
    if n >= 2:
        low, high = how.interval(how.draws(units, statistic), n)
        method = "bootstrap" if clusters is None else "cluster bootstrap"
        if high - low < NO_WIDTH and bounds:  # all alike so far is no proof that the next one is too
            low, high = wilson_within(bounds, value, n, how.level)
            method = f"wilson of {unit}s"
    elif bounds:
        (low, high), method = bounds, f"one {unit}: no interval"
    elif rows.shape[0] >= 2:
        low, high = how.interval(how.draws(rows, statistic), rows.shape[0])
        method = "bootstrap of rows: one cluster"
    else:
        low, high, method = value, value, "one row: no interval"
    return Estimate(value, low, high, n, how.level, method)


def clustered(rows: Rows, clusters: Columns | None) -> Rows:
    """The rows themselves, or their sums by cluster."""
    n = rows.shape[0]
    if n == 0:
        raise ValueError("no rows: an interval needs at least one")
    finite_column(rows if isinstance(rows, np.ndarray) else rows.data, "row statistics")
    if clusters is None:
        return rows
    if len(clusters) != n:
        raise ValueError(f"{len(clusters)} cluster ids for {n} rows: give one per row")
    missing = sum(c is None or c != c for c in clusters)
    if missing:
        raise ValueError(f"{missing} of {n} rows have no cluster id: give every row one, its own where it stands alone")
    position = {c: i for i, c in enumerate(dict.fromkeys(clusters))}
    place = [position[c] for c in clusters]
    return sparse.csr_array((np.ones(n), (place, np.arange(n))), shape=(len(position), n)) @ rows


def wilson_within(bounds: tuple[float, float], value: float, n: int, level: float) -> tuple[float, float]:
    """Wilson's interval of a value within bounds, read as a share of the way from one to the other."""
    from kit.stats import wilson  # scipy.stats takes half a second to load

    start, length = bounds[0], bounds[1] - bounds[0]
    low, high = wilson((value - start) / length * n, n, level)
    return start + length * low, start + length * high
