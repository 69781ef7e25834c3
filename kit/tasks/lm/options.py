"""Settings and columns of a causal language model."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from kit.tasks.base import Column, Options

CHAT_NAMES = ("messages", "conversations", "conversation", "对话")
PROMPT_NAMES = ("prompt", "question", "instruction", "query", "input", "问题", "指令")
COMPLETION_NAMES = ("completion", "answer", "response", "output", "reply", "回答", "答案", "回复")
COLUMNS = {
    "messages": Column("any", "a chat: a list of {role, content}", False, CHAT_NAMES, True),
    "tools": Column("any", "the tools of the chat, as JSON schemas", False, ("tools",)),
    "prompt": Column("any", "what the model is asked", False, PROMPT_NAMES, True),
    "context": Column("any", "more of what it is asked, after the prompt", False, ("input", "context"), True),
    "completion": Column("answer", "what it is to answer", False, COMPLETION_NAMES),
    "text": Column("any", "raw text for continued pretraining", False, ("text", "content", "正文", "文本"), True),
}


class CausalLMOptions(Options):
    format: Literal["auto", "messages", "prompt_completion", "text"] = "auto"
    """What a row is: a chat, a prompt with its completion, or raw text; auto decides by the columns."""
    template: Literal["auto", "chat", "none"] = "auto"
    """Prompt and completion in the tokenizer's chat template, or joined as they are; auto = chat where there is one."""
    system: str | None = None
    """System message put before every chat that has none."""
    train_on: Literal["all", "last"] = "all"
    """In a chat of several turns, learn every answer or only the last."""
    max_length: Annotated[int, Field(gt=2)] | Literal["auto"] = "auto"
    """Tokens kept per row; auto = what the model was made for, at most 2,048."""
    generate: bool = True
    """Whether held-out questions are answered for the proof; false = their loss alone."""
    max_new_tokens: Annotated[int, Field(gt=0)] = 256
    """Longest answer when held-out questions are asked."""
    answer_pattern: str | None = None
    """A regular expression whose last match (its group, if it has one) is the answer proper, e.g. `#### (.+)`."""
    headline: Literal["auto", "exact_match", "rouge_l", "chrf", "perplexity"] = "auto"
    """The metric that decides; auto = exact match for short or extracted answers, else ROUGE-L; perplexity of text."""

    @field_validator("answer_pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as err:
            raise ValueError(f"is no regular expression: {err}") from None
        return pattern
