"""What is remembered of rows that are seen once: counts with first places, hashes instead of texts, an even sample."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["EvenSample", "Finding", "Keys", "Places", "Repeats", "key_of"]

SHOWN = 5
MOST_KEYS = 12_000_000  # 16 bytes each, and as much again while they are sorted
NO_LABEL = -1


@dataclass(frozen=True)
class Finding:
    """`rows` of the `checked` rows are so; `examples` are the first row numbers, from 1.

    With `is_sampled` only some rows were checked: `rows` then counts in the sample, or is scaled where `says` tells.
    """

    name: str
    rows: int
    checked: int
    examples: tuple[int, ...]
    says: str
    is_sampled: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "rows": self.rows, "share": self.rows / self.checked if self.checked else 0.0,
            "examples": list(self.examples), "checked": self.checked, "is_sampled": self.is_sampled, "says": self.says,
        }  # fmt: skip


@dataclass
class Places:
    """How often something was found, and where first."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, number: int) -> None:
        self.counts[name] += 1
        places = self.first.setdefault(name, [])
        if len(places) < SHOWN:
            places.append(number)


@dataclass(frozen=True)
class Repeats:
    """Row numbers, ascending: rows that repeat an earlier one, and rows whose text stands under several labels."""

    repeated: np.ndarray
    conflicting: np.ndarray
    scale: int  # one in so many texts was remembered


class Keys:
    """One hash per row. Beyond the limit only texts whose hash falls in an ever smaller part are kept, so that all rows
    of a remembered text stay remembered and the share of repeats stays unbiased."""

    def __init__(self, limit: int = MOST_KEYS) -> None:
        self.limit, self.scale = limit, 1
        self.hashes, self.labels, self.numbers = array("Q"), array("i"), array("I")

    def add(self, key: int, label: int, number: int) -> None:
        if key % self.scale:
            return
        self.hashes.append(key)
        self.labels.append(label)
        self.numbers.append(number)
        if len(self.hashes) > self.limit:
            self.scale *= 2
            kept = np.asarray(self.hashes) % np.uint64(self.scale) == 0
            for name in ("hashes", "labels", "numbers"):
                old = getattr(self, name)
                setattr(self, name, array(old.typecode, np.asarray(old)[kept].tobytes()))

    def repeats(self) -> Repeats:
        """Repeated: the same key and label as an earlier row. Conflicting: the same key under another label."""
        hashes, labels, numbers = np.asarray(self.hashes), np.asarray(self.labels), np.asarray(self.numbers)
        if not len(hashes):
            return Repeats(numbers, numbers, self.scale)
        order = np.lexsort((numbers, labels, hashes)).astype(np.uint32)
        hashes = hashes[order]
        new_text = np.r_[True, hashes[1:] != hashes[:-1]]
        del hashes  # the arrays are as long as the file has rows
        labels, numbers = labels[order], numbers[order]
        new_pair = new_text | np.r_[True, labels[1:] != labels[:-1]]
        text_of = np.cumsum(new_text, dtype=np.uint32)
        is_contradicted = np.zeros(int(text_of[-1]) + 1, dtype=bool)
        is_contradicted[text_of[1:][(new_pair & ~new_text)[1:] & (labels[:-1] != NO_LABEL)]] = True
        in_conflict = is_contradicted[text_of] & (labels != NO_LABEL)
        return Repeats(np.sort(numbers[~new_pair]), np.sort(numbers[in_conflict]), self.scale)


@dataclass
class EvenSample:
    """Every n-th item; n doubles whenever the sample is full, so that it is spread evenly over all that was seen."""

    limit: int
    most_chars: int = 2**62
    stride: int = 1
    seen: int = 0
    chars: int = 0
    items: list[Any] = field(default_factory=list)

    def add(self, item: Any, size: int = 0) -> None:
        """`size` is the item's length in characters."""
        if self.seen % self.stride == 0:
            self.items.append((item, size))
            self.chars += size
            while len(self.items) > 1 and (len(self.items) > self.limit or self.chars > self.most_chars):
                self.items = self.items[::2]
                self.chars = sum(size for _, size in self.items)
                self.stride *= 2
        self.seen += 1

    @property
    def is_part(self) -> bool:
        return self.stride > 1


def key_of(text: str) -> int:
    """64 bits; among ten million texts two share them with a chance of 3 in a million."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
