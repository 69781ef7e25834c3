"""Answers of a model to held-out rows, over all processes, in the order of the rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object

from kit import intervals
from kit.data.plan import prediction_batches
from kit.records import Estimate
from kit.session import SCORING_BATCH, Session
from kit.tasks.base import Example, Objective, Prediction, Row, Task, to_device
from kit.text_metrics import perplexity

LATENCY_ROWS = 200
MOST_LATENCY_S = 60.0  # a model that takes seconds to answer is timed on fewer rows
FEW_LATENCY_ROWS = 10


def predict_examples(session: Session, objective: Objective, examples: list[Example], *,
                     quick: bool = False) -> list[Prediction]:  # fmt: skip
    """One answer per example; every rank scores its share and every rank gets all answers.

    With `quick` a kind may leave out what takes long (writing answers) and give only what picks the best step.
    """
    if not examples:
        return []
    accelerator = session.accelerator
    batches = prediction_batches([example["length"] for example in examples], size=SCORING_BATCH)
    mine = batches[accelerator.process_index :: accelerator.num_processes]
    rounds = -(-len(batches) // accelerator.num_processes)  # every rank calls forward equally often
    found: list[tuple[int, Prediction]] = []
    objective.eval()
    with torch.no_grad():
        for number in range(rounds):
            rows = mine[number] if number < len(mine) else batches[0]
            batch = to_device(session.task.collate([examples[i] for i in rows]), accelerator.device) | {"quick": quick}
            answers = objective(batch, predict=True)
            found += list(zip(rows, answers)) if number < len(mine) else []
    by_row = dict(gather_object(found))
    return [by_row[i] for i in range(len(examples))]


def scores_of(task: Task, predictions: Sequence[Prediction], rows: Sequence[Row]) -> dict[str, Estimate]:
    """The task's metrics with intervals; clustered where rows carry a group."""
    clusters = [row["group"] for row in rows] if rows and "group" in rows[0] else None
    references = [task.reference(row) for row in rows]
    found = task.estimates([p.prediction for p in predictions], references, clusters)
    known = [i for i, p in enumerate(predictions) if p.nll is not None and p.nll_units]
    if known:
        losses, units = [predictions[i].nll for i in known], [predictions[i].nll_units for i in known]
        groups = [clusters[i] for i in known] if clusters else None
        found["perplexity"] = intervals.estimate(perplexity, losses, units, clusters=groups)
    return {task.headline: found[task.headline]} | found if task.headline in found else found


@dataclass(frozen=True)
class Serving:
    """Measured on this device: one request at a time, and full batches."""

    p50_ms: float
    p95_ms: float
    requests_per_s: float
    concurrency: int
    latency_ms: dict[int, float]  # by position of the row, for the rows timed one by one


def measure_serving(session: Session, objective: Objective, rows: Sequence[Row]) -> Serving | None:
    """Latency of single requests (tokenizing included) over up to LATENCY_ROWS rows, and throughput in batches."""
    if not rows:
        return None
    objective.eval()
    task, device = session.task, session.accelerator.device
    places = np.linspace(0, len(rows) - 1, min(LATENCY_ROWS, len(rows))).astype(int).tolist()

    def answer(some: Sequence[Row]) -> list[Any]:
        with torch.no_grad():
            return objective(to_device(task.collate(task.preprocess(some)), device), predict=True)

    answer(list(rows[:1]))
    single: dict[int, float] = {}
    until = time.perf_counter() + MOST_LATENCY_S
    for place in np.random.default_rng(0).permutation(places).tolist():
        start = time.perf_counter()
        answer([rows[place]])
        single[place] = 1000 * (time.perf_counter() - start)
        if time.perf_counter() > until and len(single) >= min(FEW_LATENCY_ROWS, len(places)):
            break
    sample = [rows[place] for place in sorted(single)]
    batch = min(32, len(sample))
    start = time.perf_counter()
    for first in range(0, len(sample), batch):
        answer(sample[first : first + batch])
    rate = len(sample) / (time.perf_counter() - start)
    p50, p95 = np.percentile(list(single.values()), [50, 95])
    return Serving(float(p50), float(p95), rate, batch, single)
