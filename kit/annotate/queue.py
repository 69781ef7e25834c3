"""Which rows to label next, and why: annotators who differ, doubted labels, rows the model is unsure of; no two alike.

Uncertain rows are taken one per cluster of the uncertain (Zhdanov 2019, Diverse mini-batch active learning), so that a
batch is not twenty copies of one question. With no labels at all the first picks cover the texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kit.annotate.label_errors import confident_learning
from kit.annotate.probabilities import fitted, out_of_fold
from kit.data.near import near_groups

__all__ = ["Pick", "first_picks", "queue", "uncertainty"]

Reason = Literal["disagreement", "suspected error", "uncertain", "first picks"]
Measure = Literal["margin", "entropy"]
MOST_DOUBTED_SHARE = 1 / 3  # of a batch that may go to checking labels again while there are rows without one
POOL_FACTOR = 3  # uncertain rows that compete for each place of the batch
FEWEST_PER_CLASS = 20  # on average: with ten labels a class, two doubts in three are hard rows, not errors
MOST_CLUSTERED = 20_000


@dataclass(frozen=True)
class Pick:
    """A row for the annotator; `score` from 0 to 1 orders rows of one reason; `suggested` is the model's answer."""

    row: int
    reason: Reason
    score: float
    why: str
    suggested: str | None = None


@dataclass(frozen=True)
class Known:
    """What picks are made from; `group` are near-duplicate groups, `answers` a trained model's (label, confidence)."""

    labels: Sequence[str | None]
    features: Any
    group: np.ndarray
    answers: Sequence[tuple[str, float]] | None
    seed: int

    @property
    def labelled(self) -> list[int]:
        return [row for row, label in enumerate(self.labels) if label is not None]

    @property
    def free(self) -> list[int]:
        """Unlabelled rows, one of each near-duplicate group."""
        rows = [row for row, label in enumerate(self.labels) if label is None]
        return list({int(self.group[row]): row for row in reversed(rows)}.values())[::-1]

    @property
    def given(self) -> list[str]:
        return [label for label in self.labels if label is not None]


def queue(
    texts: Sequence[str],
    labels: Sequence[str | None],
    features: Any,
    budget: int,
    *,
    annotations: Mapping[int, Sequence[str]] | None = None,
    answers: Sequence[tuple[str, float]] | None = None,
    measure: Measure = "margin",
    seed: int = 0,
) -> list[Pick]:
    """Up to `budget` rows with reasons, no two near duplicates.

    First the rows on which annotators differ (`annotations`: several answers to a row), then doubted labels, then the
    unlabelled rows that a model is unsure of: the one that `answers` (label, confidence) come from, or one fitted here.
    """
    if not len(texts) == len(labels) == features.shape[0]:
        raise ValueError(f"{len(texts)} texts, {len(labels)} labels, {features.shape[0]} feature rows: give one each")
    if budget < 1:
        raise ValueError(f"budget {budget} must be 1 or more")
    known = Known(labels, features, near_groups(texts), answers, seed)
    taken: set[int] = set()
    chosen = _fresh(_disagreements(annotations or {}), known.group, taken)[:budget]
    left = budget - len(chosen)
    doubted = _fresh(_doubted(known), known.group, set(taken))
    first = doubted[: left if not known.free else round(MOST_DOUBTED_SHARE * left)]
    taken |= {int(known.group[pick.row]) for pick in first}
    left -= len(first)
    can_predict = answers is not None or len(set(known.given)) >= 2
    unsure = _unsure(known, left, measure, taken) if can_predict else _cover(known, left, taken)
    return [*chosen, *first, *unsure, *doubted[len(first) :]][:budget]


def first_picks(features: Any, budget: int, *, seed: int = 0) -> list[int]:
    """Rows that cover the data: the one nearest to the centre of each of `budget` clusters, largest cluster first."""
    count = features.shape[0]
    if budget >= count:
        return list(range(count))
    return _one_per_cluster(features, np.ones(count), budget, seed)


def uncertainty(probabilities: np.ndarray, measure: Measure = "margin") -> np.ndarray:
    """0 (sure) to 1 (no idea) per row of (N, K). Margin: 1 - (p1 - p2); entropy: over log K.

    >>> uncertainty(np.array([[0.5, 0.5], [1.0, 0.0]]), "entropy").tolist()
    [1.0, 0.0]
    """
    if measure == "entropy":
        return _entropy(probabilities)
    top = np.sort(probabilities, axis=-1)
    return 1 - (top[:, -1] - top[:, -2])


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    safe = np.where(probabilities > 0, probabilities, 1.0)
    return np.abs((probabilities * np.log(safe)).sum(axis=-1)) / np.log(probabilities.shape[-1])


# ---- the sources of picks


