"""Texts that say the same in nearly the same letters: groups within a set, and matches of one set in another.

Two texts are near duplicates when the Jaccard similarity (shared / all; Jaccard 1901) of their character pieces reaches
the threshold, or, from five words on, that of their words: pieces forgive a typo, words an exchanged word. In texts of
fewer than five words or Chinese characters every word counts: "card not received" and "card now received" are two
questions. MinHash only proposes pairs; each is then compared in full, so nothing below the threshold is ever joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kit.data.minhash import agreement, band_pairs, rows_per_band, signatures
from kit.data.shingles import comparable, shingle_sets
from kit.text import units

__all__ = ["NEAR", "Matches", "near_groups", "near_matches", "similarity"]

NEAR = 0.8
FEWEST_WORDS = 5
SLACK = 0.1  # texts alike by their words may share fewer pieces
ESTIMATE_ERROR = 0.15  # three standard deviations of the estimate by 100 hashes at 0.5
PAIRS_AT_A_TIME = 20_000  # compared in one sweep: about 40 MB

Pairs = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Matches:
    """For each text the place of the nearest text of the pool (-1: none is near) and how alike they are (0: none)."""

    nearest: np.ndarray
    similarity: np.ndarray

    @property
    def count(self) -> int:
        return int((self.nearest >= 0).sum())


def near_groups(texts: Sequence[str], *, threshold: float = NEAR) -> np.ndarray:
    """Index of the first row of each row's near-duplicate group, its own where it stands alone, (N,) int64.

    Near duplicates of near duplicates are of one group. Texts without any character stand alone.

    >>> near_groups(["Where is my parcel now, please?", "Card lost", "where is my parcel now please"]).tolist()
    [0, 1, 0]
    """
    _check(threshold)
    plain, first_row, of_row = _distinct(texts)
    component = np.arange(len(plain))
    edges: list[Pairs] = []

    def unjoined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return component[first] != component[second]

    for first, second, _ in _near_pairs(plain, threshold, unjoined):
        edges.append((first, second))
        component = _components(edges, len(plain))
    rows_of_groups = np.full(len(plain), len(texts), dtype=np.int64)
    np.minimum.at(rows_of_groups, component, first_row)
    groups = np.arange(len(texts), dtype=np.int64)
    with_text = of_row >= 0
    groups[with_text] = rows_of_groups[component[of_row[with_text]]]
    return groups


def near_matches(texts: Sequence[str], pool: Sequence[str], *, threshold: float = NEAR) -> Matches:
    """The nearest near duplicate of each text in another set; of equally near ones the first of the pool.

    >>> near_matches(["where is my card?", "Hello"], ["Bye", "Where is my card"]).nearest.tolist()
    [1, -1]
    """
    _check(threshold)
    plain, first_row, of_row = _distinct([*pool, *texts])
    in_pool = first_row < len(pool)
    asked = np.zeros(len(plain), dtype=bool)
    asked[of_row[len(pool) :][of_row[len(pool) :] >= 0]] = True
    best, value = np.where(in_pool, np.arange(len(plain)), -1), np.where(in_pool, 1.0, 0.0)

    def crossing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return (in_pool[first] & asked[second] & ~in_pool[second]) | (in_pool[second] & asked[first] & ~in_pool[first])

    for first, second, alike in _near_pairs(plain, threshold, crossing):
        pooled, other = np.where(in_pool[first], first, second), np.where(in_pool[first], second, first)
        order = np.lexsort((first_row[pooled], -alike, other))
        places, starts = np.unique(other[order], return_index=True)
        nearest, near = pooled[order][starts], alike[order][starts]
        better = (near > value[places]) | ((near == value[places]) & (first_row[nearest] < first_row[best[places]]))
        best[places[better]], value[places[better]] = nearest[better], near[better]
    wanted = of_row[len(pool) :]
    nearest, alike = np.full(len(texts), -1, dtype=np.int64), np.zeros(len(texts))
    is_matched = wanted >= 0
    is_matched[is_matched] = best[wanted[is_matched]] >= 0
    nearest[is_matched], alike[is_matched] = first_row[best[wanted[is_matched]]], value[wanted[is_matched]]
    return Matches(nearest, alike)


def similarity(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """How alike texts are pair by pair, 0 to 1, by the rule of this module.

    >>> similarity(["card not received"], ["card now received"]).tolist()
    [0.0]
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} texts: pairs need as many of each")
    plain = [comparable(text) for text in [*first, *second]]
    return _alike(plain, np.arange(len(first)), np.arange(len(first), 2 * len(first)), least=0.0)


