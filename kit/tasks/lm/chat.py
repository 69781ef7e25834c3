"""From a conversation to the text a model reads, and the stretches of it that the model must learn to write.

Nothing here is guessed: where a template does not show exactly which characters are the answer, `Mismatch` says why.
Words: a *turn* is one message of the assistant, the *opener* is what a template puts between the question and the
answer when it asks for one, the *end mark* is the special token that closes a turn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jinja2.exceptions import TemplateError

Message = dict[str, Any]
MARKERS = re.compile(r"\{%-?\s*generation\s*-?%\}")
ROLES = {"system", "developer", "user", "assistant", "tool", "function"}
OTHER_ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}  # the ShareGPT names
PROBE: list[Message] = [{"role": "user", "content": "question"}]


class Mismatch(ValueError):
    """This conversation cannot be marked exactly with this template."""


@dataclass(frozen=True)
class Rendered:
    """`text[start:end]` of each span is learnt; `text[:asked]` is the question of the last turn."""

    text: str
    spans: tuple[tuple[int, int], ...]
    asked: int


class ChatTemplate:
    """The chat template of a tokenizer; `train_on` is `all` turns of the assistant, or the `last`."""

    def __init__(self, tokenizer: Any, train_on: str) -> None:
        self.tokenizer, self.train_on = tokenizer, train_on
        self.source: str = tokenizer.get_chat_template()
        self.has_markers = bool(MARKERS.search(self.source))
        self.special = sorted({*tokenizer.all_special_tokens, *_added_special(tokenizer)}, key=len, reverse=True)

    def render(self, messages: Sequence[Message], tools: Any = None, *, ask: bool = False) -> str:
        """The text of a conversation; with `ask` it ends where the assistant's answer would begin."""
        text = self._template(messages, tools, ask)
        return text + self._missing_opener if ask else text

    def mark(self, messages: Sequence[Message], tools: Any = None) -> Rendered:
        """The whole conversation with its answers marked. Raises Mismatch where they cannot be told apart exactly."""
        last = len(messages) - 1
        if messages[last]["role"] != "assistant":
            raise Mismatch(f"the conversation ends with the role {messages[last]['role']!r}, not with an answer")
        text, question = self.render(messages, tools), self.render(messages[:last], tools, ask=True)
        if not text.startswith(question):
            raise Mismatch("the template writes the last answer after another text than it asks with")
        if self.has_markers:
            spans = self._marked_by_template(messages, tools, text)
        else:
            turns = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
            spans = [self._span(messages, tools, text, i) for i in turns if self.train_on == "all" or i == last]
        if self.train_on == "last":
            spans = [span for span in spans if span[1] > len(question)]
        return Rendered(text, tuple(spans), len(question))

    @cached_property
    def end_mark(self) -> str | None:
        """The special token that closes a turn; None where the template has none."""
        turn = self.mark([*PROBE, {"role": "assistant", "content": "answer"}])
        written = turn.text[turn.spans[-1][0] : turn.spans[-1][1]] if turn.spans else ""
        return next((token for token in self.special if written.endswith(token)), None)

    @cached_property
    def _missing_opener(self) -> str:
        """What stands before an answer, where a template does not know how to ask for one; else nothing."""
        if "add_generation_prompt" in self.source:
            return ""
        asked = self._template(PROBE, None, True)
        one, other = (self._template([*PROBE, {"role": "assistant", "content": c}], None, False) for c in "XY")
        # a space before the answer belongs to its first token
        return one[len(asked) : shared_start(one, other)].rstrip(" ")

    def _template(self, messages: Sequence[Message], tools: Any, ask: bool) -> str:
        try:
            return self.tokenizer.apply_chat_template(
                list(messages), tools=tools, tokenize=False, add_generation_prompt=ask
            )
        except (TemplateError, TypeError, ValueError, KeyError) as err:
            raise Mismatch(f"the chat template refuses it: {err}") from err

    def _span(self, messages: Sequence[Message], tools: Any, text: str, turn: int) -> tuple[int, int]:
        """Characters of one turn: from where the template asks for it to its end mark, which is learnt too."""
        question = self.render(messages[:turn], tools, ask=True)
        if not text.startswith(question):
            raise Mismatch(
                f"the template writes the text before answer {turn + 1} differently once the conversation goes on; "
                "train on the last answer alone with options.train_on=last"
            )
        until_here = self.render(messages[: turn + 1], tools)
        end = shared_start(until_here, text)
        if end < len(question) or self._without_special(until_here[end:]).strip():
            raise Mismatch("the template rewrites an answer once the conversation goes on; set options.train_on=last")
        return len(question), len(question) + self._length_of_turn(text[len(question) : end])

    def _length_of_turn(self, written: str) -> int:
        """Up to and with the first special token after which nothing but blanks and special tokens follow."""
        for match in self._any_special.finditer(written):
            if not self._without_special(written[match.end() :]).strip():
                return match.end()
        return len(written)

    @cached_property
    def _any_special(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.special)) or r"(?!)")

    def _without_special(self, text: str) -> str:
        return self._any_special.sub("", text)

    def _marked_by_template(self, messages: Sequence[Message], tools: Any, text: str) -> list[tuple[int, int]]:
        from transformers.utils.chat_template_utils import render_jinja_template

        clean = [{key: value for key, value in message.items() if value is not None} for message in messages]
        found: Any = render_jinja_template(
            conversations=[clean], tools=tools, chat_template=self.source, return_assistant_tokens_mask=True,
            add_generation_prompt=False, **self.tokenizer.special_tokens_map,
        )  # fmt: skip
        [rendered], [spans] = found
        if rendered != text:
            raise Mismatch("the template writes another text when asked for its generation markers")
        return [(int(start), int(end)) for start, end in spans]


