"""When a run ends before its plan: a signal, a spent budget, or no progress."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from kit.errors import KitError


class Interrupted(KitError):
    """A signal that came outside the loop: there is no step to finish."""


class Signals:
    """SIGTERM or SIGINT lets the loop finish its step; outside the loop it ends the run; a second one exits at once."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._in_loop = False

    @contextmanager
    def watched(self):
        """Install the handlers for the duration of a run."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        for number in before:
            signal.signal(number, self._on_signal)
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def finishing_steps(self):
        """Within this block a signal is only noted: the loop looks at `received` after each step."""
        self._in_loop = True
        try:
            yield
        finally:
            self._in_loop = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.received is not None:
            os._exit(128 + number)
        self.received = number
        if not self._in_loop:
            raise Interrupted(f"stopped by {signal.Signals(number).name}")


@dataclass
class Budget:
    """Wall time and money, counted over all segments of a run."""

    max_minutes: float | None
    max_usd: float | None
    usd_per_s: float
    spent_before_s: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    @property
    def wall_s(self) -> float:
        return self.spent_before_s + time.perf_counter() - self.started

    @property
    def usd(self) -> float:
        return self.wall_s * self.usd_per_s

    @property
    def is_spent(self) -> bool:
        over_time = self.max_minutes is not None and self.wall_s >= 60 * self.max_minutes
        return over_time or (self.max_usd is not None and self.usd >= self.max_usd)


@dataclass
class BestSoFar:
    """The best evaluation, and how many have passed since."""

    higher_is_better: bool
    patience: int | None = None
    value: float | None = None
    step: int | None = None
    since_best: int = 0

    def update(self, value: float, step: int) -> bool:
        """True where `value` is better than everything before."""
        is_better = self.value is None or (value > self.value if self.higher_is_better else value < self.value)
        if is_better:
            self.value, self.step, self.since_best = value, step, 0
        else:
            self.since_best += 1
        return is_better

    @property
    def is_over(self) -> bool:
        return self.patience is not None and self.since_best >= self.patience

    def as_dict(self) -> dict[str, float | int | None]:
        return {"value": self.value, "step": self.step}
