"""Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70:1373-1411).

A row counts as of class j where its probability of j is at least the mean probability of j among the rows labelled j.
Counting rows by (given label, such class) estimates how labels are confused and how many are wrong; which ones, the
margin between the best other class and the given one tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.annotate.probabilities import out_of_fold, tfidf_features

__all__ = ["LabelErrors", "confident_learning", "label_errors"]


@dataclass(frozen=True)
class LabelErrors:
    """Per row: `doubt` from -1 to 1 (larger: likelier wrong), whether it is a suspect, and the class it looks like.

    `joint[i, j]` estimates the share of rows labelled classes[i] that are classes[j]; `noise` its off-diagonal sum.
    Suspects are that share of rows, those with the largest doubt, never one whose own label is the likeliest.
    """

    doubt: np.ndarray
    is_suspect: np.ndarray
    suggested: list[str]
    joint: np.ndarray
    classes: list[str]
    noise: float

    def ranking(self) -> np.ndarray:
        """All rows, the likeliest errors first."""
        return np.argsort(-self.doubt, kind="stable")


def label_errors(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    embed: Callable[[Sequence[str]], np.ndarray] | None = None,
    folds: int = 5,
    seed: int = 0,
) -> LabelErrors:
    """Suspected label errors of single-label rows; with `embed` (texts to vectors) instead of TF-IDF it finds more."""
    if len(texts) != len(labels):
        raise ValueError(f"{len(texts)} texts and {len(labels)} labels: give one label per text")
    features = embed(texts) if embed is not None else tfidf_features(texts)
    probabilities, classes = out_of_fold(features, labels, folds=folds, seed=seed)
    return confident_learning(probabilities, labels, classes)


def confident_learning(probabilities: Any, labels: Sequence[str], classes: Sequence[str]) -> LabelErrors:
    """From out-of-fold probabilities (N, K). Doubt = largest other probability - probability of the given label."""
    found = np.asarray(probabilities, dtype=float)
    column = {name: place for place, name in enumerate(classes)}
    given = np.array([column[label] for label in labels])
    counts = np.bincount(given, minlength=len(classes))
    sums = np.zeros(len(classes))
    np.add.at(sums, given, found[np.arange(len(given)), given])
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    above = np.where(found >= thresholds - 1e-12, found, -1.0)
    is_counted = above.max(axis=1) >= 0
    looks_like = np.where(is_counted, above.argmax(axis=1), given)
    confident = np.zeros((len(classes), len(classes)))
    np.add.at(confident, (given[is_counted], looks_like[is_counted]), 1)
    joint = _joint(confident, counts)
    own = found[np.arange(len(given)), given]
    others = found.copy()
    others[np.arange(len(given)), given] = -1.0
    best = others.argmax(axis=1)
    doubt, noise = others.max(axis=1) - own, float(joint.sum() - np.trace(joint))
    is_suspect = np.zeros(len(given), dtype=bool)
    is_suspect[np.argsort(-doubt, kind="stable")[: round(noise * len(given))]] = True
    return LabelErrors(
        doubt=doubt,
        is_suspect=is_suspect & (doubt > 0),
        suggested=[classes[place] for place in best],
        joint=joint,
        classes=list(classes),
        noise=noise,
    )


def _joint(confident: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Rows scaled to the given counts, then all to one; a class that nothing was counted for keeps its labels."""
    totals = confident.sum(axis=1)
    scaled = np.where(totals[:, None] > 0, confident / np.maximum(totals, 1)[:, None], np.eye(len(counts)))
    joint = scaled * counts[:, None]
    return joint / max(1.0, joint.sum())
