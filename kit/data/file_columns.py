"""A file's rows under the roles text, label, id, group and time, gaps left as gaps: for splitting and labelling."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kit.data.canonical import canonical_rows
from kit.data.columns import RoleSpec, is_blank, resolve_columns
from kit.data.sources import Loaded, read_rows
from kit.errors import DataError

__all__ = ["read_columns"]

SETTING = re.compile(r"data\.columns\.(\w+)=")
GUESSED = "the one column of few values"


def read_columns(
    source: str,
    columns: Mapping[str, str | None],
    *,
    needed: Sequence[str] = ("text",),
    guess_label: bool = True,
) -> tuple[Loaded, list[dict[str, Any]], dict[str, str]]:
    """(file, rows, columns by role). Blank cells are None. Where `guess_label` is False a label column must be named,
    by the user or by its own name: in a file without labels, any column of few values would pass for one."""
    loaded = read_rows(source)
    roles: dict[str, RoleSpec] = {
        role: {"required": role in needed, "type": "id" if role == "id" else "any"} for role in ("text", "label", "id")
    }
    try:
        mapping = resolve_columns(loaded, dict(columns), roles)
        rows = canonical_rows(loaded, mapping)
    except DataError as error:  # the readers speak of a config; these verbs have options
        raise DataError(SETTING.sub(r"--\1 ", str(error))) from None
    found = {role: column for role, column in mapping.columns.items() if column is not None}
    if not guess_label and mapping.why.get("label", "").startswith(GUESSED):
        del found["label"]
        for row in rows:
            del row["label"]
    for row in rows:
        row.update({role: None for role, value in row.items() if is_blank(value)})
        if row.get("label") is not None and not isinstance(row["label"], list):
            row["label"] = str(row["label"]).strip()
    return loaded, rows, found
