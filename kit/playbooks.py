"""The worked ventures that ship with the kit, one folder each."""

from __future__ import annotations

import difflib
from pathlib import Path

from kit.errors import VentureError
from kit.paths import shipped
from kit.strategy.venture import Venture, load_venture

FILE = "playbook.yaml"
DEFAULT = "support-routing"


def listed() -> list[dict[str, str]]:
    """id, title, task and path of every playbook, by id."""
    found = []
    for path in sorted(shipped("playbooks").glob(f"*/{FILE}")):
        venture = load_venture(path)
        found.append({"id": venture.id, "title": venture.title, "task": venture.task, "path": str(path.parent)})
    return found


def path_of(playbook: str) -> Path:
    """The file of a playbook by its id."""
    known = {path.parent.name: path for path in shipped("playbooks").glob(f"*/{FILE}")}
    if playbook in known:
        return known[playbook]
    near = difflib.get_close_matches(playbook, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(sorted(known)) or 'none'}"
    raise VentureError(f"playbook is {playbook!r}: there is none of that id; {hint}")


def load(playbook: str = DEFAULT) -> Venture:
    return load_venture(path_of(playbook))