def _disagreements(annotations: Mapping[int, Sequence[str]]) -> list[Pick]:
    """Rows whose annotators differ, the most even votes first."""
    picks = []
    for row, answers in annotations.items():
        votes = Counter(answers).most_common()
        if len(votes) > 1:
            score = 1 - votes[0][1] / len(answers)
            why = ", ".join(f"{label!r} {count}" for label, count in votes)
            picks.append(Pick(row, "disagreement", score, f"annotators differ: {why}", votes[0][0]))
    return sorted(picks, key=lambda pick: (-pick.score, pick.row))


def _doubted(known: Known) -> list[Pick]:
    """Suspected label errors, once there are labels enough to tell an error from a hard row."""
    given, labelled = known.given, known.labelled
    if len(set(given)) < 2 or len(given) < FEWEST_PER_CLASS * len(set(given)):
        return []
    probabilities, classes = out_of_fold(known.features[labelled], given, seed=known.seed)
    found = confident_learning(probabilities, given, classes)
    return [
        Pick(labelled[place], "suspected error", float(found.doubt[place]),
             f"labelled {given[place]!r}, looks like {found.suggested[place]!r}", found.suggested[place])
        for place in found.ranking().tolist() if found.is_suspect[place]
    ]  # fmt: skip


def _unsure(known: Known, budget: int, measure: Measure, taken: set[int]) -> list[Pick]:
    """Unlabelled rows, one per cluster of the most uncertain."""
    rows = [row for row in known.free if int(known.group[row]) not in taken]
    if not rows or budget < 1:
        return []
    unsure, best, why = _answered(known, rows) if known.answers is not None else _predicted(known, rows, measure)
    pool = np.argsort(-unsure, kind="stable")[: min(POOL_FACTOR * budget, MOST_CLUSTERED)]
    if len(pool) > budget:
        vectors = known.features[[rows[place] for place in pool]]
        pool = pool[_one_per_cluster(vectors, unsure[pool] + 1e-9, budget, known.seed)]
    picks = [Pick(rows[p], "uncertain", float(unsure[p]), why[p], best[p]) for p in pool.tolist()]
    return sorted(picks, key=lambda pick: (-pick.score, pick.row))


def _answered(known: Known, rows: Sequence[int]) -> tuple[np.ndarray, list[str], list[str]]:
    """Uncertainty, answer and reason of each row, from the given model's confidence."""
    assert known.answers is not None
    found = [known.answers[row] for row in rows]
    return (np.array([1 - confidence for _, confidence in found]), [label for label, _ in found],
            [f"{label!r} {confidence:.2f}" for label, confidence in found])  # fmt: skip


def _predicted(known: Known, rows: Sequence[int], measure: Measure) -> tuple[np.ndarray, list[str], list[str]]:
    """The same from a model fitted on the labels here."""
    vectors, given = known.features[known.labelled], np.array(known.given)
    asked = known.features[list(rows)]
    model = fitted(vectors, given, seed=known.seed)
    classes = [str(name) for name in model.classes_]
    found = model.predict_proba(asked)
    unsure = uncertainty(found, measure)
    top = np.argsort(-found, axis=1)[:, :2]
    why = [" or ".join(f"{classes[c]!r} {row[c]:.2f}" for c in two) for row, two in zip(found, top)]
    return unsure, [classes[c] for c in top[:, 0]], why


def _cover(known: Known, budget: int, taken: set[int]) -> list[Pick]:
    rows = [row for row in known.free if int(known.group[row]) not in taken]
    if not rows or budget < 1:
        return []
    picked = first_picks(known.features[rows], budget, seed=known.seed)
    return [Pick(rows[place], "first picks", 1 - number / len(picked), "one of each kind of text")
            for number, place in enumerate(picked)]  # fmt: skip


# ---- diversity


def _one_per_cluster(features: Any, weights: np.ndarray, budget: int, seed: int) -> list[int]:
    """The row nearest to each centre of weighted k-means, heaviest cluster first."""
    from sklearn.cluster import KMeans, MiniBatchKMeans

    some = np.arange(features.shape[0])
    if len(some) > MOST_CLUSTERED:
        some = np.random.default_rng(seed).choice(len(some), MOST_CLUSTERED, replace=False)
    kind = KMeans if len(some) * budget <= 2_000_000 else MiniBatchKMeans
    model = kind(n_clusters=min(budget, len(some)), n_init=1, random_state=seed, max_iter=50)
    distance = model.fit_transform(features[some], sample_weight=weights[some])
    weight = np.bincount(model.labels_, weights=weights[some], minlength=distance.shape[1])
    picked: dict[int, None] = {}
    for cluster in np.argsort(-weight, kind="stable"):
        members = np.flatnonzero(model.labels_ == cluster)
        if len(members):
            picked[int(some[members[distance[members, cluster].argmin()]])] = None
    return list(picked)


def _fresh(picks: Sequence[Pick], group: np.ndarray, taken: set[int]) -> list[Pick]:
    """Picks whose near duplicates are not taken; takes them."""
    kept = []
    for pick in picks:
        if int(group[pick.row]) not in taken:
            taken.add(int(group[pick.row]))
            kept.append(pick)
    return kept
