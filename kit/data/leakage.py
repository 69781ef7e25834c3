"""Test rows that training has already seen: the same text, or nearly the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from scipy import sparse

from kit.data.normal import normalised, shingles

__all__ = ["Leakage", "leakage"]

THRESHOLD = 0.7
MAX_COMPARED = 2_000_000  # pairs held in memory at once, were every row to share a rare word with every other


@dataclass(frozen=True)
class Leakage:
    """Counts of test rows; `pairs` are (test id, train id, similarity) of the nearest training row, nearest first."""

    exact: int
    near: int
    pairs: tuple[tuple[str, str, float], ...]


def leakage(
    train: Sequence[Mapping[str, Any]],
    test: Sequence[Mapping[str, Any]],
    *,
    text_roles: Sequence[str] = ("text",),
    threshold: float = THRESHOLD,
) -> Leakage:
    """Exact copies after normalisation, and test rows whose word set has a Jaccard similarity above `threshold`.

    Jaccard = shared words / words of either (Jaccard 1901); Chinese and Japanese by three-character pieces.
    """
    if not 0 < threshold < 1:
        raise ValueError(f"threshold {threshold} must lie between 0 and 1")
    train_texts = [_text(row, text_roles) for row in train]
    test_texts = [_text(row, text_roles) for row in test]
    first_with = {text: position for position, text in reversed(list(enumerate(train_texts))) if text}
    pairs = [
        (str(test[position]["id"]), str(train[first_with[text]]["id"]), 1.0)
        for position, text in enumerate(test_texts)
        if text in first_with
    ]
    exact = len(pairs)
    rest = [position for position, text in enumerate(test_texts) if text and text not in first_with]
    nearest = _nearest(train_texts, [test_texts[position] for position in rest], threshold)
    near = [(str(test[rest[row]]["id"]), str(train[column]["id"]), value) for row, column, value in nearest]
    pairs += sorted(near, key=lambda pair: -pair[2])
    return Leakage(exact=exact, near=len(near), pairs=tuple(pairs))


def _text(row: Mapping[str, Any], text_roles: Sequence[str]) -> str:
    return " ".join(normalised(str(row[role])) for role in text_roles if row.get(role) is not None).strip()


def _nearest(train: Sequence[str], test: Sequence[str], threshold: float) -> list[tuple[int, int, float]]:
    """(test row, its nearest train row, similarity) above the threshold.

    Two sets that alike must share one of their rarest words: among n words, one of the n - ceil(t n) + 1 rarest
    (prefix filtering: Chaudhuri, Ganti and Kaushik 2006). Only rows that do are compared, so common words cost nothing.
    """
    if not train or not test:
        return []
    words = [shingles(text) for text in [*train, *test]]
    frequency: dict[str, int] = {}
    for row in words:
        for word in row:
            frequency[word] = frequency.get(word, 0) + 1
    rank = {word: place for place, word in enumerate(sorted(frequency, key=lambda word: (frequency[word], word)))}
    ranked = [sorted(rank[word] for word in row) for row in words]
    rarest = [row[: len(row) - ceil(threshold * len(row)) + 1] for row in ranked]
    num_train = len(train)
    train_all, test_all = _matrix(ranked[:num_train], len(rank)), _matrix(ranked[num_train:], len(rank))
    train_by_word, test_rare = _matrix(rarest[:num_train], len(rank)).T.tocsr(), _matrix(rarest[num_train:], len(rank))
    sizes_train, sizes_test = np.diff(train_all.indptr), np.diff(test_all.indptr)
    found = []
    block = max(1, MAX_COMPARED // num_train)
    for start in range(0, len(test), block):
        candidates = (test_rare[start : start + block] @ train_by_word).tocoo()
        rows, columns = candidates.row + start, candidates.col
        shared = np.asarray(test_all[rows].multiply(train_all[columns]).sum(axis=1)).ravel()
        similarity = shared / (sizes_test[rows] + sizes_train[columns] - shared)
        order = np.lexsort((columns, -similarity, rows))
        order = order[similarity[order] > threshold]
        _, firsts = np.unique(rows[order], return_index=True)
        best = order[firsts]
        found += [(int(r), int(c), float(s)) for r, c, s in zip(rows[best], columns[best], similarity[best])]
    return found


def _matrix(rows: Sequence[Sequence[int]], num_words: int) -> sparse.csr_matrix:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    indices = np.fromiter((word for row in rows for word in row), dtype=np.int64, count=int(starts[-1]))
    ones = np.ones(len(indices), dtype=np.int32)
    return sparse.csr_matrix((ones, indices, starts), shape=(len(rows), num_words))
