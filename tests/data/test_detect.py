"""A first look at a file suggests the right task and says what is missing."""

import os
from pathlib import Path

import pytest

from kit.data.detect import describe, split_labels
from kit.data.language import detect_language
from kit.data.sources import Loaded, read_rows
from kit.errors import DataError


def plan(rows, label=None):
    columns = tuple(rows[0])
    return describe(Loaded(rows, columns, source="t.csv", format="csv", fingerprint="0", problems={}), label)


def tickets(n=60, label=lambda i: ("refund", "delivery", "login")[i % 3]):
    return [{"text": f"my request number {i} is about the card", "label": label(i)} for i in range(n)]


def test_a_chinese_csv_of_a_spreadsheet_is_described(tmp_path):
    lines = [f"我的第{i}张卡还没有到，请问怎么办;{'物流' if i % 3 else '退款'}" for i in range(60)]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(["问题;类别", *lines, ""]).encode("gb18030"))
    found = describe(read_rows(path))
    assert (found.encoding, found.delimiter, found.rows) == ("gb18030", ";", 60)
    assert found.roles == {"id": None, "text": "问题", "label": "类别"}
    assert found.language and found.language.code == "zh"
    assert (found.task, found.problem) == ("text_classification", "single_label")
    assert found.classes == {"物流": 40, "退款": 20} and found.missing == ()
    assert sum(found.split_sizes.values()) == 60
    assert found.text_chars == {"min": 16, "median": 17, "p95": 17, "max": 17}


def test_columns_are_typed_with_an_example():
    rows = [{**row, "n": str(i), "list": [i], "none": ""} for i, row in enumerate(tickets())]
    facts = {fact.name: fact for fact in plan(rows).columns}
    types = {name: fact.type for name, fact in facts.items()}
    assert types == {"text": "text", "label": "category", "n": "number", "list": "list", "none": "empty"}
    assert (facts["label"].distinct, facts["label"].example, facts["none"].empty) == (3, "refund", 60)


def test_samples_show_different_classes():
    found = plan(tickets(label=lambda i: f"class {i // 12}"))
    assert [row["label"] for row in found.samples] == [f"class {i}" for i in range(5)]
    assert len(plan(tickets()).samples) == 5


def test_numbers_with_many_values_are_a_regression():
    found = plan(tickets(label=lambda i: str(i * 1.5)))
    assert found.problem == "regression" and found.classes == {} and found.missing == ()
    assert plan(tickets(label=lambda i: str(i % 5))).problem == "single_label"


@pytest.mark.parametrize("separator", ["|", ";", ","])
def test_joined_labels_are_several_labels(separator):
    combinations = ["a", f"a{separator}b", f"b{separator} c", f"a{separator}c"]
    found = plan(tickets(label=lambda i: combinations[i % 4]))
    assert (found.problem, found.label_separator) == ("multi_label", separator)
    assert found.classes == {"a": 45, "b": 30, "c": 30}


def test_lists_are_several_labels():
    found = plan(tickets(label=lambda i: ["a", "b"] if i % 2 else ["a"]), label="label")
    assert (found.problem, found.label_separator, found.classes) == ("multi_label", None, {"a": 60, "b": 30})
    assert sum(found.split_sizes.values()) == 60


def test_a_comma_inside_class_names_does_not_split_them():
    found = plan(tickets(label=lambda i: ("lost, stolen or broken card", "refund")[i % 2]))
    assert found.problem == "single_label" and len(found.classes) == 2


def test_cells_are_split_into_labels():
    assert split_labels("a | b|", "|") == ["a", "b"] and split_labels(None, "|") == []
    assert split_labels(["a", 1.0], None) == ["a", "1"] and split_labels(2, None) == ["2"]


def test_a_missing_label_column_says_what_to_add():
    found = plan([{"text": f"my request number {i}"} for i in range(20)])
    assert found.problem is None and found.roles["label"] is None
    assert "no label column" in found.missing[0] and "--label COLUMN" in found.missing[0]
    assert "the columns are: text" in found.missing[0]
    with pytest.raises(DataError, match='did you mean "label"'):
        plan(tickets(), label="lable")


def test_a_missing_text_column_says_so():
    found = plan([{"a": "x", "label": "yn"[i % 2]} for i in range(20)])
    assert "no text column" in found.missing[0] and found.split_sizes == {} and found.language is None


def test_thin_and_single_classes_are_named():
    found = plan(tickets(label=lambda i: "rare" if i < 3 else "often"))
    assert found.missing == ('1 of 2 classes have fewer than 8 rows: "rare" (3); add rows or merge classes',)
    found = plan(tickets(label=lambda i: "same"))
    assert found.missing == ('every row has the same class, "same"; add rows of at least one other class',)


def test_faulty_rows_are_listed_and_no_split_is_promised():
    rows = tickets()
    rows[4]["text"], rows[7]["label"] = "", " "
    found = plan(rows)
    assert found.split_sizes == {}
    assert 'column "label" (label) has no label in 1 of 60 rows (row 8)' in found.missing[0]
    assert 'column "text" (text) is empty in 1 of 60 rows (row 5)' in found.missing[1]


@pytest.mark.parametrize(
    ("text", "code", "script"),
    [
        ("Where is my card and what can I do?", "en", "latin"),
        ("Wo bleibt meine Karte denn nur?", None, "latin"),
        ("我的卡在哪里", "zh", "han"),
        ("新規口座開設手続書類確認のお願い", "ja", "han"),
        ("カードはどこですか", "ja", "kana"),
        ("카드가 어디 있나요", "ko", "hangul"),
        ("где моя карта", None, "cyrillic"),
    ],
)
def test_languages_by_script(text, code, script):
    found = detect_language([text])
    assert found and (found.code, found.script) == (code, script)
    assert sum(found.shares.values()) == pytest.approx(1)


def test_texts_without_letters_have_no_language():
    assert detect_language(["123", "?!"]) is None


@pytest.mark.needs_data
def test_banking77_is_described():
    folder = Path(os.environ.get("MOATKIT_DATA", "nowhere"))
    if not (folder / "banking77").is_dir():
        pytest.skip("MOATKIT_DATA names no folder with banking77")
    found = describe(read_rows(folder / "banking77" / "train.csv"))
    assert (found.rows, len(found.classes), found.problem, found.missing) == (10_003, 77, "single_label", ())
    assert found.language and found.language.code == "en"
    assert found.split_sizes["validation"] == 1000
