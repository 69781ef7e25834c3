"""One run from config to proof: train, keep the best, calibrate, refit if asked, score the test rows once, write it."""

from __future__ import annotations

import contextlib
import shutil
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit import checkpoint, runs
from kit.card import run_card
from kit.config import RunConfig
from kit.cost.cost import training_cost
from kit.device import describe_device, peak_memory_bytes, usable_cores
from kit.errors import KitError
from kit.findings import refuse_stops
from kit.forecast.estimate import look_ahead, run_cost
from kit.forecast.record import forecast_lines
from kit.licence import licence_block
from kit.model import load_trainable, parameter_counts, save_trained
from kit.phase import Phase, make_phase, restore
from kit.predict import predict_examples
from kit.preflight.check import accepted_names, examine, keep_record
from kit.progress import Reporter
from kit.prove import answer_everything, prove
from kit.session import Session, open_session, start_folder
from kit.stopping import Interrupted, Signals
from kit.tasks.base import Objective, Prediction
from kit.train import run_phase


@dataclass
class Run:
    """A run in progress: its session, its growing summary, what it says to the person watching."""

    session: Session
    summary: runs.Summary
    signals: Signals
    is_new: bool
    phases: list[Phase] = field(default_factory=list)
    parts_s: dict[str, float] = field(default_factory=dict)  # seconds outside the loop: prepare, load, forecast, proof

    @property
    def spent_s(self) -> float:
        """Wall time of all segments of all phases so far."""
        return sum(segment["wall_s"] for phase in self.phases for segment in phase.segments)

    @property
    def is_main(self) -> bool:
        return self.session.accelerator.is_main_process

    def spend(self, part: str, started: float) -> None:
        """Book the time since `started` (of time.perf_counter) on a part of the run."""
        self.parts_s[part] = self.parts_s.get(part, 0.0) + time.perf_counter() - started

    def say(self, text: str) -> None:
        if self.is_main:
            print(text, flush=True)

    def save(self, **changes: Any) -> None:
        self.summary = self.summary.model_copy(update=changes)
        if self.is_main:
            runs.write_summary(self.session.folder, self.summary)


def train(cfg: RunConfig, *, resume: bool = False) -> runs.Summary:
    """Train and prove. Raises KitError; a failure after the folder exists is written to its summary first."""
    signals, started = Signals(), time.perf_counter()
    with signals.watched():
        done = _finished(cfg) if resume else None
        if done is not None:
            print(f"{cfg.run.dir}: is done already (stopped by: {done.stop_reason}); nothing to resume", flush=True)
            return done
        session = open_session(cfg, resume=resume)
        findings, accepted = examine(session), accepted_names(session, resume)
        keep_record(session, findings, accepted)
        refuse_stops(findings, accepted)
        run = _start(session, signals, resume)
        run.spend("prepare", started)
        try:
            _train_and_prove(run, resume)
        except Interrupted:
            run.save(status="stopped", stop_reason="signal", finished=runs.now())
            raise
        except BaseException as err:
            if isinstance(err, KitError) and err.exit_code == 2 and run.is_new and not run.phases:
                _take_back(run)
                raise
            run.save(status="failed", finished=runs.now(), error=traceback.format_exc())
            raise
        finally:
            with contextlib.suppress(Exception):
                session.accelerator.end_training()
    return run.summary


def _take_back(run: Run) -> None:
    """Bad input that shows only when the network is built leaves no folder: it would bar its name to the next try."""
    if run.is_main:
        shutil.rmtree(run.session.folder)


def _finished(cfg: RunConfig) -> runs.Summary | None:
    folder = Path(cfg.run.dir or "")
    if not (folder / runs.SUMMARY).is_file():
        return None
    summary = runs.read(folder)
    return summary if summary.status == "done" else None


def _start(session: Session, signals: Signals, resume: bool) -> Run:
    folder, accelerator = session.folder, session.accelerator
    is_new = not (folder / runs.CONFIG).is_file()
    if accelerator.is_main_process and is_new:
        start_folder(session)
    accelerator.wait_for_everyone()
    earlier = None if is_new or not (folder / runs.SUMMARY).is_file() else runs.read(folder)
    adapter = session.cfg.model.adapter
    summary = runs.Summary(run=folder.name, task=session.cfg.task, created=earlier.created if earlier else runs.now(),
                           seed=session.cfg.run.seed, parent=Path(adapter).name if adapter else None,
                           forecast=earlier.forecast if earlier else None)  # fmt: skip
    run = Run(session, summary, signals, is_new)
    licence = licence_block(session.source.folder, session.data.report["licence"])
    run.save(licence=licence | {"use": session.cfg.run.use})
    _introduce(run)
    if session.cfg.run.trackers:
        flat = {"task": session.cfg.task, "model": session.cfg.model.path, "lr": session.cfg.optim.lr}
        accelerator.init_trackers("moatkit", config=flat)
    return run


