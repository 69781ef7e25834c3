"""How large the market is, how fast it adopts, which pains and features come first, and where a funnel leaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, number, positive, whole
from kit.strategy.states import State, Value, ratio

DISAGREEMENT = 0.30  # top-down and bottom-up further apart than this deserve a question
ENOUGH_INTERVIEWS = 5  # our own rule: below it a pain is an anecdote


@dataclass(frozen=True)
class MarketSize:
    """Total, serviceable and obtainable market, per year."""

    tam: float
    sam: float
    som: float


def bottom_up(accounts: float, *, revenue_per_account_per_year: float, serviceable_share: float,
              obtainable_share: float) -> MarketSize:
    """TAM = accounts x yearly value; SAM = TAM x serviceable share; SOM = SAM x obtainable share.

    >>> bottom_up(200_000, revenue_per_account_per_year=6_000, serviceable_share=0.2, obtainable_share=0.05).som
    12000000.0
    """
    tam = (non_negative("accounts", accounts)
           * non_negative("revenue_per_account_per_year", revenue_per_account_per_year))
    return top_down(tam, serviceable_share=serviceable_share, obtainable_share=obtainable_share)


def top_down(market_per_year: float, *, serviceable_share: float, obtainable_share: float) -> MarketSize:
    """The same shares of a published market size."""
    tam = non_negative("market_per_year", market_per_year)
    sam = tam * fraction("serviceable_share", serviceable_share)
    return MarketSize(tam, sam, sam * fraction("obtainable_share", obtainable_share))


@dataclass(frozen=True)
class Disagreement:
    """Top-down against bottom-up, per level: (top - bottom) / bottom; `is_large` beyond 30 % either way."""

    tam: Value
    sam: Value
    som: Value
    is_large: bool


def disagreement(bottom: MarketSize, top: MarketSize) -> Disagreement:
    """Two ways to size the same market; undefined where the bottom-up figure is zero."""
    tam, sam, som = (ratio(above - below, below) for above, below in
                     ((top.tam, bottom.tam), (top.sam, bottom.sam), (top.som, bottom.som)))
    large = any(not isinstance(gap, State) and abs(gap) > DISAGREEMENT for gap in (tam, sam, som))
    return Disagreement(tam, sam, som, large)


@dataclass(frozen=True)
class Bass:
    """Adoption of a new product (Bass 1969, Management Science 15:215-227); the time unit is that of p and q.

    `innovation` p and `imitation` q are rates per period, `market` is the number that will adopt in the end.
    """

    innovation: float
    imitation: float
    market: float

    def __post_init__(self) -> None:
        fraction("innovation", self.innovation)
        fraction("imitation", self.imitation)
        non_negative("market", self.market)

    def adopters(self, time: float) -> float:
        """N(t) = m (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t); nobody adopts where p is 0.

        >>> round(Bass(0.03, 0.38, 1000).adopters(5), 4)
        331.1986
        """
        t, p, q = non_negative("time", time), self.innovation, self.imitation
        if p == 0:
            return 0.0
        decay = math.exp(-(p + q) * t)
        return self.market * (1 - decay) / (1 + q / p * decay)

    def peak_time(self) -> Value:
        """ln(q/p) / (p + q); 0 where word of mouth is the weaker force (q <= p), never where p is 0."""
        p, q = self.innovation, self.imitation
        if p == 0:
            return State.NEVER
        return max(0.0, math.log(q / p) / (p + q)) if q > 0 else 0.0

    def peak_rate(self) -> Value:
        """m (p + q)^2 / (4 q) adopters per period at the peak; p m at the start where q <= p; never where p is 0."""
        p, q = self.innovation, self.imitation
        if p == 0:
            return State.NEVER
        return self.market * (p + q) ** 2 / (4 * q) if q > p else p * self.market


def rice(*, reach: float, impact: float, confidence: float, effort: float) -> float:
    """reach x impact x confidence / effort (McBride, Intercom): confidence a fraction, effort in person-months.

    >>> rice(reach=1000, impact=2, confidence=0.8, effort=4)
    400.0
    """
    return (non_negative("reach", reach) * non_negative("impact", impact) * fraction("confidence", confidence)
            / positive("effort", effort))


def ice(*, impact: float, confidence: float, ease: float) -> float:
    """impact x confidence x ease (Ellis): impact and ease on one scale, confidence a fraction.

    >>> ice(impact=8, confidence=0.5, ease=6)
    24.0
    """
    return non_negative("impact", impact) * fraction("confidence", confidence) * non_negative("ease", ease)


@dataclass(frozen=True)
class Pain:
    """A pain of one user group, and how many dated interviews speak of it."""

    name: str
    severity: float
    """1 (a nuisance) to 5 (stops the work)."""
    times_per_month: float
    reach: float
    """Share of the group that has it."""
    interviews: int

    def __post_init__(self) -> None:
        if not 1 <= number(f"{self.name}.severity", self.severity) <= 5:
            raise VentureError(f"{self.name}.severity is {self.severity!r}: type 1 (a nuisance) to 5 (stops the work)")
        non_negative(f"{self.name}.times_per_month", self.times_per_month)
        fraction(f"{self.name}.reach", self.reach)
        whole(f"{self.name}.interviews", self.interviews)

    @property
    def score(self) -> float:
        """severity x frequency x reach: orders pains, measures nothing by itself."""
        return self.severity * self.times_per_month * self.reach

    @property
    def has_evidence(self) -> bool:
        return self.interviews >= ENOUGH_INTERVIEWS


def rank_pains(pains: Sequence[Pain]) -> list[Pain]:
    """Evidenced pains first, each part by falling score: a loud guess must not outrank a quiet fact."""
    return sorted(pains, key=lambda pain: (not pain.has_evidence, -pain.score, pain.name))


@dataclass(frozen=True)
class FunnelStage:
    name: str
    rate: float
    count: float


@dataclass(frozen=True)
class Funnel:
    stages: tuple[FunnelStage, ...]
    customers: float
    conversion: float
    weakest: str | None
    """The stage with the lowest rate; None for a funnel without stages."""


def funnel(visits: float, rates: Sequence[tuple[str, float]]) -> Funnel:
    """People left after each stage = people before x rate.

    >>> round(funnel(10_000, [("signup", 0.03), ("activate", 0.25), ("pay", 0.10)]).customers, 6)
    7.5
    """
    count, conversion, stages = non_negative("visits", visits), 1.0, []
    start = count
    for name, rate in rates:
        conversion *= fraction(f"rates.{name}", rate)
        count = start * conversion
        stages.append(FunnelStage(name, rate, count))
    weakest = min(stages, key=lambda stage: stage.rate).name if stages else None
    return Funnel(tuple(stages), count, conversion, weakest)
