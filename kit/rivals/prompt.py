"""Prompts from a template: `{column}` is filled from the row, `{{` and `}}` are plain braces, other braces are text.

JSON in a template (`{"label": "..."}`) is left as it stands, since no column is named with quotes or colons.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.data.sources import did_you_mean
from kit.errors import ConfigError

_MARK = re.compile(r"\{\{|\}\}|\{([^{}\"':,\n]+)\}")


@dataclass(frozen=True)
class Template:
    """The text of a prompt and where it was read."""

    text: str
    source: str

    @property
    def names(self) -> list[str]:
        """What stands in braces, in order, each once."""
        return list(dict.fromkeys(match[1].strip() for match in _MARK.finditer(self.text) if match[1]))

    def check(self, there: Collection[str], answers: Collection[str] = (), *, needs_one: bool = True) -> None:
        """Raises ConfigError for a name that no row has, and for one that would give the right answer away."""
        problems = []
        for name in self.names:
            if name in answers:
                problems.append(f"{{{name}}} is the right answer of the row: a rival must not see it; take it out")
            elif name not in there:
                near = did_you_mean(name, sorted(there))
                problems.append(f"{{{name}}} is not a column{near}; there is {', '.join(sorted(there))}; "
                                "write {{...}} for plain braces")
        if needs_one and not self.names:
            problems.append("names no column in braces, so every row would get the same question; write e.g. {text}")
        if problems:
            raise ConfigError([f"{self.source}: {problem}" for problem in problems])

    def fill(self, values: Mapping[str, Any]) -> str:
        """The template with the row's values; braces in a value stay as they are."""
        def of(match: re.Match[str]) -> str:
            if match[1] is None:
                return match[0][0]
            value = values[match[1].strip()]
            return "" if value is None else str(value)

        return _MARK.sub(of, self.text)


def read_template(path: Path) -> Template:
    """A template from a text file. Raises ConfigError where it cannot be read or is empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        why = err.strerror if isinstance(err, OSError) else "it is not UTF-8"
        raise ConfigError(f"{path}: cannot be read as a prompt ({why})") from None
    if not text.strip():
        raise ConfigError(f"{path}: is empty; write what to ask, with the row's columns in braces, e.g. {{text}}")
    return Template(text.strip(), str(path))