def _introduce(run: Run) -> None:
    session = run.session
    splits = session.data.report["splits"]
    run.say(f"run     {session.folder}")
    run.say(f"data    {splits['train']} train, {splits['validation']} validation, {splits['test']} test rows")
    for source in session.data.report["sources"].values():
        columns = ", ".join(f"{role} = {column}" for role, column in source["columns"].items() if column)
        run.say(f"        {source['source']} ({source['encoding'] or source['format']}): {columns}")
    run.say(f"device  {describe_device(session.accelerator.device)} x {session.accelerator.num_processes}, "
            f"base in {str(session.source.dtype).removeprefix('torch.')}")  # fmt: skip
    run.say(f"price   {session.price.price}: {session.price.why}")
    for found in session.data.report["findings"]:
        run.say(f"{'accepted' if found['accepted'] else 'warning'} {found['name']}: {found['message']}")


# ---- training


def _train_and_prove(run: Run, resume: bool) -> None:
    session, cfg = run.session, run.session.cfg
    items = session.training_items(("train",))
    assert isinstance(cfg.schedule.epochs, float), "auto is resolved before"
    phase, reason = _run_one(run, items, name="train", epochs=cfg.schedule.epochs, resume=resume)
    if reason == "signal":
        return _stop(run, phase)
    proof_started = time.perf_counter()
    _load_best(phase)
    validation = predict_examples(session, phase.objective, session.examples["validation"])
    final, before_refit = phase, None
    if session.task.options.refit and reason != "budget":
        before_refit = predict_examples(session, phase.objective, session.examples["test"])
        run.spend("proof", proof_started)
        final, refit_reason = _refit(run, phase, resume)
        if refit_reason == "signal":
            return _stop(run, final)
        if refit_reason == "budget":  # cut off half-way at a high rate it is no better than what it was to improve
            final, before_refit, reason = phase, None, "budget"
        proof_started = time.perf_counter()
    if run.is_main:
        _save_weights(run, final)
    run.save(stop_reason=reason)
    _prove(run, final, validation, before_refit, proof_started)
    return None


def _run_one(run: Run, items: list[dict[str, Any]], *, name: str, epochs: float, resume: bool) -> tuple[Phase, str]:
    session, started = run.session, time.perf_counter()
    objective = Objective(session.build_model(items), session.task)
    run.spend("load", started)
    _keep_pissa_start(run, objective)
    phase = make_phase(session, objective, items, name=name, epochs=epochs, signals=run.signals)
    # one budget for the whole run: a second phase goes on where the first one's clock stood
    phase.budget.spent_before_s = phase.segment_start_s = run.spent_s
    run.phases.append(phase)
    saved = None
    if resume:
        saved, messages = checkpoint.newest(phase.checkpoints)
        if saved is not None:
            messages += restore(phase, saved)
        start = f"continues at step {phase.step}" if saved else "no whole checkpoint is there: starts afresh"
        for message in [*messages, f"{name}: {start}"]:
            run.say(message)
        if saved is not None and saved.state["done"]:
            return phase, saved.state["done"]
    if name == "train" and phase.step == 0 and session.cfg.run.forecast:
        _forecast(run, phase)
    reporter = Reporter(len(phase.plan), start_step=phase.step, is_shown=run.is_main, unit=session.task.unit)
    with reporter, run.signals.finishing_steps():
        return phase, run_phase(phase, reporter)


def _forecast(run: Run, phase: Phase) -> None:
    """Say what the run will take; the clock of its budget starts after that."""
    started = time.perf_counter()
    found = look_ahead(phase, run.parts_s)
    for line in forecast_lines(found):
        run.say(line)
    run.save(forecast=found.as_dict())
    run.spend("forecast", started)
    phase.budget.started = time.perf_counter()


