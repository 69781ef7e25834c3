"""Where we stand: alternatives, the measured map, five forces, seven powers, how fast a lead melts.

Claims are kept beside their evidence and never averaged into a score: a scale that is only ordered has no mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kit.records import Estimate
from kit.strategy.checks import non_negative, number, positive, require
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import Array

AlternativeKind = Literal["status quo", "human", "API wrapper", "incumbent", "tuned model"]
Standing = Literal["front", "dominated", "not separated"]
ForceName = Literal["rivalry", "new entrants", "substitutes", "buyers", "suppliers"]
PowerName = Literal[
    "scale economies",
    "network economies",
    "counter-positioning",
    "switching costs",
    "branding",
    "cornered resource",
    "process power",
]

# Helmer (2016), 7 Powers: the stage of a company in which each power can first be had
POWER_STAGE: dict[PowerName, str] = {
    "counter-positioning": "origination",
    "cornered resource": "origination",
    "scale economies": "take-off",
    "network economies": "take-off",
    "switching costs": "take-off",
    "process power": "stability",
    "branding": "stability",
}
# Porter (1979, 2008): each force with the figure that says how strong it is
FORCE_METRIC: dict[ForceName, str] = {
    "rivalry": "our lead over the best measured rival",
    "new entrants": "cost for a newcomer to match our run",
    "substitutes": "price gap to the nearest substitute",
    "buyers": "days a customer needs to switch",
    "suppliers": "concentration of suppliers (sum of squared shares)",
}
RESAMPLES = 400
GONE = 7.0  # after exp(-7) of a lead, less than a thousandth, the rate can no longer be told


@dataclass(frozen=True)
class Alternative:
    """What a customer would do without us, one attribute of it, and whether anybody measured that."""

    kind: AlternativeKind
    name: str
    attribute: str
    value: str
    evidence: Literal["claimed", "measured"]
    source: str


@dataclass(frozen=True)
class AlternativesGrid:
    """Rows ordered by kind; kinds that have no row yet; measured rows as a share of all."""

    rows: tuple[Alternative, ...]
    missing: tuple[AlternativeKind, ...]
    measured_share: Value


@dataclass(frozen=True)
class MapPoint:
    """A measured system: quality and dollars per 1,000 requests, each with its interval."""

    name: str
    quality: Estimate
    usd_per_1k: Estimate


@dataclass(frozen=True)
class Placed:
    """A point of the map with who beats it: `dominated` beyond the intervals, `not separated` by point values only."""

    point: MapPoint
    standing: Standing
    beaten_by: tuple[str, ...]


@dataclass(frozen=True)
class Force:
    """One of the five forces: what we think, and the figure behind it (None while nobody has measured it)."""

    name: ForceName
    assessment: str
    value: float | None = None
    unit: str = ""
    source: str = ""

    @property
    def metric(self) -> str:
        """The figure that belongs to this force."""
        return FORCE_METRIC[self.name]

    @property
    def reading(self) -> Value:
        """The figure, or `undefined` while it is not measured or has no source."""
        return State.UNDEFINED if self.value is None or not self.source.strip() else number(self.name, self.value)


@dataclass(frozen=True)
class Power:
    """A claimed power: what we gain, what keeps others from copying it, and what shows both."""

    name: PowerName
    claim: str
    benefit: str = ""
    barrier: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of benefit, barrier and evidence is not there."""
        shown = any(item.strip() for item in self.evidence)
        present = {"benefit": bool(self.benefit.strip()), "barrier": bool(self.barrier.strip()), "evidence": shown}
        return tuple(name for name, there in present.items() if not there)

    @property
    def state(self) -> Literal["evidenced", "not evidenced"]:
        """Helmer (2016): a power is a benefit and a barrier, both; here each must also be shown."""
        return "not evidenced" if self.missing else "evidenced"

    @property
    def stage(self) -> str:
        """When in a company's life it can first be had."""
        return POWER_STAGE[self.name]


@dataclass(frozen=True)
class Gap:
    """Tuned minus best rival on the same rows, `months` after the first reading, with its standard error."""

    months: float
    gap: float
    standard_error: float = 0.0


@dataclass(frozen=True)
class HalfLife:
    """Months in which a lead halves, with its 90 % interval; `never` where it does not shrink."""

    months: Value
    low: Value
    high: Value
    gap_now: float
    readings: int


def alternatives_grid(rows: Sequence[Alternative]) -> AlternativesGrid:
    """Rows by kind (Dunford 2019, Obviously Awesome: start from what the customer would do otherwise)."""
    kinds: tuple[AlternativeKind, ...] = get_args(AlternativeKind)
    for i, row in enumerate(rows):
        require(row.kind in kinds, f"alternatives[{i}].kind", row.kind, f"use one of {', '.join(kinds)}")
        require(bool(row.source.strip()), f"alternatives[{i}].source", row.source, "say where it is from, with a date")
    ordered = tuple(sorted(rows, key=lambda row: kinds.index(row.kind)))
    missing = tuple(kind for kind in kinds if all(row.kind != kind for row in rows))
    measured = sum(row.evidence == "measured" for row in rows)
    return AlternativesGrid(ordered, missing, measured / len(rows) if rows else State.UNDEFINED)


def measured_map(points: Sequence[MapPoint]) -> list[Placed]:
    """Each point with its standing: more quality and less cost win, and only beyond both intervals is it proven."""
    placed = []
    for mine in points:
        beyond = tuple(other.name for other in points if other is not mine and _beats_beyond_doubt(other, mine))
        by_value = tuple(other.name for other in points if other is not mine and _beats(other, mine))
        standing: Standing = "dominated" if beyond else "not separated" if by_value else "front"
        placed.append(Placed(mine, standing, beyond or by_value))
    return placed


