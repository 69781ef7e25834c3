"""What the store hands out: frozen records, and the whole state of a venture as one revision holds it.

A state is the venture's documents, its scenarios and its run links together, so that one number, one lock and one undo
cover all three.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any

from kit.errors import StoreError
from kit.store.plain import said

Content = Mapping[str, Any]
"""The documents of a venture by name, as JSON holds them."""

LIVE, CANDIDATE, RIVAL = "live", "candidate", "rival"
RUN_ROLES = (LIVE, CANDIDATE, RIVAL)


class Role(IntEnum):
    """What a person may do to a venture; a higher role may do all that a lower one may."""

    VIEWER = 1
    EDITOR = 2
    OWNER = 3

    @classmethod
    def named(cls, name: str) -> Role:
        try:
            return cls[name.upper()]
        except KeyError:
            raise StoreError(f"role is {name!r}: use one of {', '.join(role.word for role in cls)}") from None

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Actor:
    """Who writes. Without sign-in a name and a role are claims; a recorded membership can only lower the role."""

    name: str
    role: Role

    def __post_init__(self) -> None:
        said("the name of who writes", self.name)


@dataclass(frozen=True)
class Scenario:
    """Values by dotted path, laid over the base or over another scenario."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    over: str | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Without what is not said."""
        more = {"over": self.over, "note": self.note}
        return {"overrides": dict(self.overrides)} | {name: value for name, value in more.items() if value}


@dataclass(frozen=True)
class Link:
    """A run as it was when it was linked: its summary may not change unnoticed."""

    run: str
    path: str
    sha256: str
    linked_at: str
    linked_by: str


@dataclass(frozen=True)
class RunLinks:
    """The runs that a venture stands on."""

    live: Link | None = None
    candidate: Link | None = None
    rivals: tuple[Link, ...] = ()

    def named(self) -> list[tuple[str, Link]]:
        """(role, link) of every run."""
        one = [(LIVE, self.live), (CANDIDATE, self.candidate)]
        return [(role, link) for role, link in one if link] + [(RIVAL, link) for link in self.rivals]


@dataclass(frozen=True)
class State:
    """All that a revision holds."""

    documents: Content
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    runs: RunLinks = RunLinks()

    def as_json(self) -> dict[str, Any]:
        return {"documents": dict(self.documents),
                "scenarios": {name: scenario.as_json() for name, scenario in self.scenarios.items()},
                "runs": {**asdict(self.runs), "rivals": [asdict(link) for link in self.runs.rivals]}}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> State:
        runs = raw["runs"]
        one = {role: Link(**runs[role]) if runs[role] else None for role in (LIVE, CANDIDATE)}
        return cls(raw["documents"], {name: Scenario(**scenario) for name, scenario in raw["scenarios"].items()},
                   RunLinks(one[LIVE], one[CANDIDATE], tuple(Link(**link) for link in runs["rivals"])))


@dataclass(frozen=True)
class Revision:
    """One entry of the history. `restores` names the revision that an undo brought back."""

    venture: str
    number: int
    parent: int | None
    author: str
    role: str
    at: str
    message: str
    restores: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"revision {self.number} by {self.author} on {self.at}" + (f" ({self.message})" if self.message else "")


@dataclass(frozen=True)
class Loaded:
    """A venture at one revision. `documents` has the scenario laid over it, `state` has not."""

    revision: Revision
    state: State
    documents: Content
    scenario: str | None = None

    @property
    def number(self) -> int:
        """The revision that a save made from this must name."""
        return self.revision.number


@dataclass(frozen=True)
class Listed:
    """A line of the list of ventures."""

    venture: str
    title: str
    stage: str
    currency: str
    revision: int
    saved_at: str
    saved_by: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Comment:
    """A remark on a place: a document, a dotted field, or '' for the venture."""

    number: int
    place: str
    text: str
    author: str
    role: str
    at: str
    resolved_by: str | None = None
    resolved_at: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


OPEN, DONE, DROPPED = "open", "done", "dropped"
STATUSES = (OPEN, DONE, DROPPED)


@dataclass(frozen=True)
class Decision:
    """What was decided, who sees to it until when, and why; a change keeps the older version."""

    number: int
    version: int
    text: str
    owner: str
    due: str | None
    status: str
    reason: str
    author: str
    role: str
    at: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Member:
    """A person whom an owner gave a role in a venture."""

    name: str
    role: str
    by: str
    at: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def now() -> str:
    """The time in UTC, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
