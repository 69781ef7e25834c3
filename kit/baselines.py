"""What a fine-tuned model must beat to be worth its cost: methods that need no network and no accelerator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.text import share_cjk


def of_texts(
    problem: str, train_texts: Sequence[str], known: Sequence[Any], texts: Sequence[str]
) -> dict[str, list[Any]]:
    """Answers of the plain methods by name, for `single_label`, `multi_label` or `regression` references."""
    if problem == "regression":
        return {"mean": [float(np.mean(known))] * len(texts), "tfidf": tfidf_ridge(train_texts, known, texts)}
    if problem == "multi_label":
        commonest = majority([tuple(labels) for labels in known], len(texts))
        return {
            "majority": [list(labels) for labels in commonest],
            "tfidf": tfidf_multi_label(train_texts, known, texts),
        }
    return {"majority": majority(known, len(texts)), "tfidf": tfidf_classifier(train_texts, known, texts)}


def majority(train_labels: Sequence[Any], n: int) -> list[Any]:
    """The commonest training label for every row (ties: the first in sorted order)."""
    counts = Counter(train_labels)
    best = min(counts, key=lambda label: (-counts[label], str(label)))
    return [best] * n


def tfidf_classifier(train_texts: Sequence[str], train_labels: Sequence[str], texts: Sequence[str],
                     analyzer: str = "auto") -> list[str]:  # fmt: skip
    """TF-IDF and logistic regression; `auto` counts characters where the script has no spaces, else words."""
    from sklearn.linear_model import LogisticRegression

    train, held_out = _vectors(train_texts, texts, analyzer)
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(train, list(train_labels))
    return [str(label) for label in model.predict(held_out)]


def tfidf_multi_label(train_texts: Sequence[str], known: Sequence[list[str]], texts: Sequence[str]) -> list[list[str]]:
    """One TF-IDF logistic regression per label."""
    from sklearn.linear_model import LogisticRegression

    train, held_out = _vectors(train_texts, texts, "auto")
    found: list[list[str]] = [[] for _ in texts]
    for label in sorted({label for labels in known for label in labels}):
        marks = np.array([label in labels for labels in known])
        if marks.all():
            answers = np.ones(len(texts), bool)
        else:
            answers = LogisticRegression(C=10.0, max_iter=1000).fit(train, marks).predict(held_out)
        for place in np.flatnonzero(answers):
            found[place].append(label)
    return found


def tfidf_ridge(train_texts: Sequence[str], values: Sequence[float], texts: Sequence[str]) -> list[float]:
    """TF-IDF and ridge regression for a number."""
    from sklearn.linear_model import Ridge

    train, held_out = _vectors(train_texts, texts, "auto")
    return [float(value) for value in Ridge(alpha=1.0).fit(train, list(values)).predict(held_out)]


def _vectors(train_texts: Sequence[str], texts: Sequence[str], analyzer: str) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if analyzer == "auto":
        cjk = float(np.mean([share_cjk(text) for text in train_texts])) if len(train_texts) else 0.0
        analyzer = "char" if cjk > 0.2 else "word"
    n_grams = (1, 3) if analyzer == "char" else (1, 2)
    # scikit-learn's own word pattern drops one-letter words, and with them half of a Chinese text
    pattern = {} if analyzer == "char" else {"token_pattern": r"(?u)\b\w+\b"}
    vectorizer = TfidfVectorizer(analyzer=analyzer, ngram_range=n_grams, sublinear_tf=True, **pattern)
    return vectorizer.fit_transform(train_texts), vectorizer.transform(texts)
