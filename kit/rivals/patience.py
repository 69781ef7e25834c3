"""Asking again after a passing fault: doubling pauses, the server's own wish first, one pause for all threads."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from kit.errors import KitError
from kit.rivals.wire import Fault

Answer = TypeVar("Answer")


@dataclass
class Patience:
    """Tries and pauses of all the requests of a run; `retries` counts the tries that failed, by kind of fault."""

    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    retries: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _not_before: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def until_answered(self, ask: Callable[[], Answer]) -> tuple[Answer, int]:
        """The answer and the number of tries it took. Raises the last Fault, or Stopped where the run ends."""
        for attempt in range(1, self.tries + 1):
            self._pause()
            try:
                return ask(), attempt
            except Fault as fault:
                if not fault.passing:
                    raise
                with self._lock:
                    self.retries[fault.kind] += 1
                if attempt == self.tries:
                    raise
                self._wait_after(fault, attempt)
        raise AssertionError("a try ends in an answer or a fault")

    def stop(self) -> None:
        """Wake every waiting thread: there is nothing more to wait for."""
        self._stopped.set()

    def _wait_after(self, fault: Fault, attempt: int) -> None:
        wished = fault.wait_s
        if wished is not None and wished > self.longest_wait_s:
            raise Fault(fault.kind, f"{fault.message}; it asks to wait {wished:.0f} s, longer than the "
                        f"{self.longest_wait_s:g} s waited at most")
        doubled = min(self.longest_wait_s, self.first_wait_s * 2 ** (attempt - 1))
        own = doubled * random.uniform(0.75, 1.0)  # threads that failed together must not come back together
        if wished is None:
            self._sleep_until(time.monotonic() + own)
            return
        with self._lock:  # the server's wish holds for every thread
            self._not_before = max(self._not_before, time.monotonic() + wished)

    def _pause(self) -> None:
        with self._lock:
            until = self._not_before
        self._sleep_until(until)

    def _sleep_until(self, moment: float) -> None:
        if self._stopped.wait(max(0.0, moment - time.monotonic())):
            raise Stopped


class Stopped(KitError):
    """The run has ended while this request still waited for its turn; nothing was asked."""
