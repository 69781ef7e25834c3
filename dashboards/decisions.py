"""Decisions with owner and date: of a stored venture in its store, else in a file beside the runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from dashboards import data, ventures
from dashboards.people import person
from kit import runs, store
from kit.store.records import DONE, OPEN

FILE = ".decisions.json"


@dataclass(frozen=True)
class Decision:
    """`number` names it for a change; `status` is open, done or dropped."""

    number: int
    what: str
    owner: str
    due: str | None
    status: str


def load(venture: str) -> list[Decision]:
    """Newest first."""
    if ventures.key_of(venture).is_stored:
        found = store.decisions(ventures.the_store(), venture)
        return [Decision(one.number, one.text, one.owner, one.due, one.status) for one in reversed(found)]
    held = _held()
    return [Decision(place, one["what"], one["owner"], one["due"], DONE if one["done"] else OPEN)
            for place, one in enumerate(held)]


def add(venture: str, what: str, owner: str, due: dt.date) -> None:
    """Raises StoreError where this person may not decide."""
    if ventures.key_of(venture).is_stored:
        store.decide(ventures.the_store(), person(), venture, what, owner=owner.strip() or None, due=due.isoformat())
        return
    one = {"what": what.strip(), "owner": owner.strip(), "due": due.isoformat(), "done": False, "at": runs.now()}
    _save([one, *_held()])


def close(venture: str, number: int) -> None:
    """A decision that is done."""
    if ventures.key_of(venture).is_stored:
        store.change_decision(ventures.the_store(), person(), venture, number, status=DONE)
        return
    _save([one | {"done": True} if place == number else one for place, one in enumerate(_held())])


def change(venture: str, number: int, *, owner: str, due: dt.date | None, status: str, reason: str) -> None:
    """Another owner, date or status of a decision in the store, its older version kept; what is empty stays."""
    store.change_decision(ventures.the_store(), person(), venture, number, owner=owner.strip() or None,
                          due=due.isoformat() if due else None, status=status, reason=reason)


def _held() -> list[dict[str, Any]]:
    return runs.read_json(data.runs_dir(), FILE)["decisions"] if (data.runs_dir() / FILE).is_file() else []


def _save(held: list[dict[str, Any]]) -> None:
    runs.write_json(data.runs_dir() / FILE, {"decisions": held})
