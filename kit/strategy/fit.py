"""Product-market fit from survey answers: Ellis score with its doubt, segmentation after Superhuman, NPS."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.special import ndtri

from kit.stats import probability_at_least, wilson
from kit.strategy.checks import fraction, one_of, whole
from kit.strategy.states import State, Value

TARGET = 0.40  # Ellis's threshold, from about a hundred start-ups
ENOUGH_ANSWERS = 30
FEELINGS = ("very", "somewhat", "not")
"""How disappointed without the product: very, somewhat, not."""


@dataclass(frozen=True)
class EllisScore:
    """Share of the very disappointed, with Wilson interval, P(true share >= target) and what is still missing."""

    score: Value
    low: float
    high: float
    n: int
    p_at_least_target: Value
    verdict: str
    """met, missed or not_yet_proven: the interval must lie on one side of the target, with enough answers."""
    answers_needed: Value
    """Answers at which this same share would have its lower bound at the target; never for a share not above it."""


def ellis_score(very: int, *, valid_answers: int, target: float = TARGET, level: float = 0.95) -> EllisScore:
    """very disappointed / all valid answers (Ellis, 2010); ask users who used it twice in the last two weeks.

    Interval: Wilson (1927). Probability: Jeffreys' posterior. 12 of 30 reads as "40 %" and is a coin flip:

    >>> round(ellis_score(12, valid_answers=30).p_at_least_target, 4)
    0.505
    """
    n = whole("valid_answers", valid_answers)
    k = whole("very", very, highest=n)
    goal = fraction("target", target)
    if n == 0:
        return EllisScore(State.UNDEFINED, 0.0, 1.0, 0, State.UNDEFINED, "not_yet_proven", State.UNDEFINED)
    low, high = wilson(k, n, level)
    verdict = "not_yet_proven"
    if n >= ENOUGH_ANSWERS and low >= goal:
        verdict = "met"
    elif n >= ENOUGH_ANSWERS and high < goal:
        verdict = "missed"
    return EllisScore(k / n, low, high, n, probability_at_least(k, n, goal), verdict,
                      answers_needed(k / n, target=goal, level=level))


def answers_needed(share: float, *, target: float = TARGET, level: float = 0.95) -> Value:
    """Smallest n whose Wilson lower bound reaches the target with floor(share x n) very disappointed.

    The bound passes at (p - t)^2 n >= z^2 t (1 - t), p = floor(share x n) / n; the search starts where the
    unrounded share passes. Never below 30 answers, and never at all for a share that is not above the target.

    >>> answers_needed(0.5)
    94
    """
    share, goal = fraction("share", share), fraction("target", target)
    if share <= goal:
        return State.NEVER
    needed = float(ndtri(0.5 + level / 2)) ** 2 * goal * (1 - goal)
    n = max(ENOUGH_ANSWERS, math.ceil(needed / (share - goal) ** 2))
    while n < 1_000_000:  # beyond, one answer more or less no longer matters
        # a share such as 47/94 must not lose an answer to the last bit of the product
        observed = math.floor(share * n + 1e-9) / n
        if observed > goal and (observed - goal) ** 2 * n >= needed:
            return n
        n += 1
    return n


@dataclass(frozen=True)
class FitAnswer:
    """One answer of the survey; blanks stay empty strings."""

    feeling: str
    persona: str = ""
    benefit: str = ""
    holds_back: str = ""
    is_activated: bool = True

    def __post_init__(self) -> None:
        one_of("feeling", self.feeling, FEELINGS)


@dataclass(frozen=True)
class Segment:
    persona: str
    ellis: EllisScore


@dataclass(frozen=True)
class FitSegments:
    """Vohra's four steps (How Superhuman built an engine to find product-market fit, 2018)."""

    overall: EllisScore
    segments: tuple[Segment, ...]
    """By falling share of the very disappointed; a persona with few answers keeps its wide interval."""
    lovers: tuple[str, ...]
    """Personas of the very disappointed, most frequent first: who loves it."""
    main_benefit: str | State
    """Named most often by the lovers; the first in the alphabet on a tie, undefined where none was named."""
    benefits: tuple[tuple[str, int], ...]
    holding_back: tuple[tuple[str, int], ...]
    """What holds back the somewhat disappointed who name the main benefit: half of the next roadmap."""
    within_reach: int
    """Somewhat disappointed who name the main benefit."""
    out_of_reach: int
    """Somewhat disappointed who love something else: set aside politely."""
    not_activated: int
    """Answers left out, since those users have not yet used the product enough to miss it."""


def superhuman(answers: Iterable[FitAnswer]) -> FitSegments:
    """Segment by persona, find what the lovers love, and what holds back those who nearly do."""
    every = list(answers)
    valid = [answer for answer in every if answer.is_activated]
    lovers = [answer for answer in valid if answer.feeling == "very"]
    somewhat = [answer for answer in valid if answer.feeling == "somewhat"]
    benefits = _ranked(answer.benefit for answer in lovers)
    main = benefits[0][0] if benefits else State.UNDEFINED
    near = [answer for answer in somewhat if benefits and answer.benefit == main]
    personas = _ranked(answer.persona for answer in valid)
    segments = [Segment(persona, _ellis([a for a in valid if a.persona == persona])) for persona, _ in personas]
    segments.sort(key=lambda segment: -float(segment.ellis.score))
    return FitSegments(
        overall=_ellis(valid), segments=tuple(segments),
        lovers=tuple(persona for persona, _ in _ranked(answer.persona for answer in lovers)),
        main_benefit=main, benefits=benefits, holding_back=_ranked(answer.holds_back for answer in near),
        within_reach=len(near), out_of_reach=len(somewhat) - len(near), not_activated=len(every) - len(valid))


def _ellis(answers: Sequence[FitAnswer]) -> EllisScore:
    return ellis_score(sum(answer.feeling == "very" for answer in answers), valid_answers=len(answers))


def _ranked(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(word for word in words if word)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def nps(*, promoters: int, passives: int, detractors: int) -> Value:
    """Net promoter score in points, -100 to 100 = 100 (promoters - detractors) / answers (Reichheld, 2003).

    >>> nps(promoters=50, passives=30, detractors=20)
    30.0
    """
    up, middle = whole("promoters", promoters), whole("passives", passives)
    down = whole("detractors", detractors)
    answers = up + middle + down
    return State.UNDEFINED if answers == 0 else 100 * (up - down) / answers


def nps_of_scores(scores: Sequence[float]) -> Value:
    """NPS of answers from 0 to 10: 9 and 10 promote, 0 to 6 detract."""
    for i, score in enumerate(scores):
        whole(f"scores[{i}]", score, highest=10)
    promoters, detractors = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
    return nps(promoters=promoters, passives=len(scores) - promoters - detractors, detractors=detractors)