def _refit(run: Run, chosen: Phase, resume: bool) -> tuple[Phase, str]:
    """Train anew on training and validation rows for as many epochs as were best."""
    steps_per_epoch = max(1, sum(step.epoch == 0 for step in chosen.plan))
    epochs = (chosen.best.step or chosen.step) / steps_per_epoch
    run.say(f"refit   on all training rows for {epochs:.2f} epochs")
    items = run.session.training_items(("train", "validation"))
    return _run_one(run, items, name="refit", epochs=epochs, resume=resume)


def _load_best(phase: Phase) -> None:
    if phase.best.step is None or phase.best.step == phase.step:
        return
    best = checkpoint.read(phase.checkpoints / f"step-{phase.best.step}")
    load_trainable(phase.model, best.trainable)


def _keep_pissa_start(run: Run, objective: Objective) -> None:
    """PiSSA changes the base; its first state lets the result be written as a plain LoRA of the unchanged base."""
    if run.session.cfg.lora.method == "pissa" and run.is_main:
        backbone = objective.model.backbone
        backbone.peft_config["default"].init_lora_weights = True  # saved as an ordinary adapter
        backbone.save_pretrained(run.session.folder / runs.CHECKPOINTS / "pissa-start")
        backbone.peft_config["default"].init_lora_weights = "pissa"


def _save_weights(run: Run, phase: Phase) -> None:
    start = run.session.folder / runs.CHECKPOINTS / "pissa-start"
    save_trained(phase.model, run.session.folder, run.session.cfg, start if start.is_dir() else None)


def _stop(run: Run, phase: Phase) -> None:
    run.save(status="stopped", stop_reason="signal", finished=runs.now(), **_spent(run, phase))
    run.say(f"stopped at step {phase.step} of {len(phase.plan)}; the checkpoint is written. Go on with: "
            f"moatkit train {run.session.folder / runs.CONFIG} --resume")  # fmt: skip
    run.session.accelerator.wait_for_everyone()  # a launcher ends the others as soon as one process has left


def _prove(run: Run, phase: Phase, validation: list[Prediction], before_refit: list[Prediction] | None,
           started: float) -> None:  # fmt: skip
    systems = answer_everything(run.session, phase.objective, validation, before_refit)
    if not run.is_main:
        return
    changes = prove(run.session, phase.objective, systems)
    run.spend("proof", started)
    run.save(status="done", finished=runs.now(), forecast=_forecast_and_actual(run), **_spent(run, phase), **changes)
    runs.write_text(run.session.folder / runs.CARD, run_card(run.summary, run.session.cfg, run.session.data.report))
    run.say(f"proof   took {run.parts_s['proof']:.0f} s")


def _forecast_and_actual(run: Run) -> dict[str, Any] | None:
    """What was forecast beside what it took; a resumed run counts the training of all its segments."""
    if run.summary.forecast is None:
        return None
    parts = {**run.parts_s, "train": run.spent_s}
    wall_s = sum(parts.values())
    cost = run_cost(run.session, wall_s)
    actual = {"wall_s": wall_s, "usd": cost["usd"], "energy_kwh": cost["energy_kwh"], "parts": parts,
              "peak_memory_bytes": peak_memory_bytes(run.session.accelerator.device)}  # fmt: skip
    return run.summary.forecast | {"actual": actual}


def _spent(run: Run, phase: Phase) -> dict[str, Any]:
    """The `train` and `cost` blocks."""
    session = run.session
    segments = [segment for each in run.phases for segment in each.segments]
    wall_s = run.spent_s
    units, tokens = sum(each.units for each in run.phases), sum(each.input_tokens for each in run.phases)
    device_seconds = wall_s * session.num_devices
    device = describe_device(session.accelerator.device)
    cost = training_cost(device_seconds, session.price.price, device_name=device, cores=usable_cores())
    trained, total = parameter_counts(phase.model)
    return {
        "train": {
            "steps": phase.step, "epochs": phase.step / max(1, sum(step.epoch == 0 for step in phase.plan)),
            "units": units, "unit": session.task.unit, "units_per_s": units / max(wall_s, 1e-9),
            "input_tokens": tokens, "input_tokens_per_s": tokens / max(wall_s, 1e-9),
            "wall_s": wall_s, "segments": segments, "device": device,
            "num_processes": session.accelerator.num_processes, "device_seconds": device_seconds,
            "peak_memory_bytes": peak_memory_bytes(session.accelerator.device),
            "trainable_params": trained, "total_params": total,
        },
        "cost": cost.as_dict(),
    }  # fmt: skip
