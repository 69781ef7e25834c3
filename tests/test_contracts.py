"""What every kind of task promises, written once; a second kind shows that a file, a row and a config are enough."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from kit import runs, tasks
from kit.config_load import load
from kit.data.prepare import prepare
from kit.errors import DataError
from kit.model import load_trained, save_trained, trainable
from kit.phase import Phase, make_phase
from kit.session import Session, open_session, start_folder
from kit.stopping import Signals
from kit.tasks.base import Objective
from kit.train import train_step
from tests.conftest import tiny_rows, write_rows
from tests.fixtures_cli import moatkit

__all__ = ["moatkit"]

TOY = "length_regression"
KINDS = [*tasks.TASKS, TOY]
# How a kind's column is filled from a tiny row; a kind of the kit that needs more adds its line here.
CELLS: dict[str, dict[str, Callable[[dict[str, str]], Any]]] = {
    "text_classification": {"text": lambda row: row["text"], "label": lambda row: row["label"]},
    "causal_lm": {"prompt": lambda row: row["text"], "completion": lambda row: f"{row['label']} team {row['id']}"},
    TOY: {"text": lambda row: row["text"], "words": lambda row: len(row["text"].split())},
}

WRITING = {"causal_lm"}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(tasks.TASKS, TOY, "tests.toy_kind:LengthRegression")
    return request.param


@pytest.fixture
def session(kind: str, tmp_path: Path, tiny_model_dir: Path, tiny_lm_dir: Path) -> Callable[..., Session]:
    """Opens a session of the kind on tiny rows: `session(rows=8, **{"optim.lr": ...})`."""

    model = tiny_lm_dir if kind in WRITING else tiny_model_dir

    def make(rows: int = 40, **settings: Any) -> Session:
        table = [{"id": row["id"]} | {c: fill(row) for c, fill in CELLS[kind].items()} for row in tiny_rows(rows, 3)]
        file = write_rows(tmp_path / "rows.csv", table)
        raw: dict[str, Any] = {
            "task": kind, "model": {"path": str(model), "dtype": "float32"},
            "data": {"train": str(file), "validation": str(file), "test": str(file)}, "lora": {"r": 4},
            "batch": {"size": 8}, "run": {"dir": str(tmp_path / "run")},
        }  # fmt: skip
        (tmp_path / "c.yaml").write_text(yaml.safe_dump(raw))
        overrides = [f"{name}={value}" for name, value in settings.items()]
        return open_session(load(tmp_path / "c.yaml", overrides))

    return make


def start(session: Session) -> Phase:
    items = session.training_items(("train",))
    objective = Objective(session.build_model(items), session.task)
    return make_phase(session, objective, items, name="train", epochs=1.0, signals=Signals())


def gradient(phase: Phase, rows: list[int], micro_size: int) -> dict[str, torch.Tensor]:
    """The gradient of one step, cut into micro-batches; neither clipped nor applied."""
    phase.micro_size = micro_size
    phase.optimizer.step = lambda *arguments: None  # type: ignore[method-assign]
    train_step(phase, rows)
    return {name: p.grad.clone() for name, p in trainable(phase.model).items() if p.grad is not None}


def test_the_gradient_of_a_step_does_not_depend_on_how_it_is_cut(session):
    opened = session(**{"optim.max_grad_norm": "null"})
    if opened.task.couples_rows:
        pytest.skip("the loss compares the rows of a step: it is never cut")
    phase = start(opened)
    with torch.no_grad():  # LoRA starts with B = 0, and A has no gradient there
        for name, parameter in trainable(phase.model).items():
            if "lora_B" in name:
                parameter.normal_(generator=torch.Generator().manual_seed(len(name)), std=0.1)
    rows = list(range(8))
    assert len({int(phase.lengths[row]) for row in rows}) > 2  # ragged, or the test could not fail
    whole, halves, single = (gradient(phase, rows, size) for size in (8, 4, 1))
    assert whole.keys() == halves.keys() == single.keys() and len(whole) > 4
    size = max(float(grad.abs().max()) for grad in whole.values())
    assert size > 1e-4
    for name in whole:
        torch.testing.assert_close(halves[name], whole[name], rtol=1e-4, atol=1e-5 * size)
        torch.testing.assert_close(single[name], whole[name], rtol=1e-4, atol=1e-5 * size)


def test_padding_does_not_change_the_loss(session):
    opened = session()
    if not opened.task.pads:
        pytest.skip("this architecture sees padding: its batches hold rows of one length")
    phase = start(opened)
    phase.objective.eval()
    items = sorted(phase.items, key=lambda item: item["length"])
    short, long = items[:4], items[-1:]
    with torch.no_grad():
        alone = phase.objective(opened.task.collate(short))
        other = phase.objective(opened.task.collate(long))
        padded = phase.objective(opened.task.collate(short + long))
    assert items[0]["length"] < items[-1]["length"]
    for term in alone:
        assert float(padded[term]) == pytest.approx(float(alone[term] + other[term]), rel=1e-5)


def test_it_learns_eight_rows_by_heart(session):
    phase = start(session(rows=8, **{"lora.r": 8}))
    for group in phase.optimizer.param_groups:
        group["lr"] = 0.01
    losses = [sum(float(term) for term in train_step(phase, range(len(phase.items)))[0].values()) for _ in range(60)]
    assert losses[-1] < 0.1 * losses[0]


def test_a_saved_model_answers_the_same_after_reloading(session):
    opened = session()
    phase = start(opened)
    for group in phase.optimizer.param_groups:
        group["lr"] = 0.02
    for _ in range(3):
        train_step(phase, range(8))
    start_folder(opened)
    save_trained(phase.model, opened.folder, opened.cfg)
    stored = runs.read_json(opened.folder, runs.TASK)
    again = type(opened.task)(opened.task.options, opened.task.processor, stored["state"])
    reloaded = Objective(load_trained(again, opened.source, opened.folder), again)
    phase.objective.eval()
    batch = opened.task.collate(opened.examples["test"][:16])
    with torch.no_grad():
        before, after = phase.objective(batch, predict=True), reloaded(batch, predict=True)
        fresh = Objective(opened.build_model(opened.training_items(("train",))), opened.task)(batch, predict=True)
    for ours, theirs in zip(before, after):
        assert ours.prediction == pytest.approx(theirs.prediction)
        assert ours.confidence == pytest.approx(theirs.confidence)
    assert any(_differ(ours, other) for ours, other in zip(before, fresh))  # training had changed something


def _differ(a: Any, b: Any) -> bool:
    return a.prediction != b.prediction or a.confidence != b.confidence


def test_a_missing_column_is_named(session, kind, tmp_path):
    opened = session()
    for role, column in opened.task.columns.items():
        if not column.required:
            continue
        rows = [{"id": i, **{c: f"x{i}" for c in opened.task.columns if c != role}} for i in range(30)]
        file = write_rows(tmp_path / "less.csv", rows)
        section = opened.cfg.data.model_copy(update={"train": str(file)})
        roles: Any = {name: {"required": c.required, "type": c.type} for name, c in opened.task.columns.items()}
        if role == "text":  # a text is found by content where no name tells, so say where it should be
            section = section.model_copy(update={"columns": {"text": "text"}})
        with pytest.raises(DataError, match=role):
            prepare(section, roles)


def test_every_column_option_and_kind_explains_itself(kind):
    found = tasks.get(kind)
    assert found.name == kind and found.about
    assert all(column.about for column in found.columns.values())
    assert all(field.description for field in found.options_class.model_fields.values())


# ---- the loss is the library's own


def test_answers_made_elsewhere_are_scored_without_a_model(kind, moatkit, tmp_path):
    table = [{"id": row["id"]} | {c: fill(row) for c, fill in CELLS[kind].items()} for row in tiny_rows(24, 3)]
    write_rows(tmp_path / "rows.csv", table)
    roles = tasks.get(kind).answer_roles
    assert set(roles) <= set(tasks.get(kind).columns)
    given = [{"id": row["id"], "prediction": row[roles[0]] if i else ""} for i, row in enumerate(table)]
    write_rows(tmp_path / "answers.csv", given[::-1])
    done = moatkit("import", "answers.csv", "--data", "rows.csv", "--task", kind)
    assert done.code == 0 and "1 of 24 answers could not be read" in done.err, done.err
    lines = runs.read_predictions(tmp_path / "runs/answers").to_pylist()
    assert [line["score"] for line in lines] == [0.0, *[1.0] * 23]
    head = runs.read(tmp_path / "runs/answers").headline
    assert head["n"] == 24 and (0 < head["value"] < 1 if head["higher_is_better"] else head["value"] > 0)
    prompt = "".join(f"{{{name}}}" for name in tasks.get(kind).columns)
    (tmp_path / "prompt.txt").write_text(prompt)
    told = moatkit("evaluate", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--prompt", "prompt.txt",
                   "--data", "rows.csv", "--task", kind)
    assert told.code == 2 and "is the right answer" in told.err


@pytest.mark.parametrize("problem", ["single_label", "multi_label", "regression"])
def test_the_loss_of_a_classifier_is_that_of_the_library(problem, tmp_path, tiny_model_dir):
    rows = tiny_rows(24, 3)
    for i, row in enumerate(rows):
        if problem == "regression":
            row["label"] = str(i + 0.5)
        elif problem == "multi_label":
            row["label"] = f"{row['label']}|{'urgent' if i % 3 else 'calm'}"
    file = str(write_rows(tmp_path / "rows.csv", rows))
    config = {"task": "text_classification", "model": {"path": str(tiny_model_dir), "dtype": "float32"},
              "options": {"problem": problem, "head": "own"}, "lora": {"method": "full"},
              "data": {"train": file, "validation": file, "test": file}}  # fmt: skip
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config))
    opened = open_session(load(tmp_path / "c.yaml", [f"run.dir={tmp_path / 'run'}"]))
    model = opened.task.load_model(opened.source).eval()
    batch = opened.task.collate(opened.examples["train"])
    with torch.no_grad():
        ours = opened.task.losses(model, batch)["loss"] / opened.task.counts(batch)["loss"]
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "labels")}
        theirs = model.backbone(**inputs).loss
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)


@pytest.mark.parametrize("kind", [TOY], indirect=True)
def test_the_loss_of_the_toy_kind_is_its_closed_form(session):
    opened = session()
    model = opened.task.load_model(opened.source).eval()
    examples = opened.examples["train"]
    batch = opened.task.collate(examples)
    with torch.no_grad():
        answers = [p.prediction for p in opened.task.predict(model, batch)]
        loss = float(opened.task.losses(model, batch)["loss"])
    std = opened.task.state["std"]
    assert loss == pytest.approx(sum(((a - float(e["words"])) / std) ** 2 for a, e in zip(answers, examples)), rel=1e-4)


# ---- a new kind: one file, one row, one config


def test_a_new_kind_trains_proves_and_answers_with_one_file_one_row_one_config(
    moatkit, monkeypatch, tmp_path, tiny_model_dir
):
    monkeypatch.setitem(tasks.TASKS, TOY, "tests.toy_kind:LengthRegression")
    rows = [{"text": row["text"], "words": len(row["text"].split())} for row in tiny_rows(240, 4)]
    write_rows(tmp_path / "rows.csv", rows)
    (tmp_path / "length.yaml").write_text(
        f"# Word counts of tiny texts with a tiny BERT: a second on a CPU.\ntask: {TOY}\n"
        f"model: {{path: {tiny_model_dir}, dtype: float32}}\ndata: {{train: rows.csv}}\n"
        "optim: {lr: 0.01}\nschedule: {epochs: 8}\n"
    )
    trained = moatkit("train", "length.yaml")
    assert trained.code == 0, trained
    summary = runs.read(tmp_path / "runs" / "length")
    assert (summary.task, summary.status, summary.headline["metric"]) == (TOY, "done", "mae")
    assert not summary.headline["higher_is_better"]
    spread = sum(abs(row["words"] - 9.5) for row in rows) / len(rows)
    assert summary.headline["value"] < 0.8 * spread  # better than always saying the middle
    answer = moatkit("predict", "runs/length", "--text", "the my is please again today with")
    assert answer.code == 0 and 3 < float(answer.out) < 12
    assert moatkit("evaluate", "runs/length", "--json").code == 0
    assert "mae" in moatkit("runs", "list").out
