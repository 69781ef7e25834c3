"""Which column plays which role, why, and the rows under those roles.

`text`, `label` and `id` are found by name, then by content; all other roles only by their own name. What was found is
returned with its reason, so that a person can see and overrule it with `data.columns.ROLE=NAME`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from kit.data.sources import Loaded, did_you_mean
from kit.errors import DataError

__all__ = ["ColumnMap", "RoleSpec", "is_blank", "resolve_columns"]

NAMES = {
    "text": (
        "text", "sentence", "question", "message", "ticket", "body", "utterance", "review", "content", "query",
        "comment", "description", "prompt", "input", "问题", "文本", "内容", "工单", "句子", "描述", "评论", "留言",
    ),
    "label": (
        "label", "labels", "category", "intent", "class", "target", "topic", "tag", "tags", "sentiment",
        "类别", "标签", "意图", "分类", "类型", "主题",
    ),
    "id": ("id", "uuid", "guid", "编号", "序号", "工单号"),
}  # fmt: skip
SAMPLE_ROWS = 5000
MIN_TEXT_CHARS = 12
MAX_LABEL_CHARS = 60
MAX_LABEL_SHARE = 0.5


class RoleSpec(TypedDict):
    """What a task needs of a role; `type` is text, label, labels, answer, number, id, group, time or any."""

    required: bool
    type: str
    names: NotRequired[Sequence[str]]  # where given, only a column of one of these names is taken
    is_input: NotRequired[bool]


@dataclass(frozen=True)
class ColumnMap:
    """Roles and their columns (None: not there), the reason for each, and the columns passed on as slices."""

    columns: dict[str, str | None]
    types: dict[str, str]
    why: dict[str, str]
    slice_columns: tuple[str, ...] = ()


def resolve_columns(
    loaded: Loaded,
    wanted: Mapping[str, str | None],
    roles: Mapping[str, RoleSpec],
    slice_columns: Sequence[str] = (),
) -> ColumnMap:
    """The column of every role; roles of `wanted` that the task does not know (a group) are looked up as well.

    All faults are reported in one `DataError`: named columns that are missing and required roles without a column.
    """
    unnamed = {role: spec for role, spec in roles.items() if not wanted.get(role)}
    named = {role: column for role, column in wanted.items() if column}
    there = ", ".join(loaded.columns)
    problems = [
        f'data.columns.{role}="{column}": there is no such column{did_you_mean(column, loaded.columns)}'
        for role, column in [*named.items(), *(("slice", column) for column in slice_columns)]
        if column not in loaded.columns
    ]
    uses = Counter(column for role, column in named.items() if role in roles)
    problems += [f'"{column}" is named for more than one role' for column, count in uses.items() if count > 1]
    columns: dict[str, str | None] = dict(named)
    why = dict.fromkeys(named, "named in data.columns")
    for role in sorted(unnamed, key=_search_order):
        kind = _kind(role, unnamed[role]["type"])
        taken = [column for column in columns.values() if column]
        if names := unnamed[role].get("names"):
            columns[role], why[role] = _by_name(loaded, names, taken)
        else:
            columns[role], why[role] = _find(loaded, role=role, kind=kind, taken=taken)
        if columns[role] is None and unnamed[role]["required"] and kind != "id":
            problems.append(f"no column for the {role} ({why[role]}); name it with data.columns.{role}=COLUMN")
    if problems:
        raise DataError("\n".join(f"{loaded.source}: {problem}; the columns are: {there}" for problem in problems))
    types = {role: spec["type"] for role, spec in roles.items()}
    return ColumnMap(columns, {**dict.fromkeys(columns, "any"), **types}, why, tuple(slice_columns))


def is_blank(value: Any) -> bool:
    """No value at all: null, NaN or only blanks. The words "None" and "NA" are values: both are real labels."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float) and math.isnan(value))


