"""Marked text to tokens: which tokens are learnt, exactly, or a `Mismatch` where a token would be both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kit.tasks.lm.chat import Mismatch, Rendered


@dataclass(frozen=True)
class Tokens:
    """`learnt[i]` is 1 where token i is to be written by the model; `asked` tokens are the question of the last turn.

    The first `asked` tokens are exactly what the tokenizer makes of the question alone, as it will be asked later.
    """

    ids: list[int]
    learnt: list[int]
    asked: int


def tokenize_all(tokenizer: Any, texts: Sequence[Rendered]) -> list[Tokens | Mismatch]:
    """Tokens of each marked text; the text says all special tokens itself."""
    if not texts:
        return []
    whole = tokenizer([one.text for one in texts], add_special_tokens=False,
                      return_offsets_mapping=tokenizer.is_fast)  # fmt: skip
    questions = tokenizer([one.text[: one.asked] for one in texts], add_special_tokens=False)["input_ids"]
    found: list[Tokens | Mismatch] = []
    for i, one in enumerate(texts):
        tokens = None
        if tokenizer.is_fast:
            tokens = _by_offsets(one, whole["input_ids"][i], whole["offset_mapping"][i], questions[i])
        found.append(tokens or _by_pieces(tokenizer, one))
    return found


def _by_offsets(
    one: Rendered, ids: list[int], offsets: Sequence[tuple[int, int]], question: list[int]
) -> Tokens | None:
    """The whole text tokenized at once; None where a token reaches over the edge of an answer."""
    if ids[: len(question)] != question:
        return None
    learnt = [0] * len(ids)
    place = 0
    for start, end in one.spans:
        while place < len(ids) and offsets[place][1] <= start:
            place += 1
        while place < len(ids) and offsets[place][0] < end:
            if offsets[place][0] < start or offsets[place][1] > end:
                return None
            learnt[place] = 1
            place += 1
    return Tokens(ids, learnt, len(question))


def _by_pieces(tokenizer: Any, one: Rendered) -> Tokens | Mismatch:
    """Questions and answers tokenized apart, as they are when the model is asked; right if they read as the text."""
    edges = sorted({0, len(one.text), one.asked, *(edge for span in one.spans for edge in span)})
    ids: list[int] = []
    learnt: list[int] = []
    asked = 0
    for start, end in pairwise(edges):
        piece = tokenizer(one.text[start:end], add_special_tokens=False)["input_ids"]
        ids += piece
        learnt += [int(any(a <= start and end <= b for a, b in one.spans))] * len(piece)
        if end == one.asked:
            asked = len(ids)
    read = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    if _letters(read) != _letters(one.text):
        return Mismatch("the tokenizer joins the end of a question and the start of its answer into one token")
    return Tokens(ids, learnt, asked)


def _letters(text: str) -> str:
    return "".join(text.split())
