"""The loop: plan -> step -> log, evaluate, save when due. `accelerate launch -m kit.train CONFIG [key=value ...]`.

A step's loss is a sum over its units divided once by their number over all micro-batches and processes, so the
gradient does not depend on how the step is cut. Which rows make a step is decided before (kit/data/plan.py).
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch import Tensor

from kit import runs
from kit.data.plan import partition
from kit.errors import RunError
from kit.model import lr_factor, trainable
from kit.phase import Phase, save
from kit.predict import predict_examples, scores_of
from kit.progress import Reporter, Tick
from kit.tasks.base import to_device

LOGS_PER_RUN = 200


def run_phase(phase: Phase, reporter: Reporter) -> str:
    """Train to the end of the plan or to a reason to stop earlier; returns the reason."""
    if phase.step > 0 and (reason := reason_to_stop(phase)):
        return reason  # the signal that interrupted the run came in a step that was its last anyhow
    for step in phase.plan[phase.step :]:
        started, units = time.perf_counter(), phase.units
        lr = set_learning_rate(phase, step.index)
        sums, grad_norm = train_step(phase, step.rows)
        check_finite(phase, sums, grad_norm, lr)
        phase.step = step.index + 1
        if is_due(phase, max(1, len(phase.plan) // LOGS_PER_RUN)) or phase.step == len(phase.plan):
            log_step(phase, reporter, sums, grad_norm, lr, (phase.units - units) / (time.perf_counter() - started))
        if is_evaluation_due(phase):
            evaluate(phase, reporter)
        reason = reason_to_stop(phase)
        if reason or is_save_due(phase):
            save(phase, reason)
        if reason:
            phase.segments.append(phase.segment(reason))
            return reason
    raise AssertionError("a plan ends with a reason")


def train_step(phase: Phase, rows: Sequence[int]) -> tuple[dict[str, Tensor], float]:
    """One optimizer step; returns the mean of each loss term over the step's units and the gradient norm."""
    accelerator, task = phase.session.accelerator, phase.session.task
    while True:
        parts = partition(
            rows, phase.lengths, rank=accelerator.process_index, world_size=accelerator.num_processes,
            micro_size=None if task.couples_rows else phase.micro_size,
        )  # fmt: skip
        try:
            means = _accumulate(phase, parts or [[rows[0]]], is_empty=not parts)
            break
        except torch.OutOfMemoryError:
            halve_micro_batch(phase, max(map(len, parts)))
    norm = accelerator.clip_grad_norm_(
        trainable(phase.model).values(), phase.session.cfg.optim.max_grad_norm or math.inf
    )
    phase.optimizer.step()
    phase.input_tokens += int(phase.lengths[list(rows)].sum())
    return means, float(norm)


def _accumulate(phase: Phase, parts: list[list[int]], *, is_empty: bool) -> dict[str, Tensor]:
    """Forward and backward over this rank's micro-batches; a rank without rows takes part with weight zero."""
    accelerator, task = phase.session.accelerator, phase.session.task
    phase.objective.train()
    phase.optimizer.zero_grad(set_to_none=True)
    batches = [task.collate([phase.items[row] for row in part]) for part in parts]
    names = list(task.term_weights)
    counts = [0.0 if is_empty else sum(task.counts(batch)[name] for batch in batches) for name in names]
    local = torch.tensor(counts, dtype=torch.float64, device=accelerator.device)
    totals = dict(zip(names, accelerator.reduce(local, reduction="sum").tolist()))
    sums = torch.zeros(len(names), device=accelerator.device)
    for number, batch in enumerate(batches):
        is_last = number == len(batches) - 1
        with nullcontext() if is_last else accelerator.no_sync(phase.objective):
            terms = phase.objective(to_device(batch, accelerator.device))
            loss = sum(task.term_weights[name] * terms[name] / max(totals[name], 1e-12) for name in names)
            # DDP averages over processes; the loss is already divided by the global count
            accelerator.backward(loss * (0.0 if is_empty else accelerator.num_processes))
        sums += torch.stack([terms[name].detach().float() for name in names]) * (not is_empty)
    everywhere = accelerator.reduce(sums, reduction="sum")
    phase.units += totals[names[0]]
    return {name: everywhere[i] / totals[name] for i, name in enumerate(names)}


