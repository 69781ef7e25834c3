"""Readers that go on behind a broken row: each gives (row or None, line, reason, what stands there)."""

from __future__ import annotations

import csv
import json
from collections import Counter, deque
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from kit.data.delimited import SEPARATOR_LINE, detect_delimiter, header_names, wide_fields
from kit.data.encoding import Encoding
from kit.data.lines import MOST_LINE_CHARS, fault_of, printable, read_lines
from kit.data.readers import broken_table, json_kind, json_reason
from kit.errors import DataError

__all__ = ["Found", "delimited_records", "jsonl_records", "table_records"]

Found = tuple[dict[str, Any] | None, int | None, str, str]
Split = tuple[int, list[str], str, str]
HEAD_CHARS = 256 * 1024
MOST_LINES_PER_RECORD = 2000  # a quote that is never closed must not swallow the file
BATCH_ROWS = 2048


def jsonl_records(path: Path, encoding: Encoding, skipped: Counter[str]) -> Iterator[Found]:
    """One object per line; NaN and Infinity, which JSON does not know, are read as null and counted."""

    def no_number(name: str) -> None:
        skipped["nan_or_infinity_as_null"] += 1

    decode = json.JSONDecoder(parse_constant=no_number).decode
    number, is_inside = 0, False
    for line in read_lines(path, encoding, newline=None):
        is_piece = is_inside
        is_inside = len(line) >= MOST_LINE_CHARS and not line.endswith("\n")
        if is_piece:
            continue  # the rest of a line that was reported as too long
        number += 1
        if is_inside:
            yield None, number, f"the line is longer than {MOST_LINE_CHARS:,} characters", printable(line[:1000])
            continue
        if not line.strip():
            skipped["blank_rows"] += 1
            continue
        fault = fault_of(line)
        row: Any = None
        if not fault:
            try:
                row = decode(line)
            except (ValueError, RecursionError) as error:
                fault = f"is not JSON: {json_reason(error)}"
            else:
                if not isinstance(row, dict):
                    fault = f"holds {json_kind(row)}, not an object"
                elif "\\ud" in line or "\\uD" in line:
                    fault = fault_of(json.dumps(row, ensure_ascii=False))
        yield (row, number, "", "") if not fault else (None, number, fault, printable(line.rstrip("\r\n")))


def delimited_records(path: Path, encoding: Encoding, skipped: Counter[str]) -> tuple[str, Iterator[Found]]:
    """(delimiter, records). Raises DataError where the header cannot be used."""
    head = _head(path, encoding)
    announced = SEPARATOR_LINE.match(head)
    with wide_fields():
        delimiter = announced[1] if announced else detect_delimiter(head)
    lines = read_lines(path, encoding, newline="")
    if announced:
        next(lines)
    records = _split(lines, delimiter, first_line=2 if announced else 1)
    start, fields, fault, raw = next(((line, found, why, text) for line, found, why, text in records
                                      if why or any(map(str.strip, found))), (1, [], "", ""))  # fmt: skip
    if fault:
        raise DataError(f"{path}: the header on line {start} cannot be read ({fault}); it starts with {raw[:60]!r}")
    header = header_names(fields, where=str(path), problems=skipped)
    first = next(records, None)
    if first is None:
        raise DataError(f"{path}: holds a header ({', '.join(header)}) but no rows; add one row per line below it")
    return delimiter, _rows_under(header, first=first, records=records, skipped=skipped)


def table_records(path: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet or Arrow file, a batch in memory at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    num_rows = 0
    try:
        if kind == "parquet":
            batches = pq.ParquetFile(path).iter_batches(BATCH_ROWS)
        else:
            mapped = pa.memory_map(str(path))
            is_file = mapped.read(6) == b"ARROW1"
            mapped.seek(0)
            opened = pa.ipc.open_file(mapped) if is_file else pa.ipc.open_stream(mapped)
            batches = (opened.get_batch(i) for i in range(opened.num_record_batches)) if is_file else iter(opened)
        for batch in batches:
            num_rows += batch.num_rows
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise broken_table(kind.capitalize(), error=error, where=str(path)) from None
    if not num_rows:
        raise DataError(f"{path}: holds no rows")


def _head(path: Path, encoding: Encoding) -> str:
    """The first whole lines; a record cut in two would count as one of the wrong width."""
    head = "".join(islice(read_lines(path, encoding, newline=""), 2000))[:HEAD_CHARS].replace("\0", "")
    return head[: head.rindex("\n") + 1] if len(head) == HEAD_CHARS and "\n" in head else head


def _rows_under(
    header: list[str], *, first: Split, records: Iterator[Split], skipped: Counter[str]
) -> Iterator[Found]:
    width = len(header)
    with wide_fields():
        for line, fields, fault, raw in chain([first], records):
            if fault:
                yield None, line, fault, printable(raw.rstrip("\r\n"))
            elif not any(map(str.strip, fields)):
                skipped["blank_rows"] += 1
            elif len(fields) != width:
                fault = f"has {len(fields)} fields where the header has {width}"
                yield None, line, fault, printable(raw.rstrip("\r\n"))
            else:
                yield dict(zip(header, fields)), line, "", ""


def _split(lines: Iterator[str], delimiter: str, *, first_line: int) -> Iterator[Split]:
    """(first line, fields, fault, text) of every record. Behind a record that cannot be read, its first line is given
    up and the lines below are read anew."""
    waiting: deque[str] = deque()
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while len(taken) < MOST_LINES_PER_RECORD:
            line = waiting.popleft() if waiting else next(lines, None)
            if line is None:
                return
            while len(line) >= MOST_LINE_CHARS and line[-1] not in "\r\n" and (more := next(lines, "")):
                line += more
            taken.append(line)
            yield line

    start = first_line
    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        try:
            fields = next(reader)
            fault, count = "", len(taken)
        except StopIteration:
            return
        except csv.Error as error:
            fields, fault, count = [], f"cannot be read as a row ({error}); is a quote left open?", 1
            waiting.extendleft(reversed(taken[1:]))
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        raw = taken[0] if count == 1 else "".join(taken)
        yield start, fields, fault or fault_of(raw), raw
        start += count
