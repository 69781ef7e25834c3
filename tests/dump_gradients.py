"""`python tests/dump_gradients.py CONFIG OUT`: the gradients of three steps, on one process or under a launcher.

The steps have 8, 5 and 1 rows, so with two processes the last one leaves a process without rows. Weights stay where
they are (rate 0); all trained ones are moved off their start first, where half of the gradients would be zero.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from kit.config import RunConfig
from kit.config_load import load
from kit.entry import leave
from kit.model import trainable
from kit.phase import Phase, make_phase
from kit.session import open_session
from kit.stopping import Signals
from kit.tasks.base import Objective
from kit.train import train_step

STEPS = ([0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12], [13])


def still_phase(cfg: RunConfig) -> Phase:
    """A phase at rate 0 whose trained weights are random."""
    session = open_session(cfg)
    items = session.training_items(("train",))
    objective = Objective(session.build_model(items), session.task)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in trainable(objective.model).values():
            parameter.add_(0.1 * torch.randn(parameter.shape))
    phase = make_phase(session, objective, items, name="train", epochs=1.0, signals=Signals())
    for group in phase.optimizer.param_groups:
        group["lr"] = 0.0
    return phase


def step_gradients(phase: Phase) -> dict[str, torch.Tensor]:
    """Loss and gradients by `step/name`; a parameter that the loss does not reach counts as zero."""
    found: dict[str, torch.Tensor] = {}
    for number, rows in enumerate(STEPS):
        means, _ = train_step(phase, rows)
        found[f"{number}/loss"] = means["loss"].detach().cpu().reshape(1)
        for name, parameter in trainable(phase.model).items():
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            found[f"{number}/{name}"] = gradient.detach().cpu().clone()
    return found


if __name__ == "__main__":
    dumped = still_phase(load(sys.argv[1]))
    gradients = step_gradients(dumped)
    if dumped.session.accelerator.is_main_process:
        save_file(gradients, Path(sys.argv[2]))
        print(dumped.session.accelerator.num_processes, "processes")
    dumped.session.accelerator.wait_for_everyone()
    dumped.session.accelerator.end_training()
    leave(0)
