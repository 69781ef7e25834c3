"""The end of a run: every system answers the same held-out rows once, and what follows is written down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit import runs
from kit.evaluate import (
    base_predictions,
    baseline_estimates,
    calibrated,
    calibration_block,
    compare_scores,
    details,
    evidence_block,
    headline_block,
    prediction_rows,
    serving_block,
)
from kit.playbooks import holds_demo_rows
from kit.predict import Serving, measure_serving, predict_examples, scores_of
from kit.session import Session
from kit.tasks.base import Objective, Prediction


@dataclass(frozen=True)
class Systems:
    """Answers of the tuned model, of its state before a refit, and of the untuned base."""

    validation: list[Prediction]
    test: list[Prediction]
    before_refit: list[Prediction] | None
    base: dict[str, list[Prediction]] | None


def answer_everything(session: Session, objective: Objective, validation: list[Prediction],
                      before_refit: list[Prediction] | None) -> Systems:  # fmt: skip
    """All answers; every process takes its share, so every process must call this."""
    test = predict_examples(session, objective, session.examples["test"])
    return Systems(validation, test, before_refit, base_predictions(session, ("validation", "test")))


def prove(session: Session, objective: Objective, systems: Systems) -> dict[str, Any]:
    """Write predictions.parquet and proof.json; returns the blocks of the summary. One process calls this."""
    task, data, untuned = session.task, session.data, systems.base or {}
    references = [task.reference(row) for row in data.validation]
    temperature = task.calibrate(systems.validation, references) if systems.validation else None
    held_out = calibrated(task, systems.validation, data.validation, temperature)
    lines = prediction_rows(task, held_out, untuned.get("validation"), session.examples["validation"])
    blocks: dict[str, Any] = {}
    if data.test:
        test = calibrated(task, systems.test, data.test, temperature)
        serving = measure_serving(session, session.accelerator.unwrap_model(objective), data.test)
        lines += prediction_rows(task, test, untuned.get("test"), session.examples["test"], serving)
        blocks = _blocks(session, systems, serving)
        blocks["calibration"] = calibration_block(task, test, temperature)
        runs.write_json(session.folder / runs.PROOF, details(task, test, session.cfg.data.slice_columns))
    if lines:
        runs.write_predictions(session.folder, lines)
    return blocks


def _blocks(session: Session, systems: Systems, serving: Serving | None) -> dict[str, Any]:
    task, data = session.task, session.data
    estimates = scores_of(task, systems.test, data.test)
    baselines = baseline_estimates(task, data.train, data.test)
    others = {"base": (systems.base or {}).get("test"), "before_refit": systems.before_refit}
    versus = []
    for name, theirs in others.items():
        if theirs is not None:
            baselines.append({"name": name, **scores_of(task, theirs, data.test)[task.headline].short()})
            versus.append({"name": name, **compare_scores(task, systems.test, theirs, data.test).as_dict()})
    against_base = next((row for row in versus if row["name"] == "base"), None)
    return {
        "headline": headline_block(task, estimates[task.headline]),
        "metrics": {name: estimate.short() for name, estimate in estimates.items()},
        "baselines": baselines,
        "versus": versus,
        "versus_base": against_base and {key: value for key, value in against_base.items() if key != "name"},
        "serving": serving_block(session, serving),
        "evidence": evidence_block(session, _evidence_level(session)),
    }


def _evidence_level(session: Session) -> int:
    """0 shipped demo data or a copy of it, 1 a public hub set, 2 the user's own held-out rows."""
    sources = [source.path for source in session.cfg.data.train_sources]
    if any(source.startswith("hub:") for source in sources):
        return 1
    return 0 if any(holds_demo_rows(Path(source)) for source in sources) else 2
