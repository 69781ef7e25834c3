"""Van Westendorp's price sensitivity meter (1976) and the purchase intent that Newton, Miller & Smith (1993) added.

Each person names four prices: too cheap, cheap, expensive, too expensive. The meter tells which prices are
acceptable, not how many would buy; only stated intent, discounted, says something about demand.

One rule for curves and ties, kept here alone. At price p too cheap and cheap count P(answer >= p), expensive and too
expensive P(answer <= p); between answered prices the curves are straight lines; the crossing is the first price at
which the falling curve is no longer above the rising one. Where both have reached zero there, they never cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kit.errors import VentureError
from kit.strategy.checks import non_negative
from kit.strategy.states import State, Value

CALIBRATION: Mapping[int, float] = {5: 0.7, 4: 0.5, 3: 0.3, 2: 0.1, 1: 0.0}
"""Probability of purchase behind an intent from 5 (surely) to 1 (surely not): people say more than they do."""


@dataclass(frozen=True)
class PriceAnswer:
    """One person's four prices; the intents at `cheap` and `expensive`, 5 to 1, where they were asked."""

    too_cheap: float
    cheap: float
    expensive: float
    too_expensive: float
    intent_cheap: int | None = None
    intent_expensive: int | None = None

    def __post_init__(self) -> None:
        for name in ("too_cheap", "cheap", "expensive", "too_expensive"):
            non_negative(name, getattr(self, name))
        for name in ("intent_cheap", "intent_expensive"):
            intent = getattr(self, name)
            if intent is not None and intent not in CALIBRATION:
                raise VentureError(f"{name} is {intent!r}: type a whole number from 5 (surely) to 1 (surely not)")

    @property
    def is_transitive(self) -> bool:
        return self.too_cheap <= self.cheap <= self.expensive <= self.too_expensive


@dataclass(frozen=True)
class Crossing:
    """The price at which two curves cross and the share there, or undefined with the reason."""

    price: Value
    share: Value = State.UNDEFINED
    reason: str = ""


@dataclass(frozen=True)
class PriceMeter:
    """The four crossings; the acceptable prices run from `pmc` to `pme`."""

    pmc: Crossing
    """Point of marginal cheapness: too cheap x not cheap."""
    pme: Crossing
    """Point of marginal expensiveness: too expensive x not expensive."""
    idp: Crossing
    """Indifference price: cheap x expensive."""
    opp: Crossing
    """Optimal price point: too cheap x too expensive."""
    prices: tuple[float, ...]
    curves: dict[str, tuple[float, ...]]
    """too_cheap, cheap, expensive, too_expensive at `prices`."""
    used: int
    dropped: int
    """Answers left out because their prices are not in order: report them beside the result."""


def price_meter(answers: Sequence[PriceAnswer]) -> PriceMeter:
    """Curves and crossings of the answers whose prices are in order.

    >>> answers = [PriceAnswer(5 * k, 5 * k + 5, 5 * k + 10, 5 * k + 15) for k in (1, 2, 3, 4)]
    >>> meter = price_meter(answers)
    >>> meter.pmc.price, meter.pme.price, meter.idp.price, meter.opp.price
    (17.5, 22.5, 20.0, 20.0)
    """
    valid = [answer for answer in answers if answer.is_transitive]
    dropped = len(answers) - len(valid)
    if not valid:
        nothing = Crossing(State.UNDEFINED, reason="no answer has its four prices in order")
        return PriceMeter(nothing, nothing, nothing, nothing, (), {}, 0, dropped)
    columns = {name: np.array([getattr(answer, name) for answer in valid], dtype=float)
               for name in ("too_cheap", "cheap", "expensive", "too_expensive")}
    prices = np.unique(np.concatenate(list(columns.values())))
    falling = {name: np.array([(columns[name] >= p).mean() for p in prices]) for name in ("too_cheap", "cheap")}
    rising = {name: np.array([(columns[name] <= p).mean() for p in prices]) for name in ("expensive", "too_expensive")}
    return PriceMeter(
        pmc=crossing(prices, falling["too_cheap"], 1 - falling["cheap"]),
        pme=crossing(prices, 1 - rising["expensive"], rising["too_expensive"]),
        idp=crossing(prices, falling["cheap"], rising["expensive"]),
        opp=crossing(prices, falling["too_cheap"], rising["too_expensive"]),
        prices=tuple(prices.tolist()),
        curves={name: tuple(curve.tolist()) for name, curve in {**falling, **rising}.items()},
        used=len(valid), dropped=dropped)


