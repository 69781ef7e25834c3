"""Ranges through a model: named draws with common random numbers, a Gaussian copula, Monte Carlo.

Each input draws from a stream seeded by (seed, its name), so adding, dropping or renaming another input, or comparing
two scenarios, leaves its draws as they are (common random numbers; Glasserman & Yao 1992, Management Science 38:884).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from kit.strategy.checks import number, require
from kit.strategy.ranges import (
    Array,
    Distribution,
    Range,
    Shape,
    lognormal,
    pert,
    point,
    share_from_counts,
)
from kit.strategy.states import State, Value

__all__ = [
    "Array",
    "Correlations",
    "Distribution",
    "Draws",
    "Inputs",
    "Model",
    "MonteCarlo",
    "Range",
    "Shape",
    "Target",
    "as_distribution",
    "copula_from_spearman",
    "draw",
    "lognormal",
    "named_uniforms",
    "pert",
    "point",
    "share_from_counts",
    "simulate",
    "summarise",
]

DRAWS = 20_000
SMALLEST_UNIFORM = 2.0**-54  # a uniform of exactly 0 would become minus infinity

Draws = dict[str, Array]
Inputs = Mapping[str, Distribution | Range | float]
Correlations = Mapping[tuple[str, str], float]
Model = Callable[[Draws], Array]


@dataclass(frozen=True)
class Target:
    """A value that an outcome should reach, or stay under."""

    value: float
    direction: Literal["at_least", "at_most"] = "at_least"

    def met(self, outcomes: Array) -> NDArray[np.bool_]:
        """Which outcomes meet it; an outcome that is not a number does not."""
        return outcomes >= self.value if self.direction == "at_least" else outcomes <= self.value


@dataclass(frozen=True)
class MonteCarlo:
    """What the draws of one outcome say.

    Draws without a value (NaN) are left out of mean and percentiles, counted in `undefined_share`, and never meet the
    target. `standard_error` is of the mean, from drawing, not of the knowledge behind the ranges.
    """

    mean: Value
    p5: Value
    p50: Value
    p95: Value
    standard_error: Value
    probability_met: Value
    n: int
    undefined_share: float = 0.0
    draws: Array = field(default_factory=lambda: np.empty(0), repr=False, compare=False)

    @property
    def probability_standard_error(self) -> Value:
        """Standard error of `probability_met`: sqrt(p (1 - p) / n)."""
        p = self.probability_met
        return p if isinstance(p, State) else math.sqrt(p * (1 - p) / self.n)


def named_uniforms(name: str, n: int = DRAWS, *, seed: int = 0, stream: int = 0) -> Array:
    """Uniforms that depend on (seed, stream, name) alone; fewer draws are the beginning of more."""
    digest = hashlib.sha256(f"{seed}\0{stream}\0{name}".encode()).digest()
    uniforms = np.random.default_rng(int.from_bytes(digest[:16], "big")).random(n)
    return np.maximum(uniforms, SMALLEST_UNIFORM)


def copula_from_spearman(rank_correlation: float) -> float:
    """Correlation of the normals behind a Spearman correlation: 2 sin(pi rho / 6) (Kruskal 1958, JASA 53:814)."""
    return 2 * math.sin(math.pi * rank_correlation / 6)


def as_distribution(name: str, value: Distribution | Range | float) -> Distribution:
    """The distribution of one input, whether it was given as one, as a range or as a number."""
    if isinstance(value, Distribution):
        return value
    return value.distribution() if isinstance(value, Range) else point(number(name, value))


def draw(inputs: Inputs, n: int = DRAWS, *, seed: int = 0, correlations: Correlations | None = None) -> Draws:
    """`n` joint draws of every input; `correlations` are those of the Gaussian copula, pair by pair."""
    distributions = {name: as_distribution(name, value) for name, value in inputs.items()}
    uniforms = {name: named_uniforms(name, n, seed=seed) for name, d in distributions.items() if d.shape != "point"}
    if correlations:
        uniforms.update(_correlate(uniforms, correlations, known=set(distributions)))
    return {name: d.sample(uniforms.get(name, np.zeros(n))) for name, d in distributions.items()}


def simulate(
    model: Model,
    inputs: Inputs,
    *,
    n: int = DRAWS,
    seed: int = 0,
    correlations: Correlations | None = None,
    target: Target | None = None,
    at_infinity: State = State.NEVER,
) -> MonteCarlo:
    """Monte Carlo of `model(draws)`, which takes arrays by input name and returns one outcome per draw.

    >>> outcome = simulate(lambda x: x["x"] + x["y"], {"x": Range(-1.645, 1.645), "y": 3.0}, target=Target(3.0))
    >>> abs(outcome.mean - 3) < 4 * outcome.standard_error, round(outcome.probability_met, 1)
    (True, 0.5)
    """
    outcomes = model(draw(inputs, n, seed=seed, correlations=correlations))
    return summarise(np.broadcast_to(outcomes, (n,)), target=target, at_infinity=at_infinity)


def summarise(outcomes: Array, *, target: Target | None = None, at_infinity: State = State.NEVER) -> MonteCarlo:
    """Mean, P5, P50, P95 and P(target met) of drawn outcomes.

    `at_infinity` names what an infinite outcome means here: a payback of infinity is `never` reached, so its median is
    `never` where half of the draws are infinite, and its mean as soon as one is.
    """
    outcomes = np.asarray(outcomes, dtype=float)
    n = len(outcomes)
    defined = outcomes[~np.isnan(outcomes)]
    met: Value = State.UNDEFINED if target is None or n == 0 else float(target.met(outcomes).mean())
    if len(defined) == 0:
        none = State.UNDEFINED
        return MonteCarlo(none, none, none, none, none, met, n, 1.0, outcomes)
    # Of the two neighbours of a percentile the upper one: half-way between a number and infinity there is nothing.
    method = "linear" if np.isfinite(defined).all() else "higher"
    percentiles = np.percentile(defined, [5, 50, 95], method=method)  # type: ignore[call-overload]
    p5, p50, p95 = (float(p) if math.isfinite(p) else at_infinity for p in percentiles)
    if method == "linear":
        mean: Value = float(defined.mean())
        error: Value = float(defined.std(ddof=1) / math.sqrt(len(defined))) if len(defined) > 1 else State.UNDEFINED
    else:
        mean = error = at_infinity
    return MonteCarlo(mean, p5, p50, p95, error, met, n, 1 - len(defined) / n, outcomes)


def _correlate(uniforms: Draws, correlations: Correlations, *, known: set[str]) -> Draws:
    """Uniforms of the correlated inputs, z = L e with L L' the matrix of correlations (Cholesky), u = Phi(z)."""
    names, matrix = _correlation_matrix(correlations, known=known, uncertain=set(uniforms))
    if not names:
        return {}
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    listed = {f"{a}~{b}": rho for (a, b), rho in correlations.items()}
    fix = "together these correlations are impossible (the matrix is not positive definite), so bring them nearer to 0"
    require(smallest > 1e-10, "correlations", listed, fix)
    scores = np.linalg.cholesky(matrix) @ np.stack([ndtri(uniforms[name]) for name in names])
    bounded = np.clip(ndtr(scores), SMALLEST_UNIFORM, 1 - SMALLEST_UNIFORM * 4)
    return dict(zip(names, bounded))


