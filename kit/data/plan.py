"""Which rows make which optimizer step: a pure function of lengths, seed, epoch and batch settings.

Ranks, micro-batches, length buckets and halving after an out-of-memory error only partition a step. A resume is an
index into the plan; the same settings give the same plan on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BUCKET_STEPS = 20  # rows of this many steps are sorted by length together: little padding, still well mixed


@dataclass(frozen=True)
class Step:
    """One optimizer step: `rows` are indices into the training rows."""

    index: int
    epoch: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class PlanSettings:
    """`size` rows per step, or as many as fit `max_tokens` padded tokens; `epochs` may be a fraction."""

    seed: int
    epochs: float
    size: int | None = None
    max_tokens: int | None = None
    max_steps: int | None = None


def plan_steps(lengths: Sequence[int] | np.ndarray, settings: PlanSettings) -> list[Step]:
    """Every step of a run, in order. Each whole epoch holds each row exactly once, the ragged last step included."""
    lengths = np.asarray(lengths, dtype=np.int64)
    if len(lengths) == 0:
        return []
    steps: list[Step] = []
    for epoch in range(math.ceil(settings.epochs)):
        batches = plan_epoch(lengths, epoch, settings)
        share = min(1.0, settings.epochs - epoch)
        batches = batches[: max(1, round(share * len(batches)))]
        steps += [Step(len(steps) + i, epoch, tuple(rows)) for i, rows in enumerate(batches)]
        if settings.max_steps is not None and len(steps) >= settings.max_steps:
            return steps[: settings.max_steps]
    return steps


def plan_epoch(lengths: np.ndarray, epoch: int, settings: PlanSettings) -> list[list[int]]:
    """One epoch's steps: shuffle, sort by length within buckets of BUCKET_STEPS steps, cut, shuffle the steps."""
    rng = np.random.default_rng((settings.seed, epoch))
    order = rng.permutation(len(lengths))
    rows_per_step = settings.size or max(1, round((settings.max_tokens or 1) / max(1.0, float(lengths.mean()))))
    bucket = rows_per_step * BUCKET_STEPS
    batches: list[list[int]] = []
    for start in range(0, len(order), bucket):
        rows = order[start : start + bucket]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += _cut(rows, lengths, settings)
    return [batches[i] for i in rng.permutation(len(batches))]


def _cut(rows: np.ndarray, lengths: np.ndarray, settings: PlanSettings) -> list[list[int]]:
    if settings.max_tokens is None:
        size = settings.size or 1
        return [rows[i : i + size].tolist() for i in range(0, len(rows), size)]
    batches: list[list[int]] = []
    current: list[int] = []
    for row in rows.tolist():  # ascending length: the newest row is the longest, it sets the padded width
        if current and (len(current) + 1) * lengths[row] > settings.max_tokens:
            batches.append(current)
            current = []
        current.append(row)
    return [*batches, current] if current else batches


def partition(
    rows: Sequence[int], lengths: Sequence[int] | np.ndarray, *, rank: int, world_size: int, micro_size: int | None
) -> list[list[int]]:
    """This rank's micro-batches of one step, rows of like length together; an empty list where it has no row.

    Over all ranks and micro-batches every row of the step stands exactly once.
    """
    by_length = sorted(rows, key=lambda row: (-int(lengths[row]), row))
    mine = by_length[rank::world_size]
    size = micro_size or max(1, len(mine))
    return [mine[i : i + size] for i in range(0, len(mine), size)]


def prediction_batches(lengths: Sequence[int] | np.ndarray, *, size: int) -> list[list[int]]:
    """All rows once, longest first, `size` at a time: the order in which held-out rows are scored."""
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable").tolist()
    return [order[i : i + size] for i in range(0, len(order), size)]
