"""CSV and its cousins: read strictly (no row is lost without a word), written so that people can open them."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from kit.data.encoding import Encoding
from kit.errors import DataError

__all__ = ["detect_delimiter", "header_names", "parse_delimited", "wide_fields", "write_csv_for_people"]

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_BYTES = 256 * 1024
SAMPLE_RECORDS = 200
SHOWN = 5
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?")
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def parse_delimited(raw: bytes, *, encoding: Encoding, where: str) -> tuple[list[dict[str, Any]], str, Counter[str]]:
    """(rows, delimiter, problems) of a file with a header; every value is the text of its cell."""
    problems: Counter[str] = Counter()
    head = _head(raw, encoding)
    announced = SEPARATOR_LINE.match(head)  # the first line "sep=;" of some spreadsheets
    with wide_fields():
        delimiter = announced[1] if announced else detect_delimiter(head)
        reader = csv.reader(_open(raw, encoding), delimiter=delimiter, strict=True)
        if announced:
            next(reader)
        records = _records(reader, where=where, problems=problems)
        header = header_names(next(records, (0, []))[1], where=where, problems=problems)
        rows, wrong = [], []
        for line, record in records:
            if len(record) != len(header):
                wrong.append((line, len(record)))
            elif not wrong:
                rows.append(dict(zip(header, record)))
    if wrong:
        raise DataError(_wrong_widths(wrong, width=len(header), delimiter=delimiter, where=where))
    if not rows:
        raise DataError(f"{where}: holds a header ({', '.join(header)}) but no rows; add one row per line below it")
    return rows, delimiter, problems


def detect_delimiter(head: str) -> str:
    """Of , ; tab | the one that splits the header and then most rows into as many fields; a comma where none does.

    Not csv.Sniffer: it is led astray by punctuation inside texts and raises on one-column files.
    """
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        widths = [len(record) for record in islice(reader, SAMPLE_RECORDS) if record]
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def write_csv_for_people(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *,
                         defuse: bool = True) -> None:  # fmt: skip
    """UTF-8 with a byte-order mark, which spreadsheets need to show Chinese; other columns are left out.

    With `defuse` a text that a spreadsheet would run as a formula ("=...", "@...") gets a leading apostrophe, numbers
    do not; without it every cell reads back as it was, as rows to train on must.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(columns)
        cell = _safe_cell if defuse else _same_cell
        writer.writerows([cell(row.get(column)) for column in columns] for row in rows)


def _safe_cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(value):
        return "'" + value
    return value


def _same_cell(value: Any) -> Any:
    return value


def _open(raw: bytes, encoding: Encoding) -> io.TextIOWrapper:
    """Decodes as it is read: a StringIO of the whole file would take four bytes a character."""
    return io.TextIOWrapper(io.BytesIO(raw), encoding=encoding.name, newline="")


def _head(raw: bytes, encoding: Encoding) -> str:
    """The first whole lines; a record cut in two would count as one of the wrong width."""
    text = _open(raw, encoding).read(SAMPLE_BYTES)
    return text if len(raw) <= SAMPLE_BYTES or "\n" not in text else text[: text.rindex("\n") + 1]


@contextmanager
def wide_fields() -> Iterator[None]:
    """Lifts the csv module's 128 KB limit per field, which long documents exceed."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _records(reader: Any, *, where: str, problems: Counter[str]) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record starts, fields) of every record that holds anything; blank ones are counted."""
    start = reader.line_num + 1
    try:
        for record in reader:
            if any(field.strip() for field in record):
                yield start, record
            else:
                problems["blank_rows"] += 1
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{where}: the record that starts on line {start} cannot be read ({error}); a field that holds the "
            'delimiter, a quote or a line break must stand in quotes, with quotes inside doubled: "a ""b"" c"'
        ) from None


def header_names(record: Sequence[str], *, where: str, problems: Counter[str]) -> list[str]:
    if not record:
        raise DataError(f"{where}: is empty; it needs a header line with the column names, then one row per line")
    names = [name.strip() for name in record]
    problems["unnamed_columns"] += names.count("")
    names = [name or f"column_{position}" for position, name in enumerate(names, start=1)]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        quoted = ", ".join(f'"{name}"' for name in repeated)
        raise DataError(f"{where}: the header names {quoted} more than once; give every column its own name")
    return names


def _wrong_widths(wrong: Sequence[tuple[int, int]], *, width: int, delimiter: str, where: str) -> str:
    shown = ", ".join(f"line {line} ({count})" for line, count in wrong[:SHOWN])
    more = ", ..." if len(wrong) > SHOWN else ""
    rows = "1 row has" if len(wrong) == 1 else f"{len(wrong)} rows have"
    return (
        f"{where}: {rows} a different number of fields than the header's {width} (delimiter {delimiter!r}): "
        f"{shown}{more}; put texts that hold the delimiter in quotes, or mend those lines"
    )
