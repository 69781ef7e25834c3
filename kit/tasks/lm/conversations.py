"""The three shapes of a language model's rows, read into one: a list of messages, the last of them the answer.

A prompt with its completion is a conversation of two messages; raw text stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kit.errors import DataError
from kit.tasks.base import Row
from kit.tasks.lm.chat import read_messages, read_tools

FORMATS = {"messages": ("messages",), "prompt_completion": ("prompt", "completion"), "text": ("text",)}
SHOWN = 5


def find_format(rows: Sequence[Row], wanted: str) -> str:
    """Which shape the rows have; `wanted` is that of the options. Raises DataError."""
    there = {role for row in rows for role in row if row[role] is not None}
    if wanted != "auto":
        missing = [role for role in FORMATS[wanted] if role not in there]
        if missing:
            names = " and ".join(missing)
            raise DataError(f"options.format = {wanted}: there is no column for {names}; {_naming(missing)}")
        return wanted
    for name, roles in FORMATS.items():
        if there.issuperset(roles):
            return name
    if half := there & set(FORMATS["prompt_completion"]):
        other = "completion" if "prompt" in half else "prompt"
        raise DataError(f"the rows have a {half.pop()} and no {other}; {_naming([other])}")
    raise DataError(
        "the rows have neither messages, nor prompt and completion, nor text; name the columns with "
        "data.columns.messages=COLUMN, data.columns.prompt=COLUMN and data.columns.completion=COLUMN, or "
        "data.columns.text=COLUMN"
    )


def read_conversations(shape: str, rows: Sequence[Row]) -> list[Row]:
    """Rows with `messages` (and `tools`); raw text as it is. Raises one DataError for all faults, with row ids.

    A mixture may hold chats and pairs: each row is read by what it has.
    """
    if shape == "text":
        return list(rows)
    found, faults = [], []
    for row in rows:
        try:
            found.append(_messages_row(row) if row.get("messages") is not None else _pair_row(row))
        except ValueError as err:
            faults.append((row["id"], str(err)))
    if faults:
        first = "; ".join(f"row {row_id} {fault}" for row_id, fault in faults[:SHOWN])
        raise DataError(f"{len(faults)} of {len(rows)} rows cannot be read as {shape}: {first}")
    return found


def answer_of(row: Row) -> str:
    """The text of the last answer of a row that has been read."""
    return row["messages"][-1]["content"].strip() if row["messages"][-1]["role"] == "assistant" else ""


def question_of(shape: str, row: Row) -> str:
    """What a person is shown as the input of a row: the prompt, or the conversation up to its last answer."""
    if shape == "text":
        return str(row["text"])
    [read] = read_conversations(shape, [row])
    asked = read["messages"][:-1] if read["messages"][-1]["role"] == "assistant" else read["messages"]
    if [message["role"] for message in asked] == ["user"]:
        return asked[0]["content"]
    return "\n".join(f"{message['role']}: {message['content'] or message.get('tool_calls')}" for message in asked)


def _messages_row(row: Row) -> Row:
    messages = _named_fault("messages", read_messages, row["messages"])
    return {"id": row["id"], "messages": messages, "tools": _named_fault("tools", read_tools, row.get("tools"))}


def _pair_row(row: Row) -> Row:
    """Prompt and completion may themselves be messages, as other trainers write them."""
    prompt, completion = row.get("prompt"), row.get("completion")
    if prompt is None:
        raise ValueError("has neither messages nor a prompt")
    context = str(row.get("context") or "").strip()
    if isinstance(prompt, list):
        messages = list(prompt)
    else:
        asked = _text("prompt", prompt) + (f"\n\n{context}" if context else "")
        messages = [{"role": "user", "content": asked}]
    if isinstance(completion, list):
        messages += completion
    elif completion is not None:
        messages.append({"role": "assistant", "content": _text("completion", completion)})
    tools = _named_fault("tools", read_tools, row.get("tools"))
    return {"id": row["id"], "messages": _named_fault("prompt", read_messages, messages), "tools": tools}


def _text(role: str, value: Any) -> str:
    if isinstance(value, dict | bytes):
        raise ValueError(f"({role}) holds a {type(value).__name__}, not text")
    text = "" if value is None else str(value)
    if not text.strip():
        raise ValueError(f"({role}) is empty")
    return text


def _named_fault(role: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except ValueError as err:
        raise ValueError(f"({role}) {err}") from None


def _naming(roles: Sequence[str]) -> str:
    return "name it with " + " ".join(f"data.columns.{role}=COLUMN" for role in roles)
