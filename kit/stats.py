"""Intervals and paired tests on counts: pure functions that the proof and the worksheets share.

Wilson (1927), J. Am. Stat. Assoc. 22:209-212; Clopper & Pearson (1934), Biometrika 26:404-413;
Jeffreys' prior as in Brown, Cai & DasGupta (2001), Stat. Science 16:101-133; McNemar (1947), Psychometrika 12:153-157.
"""

from __future__ import annotations

import math

from scipy import stats

from kit.records import PairedTest


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a share; (0, 1) when there are no rows.

    >>> [round(x, 6) for x in wilson(460, 500)]
    [0.892894, 0.940702]
    """
    if n <= 0:
        return 0.0, 1.0
    z = stats.norm.ppf(0.5 + level / 2)
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
    low = 0.0 if successes == 0 else float(stats.beta.ppf(tail, successes, n - successes + 1))
    high = 1.0 if successes == n else float(stats.beta.ppf(1 - tail, successes + 1, n - successes))
    return low, high


def jeffreys(successes: float, n: float):
    """Posterior of a share under Jeffreys' prior, as a frozen scipy Beta(k + 1/2, n - k + 1/2)."""
    return stats.beta(successes + 0.5, n - successes + 0.5)


def probability_at_least(successes: float, n: float, target: float) -> float:
    """P(share >= target) under Jeffreys' prior.

    >>> round(probability_at_least(12, 30, 0.4), 4)
    0.505
    """
    return float(jeffreys(successes, n).sf(target))


def mcnemar(wins: int, losses: int, ties: int, level: float = 0.95) -> PairedTest:
    """Exact two-sided McNemar test of paired right/wrong answers, with a Wald interval of the difference.

    `wins`: rows only the first system got right; `losses`: rows only the second did; `ties`: the rest.

    >>> test = mcnemar(30, 12, 458)
    >>> round(test.p_value, 6), round(test.diff, 3)
    (0.007916, 0.036)
    """
    n = wins + losses + ties
    if n == 0:
        raise ValueError("a paired test needs at least one row")
    diff = (wins - losses) / n
    se = paired_standard_error(wins, losses, n)
    z = float(stats.norm.ppf(0.5 + level / 2))
    discordant = wins + losses
    p_value = 1.0 if discordant == 0 else float(stats.binomtest(wins, discordant, 0.5).pvalue)
    return PairedTest(diff, max(-1.0, diff - z * se), min(1.0, diff + z * se), p_value, wins, losses, ties, "mcnemar")


def paired_standard_error(wins: int, losses: int, n: int) -> float:
    """Standard error of (wins - losses) / n for paired right/wrong answers.

    >>> round(paired_standard_error(30, 12, 500), 6)
    0.012861
    """
    return math.sqrt(max(0.0, wins + losses - (wins - losses) ** 2 / n)) / n
