"""A run that was stopped or killed and then resumed ends with the very bytes of one that was never disturbed."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from kit import pipeline, runs
from kit import train as loop
from kit.config_load import load
from kit.errors import RunError
from tests.conftest import tiny_rows, write_rows

ROOT = Path(__file__).parents[1]
STEPS = 14  # 86 rows + 4 class names in steps of 13, twice


def run_python(*arguments, threads=1):
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


def train(config, *more, threads=1):
    out = run_python("-m", "kit", "train", config, *more, threads=threads)
    assert out.returncode == 0, out.stderr
    return out.stdout


def train_and_stop(config, step, how):
    return run_python(ROOT / "tests" / "stop_at.py", step, how, config)


def weights(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "adapter").glob("*.safetensors"))}


def numbers(folder):
    """What the loop wrote about its steps, without the clock."""
    clock = {"wall_s", "cost_so_far", "units_per_s", "segment"}
    return [{k: v for k, v in line.items() if k not in clock} for line in runs.read_metrics(folder)]


@pytest.fixture
def config_in(tiny_config_file, tiny_dropout_model_dir, tmp_path):
    """A config with dropout, a ragged last step and a checkpoint every step (or as said); the folder is `name`."""

    def make(name, **more):
        settings = {"model.path": str(tiny_dropout_model_dir), "run.save_steps": 1, "batch.size": 13,
                    "lora.dropout": 0.1, "batch.micro_size": 5, "run.dir": str(tmp_path / name)}  # fmt: skip
        return tiny_config_file(f"{name}.yaml", **(settings | more))

    return make


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The folders of undisturbed runs, by settings: each is trained once."""
    return {}


@pytest.fixture
def reference(undisturbed, config_in, tmp_path_factory):
    def make(**more):
        key = str(sorted(more.items()))
        if key not in undisturbed:
            folder = tmp_path_factory.mktemp("undisturbed") / "run"
            train(config_in("undisturbed", **{"run.dir": str(folder)} | more))
            undisturbed[key] = folder
        return undisturbed[key]

    return make


def assert_same_run(folder, expected):
    assert weights(folder).keys() == {"adapter_model.safetensors", "extra.safetensors"}
    assert weights(folder) == weights(expected)
    assert numbers(folder) == numbers(expected)
    one, other = runs.read(folder), runs.read(expected)
    assert one.status == other.status == "done"
    for key in ("steps", "units", "input_tokens"):
        assert one.train[key] == other.train[key]
    assert one.metrics == other.metrics and one.calibration == other.calibration


def test_stopped_by_sigterm_and_resumed_gives_the_same_bytes(config_in, reference, tmp_path):
    config, folder = config_in("stopped"), tmp_path / "stopped"
    started = time.monotonic()
    out = train_and_stop(config, 5, "TERM")
    assert out.returncode == 1, out.stderr  # not finished: `train && deploy` must not go on
    assert time.monotonic() - started < 30
    assert "stopped at step 5 of 14" in out.stdout and "--resume" in out.stdout
    stopped = runs.read(folder)
    assert (stopped.status, stopped.stop_reason) == ("stopped", "signal")
    assert stopped.train["steps"] == 5 and stopped.headline is None
    assert not (folder / "adapter").exists()

    printed = train(folder / "config.yaml", "--resume")
    assert "continues at step 5" in printed and "no longer equal to the bit" not in printed
    assert_same_run(folder, reference())
    segments = runs.read(folder).train["segments"]
    assert [(s["from_step"], s["to_step"], s["reason"]) for s in segments] == [(0, 5, "signal"), (5, STEPS, "epochs")]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["any", 7, STEPS])
def test_killed_at_any_step_and_resumed_gives_the_same_bytes(step, config_in, reference, tmp_path):
    step = random.randrange(2, STEPS) if step == "any" else step
    print(f"killed in step {step}")
    config, folder = config_in("killed"), tmp_path / "killed"
    assert train_and_stop(config, step, "KILL").returncode == -signal.SIGKILL
    assert runs.read(folder).status == "running"
    assert f"continues at step {step - 1}" in train(config, "--resume")
    assert_same_run(folder, reference())
    segments = runs.read(folder).train["segments"]
    assert [(s["from_step"], s["to_step"], s["reason"]) for s in segments] == [
        (0, step - 1, "interrupted"), (step - 1, STEPS, "epochs")
    ]  # fmt: skip


@pytest.mark.slow
def test_killed_between_checkpoints_repeats_the_lost_steps(config_in, reference, tmp_path):
    sparse = {"run.save_steps": 4}
    config, folder = config_in("sparse", **sparse), tmp_path / "sparse"
    assert train_and_stop(config, 7, "KILL").returncode == -signal.SIGKILL
    assert "continues at step 4" in train(config, "--resume")
    assert_same_run(folder, reference(**sparse))


@pytest.mark.slow
def test_stopped_and_killed_several_times(config_in, reference, tmp_path):
    config, folder = config_in("often"), tmp_path / "often"
    train_and_stop(config, 3, "TERM")
    for step, how in ((6, "KILL"), (9, "INT"), (12, "KILL")):
        run_python(ROOT / "tests" / "stop_at.py", step, how, config, "--resume")
    train(config, "--resume")
    assert_same_run(folder, reference())
    segments = runs.read(folder).train["segments"]
    assert [s["from_step"] for s in segments] == [0, 3, 5, 9, 11]


