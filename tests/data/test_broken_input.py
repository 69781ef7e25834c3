"""Broken input of fifty-odd kinds: each ends in one clear message or in counted, quarantined rows; no row is lost."""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from tests.fixtures_cli import Outcome, moatkit

__all__ = ["moatkit"]

TEXTS = [
    "where is my parcel today",
    "please refund the broken kettle",
    "how do I reset my login",
    "cancel the second order",
    "your courier was very friendly",
    "the invoice shows a wrong sum",
]
GOOD = [f"{text},{'ab'[place % 2]}" for place, text in enumerate(TEXTS)]
CSV = "\n".join(["text,label", *GOOD]) + "\n"
JSONL = [json.dumps({"text": text, "label": "ab"[place % 2]}) for place, text in enumerate(TEXTS)]


@dataclass(frozen=True)
class Case:
    """`words` of the refusal, or, where the file is usable, the rows in and those that go, with words of a reason."""

    id: str
    name: str
    content: bytes
    words: tuple[str, ...] = ()
    rows: tuple[int, int] | None = None
    reason: str = ""


def refused(id: str, name: str, content: bytes | str, *words: str) -> Case:
    return Case(id, name, content.encode() if isinstance(content, str) else content, words)


def sifted(id: str, name: str, content: bytes | str, rows: tuple[int, int], reason: str = "") -> Case:
    return Case(id, name, content.encode() if isinstance(content, str) else content, (), rows, reason)


def lines(*extra: str) -> str:
    return CSV + "".join(f"{line}\n" for line in extra)


def jsonl(*extra: str) -> str:
    return "\n".join([*JSONL, *extra]) + "\n"


