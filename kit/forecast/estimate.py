"""From what was measured to time, money, memory and energy of the whole run."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from kit.cost.cost import training_cost
from kit.device import describe_device, usable_cores
from kit.forecast.measure import Line, Measured, batch_shapes, measure, padded_tokens, scoring_sizes
from kit.forecast.record import Forecast
from kit.model import trainable
from kit.phase import Phase
from kit.predict import LATENCY_ROWS, MOST_LATENCY_S
from kit.session import Session
from kit.tasks.base import Objective, Task
from kit.train import is_due, is_evaluation_due

DISK_BYTES_PER_S = 200e6  # of a cloud disk, written and flushed
FLUSH_S = 0.05
PLAIN_METHODS_BYTES = 80 * 2**20  # scikit-learn with a few thousand texts, measured
MOST_SHAPES_KEPT = 100  # about where oneDNN's cache of 1,024 kernels is full
SYSTEMS_SCORED = 4  # the tuned model, its base, and two plain methods, each with intervals


def look_ahead(phase: Phase, spent: Mapping[str, float]) -> Forecast:
    """Measure on `phase`, which stays as it was, and forecast its run; `spent` holds seconds of the parts that lie
    behind (`prepare`, `load`)."""
    started = time.perf_counter()
    measured = measure(phase)
    parts, notes = _parts(phase, measured, dict(spent))
    parts["forecast"] = time.perf_counter() - started
    session, wall_s = phase.session, sum(parts.values())
    cost = run_cost(session, wall_s)
    return Forecast(
        wall_s=wall_s, usd=cost["usd"], amount=cost["amount"], currency=cost["currency"],
        peak_memory_bytes=_peak_memory(phase, measured), energy_kwh=cost["energy_kwh"], steps=len(phase.plan),
        measured_steps=measured.measured_steps, parts=parts, price=cost["price"], notes=tuple(notes),
    )  # fmt: skip


def forecast_config(session: Session, prepare_s: float) -> Forecast:
    """The forecast of an opened session, for a run that need not start."""
    from kit.phase import make_phase
    from kit.stopping import Signals

    items = session.training_items(("train",))
    started = time.perf_counter()
    objective = Objective(session.build_model(items), session.task)
    load_s = time.perf_counter() - started
    epochs = session.cfg.schedule.epochs
    assert isinstance(epochs, float), "auto is resolved before"
    phase = make_phase(session, objective, items, name="train", epochs=epochs, signals=Signals())
    return look_ahead(phase, {"prepare": prepare_s, "load": load_s})


def run_cost(session: Session, wall_s: float) -> dict:
    """Money and energy of the whole run for this wall time, and the price they stand on."""
    name = describe_device(session.accelerator.device)
    choice = session.price
    cost = training_cost(wall_s * session.num_devices, choice.price, device_name=name, cores=usable_cores())
    price = {"id": cost.price_id, "per_hour": cost.price_per_hour, "currency": cost.currency,
             "date": cost.price_date, "why": choice.why, "device": name}  # fmt: skip
    return {"usd": cost.train_usd, "amount": cost.train_cost, "currency": cost.currency,
            "energy_kwh": cost.energy_kwh, "price": price}  # fmt: skip


def _parts(phase: Phase, measured: Measured, parts: dict[str, float]) -> tuple[dict[str, float], list[str]]:
    session, cfg = phase.session, phase.session.cfg
    notes: list[str] = []
    num_evaluations, num_saves = _due(phase)
    train_s = measured.step.seconds([padded_tokens(phase, step.rows) for step in phase.plan])
    evaluations_s = num_evaluations * _scoring_s(session, measured, measured.scoring, "validation")
    saves_s = num_saves * (FLUSH_S + 3 * _trained_bytes(phase) / DISK_BYTES_PER_S)
    if session.task.options.refit:
        share = (len(session.data.train) + len(session.data.validation)) / max(1, len(session.data.train))
        train_s, saves_s = train_s * (1 + share), 2 * saves_s
        parts["load"] = parts.get("load", 0.0) * 2
        notes.append("the refit is counted at its longest")
    total_s = train_s + evaluations_s + saves_s
    limit_s = _budget_s(phase)
    if limit_s is not None and limit_s < total_s:
        notes.append(f"the budget ends training after {limit_s / total_s:.0%} of its steps")
        train_s, evaluations_s, saves_s = (part * limit_s / total_s for part in (train_s, evaluations_s, saves_s))
    if cfg.eval.patience is not None:
        notes.append("early stopping may end it sooner")
    parts |= {"train": train_s, "evaluations": evaluations_s, "checkpoints": saves_s,
              "proof": _proof_s(phase, measured, parts.get("load", 0.0))}  # fmt: skip
    return parts, notes


def _due(phase: Phase) -> tuple[int, int]:
    """Evaluations and checkpoints of the plan, were every evaluation the best so far."""
    evaluations = saves = 0
    for step in range(1, len(phase.plan) + 1):
        phase.step = step
        is_evaluated = is_evaluation_due(phase)
        evaluations += is_evaluated
        saves += is_evaluated or is_due(phase, phase.session.cfg.run.save_steps) or step == len(phase.plan)
    phase.step = 0
    return evaluations, saves


def _scoring_s(session: Session, measured: Measured, line: Line | None, split: str) -> float:
    """One pass over a split with its metrics, each batch as long as `line` says."""
    if line is None or not session.examples[split]:
        return 0.0
    rounds = line.seconds(scoring_sizes(session.examples[split])) / session.accelerator.num_processes
    return rounds + measured.metrics_s_per_row * len(session.examples[split])


def _proof_s(phase: Phase, measured: Measured, load_s: float) -> float:
    """Validation and test once more, the untuned base on both, metrics of every system, single requests."""
    session = phase.session
    held_out_s = sum(_scoring_s(session, measured, measured.answering, split) for split in ("validation", "test"))
    has_base = type(session.task).untuned_model is not Task.untuned_model
    base_s = load_s + held_out_s if has_base else 0.0
    num_test = len(session.data.test)
    metrics_s = (SYSTEMS_SCORED - 2) * measured.metrics_s_per_row * num_test
    requests_s = min(measured.request_s * min(LATENCY_ROWS, num_test), MOST_LATENCY_S)
    saved_s = FLUSH_S + _trained_bytes(phase) / DISK_BYTES_PER_S
    return held_out_s + base_s + metrics_s + requests_s + saved_s


def _peak_memory(phase: Phase, measured: Measured) -> int:
    """Training at its largest step, or the proof, which holds the untuned base beside the tuned model.

    A process does not give back all that it has freed, and keeps something for every shape of batch it has met: on a
    CPU the proof comes on top. An accelerator's memory is counted as it is used.
    """
    has_base = type(phase.session.task).untuned_model is not Task.untuned_model
    base = sum(p.numel() * p.element_size() for p in phase.model.parameters()) if has_base else 0
    if phase.session.accelerator.device.type != "cpu":
        return int(max(measured.memory_bytes, measured.held_bytes + 2 * _trained_bytes(phase) + base))
    shapes = {shape for step in phase.plan for shape in batch_shapes(phase, step.rows)}
    unmet = max(0, min(len(shapes), MOST_SHAPES_KEPT) - measured.measured_steps - 1)
    has_baselines = type(phase.session.task).plain_baselines is not Task.plain_baselines
    plain = PLAIN_METHODS_BYTES if has_baselines and phase.session.data.test else 0
    return int(measured.memory_bytes + unmet * measured.bytes_per_shape + base + plain)


def _trained_bytes(phase: Phase) -> int:
    return int(np.sum([p.numel() * p.element_size() for p in trainable(phase.model).values()]))


def _budget_s(phase: Phase) -> float | None:
    """Seconds after which a budget of time or money ends the training."""
    budget = phase.budget
    limits = [60 * budget.max_minutes] if budget.max_minutes is not None else []
    if budget.max_usd is not None and budget.usd_per_s > 0:
        limits.append(budget.max_usd / budget.usd_per_s)
    return min(limits, default=None)
