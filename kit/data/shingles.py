"""Texts as sets of short character pieces, many at once: what near duplicates are compared by.

A piece starts at every character: three characters long, or two where it starts with a Chinese, Japanese or Korean one,
which carries as much as a syllable of an alphabet. So English, Chinese and texts that mix them need no other treatment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from kit.data.normal import normalised
from kit.text import HAN, HANGUL, KANA

__all__ = ["blocks", "comparable", "shingle_codes", "shingle_sets"]

CHARACTER_BITS = 21  # Unicode ends at 0x10ffff, so that three characters fit one number and no two pieces share one
BLOCK_CHARACTERS = 2_000_000  # characters worked on at a time: about 60 MB
NO_CHARACTER = (1 << CHARACTER_BITS) - 1
SPACE_BESIDE_HAN = re.compile(f"(?<=[{HAN}{KANA}]) | (?=[{HAN}{KANA}])")
WIDE = re.compile(f"[{HAN}{KANA}{HANGUL}]")


def comparable(text: str) -> str:
    """The form that is cut into pieces: normalised, without the blanks that punctuation leaves in Chinese.

    >>> comparable("你好，请问 Card 在哪？")
    '你好请问card在哪'
    """
    plain = normalised(text)
    return plain if plain.isascii() else SPACE_BESIDE_HAN.sub("", plain)


def blocks(texts: Sequence[str], rows: Sequence[int] | np.ndarray) -> Iterator[np.ndarray]:
    """The rows in runs of about BLOCK_CHARACTERS characters, so that memory does not grow with the texts."""
    ends = np.cumsum([len(texts[row]) + 2 for row in rows])
    start = 0
    while start < len(rows):
        done = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, done + BLOCK_CHARACTERS, side="right")))
        yield np.asarray(rows[start:end], dtype=np.int64)
        start = end


def shingle_codes(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(codes (N,) uint64, starts (T,) int64): the pieces of text t stand from starts[t] to starts[t + 1].

    Every text has at least one piece: a blank is put at both of its ends.
    """
    lengths = np.fromiter((len(text) + 2 for text in texts), dtype=np.int64, count=len(texts))
    joined = " " + "  ".join(texts) + " \0\0"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    is_wide = _is_wide(points)
    first, second, third = points[:-2], points[1:-1], points[2:].copy()
    third[is_wide[:-2]] = NO_CHARACTER
    codes = (first << np.uint64(2 * CHARACTER_BITS)) | (second << np.uint64(CHARACTER_BITS)) | third
    ends = np.cumsum(lengths)
    inside = np.ones(len(codes), dtype=bool)
    inside[ends - 1] = False  # pieces that would reach into the next text
    inside[ends - 2] = is_wide[ends - 2]
    kept = np.add.reduceat(inside, ends - lengths)
    return codes[inside], np.cumsum(kept) - kept


def shingle_sets(texts: Sequence[str]) -> sparse.csr_array:
    """One row of ones per text, columns are the pieces themselves; sorted, each piece once."""
    codes, starts = shingle_codes(texts)
    bounds = np.append(starts, len(codes)).astype(np.int64)
    ones = np.ones(len(codes), dtype=np.int8)
    sets = sparse.csr_array((ones, codes.astype(np.int64), bounds), shape=(len(texts), 2**63 - 1))
    sets.sort_indices()
    is_first = np.ones(len(codes), dtype=bool)
    is_first[1:] = sets.indices[1:] != sets.indices[:-1]
    is_first[starts] = True
    kept = np.append(0, np.cumsum(np.add.reduceat(is_first, starts)))
    return sparse.csr_array((ones[is_first], sets.indices[is_first], kept), shape=sets.shape)


def _is_wide(points: np.ndarray) -> np.ndarray:
    """Whether each code point is Han, kana or Hangul; read off a table that is filled once."""
    return WIDE_POINTS[points] if points.max(initial=0) >= 0x1100 else np.zeros(len(points), dtype=bool)


def _wide_points() -> np.ndarray:
    table = np.zeros(0x110000, dtype=bool)
    for low, high in re.findall(r"(.)-(.)", f"{HAN}{KANA}{HANGUL}"):
        table[ord(low) : ord(high) + 1] = True
    for single in re.sub(r".-.", "", f"{HAN}{KANA}{HANGUL}"):
        table[ord(single)] = True
    return table


WIDE_POINTS = _wide_points()
