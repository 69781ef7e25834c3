"""Which columns of any file hold the text, the label and the id, and the texts that its rows are compared by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.data.columns import is_blank, resolve_columns
from kit.data.sources import Loaded, did_you_mean
from kit.data.tidy import strings_in
from kit.errors import DataError

__all__ = ["Roles", "joined", "roles_of"]


@dataclass(frozen=True)
class Roles:
    """Columns by what they mean. Rows are the same when `compared` are: the texts; without labels, all but the id."""

    text: tuple[str, ...]
    label: str | None
    id: str | None
    compared: tuple[str, ...]
    why: Mapping[str, str] = field(default_factory=dict)


def roles_of(sample: Loaded, *, text: Sequence[str] = (), label: str | None = None) -> Roles:
    """Columns as named, else as found by name and content. Raises DataError where a named one is missing."""
    missing = [name for name in (*text, *([label] if label else [])) if name not in sample.columns]
    if missing:
        hints = "; ".join(f'there is no column "{name}"{did_you_mean(name, sample.columns)}' for name in missing)
        raise DataError(f"{sample.source}: {hints}; the columns are: {', '.join(sample.columns)}")
    further = {f"text {place}": name for place, name in enumerate(text[1:], start=2)}
    mapping = resolve_columns(
        sample, {"text": text[0] if text else None, "label": label, **further},
        {"id": {"required": False, "type": "id"}, "label": {"required": False, "type": "any"},
         "text": {"required": False, "type": "text"}},
    )  # fmt: skip
    found = mapping.columns["text"]
    texts = tuple(text) or ((found,) if found else ())
    others = tuple(name for name in sample.columns if name != mapping.columns["id"])
    compared = texts if mapping.columns["label"] or text else others
    return Roles(texts or others, mapping.columns["label"], mapping.columns["id"], compared or others, mapping.why)


def joined(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """The texts of several columns as one; other values as they print."""
    if len(columns) == 1 and isinstance(row.get(columns[0]), str):
        return str(row[columns[0]])
    return "\n".join(part for name in columns for part in _parts(row.get(name)))


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, list | dict | tuple):
        yield from strings_in(value)
    elif not is_blank(value):
        yield str(value)
