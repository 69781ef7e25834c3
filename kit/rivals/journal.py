"""The raw answers of a run, one JSON line each, on the disk before they count: what was paid for is never lost."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kit.errors import RunError


class Journal:
    """An append-only file of answers by key. A torn last line of a killed process is cut off and asked again.

    `with Journal(path)` keeps a second process out, which would pay for the same answers once more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._other_processes = FileLock(path.with_name(f".{path.name}.lock"))

    def __enter__(self) -> Journal:
        try:
            self._other_processes.acquire(timeout=0)
        except Timeout:
            raise RunError(f"{self.path.parent}: another process is asking for these answers; let it end") from None
        try:
            self._read()
        except BaseException:
            self._other_processes.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._other_processes.release()

    def _read(self) -> None:
        if not self.path.is_file():
            return
        raw = self.path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            with self.path.open("r+b") as file:
                file.truncate(whole)
        for number, line in enumerate(raw[:whole].decode("utf-8").splitlines(), start=1):
            try:
                answer = json.loads(line)
                self.answers[answer["key"]] = answer
            except (ValueError, KeyError, TypeError) as err:
                raise RunError(f"{self.path}, line {number}: is broken ({err}); delete that line", 2) from err

    def add(self, answer: dict[str, Any]) -> None:
        """Write, flush to the disk, then count it."""
        try:
            line = json.dumps(answer, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half an emoji, where an answer was cut off inside it
            line = json.dumps(answer).encode()
        with self._lock:
            with self.path.open("ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self.answers[answer["key"]] = answer