def crossing(prices: Sequence[float] | np.ndarray, falling: Sequence[float] | np.ndarray,
             rising: Sequence[float] | np.ndarray) -> Crossing:
    """The first price at which `falling` is no longer above `rising`, interpolated between the two around it."""
    x, down, up = (np.asarray(values, dtype=float) for values in (prices, falling, rising))
    gap = down - up
    reached = np.flatnonzero(gap <= 1e-12)
    if not len(reached):
        return Crossing(State.UNDEFINED, reason="no crossing: the falling curve stays above at every answered price")
    i = int(reached[0])
    if down[i] <= 1e-12 and up[i] <= 1e-12:
        return Crossing(State.UNDEFINED, reason=f"no crossing: both curves are at zero from {x[i]:g} on")
    if i == 0 or abs(gap[i]) <= 1e-12:
        return Crossing(float(x[i]), float(down[i]))
    part = gap[i - 1] / (gap[i - 1] - gap[i])
    return Crossing(float(x[i - 1] + part * (x[i] - x[i - 1])), float(down[i - 1] + part * (down[i] - down[i - 1])))


@dataclass(frozen=True)
class IntentCurve:
    """Expected share of buyers by price, and the answered prices at which reach and revenue are highest."""

    prices: tuple[float, ...]
    reach: tuple[float, ...]
    best_reach_price: Value
    best_revenue_price: Value
    used: int
    dropped: int
    """Answers without both intents or with prices out of order."""


def purchase_intent(answers: Sequence[PriceAnswer]) -> IntentCurve:
    """Reach at p = mean over people of a line through 0 at too cheap, the calibrated intents, 0 at too expensive.

    Newton, Miller & Smith (1993), A market acceptance extension to traditional price sensitivity measurement.
    Revenue per person asked is p x reach. The lower price stands on a tie.
    """
    valid = [a for a in answers if a.is_transitive and a.intent_cheap is not None and a.intent_expensive is not None]
    dropped = len(answers) - len(valid)
    if not valid:
        return IntentCurve((), (), State.UNDEFINED, State.UNDEFINED, 0, dropped)
    prices = np.unique([(a.too_cheap, a.cheap, a.expensive, a.too_expensive) for a in valid])
    reach = np.mean([_probability(a, prices) for a in valid], axis=0)
    if not reach.any():
        return IntentCurve(tuple(prices.tolist()), tuple(reach.tolist()), State.UNDEFINED, State.UNDEFINED,
                           len(valid), dropped)
    return IntentCurve(tuple(prices.tolist()), tuple(reach.tolist()), float(prices[reach.argmax()]),
                       float(prices[(prices * reach).argmax()]), len(valid), dropped)


def _probability(answer: PriceAnswer, prices: np.ndarray) -> np.ndarray:
    """Purchase probability of one person; a price named twice keeps the higher of its probabilities."""
    assert answer.intent_cheap is not None and answer.intent_expensive is not None
    knots: dict[float, float] = {}
    for price, probability in ((answer.too_cheap, 0.0), (answer.cheap, CALIBRATION[answer.intent_cheap]),
                               (answer.expensive, CALIBRATION[answer.intent_expensive]),
                               (answer.too_expensive, 0.0)):
        knots[price] = max(knots.get(price, 0.0), probability)
    return np.interp(prices, list(knots), list(knots.values()), left=0.0, right=0.0)
