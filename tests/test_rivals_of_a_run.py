"""Rivals of a trained run: its own test rows without a file of them, its labels, and a paired comparison."""

from __future__ import annotations

import json

import pytest
from stub_api import Stub, serving

from kit import runs
from tests.conftest import KEYWORDS, tiny_rows, write_rows
from tests.fixtures_cli import moatkit  # noqa: F401


@pytest.fixture
def trained(moatkit, tiny_model_dir, tmp_path):  # noqa: F811
    """A run whose test rows are a share of its one file: there is no file of test rows to name."""
    write_rows(tmp_path / "all.csv", tiny_rows(200, seed=3))
    (tmp_path / "config.yaml").write_text(
        f"task: text_classification\nmodel: {{path: {tiny_model_dir}, dtype: float32}}\n"
        "data: {train: all.csv, test: 0.2}\n"
        "schedule: {max_steps: 2}\nrun: {dir: runs/trained}\n")  # fmt: skip
    done = moatkit("train", "config.yaml")
    assert done.code == 0, done.err
    (tmp_path / "prompt.txt").write_text("{labels}\n\n{text}")
    return tmp_path / "runs/trained"


def by_keyword(prompt):
    words = prompt.split("\n\n")[1].split()
    return max(KEYWORDS, key=lambda label: sum(word in KEYWORDS[label] for word in words))


def test_an_api_answers_the_runs_own_test_rows(trained, moatkit, tmp_path):  # noqa: F811
    stub = Stub(by_keyword)
    with serving(stub) as url:
        done = moatkit("evaluate", "--like", trained, "--endpoint", url, "--model", "m", "--prompt", "prompt.txt",
                       "--out", "runs/api", "--json")
        assert done.code == 0, done.err
        own, theirs = runs.read(trained), json.loads(done.out)
        assert theirs["headline"]["value"] == 1.0 and theirs["headline"]["n"] == own.headline["n"] == stub.requests
        assert theirs["evidence"]["test_fingerprint"] == own.evidence["test_fingerprint"]
        assert theirs["evidence"]["level"] == own.evidence["level"] and theirs["evidence"]["test_reads"] == 2
        assert stub.bodies[0]["messages"][0]["content"].startswith("billing, delivery, login, praise")
        compared = moatkit("runs", "compare", "runs/api", trained, "--json")
        assert json.loads(compared.out)["rows"] == {"shared": stub.requests, "only_first": 0, "only_second": 0}
        write_rows(tmp_path / "all.csv", tiny_rows(200, seed=4))
        changed = moatkit("evaluate", "--like", trained, "--endpoint", url, "--model", "m", "--prompt", "prompt.txt",
                          "--out", "runs/other")
        assert changed.code == 2 and "its data have changed since" in changed.err
        assert not (tmp_path / "runs/other").exists()


def test_answers_of_the_kits_own_predict_come_back_as_the_same_scores(trained, moatkit, tmp_path):  # noqa: F811
    rows = write_rows(tmp_path / "fresh.csv", tiny_rows(60, seed=9))
    assert moatkit("predict", trained, "--data", rows, "--out", "answers.csv").code == 0
    own = json.loads(moatkit("evaluate", trained, "--data", rows, "--json").out)
    back = json.loads(moatkit("import", "answers.csv", "--data", rows, "--like", trained, "--json").out)
    assert back["metrics"] == own["metrics"]
    compared = json.loads(
        moatkit("runs", "compare", "runs/answers", trained / "evaluations/fresh", "--json").out)
    assert compared["paired"]["ties"] == 60
    again = moatkit("import", "answers.csv", "--data", rows, "--like", "runs/answers", "--out", "runs/twice", "--json")
    assert json.loads(again.out)["metrics"] == own["metrics"]  # an external run says task and labels as well


@pytest.mark.parametrize(("words", "said"), [
    (("evaluate",), "evaluate what?"), (("evaluate", "runs/trained", "--model", "m"), "goes with --endpoint"),
    (("evaluate", "runs/trained", "--endpoint", "http://h/v1", "--model", "m", "--prompt", "p"), "--like runs/trained"),
    (("evaluate", "--endpoint", "http://h/v1", "--model", "m"), "--prompt FILE"),
    (("evaluate", "--endpoint", "http://h/v1", "--model", "m", "--prompt", "none.txt"), "none.txt: cannot be read"),
    (("import", "a.csv"), "which rows?"), (("import", "a.csv", "--like", "runs/none"), "no such run folder"),
])  # fmt: skip
def test_what_is_missing_on_the_command_line_is_named(moatkit, words, said):  # noqa: F811
    failed = moatkit(*words)
    assert failed.code == 2 and said in failed.err


def test_labels_that_the_run_never_learnt_are_refused(trained, moatkit, tmp_path):  # noqa: F811
    odd = [{**row, "label": "news"} if i == 0 else row for i, row in enumerate(tiny_rows(20, seed=5))]
    write_rows(tmp_path / "odd.csv", odd)
    failed = moatkit("import", "odd.csv", "--data", "odd.csv", "--answer", "prediction=label", "--like", trained)
    assert failed.code == 2 and "'news' (1 rows)" in failed.err
    assert not (tmp_path / "runs/odd").exists()