class Joined:
    """Prompt and completion one after the other, with the tokenizer's own start and end tokens; no template."""

    has_markers = False

    def __init__(self, tokenizer: Any) -> None:
        bos = tokenizer.bos_token_id
        self.start = tokenizer.bos_token if bos is not None and tokenizer("a")["input_ids"][:1] == [bos] else ""
        self.end_mark: str | None = tokenizer.eos_token
        self.special = sorted({*tokenizer.all_special_tokens, *_added_special(tokenizer)}, key=len, reverse=True)

    def render(self, messages: Sequence[Message], tools: Any = None, *, ask: bool = False) -> str:
        text = self.start + "".join(message["content"] for message in messages)
        return text if ask else text + (self.end_mark or "")

    def mark(self, messages: Sequence[Message], tools: Any = None) -> Rendered:
        """The last message is learnt, with the token that ends it."""
        question, text = self.render(messages[:-1], ask=True), self.render(messages)
        return Rendered(text, ((len(question), len(text)),), len(question))


def shared_start(one: str, other: str) -> int:
    """How many characters two texts have in common from their start."""
    shorter = min(len(one), len(other))
    return next((i for i in range(shorter) if one[i] != other[i]), shorter)


def read_messages(value: Any) -> list[Message]:
    """Messages from a cell: a list of them, or that list as JSON text. ValueError tells what is wrong."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            raise ValueError("is text, but not a JSON list of messages") from None
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("holds no list of messages")
    return [_message(entry) for entry in value]


def read_tools(value: Any) -> list[Any] | None:
    """The tools of a conversation, as JSON schemas; None where it has none."""
    tools = json.loads(value) if isinstance(value, str) and value.strip() else value
    if tools is None or tools == "" or tools == []:
        return None
    if not isinstance(tools, list | tuple) or not all(isinstance(tool, dict) for tool in tools):
        raise ValueError("tools is not a list of JSON schemas")
    return [_without_gaps(tool) for tool in tools]


def _message(entry: Any) -> Message:
    if not isinstance(entry, dict):
        raise ValueError(f"holds a {type(entry).__name__} where a message {{role, content}} belongs")
    role = entry.get("role", entry.get("from"))
    role = OTHER_ROLES.get(str(role), role)
    if role not in ROLES:
        raise ValueError(f"has a message with the role {role!r}; roles are {', '.join(sorted(ROLES))}")
    content = entry.get("content", entry.get("value"))
    if isinstance(content, list):
        if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in content):
            raise ValueError("has content that is not text")
        content = "".join(part["text"] for part in content)
    calls = entry.get("tool_calls") or None
    if content is None and calls is None:
        raise ValueError(f"has a message of the {role} without content")
    if content is not None and not isinstance(content, str):
        raise ValueError(f"has content that is {type(content).__name__}, not text")
    kept = {key: value for key, value in entry.items() if key not in {"from", "value", "tool_calls"} and value}
    kept |= {"role": role, "content": content or ""}
    return kept | ({"tool_calls": [_call(call) for call in calls]} if calls is not None else {})


def _call(call: Any) -> dict[str, Any]:
    """A tool call with its arguments as an object, as templates expect them; APIs give them as JSON text."""
    if not isinstance(call, dict):
        raise ValueError("has a tool call that is not an object")
    call = _without_gaps(call)
    function = dict(call.get("function", call))
    if "name" not in function:
        raise ValueError("has a tool call without a name")
    arguments = function.get("arguments", {})
    if isinstance(arguments, str):
        try:
            function["arguments"] = json.loads(arguments or "{}")
        except json.JSONDecodeError:
            raise ValueError(f"has a tool call whose arguments are no JSON: {arguments[:60]!r}") from None
    return call | {"type": "function", "function": function} if "function" in call else function


def _without_gaps(value: Any) -> Any:
    """Without the None that column formats put where one row has a key and another has not."""
    if isinstance(value, dict):
        return {key: _without_gaps(item) for key, item in value.items() if item is not None}
    return [_without_gaps(item) for item in value] if isinstance(value, list | tuple) else value


def _added_special(tokenizer: Any) -> set[str]:
    return {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