# ---- from all texts to verified pairs


def _check(threshold: float) -> None:
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold} must be above 0 and at most 1")


def _distinct(texts: Sequence[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Distinct comparable texts, the first row of each, and each row's place among them (-1: no text)."""
    places: dict[str, int] = {}
    first_row: list[int] = []
    of_row = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        plain = comparable(text)
        if plain and plain not in places:
            places[plain] = len(places)
            first_row.append(row)
        of_row[row] = places[plain] if plain else -1
    return list(places), np.asarray(first_row, dtype=np.int64), of_row


def _near_pairs(plain: Sequence[str], threshold: float, wanted: Callable[[np.ndarray, np.ndarray], np.ndarray]
                ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:  # fmt: skip
    """(first, second, similarity) of verified pairs; `wanted` is asked anew for every batch of proposals."""
    if len(plain) < 2:
        return
    found = signatures(plain)
    least = max(0.0, threshold - SLACK - ESTIMATE_ERROR)
    for first, second in band_pairs(found, rows_per_band(max(0.1, threshold - SLACK))):
        first, second = _kept(first, second, wanted(first, second))
        likely = [agreement(found, *part) >= least for part in _parts(first, second)]
        first, second = _kept(first, second, np.concatenate(likely)) if likely else (first, second)
        alike = _alike(plain, first, second, least=threshold)
        near = alike >= threshold
        if near.any():
            yield first[near], second[near], alike[near]


def _kept(first: np.ndarray, second: np.ndarray, kept: np.ndarray) -> Pairs:
    return first[kept], second[kept]


def _parts(first: np.ndarray, second: np.ndarray) -> Iterator[Pairs]:
    for start in range(0, len(first), PAIRS_AT_A_TIME):
        yield first[start : start + PAIRS_AT_A_TIME], second[start : start + PAIRS_AT_A_TIME]


def _components(edges: list[Pairs], count: int) -> np.ndarray:
    first, second = np.concatenate([a for a, _ in edges]), np.concatenate([b for _, b in edges])
    edges[:] = [(first, second)]
    graph = sparse.coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _alike(plain: Sequence[str], first: np.ndarray, second: np.ndarray, *, least: float) -> np.ndarray:
    """The similarity of each pair; whether a short text differs in a word is only asked from `least` on."""
    if not len(first):
        return np.empty(0)
    rows, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    texts = [plain[row] for row in rows]
    one, other = places[: len(first)], places[len(first) :]
    alike, _ = _jaccard(shingle_sets(texts), one, other)
    unsure = np.flatnonzero(alike < 1)
    by_words, fewest = _jaccard(_word_sets(texts), one[unsure], other[unsure])
    has_words = fewest >= FEWEST_WORDS
    alike[unsure[has_words]] = np.maximum(alike[unsure[has_words]], by_words[has_words])
    for pair in unsure[~has_words & (alike[unsure] >= least)]:
        if _is_short(texts[one[pair]], texts[other[pair]]):
            alike[pair] = 0.0
    return alike


def _jaccard(sets: sparse.csr_array, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(shared / all, size of the smaller set) of pairs of rows."""
    parts = [np.diff(sets[a].multiply(sets[b]).tocsr().indptr) for a, b in _parts(one, other)]
    shared = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    sizes = np.diff(sets.indptr)
    return shared / (sizes[one] + sizes[other] - shared), np.minimum(sizes[one], sizes[other])


def _word_sets(texts: Sequence[str]) -> sparse.csr_array:
    places: dict[str, int] = {}
    rows = [sorted({places.setdefault(word, len(places)) for word in text.split()}) for text in texts]
    bounds = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((place for row in rows for place in row), dtype=np.int64, count=int(bounds[-1]))
    return sparse.csr_array((np.ones(len(columns), np.int8), columns, bounds), shape=(len(texts), max(1, len(places))))


def _is_short(first: str, second: str) -> bool:
    """Whether two different texts have too few words or Chinese characters to forgive one."""
    one, other = set(units(first)), set(units(second))
    return one != other and min(len(one), len(other)) < FEWEST_WORDS
