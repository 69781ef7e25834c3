"""What a person sees while a run goes on: a live bar on a terminal, plain lines elsewhere (logs, CI)."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINES_PER_RUN = 20


@dataclass(frozen=True)
class Tick:
    """One optimizer step, as shown."""

    step: int
    loss: float
    lr: float
    units_per_s: float
    usd: float


class Reporter:
    """Rich bar on a terminal, else about LINES_PER_RUN lines a run; silent on every rank but the first."""

    def __init__(self, total_steps: int, *, start_step: int = 0, is_shown: bool = True, unit: str = "row") -> None:
        self.total, self.start_step, self.unit, self.is_shown = total_steps, start_step, unit, is_shown
        self.console = Console(file=sys.stdout, highlight=False)
        self.started = time.perf_counter()
        self.every = max(1, total_steps // LINES_PER_RUN)
        self.bar = self._bar() if is_shown and self.console.is_terminal else None

    def _bar(self) -> Progress:
        return Progress(
            TextColumn("[bold]step"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[facts]}"),
            TextColumn("left"), TimeRemainingColumn(), console=self.console, transient=True,
        )  # fmt: skip

    def __enter__(self) -> Reporter:
        if self.bar:
            self.bar.start()
            self.row = self.bar.add_task("train", total=self.total, completed=self.start_step, facts="")
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        if self.bar:
            self.bar.stop()

    def tick(self, tick: Tick) -> None:
        """Show a finished step: loss, rate, time left and money so far."""
        facts = f"loss {tick.loss:.4f}  lr {tick.lr:.1e}  {tick.units_per_s:,.0f} {self.unit}s/s  ${tick.usd:.4f}"
        if self.bar:
            self.bar.update(self.row, completed=tick.step, facts=facts)
        elif self.is_shown and (tick.step % self.every == 0 or tick.step == self.total):
            self.say(f"step {tick.step}/{self.total}  {facts}  {self._left(tick.step)}")

    def say(self, text: str) -> None:
        if self.is_shown:
            self.console.print(text, markup=False, soft_wrap=True)

    def _left(self, step: int) -> str:
        done = step - self.start_step
        left_s = (time.perf_counter() - self.started) / max(1, done) * (self.total - step)
        return f"{left_s / 60:.1f} min left" if left_s >= 60 else f"{left_s:.0f} s left"
