"""The task kinds, one visible row each; the class is imported only when its kind is used."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING

from kit.errors import ConfigError

if TYPE_CHECKING:
    from kit.tasks.base import Task

TASKS = {
    "text_classification": "kit.tasks.text_classification:TextClassification",
    "causal_lm": "kit.tasks.causal_lm:CausalLM",
}


def get(name: str) -> type[Task]:
    """The class of a kind. Raises ConfigError with the nearest name."""
    if name not in TASKS:
        near = difflib.get_close_matches(name, TASKS, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(TASKS)}"
        raise ConfigError(f"task = {name!r}: is not a task kind; {hint}")
    module, _, attribute = TASKS[name].partition(":")
    return getattr(import_module(module), attribute)
