"""A step's gradient does not depend on how its rows are cut over micro-batches and processes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from dump_gradients import STEPS, step_gradients, still_phase
from safetensors.torch import load_file

from kit import runs
from kit.model import trainable
from tests.conftest import tiny_rows, write_rows

ROOT = Path(__file__).parents[1]
KINDS = {
    "cosine": {},
    "own": {"options": {"head": "own"}},
    "weights": {"options": {"class_weights": {"billing": 5.0, "login": 0.25}}},
    "own weights": {"options": {"head": "own", "class_weights": {"billing": 5.0, "login": 0.25}}},
    "smoothing": {"options": {"label_smoothing": 0.2}},
    "multi_label": {"options": {"problem": "multi_label"}},
    "regression": {"options": {"problem": "regression"}},
    "full": {"lora": {"method": "full", "r": None}},
}
NEVER_CLIPPED = {"optim": {"lr": 1e-3, "max_grad_norm": None}}


def rows_of(problem, count):
    rows = tiny_rows(count, seed=5)
    labels = ["billing", "delivery", "login", "praise"]
    for i, row in enumerate(rows):
        if problem == "multi_label" and i % 3:
            row["label"] = "|".join(dict.fromkeys([row["label"], labels[i * 7 % 4]]))
        if problem == "regression":
            row["label"] = str(round(len(row["text"]) / 7 - i % 5, 2))
    return rows


@pytest.fixture
def config_of(tiny_config_file, tiny_csv, tmp_path):
    """The config of one kind of `KINDS`, with its own data."""

    def make(kind, **more):
        settings = KINDS[kind]
        path = write_rows(tmp_path / "rows.csv", rows_of(settings.get("options", {}).get("problem"), 40))
        data = {"train": str(path), "validation": 0, "test": 0}
        return tiny_config_file(data=data, **NEVER_CLIPPED, **settings, **more)

    return make


def gradients_of(config, *, micro_size="auto"):
    from kit.config_load import load

    return step_gradients(still_phase(load(config, [f"batch.micro_size={micro_size}"])))


def assert_same_gradients(first, second, tolerance=1e-6):
    assert first.keys() == second.keys()
    for number in range(len(STEPS)):
        names = [name for name in first if name.startswith(f"{number}/") and not name.endswith("/loss")]
        scale = torch.stack([first[name].norm() for name in names]).norm()
        assert scale > 1e-3
        for name in names:
            assert (first[name] - second[name]).norm() <= tolerance * scale, name
        torch.testing.assert_close(first[f"{number}/loss"], second[f"{number}/loss"], rtol=tolerance, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_the_same_for_8x1_2x4_and_1x8(kind, config_of):
    config = config_of(kind)
    whole = gradients_of(config, micro_size=8)
    assert_same_gradients(whole, gradients_of(config, micro_size=4))
    assert_same_gradients(whole, gradients_of(config, micro_size=1))


def expected_mean(task, logits, batch):
    """The mean loss as the libraries define it, on all rows at once."""
    labels = batch["labels"]
    if task.problem == "regression":
        return F.mse_loss(logits.squeeze(-1), labels)
    if task.problem == "multi_label":
        return F.binary_cross_entropy_with_logits(logits, labels)
    weights = torch.tensor(task.state["weights"]) if task.state["weights"] else None
    return F.cross_entropy(logits, labels, weight=weights, label_smoothing=task.options.label_smoothing)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_the_mean_over_all_rows_of_the_step(kind, config_of):
    from kit.config_load import load

    phase = still_phase(load(config_of(kind), ["batch.micro_size=3"]))
    found = step_gradients(phase)
    task, model = phase.session.task, phase.model
    for number, rows in enumerate(STEPS):
        batch = task.collate([phase.items[row] for row in rows])
        mean = expected_mean(task, model(batch["input_ids"], batch["attention_mask"]), batch)
        parameters = trainable(model)
        gradients = torch.autograd.grad(mean, list(parameters.values()), allow_unused=True)
        scale = torch.stack([g.norm() for g in gradients if g is not None]).norm()
        torch.testing.assert_close(found[f"{number}/loss"][0], mean.detach(), rtol=2e-6, atol=0)
        for name, gradient in zip(parameters, gradients):
            expected = torch.zeros_like(parameters[name]) if gradient is None else gradient
            assert (found[f"{number}/{name}"] - expected).norm() <= 2e-6 * scale, name


# ---- two processes


def launched(processes, *arguments, timeout=240, exits=0):
    """What a script or module printed on so many processes of the CPU.

    torchrun, since `accelerate launch --cpu` starts a second process only through MPI.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", str(processes), "--master_port",
               str(port), *map(str, arguments)]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    out = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)
    assert out.returncode == exits, out.stdout[-1000:] + out.stderr[-3000:]
    return out.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cosine", "own weights", "multi_label", "regression"])
def test_two_processes_give_the_gradient_of_one_even_where_one_has_no_row(kind, config_of, tmp_path):
    config = config_of(kind, **{"batch.micro_size": 2})
    one = gradients_of(config, micro_size=2)
    printed = launched(2, ROOT / "tests" / "dump_gradients.py", config, tmp_path / "two.safetensors")
    assert printed.strip().endswith("2 processes")
    assert_same_gradients(one, load_file(tmp_path / "two.safetensors"), tolerance=2e-6)


def losses(folder):
    return [line["loss"] for line in runs.read_metrics(folder) if line["split"] == "train"]


@pytest.mark.slow
def test_a_whole_run_on_two_processes_has_the_losses_of_one(tiny_config_file, tmp_path):
    folders = {}
    for processes in (1, 2):
        folders[processes] = tmp_path / f"on-{processes}"
        config = tiny_config_file(**{"run.dir": str(folders[processes]), "batch.size": 13, "batch.micro_size": 4})
        launched(processes, "-m", "kit.train", config)
    assert len(losses(folders[1])) == 14
    assert losses(folders[2]) == pytest.approx(losses(folders[1]), rel=1e-5)
    summaries = {n: runs.read(folder) for n, folder in folders.items()}
    assert summaries[2].status == "done" and summaries[2].train["num_processes"] == 2
    assert summaries[2].train["units"] == summaries[1].train["units"] == 180
    assert summaries[2].metrics == summaries[1].metrics


@pytest.mark.slow
def test_two_processes_stop_on_a_signal_and_one_goes_on(tiny_config_file, tmp_path):
    folder = tmp_path / "run"
    config = tiny_config_file(**{"batch.size": 13, "run.save_steps": 1})
    printed = launched(2, ROOT / "tests" / "stop_at.py", "5", "TERM", config, exits=1)
    assert printed.count("stopped at step 5 of 14") == 1
    printed = launched(1, "-m", "kit.train", config, "--resume")
    assert "continues at step 5" in printed and "num_processes 2 -> 1: no longer equal to the bit" in printed
    summary = runs.read(folder)
    assert (summary.status, summary.train["steps"], summary.train["units"]) == ("done", 14, 180)
    whole = tmp_path / "whole"
    launched(1, "-m", "kit.train", tiny_config_file(**{"batch.size": 13, "run.dir": str(whole)}))
    assert losses(folder) == pytest.approx(losses(whole), rel=1e-5)
