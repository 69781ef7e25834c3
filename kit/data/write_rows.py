"""Rows to a file in the format that its name says, whole or not at all."""

from __future__ import annotations

import base64
import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from kit.errors import DataError

__all__ = ["WRITABLE", "as_json_line", "replaced", "write_rows"]

Rows = Iterable[Mapping[str, Any]]
WRITABLE = {".csv": ",", ".tsv": "\t", ".jsonl": "", ".ndjson": "", ".json": "", ".parquet": "", ".arrow": "",
            ".feather": "", ".xlsx": ""}  # fmt: skip
MOST_SHEET_ROWS, MOST_CELL_CHARS = 1_048_576, 32_767


def write_rows(path: Path, rows: Rows, columns: Sequence[str], *, has_bom: bool = False) -> int:
    """Write `columns` of the rows, return their number. Raises DataError where the format cannot hold them.

    CSV cells read back as they were: nothing is defused for spreadsheets. Lists and objects become JSON there.
    """
    kind = path.suffix.lower()
    with replaced(path) as aside:
        if kind in (".csv", ".tsv"):
            return _csv(aside, rows, columns, delimiter=WRITABLE[kind], encoding="utf-8-sig" if has_bom else "utf-8")
        if kind in (".jsonl", ".ndjson"):
            return _lines(aside, rows, columns)
        whole = [{name: row.get(name) for name in columns} for row in rows]
        if kind == ".json":
            aside.write_text("[\n" + ",\n".join(map(as_json_line, whole)) + "\n]\n", encoding="utf-8")
        elif kind == ".xlsx":
            _workbook(aside, whole, columns, where=path)
        else:
            _table(aside, whole, kind, where=path)
        return len(whole)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when all went well, else it is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def as_json_line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=_plain)


def _csv(path: Path, rows: Rows, columns: Sequence[str], *, delimiter: str, encoding: str) -> int:
    count = 0
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row.get(name)) for name in columns])
            count += 1
    return count


def _lines(path: Path, rows: Rows, columns: Sequence[str]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(as_json_line({name: row[name] for name in columns if name in row}) + "\n")
            count += 1
    return count


def _table(path: Path, rows: list[dict[str, Any]], kind: str, *, where: Path) -> None:
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet as pq

    try:
        table = pa.Table.from_pylist(rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"{where}: a column holds values of several types ({str(error).splitlines()[0]}); write .jsonl instead"
        ) from None
    if kind == ".parquet":
        pq.write_table(table, path)
    else:
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")


def _workbook(path: Path, rows: list[dict[str, Any]], columns: Sequence[str], *, where: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if len(rows) >= MOST_SHEET_ROWS:
        raise DataError(f"{where}: a sheet holds {MOST_SHEET_ROWS:,} rows, these are {len(rows):,}; write .csv")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    try:
        for number, row in enumerate([dict(zip(columns, columns)), *rows]):
            cells = []
            for name in columns:
                value = _cell(row.get(name))
                if isinstance(value, str) and len(value) > MOST_CELL_CHARS:
                    raise DataError(f"{where}: row {number}, column {name}: a cell holds {MOST_CELL_CHARS:,} "
                                    f"characters at most, this text has {len(value):,}; write .csv")  # fmt: skip
                cell = WriteOnlyCell(sheet, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # a text that starts with "=" stays a text
                cells.append(cell)
            sheet.append(cells)
        book.save(path)
    except IllegalCharacterError:
        raise DataError(f"{where}: a text holds control characters, which a sheet cannot; write .csv") from None


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict | tuple):
        return as_json_line(value)  # type: ignore[arg-type]
    return _plain(value) if isinstance(value, bytes | date | datetime | time) else value


def _plain(value: Any) -> Any:
    """What JSON has no form for: bytes as base 64, dates in ISO form, exact numbers as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)
