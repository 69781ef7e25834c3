"""Files are read whole or refused with the place and the fix; nothing is lost in silence."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.data.delimited import write_csv_for_people
from kit.data.hub import rows_of_dataset
from kit.data.sources import read_rows
from kit.errors import DataError
from kit.runs import fingerprint_rows

ROOT = Path(__file__).parents[2]
CHINESE = "问题,类别\n我的卡还没有到,物流\n怎么退款?,退款\n密码忘记了怎么办,账户\n"


def write(tmp_path: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def refusal(source: Path | str, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_rows(source, **options)
    return str(caught.value)


# --- CSV ---------------------------------------------------------------------------------------------------------


def test_quoted_delimiters_quotes_and_line_breaks_stay_inside_the_field(tmp_path):
    path = write(tmp_path, "a.csv", 'text,label\n"one, ""two""\r\nthree",x\nplain,y\n')
    assert read_rows(path).rows == [{"text": 'one, "two"\r\nthree', "label": "x"}, {"text": "plain", "label": "y"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_though_texts_hold_the_others(tmp_path, delimiter):
    quoted = f'"a{delimiter} b"'
    lines = [f"text{delimiter}label", *(f"it was, well; so | so {i}{delimiter}x" for i in range(3))]
    if delimiter in ",;|":
        lines = [lines[0], *(f'"it was, well; so | so {i}"{delimiter}x' for i in range(3))]
    loaded = read_rows(write(tmp_path, "a.csv", "\n".join([*lines, f"{quoted}{delimiter}y"])))
    assert (loaded.delimiter, loaded.rows_in, loaded.columns) == (delimiter, 4, ("text", "label"))
    assert loaded.rows[-1] == {"text": f"a{delimiter} b", "label": "y"}


def test_a_semicolon_file_with_commas_in_unquoted_texts(tmp_path):
    loaded = read_rows(write(tmp_path, "a.csv", "text;label\nhello, world;x\none, two, three;y\nfour;x\n"))
    assert loaded.delimiter == ";" and loaded.rows[1] == {"text": "one, two, three", "label": "y"}


def test_a_separator_line_of_a_spreadsheet_is_no_header(tmp_path):
    loaded = read_rows(write(tmp_path, "a.csv", "sep=;\r\ntext;label\r\nhello;x\r\n"))
    assert loaded.rows == [{"text": "hello", "label": "x"}]


def test_a_file_of_one_column(tmp_path):
    loaded = read_rows(write(tmp_path, "a.csv", 'text\nhello\n"good, bye"\n'))
    assert [row["text"] for row in loaded.rows] == ["hello", "good, bye"]


def test_header_is_trimmed_and_blank_rows_and_unnamed_columns_are_counted(tmp_path):
    loaded = read_rows(write(tmp_path, "a.csv", ", text ,label\n0,hello,x\n\n,,\n1,bye,y\n"))
    assert loaded.columns == ("column_1", "text", "label")
    assert loaded.rows_in == 2 and loaded.problems == {"blank_rows": 2, "unnamed_columns": 1}


def test_rows_of_a_wrong_width_are_named_by_line_and_counted(tmp_path):
    message = refusal(write(tmp_path, "a.csv", 'text,label\n"two\nlines",x\n"a\na",b,c\nok,y\nlonely\n'))
    assert "2 rows have a different number of fields than the header's 2" in message
    assert "line 4 (3), line 7 (1)" in message


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(tmp_path):
    message = refusal(write(tmp_path, "a.csv", 'text,label\nfine,x\n"never closed,y\nlost,z\n'))
    assert "record that starts on line 3" in message and "quotes inside doubled" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty (0 bytes)"),
        (b"\xef\xbb\xbf\r\n", "is empty (5 bytes)"),
        ("text,label\n", "holds a header (text, label) but no rows"),
        ("text,label,text\na,b,c\n", 'the header names "text" more than once'),
        (b"PK\x03\x04rest of a workbook", "is a workbook or zip archive"),
        (b"text,label\na\0b,c\n", "holds zero bytes (the first at byte 12)"),
    ],
)
def test_unusable_csv_files_are_refused(tmp_path, content, words):
    assert words in refusal(write(tmp_path, "a.csv", content))


def test_a_field_beyond_the_csv_modules_limit_is_read(tmp_path):
    long = "word " * 60_000
    assert read_rows(write(tmp_path, "a.csv", f"text,label\n{long},x\n")).rows[0]["text"] == long


# --- encodings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "found", "has_bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16", True),
        ("gb18030", "gb18030", False),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_chinese_files_are_read_in_every_encoding(tmp_path, codec, found, has_bom, name):
    rows = [dict(zip(("问题", "类别"), line.split(","))) for line in CHINESE.splitlines()[1:]]
    dumped = [json.dumps(row, ensure_ascii=False) for row in rows]
    content = {"a.csv": CHINESE, "a.jsonl": "\n".join(dumped), "a.json": f"[{','.join(dumped)}]"}[name]
    loaded = read_rows(write(tmp_path, name, content, codec))
    assert loaded.rows == rows
    assert (loaded.encoding, loaded.has_bom) == (found, has_bom)


def test_big_endian_utf_16_is_read(tmp_path):
    loaded = read_rows(write(tmp_path, "a.csv", b"\xfe\xff" + CHINESE.encode("utf-16-be")))
    assert loaded.encoding == "utf-16" and loaded.columns == ("问题", "类别")


def test_gb18030_with_emoji_is_chinese(tmp_path):
    loaded = read_rows(write(tmp_path, "a.csv", CHINESE.replace("?", "😀" * 20), "gb18030"))
    assert loaded.encoding == "gb18030" and loaded.rows[1]["问题"] == "怎么退款" + "😀" * 20


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("text,label\ncaf\xe9 cr\xe8me,x\n", "latin1"),
        ("text,label\n\xe9t\xe9s \xe0voir,d\xe9j\xe0vu\n", "latin1"),  # valid as GB18030, but no Chinese
        ("text,label\np\xe4\xe4tteet hy\xf6t\xf6n,x\n", "latin1"),
        ("text,label\n카드가 아직 도착하지 않았습니다,배송\n", "euc_kr"),
        ("text,label\nカードがまだ届いていません,配送\n", "shift_jis"),
        ("text,label\n信用卡還沒有寄到請問怎麼辦,x\n", "big5"),
        ("text,label\nмоя карта еще не пришла,x\n", "cp1251"),
    ],
)
def test_other_encodings_are_not_taken_for_chinese(tmp_path, text, codec):
    message = refusal(write(tmp_path, "a.csv", text, codec))
    assert "is not UTF-8" in message and "save it as UTF-8" in message and "iconv -f latin1 -t utf-8" in message


def test_the_first_bad_byte_is_named_with_its_offset_and_line(tmp_path):
    message = refusal(write(tmp_path, "menu.csv", b"text,label\nok,x\ncaf\xe9 cr\xe8me,y\n"))
    assert "menu.csv: byte 0xe9 at offset 19 (line 3) is not UTF-8" in message
    message = refusal(write(tmp_path, "menu.csv", b"\xef\xbb\xbftext,label\nok,x\ncaf\xe9 cr\xe8me,y\n"))
    assert "byte 0xe9 at offset 22 (line 3)" in message


def test_utf_16_that_was_cut_off_is_refused(tmp_path):
    message = refusal(write(tmp_path, "a.csv", CHINESE.encode("utf-16")[:-1]))
    assert "starts as UTF-16 but byte" in message and "line 4" in message


# --- JSON Lines and JSON -----------------------------------------------------------------------------------------


def test_jsonl_keeps_types_fills_missing_keys_with_null_and_counts_blank_lines(tmp_path):
    loaded = read_rows(write(tmp_path, "a.jsonl", '{"text": "a\u2028b", "n": 1}\n\n{"text": "c"}\n'))
    assert loaded.rows == [{"text": "a\u2028b", "n": 1}, {"text": "c", "n": None}]
    assert loaded.problems == {"blank_rows": 1, "rows_with_missing_keys": 1}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_half_an_emoji_in_json_is_replaced_and_counted_and_a_whole_one_stays(name, tmp_path):
    rows = [{"text": "cut \ud83d", "turns": [{"say": "\ude00"}]}, {"text": "whole \U0001f600", "turns": []}]
    text = json.dumps(rows) if name == "a.json" else "".join(json.dumps(row) + "\n" for row in rows)
    loaded = read_rows(write(tmp_path, name, text))
    assert loaded.rows == [{"text": "cut \ufffd", "turns": [{"say": "\ufffd"}]}, rows[1]]
    assert loaded.problems == {"half_characters_replaced": 2}
    assert len(fingerprint_rows(rows, ["text"])) == 64, "rows made elsewhere may hold halves too"


def test_broken_jsonl_lines_are_numbered_and_counted(tmp_path):
    message = refusal(write(tmp_path, "a.jsonl", '{"a": 1}\n{"a": \n[1]\n{"a": 2}\nnull\n'))
    assert "3 lines are not a JSON object" in message
    assert "line 2 (Expecting value" in message
    assert "line 3 (holds a list, not an object)" in message and "line 5 (holds null" in message


def test_one_broken_jsonl_line_is_singular(tmp_path):
    assert "1 line is not a JSON object: line 2" in refusal(write(tmp_path, "a.jsonl", '{"a": 1}\n{"a": 2,}\n'))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"a": 1},\n {"a": }]', "not valid JSON at line 2, column 8"),
        ('{"a": 1}\n{"a": 2}', "a file with one object per line must be named .jsonl"),
        ('{"rows": []}', "holds an object, expected a list of objects"),
        ('[{"a": 1}, 5, "x"]', "2 of 3 entries are not objects, the first is entry 2 (a number)"),
        ("[]", "holds no rows"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_unusable_json_is_refused(tmp_path, content, words):
    assert words in refusal(write(tmp_path, "a.json", content))


# --- Parquet and Arrow -------------------------------------------------------------------------------------------

TABLE = pa.table({"text": ["a", "你好"], "label": ["x", None]})


def test_parquet_and_both_arrow_forms_give_the_same_rows(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    for name, open_writer in (("file.arrow", pa.ipc.new_file), ("stream.arrow", pa.ipc.new_stream)):
        with open_writer(str(tmp_path / name), TABLE.schema) as writer:
            writer.write_table(TABLE)
    for name in ("a.parquet", "file.arrow", "stream.arrow"):
        assert read_rows(tmp_path / name).rows == TABLE.to_pylist()


@pytest.mark.parametrize(("name", "kind"), [("a.parquet", "Parquet"), ("a.arrow", "Arrow")])
def test_a_table_that_was_cut_off_is_refused(tmp_path, name, kind):
    pq.write_table(TABLE, tmp_path / "whole.parquet")
    with pa.ipc.new_file(str(tmp_path / "whole.arrow"), TABLE.schema) as writer:
        writer.write_table(TABLE)
    content = (tmp_path / f"whole{Path(name).suffix}").read_bytes()[:-20]
    message = refusal(write(tmp_path, name, content))
    assert f"cannot be read as {kind}" in message and "cut off or of another kind" in message


def test_a_table_without_rows_is_refused(tmp_path):
    pq.write_table(TABLE.slice(0, 0), tmp_path / "a.parquet")
    assert "holds no rows (columns: text, label)" in refusal(tmp_path / "a.parquet")


# --- places ------------------------------------------------------------------------------------------------------


def test_a_missing_file_brings_its_nearest_names(tmp_path):
    write(tmp_path, "tickets.csv", "a\n1\n")
    assert "no such file; did you mean tickets.csv?" in refusal(tmp_path / "tikets.csv")
    assert "data files in that folder: tickets.csv" in refusal(tmp_path / "zzz.parquet")
    assert "there is no folder" in refusal(tmp_path / "nowhere" / "tickets.csv")


def test_files_of_other_kinds_are_refused_with_the_way_out(tmp_path):
    assert "save the sheet as CSV UTF-8" in refusal(write(tmp_path, "a.xlsx", b"PK\x03\x04"))
    assert "unpack it first" in refusal(write(tmp_path, "a.csv.gz", b"\x1f\x8b"))


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, "a.csv", "a\n1\n")
    monkeypatch.setattr(Path, "read_bytes", refuse)  # the administrator, who may run this, may read everything
    assert "may not be read by this user" in refusal(path)


def test_a_folder_is_read_in_the_order_of_names(tmp_path):
    write(tmp_path, "b.jsonl", '{"text": "2"}\n')
    write(tmp_path, "a.jsonl", '{"text": "1"}\n\n')
    write(tmp_path, "README.md", "notes")
    loaded = read_rows(tmp_path)
    assert [row["text"] for row in loaded.rows] == ["1", "2"] and loaded.problems == {"blank_rows": 1}


def test_folders_that_cannot_be_one_table_are_refused(tmp_path):
    write(tmp_path, "notes.md", "notes")
    assert "is a folder without data files (it holds notes.md)" in refusal(tmp_path)
    write(tmp_path, "a.csv", "text,label\na,b\n")
    write(tmp_path, "b.csv", "text,class\na,b\n")
    assert "a.csv has text, label; b.csv has text, class" in refusal(tmp_path)
    write(tmp_path, "c.jsonl", '{"text": "1"}\n')
    assert "several kinds (2 csv, 1 jsonl)" in refusal(tmp_path)


def test_required_columns_are_missed_with_a_suggestion(tmp_path):
    path = write(tmp_path, "a.csv", "text,category\na,b\n")
    assert read_rows(path, ["text"]).rows_in == 1
    message = refusal(path, columns=["Categroy"])
    assert 'column "Categroy" is not there, did you mean "category"?; the columns are: text, category' in message


def test_a_malformed_hub_address_is_refused():
    assert "write hub:ORG/NAME or hub:ORG/NAME:SPLIT" in refusal("hub:a b/c")


def test_hub_rows_carry_class_names_and_a_fingerprint_of_their_content():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    dataset = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, -1]}, features=features)
    rows, fingerprint = rows_of_dataset(dataset, "hub:x/y")
    assert [row["label"] for row in rows] == ["yes", "no", None]
    assert rows_of_dataset(dataset, "hub:z")[1] == fingerprint != rows_of_dataset(dataset.select([0]), "hub:x/y")[1]


# --- fingerprints and writing ------------------------------------------------------------------------------------


def test_a_renamed_copy_has_the_same_fingerprint_and_a_changed_one_has_not(tmp_path):
    path = write(tmp_path, "a.csv", "text,label\na,b\n")
    copy = shutil.copy(path, tmp_path / "renamed.csv")
    changed = write(tmp_path, "c.csv", "text,label\na,c\n")
    assert read_rows(path).fingerprint == read_rows(copy).fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_rows(path).fingerprint != read_rows(changed).fingerprint


def test_a_folders_fingerprint_depends_on_its_contents_only(tmp_path):
    for folder, names in (("one", "ab"), ("two", "yx")):
        (tmp_path / folder).mkdir()
        for name, text in zip(names, ("first", "second")):
            write(tmp_path / folder, f"{name}.csv", f"text\n{text}\n")
    assert read_rows(tmp_path / "one").fingerprint == read_rows(tmp_path / "two").fingerprint
    write(tmp_path / "two", "x.csv", "text\nthird\n")
    assert read_rows(tmp_path / "one").fingerprint != read_rows(tmp_path / "two").fingerprint


def test_files_for_people_open_in_spreadsheets_and_run_no_formula(tmp_path):
    path = tmp_path / "out.csv"
    rows = [{"text": "=HYPERLINK(1)", "n": -1.5, "m": "-2,50"}, {"text": '你好, "x"\ny', "n": None, "unasked": 1}]
    write_csv_for_people(path, rows, ["text", "n", "m"])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_rows(path).rows == [
        {"text": "'=HYPERLINK(1)", "n": "-1.5", "m": "-2,50"},
        {"text": '你好, "x"\ny', "n": "", "m": ""},
    ]


def test_reading_rows_loads_no_heavy_library():
    code = (
        "import sys, kit.data.detect, kit.data.leakage; "
        "sys.exit(', '.join({'torch', 'datasets', 'transformers', 'pandas', 'pyarrow'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.needs_data
def test_banking77_reads_whole():
    folder = Path(os.environ.get("MOATKIT_DATA", "nowhere"))
    if not (folder / "banking77").is_dir():
        pytest.skip("MOATKIT_DATA names no folder with banking77")
    loaded = read_rows(folder / "banking77" / "train.csv", ["text", "category"])
    assert (loaded.rows_in, loaded.problems, loaded.delimiter) == (10_003, {}, ",")
    assert len({row["category"] for row in loaded.rows}) == 77