@pytest.mark.slow
def test_a_refit_is_resumed_too(config_in, reference, tmp_path):
    refit = {"options.refit": True}
    config, folder = config_in("refit", **refit), tmp_path / "refit"
    expected = reference(**refit)
    train_and_stop(config, STEPS, "TERM")  # the last step: training ends, and the signal is answered
    first = runs.read(folder)
    assert first.status == "stopped" and first.train["steps"] == STEPS
    train(config, "--resume")
    assert_same_run(folder, expected)


def test_a_second_signal_exits_at_once(config_in, tmp_path):
    out = train_and_stop(config_in("twice"), 3, "TWICE")
    assert out.returncode == 128 + signal.SIGTERM
    assert runs.read(tmp_path / "twice").status == "running"
    assert max(line["step"] for line in runs.read_metrics(tmp_path / "twice")) == 2


def test_resume_where_nothing_is_starts_afresh_and_on_a_done_run_says_so(config_in, tmp_path, capsys):
    cfg, folder = load(config_in("fresh", **{"schedule.max_steps": 2})), tmp_path / "fresh"
    assert pipeline.train(cfg, resume=True).status == "done"
    assert "starts afresh" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert pipeline.train(cfg, resume=True).stop_reason == "steps"
    assert "is done already" in capsys.readouterr().out
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def stop_here_at(monkeypatch, step):
    """Let this process get SIGTERM in that step of the next run."""
    whole_step = loop.train_step

    def stopped_step(phase, rows):
        if phase.step + 1 == step:
            os.kill(os.getpid(), signal.SIGTERM)
        return whole_step(phase, rows)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "train_step", stopped_step)
        yield


@pytest.fixture
def stopped_at_2(config_in, monkeypatch, tmp_path):
    """Train until a signal in step 2; returns the config."""

    def stop(**more):
        config = config_in("here", **more)
        with stop_here_at(monkeypatch, 2):
            assert pipeline.train(load(config)).status == "stopped"
        return config

    return stop


def test_another_thread_count_is_said_to_break_bit_equality(stopped_at_2, capsys):
    cfg, threads = load(stopped_at_2(**{"schedule.max_steps": 3})), torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert pipeline.train(cfg, resume=True).status == "done"
    finally:
        torch.set_num_threads(threads)
    assert f"num_threads {threads} -> {threads + 1}: no longer equal to the bit" in capsys.readouterr().out


def test_another_plan_is_refused(stopped_at_2):
    config = stopped_at_2()
    with pytest.raises(RunError, match="was planned with 14 steps, this configuration plans 18") as refused:
        pipeline.train(load(config, ["batch.size=10"]), resume=True)
    assert refused.value.exit_code == 2


def test_other_rows_under_the_same_plan_are_refused(stopped_at_2, tmp_path):
    path = write_rows(tmp_path / "changing.csv", tiny_rows(86, seed=1))
    config = stopped_at_2(**{"data.train": str(path)})
    write_rows(path, tiny_rows(86, seed=9))
    with pytest.raises(RunError, match=r"was trained on other rows: data\.train has changed") as refused:
        pipeline.train(load(config), resume=True)
    assert refused.value.exit_code == 2


def test_a_signal_in_the_step_that_ends_the_run_early_does_not_prolong_it(config_in, monkeypatch):
    impatient = {"eval.every_steps": 1, "eval.patience": 2, "optim.lr": 1e-9, "optim.weight_decay": 0.0}
    undisturbed = pipeline.train(load(config_in("calm", **impatient)))
    assert (undisturbed.stop_reason, undisturbed.train["steps"]) == ("early", 3)
    config = config_in("signalled", **impatient)
    with stop_here_at(monkeypatch, 3):
        assert pipeline.train(load(config)).status == "stopped"
    resumed = pipeline.train(load(config), resume=True)
    assert (resumed.stop_reason, resumed.train["steps"]) == ("early", 3)


def test_a_best_step_whose_checkpoint_is_lost_is_said_and_forgotten(config_in, monkeypatch, tmp_path, capsys):
    """Step 2 is best and kept, then step 5 is best and step 2 pruned; step 5 is damaged, step 4 points to step 2."""
    values = iter([0.1, 0.6, 0.2, 0.3, 0.7, 0.4, 0.2])
    real = loop.evaluate

    def scripted(phase, reporter):
        phase.best.update(next(values), phase.step)

    monkeypatch.setattr(loop, "evaluate", scripted)
    config = config_in("lost", **{"eval.every_steps": 1})
    with stop_here_at(monkeypatch, 5):
        assert pipeline.train(load(config)).status == "stopped"
    checkpoints = tmp_path / "lost" / "checkpoints"
    assert sorted(path.name for path in checkpoints.iterdir()) == ["step-4", "step-5"]
    (checkpoints / "step-5" / "state.json").write_text("")
    monkeypatch.setattr(loop, "evaluate", real)
    assert pipeline.train(load(config), resume=True).status == "done"
    printed = capsys.readouterr().out
    assert "step-5 is damaged" in printed and "continues at step 4" in printed
    assert "the best step so far (2) is lost (manifest.json is missing); the best of what follows counts" in printed
