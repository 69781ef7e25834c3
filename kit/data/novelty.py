"""How much of a fresh set is unlike what the model was trained on.

A text is unlike the training data when its nearest training text is less similar than the nearest other training text
of all but a small share (`quantile`) of training texts. Were the fresh rows drawn from the same source, that share of
them would be unlike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.stats import wilson
from kit.text import share_cjk

__all__ = ["Novelty", "unlike", "unlike_texts"]

QUANTILE = 0.05
MOST_TRAIN, MOST_ASKED, BLOCK = 20_000, 5_000, 500


@dataclass(frozen=True)
class Novelty:
    """Share of fresh rows below the bound, 95 % interval; `similarity_bound` is the quantile within training."""

    share: float
    low: float
    high: float
    rows: int
    quantile: float
    similarity_bound: float
    median_train: float
    median_fresh: float
    method: str


def unlike_texts(train: Sequence[str], fresh: Sequence[str], *, quantile: float = QUANTILE) -> Novelty:
    """By the cosine of TF-IDF vectors, fitted on both: words that only fresh rows know must count as unlike."""
    if len(train) < 2 or not fresh:
        raise ValueError(f"{len(train)} training and {len(fresh)} fresh texts: 2 and 1 are the least")
    from sklearn.feature_extraction.text import TfidfVectorizer

    cjk = float(np.mean([share_cjk(text) for text in train[:1000]]))
    vectorizer = TfidfVectorizer(analyzer="char" if cjk > 0.2 else "word", ngram_range=(1, 2), sublinear_tf=True,
                                 token_pattern=r"(?u)\b\w+\b")  # fmt: skip
    some = [train[row] for row in _spread(len(train), MOST_TRAIN)]
    asked = [fresh[row] for row in _spread(len(fresh), MOST_ASKED)]
    vectors = vectorizer.fit_transform([*some, *asked])
    return unlike(vectors[: len(some)], vectors[len(some) :], quantile=quantile, method="tfidf")


def unlike(train: Any, fresh: Any, *, quantile: float = QUANTILE, method: str = "embedding") -> Novelty:
    """By vectors of unit length, (T, D) and (F, D), dense or sparse."""
    if not 0 < quantile < 1:
        raise ValueError(f"quantile {quantile} must lie between 0 and 1")
    asked = _spread(train.shape[0], MOST_ASKED)
    within, across = _nearest(train[asked], train, own=asked), _nearest(fresh, train)
    bound = float(np.quantile(within, quantile))
    count = int((across < bound - 1e-9).sum())
    low, high = wilson(count, len(across), 0.95)
    return Novelty(count / len(across), low, high, len(across), quantile, bound, float(np.median(within)),
                   float(np.median(across)), method)  # fmt: skip


def _nearest(asked: Any, pool: Any, own: np.ndarray | None = None) -> np.ndarray:
    """Largest cosine of each asked row with the pool, its own place left out."""
    found = []
    for start in range(0, asked.shape[0], BLOCK):
        product = asked[start : start + BLOCK] @ pool.T
        block = np.asarray(product if isinstance(product, np.ndarray) else product.toarray())
        if own is not None:
            block[np.arange(len(block)), own[start : start + BLOCK]] = -1.0
        found.append(block.max(axis=1))
    return np.concatenate(found)


def _spread(count: int, most: int) -> np.ndarray:
    """Up to `most` places spread evenly over `count`."""
    return np.linspace(0, count - 1, min(count, most)).astype(int)
