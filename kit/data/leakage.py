"""Test rows that training has already seen: the same text, or nearly the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.data.near import NEAR, near_matches
from kit.data.normal import normalised

__all__ = ["Leakage", "leakage", "leakage_record"]

EXAMPLES = 5
MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Leakage:
    """Counts of test rows out of `rows`; `pairs` are (test id, train id, similarity) of the nearest training row,
    exact copies first, then nearest first."""

    exact: int
    near: int
    rows: int
    pairs: tuple[tuple[str, str, float], ...]

    @property
    def share(self) -> float:
        """Test rows that stand in training, exactly or nearly, out of all test rows; 0 for no rows."""
        return (self.exact + self.near) / self.rows if self.rows else 0.0


def leakage(
    train: Sequence[Mapping[str, Any]],
    test: Sequence[Mapping[str, Any]],
    *,
    text_roles: Sequence[str] = ("text",),
    threshold: float = NEAR,
) -> Leakage:
    """Exact copies after normalisation, and test rows that are near duplicates (`kit.data.near`) of a training row."""
    train_texts = [_text(row, text_roles) for row in train]
    test_texts = [_text(row, text_roles) for row in test]
    first_with = {plain: place for place, plain in reversed(list(enumerate(map(normalised, train_texts)))) if plain}
    found = near_matches(test_texts, train_texts, threshold=threshold)
    exact, near = [], []
    for place, text in enumerate(test_texts):
        copy = first_with.get(normalised(text))
        if copy is not None:
            exact.append((str(test[place]["id"]), str(train[copy]["id"]), 1.0))
        elif found.nearest[place] >= 0:
            other = train[int(found.nearest[place])]
            near.append((str(test[place]["id"]), str(other["id"]), float(found.similarity[place])))
    near.sort(key=lambda pair: -pair[2])
    return Leakage(exact=len(exact), near=len(near), rows=len(test), pairs=(*exact, *near))


def leakage_record(
    train: Sequence[Mapping[str, Any]],
    test: Sequence[Mapping[str, Any]],
    *,
    text_roles: Sequence[str] = ("text",),
    threshold: float = NEAR,
) -> dict[str, Any]:
    """Counts, shares and example pairs as data.json and `moatkit data leakage --json` carry them."""
    found = leakage(train, test, text_roles=text_roles, threshold=threshold)
    by_train, by_test = ({str(row["id"]): row for row in rows} for rows in (train, test))
    near = found.pairs[found.exact :]
    shown = [*found.pairs[: min(found.exact, EXAMPLES - min(len(near), 2))], *near]
    return {
        "rows": found.rows,
        "exact": found.exact,
        "near": found.near,
        "share": found.share,
        "threshold": threshold,
        "examples": [
            {"test_id": test_id, "train_id": train_id, "similarity": round(alike, 4),
             "test_text": _text(by_test[test_id], text_roles)[:MOST_CHARACTERS],
             "train_text": _text(by_train[train_id], text_roles)[:MOST_CHARACTERS]}
            for test_id, train_id, alike in shown[:EXAMPLES]
        ],
    }  # fmt: skip


def _text(row: Mapping[str, Any], text_roles: Sequence[str]) -> str:
    return "\n".join(str(row[role]) for role in text_roles if row.get(role) is not None)
