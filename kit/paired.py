"""Whether one system beats another on the same rows, row by row.

McNemar's exact test and the bootstrap of the centred difference (Efron & Tibshirani, 1993, ch. 16); the interval of
paired shares is Bonett & Price (2012), J. Educ. Behav. Stat. 37:479-488.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from kit.intervals import NO_WIDTH, RESAMPLES, Resampling, clustered
from kit.metrics import Array, Columns, finite_column, mean_of_rows, ratio, sums
from kit.records import PairedTest

__all__ = ["compare", "paired_bootstrap", "paired_interval"]


def compare(
    a_correct: Columns,
    b_correct: Columns,
    *,
    clusters: Columns | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> PairedTest:
    """First against second system on the same rows: exact McNemar test where rows are right or wrong and independent,
    else the paired bootstrap. The interval of the difference is Bonett and Price's, since Wald's has no width when the
    systems agree on every row.
    """
    a, b = score_pair(a_correct, b_correct)
    if clusters is not None or not np.isin(a, (0, 1)).all() or not np.isin(b, (0, 1)).all():
        return paired_bootstrap(a, b, clusters=clusters, resamples=resamples, seed=seed, level=level)
    from kit.stats import mcnemar

    wins, losses, ties = outcomes(a - b)
    low, high = paired_interval(wins, losses, ties, level)
    return replace(mcnemar(wins, losses, ties, level), low=low, high=high)


def paired_bootstrap(
    a: Columns,
    b: Columns,
    *,
    clusters: Columns | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> PairedTest:
    """Mean difference of two columns of scores on the same rows, with interval and two-sided p.

    p = (1 + resamples whose centred difference is at least as far from 0) / (1 + resamples), and never below
    2^(1 - m), m the rows (or clusters) that differ: with 5 pairs not even 5 wins can show more than p = 0.0625.
    Wins, losses and ties count rows. Where all rows (or clusters) differ by the same amount, or there is but one, the
    interval is that of the sign counts, at the scale of the scores.
    """
    first, second = score_pair(a, b)
    how = Resampling(resamples, seed, level)
    rows = mean_of_rows(first - second)
    units = clustered(rows, clusters)
    n, diff, signs = len(units), float(ratio(sums(rows))), outcomes(first - second)
    if n < 2:
        reach = scale_of(first, second)
        return PairedTest(diff, -reach, reach, 1.0, *signs, "one cluster: no test")
    draws = how.draws(units, ratio)
    low, high = how.interval(draws, n)
    if high - low < NO_WIDTH:
        by_sign = paired_interval(*outcomes(units[:, 0]), level)
        low, high = (scale_of(first, second) * limit for limit in by_sign)
        low, high = min(low, diff), max(high, diff)
    centred = np.abs(draws - diff) * math.sqrt(n / (n - 1))  # resampling shrinks the variance by (n - 1) / n
    as_far = int((centred >= abs(diff) * (1 - 1e-9)).sum())
    floor = 2.0 ** (1 - int(np.count_nonzero(units[:, 0])))
    return PairedTest(diff, low, high, min(1.0, max((1 + as_far) / (1 + resamples), floor)), *signs, "paired_bootstrap")


def paired_interval(wins: int, losses: int, ties: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of (wins - losses) / n by Bonett and Price: Wald's with one win, one loss added.

    p = (wins + 1) / (n + 2), q = (losses + 1) / (n + 2), p - q -+ z sqrt((p + q - (p - q)^2) / (n + 2)).

    >>> [round(x, 4) for x in paired_interval(5, 0, 0)]
    [0.1958, 1.0]
    """
    from scipy import special

    n = wins + losses + ties + 2
    p, q = (wins + 1) / n, (losses + 1) / n
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt((p + q - (p - q) ** 2) / n)
    return max(-1.0, p - q - half), min(1.0, p - q + half)


def score_pair(a: Columns, b: Columns) -> tuple[Array, Array]:
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} scores: a paired test needs both systems on the same rows")
    if not len(a):
        raise ValueError("no rows: a paired test needs at least one")
    return finite_column(a, "scores of the first system"), finite_column(b, "scores of the second system")


def outcomes(differences: Array) -> tuple[int, int, int]:
    """Wins, losses and ties."""
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    return wins, losses, len(differences) - wins - losses


def scale_of(a: Array, b: Array) -> float:
    """The largest difference that scores can show: 1 for scores from 0 to 1, else the widest seen."""
    low, high = min(a.min(), b.min()), max(a.max(), b.max())
    return 1.0 if low >= 0 and high <= 1 else float(high - low)
