"""MinHash signatures and the pairs they propose: texts that share most of their pieces meet in some band.

Broder (1997), On the resemblance of documents; bands: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4.
Two sets of Jaccard similarity s agree in one hash with probability s, in a band of r hashes with s^r, and are proposed
with 1 - (1 - s^r)^bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kit.data.shingles import blocks, shingle_codes

__all__ = ["NUM_HASHES", "agreement", "band_pairs", "rows_per_band", "signatures"]

NUM_HASHES = 100
SEED = 20_260_101
WANTED_RECALL = 0.97
REACH = 48  # neighbours compared within a bucket: bounds the work where thousands of texts share common pieces
MOST_PAIRS = 5_000_000  # per band, beyond the nearest neighbours
SEGMENT = 10_000  # places whose pairs are proposed together: few enough texts to stay in the processor's cache

Pairs = tuple[np.ndarray, np.ndarray]


def rows_per_band(similarity: float) -> int:
    """The most hashes per band that still propose pairs of this similarity with WANTED_RECALL: fewest false ones.

    >>> rows_per_band(0.7), rows_per_band(0.4)
    (5, 2)
    """
    for rows in range(10, 1, -1):
        if 1 - (1 - similarity**rows) ** (NUM_HASHES // rows) >= WANTED_RECALL:
            return rows
    return 1


def signatures(texts: Sequence[str]) -> np.ndarray:
    """(T, NUM_HASHES) uint32: the smallest of each hash over a text's pieces."""
    rng = np.random.default_rng(SEED)
    factors = rng.integers(0, 2**32, NUM_HASHES, dtype=np.uint32) | np.uint32(1)
    shifts = rng.integers(0, 2**32, NUM_HASHES, dtype=np.uint32)
    found = np.empty((len(texts), NUM_HASHES), dtype=np.uint32)
    for rows in blocks(texts, np.arange(len(texts))):
        codes, starts = shingle_codes([texts[row] for row in rows])
        mixed = _mixed(codes)
        scratch = np.empty_like(mixed)
        for number, (factor, shift) in enumerate(zip(factors, shifts)):
            np.multiply(mixed ^ shift, factor, out=scratch)
            found[rows[0] : rows[-1] + 1, number] = np.minimum.reduceat(scratch, starts)
    return found


def band_pairs(found: np.ndarray, rows: int) -> Iterator[Pairs]:
    """Pairs of texts that share a band, nearest neighbours of the sorted bucket first; a pair may come again.

    Within a bucket texts are ordered by two hashes of the next band: of thousands that share common pieces those that
    share more stand side by side, and REACH and MOST_PAIRS bound the work.
    """
    num_bands = NUM_HASHES // rows
    for band in range(num_bands):
        key = _key(found[:, band * rows : (band + 1) * rows])
        tie = (band + 1) % num_bands * rows
        order = np.lexsort((found[:, (tie + 1) % NUM_HASHES], found[:, tie], key))
        key = key[order]
        still = np.flatnonzero(key[1:] == key[:-1])
        yield order[still], order[still + 1]
        still, reach = _reach(key, still)
        for start in range(0, len(still), SEGMENT):
            yield _neighbours(key, order, still[start : start + SEGMENT], reach)


def _reach(key: np.ndarray, still: np.ndarray) -> tuple[np.ndarray, int]:
    """Places whose bucket goes on for two more, and how far to compare for at most MOST_PAIRS."""
    most = max(MOST_PAIRS, 2 * len(key))
    further = still[still + 2 < len(key)]
    further = further[key[further] == key[further + 2]]
    return further, int(np.clip(most // max(1, len(further)), 2, REACH))


def _neighbours(key: np.ndarray, order: np.ndarray, still: np.ndarray, reach: int) -> Pairs:
    firsts, seconds = [], []
    for distance in range(2, reach + 1):
        still = still[still + distance < len(key)]
        still = still[key[still] == key[still + distance]]
        if not len(still):
            break
        firsts.append(order[still])
        seconds.append(order[still + distance])
    return np.concatenate(firsts), np.concatenate(seconds)


def agreement(found: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of hashes that two texts have in common: an estimate of their similarity, off by 0.05 or so."""
    return (found[first] == found[second]).mean(axis=1)


def _mixed(codes: np.ndarray) -> np.ndarray:
    """32 well-stirred bits of each code (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    stirred = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    stirred = (stirred ^ (stirred >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (stirred >> np.uint64(32)).astype(np.uint32)


def _key(hashes: np.ndarray) -> np.ndarray:
    key = np.zeros(len(hashes), dtype=np.uint64)
    for column in hashes.T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key
