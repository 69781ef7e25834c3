"""Rows to a file, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kit.data.delimited import write_csv_for_people

__all__ = ["suffix_for", "write_json", "write_rows"]


def suffix_for(format_: str) -> str:
    """CSV where the source was delimited text; JSON lines otherwise, since cells may hold lists."""
    return ".csv" if format_ == "csv" else ".jsonl"


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *,
               for_people: bool = False) -> None:  # fmt: skip
    """As CSV or JSON lines, by the suffix; a CSV for people is safe to open in a spreadsheet, see `defuse`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{os.getpid()}.{path.name}")
    if path.suffix == ".csv":
        write_csv_for_people(aside, rows, columns, defuse=for_people)
    else:
        lines = (json.dumps({name: row.get(name) for name in columns}, ensure_ascii=False, default=str) for row in rows)
        aside.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    aside.replace(path)


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{os.getpid()}.{path.name}")
    aside.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    aside.replace(path)
