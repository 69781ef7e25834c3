"""The playbooks that ship with the kit, one folder each: a venture, its handbook, its guides in two languages, data."""

from __future__ import annotations

import difflib
import filecmp
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.errors import VentureError
from kit.paths import shipped
from kit.strategy.guide import guide
from kit.strategy.handbook import Handbook, load_handbook
from kit.strategy.venture import Venture, load_venture

FILE = "playbook.yaml"
HANDBOOK = "handbook.yaml"
DEFAULT = "support-routing"


@dataclass(frozen=True)
class Playbook:
    """A venture to start from and the handbook that says what to do with it."""

    folder: Path
    venture: Venture
    handbook: Handbook

    def guide(self, language: str) -> str:
        """What a founder reads first, as Markdown."""
        return guide(self.handbook, self.venture, language)


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
    """The venture of a playbook."""
    return load_venture(path_of(playbook))


def opened(playbook: str) -> Playbook:
    """A playbook with its handbook, which is held against the venture."""
    path = path_of(playbook)
    venture = load_venture(path)
    return Playbook(path.parent, venture, load_handbook(path.with_name(HANDBOOK), venture))


def first_alternatives(playbook: str, language: str) -> list[dict[str, Any]]:
    """What the handbook names beside us, the last of its rows, as rows of the document `positioning` to begin with."""
    found = []
    for place, row in enumerate(opened(playbook).handbook.alternatives[:-1]):
        source = {"kind": row.claimed_by.kind, "ref": row.claimed_by.ref}
        found.append({"id": re.sub(r"[^a-z0-9]+", "-", row.name.en.lower()).strip("-")[:40],
                      "name": row.name.said(language), "claim": row.claimed.said(language), "source": source,
                      **({"kind": "status quo"} if place == 0 else {})})
    return found


def holds_demo_rows(source: Path) -> bool:
    """Whether a file ships with a playbook or is a copy of one, as in a project started from it: it proves nothing."""
    folder = shipped("playbooks")
    if folder in source.resolve().parents:
        return True
    return source.is_file() and any(filecmp.cmp(source, path, shallow=False) for path in folder.glob("*/data/*.csv"))
