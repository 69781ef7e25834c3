"""The proof: the tuned model, its base and the plain baselines on the same held-out rows, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit import calibration, metrics, runs
from kit.cost.cost import usd_per_1k_requests_at_capacity
from kit.paired import compare
from kit.predict import Serving, predict_examples, scores_of
from kit.records import Estimate, PairedTest
from kit.session import Session
from kit.tasks.base import Objective, Prediction, Row, Task

WORST_ROWS = 20
MOST_CLASSES_SHOWN = 200


@dataclass(frozen=True)
class Scored:
    """A system's answers to some rows, calibrated where it can be."""

    rows: Sequence[Row]
    predictions: list[Prediction]
    raw: list[Prediction]


def calibrated(task: Task, predictions: list[Prediction], rows: Sequence[Row], temperature: float | None) -> Scored:
    references = [task.reference(row) for row in rows]
    answers = task.with_temperature(predictions, references, temperature) if temperature else predictions
    raw = task.with_temperature(predictions, references, 1.0)
    return Scored(rows, list(answers), list(raw))


def base_objective(session: Session) -> Objective | None:
    """The untuned base, its new parts started from the training rows; None where the kind has no such thing."""
    model = session.task.untuned_model(session.source)
    if model is None:
        return None
    model.to(session.accelerator.device).eval()
    with session.accelerator.autocast():
        session.task.initialise(model, session.scoring_batches(session.training_items(("train",))))
    # a second prepare() of the same Accelerator would wrap it for training; it only answers
    return Objective(model, session.task)


def base_predictions(session: Session, splits: Sequence[str]) -> dict[str, list[Prediction]] | None:
    """Answers of the untuned base to the rows of the splits; None where the kind has no such thing."""
    objective = base_objective(session)
    if objective is None:
        return None
    found = {}
    for split in splits:
        with session.accelerator.autocast():
            found[split] = predict_examples(session, objective, session.examples[split])
    return found


