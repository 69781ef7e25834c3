"""Users' rows as they are: one file, a folder of files of one kind, or a data set of the hub.

Nothing is dropped, guessed or repaired in silence: what was skipped is counted in `Loaded.problems`, what cannot be
read is a `DataError` that names the place. Which column means what is the business of `kit.data.columns`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.data.delimited import parse_delimited
from kit.data.encoding import detect_encoding
from kit.data.hub import HUB_PREFIX, load_from_hub
from kit.data.media import has_media, media_rows
from kit.data.readers import parse_arrow, parse_json, parse_jsonl, parse_parquet
from kit.data.workbook import parse_workbook
from kit.errors import DataError

__all__ = ["Loaded", "check_readable", "data_files", "did_you_mean", "is_media_folder", "read_rows"]

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".json": "json", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow",
    ".xlsx": "xlsx", ".xlsm": "xlsx",
}  # fmt: skip
FOLDER_FORMATS = {suffix: kind for suffix, kind in FORMATS.items() if suffix != ".txt"}  # licences, notes
NOT_DATA = {"dataset_info.json", "state.json", "dataset_dict.json", "config.json"}
READABLE = "CSV, TSV, JSONL, JSON, Parquet, Arrow and Excel (.xlsx) files"
MAGIC = {
    b"PK\x03\x04": ("a workbook or zip archive", ".xlsx"), b"PAR1": ("a Parquet file", ".parquet"),
    b"ARROW1": ("an Arrow file", ".arrow"), b"\x1f\x8b": ("packed by gzip", ".gz"), b"%PDF": ("a PDF", ".pdf"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook that is old or locked by a password", ".xls"),
}  # fmt: skip
SHOWN = 5


@dataclass(frozen=True)
class Loaded:
    """Rows and how they were read; `rows` keep every column, values as the file has them (CSV: text)."""

    rows: list[dict[str, Any]]
    columns: tuple[str, ...]
    source: str
    format: str
    fingerprint: str  # SHA-256 of the content, not of the name: a renamed copy has the same one
    problems: dict[str, int]  # what was skipped or filled in while reading, by name
    encoding: str | None = None
    has_bom: bool = False
    delimiter: str | None = None

    @property
    def rows_in(self) -> int:
        """Rows found in the source; blank lines are no rows and stand in `problems`."""
        return len(self.rows)


def read_rows(source: str | Path, columns: Sequence[str] = ()) -> Loaded:
    """All rows of `source`; `columns` are names that must be there."""
    if str(source).startswith(HUB_PREFIX):
        rows, fingerprint = load_from_hub(str(source))
        loaded = Loaded(
            rows=rows, columns=tuple(rows[0]), source=str(source), format="hub", fingerprint=fingerprint, problems={}
        )
    else:
        path = Path(source).expanduser()
        loaded = _read_folder(path) if path.is_dir() else _read_file(path)
    missing = [name for name in columns if name not in loaded.columns]
    if missing:
        hints = "; ".join(f'column "{name}" is not there{did_you_mean(name, loaded.columns)}' for name in missing)
        raise DataError(f"{loaded.source}: {hints}; the columns are: {', '.join(loaded.columns)}")
    return loaded


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """', did you mean "x"?' for the nearest known name, empty where none is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    return f', did you mean "{by_folded[near[0]]}"?' if near else ""


def check_readable(path: Path) -> str:
    """The format of a file. Raises DataError where it is missing, empty, barred, or not what its name says."""
    kind = FORMATS.get(path.suffix.lower())
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise _unreadable(path, error) from None
    if kind is None:
        raise DataError(f'{path}: files of kind "{path.suffix}" are not read, but {READABLE} are{_export(path)}')
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n") and path.stat().st_size == len(head):
        raise DataError(f"{path}: is empty ({len(head)} bytes); it needs rows")
    for start, (name, suffix) in MAGIC.items():
        if head.startswith(start) and FORMATS.get(suffix) != kind:
            way_out = f"; rename it to {path.stem}{suffix}" if suffix in FORMATS else ""
            raise DataError(f"{path}: is {name}, whatever its name says{way_out or _export(path.with_suffix(suffix))}")
    return kind


