"""The cost of every share answered automatically, with its band and its cheapest place: what the threshold chart draws.

Points lie at fixed shares of the held-out rows, the surest first, so a choice between them needs no new computation.
Chosen on validation rows, reported on test rows; resampled rows give the band and the interval of the optimum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kit.strategy.draws import LEVEL
from kit.strategy.rows import Rows, automated
from kit.strategy.stakes import Stakes
from kit.strategy.states import State, Value
from kit.strategy.threshold import best_threshold, optima, resampled_weights

POINTS = 101
RESAMPLES = 200
WEEKS_PER_MONTH = 365.25 / 12 / 7


@dataclass(frozen=True)
class MoneyCurve:
    """Costs per 1,000 requests in the venture's currency by share answered; `best` is the point nearest the optimum."""

    coverage: tuple[float, ...]
    threshold: tuple[float | None, ...]
    cost: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    wrong_per_week: tuple[float, ...]
    accuracy: tuple[float | None, ...]
    best: int
    best_share: float
    best_low: float
    best_high: float
    today: float
    base_cost: float | None


def money_curve(
    rows: Rows, stakes: Stakes, *, today_usd: float, requests_per_month: float,
    level: float = LEVEL, seed: int = 0, points: int = POINTS,
) -> MoneyCurve | State:
    """The curve over test rows. `today_usd` is a request without the model; without test rows there is no curve."""
    validation, test = rows.part("validation"), rows.part("test")
    if len(test) == 0:
        return State.UNDEFINED
    order = np.argsort(-test.sureness, kind="stable")
    places = np.linspace(0, len(test), points).round().astype(int)
    extra = stakes.answered_usd(test)[order] - stakes.handoff_usd
    always = stakes.always_usd + stakes.handoff_usd
    cost = always + _upto(extra, places) / len(test)
    drawn = np.array([always + _upto(weights[order] * extra, places) / weights.sum()
                      for weights in resampled_weights(test, resamples=RESAMPLES, seed=seed)])  # fmt: skip
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    wrong = _upto((~test.correct[order]).astype(float), places)
    per_week = requests_per_month / WEEKS_PER_MONTH
    right = places - wrong
    best, best_low, best_high = _optimum(validation if len(validation) else test, test, stakes, level, seed)
    return MoneyCurve(
        coverage=tuple((places / len(test)).tolist()),
        threshold=tuple(None if k == 0 else float(test.sureness[order][k - 1]) for k in places),
        cost=tuple((1000 * cost).tolist()), low=tuple((1000 * np.minimum(low, cost)).tolist()),
        high=tuple((1000 * np.maximum(high, cost)).tolist()),
        wrong_per_week=tuple((per_week * wrong / len(test)).tolist()),
        accuracy=tuple(None if k == 0 else float(r / k) for k, r in zip(places, right)),
        best=int(np.argmin(np.abs(places / len(test) - best))), best_share=best, best_low=best_low, best_high=best_high,
        today=1000 * today_usd, base_cost=_cost_of_base(test, stakes),
    )  # fmt: skip


def _upto(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Sum of the first k values at each place k."""
    return np.concatenate([[0.0], np.cumsum(values)])[places]


def _optimum(chosen_on: Rows, test: Rows, stakes: Stakes, level: float, seed: int) -> tuple[float, float, float]:
    """Share of the test rows answered at the cheapest threshold, and its interval."""
    drawn = optima(chosen_on, stakes, resampled_weights(chosen_on, resamples=RESAMPLES, seed=seed))
    tail = (1 - level) / 2
    ends = [float(np.quantile(drawn, q, method=how)) for q, how in ((tail, "lower"), (1 - tail, "higher"))]  # type: ignore[call-overload]
    best = best_threshold(chosen_on, stakes)
    # a higher threshold answers less
    shares = [_share(test, best), _share(test, _threshold(ends[1])), _share(test, _threshold(ends[0]))]
    return shares[0], min(shares), max(shares)


def _threshold(place: float) -> Value:
    return place if math.isfinite(place) else State.NEVER


def _share(test: Rows, threshold: Value) -> float:
    return float(automated(test, threshold).mean())


def _cost_of_base(test: Rows, stakes: Stakes) -> float | None:
    """The untuned base answering everything, where it answered the same rows; it has no confidence to cut by."""
    if test.base_correct is None:
        return None
    wrong = float((~test.base_correct.astype(bool)).mean())
    usd = stakes.always_usd + (1 - wrong) * stakes.right_usd + wrong * stakes.wrong_usd
    return 1000 * usd
