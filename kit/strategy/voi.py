"""What it is worth to know before deciding: EVPI, EVPPI, EVSI, net benefit of sampling.

Howard (1966), IEEE Trans. Systems Science and Cybernetics 2:22-26; Raiffa & Schlaifer (1961), Applied Statistical
Decision Theory. All values are in the unit of the payoffs. Information that changes no act is worth exactly 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from kit.strategy.checks import fraction, non_negative, number, require
from kit.strategy.sensitivity import average_ranks
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import Array

Payoffs = Mapping[str, Sequence[float]]
BINS, KNOTS = 30, 6


@dataclass(frozen=True)
class PerfectInformation:
    """The best act today, its expected payoff, the expected payoff if the state were known first, the difference."""

    best_act: str
    expected: float
    expected_informed: float
    evpi: float


@dataclass(frozen=True)
class PilotValue:
    """A pilot with two outcomes: how often it is positive, what it then tells, the best acts, and its value."""

    probability_positive: float
    success_if_positive: Value
    success_if_negative: Value
    act_if_positive: str | None
    act_if_negative: str | None
    evsi: float


def evpi_discrete(payoffs: Payoffs, probabilities: Sequence[float]) -> PerfectInformation:
    """EVPI = sum_s p_s max_d NB(d, s) - max_d sum_s p_s NB(d, s), payoffs by act and state.

    >>> found = evpi_discrete({"launch": [100, -80], "wait": [0, 0]}, [0.6, 0.4])
    >>> found.best_act, round(found.expected, 6), round(found.evpi, 6)
    ('launch', 28.0, 32.0)
    """
    acts, table, weights = _decision(payoffs, probabilities)
    expected = table @ weights
    best = int(expected.argmax())
    informed = float(table.max(axis=0) @ weights)
    return PerfectInformation(acts[best], float(expected[best]), informed, max(0.0, informed - float(expected[best])))


def evpi_samples(net_benefits: Array) -> float:
    """EVPI = E[max_d NB] - max_d E[NB] from draws, one row per draw and one column per act."""
    table = _per_act(net_benefits)
    return max(0.0, float(table.max(axis=1).mean() - table.mean(axis=0).max()))


def evppi(net_benefits: Array, values: Array, *, method: Literal["spline", "bins"] = "spline") -> float:
    """Value of knowing one input: E[max_d g_d(x)] - max_d E[g_d(x)], g_d the regression of act d's benefit on x.

    Strong, Oakley & Brennan (2014), Medical Decision Making 34:311-326. `spline` is linear in x plus a natural
    cubic spline on its normal scores; `bins` takes means in 30 bins of equal size, for a benefit that jumps. Both
    follow a little noise, so a small positive value means "about nothing"; the answer is kept within 0 and the EVPI
    of the same draws.
    """
    table = _per_act(net_benefits)
    values = np.asarray(values, dtype=float)
    if len(values) != len(table):
        raise ValueError(f"{len(values)} values of the input for {len(table)} draws of the net benefit")
    if np.ptp(values) == 0:
        return 0.0
    fitted = _spline_fit(table, values) if method == "spline" else _bin_means(table, values)
    gain = float(fitted.max(axis=1).mean() - fitted.mean(axis=0).max())
    return min(max(0.0, gain), evpi_samples(table))


def evsi_pilot(
    payoffs: Payoffs, probability_success: float, *, sensitivity: float, specificity: float
) -> PilotValue:
    """EVSI of a pilot that says yes or no, by Bayes' rule; payoffs by act as (if success, if failure).

    EVSI = P(+) max_d E[NB | +] + P(-) max_d E[NB | -] - max_d E[NB]. `sensitivity` = P(+ | success), `specificity` =
    P(- | failure). What an impossible outcome would tell is undefined.

    >>> pilot = evsi_pilot({"launch": [100, -80], "wait": [0, 0]}, 0.6, sensitivity=0.8, specificity=0.8)
    >>> round(pilot.probability_positive, 6), round(pilot.success_if_positive, 6), round(pilot.evsi, 6)
    (0.56, 0.857143, 13.6)
    """
    p = fraction("probability_success", probability_success)
    hit, true_negative = fraction("sensitivity", sensitivity), fraction("specificity", specificity)
    acts, table, prior = _decision(payoffs, [p, 1 - p])
    value, posteriors, best_acts = 0.0, [], []
    joints = np.array([[hit * p, (1 - true_negative) * (1 - p)], [(1 - hit) * p, true_negative * (1 - p)]])
    for joint in joints:
        chance = float(joint.sum())
        expected = table @ joint
        value += float(expected.max())
        posteriors.append(float(joint[0] / chance) if chance else State.UNDEFINED)
        best_acts.append(acts[int(expected.argmax())] if chance else None)
    evsi = max(0.0, value - float((table @ prior).max()))
    return PilotValue(float(joints[0].sum()), posteriors[0], posteriors[1], best_acts[0], best_acts[1], evsi)


def unit_normal_loss(z: float) -> float:
    """L(z) = phi(z) - z (1 - Phi(z)): expected shortfall of a standard normal beyond z (Raiffa & Schlaifer 1961).

    >>> round(unit_normal_loss(0.5), 6)
    0.197797
    """
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * float(ndtr(-z))


def evpi_normal(mean: float, sd: float) -> float:
    """EVPI of go or no-go with net benefit N(mean, sd^2): sd L(|mean| / sd); 0 where nothing is uncertain.

    >>> round(evpi_normal(10, 20), 6), round(evpi_normal(-10, 20), 6)
    (3.955931, 3.955931)
    """
    non_negative("sd", sd)
    return sd * unit_normal_loss(abs(mean) / sd) if sd else 0.0


def net_benefit_of_sampling(evsi: float, cost: float) -> float:
    """ENBS = EVSI - cost of the sample; below 0 the sample costs more than it can be worth."""
    return evsi - non_negative("cost", cost)


def _decision(payoffs: Payoffs, probabilities: Sequence[float]) -> tuple[list[str], Array, Array]:
    """Acts, payoffs (acts, states) and weights (states,) after their checks."""
    weights = np.array([fraction(f"probabilities[{i}]", p) for i, p in enumerate(probabilities)])
    total = float(weights.sum())
    require(abs(total - 1) < 1e-9, "probabilities", list(probabilities), f"they add up to {total:g}; make it 1")
    require(len(payoffs) > 0, "payoffs", dict(payoffs), "name at least one act")
    for act, row in payoffs.items():
        fix = f"give one payoff for each of {len(weights)} states"
        require(len(row) == len(weights), f"payoffs.{act}", list(row), fix)
        for payoff in row:
            number(f"payoffs.{act}", payoff)
    return list(payoffs), np.array([list(row) for row in payoffs.values()], dtype=float), weights


def _per_act(net_benefits: Array) -> Array:
    table = np.asarray(net_benefits, dtype=float)
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        raise ValueError("net benefits are finite numbers, one row per draw and one column per act")
    return table


def _bin_means(table: Array, values: Array) -> Array:
    # Ties stay in one bin, so an input with few values has one bin per value.
    bins = np.minimum((average_ranks(values) - 0.5) * BINS / len(values), BINS - 1).astype(int)
    counts = np.maximum(np.bincount(bins, minlength=BINS), 1)
    means = np.stack([np.bincount(bins, weights=act, minlength=BINS) / counts for act in table.T], axis=1)
    return means[bins]


def _spline_fit(table: Array, values: Array) -> Array:
    """Least squares on a natural cubic spline (Hastie, Tibshirani & Friedman 2009, section 5.2.1)."""
    # Scores instead of values: a lognormal input would put its few largest draws far beyond the last knot.
    scores = ndtri((average_ranks(values) - 0.5) / len(values))
    knots = np.unique(np.quantile(scores, np.linspace(0.05, 0.95, KNOTS)))
    # The values themselves too: a benefit linear in the input is then fitted exactly, however skewed the input is.
    columns = [np.ones_like(scores), scores, (values - values.mean()) / values.std()]
    if len(knots) > 2:
        last = _cubic(scores, knots[-2], knots[-1])
        columns += [_cubic(scores, knot, knots[-1]) - last for knot in knots[:-2]]
    basis = np.stack(columns, axis=1)
    return basis @ np.linalg.lstsq(basis, table, rcond=None)[0]


def _cubic(scores: Array, knot: float, last: float) -> Array:
    return (np.maximum(scores - knot, 0) ** 3 - np.maximum(scores - last, 0) ** 3) / (last - knot)
