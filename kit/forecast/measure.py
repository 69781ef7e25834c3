"""A few steps and a few scoring batches, timed on the run's own model and rows, which stay as they were to the bit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from kit.data.plan import partition, prediction_batches
from kit.device import forget_peak_memory, memory_in_use_bytes, peak_memory_bytes
from kit.model import trainable
from kit.phase import Phase
from kit.predict import predict_examples, scores_of
from kit.rng import capture_rng, restore_rng
from kit.session import SCORING_BATCH
from kit.tasks.base import Example, Objective, Row, to_device
from kit.train import train_step

MOST_STEPS = 8
SHARE_OF_STEPS = 20  # one step in so many is measured, where that makes fewer
TWICE_FROM = 340  # with this many steps each shape is run once before it is timed
SCORED_BATCHES = 3
SINGLE_REQUESTS = 5


@dataclass(frozen=True)
class Line:
    """seconds = fixed + per_token x padded tokens."""

    fixed_s: float
    per_token_s: float

    def seconds(self, padded_tokens: Sequence[float] | np.ndarray) -> float:
        """Of batches of these sizes, together."""
        return float(self.fixed_s * len(padded_tokens) + self.per_token_s * np.sum(padded_tokens))


@dataclass(frozen=True)
class Measured:
    """What was timed. `scoring` picks the best step, `answering` gives the whole answers of the proof: they differ
    where a kind writes texts. `memory_bytes` is the peak after the largest step and the largest scoring batch,
    `held_bytes` what stays in use between steps, `bytes_per_shape` what stays for each new shape of a batch (a CPU's
    library keeps its kernels and rearranged weights by shape)."""

    step: Line
    scoring: Line | None
    answering: Line | None
    metrics_s_per_row: float
    request_s: float
    measured_steps: int
    memory_bytes: int
    held_bytes: int
    bytes_per_shape: float


def measure(phase: Phase) -> Measured:
    """Every process takes part. The phase must be at its first step; afterwards it is there again."""
    with untouched(phase):
        step, count, bytes_per_shape = _measure_steps(phase)
        (scoring, answering), metrics_s_per_row, request_s = _measure_scoring(phase)
        phase.optimizer.zero_grad(set_to_none=True)
        device = phase.session.accelerator.device
        peak, held = peak_memory_bytes(device), memory_in_use_bytes(device)
    forget_peak_memory(device)
    return Measured(step, scoring, answering, metrics_s_per_row, request_s, count, peak, held, bytes_per_shape)


@contextmanager
def untouched(phase: Phase) -> Iterator[None]:
    """Weights, optimizer, random states and counters are afterwards what they were: training cannot tell."""
    assert phase.step == 0 and not phase.optimizer.state, "a forecast comes before the first step"
    scaler = phase.session.accelerator.scaler
    before_scaler = scaler.state_dict() if scaler is not None else None
    changing = {**trainable(phase.model), **{f"buffer {name}": b for name, b in phase.model.named_buffers()}}
    kept = {name: tensor.detach().to("cpu", copy=True) for name, tensor in changing.items()}  # not on a full device
    rates = [group["lr"] for group in phase.optimizer.param_groups]
    counters = phase.units, phase.input_tokens, phase.micro_size
    random_states = capture_rng()
    try:
        yield
    finally:
        with torch.no_grad():
            for name, tensor in changing.items():
                tensor.copy_(kept[name])
        phase.optimizer.zero_grad(set_to_none=True)
        phase.optimizer.state.clear()
        for group, rate in zip(phase.optimizer.param_groups, rates):
            group["lr"] = rate
        if scaler is not None and before_scaler is not None:
            scaler.load_state_dict(before_scaler)
        phase.units, phase.input_tokens, phase.micro_size = counters
        restore_rng(random_states)


def batch_shapes(phase: Phase, rows: Sequence[int]) -> list[tuple[int, int]]:
    """(rows, width) of the micro-batches of a step in the first process."""
    parts = partition(
        rows, phase.lengths, rank=0, world_size=phase.session.accelerator.num_processes,
        micro_size=None if phase.session.task.couples_rows else phase.micro_size,
    )  # fmt: skip
    return [(len(part), int(phase.lengths[part].max())) for part in parts]


def padded_tokens(phase: Phase, rows: Sequence[int]) -> float:
    """What one process computes in a step, padding included: the cost of a step grows with it."""
    return float(sum(count * width for count, width in batch_shapes(phase, rows)))


def scoring_sizes(examples: Sequence[Example]) -> np.ndarray:
    """Padded tokens of the batches in which examples are scored, longest first."""
    lengths = np.array([example["length"] for example in examples], dtype=np.int64)
    return np.array([len(rows) * int(lengths[rows].max()) for rows in prediction_batches(lengths, size=SCORING_BATCH)])


def _measure_steps(phase: Phase) -> tuple[Line, int, float]:
    """Seconds by size, the number of steps timed, bytes kept per new shape.

    The largest step warms up and sets the memory; then steps at even quantiles of size are timed.
    """
    device = phase.session.accelerator.device
    sizes = np.array([padded_tokens(phase, step.rows) for step in phase.plan])
    order = np.argsort(sizes, kind="stable")
    largest = int(order[-1])
    first_s = _timed(train_step, phase, phase.plan[largest].rows)
    if len(order) < 3:
        return Line(0.0, first_s / max(1.0, sizes[largest])), 1, 0.0
    chosen = _quantiles(order, min(MOST_STEPS, max(2, len(order) // SHARE_OF_STEPS)))
    before_bytes, before = memory_in_use_bytes(device), set(batch_shapes(phase, phase.plan[largest].rows))
    if len(order) >= TWICE_FROM:
        for place in chosen:
            train_step(phase, phase.plan[place].rows)
    seconds = [_timed(train_step, phase, phase.plan[place].rows) for place in chosen]
    new = {shape for place in chosen for shape in batch_shapes(phase, phase.plan[place].rows)} - before
    kept = max(0, memory_in_use_bytes(device) - before_bytes) / len(new) if new else 0.0
    return fit_line(sizes[chosen], seconds), len(chosen), kept


def _measure_scoring(phase: Phase) -> tuple[tuple[Line | None, Line | None], float, float]:
    """Time of scoring and of answering by size, seconds of metrics per row, seconds of one request with tokenizing."""
    session = phase.session
    split = next((name for name in ("validation", "test") if session.examples[name]), None)
    if split is None:
        return (None, None), 0.0, 0.0
    examples, rows = session.examples[split], getattr(session.data, split)
    batches = prediction_batches([example["length"] for example in examples], size=SCORING_BATCH)
    writes = session.task.selection is not None  # whole answers take longer than what picks the best step
    middle = [examples[i] for i in batches[len(batches) // 2]]
    if not writes:
        middle = [examples[i] for i in batches[0]]
    started = time.perf_counter()
    answers = predict_examples(session, phase.objective, middle)
    answering = Line(time.perf_counter() - started, 0.0)  # most of it is writing, which does not grow with the question
    sizes = scoring_sizes(examples)
    chosen = _quantiles(np.arange(len(batches))[::-1], min(SCORED_BATCHES, len(batches)))
    seconds = [
        _timed(_score, phase, [examples[i] for i in batches[place]]) for place in chosen
    ]
    scoring = fit_line(sizes[chosen], seconds)
    some = [rows[i] for i in batches[len(batches) // 2 if writes else 0]]
    metrics_s = _timed(scores_of, session.task, answers, some)
    requests = [_timed(_answer, phase, row) for row in some[: 2 if writes else SINGLE_REQUESTS + 1]]
    lines = scoring, answering if writes else scoring
    return lines, metrics_s / len(some), float(np.median(requests[1:] or requests))


def _score(phase: Phase, examples: list[Example]) -> None:
    predict_examples(phase.session, phase.objective, examples, quick=True)


def _answer(phase: Phase, row: Row) -> None:
    """One request, on each process by itself."""
    session = phase.session
    objective: Objective = session.accelerator.unwrap_model(phase.objective)
    objective.eval()
    with torch.no_grad():
        batch = session.task.collate(session.task.preprocess([row]))
        objective(to_device(batch, session.accelerator.device), predict=True)


def fit_line(sizes: Sequence[float] | np.ndarray, seconds: Sequence[float]) -> Line:
    """Least squares; where few or noisy points make a part of it negative, that part is left out.

    >>> fit_line([100, 200, 300], [1.2, 2.2, 3.2])
    Line(fixed_s=0.2, per_token_s=0.01)
    """
    x, y = np.asarray(sizes, dtype=float), np.asarray(seconds, dtype=float)
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread) if spread else 0.0
    fixed = float(y.mean() - slope * x.mean())
    if slope < 0:
        return Line(float(y.mean()), 0.0)
    if fixed < 0 or not spread:
        return Line(0.0, float(y.sum() / max(1.0, x.sum())))
    return Line(round(fixed, 12), round(slope, 12))


def _quantiles(order: np.ndarray, count: int) -> list[int]:
    """`count` entries in the middle of equal parts of an ordered list."""
    places = ((np.arange(count) + 0.5) / count * len(order)).astype(int)
    return [int(order[place]) for place in places]


def _timed(call: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    call(*arguments)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started
