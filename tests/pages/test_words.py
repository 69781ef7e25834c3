"""The catalogue is whole in both languages, texts of others stay text, numbers carry their units."""

import ast
import re
from pathlib import Path

import pytest
import yaml

pytest.importorskip("streamlit")
from dashboards.figures import interval, shown
from dashboards.safe import figure_text, md

ROOT = Path(__file__).resolve().parents[2] / "dashboards"
FILES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "catalogue").glob("*.yaml")}
CATALOGUE = {key: texts for file in FILES.values() for key, texts in file.items()}


def test_a_key_stands_in_one_file_once():
    assert sum(map(len, FILES.values())) == len(CATALOGUE)
    for path in (ROOT / "catalogue").glob("*.yaml"):
        keys = re.findall(r"^(\w+):", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert len(keys) == len(set(keys)), path.name


def test_every_text_is_there_in_both_languages_with_the_same_places():
    for key, texts in CATALOGUE.items():
        assert set(texts) == {"en", "zh"} and all(texts.values()), key
        places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert places[0] == places[1], key


def used_keys():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_call and node.func.id in {"word", "plain"} and node.args:
                yield path, node.args[0]


def test_every_key_that_a_page_asks_for_is_in_the_catalogue():
    for path, key in used_keys():
        if isinstance(key, ast.Constant):
            assert key.value in CATALOGUE, f"{path.name}: {key.value}"
        elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
            assert any(known.startswith(key.values[0].value) for known in CATALOGUE), f"{path.name}: {ast.unparse(key)}"


def test_every_text_is_asked_for():
    constants, prefixes = set(), set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
                prefixes |= {node.value} if re.fullmatch(r"[a-z_]+_", node.value) else set()
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefixes.add(node.values[0].value)
    unused = [key for key in CATALOGUE if key not in constants and not any(key.startswith(p) for p in prefixes if p)]
    assert unused == []


@pytest.mark.parametrize(("value", "unit", "english", "chinese"), [
    (0.8834, "fraction", "88.3 %", "88.3 %"), (0.0004, "fraction", "0.04 %", "0.04 %"),
    (1_234_567, "USD", "$1.23M", "$123万"), (2_500_000_000, "CNY", "¥2.5B", "¥25亿"), (-321, "USD", "-$321", "-$321"),
    (20_000, "", "20K", "2万"), (9_999, "rows", "9,999 rows", "9,999 行"), (1, "months", "1 month", "1 个月"),
    (0.00609, "USD", "$0.00609", "$0.00609"), (None, "USD", "–", "–"), (float("nan"), "", "–", "–"),
    (0.164, "points", "+16.4 points", "+16.4 个百分点"), (0.0, "USD", "$0", "$0"),
])  # fmt: skip
def test_numbers_as_people_write_them(value, unit, english, chinese):
    assert (shown(value, unit), shown(value, unit, "zh")) == (english, chinese)


def test_an_open_end_of_an_interval_is_an_ellipsis():
    assert interval(1.0, None, "months") == "1 month – …"
    assert interval(None, None, "months") == ""


@pytest.mark.parametrize("text", ["$a$", "[x](http://y.z)", ":red[x]", "<script>", "# head", "a\n- b", "**b**", "`c`"])
def test_markup_in_a_name_is_literal(text):
    special = "\\`*_{}[]()<>#|~$:"
    plain = md(text)
    assert "\n" not in plain
    for place, letter in enumerate(plain):
        if letter in special and letter != "\\":
            assert plain[place - 1] == "\\", plain


def test_chart_texts_hold_no_tags_and_are_cut():
    assert figure_text("<a href='x'>$y$</a>") == "&lt;a href='x'&gt;&#36;y&#36;&lt;/a&gt;"
    assert len(figure_text("x" * 500)) == 48
