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
Measure = Literal["margin", "entropy", "committee"]
MOST_DOUBTED_SHARE = 1 / 3  # of a batch that may go to checking labels again while there are rows without one
POOL_FACTOR = 10  # uncertain rows that compete for each place of the batch
FEWEST_PER_CLASS = 20  # on average: with ten labels a class, two doubts in three are hard rows, not errors
COMMITTEE = 5
MOST_CLUSTERED = 20_000


@dataclass(frozen=True)
class Pick:
    """A row for the annotator; `score` from 0 to 1 orders rows of one reason; `suggested` is the model's answer."""

    row: int
    reason: Reason
    score: float
    why: str
    suggested: str | None = None


def queue(
    texts: Sequence[str],
    labels: Sequence[str | None],
    features: Any,
    budget: int,
    *,
    annotations: Mapping[int, Sequence[str]] | None = None,
    measure: Measure = "margin",
    seed: int = 0,
) -> list[Pick]:
    """Up to `budget` rows with reasons, no two near duplicates; `annotations` are several annotators' answers to a row.

    First the rows on which annotators differ, then doubted labels, then unlabelled rows that the model is unsure of.
    """
    if not len(texts) == len(labels) == features.shape[0]:
        raise ValueError(f"{len(texts)} texts, {len(labels)} labels, {features.shape[0]} feature rows: give one each")
    if budget < 1:
        raise ValueError(f"budget {budget} must be 1 or more")
    group = near_groups(texts)
    taken: set[int] = set()
    chosen = _fresh(_disagreements(annotations or {}), group, taken)[:budget]
    labelled = [row for row, label in enumerate(labels) if label is not None]
    free = [row for row, label in enumerate(labels) if label is None]
    if len({labels[row] for row in labelled}) < 2:
        rest = _fresh(_cover(free, labelled, features, group, budget, seed), group, taken)
        return [*chosen, *rest][:budget]
    left = budget - len(chosen)
    doubted = _fresh(_doubted(labels, labelled, features, seed), group, set(taken))
    most = left if not free else max(1, round(MOST_DOUBTED_SHARE * left)) if left > 1 else 0
    first = doubted[:most]
    taken |= {int(group[pick.row]) for pick in first}
    unsure = _unsure(labels, labelled, free, features, group, left - len(first), measure, seed, taken)
    rest = _fresh(doubted[most:], group, taken)
    return [*chosen, *first, *unsure, *rest][:budget]


def first_picks(features: Any, budget: int, *, seed: int = 0) -> list[int]:
    """Rows that cover the data: the one nearest to the centre of each of `budget` clusters, largest cluster first."""
    count = features.shape[0]
    if budget >= count:
        return list(range(count))
    return _one_per_cluster(features, np.ones(count), budget, seed)


def uncertainty(probabilities: np.ndarray, measure: Measure = "margin") -> np.ndarray:
    """0 (sure) to 1 (no idea) per row. Margin: 1 - (p1 - p2); entropy over log K; committee: of (M, N, K) the mutual
    information of vote and member over log K (Houlsby et al. 2011), which ignores what all members find hard.

    >>> uncertainty(np.array([[0.5, 0.5], [1.0, 0.0]]), "entropy").tolist()
    [1.0, 0.0]
    """
    if measure == "committee":
        return np.clip(_entropy(probabilities.mean(axis=0)) - _entropy(probabilities).mean(axis=0), 0, 1)
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


def _doubted(labels: Sequence[str | None], labelled: Sequence[int], features: Any, seed: int) -> list[Pick]:
    """Suspected label errors, once there are labels enough to tell an error from a hard row."""
    given = [str(labels[row]) for row in labelled]
    if len(given) < FEWEST_PER_CLASS * len(set(given)):
        return []
    probabilities, classes = out_of_fold(features[list(labelled)], given, seed=seed)
    found = confident_learning(probabilities, given, classes)
    return [
        Pick(labelled[place], "suspected error", float(found.doubt[place]),
             f"labelled {given[place]!r}, looks like {found.suggested[place]!r}", found.suggested[place])
        for place in found.ranking().tolist() if found.is_suspect[place]
    ]  # fmt: skip


def _unsure(labels: Sequence[str | None], labelled: Sequence[int], free: Sequence[int], features: Any,
            group: np.ndarray, budget: int, measure: Measure, seed: int, taken: set[int]) -> list[Pick]:  # fmt: skip
    """Unlabelled rows, one per cluster of the most uncertain."""
    rows = [row for row in _firsts(free, group) if int(group[row]) not in taken]
    if not rows or budget < 1:
        return []
    given = np.array([str(labels[row]) for row in labelled])
    found, classes = _predicted(features, labelled, given, rows, committee=measure == "committee", seed=seed)
    unsure = uncertainty(found, measure)
    mean = found.mean(axis=0) if measure == "committee" else found
    pool = np.argsort(-unsure, kind="stable")[: min(max(budget, POOL_FACTOR * budget), MOST_CLUSTERED)]
    if len(pool) > budget:
        picked = _one_per_cluster(features[[rows[place] for place in pool]], unsure[pool] + 1e-9, budget, seed)
        pool = pool[picked]
    top = np.argsort(-mean, axis=1)[:, :2]
    picks = [
        Pick(rows[place], "uncertain", float(unsure[place]),
             f"{classes[top[place, 0]]!r} {mean[place, top[place, 0]]:.2f} or "
             f"{classes[top[place, 1]]!r} {mean[place, top[place, 1]]:.2f}", classes[top[place, 0]])
        for place in pool.tolist()
    ]  # fmt: skip
    return sorted(picks, key=lambda pick: (-pick.score, pick.row))


def _predicted(features: Any, labelled: Sequence[int], given: np.ndarray, rows: Sequence[int], *, committee: bool,
               seed: int) -> tuple[np.ndarray, list[str]]:  # fmt: skip
    """Probabilities (N, K), or of a committee of models on resampled labels (M, N, K)."""
    known, asked = features[list(labelled)], features[list(rows)]
    model = fitted(known, given, seed=seed)
    classes = [str(name) for name in model.classes_]
    if not committee:
        return model.predict_proba(asked), classes
    rng = np.random.default_rng(seed)
    members: list[np.ndarray] = []
    while len(members) < COMMITTEE:
        drawn = rng.integers(0, len(given), len(given))
        if len(set(given[drawn])) < 2:
            continue
        member = fitted(known[drawn], given[drawn], seed=seed)
        answers = np.zeros((len(rows), len(classes)))
        answers[:, [classes.index(str(name)) for name in member.classes_]] = member.predict_proba(asked)
        members.append(answers)
    return np.stack(members), classes


def _cover(free: Sequence[int], labelled: Sequence[int], features: Any, group: np.ndarray, budget: int,
           seed: int) -> list[Pick]:  # fmt: skip
    rows = [row for row in _firsts(free, group) if row not in set(labelled)]
    if not rows:
        return []
    picked = first_picks(features[rows], budget, seed=seed)
    return [Pick(rows[place], "first picks", 1 - number / max(1, len(picked)), "one of each kind of text")
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


def _firsts(rows: Sequence[int], group: np.ndarray) -> list[int]:
    """The first row of each near-duplicate group."""
    return list({int(group[row]): row for row in reversed(rows)}.values())[::-1]


def _fresh(picks: Sequence[Pick], group: np.ndarray, taken: set[int]) -> list[Pick]:
    """Picks whose near duplicates are not taken; takes them."""
    kept = []
    for pick in picks:
        if int(group[pick.row]) not in taken:
            taken.add(int(group[pick.row]))
            kept.append(pick)
    return kept
