"""The health score of a data set: one number from 0 to 100 of parts that everybody can check.

    score = 100 x product over the parts of (1 - weight x min(1, share / limit))

A part's `share` is the fraction of rows with that fault; at `limit` the part takes off all it may, its `weight`.
Parts multiply, so a fault that spoils the whole set (every tenth label contradicted) cannot be made up for by others.
Label balance has no rows at fault: its share is 1 - H / ln k, H the entropy of the k label frequencies (the evenness of
Pielou 1966, turned round). A part that was not measured (no labels, no tokenizer) is left out. Weights and limits are
our own choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["PARTS", "health_of", "imbalance"]

# part: (weight = most it takes off, limit = share of rows at which it takes off all)
PARTS: dict[str, tuple[float, float]] = {
    "unreadable_row": (0.5, 0.10),
    "empty_text": (0.4, 0.10),
    "missing_label": (0.4, 0.10),
    "conflicting_label": (0.5, 0.10),
    "label_spelling": (0.2, 0.10),
    "duplicate_id": (0.1, 0.10),
    "exact_duplicate": (0.3, 0.30),
    "near_duplicate": (0.2, 0.50),
    "label_balance": (0.2, 0.50),
    "no_words": (0.3, 0.20),
    "truncated": (0.3, 0.30),
    "no_supervised_token": (0.5, 0.10),
    "encoding_damage": (0.4, 0.05),
    "pii": (0.3, 0.10),
    "secret": (0.3, 0.01),
    "language_mix": (0.1, 0.30),
}


def health_of(shares: Mapping[str, float | None]) -> dict[str, Any]:
    """`{score, parts: {name: {share, weight, limit, factor}}}` of the parts that were measured.

    >>> health_of({"empty_text": 0.05, "exact_duplicate": 0.0})["score"]  # 100 x (1 - 0.4 x 0.05 / 0.10)
    80.0
    """
    parts = {}
    for name, (weight, limit) in PARTS.items():
        share = shares.get(name)
        if share is not None:
            factor = 1 - weight * min(1.0, share / limit)
            parts[name] = {"share": share, "weight": weight, "limit": limit, "factor": factor}
    return {"score": round(100 * math.prod(part["factor"] for part in parts.values()), 1), "parts": parts}


def imbalance(counts: Sequence[int]) -> float | None:
    """1 - H / ln k: 0 for labels that are equally frequent, near 1 where one label has nearly all rows.

    >>> imbalance([10, 10]), round(imbalance([99, 1]), 3)  # 1 - 0.056 / 0.693
    (0.0, 0.919)
    """
    total = sum(counts)
    if len(counts) < 2 or total == 0:
        return None
    entropy = -sum(count / total * math.log(count / total) for count in counts if count)
    return max(0.0, 1 - entropy / math.log(len(counts)))