def _read_file(path: Path) -> Loaded:
    kind = check_readable(path)
    raw = _read_bytes(path)
    where, problems = str(path), Counter[str]()
    encoding, delimiter = None, None
    if kind == "parquet":
        rows = parse_parquet(raw, where=where)
    elif kind == "arrow":
        rows = parse_arrow(raw, where=where)
    elif kind == "xlsx":
        rows, problems = parse_workbook(raw, where=where)
    else:
        encoding = detect_encoding(raw, where)
        if kind == "csv":
            rows, delimiter, problems = parse_delimited(raw, encoding=encoding, where=where)
        else:
            rows, problems = (parse_jsonl if kind == "jsonl" else parse_json)(raw, encoding=encoding, where=where)
    return Loaded(
        rows=rows,
        columns=tuple(rows[0]),
        source=where,
        format=kind,
        fingerprint=hashlib.sha256(raw).hexdigest(),
        problems={name: count for name, count in problems.items() if count},
        encoding=encoding.name.removesuffix("-sig") if encoding else None,
        has_bom=bool(encoding and encoding.has_bom),
        delimiter=delimiter,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(_not_found(path))
    if isinstance(error, PermissionError):
        return DataError(f"{path}: may not be read by this user; grant it: chmod u+r {path.name}")
    return DataError(f"{path}: cannot be read ({error.strerror or error})")


def _not_found(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f'{path}: there is no folder "{folder}"; check the path (it is taken from {Path.cwd()})'
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    if near:
        return f"{path}: there is no such file; did you mean {' or '.join(near)}?"
    files = [name for name in names if Path(name).suffix.lower() in FORMATS][:SHOWN]
    return f"{path}: there is no such file; data files in that folder: {', '.join(files) or 'none'}"


def _read_folder(folder: Path) -> Loaded:
    if is_media_folder(folder):
        return _read_media(folder)
    paths = data_files(folder)
    parts = [_read_file(path) for path in paths]
    first = parts[0]
    for part in parts[1:]:
        if set(part.columns) != set(first.columns):
            raise DataError(
                f"{folder}: its files have different columns: {Path(first.source).name} has "
                f"{', '.join(first.columns)}; {Path(part.source).name} has {', '.join(part.columns)}; "
                "give them the same header or name one file"
            )
    problems: Counter[str] = Counter()
    for part in parts:
        problems.update(part.problems)
    return Loaded(
        rows=[row for part in parts for row in part.rows],
        columns=first.columns,
        source=str(folder),
        format=first.format,
        fingerprint=hashlib.sha256("".join(sorted(part.fingerprint for part in parts)).encode()).hexdigest(),
        problems=dict(problems),
        encoding=_joined(part.encoding for part in parts),
        has_bom=any(part.has_bom for part in parts),
        delimiter=_joined(part.delimiter for part in parts),
    )


def is_media_folder(folder: Path) -> bool:
    """Texts, images or sounds one per file, in the folder or in sub-folders named after their label."""
    has_table = any(path.suffix.lower() in FOLDER_FORMATS and path.name not in NOT_DATA for path in _entries(folder))
    return not has_table and has_media(folder)


def _read_media(folder: Path) -> Loaded:
    rows, digest = media_rows(folder)
    return Loaded(
        rows=rows, columns=tuple(rows[0]), source=str(folder), format="folder", fingerprint=digest, problems={}
    )


def data_files(folder: Path) -> list[Path]:
    """Files of one kind that together are one table. Raises DataError where there are none, or several kinds."""
    entries = _entries(folder)
    files = [path for path in entries if path.suffix.lower() in FOLDER_FORMATS and path.name not in NOT_DATA]
    kinds = Counter(FOLDER_FORMATS[path.suffix.lower()] for path in files)
    if not files:
        found = ", ".join(entry.name for entry in entries[:SHOWN]) or "no files"
        raise DataError(f"{folder}: is a folder without data files (it holds {found}); name one of {READABLE}")
    if len(kinds) > 1:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        raise DataError(f"{folder}: holds data files of several kinds ({counts}); name one file, or keep one kind")
    return files


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))
    except PermissionError:
        raise DataError(f"{folder}: may not be opened by this user; grant it: chmod u+rx {folder.name}") from None


def _joined(names: Any) -> str | None:
    return " ".join(dict.fromkeys(name for name in names if name)) or None


def _export(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in {".xls", ".xlsb", ".ods", ".numbers"}:
        return "; save the sheet as CSV UTF-8 from your spreadsheet program"
    return "; unpack it first" if suffix in {".gz", ".zip", ".bz2", ".xz", ".zst"} else "; convert it first"
