"""Answers made elsewhere, scored and written as an ordinary run folder of kind `external`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit import runs
from kit.cost.sheet import to_usd
from kit.errors import RunError
from kit.evaluate import Scored, details, headline_block, prediction_rows
from kit.predict import scores_of
from kit.rivals.card import external_card
from kit.rivals.exam import Exam
from kit.tasks.base import Prediction

UNREAD = "unreadable"  # error class of an answer that states no prediction
REFUSED = "refused"  # error class of a row that the server would not answer


@dataclass(frozen=True)
class Given:
    """One answer as it came; `cost` is in the currency of its `Origin`, and what is None is not known."""

    text: str
    refused: str | None = None
    confidence: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: float | None = None
    cost: float | None = None
    finish_reason: str | None = None


@dataclass(frozen=True)
class Origin:
    """Who answered and at what price. `facts` goes to external.json; no key is ever part of it."""

    name: str
    facts: Mapping[str, Any]
    currency: str = "USD"
    price_id: str | None = None
    price_date: str | None = None
    concurrency: int | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Unread:
    """A row that counts as wrong because no prediction could be read."""

    id: str
    why: str
    text: str


@dataclass(frozen=True)
class Recorded:
    """The finished run and the rows without a readable answer."""

    summary: runs.Summary
    unread: list[Unread] = field(default_factory=list)


def open_folder(folder: Path, exam: Exam, origin: Origin) -> None:
    """What is known before the first answer: rows, kind, origin."""
    runs.write_json(folder / runs.EXTERNAL, dict(origin.facts))
    runs.write_json(folder / runs.DATA, exam.report)
    options = exam.task.options.model_dump(mode="json")
    runs.write_json(folder / runs.TASK, {"task": exam.task.name, "state": exam.task.state, "options": options})
    runs.write_json(folder / runs.ENV, {"command": sys.argv, "python": sys.version.split()[0]})
    runs.write_summary(folder, started(folder, exam))


def started(folder: Path, exam: Exam) -> runs.Summary:
    """The summary of a run that has no result yet."""
    licence = {"model": None, "data": None, "commercial_use": "unclear"}
    return runs.Summary(run=folder.name, kind="external", task=exam.task.name, created=runs.now(), licence=licence)


def finish(folder: Path, exam: Exam, given: Mapping[str, Given], origin: Origin) -> Recorded:
    """Score every row of the exam and write predictions, proof, card and summary; unread answers count as wrong."""
    task, rows = exam.task, exam.rows
    missing = [row["id"] for row in rows if row["id"] not in given]
    if missing:
        raise RunError(f"{len(missing)} of {len(rows)} rows have no answer, e.g. {missing[0]!r}")
    answers = [given[row["id"]] for row in rows]
    predictions, unread = _predictions(exam, answers)
    scored = Scored(rows, predictions, predictions)
    estimates = scores_of(task, predictions, rows)
    lines = prediction_rows(task, scored, None, [{"length": 0}] * len(rows))
    _complete(lines, answers, {item.id: item for item in unread})
    before = runs.read(folder)
    reads = runs.count_test_read(folder.resolve().parent, exam.fingerprint, folder.name)
    summary = before.model_copy(update={
        "status": "done", "stop_reason": None, "error": None, "finished": runs.now(),
        "headline": headline_block(task, estimates[task.headline]),
        "metrics": {key: estimate.short() for key, estimate in estimates.items()},
        "cost": cost_block(answers, origin), "serving": serving_block(answers, origin),
        "evidence": {"level": exam.level, "test_fingerprint": exam.fingerprint, "test_reads": reads},
    })  # fmt: skip
    runs.write_predictions(folder, lines)
    runs.write_json(folder / runs.PROOF, details(task, scored, []))
    text = "".join(json.dumps(vars(item), ensure_ascii=False) + "\n" for item in unread)
    runs.write_text(folder / runs.UNPARSABLE, text)
    runs.write_json(folder / runs.EXTERNAL, {**origin.facts, "unparsable": len(unread)})
    runs.write_text(folder / runs.CARD, external_card(summary, exam.report, origin.name, origin.notes, unread))
    runs.write_summary(folder, summary)
    return Recorded(summary, unread)


def read_unread(folder: Path) -> list[Unread]:
    """The rows of a finished run that count as wrong unread."""
    path = folder / runs.UNPARSABLE
    return [Unread(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def cost_block(answers: Sequence[Given], origin: Origin) -> dict[str, Any]:
    """The money of all answers; not known where that of a single one is not, since a part would pass for the whole."""
    costs = [answer.cost for answer in answers if answer.cost is not None]
    tokens = [answer for answer in answers if answer.input_tokens is not None and answer.output_tokens is not None]
    without_usage = len(answers) - len(tokens)
    known = len(costs) == len(answers) and bool(answers)
    why = None
    if not known:
        unknown = len(answers) - len(costs)
        some = f"{unknown} of {len(answers)} answers have no cost"
        why = "no price was given" if not costs and not without_usage else some
        why += f", {without_usage} came without token counts" if without_usage else ""
    total = float(sum(costs)) if known else None
    return {
        "train_usd": 0.0, "currency": origin.currency, "train_cost": 0.0, "energy_kwh": None,
        "price_id": origin.price_id, "price_per_hour": None, "price_date": origin.price_date,
        "answers_usd": None if total is None else to_usd(total, origin.currency), "answers_cost": total,
        "why_unknown": why, "answers": len(answers), "answers_without_usage": without_usage,
        "input_tokens": sum(a.input_tokens or 0 for a in tokens) if not without_usage else None,
        "output_tokens": sum(a.output_tokens or 0 for a in tokens) if not without_usage else None,
    }  # fmt: skip


def serving_block(answers: Sequence[Given], origin: Origin) -> dict[str, Any]:
    """Speed as it was seen from here, and the price of 1,000 requests like these."""
    timed = [answer.latency_ms for answer in answers if answer.latency_ms is not None]
    p50, p95 = (float(x) for x in np.percentile(timed, [50, 95])) if timed else (None, None)
    usd = cost_block(answers, origin)["answers_usd"]
    return {
        "requests_per_s": None, "p50_ms": p50, "p95_ms": p95, "concurrency": origin.concurrency,
        "usd_per_1k_requests_at_capacity": None if usd is None else 1000 * usd / len(answers),
    }  # fmt: skip


def _predictions(exam: Exam, answers: Sequence[Given]) -> tuple[list[Prediction], list[Unread]]:
    task, predictions, unread = exam.task, [], []
    for row, answer in zip(exam.rows, answers):
        found = None if answer.refused else task.parse_answer(answer.text)
        if found is None:
            cut = " (cut off at the token limit)" if answer.finish_reason == "length" else ""
            unread.append(Unread(row["id"], answer.refused or f"no prediction could be read{cut}", answer.text))
            found = task.no_answer(task.reference(row))
        predictions.append(Prediction(found, answer.confidence))
    return predictions, unread


def _complete(lines: list[dict[str, Any]], answers: Sequence[Given], unread: Mapping[str, Unread]) -> None:
    """Tokens, latency and error class of each row; token counts known of a part of the rows only are left to the raw
    answers, since readers of the table take a column as whole."""
    all_counted = all(a.input_tokens is not None and a.output_tokens is not None for a in answers)
    for line, answer in zip(lines, answers):
        line["input_tokens"] = answer.input_tokens if all_counted else None
        line["output_tokens"] = answer.output_tokens if all_counted else None
        line["latency_ms"] = answer.latency_ms
        if line["id"] in unread:
            line["correct"], line["score"] = (None if line["correct"] is None else False), 0.0
            line["error_class"] = REFUSED if answer.refused else UNREAD
