"""Personal data and secrets replaced by typed placeholders, for good or, with a key file, for the time being."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kit.data.pii import KINDS, find_pii
from kit.data.tidy import with_strings
from kit.errors import DataError

__all__ = ["Scrubber", "read_key", "restored", "write_key"]

LITERAL = "LITERAL"  # a text that looked like a numbered placeholder before anything was replaced
NUMBERED = re.compile(r"\[(?:" + "|".join((*KINDS, LITERAL)) + r")_\d+\]")
LEAST_NUMBER = 10**6


class Scrubber:
    """`[EMAIL]` for every address; when reversible `[EMAIL_3]`, the same number for the same value everywhere."""

    def __init__(self, *, is_reversible: bool = False) -> None:
        self.is_reversible = is_reversible
        self.counts: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()
        self.placeholders: dict[tuple[str, str], str] = {}

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with every cell scrubbed, texts inside lists and objects too; whole numbers become text if hit."""
        return {column: self._cell(value, column) for column, value in row.items()}

    def text(self, text: str, *, context: str = "") -> str:
        """`context`, the name of the column, tells a phone number from any other."""
        pieces, end = [], 0
        for found in find_pii(text, context=context):
            pieces += [self._literals(text[end : found.start]), self._for(found.kind, text[found.start : found.end])]
            end = found.end
        return "".join([*pieces, self._literals(text[end:])])

    def _cell(self, value: Any, column: str) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LEAST_NUMBER:
            scrubbed = self.text(str(value), context=column)
            return value if scrubbed == str(value) else scrubbed
        return with_strings(value, lambda text: self.text(text, context=column))

    def _literals(self, text: str) -> str:
        if not self.is_reversible or "[" not in text:
            return text
        return NUMBERED.sub(lambda found: self._for(LITERAL, found[0]), text)

    def _for(self, kind: str, value: str) -> str:
        if kind != LITERAL:
            self.counts[kind] += 1
        if not self.is_reversible:
            return f"[{kind}]"
        known = self.placeholders.get((kind, value))
        if known is None:
            self.numbers[kind] += 1
            known = self.placeholders[kind, value] = f"[{kind}_{self.numbers[kind]}]"
        return known


def write_key(path: Path, scrubber: Scrubber) -> None:
    """What each placeholder stood for; readable by its owner alone. Raises DataError where the file exists."""
    values = {placeholder: value for (_, value), placeholder in scrubber.placeholders.items()}
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise DataError(f"{path}: exists already; a key that is overwritten is lost, name another file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror})") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "placeholders": values}, file, ensure_ascii=False, indent=1)


def read_key(path: Path) -> dict[str, str]:
    """placeholder -> value. Raises DataError where the file is none of ours."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["placeholders"]
        if not all(isinstance(one, str) for pair in values.items() for one in pair):
            raise TypeError
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such key file") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError(f"{path}: is not a key file as `moatkit data clean --key-file` writes it") from None
    return dict(values)


def restored(row: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The row with numbered placeholders turned back; unknown ones stay."""
    return {
        name: with_strings(value, lambda text: NUMBERED.sub(lambda found: values.get(found[0], found[0]), text))
        for name, value in row.items()
    }
