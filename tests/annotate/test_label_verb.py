"""`moatkit data label`: a queue for annotators, and their answers back as a new version of the file."""

import csv
import json

import pytest
from fixtures_cli import moatkit  # noqa: F401

from kit.annotate.label_studio import labelling_config, read_export
from kit.annotate.versions import next_version
from kit.data.sources import read_rows
from kit.errors import DataError
from tests.conftest import tiny_rows, write_rows


def queued(moatkit, *options):  # noqa: F811
    done = moatkit("data", "label", *options, "--features", "tfidf", "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_queue_is_filled_in_and_comes_back_as_a_new_version(moatkit, tmp_path):  # noqa: F811
    rows = tiny_rows(300, 0)
    true = [row["label"] for row in rows]
    for row in rows[200:]:
        row["label"] = ""
    rows[4]["label"] = "praise" if true[4] != "praise" else "login"
    path = write_rows(tmp_path / "in.csv", rows)
    raw = path.read_bytes()
    report = queued(moatkit, path, "--out", "q.csv", "--budget", "30")
    assert (report["rows"], report["unlabelled"], report["queued"]) == (300, 100, 30)
    lines = table(tmp_path / "q.csv")
    assert len(lines) == 30 and len({line["id"] for line in lines}) == 30 and all(line["why"] for line in lines)
    assert lines[0]["id"] == rows[4]["id"] and lines[0]["reason"] == "suspected error"
    by_id = {row["id"]: label for row, label in zip(rows, true)}
    for line in lines[:25]:
        line["answer"] = by_id[line["id"]]
    write_rows(tmp_path / "q.csv", lines)
    report = queued(moatkit, path, "--from", "q.csv")
    assert report["changed"] == 1 and report["labelled"] + report["changed"] + report["confirmed"] == 25
    assert report["skipped"] == {"not answered": 5} and report["rows_out"] == 300
    assert report["file"].endswith("in.v2.csv")
    assert path.read_bytes() == raw
    after = {row["id"]: row for row in read_rows(tmp_path / "in.v2.csv").rows}
    assert all(after[line["id"]]["label"] == by_id[line["id"]] for line in lines[:25])
    assert sum(row["label"] == "" or row["label"] is None for row in after.values()) == 100 - report["labelled"]
    assert [row["text"] for row in after.values()] == [row["text"] for row in rows]
    assert queued(moatkit, path, "--from", "q.csv")["file"].endswith("in.v3.csv")


def test_a_file_without_labels_starts_with_a_cover_and_gains_a_label_column(moatkit, tmp_path):  # noqa: F811
    rows = [{"text": row["text"], "channel": ["mail", "web"][i % 2]} for i, row in enumerate(tiny_rows(80, 1))]
    path = write_rows(tmp_path / "in.csv", rows)
    report = queued(moatkit, path, "--out", "q.csv", "--budget", "10")
    again = moatkit("data", "label", path, "--out", "q.csv", "--budget", "10")
    assert again.code == 2 and "may hold people's answers" in again.err
    assert report["reasons"] == {"first picks": 10} and report["unlabelled"] == 80
    lines = table(tmp_path / "q.csv")
    for line in lines:
        line["answer"] = "billing"
    write_rows(tmp_path / "q.csv", lines)
    assert queued(moatkit, path, "--from", "q.csv")["labelled"] == 10
    after = read_rows(tmp_path / "in.v2.csv")
    assert after.columns == ("text", "channel", "label") and sum(row["label"] == "billing" for row in after.rows) == 10


def annotation(label, who, **more):
    value = {"type": "choices", "from_name": "label", "to_name": "text", "value": {"choices": [label]}}
    return {"completed_by": who, "was_cancelled": False, "result": [value] if label else [], **more}


def test_label_studio_tasks_and_answers_of_several_annotators(moatkit, tmp_path):  # noqa: F811
    rows = tiny_rows(400, 2)
    true = rows[0]["label"]
    for row in rows[:40:4]:
        row["label"] = "login"
    path = write_rows(tmp_path / "in.csv", rows)
    report = queued(moatkit, path, "--out", "tasks.json", "--budget", "5")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert len(tasks) == report["queued"] == 5 and report["reasons"] == {"suspected error": 5}
    assert {task["data"]["row_id"] for task in tasks} <= {row["id"] for row in rows[:40:4]} and true == "billing"
    assert tasks[0]["predictions"][0]["result"][0]["value"]["choices"] == ["billing"]
    assert (tmp_path / "tasks.config.xml").read_text().count("<Choice ") == 4
    export = [
        {"id": 1, "data": {"row_id": rows[i]["id"], "text": rows[i]["text"]}, "annotations": given}
        for i, given in enumerate([
            [annotation("billing", 1), annotation("billing", {"email": "b@example.org"}), annotation("login", 3)],
            [annotation("login", 1), annotation("praise", 3)],
            [annotation(rows[2]["label"], 1), annotation("praise", 3, was_cancelled=True)],
            [annotation("", 1)],
            [],
        ])
    ]  # fmt: skip
    export.append({"data": {"text": "an entirely new question"}, "annotations": [annotation("login", 1)]})
    export.append({"data": {"row_id": rows[9]["id"], "text": "not that text"}, "annotations": [annotation("login", 1)]})
    (tmp_path / "export.json").write_text(json.dumps(export))
    report = queued(moatkit, path, "--from", "export.json", "--out", "new.csv")
    assert (report["changed"], report["confirmed"], report["added"], report["rows_out"]) == (1, 1, 1, 401)
    assert report["skipped"] == {"cancelled by the annotator": 1, "empty answer": 1, "not answered": 1, "tie": 1,
                                 "the row has another text now": 1}  # fmt: skip
    assert report["ties"][0]["labels"] == {"1": "login", "3": "praise"}
    assert report["agreement"]["annotators"] == 3 and report["agreement"]["differ"] == 2
    after = read_rows(tmp_path / "new.csv").rows
    assert after[0]["label"] == "billing" and after[1]["label"] == rows[1]["label"] and after[400]["id"] == "added-1"


def test_json_min_is_read_too():
    lines = [{"text": "a", "row_id": 1, "label": "x", "annotator": 1}, {"text": "a", "row_id": 1, "label": "y",
              "annotator": 2}]  # fmt: skip
    answers, _ = read_export(lines, where="f")
    assert len(answers) == 1 and answers[0].labels == {"1": "x", "2": "y"} and answers[0].row_id == "1"


def test_broken_exports_name_the_task():
    for content, message in [({"a": 1}, "not a Label Studio export"), ([{"data": {}}], "task 1 has no text"),
                             ([{"text": "a"}], "task 1 has neither")]:  # fmt: skip
        with pytest.raises(DataError, match=message):
            read_export(content, where="f")
    assert "&lt;a&gt;" in labelling_config(["<a>"]) and "&amp;" in labelling_config(["x & y"])


def test_versions_count_on(tmp_path):
    (tmp_path / "a.v2.csv").touch()
    assert next_version(tmp_path / "a.csv").name == "a.v3.csv"
    assert next_version(tmp_path / "b.parquet").name == "b.v2.jsonl"


def test_bad_requests_end_in_one_message(moatkit, tmp_path):  # noqa: F811
    path = write_rows(tmp_path / "in.csv", tiny_rows(30, 3))
    (tmp_path / "empty.json").write_text("[]")
    (tmp_path / "torn.json").write_text("[{")
    for options, message in [
        ([], "--out FILE.csv"),
        (["--out", path], "the input itself"),
        (["--out", "q.txt"], "ending in .csv or .json"),
        (["--out", "q.csv", "--to", "label-studio"], "ending in .json"),
        (["--out", "q.csv", "--to", "paper"], "--to 'paper'"),
        (["--out", "q.csv", "--features", "guess"], "--features 'guess'"),
        (["--out", "q.csv", "--label", "lable"], 'did you mean "label"'),
        (["--from", "empty.json"], "holds no answers"),
        (["--from", "torn.json"], "cannot be read as JSON"),
        (["--from", "absent.json"], "no such file"),
        (["--from", "empty.json", "--out", path], "name a new file"),
    ]:
        done = moatkit("data", "label", path, *options)
        assert done.code == 2 and message in done.err and "Traceback" not in done.err, (options, done)


def test_two_annotators_in_one_table_are_told_apart(moatkit, tmp_path):  # noqa: F811
    rows = tiny_rows(20, 5)
    path = write_rows(tmp_path / "in.csv", rows)
    filled = [{"id": row["id"], "text": row["text"], "annotator": who,
               "answer": "login" if who == "a" and i else row["label"]}
              for i, row in enumerate(rows[:8]) for who in "ab"]  # fmt: skip
    report = queued(moatkit, path, "--from", write_rows(tmp_path / "answers.csv", filled))
    same = 1 + sum(row["label"] == "login" for row in rows[1:8])
    assert report["agreement"]["annotators"] == 2 and report["agreement"]["differ"] == 8 - same
    assert report["skipped"]["tie"] == 8 - same == len(report["ties"]) and report["confirmed"] == same
    assert report["agreement"]["kappa"]["value"] < report["agreement"]["kappa"]["high"] <= 1
