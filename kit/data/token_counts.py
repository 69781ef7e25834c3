"""Lengths in a model's own tokens, and how much of each row the model would learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.data.roles import Roles, joined
from kit.data.tally import SHOWN, EvenSample, Finding
from kit.data.tidy import strings_in

__all__ = ["TokenCounter", "count_sample", "prompt_and_answer"]

PROMPTS = ("prompt", "question", "instruction", "input", "query", "text")
ANSWERS = ("completion", "answer", "response", "output", "chosen", "reply", "summary")
BATCH = 512


@dataclass(frozen=True)
class TokenCounter:
    """`count(texts)` gives tokens per text, special tokens not counted; the model reads at most `max_tokens`."""

    name: str
    count: Callable[[list[str]], list[int]]
    max_tokens: int


def prompt_and_answer(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """What the model is given and what it is to write; None for rows without a written answer.

    >>> prompt_and_answer({"question": "2+2?", "answer": "4"})
    ('2+2?', '4')
    """
    messages = row.get("messages") or row.get("conversations")
    if isinstance(messages, list) and messages and all(isinstance(one, Mapping) for one in messages):
        texts = [" ".join(strings_in(one.get("content") or one.get("value") or "")) for one in messages]
        is_answer = [(one.get("role") or one.get("from")) in ("assistant", "gpt", "model") for one in messages]
        return (
            "\n".join(text for text, own in zip(texts, is_answer) if not own),
            "\n".join(text for text, own in zip(texts, is_answer) if own),
        )
    prompt = next((row[name] for name in PROMPTS if isinstance(row.get(name), str)), None)
    answer = next((row[name] for name in ANSWERS if isinstance(row.get(name), str)), None)
    return None if prompt is None or answer is None else (prompt, answer)


def count_sample(
    sample: EvenSample, roles: Roles, tokens: TokenCounter | None
) -> tuple[list[Finding], dict[str, Any] | None]:
    """(findings, facts) of the sampled rows; ([], None) without a tokenizer."""
    if tokens is None or not sample.items:
        return [], None
    numbers = [number for (number, _), _ in sample.items]
    pairs = [prompt_and_answer(row) if roles.label is None else None for (_, row), _ in sample.items]
    texts = [pair[0] if pair else joined(row, roles.text) for pair, ((_, row), _) in zip(pairs, sample.items)]
    given = _counts(texts, tokens)
    written = _counts([pair[1] if pair else "" for pair in pairs], tokens)
    total, limit = given + written, tokens.max_tokens
    has_answer = np.array([pair is not None for pair in pairs])
    supervised = np.minimum(written, np.maximum(0, limit - given))
    note = f' with the tokenizer of "{tokens.name}" and {limit} tokens at most'
    findings = [
        _finding("truncated", total > limit, numbers, sample, "are longer than the model reads" + note),
        _finding("no_supervised_token", has_answer & (supervised == 0), numbers, sample,
                 "would teach nothing: no token of the answer is within the length" + note),
    ]  # fmt: skip
    low, median, p95, high = np.quantile(total, [0, 0.5, 0.95, 1], method="lower")
    read = np.minimum(total, limit)[has_answer].sum()
    return findings, {
        "tokenizer": tokens.name, "max_tokens": limit, "rows": len(numbers), "is_sampled": sample.is_part,
        "min": int(low), "median": int(median), "p95": int(p95), "max": int(high),
        "truncated_share": float((total > limit).mean()),
        "supervised_share": float(supervised[has_answer].sum() / read) if read else None,
    }  # fmt: skip


def _counts(texts: Sequence[str], tokens: TokenCounter) -> np.ndarray:
    batches = [tokens.count(list(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)]
    return np.array([count for batch in batches for count in batch])


def _finding(name: str, is_so: np.ndarray, numbers: Sequence[int], sample: EvenSample, says: str) -> Finding:
    first = tuple(numbers[place] for place in np.flatnonzero(is_so)[:SHOWN])
    return Finding(name, int(is_so.sum()), len(numbers), first, says, is_sampled=sample.is_part)