def baseline_estimates(task: Task, train_rows: Sequence[Row], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The headline of each plain method, with its interval."""
    found = []
    for name, answers in task.plain_baselines(train_rows, rows).items():
        estimates = scores_of(task, [Prediction(answer) for answer in answers], rows)
        if task.headline in estimates:
            found.append({"name": name, **estimates[task.headline].short()})
    return found


def compare_scores(
    task: Task, ours: Sequence[Prediction], theirs: Sequence[Prediction], rows: Sequence[Row]
) -> PairedTest:
    """Paired test of two systems on the same rows, clustered where rows carry a group."""
    clusters = [row["group"] for row in rows] if "group" in rows[0] else None
    references = [task.reference(row) for row in rows]
    a = [task.score(p.prediction, r) or 0.0 for p, r in zip(ours, references)]
    b = [task.score(p.prediction, r) or 0.0 for p, r in zip(theirs, references)]
    return compare(np.array(a), np.array(b), clusters=clusters)


def headline_block(task: Task, estimate: Estimate) -> dict[str, Any]:
    return {
        "metric": task.headline, "value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n,
        "higher_is_better": task.higher_is_better, "level": estimate.level, "method": estimate.method,
    }  # fmt: skip


def calibration_block(task: Task, scored: Scored, temperature: float | None) -> dict[str, Any] | None:
    """Temperature, calibration error before and after, and the reliability table."""
    if temperature is None or not scored.rows:
        return None
    correct = np.array([_is_correct(task, p, row) for p, row in zip(scored.predictions, scored.rows)], float)
    sure = np.array([p.confidence for p in scored.predictions], float)
    raw = np.array([p.confidence for p in scored.raw], float)
    return {
        "temperature": temperature,
        "ece": float(calibration.ece(sure, correct)),
        "ece_raw": float(calibration.ece(raw, correct)),
        "reliability": calibration.reliability(sure, correct),
    }


def prediction_rows(task: Task, scored: Scored, base: Sequence[Prediction] | None, examples: Sequence[dict[str, Any]],
                    serving: Serving | None = None) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of predictions.parquet."""
    lines = []
    for place, (row, answer) in enumerate(zip(scored.rows, scored.predictions)):
        reference = task.reference(row)
        score = task.score(answer.prediction, reference)
        correct = _is_correct(task, answer, row)
        other = base[place] if base is not None else None
        other_score = task.score(other.prediction, reference) if other else None
        lines.append({
            "id": row["id"], "split": row["split"], "group": _text(row.get("group")), "input": task.shown(row),
            "reference": _text(reference), "prediction": _text(answer.prediction), "confidence": answer.confidence,
            "reference_confidence": answer.reference_confidence, "correct": correct, "score": score,
            "base_prediction": _text(other.prediction) if other else None,
            "base_correct": None if other is None else _is_correct(task, other, row), "base_score": other_score,
            "input_tokens": int(examples[place].get("asked") or examples[place]["length"]),
            "output_tokens": answer.output_tokens,
            "latency_ms": serving.latency_ms.get(place) if serving and row["split"] == "test" else None,
            "error_class": _error_class(task, correct, reference, answer),
            **{f"slice_{name}": _text(row.get(name)) for name in _slices(task, row)},
        })  # fmt: skip
    return lines


def details(task: Task, scored: Scored, slice_columns: Sequence[str]) -> dict[str, Any]:
    """What the proof shows beside the headline: confusion, per-class figures, slices, worst rows."""
    references = [task.reference(row) for row in scored.rows]
    answers = [p.prediction for p in scored.predictions]
    found: dict[str, Any] = {"slices": _slice_figures(task, scored, slice_columns), "worst_rows": _worst(task, scored)}
    labels = task.state.get("labels") or []
    if labels and isinstance(references[0], str):
        labels = [*labels, *sorted(set(references) - set(labels))]  # rows of a label that training lacks count too
    if labels and isinstance(references[0], str) and len(labels) <= MOST_CLASSES_SHOWN:
        labels = [*labels, *sorted({*answers} - {*labels})]  # somebody else's unreadable answer is none of ours
        found["per_class"] = metrics.per_class(answers, references, labels=labels)
        matrix = metrics.confusion_matrix(answers, references, labels=labels)
        found["confusion"] = {"labels": labels, "rows": np.asarray(matrix).tolist()}
        found["confused"] = _most_confused(np.asarray(matrix), labels)
    return found


def serving_block(session: Session, serving: Serving | None) -> dict[str, Any] | None:
    if serving is None:
        return None
    price = session.usd_per_s * 3600 / session.num_devices
    per_1k = usd_per_1k_requests_at_capacity(serving.requests_per_s, price)
    return {
        "requests_per_s": serving.requests_per_s, "p50_ms": serving.p50_ms, "p95_ms": serving.p95_ms,
        "concurrency": serving.concurrency,
        "usd_per_1k_requests_at_capacity": per_1k if isinstance(per_1k, float) else None,
    }  # fmt: skip


def evidence_block(session: Session, level: int) -> dict[str, Any]:
    """Whose rows the proof rests on, and how often they have been looked at (this time included)."""
    roles = list(session.task.columns)
    fingerprint = runs.fingerprint_rows(session.data.test, roles)
    reads = runs.count_test_read(session.folder.parent, fingerprint, session.folder.name)
    return {"level": level, "test_fingerprint": fingerprint, "test_reads": reads}


def _is_correct(task: Task, answer: Prediction, row: Row) -> bool | None:
    score = task.score(answer.prediction, task.reference(row))
    return None if score is None or isinstance(answer.prediction, float) else score >= 1.0


def _error_class(task: Task, correct: bool | None, reference: Any, answer: Prediction) -> str | None:
    """What kind of mistake a wrong answer is: which class was taken for which, where there are classes."""
    if correct or not task.state.get("labels"):
        return None if correct is not False else "wrong"
    return f"{_text(reference)} -> {_text(answer.prediction)}"


def _slices(task: Task, row: Row) -> list[str]:
    return [name for name in row if name not in {"id", "split", "group", "time", "weight", *task.columns}]


def _slice_figures(task: Task, scored: Scored, columns: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for column in columns:
        for value in sorted({_text(row.get(column)) or "" for row in scored.rows}):
            places = [i for i, row in enumerate(scored.rows) if (_text(row.get(column)) or "") == value]
            rows = [scored.rows[i] for i in places]
            estimate = scores_of(task, [scored.predictions[i] for i in places], rows)[task.headline]
            found.append({"column": column, "slice": value, "n": len(places), **estimate.short()})
    return found


def _worst(task: Task, scored: Scored) -> list[dict[str, Any]]:
    """Wrong answers, the most confident first: label errors and blind spots show up here."""
    wrong = []
    for row, answer in zip(scored.rows, scored.predictions):
        reference = task.reference(row)
        score = task.score(answer.prediction, reference)
        if score is not None and score < 1.0:
            wrong.append((score, -(answer.confidence or 0.0), row, answer, reference))
    wrong.sort(key=lambda item: item[:2])
    return [
        {"id": row["id"], "input": task.shown(row), "reference": _text(reference),
         "prediction": _text(answer.prediction), "confidence": answer.confidence}
        for _, _, row, answer, reference in wrong[:WORST_ROWS]
    ]  # fmt: skip


def _most_confused(matrix: np.ndarray, labels: list[str]) -> list[dict[str, Any]]:
    off = matrix * (1 - np.eye(len(labels), dtype=int))
    order = np.argsort(-off, axis=None, kind="stable")[:10]
    pairs = [np.unravel_index(place, off.shape) for place in order]
    return [{"reference": labels[i], "prediction": labels[j], "rows": int(off[i, j])} for i, j in pairs if off[i, j]]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return "|".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
