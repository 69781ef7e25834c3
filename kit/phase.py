"""One pass of the loop and all it has to remember: its plan, its counters, its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from torch import Tensor, nn

from kit import checkpoint, runs
from kit.data.plan import PlanSettings, Step, plan_steps
from kit.errors import RunError
from kit.model import load_trainable, optimizer_groups, trainable
from kit.rng import capture_rng, restore_rng
from kit.session import Session
from kit.stopping import BestSoFar, Budget, Signals
from kit.tasks.base import Example, Objective, TaskModel


@dataclass
class Phase:
    """`name` is `train` or `refit`; `lengths` are those of `items`, `plan` indexes into both."""

    name: str
    session: Session
    objective: Objective
    optimizer: torch.optim.Optimizer
    items: list[Example]
    plan: list[Step]
    budget: Budget
    best: BestSoFar
    signals: Signals
    micro_size: int | None
    lengths: np.ndarray
    step: int = 0
    units: float = 0.0
    input_tokens: int = 0
    reason: str | None = None
    segments: list[dict[str, Any]] = field(default_factory=list)
    segment_start_s: float = 0.0

    @property
    def wall_s(self) -> float:
        """Wall time of the segment in progress."""
        return self.budget.wall_s - self.segment_start_s

    @property
    def data_fingerprints(self) -> dict[str, str]:
        """Of the files that decide the training: its rows, and those that choose the best step."""
        sources = self.session.data.report["sources"]
        return {name: source["fingerprint"] for name, source in sources.items() if name != "test"}

    def segment(self, reason: str) -> dict[str, Any]:
        """The segment in progress, as it would end now."""
        start = self.segments[-1]["to_step"] if self.segments else 0
        return {"from_step": start, "to_step": self.step, "wall_s": round(self.wall_s, 3), "reason": reason}

    @property
    def checkpoints(self) -> Path:
        folder = self.session.folder / runs.CHECKPOINTS
        return folder if self.name == "train" else folder / self.name

    @property
    def model(self) -> TaskModel:
        return self.session.accelerator.unwrap_model(self.objective).model


def make_phase(session: Session, objective: Objective, items: list[Example], *, name: str, epochs: float,
               signals: Signals) -> Phase:  # fmt: skip
    cfg, accelerator = session.cfg, session.accelerator
    size = cfg.batch.size if isinstance(cfg.batch.size, int) else None
    settings = PlanSettings(cfg.run.seed, epochs, size, cfg.batch.max_tokens, cfg.schedule.max_steps)
    optimizer = torch.optim.AdamW(optimizer_groups(objective.model, cfg), lr=1.0)
    prepared, optimizer = accelerator.prepare(objective, optimizer)
    lengths = np.array([item["length"] for item in items], dtype=np.int64)
    return Phase(
        name=name, session=session, objective=prepared, optimizer=optimizer, items=items, lengths=lengths,
        plan=plan_steps(lengths, settings),
        budget=Budget(cfg.run.max_minutes, session.max_usd, session.usd_per_s),
        best=BestSoFar(_is_higher_better(session), cfg.eval.patience), signals=signals,
        micro_size=cfg.batch.micro_size if isinstance(cfg.batch.micro_size, int) else None,
    )  # fmt: skip


def _is_higher_better(session: Session) -> bool:
    selection = session.task.selection
    return session.task.higher_is_better if selection is None else selection[1]


def save(phase: Phase, reason: str | None) -> None:
    """Write a checkpoint of this step; every rank gives its random state."""
    accelerator, cfg = phase.session.accelerator, phase.session.cfg
    rng = gather_object([capture_rng()])
    if accelerator.is_main_process:
        state = {
            "step": phase.step, "rng": rng, "best": phase.best.as_dict(), "since_best": phase.best.since_best,
            "segments": [*phase.segments, phase.segment(reason or "interrupted")],
            "done": None if reason == "signal" else reason,
            "units": phase.units, "input_tokens": phase.input_tokens, "wall_s": phase.budget.wall_s,
            "data": phase.data_fingerprints, "total_steps": len(phase.plan), "num_processes": accelerator.num_processes,
            "num_threads": torch.get_num_threads(), "device": accelerator.device.type,
        }  # fmt: skip
        weights = trainable(phase.model)
        checkpoint.write(
            phase.checkpoints, state=state, optimizer=_optimizer_tensors(phase.optimizer, weights),
            trainable={name: p.detach().cpu().contiguous() for name, p in weights.items()},
        )  # fmt: skip
        checkpoint.prune(phase.checkpoints, keep_last=cfg.eval.keep_last, best_step=phase.best.step)
    accelerator.wait_for_everyone()


def restore(phase: Phase, saved: checkpoint.Checkpoint) -> list[str]:
    """Continue from a checkpoint; returns remarks on what is no longer bit-equal."""
    accelerator, state = phase.session.accelerator, saved.state
    if state["total_steps"] != len(phase.plan):
        raise RunError(
            f"{saved.path}: was planned with {state['total_steps']} steps, this configuration plans {len(phase.plan)}; "
            "resume with the run's own config.yaml, or start another run",
            exit_code=2,
        )
    changed_files = [name for name, print_ in phase.data_fingerprints.items() if state["data"].get(name) != print_]
    if changed_files:
        names = ", ".join(f"data.{name}" for name in changed_files)
        raise RunError(
            f"{saved.path}: was trained on other rows: {names} has changed since; put the old file back, or start "
            "another run with run.dir=...",
            exit_code=2,
        )
    load_trainable(phase.model, saved.trainable)
    _load_optimizer(phase.optimizer, trainable(phase.model), saved.optimizer)
    phase.step, phase.units, phase.input_tokens = saved.step, state["units"], state["input_tokens"]
    phase.segments = state["segments"]
    phase.best.value, phase.best.step = state["best"]["value"], state["best"]["step"]
    phase.best.since_best = state["since_best"]
    phase.budget.spent_before_s = phase.segment_start_s = state["wall_s"]
    remarks = _forget_lost_best(phase)
    rank = accelerator.process_index
    if rank < len(state["rng"]):
        restore_rng(state["rng"][rank])
    here = {"num_processes": accelerator.num_processes, "num_threads": torch.get_num_threads(),
            "device": accelerator.device.type}  # fmt: skip
    changed = [f"{name} {state[name]} -> {now}" for name, now in here.items() if state[name] != now]
    if changed:
        remarks.append(f"resuming with {', '.join(changed)}: no longer equal to the bit")
    return remarks


def _forget_lost_best(phase: Phase) -> list[str]:
    """The best step so far can be gone where a newer checkpoint was damaged: then the best of what follows counts."""
    best = phase.best
    if best.step in (None, phase.step):
        return []
    try:
        checkpoint.read(phase.checkpoints / f"step-{best.step}")
    except checkpoint.Damaged as err:
        lost, best.value, best.step, best.since_best = best.step, None, None, 0
        return [f"the checkpoint of the best step so far ({lost}) is lost ({err}); the best of what follows counts"]
    return []


Optimizer = torch.optim.Optimizer


def _optimizer_tensors(optimizer: Optimizer, weights: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    names = {id(parameter): name for name, parameter in weights.items()}
    return {
        f"{names[id(parameter)]}/{key}": value.detach().cpu().contiguous()
        for parameter, entry in optimizer.state.items()
        for key, value in entry.items()
    }


def _load_optimizer(optimizer: Optimizer, weights: dict[str, nn.Parameter], saved: dict[str, Tensor]) -> None:
    for full_name, value in saved.items():
        name, key = full_name.rsplit("/", 1)
        device = torch.device("cpu") if key == "step" else weights[name].device
        optimizer.state[weights[name]][key] = value.clone().to(device)
