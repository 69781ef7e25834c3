"""Runs folders in the states that a page meets, and the router as a test drives it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic_runs import ACCURATE, WEAK, write_run

pytest.importorskip("streamlit")
from streamlit import config
from streamlit.testing.v1 import AppTest

from kit import runs

ROOT = Path(__file__).resolve().parents[2]
VIEWS = ("brief", "review", "runs", "new_run", "proof", "rows", "labelling", "positioning", "versions")
HOSTILE = "$a$ **b** :red[x] <b>c<b> :material_home:"


def write_unproven(folder: Path, status: str) -> Path:
    """A run without a proof: 40 logged steps, and an error where it failed."""
    folder.mkdir(parents=True)
    runs.write_summary(folder, runs.Summary(
        run=folder.name, status=status, task="text_classification", created="2026-11-23T10:00:00+00:00",
        error="Traceback: the gradient is not finite" if status == "failed" else None))  # fmt: skip
    for step in range(1, 41):
        runs.append_metrics(folder, {"segment": 0, "step": step, "split": "train", "wall_s": float(step),
                                     "cost_so_far": step * 1e-4, "loss": 3 / step, "units_per_s": 40.0})  # fmt: skip
    return folder


def write_folder(kind: str, folder: Path) -> Path:
    """A runs folder: empty, with finished runs, with a failed or a running one."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "finished":
        for name, quality in (("good", ACCURATE), ("weak", WEAK)):
            made = write_run(folder / name, quality)
            runs.write_json(made / runs.DATA, {
                "sources": {"train": {"source": "gone.csv", "rows_in": 900, "rows_kept": 880,
                                      "skipped": {"empty_text": 20}, "columns": {"text": "text", "label": "label"}}},
                "licence": "own", "splits": {"train": 380, "validation": 500, "test": 500},
                "leakage": {"exact": 1, "near": 2}, "notes": []})  # fmt: skip
            runs.append_metrics(made, {"segment": 0, "step": 5, "split": "validation", "wall_s": 1.0,
                                       "cost_so_far": 0.1, "accuracy": 0.9})  # fmt: skip
    elif kind != "empty":
        write_unproven(folder / kind, kind)
    return folder


OTHER_KINDS = ("text", "number", "external")


def write_other(kind: str, folder: Path) -> Path:
    """A finished run without right and wrong answers (a generated text, a number), or answers made elsewhere."""
    made = write_run(folder / kind, WEAK, seed=3)
    summary, lines = runs.read(made), runs.read_predictions(made).to_pylist()
    report = {"sources": {"test": {"source": "gone.csv", "rows_in": 500, "rows_kept": 500, "skipped": {},
                                   "columns": {"text": "text"}}}, "licence": None, "splits": {"test": 500},
              "leakage": None, "notes": []}  # fmt: skip
    if kind == "external":
        changed = {"kind": "external", "serving": None, "cost": None, "licence": {
            "model": None, "data": None, "commercial_use": "unclear"}}  # fmt: skip
        lines = [line | {"base_prediction": None, "base_correct": None, "base_score": None, "confidence": None,
                         "reference_confidence": None} for line in lines if line["split"] == "test"]  # fmt: skip
        runs.write_json(made / runs.EXTERNAL, {"kind": "import", "file": "answers.csv"})
    else:
        is_text = kind == "text"
        metric = ("rouge_l", 0.41, True) if is_text else ("rmse", 3.2, False)
        head = {"metric": metric[0], "value": metric[1], "low": 0.9 * metric[1], "high": 1.1 * metric[1], "n": 500,
                "higher_is_better": metric[2], "level": 0.95, "method": "bootstrap"}  # fmt: skip
        base = {name: head[name] for name in ("value", "low", "high", "n", "level", "method")}
        changed = {"task": "causal_lm" if is_text else "text_classification", "headline": head,
                   "baselines": [{"name": "base", **base}], "calibration": None,
                   "versus_base": {"diff": 0.1, "low": 0.05, "high": 0.15, "p_value": 0.01, "wins": 300, "losses": 90,
                                   "ties": 110}}  # fmt: skip
        lines = [line | {"correct": None, "base_correct": None, "confidence": None, "reference_confidence": None,
                         "score": 0.4 if is_text else -3.2, "base_score": 0.3, "error_class": None,
                         "prediction": "a longer answer" if is_text else "17.5", "output_tokens": 12,
                         "reference": f"answer {place}" if is_text else str(place % 40)}
                 for place, line in enumerate(lines)]  # fmt: skip
        report["splits"] = {"train": 900, "validation": 500, "test": 500}
        report["sources"]["train"] = report["sources"]["test"]
    runs.write_predictions(made, lines)
    runs.write_json(made / runs.DATA, report)
    runs.write_json(made / runs.PROOF, {"slices": [], "worst_rows": []})
    runs.write_summary(made, summary.model_copy(update=changed))
    return made


@pytest.fixture(scope="session")
def other_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("others") / "runs"
    for kind in OTHER_KINDS:
        write_other(kind, folder)
    write_run(folder / "good", ACCURATE)
    return folder


@pytest.fixture(scope="session")
def runs_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("projects")
    return {kind: write_folder(kind, place / kind / "runs") for kind in ("empty", "finished", "failed", "running")}


@pytest.fixture(scope="session")
def example_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def opened(example_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`opened(view, runs folder, lang=..., run=...)`: the page, through the router."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(example_cache))
    if "MOATKIT_STORE" not in os.environ:
        monkeypatch.setenv("MOATKIT_STORE", str(example_cache / "no-store.db"))

    def open_page(view: str, folder: Path, **query: str) -> AppTest:
        monkeypatch.setenv("MOATKIT_RUNS", str(folder))
        config.set_option("server.address", "127.0.0.1")
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        return app if view == "brief" else app.switch_page(f"views/{view}.py").run()

    return open_page
