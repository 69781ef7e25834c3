"""What it is worth to know or to learn more: further labels, further test rows, a better price of an error.

Every worth is a difference of RE-OPTIMISED cost: the acts are to hand everything off, to answer from some confidence
on, or to answer everything, and each state of knowledge takes its own best act. Pricing every error that goes at its
full loss overstates data by the ratio of that loss to the cost of a hand-off, because doubtful errors never got out.

Sources: Raiffa & Schlaifer (1961), Applied Statistical Decision Theory; Howard (1966), IEEE Trans. Systems Science
and Cybernetics 2:22-26.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from kit.errors import VentureError
from kit.strategy.checks import positive
from kit.strategy.draws import DRAWS, LEVEL, Quantity, interval, nothing, stream
from kit.strategy.margin import error_mix
from kit.strategy.rows import Rows, automated
from kit.strategy.stakes import Stakes, View, drawn_stakes, stakes_of
from kit.strategy.states import State, Value
from kit.strategy.threshold import best_threshold
from kit.strategy.value import Deal


@dataclass(frozen=True)
class LabelValue:
    """Worth of further labels over the horizon; `usd_if_all_answered` is what full pricing would have claimed."""

    usd: Quantity
    usd_if_all_answered: Value
    threshold_now: Value
    threshold_then: Value


@dataclass(frozen=True)
class Question:
    """What is known about a threshold decision: confidence bins from the surest down.

    `share` of requests in each bin and Beta(right, wrong) of its accuracy; `costs` (3, worlds) are answering right,
    answering wrong and handing off.
    """

    share: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    costs: np.ndarray

    @property
    def accuracy(self) -> np.ndarray:
        return self.right / (self.right + self.wrong)

    def gains(self, accuracy: np.ndarray, costs: np.ndarray) -> np.ndarray:
        """(..., bins + 1) gain per request over handing all off, of answering the first 0, 1, ... bins."""
        right, wrong, handed = (cost[..., None] for cost in costs)
        per_bin = self.share * (handed - wrong + accuracy * (wrong - right))
        return np.concatenate([np.zeros((*per_bin.shape[:-1], 1)), np.cumsum(per_bin, axis=-1)], axis=-1)


@dataclass(frozen=True)
class InformationValue:
    """Most that each piece of knowledge can be worth over the horizon, and what n more test rows are expected to be."""

    usd_of_rows: float
    usd_of_perfect_accuracy: float
    usd_of_perfect_prices: float
    measure_first: str
    """`accuracy` or `prices`, whichever is worth more; `neither` where no answer would change the act"""


def value_of_labels(
    rows: Rows, deal: Deal, errors_left: np.ndarray | float, *,
    requests: float, view: View = View.BOTH, seed: int = 0, level: float = LEVEL,
) -> LabelValue:
    """Worth of labels after which `errors_left` of today's errors are still made (a number, or a draw per world).

    Both thresholds are chosen on validation rows at expected stakes, now and then, and paid for on test rows at drawn
    stakes. Each error is taken to be equally likely to go, whatever its confidence.
    """
    validation, test = rows.part("validation"), rows.part("test")
    positive("requests", requests)
    left = np.clip(np.asarray(errors_left, dtype=float), 0.0, 1.0)
    if len(validation) == 0 or len(test) == 0:
        return LabelValue(nothing(level), State.UNDEFINED, State.UNDEFINED, State.UNDEFINED)
    mix = error_mix(validation, 0.0)
    now = stakes_of(deal, mix, view)
    thresholds = best_threshold(validation, now), best_threshold(validation, now.with_errors_left(float(left.mean())))
    before, after = (automated(test, threshold) for threshold in thresholds)
    cells = 4 * before + 2 * after + test.correct
    counts = np.bincount(cells, minlength=8) / test.design_effect()
    costs = np.array([[now.right_usd], [now.wrong_usd], [now.handoff_usd]])
    point = _label_gain(counts[:, None] / counts.sum(), costs, left.mean())
    # an eighth each adds one row in all, the weight that Jeffreys' prior gives a share
    shares = stream(seed, "labels").dirichlet(counts + 1 / 8, DRAWS).T
    worlds = np.resize(stream(seed, "errors left").permutation(left.ravel()), DRAWS)
    drawn = _label_gain(shares, drawn_stakes(deal, mix, view, deff=validation.design_effect(), seed=seed), worlds)
    full = (1 - float(left.mean())) * float((~test.correct).mean()) * (now.wrong_usd - now.right_usd)
    return LabelValue(interval(requests * float(point[0]), requests * drawn, level), requests * full, *thresholds)


def question_of(
    rows: Rows, deal: Deal, *, bins: int = 10, view: View = View.BOTH, draws: int = DRAWS, seed: int = 0
) -> Question:
    """The threshold decision as the held-out rows leave it, in bins of about equal numbers of rows.

    Rows of equal confidence share a bin: no threshold can part them.
    """
    if len(rows) == 0:
        raise VentureError("there are 0 held-out rows: evaluate the run before asking what more rows are worth")
    confidence, deff = rows.sureness, rows.design_effect()
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(-edges[::-1], -confidence, side="right")  # bin 0 is the surest
    sizes = np.bincount(place)
    right, sizes = np.bincount(place, weights=rows.correct)[sizes > 0], sizes[sizes > 0]
    costs = drawn_stakes(deal, error_mix(rows, 0.0), view, deff=deff, draws=draws, seed=seed)
    return Question(sizes / len(rows), right / deff + 0.5, (sizes - right) / deff + 0.5, costs)


def value_of_test_rows(question: Question, more_rows: int, *, requests: float, seed: int = 0) -> InformationValue:
    """Expected worth of `more_rows` test rows over `requests`, by simulation of what they may show.

    The rows to come count as independent of one another; of clustered rows give their effective number.
    Rows tell nothing about prices, so the act after them is taken at expected prices; `measure_first` compares the
    most that accuracy and prices could be worth.
    """
    positive("more_rows", more_rows)
    positive("requests", requests)
    draws, rng = question.costs.shape[1], stream(seed, "rows to come")
    expected = question.costs.mean(axis=1)
    prior_gains = question.gains(question.accuracy, expected)
    act = int(prior_gains.argmax())
    truth = rng.beta(question.right, question.wrong, (draws, len(question.share)))
    seen = rng.multinomial(more_rows, question.share / question.share.sum(), draws)
    found = rng.binomial(seen, truth)
    after = (question.right + found) / (question.right + question.wrong + seen)
    rows = _regret(question.gains(after, expected), act)
    accuracy = _regret(question.gains(truth, expected), act)
    prices = _regret(question.gains(question.accuracy, question.costs), act)
    first = "neither" if max(accuracy, prices) == 0 else "accuracy" if accuracy >= prices else "prices"
    return InformationValue(requests * rows, requests * accuracy, requests * prices, first)


def evsi_all_or_nothing(right: float, wrong: float, rows: int, stakes: Stakes) -> float:
    """Exact worth per request of `rows` more test rows when the only acts are to answer all or nothing (Beta-binomial).

    Prior Beta(right, wrong); the special case of `value_of_test_rows` with one bin.
    """
    from scipy import stats  # half a second to load, and only this exact sum needs it

    found = np.arange(rows + 1)
    chance = stats.betabinom.pmf(found, rows, right, wrong)
    gains = _gain(stakes, (right + found) / (right + wrong + rows))
    return float(chance @ np.maximum(gains, 0.0)) - max(0.0, float(_gain(stakes, right / (right + wrong))))


def evpi_all_or_nothing(right: float, wrong: float, stakes: Stakes) -> float:
    """The same for knowing the accuracy: E[max(gain, 0)] - max(E[gain], 0) under Beta(right, wrong), in closed form."""
    at_zero, slope = float(_gain(stakes, 0.0)), stakes.wrong_usd - stakes.right_usd
    if slope == 0:
        return 0.0
    if slope < 0:  # a purse that is worse off with a right answer: count the wrong ones instead
        at_zero, slope, right, wrong = at_zero + slope, -slope, wrong, right
    mean = right / (right + wrong)
    now = max(0.0, at_zero + slope * mean)
    even = min(1.0, max(0.0, -at_zero / slope))
    above = at_zero * special.betaincc(right, wrong, even) + slope * mean * special.betaincc(right + 1, wrong, even)
    return float(above) - now


def _gain(stakes: Stakes, accuracy: np.ndarray | float) -> np.ndarray | float:
    """Gain per request of answering over handing off."""
    return stakes.handoff_usd - stakes.wrong_usd + accuracy * (stakes.wrong_usd - stakes.right_usd)


def _regret(gains: np.ndarray, act: int) -> float:
    """Mean gain of the best act of each world over the act taken now."""
    return float((gains.max(axis=-1) - gains[..., act]).mean())


def _label_gain(cells: np.ndarray, costs: np.ndarray, left: np.ndarray | float) -> np.ndarray:
    """Cost now less cost then, per request; `cells` (8, worlds) are shares by 4 answered now + 2 then + right."""
    right, wrong, handed = costs
    cell = np.arange(8)
    is_right, now, then = cell % 2 == 1, cell >= 4, cell % 4 >= 2
    gain = 0.0
    for share, good, first, second in zip(cells, is_right, now, then):
        before = (right if good else wrong) if first else handed
        after = (right if good else right + left * (wrong - right)) if second else handed
        gain = gain + share * (before - after)
    return np.atleast_1d(gain)
