"""Intervals and paired tests on counts: pure functions that the proof and the worksheets share.

Wilson (1927), J. Am. Stat. Assoc. 22:209-212; Clopper & Pearson (1934), Biometrika 26:404-413;
Jeffreys' prior as in Brown, Cai & DasGupta (2001), Stat. Science 16:101-133; McNemar (1947), Psychometrika 12:153-157;
rule of three in Hanley & Lippman-Hand (1983), JAMA 249:1743-1745; design effect in Kish (1965), Survey Sampling;
calibration error in Guo et al. (2017), ICML; conformal quantile in Vovk, Gammerman & Shafer (2005).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special  # scipy.stats takes half a second to load, so it is imported where it is needed

from kit.records import PairedTest


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a share; (0, 1) when there are no rows.

    >>> [round(x, 6) for x in wilson(460, 500)]
    [0.892894, 0.940702]
    """
    if n <= 0:
        return 0.0, 1.0
    z = special.ndtri(0.5 + level / 2)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share; never narrower than its level promises.

    >>> round(clopper_pearson(0, 30)[1], 6)
    0.115703
    """
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(special.betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def jeffreys(successes: float, n: float):
    """Posterior of a share under Jeffreys' prior, as a frozen scipy Beta(k + 1/2, n - k + 1/2)."""
    from scipy import stats

    return stats.beta(successes + 0.5, n - successes + 0.5)


def probability_at_least(successes: float, n: float, target: float) -> float:
    """P(share >= target) under Jeffreys' prior.

    >>> round(probability_at_least(12, 30, 0.4), 4)
    0.505
    """
    return float(special.betaincc(successes + 0.5, n - successes + 0.5, target))


def mcnemar(wins: int, losses: int, ties: int, level: float = 0.95) -> PairedTest:
    """Exact two-sided McNemar test of paired right/wrong answers, with a Wald interval of the difference.

    `wins`: rows only the first system got right; `losses`: rows only the second did; `ties`: the rest.

    >>> test = mcnemar(30, 12, 458)
    >>> round(test.p_value, 6), round(test.diff, 3)
    (0.007916, 0.036)
    """
    from scipy import stats

    n = wins + losses + ties
    if n == 0:
        raise ValueError("a paired test needs at least one row")
    diff = (wins - losses) / n
    se = paired_standard_error(wins, losses, n)
    z = float(special.ndtri(0.5 + level / 2))
    discordant = wins + losses
    p_value = 1.0 if discordant == 0 else float(stats.binomtest(wins, discordant, 0.5).pvalue)
    return PairedTest(diff, max(-1.0, diff - z * se), min(1.0, diff + z * se), p_value, wins, losses, ties, "mcnemar")


def paired_standard_error(wins: int, losses: int, n: int) -> float:
    """Standard error of (wins - losses) / n for paired right/wrong answers.

    >>> round(paired_standard_error(30, 12, 500), 6)
    0.012861
    """
    return math.sqrt(max(0.0, wins + losses - (wins - losses) ** 2 / n)) / n


def rule_of_three(n: int) -> float:
    """Upper 95 % bound of a share of which no case was seen in n rows, as people quote it: 3 / n.

    >>> rule_of_three(30)
    0.1
    """
    if n <= 0:
        raise ValueError("the rule of three needs at least one row")
    return min(1.0, 3 / n)


def rows_to_settle(observed: float, target: float, level: float = 0.95) -> int | None:
    """Rows at which Wilson's interval of an unchanged share no longer holds the target; None if they are equal.

    Wilson's bound is the score test turned round, so n = z^2 t (1 - t) / (p - t)^2 with no search.

    >>> rows_to_settle(0.5, 0.4)
    93
    """
    gap = abs(observed - target)
    if gap < 1e-12:
        return None
    z = float(special.ndtri(0.5 + level / 2))
    return max(1, math.ceil(z * z * target * (1 - target) / gap**2))


def rows_to_compare(first: float, second: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Rows per system to see two shares apart on different rows: (z_a + z_b)^2 (p q + p' q') / (p - p')^2.

    >>> round(rows_to_compare(0.90, 0.93), 1)
    1352.6
    """
    if first == second:
        raise ValueError("equal shares can never be told apart")
    spread = first * (1 - first) + second * (1 - second)
    return _power_factor(alpha, power) * spread / (first - second) ** 2


def rows_to_compare_paired(discordant: float, diff: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Rows to see a paired difference when `discordant` of the rows differ: (z_a + z_b)^2 (d - diff^2) / diff^2.

    Miller (2024), arXiv 2411.00640.

    >>> round(rows_to_compare_paired(0.084, 0.036), 1)
    500.9
    """
    if diff == 0:
        raise ValueError("a difference of zero can never be seen")
    return _power_factor(alpha, power) * (discordant - diff**2) / diff**2


def _power_factor(alpha: float, power: float) -> float:
    return float(special.ndtri(1 - alpha / 2) + special.ndtri(power)) ** 2


def design_effect(cluster_size: float, correlation: float) -> float:
    """How many times more rows a clustered sample needs: 1 + (m - 1) rho.

    >>> design_effect(5, 0.5)
    3.0
    """
    return 1 + (cluster_size - 1) * correlation


def effective_rows(n: float, deff: float) -> float:
    """Independent rows that n clustered rows are worth.

    >>> round(effective_rows(500, 3.0), 3)
    166.667
    """
    return n / deff


def measured_design_effect(values: np.ndarray, groups: np.ndarray) -> float:
    """Design effect of a 0/1 column from its one-way analysis of variance; 1 where clusters add nothing.

    rho = (MSB - MSW) / (MSB + (m0 - 1) MSW), and m = sum of squared cluster sizes / n, which counts a row in a large
    cluster for what it is (Kish). Never below 1: a negative rho is noise as far as an interval may use it.
    """
    values = np.asarray(values, dtype=float)
    _, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member)
    n, k = len(values), len(sizes)
    if k < 2 or k == n:
        return 1.0 if k == n else float(n)
    means = np.bincount(member, weights=values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (k - 1)
    within = float(((values - means[member]) ** 2).sum()) / (n - k)
    typical = (n - (sizes**2).sum() / n) / (k - 1)
    spread = between + (typical - 1) * within
    rho = (between - within) / spread if spread > 0 else 0.0
    return max(1.0, float(design_effect(float((sizes**2).sum()) / n, rho)))


def conformal_index(n: int, alpha: float) -> int:
    """Which of n sorted calibration scores is the 1 - alpha quantile: ceil((n + 1)(1 - alpha)); above n there is none.

    >>> conformal_index(99, 0.1), conformal_index(20, 0.1)
    (90, 19)
    """
    # 100 x .9 may come out as 90.00000000000001, which a bare ceil would turn into 91
    return math.ceil((n + 1) * (1 - alpha) - 1e-9)
