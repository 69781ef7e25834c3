"""Excel workbooks (.xlsx): the first sheet that holds anything, its first filled row as the header."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from kit.data.delimited import header_names
from kit.errors import DataError

__all__ = ["parse_workbook"]

WAY_OUT = "save the sheet as CSV UTF-8 from your spreadsheet program"
SHOWN = 5


def parse_workbook(raw: bytes, *, where: str) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Rows with the values that cells show; dates as ISO text. A formula whose value was never saved is an error."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise DataError(f"{where}: reading workbooks needs openpyxl: pip install openpyxl, or {WAY_OUT}") from None
    problems: Counter[str] = Counter()
    try:
        values = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(raw), read_only=True, data_only=False)
        sheets = [sheet.title for sheet in values.worksheets if any(map(_is_filled, sheet.iter_rows(values_only=True)))]
        if not sheets:
            raise DataError(f"{where}: no sheet of the workbook holds anything ({', '.join(values.sheetnames)})")
        problems["other_sheets"] = len(sheets) - 1
        grid = list(zip(values[sheets[0]].iter_rows(values_only=True), formulas[sheets[0]].iter_rows(values_only=True)))
    except DataError:
        raise
    except Exception as error:  # broken archives and XML raise a dozen types from zipfile, expat and openpyxl
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{where}: cannot be read as a workbook ({reason}); {WAY_OUT}") from None
    return _rows(grid, where=f"{where} (sheet {sheets[0]})", problems=problems), problems


def _rows(grid: list[tuple[Any, Any]], *, where: str, problems: Counter[str]) -> list[dict[str, Any]]:
    unsaved = [f"{_letters(column)}{line}" for line, column in _unsaved_formulas(grid)]
    if unsaved:
        shown = ", ".join(unsaved[:SHOWN]) + (", ..." if len(unsaved) > SHOWN else "")
        raise DataError(
            f"{where}: {len(unsaved)} formulas have no saved value (cells {shown}); open the workbook in a spreadsheet "
            "program and save it, or paste the values"
        )
    filled = [values for values, _ in grid if _is_filled(values)]
    width = max(len(values) - _blanks_at_end(values) for values in filled)
    header = header_names([_text(value) for value in (*filled[0], *[None] * width)[:width]], where=where,
                          problems=problems)  # fmt: skip
    if len(filled) == 1:
        raise DataError(f"{where}: holds a header ({', '.join(header)}) but no rows; add one row per line below it")
    problems["blank_rows"] = len(grid) - len(filled)
    return [dict(zip(header, (_plain(value) for value in (*values, *[None] * width)))) for values in filled[1:]]


def _unsaved_formulas(grid: list[tuple[Any, Any]]) -> Iterator[tuple[int, int]]:
    for line, (values, formulas) in enumerate(grid, start=1):
        for column, (value, formula) in enumerate(zip(values, formulas)):
            if value is None and formula is not None:
                yield line, column


def _is_filled(values: Any) -> bool:
    return any(value is not None and str(value).strip() for value in values)


def _blanks_at_end(values: tuple[Any, ...]) -> int:
    return next((n for n, value in enumerate(reversed(values)) if value is not None), len(values))


def _text(value: Any) -> str:
    return "" if value is None else str(_plain(value))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def _letters(column: int) -> str:
    """A column's name in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
