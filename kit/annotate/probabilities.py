"""Features of texts and probabilities of classes that no row's own label has touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.text import share_cjk

__all__ = ["fitted", "out_of_fold", "tfidf_features"]

INVERSE_PENALTY = 10.0
FOLDS = 5


def tfidf_features(texts: Sequence[str]) -> Any:
    """(N, words) sparse rows of unit length; characters where the script has no spaces."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    is_cjk = float(np.mean([share_cjk(text) for text in texts[:1000]])) > 0.2 if len(texts) else False
    return TfidfVectorizer(analyzer="char" if is_cjk else "word", ngram_range=(1, 3) if is_cjk else (1, 2),
                           sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit_transform(texts)  # fmt: skip


def fitted(features: Any, labels: Sequence[str] | np.ndarray, *, seed: int = 0) -> Any:
    """Logistic regression on these rows; at least two classes."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=INVERSE_PENALTY, max_iter=300, random_state=seed).fit(features, np.asarray(labels))


def out_of_fold(features: Any, labels: Sequence[str], *, folds: int = FOLDS, seed: int = 0
                ) -> tuple[np.ndarray, list[str]]:  # fmt: skip
    """((N, K) probabilities, classes): each row's come from a model that has not seen its fold.

    Folds are balanced by class. A class of one row is in no training fold of that row, so its probability there is 0.
    """
    given = np.asarray(labels)
    classes = sorted(set(labels))
    if len(classes) < 2:
        raise ValueError(f"{len(classes)} classes: cross-validation needs two or more")
    fold = _balanced_folds(given, min(folds, len(given)), seed)
    column = {name: place for place, name in enumerate(classes)}
    found = np.zeros((len(given), len(classes)))
    for number in range(fold.max() + 1):
        held_out = np.flatnonzero(fold == number)
        rest = np.flatnonzero(fold != number)
        known = Counter(given[rest].tolist())
        if len(known) == 1:
            found[held_out, column[next(iter(known))]] = 1.0
            continue
        model = fitted(features[rest], given[rest], seed=seed)
        places = np.array([column[name] for name in model.classes_])
        found[held_out[:, None], places] = model.predict_proba(features[held_out])
    return found, classes


def _balanced_folds(given: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Fold of each row: the rows of a class are dealt out in random order, each class going on where the last ended."""
    order = np.random.default_rng(seed).permutation(len(given))
    order = order[np.argsort(given[order], kind="stable")]
    fold = np.empty(len(given), dtype=np.int64)
    fold[order] = np.arange(len(given)) % folds
    return fold
