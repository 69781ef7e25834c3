"""The loop: when it stops, what it keeps, what it writes, and that its result is what was trained."""

import json
import math
import os
import signal
from importlib.util import find_spec

import pytest
import torch

from kit import checkpoint, pipeline, runs
from kit import train as loop
from kit.config_load import load
from kit.errors import RunError
from kit.reload import reopen
from kit.stopping import Interrupted
from kit.tasks.base import Objective


def steps_on_disk(folder):
    return sorted(int(path.name.removeprefix("step-")) for path in (folder / "checkpoints").glob("step-*"))


def training_lines(folder, split="train"):
    return [line for line in runs.read_metrics(folder) if line["split"] == split]


# ---- budgets


@pytest.mark.parametrize("budget", [{"run.max_minutes": 1e-4}, {"run.max_cost": "0.0000000001 USD"}])
def test_a_spent_budget_ends_the_run_with_a_proof(budget, tiny_config, tmp_path):
    summary = pipeline.train(tiny_config(**budget, **{"schedule.epochs": 500.0, "eval.every_steps": 1}))
    assert (summary.status, summary.stop_reason) == ("done", "budget")
    assert summary.train["steps"] < 3000 and summary.train["segments"][-1]["reason"] == "budget"
    assert summary.headline["n"] == 32 and (tmp_path / "run" / "adapter").is_dir()


def test_a_budget_counts_the_time_before_a_resume(tiny_config, tmp_path):
    from kit.stopping import Budget

    budget = Budget(max_minutes=1.0, max_usd=None, usd_per_s=0.0, spent_before_s=61.0)
    assert budget.is_spent
    assert not Budget(max_minutes=1.0, max_usd=None, usd_per_s=0.0).is_spent
    assert Budget(max_minutes=None, max_usd=0.5, usd_per_s=0.01, spent_before_s=60.0).is_spent


def test_a_signal_during_the_proof_ends_the_run_and_a_resume_proves_it(tiny_config, tmp_path, monkeypatch):
    config = tiny_config()
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "answer_everything", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(Interrupted, match="SIGTERM"):
            pipeline.train(config)
    stopped = runs.read(tmp_path / "run")
    assert (stopped.status, stopped.stop_reason, stopped.headline) == ("stopped", "signal", None)
    assert pipeline.train(config, resume=True).headline["n"] == 32


# ---- early stopping, best, checkpoints kept


def test_patience_ends_the_run_and_the_best_weights_are_the_result(tiny_config, tmp_path):
    summary = pipeline.train(tiny_config(**{"eval.patience": 2, "eval.every_steps": 3, "schedule.epochs": 30.0}))
    assert (summary.status, summary.stop_reason) == ("done", "early")
    values = [(line["step"], line["accuracy"]) for line in training_lines(tmp_path / "run", "validation")]
    best_step, best = max(values, key=lambda pair: (pair[1], -pair[0]))
    assert values[-1][0] == summary.train["steps"] == best_step + 2 * 3
    assert best_step in steps_on_disk(tmp_path / "run")
    answers = runs.read_predictions(tmp_path / "run").to_pylist()
    validation = [row["correct"] for row in answers if row["split"] == "validation"]
    assert sum(validation) / len(validation) == pytest.approx(best)


def test_keep_last_is_honoured_and_the_best_is_kept(tiny_config, monkeypatch, tmp_path):
    values = iter([0.9, 0.1, 0.2, 0.3, 0.4, 0.5])
    real = loop.scores_of

    def scripted(task, predictions, rows):
        found = real(task, predictions, rows)
        estimate = found[task.headline]
        return found | {task.headline: type(estimate)(next(values), *list(vars(estimate).values())[1:])}

    monkeypatch.setattr(loop, "scores_of", scripted)
    pipeline.train(tiny_config(**{"eval.every_steps": 2, "run.save_steps": 1, "eval.keep_last": 3}))
    assert steps_on_disk(tmp_path / "run") == [2, 10, 11, 12]
    best = checkpoint.read(tmp_path / "run" / "checkpoints" / "step-2")
    assert best.state["best"] == {"value": 0.9, "step": 2}
    assert checkpoint.newest(tmp_path / "run" / "checkpoints")[0].state["best"]["step"] == 2
    from safetensors.torch import load_file

    kept = load_file(tmp_path / "run" / "adapter" / "extra.safetensors")
    assert torch.equal(kept["class_vectors"], best.trainable["class_vectors"])


