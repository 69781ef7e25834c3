"""A finished run, opened again: to answer new rows, or to be scored on other labelled rows."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from kit import runs, tasks
from kit.config_load import load
from kit.data.delimited import write_csv_for_people
from kit.data.prepare import Prepared, data_stem, prepare, read_for_scoring
from kit.device import process_state
from kit.errors import DataError, RunError
from kit.evaluate import (
    base_objective,
    calibrated,
    calibration_block,
    details,
    evidence_block,
    headline_block,
    prediction_rows,
    serving_block,
)
from kit.findings import open_stops
from kit.model import load_trained, open_source
from kit.predict import measure_serving, predict_examples, scores_of
from kit.session import Session, choose_price, parse_options
from kit.tasks.base import Objective, Prediction, Row, role_specs

OWN_ROWS = 2  # evidence level
ANSWER_COLUMNS = ["id", "prediction", "confidence"]


@dataclass
class Reopened:
    """A run ready to answer; `temperature` calibrates its confidences."""

    session: Session
    objective: Objective
    temperature: float | None
    summary: runs.Summary

    def answer(self, rows: list[Row]) -> list[Prediction]:
        """One calibrated answer per row; references are used where the rows carry them."""
        task = self.session.task
        predictions = predict_examples(self.session, self.objective, task.preprocess(rows))
        return task.with_temperature(predictions, None, self.temperature or 1.0)


def reopen(folder: Path) -> Reopened:
    """Load config, task, processor and trained weights of a run. Raises RunError (exit code 2)."""
    summary = runs.read(folder)
    if summary.kind != "trained":
        raise RunError(f"{folder}: holds answers made elsewhere and no model; name a run that was trained", exit_code=2)
    if summary.status != "done":
        raise RunError(f"{folder}: the run is {summary.status}; only a finished run can answer", exit_code=2)
    cfg = load(folder / runs.CONFIG)
    kind = tasks.get(cfg.task)
    stored = runs.read_json(folder, runs.TASK)
    device = process_state().device
    source = open_source(cfg, device)
    import transformers

    processor = getattr(transformers, kind.processor_class).from_pretrained(folder / runs.PROCESSOR)
    task = kind(parse_options(kind, cfg), processor, stored["state"])
    precision = runs.read_json(folder, runs.ENV).get("mixed_precision", "no")
    accelerator = Accelerator(mixed_precision=precision if source.dtype != torch.float32 else None)
    price = choose_price(cfg, device)
    empty = Prepared([], [], [], {})
    session = Session(cfg, folder, accelerator, source, task, empty, {}, price, None)
    model = load_trained(task, source, folder)
    objective = accelerator.prepare_model(Objective(model, task), evaluation_mode=True)
    temperature = (summary.calibration or {}).get("temperature")
    return Reopened(session, objective, temperature, summary)


def answer_untuned(run: Reopened, rows: list[Row]) -> list[Prediction]:
    """The answers of the run's own base before tuning, as the proof compares with them. Raises RunError (exit code 2)
    where the training rows that start its new parts are no longer those of the run."""
    session = run.session
    data = prepare(session.cfg.data, _roles(run))
    now, then = ({name: source.get("fingerprint") for name, source in report["sources"].items()}
                 for report in (data.report, runs.read_json(session.folder, runs.DATA)))  # fmt: skip
    if now["train"] != then["train"]:
        raise RunError(f"{session.folder}: the training rows have changed since the run, and the base starts its new "
                       "parts from them; bring the file back, or ask without --base", 2)  # fmt: skip
    objective = base_objective(replace(session, data=data))
    if objective is None:
        raise RunError(f"{session.folder}: the task {session.cfg.task} has no untuned base to ask; leave --base out", 2)
    with session.accelerator.autocast():
        return predict_examples(session, objective, session.task.preprocess(rows))


def predict_file(run: Reopened, data: str, out: Path) -> int:
    """Answer a file without needing labels; writes `id, prediction, confidence` and returns the number of rows."""
    if out.exists() and out.is_dir():
        raise DataError(f"--out {out}: is a folder; name a file ending in .csv or .jsonl")
    if out.suffix not in {".csv", ".jsonl"}:
        raise DataError(f"--out {out}: write to a file ending in .csv or .jsonl")
    if out.resolve() == Path(data).expanduser().resolve():
        raise DataError(f"--out {out}: is the input itself, which is never written over; name another file")
    if out.exists() and not _holds_answers(out):
        raise DataError(f"--out {out}: exists already and holds no earlier answers; name another file")
    rows, _, _ = read_for_scoring(data, run.session.cfg.data, _roles(run), with_labels=False)
    answers = run.answer(rows)
    lines = [
        dict(zip(ANSWER_COLUMNS, (row["id"], _plain(p.prediction), p.confidence)))
        for row, p in zip(rows, answers)
    ]
    if out.suffix == ".csv":
        out.parent.mkdir(parents=True, exist_ok=True)
        write_csv_for_people(out, lines, ANSWER_COLUMNS)
    else:
        import json

        runs.write_text(out, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return len(lines)


def evaluate_run(run: Reopened, data: str | None, *, level: int | None = None) -> runs.Summary:
    """Score labelled rows (the run's own test rows where `data` is None); written beside the proof, never over it."""
    session, task = run.session, run.session.task
    if level is None:
        level = OWN_ROWS if data is not None else (run.summary.evidence or {}).get("level", OWN_ROWS)
    if data is None:
        rows = prepare(session.cfg.data, _roles(run)).test
        name = "test"
    else:
        rows, _, _ = read_for_scoring(data, session.cfg.data, _roles(run), with_labels=True)
        name = data_stem(data)
    for row in rows:
        row["split"] = "test"
    if not rows:
        raise DataError("there are no test rows to score; name a file with --data")
    session.data = Prepared([], [], rows, {})
    examples = task.preprocess(rows)
    nothing: dict[str, list[Any]] = {"train": [], "validation": []}
    findings = task.findings(nothing | {"test": rows}, nothing | {"test": examples})
    stops = open_stops(findings, session.cfg.run.accept)
    if stops:
        raise DataError("\n".join(found.sentence for found in stops))
    scored = calibrated(task, predict_examples(session, run.objective, examples), rows, run.temperature)
    estimates = scores_of(task, scored.predictions, rows)
    serving = measure_serving(session, run.objective, rows)
    summary = run.summary.model_copy(update={
        "created": runs.now(), "finished": runs.now(), "parent": run.summary.run, "baselines": [], "versus_base": None,
        "headline": headline_block(task, estimates[task.headline]),
        "metrics": {key: estimate.short() for key, estimate in estimates.items()},
        "calibration": calibration_block(task, scored, run.temperature),
        "serving": serving_block(session, serving), "evidence": evidence_block(session, level),
    })  # fmt: skip
    folder = runs.next_free(session.folder / runs.EVALUATIONS / name)
    lines = prediction_rows(task, scored, None, examples, serving)
    runs.write_predictions(folder, lines)
    runs.write_json(folder / runs.PROOF, details(task, scored, session.cfg.data.slice_columns))
    runs.write_summary(folder, summary)
    print(f"written to {folder}", file=sys.stderr)  # stdout belongs to --json
    return summary


def _roles(run: Reopened) -> dict[str, Any]:
    return role_specs(type(run.session.task))


def _holds_answers(file: Path) -> bool:
    """Whether a file is empty or was written by `predict`, so that answering again may replace it."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        head = lines.readline(4096)
    is_json = all(f'"{name}": ' in head for name in ANSWER_COLUMNS)
    return not head or is_json or head.rstrip() == ",".join(ANSWER_COLUMNS)


def _plain(value: Any) -> Any:
    return "|".join(value) if isinstance(value, list) else value


