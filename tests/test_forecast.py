"""The forecast: its arithmetic, that training cannot tell it was there, and what it says before and after a run."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
import torch

from kit import pipeline, runs
from kit.config_load import load
from kit.cost.cost import training_cost
from kit.cost.money import parse_price
from kit.forecast import measure as measuring
from kit.forecast.estimate import forecast_config
from kit.forecast.measure import Line, fit_line, measure, padded_tokens, scoring_sizes
from kit.forecast.record import against_actual
from kit.model import trainable
from kit.phase import Phase, make_phase
from kit.rng import capture_rng
from kit.session import open_session
from kit.stopping import Signals
from kit.tasks.base import Objective
from tests.conftest import tiny_rows, write_rows
from tests.fixtures_cli import moatkit

__all__ = ["moatkit"]


@pytest.fixture
def phase_of(tiny_config, tiny_dropout_model_dir) -> Any:
    """A phase before its first step, with dropout everywhere: `phase_of(**settings)`."""

    def make(**settings: Any) -> Phase:
        more = {"model.path": str(tiny_dropout_model_dir), "lora.dropout": 0.1, "batch.micro_size": 5, "batch.size": 13}
        session = open_session(tiny_config(**(more | settings)))
        items = session.training_items(("train",))
        objective = Objective(session.build_model(items), session.task)
        epochs = session.cfg.schedule.epochs
        return make_phase(session, objective, items, name="train", epochs=epochs, signals=Signals())

    return make


# ---- it changes nothing


@pytest.mark.parametrize("settings", [{}, {"lora": {"method": "full", "r": None, "dropout": None}, "optim.lr": 1e-4}],
                         ids=["lora", "full"])  # fmt: skip
def test_weights_optimizer_and_random_states_are_as_before(phase_of, settings):
    phase = phase_of(**settings)
    for group in phase.optimizer.param_groups:
        group["lr"] = 0.5  # steps that would be seen
    weights = {name: p.detach().clone() for name, p in phase.model.state_dict().items()}
    before = capture_rng()
    found = measure(phase)
    assert found.measured_steps >= 2 and found.step.seconds([100.0]) > 0
    assert all(torch.equal(weights[name], p) for name, p in phase.model.state_dict().items())
    assert capture_rng() == before
    assert not phase.optimizer.state and all(p.grad is None for p in trainable(phase.model).values())
    assert [group["lr"] for group in phase.optimizer.param_groups] == [0.5] * len(phase.optimizer.param_groups)
    assert (phase.step, phase.units, phase.input_tokens, phase.micro_size) == (0, 0, 0, 5)


def test_they_are_as_before_after_a_measurement_that_failed(phase_of, monkeypatch):
    phase = phase_of()
    before = capture_rng()
    weights = {name: p.detach().clone() for name, p in trainable(phase.model).items()}
    real, calls = measuring.train_step, []

    def fails(phase: Phase, rows: Any) -> Any:
        calls.append(real(phase, rows))
        if len(calls) == 2:
            raise RuntimeError("planted")

    monkeypatch.setattr(measuring, "train_step", fails)
    with pytest.raises(RuntimeError, match="planted"):
        measure(phase)
    assert capture_rng() == before and phase.units == 0 and not phase.optimizer.state
    assert all(torch.equal(weights[name], p) for name, p in trainable(phase.model).items())


def test_a_run_with_a_forecast_ends_with_the_bytes_of_one_without(tiny_config, tiny_dropout_model_dir, tmp_path):
    folders = []
    for name, wanted in (("with", True), ("without", False)):
        pipeline.train(tiny_config(**{
            "model.path": str(tiny_dropout_model_dir), "lora.dropout": 0.1, "batch.size": 13, "batch.micro_size": 5,
            "run.dir": str(tmp_path / name), "run.forecast": wanted,
        }))  # fmt: skip
        folders.append(tmp_path / name)
    one, other = folders
    for file in ("adapter_model.safetensors", "extra.safetensors"):
        assert (one / "adapter" / file).read_bytes() == (other / "adapter" / file).read_bytes()
    clock = {"wall_s", "cost_so_far", "units_per_s"}
    lines = [[{k: v for k, v in line.items() if k not in clock} for line in runs.read_metrics(f)] for f in folders]
    assert lines[0] == lines[1] and len(lines[0]) == 16
    assert runs.read(one).metrics == runs.read(other).metrics
    assert runs.read(one).forecast and runs.read(other).forecast is None


def test_the_clock_of_a_budget_starts_after_the_forecast(tiny_config, monkeypatch, tmp_path):
    real = measuring.measure

    def slow(phase: Phase) -> Any:
        time.sleep(3)
        return real(phase)

    monkeypatch.setattr("kit.forecast.estimate.measure", slow)
    summary = pipeline.train(tiny_config(**{"run.max_minutes": 2.9 / 60}))
    assert summary.stop_reason == "epochs"
    assert summary.train["wall_s"] < 2.9 < summary.forecast["actual"]["parts"]["forecast"]


# ---- the arithmetic


def test_a_line_through_points_and_what_noise_cannot_make_of_it():
    line = fit_line([100, 200, 300], [1.1, 2.1, 3.1])
    assert line.seconds([100, 300]) == pytest.approx(4.2)
    assert fit_line([100, 200], [2.0, 1.0]) == Line(1.5, 0.0)  # never less for more
    assert fit_line([100, 200], [0.1, 1.1]) == Line(0.0, pytest.approx(0.004))
    assert fit_line([50, 50], [1.0, 3.0]).seconds([50]) == pytest.approx(2.0)


def test_long_steps_weigh_as_much_as_they_cost(phase_of, monkeypatch):
    """Steps that take exactly as long as they have padded tokens are forecast exactly, whichever were measured."""
    phase = phase_of(**{"schedule.epochs": 6.0})
    clock = [0.0]

    def step(phase: Phase, rows: Any) -> Any:
        clock[0] += 0.001 * padded_tokens(phase, rows) + 0.01

    monkeypatch.setattr(measuring, "train_step", step)
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: clock[0])
    line, count, _ = measuring._measure_steps(phase)
    sizes = np.array([padded_tokens(phase, step.rows) for step in phase.plan])
    assert count == 2 < len(sizes) and sizes.max() > 1.3 * sizes.min()
    assert line.seconds(sizes) == pytest.approx(0.001 * sizes.sum() + 0.01 * len(sizes))


def test_padded_tokens_count_each_micro_batch_at_its_longest_row(phase_of):
    phase = phase_of(**{"batch.micro_size": 2})
    rows = [0, 1, 2]
    lengths = sorted((int(phase.lengths[row]) for row in rows), reverse=True)
    assert padded_tokens(phase, rows) == 2 * lengths[0] + lengths[2]
    assert scoring_sizes([{"length": 3}, {"length": 9}]).tolist() == [18]


def test_parts_add_up_and_money_follows_from_the_time(tiny_config):
    found = forecast_config(open_session(tiny_config(**{"cost.price": "7.2 CNY/hour"})), prepare_s=2.0)
    assert found.steps == 12 and found.measured_steps >= 2
    assert found.parts.keys() == {"prepare", "load", "train", "evaluations", "checkpoints", "proof", "forecast"}
    assert found.wall_s == pytest.approx(sum(found.parts.values())) and found.parts["prepare"] == 2.0
    assert min(found.parts.values()) > 0
    assert found.currency == "CNY" and found.amount == pytest.approx(found.wall_s / 3600 * 7.2)
    cost = training_cost(found.wall_s, parse_price("7.2 CNY/hour"))
    assert found.usd == pytest.approx(cost.train_usd)
    assert found.peak_memory_bytes > 100 * 2**20


def test_a_budget_cuts_the_forecast(tiny_config):
    settings = {"schedule.epochs": 5000.0, "run.max_cost": "0.0001 USD", "cost.price": "3.6 USD/hour"}
    found = forecast_config(open_session(tiny_config(**settings)), prepare_s=0.0)
    in_loop = sum(found.parts[name] for name in ("train", "evaluations", "checkpoints"))
    assert in_loop == pytest.approx(0.1)  # 0.0001 USD at 0.001 USD a second
    assert any("the budget ends training after" in note for note in found.notes)


def test_one_step_is_enough_to_forecast_from(tiny_config):
    found = forecast_config(open_session(tiny_config(**{"schedule.max_steps": 1, "data.validation": 0.0})), 0.0)
    assert found.steps == found.measured_steps == 1 and found.parts["train"] > 0


# ---- in a run and on the command line


def test_a_run_says_what_it_will_take_and_what_it_took(moatkit, tiny_config_file, tmp_path):
    outcome = moatkit("train", tiny_config_file())
    assert outcome.code == 0, outcome
    lines = outcome.out.splitlines()
    before = next(i for i, line in enumerate(lines) if line.startswith("forecast "))
    assert "GiB" in lines[before] and "$" in lines[before] and "12 steps" in lines[before]
    assert before < next(i for i, line in enumerate(lines) if line.startswith("step "))
    summary = runs.read(tmp_path / "run")
    found = summary.forecast
    assert {"wall_s", "usd", "peak_memory_bytes", "energy_kwh", "steps", "parts", "actual"} <= found.keys()
    actual = found["actual"]
    assert actual["wall_s"] == pytest.approx(sum(actual["parts"].values()))
    assert actual["parts"]["train"] == pytest.approx(summary.train["wall_s"])
    assert actual["usd"] == pytest.approx(summary.cost["train_usd"] * actual["wall_s"] / summary.train["wall_s"])
    assert against_actual(found) in outcome.out and against_actual(found).startswith("took ")
    assert against_actual(found) in (tmp_path / "run" / "README.md").read_text()


def test_the_verb_forecasts_without_a_folder(moatkit, tiny_config_file, tmp_path):
    config = tiny_config_file()
    outcome = moatkit("forecast", config, "schedule.epochs=3", "--json")
    assert outcome.code == 0, outcome
    found = json.loads(outcome.out)
    assert {"wall_s", "usd", "amount", "currency", "peak_memory_bytes", "energy_kwh", "steps", "parts", "price"} <= (
        found.keys()
    )
    assert found["steps"] == 18 and found["price"].keys() == {"id", "per_hour", "currency", "date", "why", "device"}
    assert not (tmp_path / "run").exists()
    plain = moatkit("forecast", config)
    assert plain.code == 0 and plain.out.startswith("forecast ") and "price    " in plain.out


def test_a_refit_is_in_the_forecast(tiny_config, tmp_path):
    plain = forecast_config(open_session(tiny_config()), 0.0)
    assert plain.notes == ()
    summary = pipeline.train(tiny_config(**{"options.refit": True}))
    assert "the refit is counted at its longest" in summary.forecast["notes"]
    assert summary.forecast["actual"]["parts"]["train"] == pytest.approx(summary.train["wall_s"])


def test_a_forecast_without_an_end_says_nothing():
    assert against_actual(None) == "" and against_actual({"wall_s": 1.0}) == ""


def test_length_of_the_run_scales_the_training_part(tiny_config_file, tmp_path):
    rows = str(write_rows(tmp_path / "more.csv", tiny_rows(400, 11)))
    config = tiny_config_file(**{"data.train": rows})
    parts = [forecast_config(open_session(load(config, [f"schedule.epochs={n}"])), 0.0) for n in (2, 40)]
    ratio = parts[1].parts["train"] / parts[0].parts["train"]
    assert 5 < ratio < 80  # 20 on a calm machine
    assert not (tmp_path / "run").exists()