def _correlation_matrix(
    correlations: Correlations, *, known: set[str], uncertain: set[str]
) -> tuple[list[str], np.ndarray]:
    """Names in alphabetical order, so that the order of the inputs does not matter, and their matrix."""
    given: dict[frozenset[str], float] = {}
    for (a, b), rho in correlations.items():
        label = f"correlations[{a}, {b}]"
        require(a != b, label, rho, "an input has correlation 1 with itself, so name two different inputs")
        for name in (a, b):
            require(name in known, label, rho, f"{name!r} is not an input; inputs are {', '.join(sorted(known))}")
        require(-1 < number(label, rho) < 1, label, rho, "keep it between -1 and 1; two inputs at 1 are one input")
        earlier = given.setdefault(frozenset((a, b)), rho)
        require(earlier == rho, label, rho, f"the same pair was given {earlier!r}, so keep one of the two")
    # A point has nothing to correlate: a range that a scenario narrows to one value keeps its pair harmlessly.
    pairs = {pair: rho for pair, rho in given.items() if pair <= uncertain}
    names = sorted(set().union(*pairs)) if pairs else []
    matrix = np.eye(len(names))
    for pair, rho in pairs.items():
        i, j = (names.index(name) for name in pair)
        matrix[i, j] = matrix[j, i] = rho
    return names, matrix
