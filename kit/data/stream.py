"""Rows one at a time, whatever the size of the source. A row that cannot be read comes as what stands there, with its
line and the reason, where `read_rows` would refuse the whole file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from kit.data.hub import HUB_PREFIX
from kit.data.lines import file_encoding
from kit.data.sources import FORMATS, Loaded, check_readable, data_files, is_media_folder, read_rows
from kit.data.stream_readers import delimited_records, jsonl_records, table_records
from kit.errors import DataError

__all__ = ["Record", "Stream", "open_stream"]

SAMPLE_ROWS = 5000
STREAMED = ("csv", "jsonl", "parquet", "arrow")


@dataclass(frozen=True)
class Record:
    """The data row `number` (from 1; headers and blank lines do not count). Broken: `row` is None, `raw` is there."""

    number: int
    row: dict[str, Any] | None
    line: int | None = None
    reason: str = ""
    raw: str = ""


@dataclass
class Stream:
    """`records` can be read once; `skipped` fills up while they are read."""

    source: str
    format: str
    records: Iterator[Record]
    skipped: Counter[str] = field(default_factory=Counter)
    encoding: str | None = None
    has_bom: bool = False
    delimiter: str | None = None

    def sample(self) -> Loaded:
        """The first rows, to find the columns' roles by; they stay in `records`."""
        first = list(islice(self.records, SAMPLE_ROWS))
        rows = [record.row for record in first if record.row is not None]
        self.records = chain(first, self.records)
        if not rows:
            faults = [f"row {r.number}: {r.reason}" for r in first[:3]]
            raise DataError(f"{self.source}: holds no row that can be read{': ' if faults else ''}{'; '.join(faults)}")
        columns = tuple(dict.fromkeys(key for row in rows for key in row))
        whole = [row if len(row) == len(columns) else {key: row.get(key) for key in columns} for row in rows]
        return Loaded(rows=whole, columns=columns, source=self.source, format=self.format, fingerprint="", problems={},
                      encoding=self.encoding, has_bom=self.has_bom, delimiter=self.delimiter)  # fmt: skip


def open_stream(source: str | Path) -> Stream:
    """A stream of the rows of a file, a folder or a hub data set. Raises DataError where nothing of it can be read."""
    if str(source).startswith(HUB_PREFIX):
        return _whole(read_rows(source))
    path = Path(source).expanduser()
    if not path.is_dir():
        return _of_file(path)
    if is_media_folder(path):
        return _whole(read_rows(path))
    parts = [_of_file(part) for part in data_files(path)]
    joined = Stream(str(path), parts[0].format, iter(()), encoding=parts[0].encoding, delimiter=parts[0].delimiter)
    joined.records = _numbered(parts, joined.skipped)
    return joined


def _of_file(path: Path) -> Stream:
    check_readable(path)
    kind = FORMATS[path.suffix.lower()]
    if kind not in STREAMED:
        return _whole(read_rows(path))
    if kind in ("parquet", "arrow"):
        return Stream(str(path), kind, (Record(n, row) for n, row in enumerate(table_records(path, kind), start=1)))
    encoding = file_encoding(path)
    stream = Stream(str(path), kind, iter(()), encoding=encoding.name.removesuffix("-sig"), has_bom=encoding.has_bom)
    if kind == "csv":
        stream.delimiter, records = delimited_records(path, encoding, stream.skipped)
    else:
        records = jsonl_records(path, encoding, stream.skipped)
    stream.records = (Record(number, *found) for number, found in enumerate(records, start=1))
    return stream


def _whole(loaded: Loaded) -> Stream:
    return Stream(
        loaded.source, loaded.format, (Record(number, row) for number, row in enumerate(loaded.rows, start=1)),
        Counter(loaded.problems), loaded.encoding, loaded.has_bom, loaded.delimiter,
    )  # fmt: skip


def _numbered(parts: list[Stream], skipped: Counter[str]) -> Iterator[Record]:
    number = 0
    for part in parts:
        for record in part.records:
            number += 1
            reason = f"{Path(part.source).name}: {record.reason}" if record.reason else ""
            yield Record(number, record.row, record.line, reason, record.raw)
        skipped.update(part.skipped)
