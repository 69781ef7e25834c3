"""JSON Lines, JSON, Parquet and Arrow files as lists of rows, each broken place named."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

from kit.data.encoding import Encoding
from kit.data.lines import HALF_CHARACTER
from kit.errors import DataError

__all__ = ["broken_table", "json_kind", "json_reason", "parse_arrow", "parse_json", "parse_jsonl", "parse_parquet"]

Rows = list[dict[str, Any]]
SHOWN = 5
REPLACEMENT = "\ufffd"


def parse_jsonl(raw: bytes, *, encoding: Encoding, where: str) -> tuple[Rows, Counter[str]]:
    """One object per line; blank lines are skipped and counted."""
    problems: Counter[str] = Counter()
    rows: Rows = []
    broken: list[str] = []
    for number, line in enumerate(io.TextIOWrapper(io.BytesIO(raw), encoding=encoding.name), start=1):
        if not line.strip():
            problems["blank_rows"] += 1
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            broken.append(f"line {number} ({json_reason(error)})")
            continue
        if isinstance(row, dict):
            rows.append(_without_halves(row, problems) if _may_hold_halves(line) else row)
        else:
            broken.append(f"line {number} (holds {json_kind(row)}, not an object)")
    if broken:
        shown = "; ".join(broken[:SHOWN]) + ("; ..." if len(broken) > SHOWN else "")
        count = "1 line is" if len(broken) == 1 else f"{len(broken)} lines are"
        raise DataError(f"{where}: {count} not a JSON object: {shown}; every line must be one whole object {{...}}")
    return _with_all_keys(rows, where=where, problems=problems), problems


def parse_json(raw: bytes, *, encoding: Encoding, where: str) -> tuple[Rows, Counter[str]]:
    """A list of objects."""
    problems: Counter[str] = Counter()
    try:
        text = raw.decode(encoding.name)
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{where}: is not valid JSON at line {error.lineno}, column {error.colno} ({error.msg}); "
            "a file with one object per line must be named .jsonl"
        ) from None
    except ValueError as error:
        raise DataError(f"{where}: is not valid JSON ({error})") from None
    except RecursionError:
        raise DataError(f"{where}: is nested too deeply to be a table; expected a list of objects") from None
    if not isinstance(data, list):
        raise DataError(f"{where}: holds {json_kind(data)}, expected a list of objects: [{{...}}, {{...}}]")
    others = [position for position, row in enumerate(data, start=1) if not isinstance(row, dict)]
    if others:
        raise DataError(
            f"{where}: {len(others)} of {len(data)} entries are not objects, the first is entry {others[0]} "
            f"({json_kind(data[others[0] - 1])}); expected a list of objects: [{{...}}, {{...}}]"
        )
    if _may_hold_halves(text):
        data = [_without_halves(row, problems) for row in data]
    return _with_all_keys(data, where=where, problems=problems), problems


def _may_hold_halves(text: str) -> bool:
    """JSON escapes alone can bring them in: a decoder of bytes refuses half a surrogate pair."""
    return "\\ud" in text or "\\uD" in text


def _without_halves(value: Any, problems: Counter[str]) -> Any:
    """Half a surrogate pair, left by a text cut inside an emoji, can be neither encoded nor tokenized: it becomes the
    replacement character and is counted."""
    if isinstance(value, str):
        mended, count = HALF_CHARACTER.subn(REPLACEMENT, value)
        problems["half_characters_replaced"] += count
        return mended
    if isinstance(value, list):
        return [_without_halves(item, problems) for item in value]
    if isinstance(value, dict):
        return {_without_halves(key, problems): _without_halves(item, problems) for key, item in value.items()}
    return value


def parse_parquet(raw: bytes, *, where: str) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _table_rows(pq.ParquetFile(pa.BufferReader(raw)).read(), where=where)
    except (pa.ArrowException, OSError) as error:
        raise broken_table("Parquet", error=error, where=where) from None


def parse_arrow(raw: bytes, *, where: str) -> Rows:
    """Both Arrow forms: the file format and the stream that `datasets` saves."""
    import pyarrow as pa

    try:
        opened = pa.ipc.open_file(raw) if raw.startswith(b"ARROW1") else pa.ipc.open_stream(raw)
        return _table_rows(opened.read_all(), where=where)
    except (pa.ArrowException, OSError) as error:
        raise broken_table("Arrow", error=error, where=where) from None


def _table_rows(table: Any, *, where: str) -> Rows:
    repeated = [name for name, count in Counter(table.column_names).items() if count > 1]
    if repeated:
        raise DataError(f'{where}: column "{repeated[0]}" is there more than once; give every column its own name')
    rows: Rows = table.to_pylist()
    if not rows:
        raise DataError(f"{where}: holds no rows (columns: {', '.join(table.column_names) or 'none'})")
    return rows


def broken_table(kind: str, *, error: Exception, where: str) -> DataError:
    """The error for a table that pyarrow cannot read."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"{where}: cannot be read as {kind} ({reason}); the file is cut off or of another kind")


def _with_all_keys(rows: Rows, *, where: str, problems: Counter[str]) -> Rows:
    """Every row with every key, null where it was left out, so that a column means the same in all rows."""
    if not rows:
        raise DataError(f"{where}: holds no rows")
    keys = list(dict.fromkeys(key for row in rows for key in row))
    problems["rows_with_missing_keys"] = sum(len(row) < len(keys) for row in rows)
    if not problems["rows_with_missing_keys"]:
        return rows
    return [{key: row.get(key) for key in keys} for row in rows]


def json_reason(error: Exception) -> str:
    """Why a line is not JSON, with its column where that is known."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).split(";")[0]


def json_kind(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
