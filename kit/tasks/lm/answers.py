"""What of a written answer is compared: all of it, or the part that a pattern picks out."""

from __future__ import annotations

import re
from collections.abc import Sequence


def extract(answer: str, pattern: str | None) -> str | None:
    """The last match of the pattern (its group, if it has one); the whole answer without a pattern; None if no match.

    >>> extract("3 + 4 = 7 #### 7", "#### (.+)")
    '7'
    """
    if pattern is None:
        return answer
    found = list(re.finditer(pattern, answer))
    if not found:
        return None
    return found[-1].group(1 if found[-1].re.groups else 0)


def proper(predictions: Sequence[str], references: Sequence[str], pattern: str | None) -> tuple[list[str], list[str]]:
    """The answers proper of both sides; a prediction without one is empty, which no reference is."""
    right = [extract(reference, pattern) for reference in references]
    return (
        [extract(prediction, pattern) or "" for prediction in predictions],
        [reference if found is None else found for reference, found in zip(references, right)],
    )