def unmeasured_forces(forces: Sequence[Force]) -> list[str]:
    """What is still to be measured: forces without a row, without a figure or without its source."""
    names: tuple[ForceName, ...] = get_args(ForceName)
    read = {force.name for force in forces if not isinstance(force.reading, State)}
    return [f"{name}: {FORCE_METRIC[name]}" for name in names if name not in read]


def moat_half_life(gaps: Sequence[Gap], *, seed: int = 0) -> HalfLife:
    """Half-life ln 2/lambda of gap = g exp(-lambda t), by weighted least squares on the gaps as they are.

    Logarithms would have to drop a gap of zero or less, which is the reading that matters most. The interval is P5-P95
    of refits to gaps redrawn within their standard errors. Undefined with fewer than two dates, without a lead at the
    first of them, and where the lead was gone by the second, faster than these dates can tell.
    """
    readings = sorted(gaps, key=lambda reading: reading.months)
    times = np.array([number("gaps.months", reading.months) for reading in readings])
    times = times - times[:1]
    sizes = np.array([number("gaps.gap", reading.gap) for reading in readings])
    errors = np.array([non_negative("gaps.standard_error", reading.standard_error) for reading in readings])
    now = float(sizes[-1]) if len(sizes) else 0.0
    if len(np.unique(times)) < 2 or sizes[0] <= 0:
        return HalfLife(State.UNDEFINED, State.UNDEFINED, State.UNDEFINED, now, len(readings))
    # A gap without a stated error counts like the best measured one; errors of none at all count alike.
    least = float(errors[errors > 0].min()) if (errors > 0).any() else 1.0
    weights = 1 / np.where(errors > 0, errors, least) ** 2
    draws = sizes + errors * np.random.default_rng(seed).standard_normal((RESAMPLES, len(sizes)))
    slow, fast = np.percentile(_decay_rates(times, draws, weights), [5, 95], method="nearest")
    found = (float(_decay_rates(times, sizes[None, :], weights)[0]), float(fast), float(slow))
    months, low, high = (_half_life(rate, first_step=_first_step(times)) for rate in found)
    return HalfLife(months, low, high, now, len(readings))


def lead_value(
    gap: float,
    *,
    requests_per_month: float,
    usd_per_error: float,
    half_life_months: Value,
    discount_per_month: float,
) -> Value:
    """Present value of a melting quality lead: gap x Q x C/(lambda + r), lambda = ln 2/half-life, continuous time.

    `usd_per_error` is what an error costs the purse whose value this is: with the customer's price of an error this is
    the customer's money, and ours only as far as we charge for it. A lead that neither melts nor is discounted is
    `infinite`; one whose half-life is not known is undefined.

    >>> round(lead_value(0.04, requests_per_month=100_000, usd_per_error=20, half_life_months=9,
    ...                  discount_per_month=0.01), 1)
    919367.4
    """
    if isinstance(half_life_months, State) and half_life_months is not State.NEVER:
        return State.UNDEFINED
    melting = 0.0 if isinstance(half_life_months, State) else math.log(2) / positive("half_life", half_life_months)
    per_month = number("gap", gap) * non_negative("requests_per_month", requests_per_month)
    per_month *= non_negative("usd_per_error", usd_per_error)
    rate = melting + non_negative("discount_per_month", discount_per_month)
    if rate == 0:
        return State.INFINITE if per_month else 0.0
    return per_month / rate


def _beats(first: MapPoint, second: MapPoint) -> bool:
    at_least = first.quality.value >= second.quality.value and first.usd_per_1k.value <= second.usd_per_1k.value
    same = first.quality.value == second.quality.value and first.usd_per_1k.value == second.usd_per_1k.value
    return at_least and not same


def _beats_beyond_doubt(first: MapPoint, second: MapPoint) -> bool:
    """Worst of the first against best of the second, on both axes."""
    better = first.quality.low >= second.quality.high
    return better and first.usd_per_1k.high <= second.usd_per_1k.low and _beats(first, second)


def _half_life(rate: float, *, first_step: float) -> Value:
    if rate * first_step > GONE:
        return State.UNDEFINED
    return math.log(2) / rate if rate > 1e-9 else State.NEVER


def _first_step(times: Array) -> float:
    return float(times[times > 0].min())


def _decay_rates(times: Array, gaps: Array, weights: Array) -> Array:
    """Rate of each row of `gaps` (rows, dates): least squares over a grid of rates, the size solved for, then refined.

    For a given rate the best size is linear, and what is explained is (sum w g e)^2/(sum w e^2), e = exp(-rate t).
    """
    span, fastest = float(times[-1]), 1.1 * GONE / _first_step(times)
    grid = np.concatenate([np.linspace(-2 / span, 2 / span, 81), np.geomspace(2 / span, fastest, 81)[1:]])
    best = _explained(np.broadcast_to(grid, (len(gaps), len(grid))), times, gaps, weights).argmax(axis=1)
    rates = grid[best]
    width = np.gradient(grid)[best] * 4
    for _ in range(10):
        trial = rates[:, None] + width[:, None] * np.linspace(-0.5, 0.5, 21)
        rates = trial[np.arange(len(gaps)), _explained(trial, times, gaps, weights).argmax(axis=1)]
        width = width / 5
    return rates


def _explained(rates: Array, times: Array, gaps: Array, weights: Array) -> Array:
    curves = np.exp(-rates[:, :, None] * times)  # (rows, rates, dates)
    overlap = np.einsum("rkd,rd,d->rk", curves, gaps, weights)
    return np.maximum(overlap, 0) ** 2 / np.einsum("rkd,d->rk", curves**2, weights)