@pytest.mark.parametrize("every, expected", [("never", [12]), (5, [10, 12]), ("epoch", [6, 12])])
def test_save_steps_says_when_a_checkpoint_is_written(every, expected, tiny_config, tmp_path):
    pipeline.train(tiny_config(**{"run.save_steps": every, "eval.every_steps": "never"}))
    assert steps_on_disk(tmp_path / "run") == expected


# ---- numbers that are not finite


def test_a_gradient_that_is_not_finite_stops_the_run_and_says_what_to_do(tiny_config, monkeypatch, tmp_path):
    real, calls = Objective.forward, []

    def planted(self, batch, predict=False):
        result = real(self, batch, predict)
        calls.append(predict)
        return result if predict or calls.count(False) < 4 else {"loss": result["loss"] * float("nan")}

    monkeypatch.setattr(Objective, "forward", planted)
    cfg = tiny_config(**{"run.save_steps": 1, "run.forecast": False})
    with pytest.raises(RunError) as stopped:
        pipeline.train(cfg)
    message = str(stopped.value)
    for part in ("step 4", "loss nan", "lr 0.00", "grad norm nan", "optim.lr", "model.dtype=float32", "--resume"):
        assert part in message, message
    assert stopped.value.exit_code == 1
    summary = runs.read(tmp_path / "run")
    assert summary.status == "failed" and "grad norm nan" in summary.error
    saved = checkpoint.newest(tmp_path / "run" / "checkpoints")[0]
    assert saved.step == 3 and all(tensor.isfinite().all() for tensor in saved.trainable.values())
    monkeypatch.setattr(Objective, "forward", real)
    assert pipeline.train(cfg, resume=True).status == "done"


def test_a_rate_that_is_far_too_high_ends_finite_or_with_that_message(tiny_config, tmp_path):
    cfg = tiny_config(**{"optim.lr": 1e30, "optim.max_grad_norm": None, "lora": {"method": "full", "r": None}})
    with pytest.raises(RunError, match="the gradient is not finite"):
        pipeline.train(cfg)
    assert runs.read(tmp_path / "run").status == "failed"


# ---- variants