def halve_micro_batch(phase: Phase, largest: int) -> None:
    """After an out-of-memory error the same step is cut finer; alone in a group of processes that would hang them."""
    if phase.session.accelerator.num_processes > 1 or largest == 1:
        raise RunError(
            f"step {phase.step + 1}: memory ran out with micro-batches of {largest} rows; set batch.micro_size="
            f"{max(1, largest // 2)}, shorten options.max_length or quantize the base (model.quantize=4bit)"
        )
    phase.micro_size = largest // 2
    if phase.session.accelerator.device.type == "cuda":
        torch.cuda.empty_cache()


def set_learning_rate(phase: Phase, step: int) -> float:
    cfg = phase.session.cfg
    assert isinstance(cfg.optim.lr, float), "auto is resolved before"
    factor = lr_factor(step, len(phase.plan), warmup_ratio=cfg.schedule.warmup_ratio, kind=cfg.schedule.kind)
    for group in phase.optimizer.param_groups:
        group["lr"] = cfg.optim.lr * factor * group["lr_ratio"]
    return cfg.optim.lr * factor


def check_finite(phase: Phase, means: dict[str, Tensor], grad_norm: float, lr: float) -> None:
    """Stop before a bad step can reach a checkpoint; a float16 scaler skips such steps by itself."""
    if phase.session.accelerator.scaler is not None or math.isfinite(grad_norm):
        return
    loss = ", ".join(f"{name} {value.item():.4g}" for name, value in means.items())
    raise RunError(
        f"step {phase.step + 1}: the gradient is not finite ({loss}, lr {lr:.3g}, grad norm {grad_norm}). Remedies: a "
        "lower optim.lr (a third of it), model.dtype=float32, or a look at the rows for broken ones; "
        "the last good checkpoint is kept, --resume continues from it"
    )


def is_due(phase: Phase, every: int | str) -> bool:
    if every == "never":
        return False
    if every == "epoch":
        here = phase.plan[phase.step - 1]
        return phase.step == len(phase.plan) or phase.plan[phase.step].epoch != here.epoch
    return phase.step % int(every) == 0


def is_evaluation_due(phase: Phase) -> bool:
    every = phase.session.cfg.eval.every_steps
    has_rows = bool(phase.session.examples["validation"]) and phase.name == "train"
    return has_rows and every != "never" and (is_due(phase, every) or phase.step == len(phase.plan))


def is_save_due(phase: Phase) -> bool:
    return is_due(phase, phase.session.cfg.run.save_steps) or phase.best.step == phase.step


def reason_to_stop(phase: Phase) -> str | None:
    cfg = phase.session.cfg
    accelerator = phase.session.accelerator
    wants = torch.tensor([float(phase.signals.received is not None), float(phase.budget.is_spent)])
    signalled, spent = accelerator.reduce(wants.to(accelerator.device), reduction="sum").tolist()
    if signalled:
        return "signal"
    if phase.step == len(phase.plan):
        return "steps" if cfg.schedule.max_steps and phase.step == cfg.schedule.max_steps else "epochs"
    if spent:
        return "budget"
    return "early" if phase.best.is_over and is_evaluation_due(phase) else None


def evaluate(phase: Phase, reporter: Reporter) -> None:
    """Score the validation rows and remember the best step."""
    session = phase.session
    predictions = predict_examples(session, phase.objective, session.examples["validation"], quick=True)
    estimates = scores_of(session.task, predictions, session.data.validation)
    name, _ = session.task.selection or (session.task.headline, None)
    value = estimates[name].value
    is_best = phase.best.update(value, phase.step)
    _append(phase, {"split": "validation", name: value})
    reporter.say(f"step {phase.step}: validation {name} {value:.4f}{' (best)' if is_best else ''}")


def log_step(
    phase: Phase, reporter: Reporter, means: dict[str, Tensor], grad_norm: float, lr: float, rate: float
) -> None:
    values = {name: value.item() for name, value in means.items()}
    _append(phase, {"split": phase.name, **values, "lr": lr, "grad_norm": grad_norm, "units_per_s": rate})
    reporter.tick(Tick(phase.step, values.get("loss", sum(values.values())), lr, rate, phase.budget.usd))


def _append(phase: Phase, line: dict) -> None:
    facts = {"segment": len(phase.segments), "step": phase.step, "wall_s": round(phase.budget.wall_s, 3),
             "cost_so_far": phase.budget.usd} | line  # fmt: skip
    if phase.session.accelerator.is_main_process:
        runs.append_metrics(phase.session.folder, facts)
    numbers = {f"{line['split']}/{name}": value for name, value in line.items() if isinstance(value, int | float)}
    phase.session.accelerator.log(numbers, step=phase.step)


if __name__ == "__main__":
    from kit.entry import leave, train_main

    leave(train_main(sys.argv[1:]))
