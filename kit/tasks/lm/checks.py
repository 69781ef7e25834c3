"""What only a language model's rows can have wrong: found before the first step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kit.findings import Finding
from kit.tasks.base import Example, Row
from kit.tasks.lm.chat import ChatTemplate, Joined, Message
from kit.tasks.tokens import mask_mismatch

SHOWN = 5


def mismatches(examples: Mapping[str, Sequence[Example]]) -> list[Finding]:
    """Rows whose answers cannot be marked exactly; held-out ones only make the loss incomplete."""
    found = []
    for split, some in examples.items():
        refused = [example for example in some if example["mismatch"]]
        if refused:
            reason, count = Counter(example["mismatch"] for example in refused).most_common(1)[0]
            names = ", ".join(str(example["row_id"]) for example in refused[:SHOWN])
            found.append(Finding(
                "template_mismatch", split == "train",
                f"data.{split}: in {len(refused)} of {len(some)} rows it cannot be told exactly what the model is to "
                f"learn ({count} of them: {reason}; first: {names})", len(refused),
                "mend these rows or the tokenizer's chat template, or let them pass: they are left out of training",
            ))  # fmt: skip
    return found


def long_texts(examples: Mapping[str, Sequence[Example]], max_length: int) -> list[Finding]:
    """Held-out raw texts that are longer than what is scored of them."""
    found = []
    for split in ("validation", "test"):
        long = [example for example in examples[split] if example["is_longer"]]
        if long:
            found.append(Finding(
                "long_texts", False,
                f"data.{split}: of {len(long)} of {len(examples[split])} texts only the first {max_length} tokens are "
                "scored", len(long), "raise options.max_length, or cut the texts into parts",
            ))  # fmt: skip
    return found


def marked_otherwise(rows: Sequence[tuple[Example, Row]], train_on: str, tokenizer: Any) -> list[Finding]:
    """Generation markers are the template author's word: a stop where what they mark does not read as the answers."""
    learnt, answers, is_cut = [], [], []
    for example, row in rows:
        said = [message for message in row["messages"] if message["role"] == "assistant"]
        if example["mismatch"] or any(message.get("tool_calls") for message in said):
            continue
        learnt.append([token for token, is_learnt in zip(example["input_ids"], example["learnt"]) if is_learnt])
        answers.append("".join(message["content"] for message in (said if train_on == "all" else said[-1:])))
        is_cut.append(bool(example["cut"]))
    return mask_mismatch(learnt, answers, is_cut, tokenizer)


def end_of_answers(template: ChatTemplate | Joined) -> list[Finding]:
    """A model learns to stop only where its answers end with a special token."""
    if template.end_mark is not None:
        return []
    why = "its generation markers leave it out" if template.has_markers else "it writes none"
    return [Finding(
        "no_end_mark", False,
        f"the chat template closes no learnt answer with a special token ({why}): the model will not learn to stop", 0,
        "put the end token inside the turn of the assistant in the tokenizer's chat template",
    )]  # fmt: skip


def control_tokens(chats: Sequence[tuple[str, Sequence[Message]]], special: Sequence[str]) -> list[Finding]:
    """Texts that hold a control token as letters, which the tokenizer reads as the control token."""
    hit = [
        (row_id, token)
        for row_id, messages in chats
        for token in special
        if any(token in (message["content"] or "") for message in messages)
    ]
    if not hit:
        return []
    rows = list(dict.fromkeys(row_id for row_id, _ in hit))
    return [Finding(
        "control_tokens", False,
        f"data.train: {len(rows)} rows hold a control token of the model in their text, such as {hit[0][1]!r} in row "
        f"{rows[0]}: it would end or open a turn in mid-sentence", len(rows), "take it out of the text",
    )]  # fmt: skip
