"""A cleaned copy: what goes is counted and kept, what stays is what was there, and nothing is ever written over."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from kit.data.sources import read_rows
from tests.fixtures_cli import moatkit, run_process

__all__ = ["moatkit"]

ROWS = [
    ("Where is my  parcel today, please", "a"),
    ("where is my cat", "a"),
    ("", "a"),
    ("where is my cat ", "a"),
    ("Where is my parcel today, please?", "a"),
    ("where is my cat", "b"),
    ("write to bob@example.com about the kettle", "b"),
    ("我的卡还没有到", "b"),
]


def write(path: Path, rows=ROWS) -> Path:
    path.write_text("".join(json.dumps({"text": t, "label": x}, ensure_ascii=False) + "\n" for t, x in rows), "utf-8")
    return path


def cleaned(moatkit, *arguments):
    outcome = moatkit("data", "clean", *arguments, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_filters_run_in_order_and_every_row_is_accounted_for(moatkit, tmp_path):
    write(tmp_path / "a.jsonl")
    done = cleaned(moatkit, "a.jsonl", "--out", "g.csv")
    assert [(f["name"], f["rows_in"], f["rows_out"], f["changed"]) for f in done["filters"]] == [
        ("readable", 8, 8, 0), ("normalise", 8, 8, 1), ("empty", 8, 7, 0), ("exact", 7, 6, 0), ("near", 6, 5, 0),
        ("pii", 5, 5, 1),
    ]  # fmt: skip
    assert (done["rows_in"], done["rows_kept"], done["rows_quarantined"]) == (8, 5, 3)
    assert done["reasons"] == {"empty_text": 1, "exact_duplicate": 1, "near_duplicate": 1}
    kept = [row["text"] for row in read_rows(tmp_path / "g.csv").rows]
    assert kept == [ROWS[0][0], "where is my cat", "where is my cat", "write to [EMAIL] about the kettle", ROWS[7][0]]
    aside = [json.loads(line) for line in (tmp_path / done["quarantine_file"]).read_text("utf-8").splitlines()]
    assert {(row["row"], row["reason"]) for row in aside} == {
        (3, "empty_text"), (4, "exact_duplicate: of row 2"), (5, "near_duplicate: of row 1")
    }  # fmt: skip
    assert all(row["original"] == {"text": ROWS[row["row"] - 1][0], "label": "a"} for row in aside)


def test_length_and_language_filters_keep_what_they_drop(moatkit, tmp_path):
    write(tmp_path / "a.jsonl")
    done = cleaned(moatkit, "a.jsonl", "--out", "g.jsonl", "--min-chars", "20", "--language", "en", "--skip", "near")
    assert [f["name"] for f in done["filters"]] == [
        "readable", "normalise", "empty", "length", "language", "exact", "pii"
    ]  # fmt: skip
    assert done["reasons"] == {"empty_text": 1, "too_short": 4} and done["rows_kept"] == 3
    done = cleaned(moatkit, "a.jsonl", "--out", "h.jsonl", "--language", "zh")
    assert [row["text"] for row in read_rows(tmp_path / "h.jsonl").rows] == ["我的卡还没有到"]


@pytest.mark.parametrize("name", ["g.csv", "g.tsv", "g.jsonl", "g.json", "g.parquet", "g.arrow", "g.feather", "g.xlsx"])
def test_every_format_reads_back(moatkit, tmp_path, name):
    write(tmp_path / "a.jsonl", [("=1+1 is not a formula here", "a"), ('quoted "text",\nsecond line', "b")])
    cleaned(moatkit, "a.jsonl", "--out", name)
    assert read_rows(tmp_path / name).rows == [
        {"text": "=1+1 is not a formula here", "label": "a"}, {"text": 'quoted "text",\nsecond line', "label": "b"}
    ]  # fmt: skip


def test_nothing_is_written_over(moatkit, tmp_path):
    path = write(tmp_path / "a.jsonl")
    before = path.read_bytes()
    for out in ("a.jsonl", "../" + tmp_path.name + "/a.jsonl"):
        outcome = moatkit("data", "clean", "a.jsonl", "--out", out, "--force")
        assert outcome.code == 2 and "is the input itself" in outcome.err
    write(tmp_path / "g.jsonl", [("mine", "a")])
    outcome = moatkit("data", "clean", "a.jsonl", "--out", "g.jsonl")
    assert outcome.code == 2 and "exists already" in outcome.err and "mine" in (tmp_path / "g.jsonl").read_text()
    assert cleaned(moatkit, "a.jsonl", "--out", "g.jsonl", "--force")["rows_kept"] == 5
    assert path.read_bytes() == before
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]


def test_a_key_file_brings_everything_back_and_is_its_owners_alone(moatkit, tmp_path):
    write(tmp_path / "a.jsonl", [("mail a@b.com and not c@d.org", "a"), ("again a@b.com", "b")])
    cleaned(moatkit, "a.jsonl", "--out", "g.jsonl", "--key-file", "key.json")
    assert "a@b.com" not in (tmp_path / "g.jsonl").read_text()
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600
    assert moatkit("data", "restore", "g.jsonl", "--key-file", "key.json", "--out", "r.jsonl").code == 0
    assert read_rows(tmp_path / "r.jsonl").rows == read_rows(tmp_path / "a.jsonl").rows
    outcome = moatkit("data", "clean", "a.jsonl", "--out", "h.jsonl", "--key-file", "key.json")
    assert outcome.code == 2 and "a key that is overwritten is lost" in outcome.err
    assert not (tmp_path / "h.jsonl").exists()


@pytest.mark.parametrize(("arguments", "words"), [
    (["--out", "g.docx"], 'files of kind ".docx" are not written'),
    (["--out", "g.csv", "--skip", "nears"], "there is no such filter"),
    (["--out", "g.csv", "--near", "1.5"], "must be above 0 and at most 1"),
    (["--out", "g.csv", "--key-file", "k.json", "--skip", "pii"], "would be ignored"),
    (["--out", "g.csv", "--label", "lable"], 'did you mean "label"?'),
    (["--out", "g.csv", "--min-chars", "999"], "no row is left of 8 (7 too_short, 1 empty_text); nothing was written"),
])  # fmt: skip
def test_a_wrong_option_is_one_message(moatkit, tmp_path, arguments, words):
    write(tmp_path / "a.jsonl")
    outcome = moatkit("data", "clean", "a.jsonl", *arguments)
    assert outcome.code == 2 and words in outcome.err and [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_the_installed_verb(tmp_path):
    write(tmp_path / "a.jsonl")
    outcome = run_process("data", "clean", "a.jsonl", "--out", "g.csv", cwd=tmp_path)
    assert outcome.code == 0 and "rows in  8" in outcome.out and "3 in g.quarantine.jsonl" in outcome.out