VARIANTS = {
    "lora": {"lora": {"method": "lora"}},
    "lora on the model's own head": {"options": {"head": "own"}},
    "lora+": {"optim": {"lora_plus_ratio": 16.0, "lr": 1e-3}},
    "dora": {"lora": {"method": "dora"}},
    "rslora": {"lora": {"method": "rslora"}},
    "pissa": {"lora": {"method": "pissa"}},
    "pissa on the model's own head": {"lora": {"method": "pissa"}, "options": {"head": "own"}},
    "full": {"lora": {"method": "full", "r": None}},
    "full on the model's own head": {"lora": {"method": "full", "r": None}, "options": {"head": "own"}},
    "chosen layers": {"lora": {"target_modules": ["query", "value"]}},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_reopened_run_answers_as_it_did_before_it_was_saved(name, tiny_config, tmp_path):
    folder = tmp_path / "run"
    summary = pipeline.train(tiny_config(**VARIANTS[name], **{"schedule.max_steps": 4}))
    assert summary.status == "done" and summary.train["trainable_params"] > 0
    first, last = (training_lines(folder)[place]["loss"] for place in (0, -1))
    assert math.isfinite(first) and first != last
    before = [row for row in runs.read_predictions(folder).to_pylist() if row["split"] == "test"]
    after = reopen(folder).answer([{"id": row["id"], "text": row["input"]} for row in before])
    assert [answer.prediction for answer in after] == [row["prediction"] for row in before]
    for answer, row in zip(after, before):
        assert answer.confidence == pytest.approx(row["confidence"], abs=2e-5)


@pytest.mark.parametrize("name", ["lora", "pissa", "dora"])
def test_a_resumed_variant_ends_where_the_undisturbed_one_ends(name, tiny_config, tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    pipeline.train(tiny_config(**VARIANTS[name], **{"run.dir": str(whole), "schedule.max_steps": 4}))
    cfg = tiny_config(**VARIANTS[name], **{"schedule.max_steps": 4, "run.save_steps": 1})
    real = loop.train_step

    def broken(phase, rows):
        if phase.step == 2:
            raise KeyboardInterrupt
        return real(phase, rows)

    monkeypatch.setattr(loop, "train_step", broken)
    with pytest.raises(KeyboardInterrupt):
        pipeline.train(cfg)
    monkeypatch.setattr(loop, "train_step", real)
    pipeline.train(cfg, resume=True)
    for file in ("adapter_model.safetensors", "extra.safetensors"):
        assert (tmp_path / "run" / "adapter" / file).read_bytes() == (whole / "adapter" / file).read_bytes(), file


def test_lora_plus_learns_factor_b_faster(tiny_config, tmp_path):
    from kit.model import optimizer_groups, trainable
    from kit.session import open_session

    cfg = tiny_config(**{"optim.lora_plus_ratio": 16.0, "optim.weight_decay": 0.1})
    session = open_session(cfg)
    model = session.build_model(session.training_items(("train",)))
    names = {id(p): name for name, p in trainable(model).items()}
    seen = []
    for group in optimizer_groups(model, session.cfg):
        for parameter in group["params"]:
            name = names[id(parameter)]
            seen.append(name)
            assert group["lr_ratio"] == (16.0 if "lora_B" in name else 1.0)
            assert group["weight_decay"] == (0.0 if name == "class_vectors" or parameter.ndim == 1 else 0.1)
    assert sorted(seen) == sorted(names.values())


# ---- the schedule, the refit, memory, trackers


@pytest.mark.parametrize("kind, rates", [
    ("linear", [0.5, 1.0, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]),
    ("constant", [0.5] + [1.0] * 11),
    ("cosine", [0.5, 1.0] + [0.5 * (1 + math.cos(math.pi * i / 10)) for i in range(10)]),
])  # fmt: skip
def test_the_rate_follows_the_schedule(kind, rates, tiny_config, tmp_path):
    pipeline.train(tiny_config(**{"schedule.kind": kind, "schedule.warmup_ratio": 1 / 6, "optim.lr": 0.004}))
    found = [line["lr"] for line in training_lines(tmp_path / "run")]
    assert found == pytest.approx([0.004 * rate for rate in rates])


def test_a_budget_spent_before_the_refit_leaves_it_out(tiny_config, capsys, tmp_path):
    summary = pipeline.train(tiny_config(**{"options.refit": True, "run.max_minutes": 1e-4, "schedule.epochs": 500.0}))
    assert summary.stop_reason == "budget" and "\nrefit " not in capsys.readouterr().out
    assert "before_refit" not in [row["name"] for row in summary.baselines]
    assert training_lines(tmp_path / "run", "refit") == []


def test_a_refit_cut_off_by_the_budget_gives_way_to_what_was_trained_before_it(tiny_config, monkeypatch, tmp_path):
    from kit.stopping import Budget

    whole = pipeline.train(tiny_config(**{"run.dir": str(tmp_path / "whole")}))
    # the refit's clock goes on where the first phase's stood, so only there is something spent before it starts
    monkeypatch.setattr(Budget, "is_spent", property(lambda budget: budget.spent_before_s > 0))
    summary = pipeline.train(tiny_config(**{"options.refit": True}))
    assert (summary.status, summary.stop_reason) == ("done", "budget")
    assert [segment["reason"] for segment in summary.train["segments"]] == ["epochs", "budget"]
    assert (summary.headline, summary.metrics) == (whole.headline, whole.metrics)
    lines = training_lines(tmp_path / "run")
    assert training_lines(tmp_path / "run", "refit")[0]["wall_s"] > lines[-1]["wall_s"] > 0


def test_a_refit_trains_on_training_and_validation_rows_for_the_best_number_of_epochs(tiny_config, capsys, tmp_path):
    folder = tmp_path / "run"
    summary = pipeline.train(tiny_config(**{"options.refit": True, "schedule.epochs": 3.0}))
    best = max(training_lines(folder, "validation"), key=lambda line: (line["accuracy"], -line["step"]))["step"]
    assert f"refit   on all training rows for {best / 6:.2f} epochs" in capsys.readouterr().out
    lines = training_lines(folder, "refit")
    steps = round(best / 6 * math.ceil((86 + 24 + 4) / 16))
    assert lines[-1]["step"] == summary.train["steps"] == steps
    assert summary.train["units"] == 3 * (86 + 4) + round(best / 6 * (86 + 24 + 4))
    assert [segment["reason"] for segment in summary.train["segments"]] == ["epochs", "epochs"]
    newest = checkpoint.newest(folder / "checkpoints" / "refit")[0]
    from safetensors.torch import load_file

    kept = load_file(folder / "adapter" / "extra.safetensors")
    assert torch.equal(kept["class_vectors"], newest.trainable["class_vectors"])


def gradients(cfg):
    from dump_gradients import step_gradients, still_phase

    phase = still_phase(cfg)
    return phase, step_gradients(phase)


def test_running_out_of_memory_halves_the_micro_batch_and_keeps_the_gradient(tiny_config, monkeypatch):
    _, whole = gradients(tiny_config())
    real = Objective.forward

    def small_memory(self, batch, predict=False):
        if not predict and len(batch["row_ids"]) > 3:
            raise torch.OutOfMemoryError("planted")
        return real(self, batch, predict)

    monkeypatch.setattr(Objective, "forward", small_memory)
    phase, cut = gradients(tiny_config())
    assert phase.micro_size == 2
    for name, gradient in whole.items():
        assert (gradient - cut[name]).norm() <= 1e-6 * max(1.0, gradient.norm()), name
    assert phase.units == 8 + 5 + 1, "rows of a failed attempt are not counted twice"
    assert pipeline.train(tiny_config()).status == "done"


def test_memory_for_not_even_one_row_ends_with_advice(tiny_config, monkeypatch, tmp_path):
    def no_memory(self, batch, predict=False):
        raise torch.OutOfMemoryError("planted")

    monkeypatch.setattr(Objective, "forward", no_memory)
    with pytest.raises(RunError, match=r"memory ran out with micro-batches of 1 rows.*options\.max_length"):
        pipeline.train(tiny_config())
    assert runs.read(tmp_path / "run").status == "failed"


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_the_tensorboard_tracker_writes_its_events(tiny_config, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    pipeline.train(tiny_config(**{"run.trackers": ["tensorboard"]}))
    files = list((tmp_path / "run").rglob("events.out.tfevents*"))
    assert files
    found = {}
    for path in files:
        events = EventAccumulator(str(path))
        events.Reload()
        found |= {tag: len(events.Scalars(tag)) for tag in events.Tags()["scalars"]}
    assert found["train/loss"] == 12 and found["validation/accuracy"] == 2


# ---- what is written


def test_metrics_have_one_line_per_step_and_the_summary_agrees_with_them(tiny_config, tmp_path):
    folder = tmp_path / "run"
    summary = pipeline.train(tiny_config())
    lines = training_lines(folder)
    assert [line["step"] for line in lines] == list(range(1, 13))
    for line in lines:
        assert line["units_per_s"] > 0 and line["grad_norm"] > 0 and line["segment"] == 0
    assert summary.train["units"] == 2 * (86 + 4) and summary.train["epochs"] == 2.0
    assert json.loads((folder / "env.json").read_text())["dtype"] == "float32"


def test_a_repeat_of_a_run_gives_the_same_numbers(tiny_config, tiny_dropout_model_dir, tmp_path):
    found = []
    for name in ("first", "second"):
        settings = {"model.path": str(tiny_dropout_model_dir), "run.dir": str(tmp_path / name)}
        pipeline.train(tiny_config(**settings))
        found.append([line["loss"] for line in training_lines(tmp_path / name)])
    assert found[0] == found[1]
    other = load(tmp_path / "first" / "config.yaml", ["run.seed=1", f"run.dir={tmp_path / 'third'}"])
    pipeline.train(other)
    assert [line["loss"] for line in training_lines(tmp_path / "third")] != found[0]