def workbook(fill: Callable[[Workbook], None]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    fill(book)
    book.save(out)
    return out.getvalue()


def filled(book: Workbook) -> None:
    for line in [["text", "label"], *([text, "a"] for text in TEXTS)]:
        book.active.append(line)


def with_formula(book: Workbook) -> None:
    filled(book)
    book.active.append(['="a"&"b"', "b"])


def parquet(**columns: list) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


CASES = [
    # ---- nothing, or nearly nothing
    refused("empty file", "a.csv", "", "is empty (0 bytes)"),
    refused("blanks only", "a.jsonl", " \n\n", "is empty"),
    refused("header only", "a.csv", "text,label\n", "holds a header (text, label) but no rows"),
    refused("header and blank lines", "a.csv", "text,label\n\n,\n", "holds no row that can be read"),
    refused("empty list", "a.json", "[]", "holds no rows"),
    refused("empty table", "a.parquet", parquet(text=[]), "holds no rows"),
    refused("every text empty", "a.csv", "text,label\n,a\n ,b\n", "no row is left of 2 (2 empty_text)"),
    # ---- encodings
    sifted("byte-order mark", "a.csv", b"\xef\xbb\xbf" + CSV.encode(), (6, 0)),
    sifted("UTF-16", "a.csv", CSV.encode("utf-16"), (6, 0)),
    refused("UTF-16 without a mark", "a.csv", CSV.encode("utf-16-le"), "zero bytes", "iconv"),
    refused("UTF-16 cut off", "a.csv", CSV.encode("utf-16")[:-1], "UTF-16", "cut off"),
    sifted("GB18030", "a.csv", "问题,类别\n我的卡还没有到,物流\n怎么退款呢,退款\n".encode("gb18030"), (2, 0)),
    refused("Latin-1", "a.csv", "text,label\ncaf\xe9 au lait,a\n".encode("latin-1"), "byte 0xe9", "iconv"),
    sifted(
        "two encodings",
        "a.csv",
        lines("caf\u00e9 au lait,a").encode() + "cr\xe8me br\xfbl\xe9e,b\n".encode("latin-1"),
        (8, 1),
        "byte 0xe8 at character 3 is not in the file's encoding",
    ),
    sifted(
        "two encodings in JSON Lines",
        "a.jsonl",
        jsonl('{"text": "d\u00e9j\u00e0 vu again", "label": "a"}').encode() + b'{"text": "\xe9t\xe9", "label": "b"}\n',
        (8, 1),
        "byte 0xe9",
    ),
    sifted("a zero byte in one row", "a.csv", lines("a\0b,a"), (7, 1), "holds a zero byte"),
    sifted(
        "half a character", "a.jsonl", jsonl('{"text": "\\ud83d broken", "label": "a"}'), (7, 1), "half of a character"
    ),
    refused("half a file is no text", "a.csv", CSV.encode() + bytes(range(256)) * 20, "is not UTF-8"),
    # ---- CSV
    sifted("ragged rows", "a.csv", lines("one,two,three", "lonely"), (8, 2), "has 3 fields where the header has 2"),
    sifted(
        "a quote never closed", "a.csv", lines('"never closed,a', "this row is fine,b"), (8, 1), "is a quote left open?"
    ),
    sifted("a quote inside a quoted field", "a.csv", lines('"a "bad" quote",a'), (7, 1), "cannot be read as a row"),
    refused("a quote never closed in the header", "a.csv", '"text,label\na,b\n', "the header on line 1 cannot be read"),
    refused("duplicate column names", "a.csv", "text,label,text\na,b,c\n", 'names "text" more than once'),
    refused("missing column", "a.csv", CSV, "there is no column"),
    sifted("an unnamed column", "a.csv", ",text,label\n1,hello there,a\n2,good bye,b\n", (2, 0)),
    sifted("an all-empty column", "a.csv", "text,label,note\nhello there,a,\ngood bye,b,\n", (2, 0)),
    sifted("a column of one letter in two rows only", "a.csv", "text,label\nhello there,\ngood bye,b\n", (2, 0)),
    sifted("CRLF", "a.csv", CSV.replace("\n", "\r\n"), (6, 0)),
    sifted("CR only", "a.csv", CSV.replace("\n", "\r"), (6, 0)),
    sifted("JSON Lines with CR only", "a.jsonl", jsonl().replace("\n", "\r"), (6, 0)),
    sifted("a huge field", "a.csv", lines(f"{'long words ' * 60_000},a"), (7, 0)),
    sifted("blank lines between", "a.csv", CSV.replace("\n", "\n\n"), (6, 0)),
    sifted("no line end at the end", "a.csv", CSV.rstrip("\n"), (6, 0)),
    sifted("semicolons", "a.csv", CSV.replace(",", ";"), (6, 0)),
    # ---- JSON
    refused("JSON that is not a list", "a.json", '{"rows": []}', "holds an object, expected a list"),
    refused("JSON of numbers", "a.json", "[1, 2]", "2 of 2 entries are not objects"),
    refused("JSON cut off", "a.json", '[{"text": "a"}, {"te', "not valid JSON at line 1"),
    refused("JSON nested too deeply", "a.json", "[" * 100_000, "nested too deeply"),
    refused("a number of 5,000 digits", "a.json", f'[{{"n": {"1" * 5000}}}]', "is not valid JSON"),
    sifted("a JSON line cut off", "a.jsonl", jsonl('{"text": "cut'), (7, 1), "is not JSON"),
    sifted("a JSON line that is a list", "a.jsonl", jsonl("[1]"), (7, 1), "holds a list, not an object"),
    sifted("a JSON line of 5,000 digits", "a.jsonl", jsonl(f'{{"n": {"1" * 5000}}}'), (7, 1), "is not JSON"),
    sifted("NaN and Infinity", "a.jsonl", jsonl('{"text": "good row", "label": "a", "x": NaN}'), (7, 0)),
    sifted("missing keys", "a.jsonl", jsonl('{"label": "a"}'), (7, 1), "empty_text"),
    sifted(
        "nested values in the text column", "a.jsonl", jsonl('{"text": {"en": ["hi there"]}, "label": "a"}'), (7, 0)
    ),
    sifted("whole numbers as texts", "a.jsonl", jsonl('{"text": 42, "label": "a"}'), (7, 0)),
    refused("most lines broken", "a.jsonl", JSONL[0] + "\nno\nno\nno\n", "3 of 4 rows cannot be read", "--max-broken"),
    refused("a CSV named JSON Lines", "a.jsonl", CSV, "holds no row that can be read"),
    # ---- tables and workbooks
    refused("Parquet cut off", "a.parquet", parquet(text=TEXTS)[:-20], "cannot be read as Parquet", "cut off"),
    refused("Parquet named CSV", "a.csv", parquet(text=TEXTS), "is a Parquet file", "rename it to a.parquet"),
    refused("Arrow that is none", "a.arrow", b"no arrow at all", "cannot be read as Arrow"),
    refused("packed by gzip", "a.csv.gz", gzip.compress(CSV.encode()), "unpack it first"),
    refused("gzip cut off and named CSV", "a.csv", gzip.compress(CSV.encode())[:20], "packed by gzip"),
    sifted("a workbook", "a.xlsx", workbook(filled), (6, 0)),
    refused("a broken workbook", "a.xlsx", workbook(filled)[:500], "cannot be read as a workbook"),
    refused(
        "a workbook behind a password",
        "a.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
        "locked by a password",
    ),
    refused("an empty sheet", "a.xlsx", workbook(lambda book: None), "no sheet of the workbook holds anything"),
    refused(
        "a sheet with a header only", "a.xlsx", workbook(lambda b: b.active.append(["text", "label"])), "but no rows"
    ),
    refused("formulas that were never saved", "a.xlsx", workbook(with_formula), "formulas have no saved value", "A8"),
    refused("a workbook named CSV", "a.csv", workbook(filled), "is a workbook", "rename it to a.xlsx"),
    refused("a PDF named CSV", "a.csv", b"%PDF-1.7 something", "is a PDF"),
    refused("a kind that is not read", "a.docx", b"anything", "are not read"),
    # ---- values
    sifted("labels of blanks", "a.csv", lines("a text without a label,  "), (7, 0)),
    sifted("duplicates", "a.csv", lines(GOOD[0], GOOD[1] + "  "), (8, 2), "exact_duplicate: of row"),
]


def test_there_are_fifty_kinds():
    assert len(CASES) >= 50 and len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_ends_in_a_message_or_in_counted_rows(case: Case, moatkit: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / case.name).write_bytes(case.content)
    more = ["--text", "body"] if case.id == "missing column" else []
    outcome = moatkit("data", "clean", case.name, "--out", "g.jsonl", "--json", "--skip", "near", *more)
    assert "Traceback" not in outcome.err
    if case.rows is None:
        assert outcome.code == 2 and outcome.err.startswith("error: ") and not outcome.out
        assert all(word in outcome.err for word in case.words), outcome.err
        assert sorted(path.name for path in tmp_path.iterdir()) == [case.name]
        return
    assert outcome.code == 0, outcome.err
    done = json.loads(outcome.out)
    rows_in, gone = case.rows
    assert (done["rows_in"], done["rows_quarantined"], done["rows_kept"]) == (rows_in, gone, rows_in - gone)
    dropped = [json.loads(line) for line in (tmp_path / done["quarantine_file"]).read_text("utf-8").splitlines()]
    assert len(dropped) == gone and len((tmp_path / "g.jsonl").read_text("utf-8").splitlines()) == rows_in - gone
    assert not gone or any(case.reason in row["reason"] for row in dropped), dropped


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_inspect_counts_the_same_rows_or_says_why_not(case: Case, moatkit, tmp_path):
    (tmp_path / case.name).write_bytes(case.content)
    outcome = moatkit("data", "inspect", case.name, "--json")
    assert outcome.code in (0, 2) and "Traceback" not in outcome.err
    if outcome.code == 2:
        assert case.rows is None and outcome.err.startswith("error: ")
    elif case.rows is not None:
        assert json.loads(outcome.out)["rows"] == case.rows[0]


# ---- findings that inspection must name


@pytest.mark.parametrize(
    ("content", "name", "rows", "examples"),
    [
        (lines(GOOD[0]), "exact_duplicate", 1, [7]),
        (lines(f"{TEXTS[0]},b"), "conflicting_label", 2, [1, 7]),
        (lines(",a"), "empty_text", 1, [7]),
        (lines("a text without a label,   "), "missing_label", 1, [7]),
        (lines("another text of mine,A "), "label_spelling", 1, [7]),
        (lines("???,a"), "no_words", 1, [7]),
        (lines("caf\u00c3\u00a9 au lait,a"), "encoding_damage", 1, [7]),
        (lines("lost \ufffd letter,a", "a bell\x07 rings,b"), "encoding_damage", 2, [7, 8]),
        (lines("mail me: bob@example.com,a"), "pii_email", 1, [7]),
        (lines("key AKIAIOSFODNN7EXAMPLE please,a"), "secret_key", 1, [7]),
        (lines("\u6211\u7684\u5361\u8fd8\u6ca1\u6709\u5230,a"), "other_language", 1, [7]),
        (lines("please refund the broken kettle!!,b"), "near_duplicate", 1, [7]),
        (lines("please refund the broken kettle!!,a"), "near_conflict", 2, [2, 7]),
        ("id,text,label\n1,hello there,a\n1,good bye,b\n", "duplicate_id", 1, [2]),
        (lines("x,y,z"), "unreadable_row", 1, [7]),
    ],
)
def test_a_fault_is_named_with_its_rows(moatkit, tmp_path, content, name, rows, examples):
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    shown = json.loads(moatkit("data", "inspect", "a.csv", "--json").out)
    found = {finding["name"]: finding for finding in shown["findings"]}
    assert (found[name]["rows"], found[name]["examples"]) == (rows, examples)
    assert shown["health"]["score"] < 100 or name == "near_conflict"


# ---- folders


def png(cut: int = 0) -> bytes:
    chunk = struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 1, 1, 8, 0, 0, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IEND\xaeB`\x82"
    return whole[: len(whole) - cut]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "is a folder without data files"),
        ({"cat/a.png": png(), "dog/b.png": png(cut=6)}, "1 of 2 files are broken: dog/b.png (is cut off)"),
        ({"cat/a.png": png(), "dog/b.png": b"GIF89a"}, "is no PNG file, whatever its name says"),
        ({"cat/a.png": png(), "dog/b.jpg": b""}, "dog/b.jpg (is empty)"),
        ({"cat/a.png": png(), "dog/b.wav": b"RIFF"}, "files of several kinds (1 audio files, 1 image files)"),
    ],
)
def test_a_folder_that_cannot_be_rows_is_refused(moatkit, tmp_path, files, words):
    (tmp_path / "folder").mkdir()
    for name, content in files.items():
        (tmp_path / "folder" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    outcome = moatkit("data", "inspect", "folder")
    assert outcome.code == 2 and words in outcome.err and "Traceback" not in outcome.err


def test_folders_of_files_are_rows_with_their_path_and_label(tmp_path):
    from kit.data.sources import read_rows

    for name, text in (("pos/1.txt", "good"), ("neg/1.txt", "\u4e0d\u597d"), ("README.md", "notes")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    loaded = read_rows(tmp_path)
    assert [(row["text"], row["label"]) for row in loaded.rows] == [("\u4e0d\u597d", "neg"), ("good", "pos")]
    assert [Path(row["path"]).name for row in loaded.rows] == ["1.txt", "1.txt"] and loaded.format == "folder"