def _search_order(role: str) -> int:
    """Ids and labels have telling names or few values; the text is what is left."""
    return {"id": 0, "label": 1, "labels": 1}.get(role, 3 if role == "text" else 2)


def _kind(role: str, type_: str) -> str:
    return "label" if role in ("label", "labels") else role if role in NAMES else type_


def _by_name(loaded: Loaded, names: Sequence[str], taken: Sequence[str]) -> tuple[str | None, str]:
    folded = {_folded(name): name for name in reversed(loaded.columns) if name not in taken}
    found = next((folded[name] for name in names if name in folded), None)
    return found, "found by its name" if found else f"no column is named {', '.join(names)}"


def _find(loaded: Loaded, *, role: str, kind: str, taken: Sequence[str]) -> tuple[str | None, str]:
    free = [name for name in loaded.columns if name not in taken]
    folded = {_folded(name): name for name in reversed(free)}
    for known in (role, *(NAMES[kind] if role in NAMES else ())):
        if known in folded:
            return folded[known], "found by its name"
    if role not in NAMES:
        return None, "no column of that name"
    if kind == "id":
        return _find_id(loaded, free)
    by_last_word = [name for name in free if _last_word(name, NAMES[kind])]
    if by_last_word:
        return by_last_word[0], "found by the last word of its name"
    return _find_label(loaded, free) if kind == "label" else _find_text(loaded, free)


def _find_id(loaded: Loaded, free: Sequence[str]) -> tuple[str | None, str]:
    for name in free:
        if _last_word(name, NAMES["id"]) and len({str(row[name]) for row in loaded.rows}) == len(loaded.rows):
            return name, "found by the last word of its name, all values differ"
    return None, "no id column: rows are numbered from 1"


def _find_label(loaded: Loaded, free: Sequence[str]) -> tuple[str | None, str]:
    """A column of few short values; several such columns are not chosen between."""
    found = []
    for name in free:
        values = _texts(loaded, name)
        distinct = len(set(values))
        is_short = values and sum(map(len, values)) <= MAX_LABEL_CHARS * len(values)
        if is_short and 2 <= distinct <= MAX_LABEL_SHARE * len(values) and not _last_word(name, NAMES["text"]):
            found.append((name, distinct))
    if len(found) == 1:
        return found[0][0], f"the one column of few values ({found[0][1]} different ones)"
    if found:
        return None, f"several columns could be it: {', '.join(name for name, _ in found)}"
    return None, "no column is named like one or holds few different values"


def _find_text(loaded: Loaded, free: Sequence[str]) -> tuple[str | None, str]:
    """The longest column by average length, among those whose values mostly differ."""
    best: tuple[float, str, float] | None = None
    for name in free:
        values = _texts(loaded, name)
        if not values:
            continue
        mean, share = sum(map(len, values)) / len(values), len(set(values)) / len(values)
        if mean >= MIN_TEXT_CHARS and share > MAX_LABEL_SHARE and (best is None or mean > best[0]):
            best = (mean, name, share)
    if best is None:
        return None, "no column is named like one or holds long, differing texts"
    return best[1], f"the longest texts ({best[0]:.0f} characters on average, {best[2]:.0%} different)"


def _texts(loaded: Loaded, name: str) -> list[str]:
    """Values as text from rows spread over the file; empty where the column holds lists or objects."""
    step = max(1, len(loaded.rows) // SAMPLE_ROWS)
    values = [row[name] for row in loaded.rows[::step] if not is_blank(row[name])]
    return [] if any(isinstance(value, list | dict | bytes) for value in values) else [str(v).strip() for v in values]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _last_word(name: str, known: Sequence[str]) -> bool:
    """ "ticket_text" is a text and "message_type" is not; Chinese names have no gaps, so they end with the word."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    words = re.split(r"[\W_]+", spaced.strip().casefold())
    return words[-1] in known or any(words[-1].endswith(word) for word in known if not word.isascii())
