"""Findings in what a kind of task made of the rows: nothing to learn in them, answers cut off, unknown tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from kit.findings import Finding
from kit.tasks.base import Example, Row
from kit.tasks.tokens import unreadable


def example_findings(examples: Mapping[str, Sequence[Example]], unit: str) -> list[Finding]:
    """By the keys `supervised` and `cut` of examples, where a kind sets them."""
    train = examples["train"]
    found = []
    bare = [example for example in train if example.get("supervised") == 0]
    if bare:
        found.append(Finding(
            "nothing_supervised", True,
            f"data.train: {len(bare)} of {len(train)} rows train nothing, they hold no supervised {unit} "
            f"(first: {_names(bare)})", len(bare),
            "give them an answer, raise options.max_length where the question fills it, or take them out",
        ))  # fmt: skip
    for split, rows in examples.items():
        cut = [example for example in rows if example.get("cut")]
        if cut:
            found.append(Finding(
                "cut_answers", split == "train",
                f"data.{split}: {len(cut)} of {len(rows)} answers are cut off by options.max_length "
                f"(first: {_names(cut)}): the model would learn to stop in mid-sentence" if split == "train" else
                f"data.{split}: {len(cut)} of {len(rows)} answers are cut off by options.max_length", len(cut),
                "raise options.max_length, or shorten these rows",
            ))  # fmt: skip
    return found


def token_findings(rows: Sequence[Row], examples: Sequence[Example], roles: Sequence[str],
                   processor: Any) -> list[Finding]:  # fmt: skip
    """Texts that the tokenizer cannot read; nothing where the kind reads no text."""
    if not isinstance(processor, PreTrainedTokenizerBase) or not examples or "input_ids" not in examples[0]:
        return []
    texts = [" ".join(str(row[role]) for role in roles if row.get(role) is not None) for row in rows]
    return unreadable([example["input_ids"] for example in examples], texts, processor)


def _names(examples: Sequence[Example]) -> str:
    return ", ".join(str(example["row_id"]) for example in examples[:5])
