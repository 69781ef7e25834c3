"""Decisions with owner and date, kept beside the runs until the venture store keeps them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dashboards import data
from kit import runs

FILE = ".decisions.json"


def load() -> list[dict[str, Any]]:
    """Newest first."""
    return runs.read_json(data.runs_dir(), FILE)["decisions"] if (data.runs_dir() / FILE).is_file() else []


def add(what: str, owner: str, due: dt.date) -> None:
    _save(
        [
            {"what": what.strip(), "owner": owner.strip(), "due": due.isoformat(), "done": False, "at": runs.now()},
            *load(),
        ]
    )


def close(what: str) -> None:
    _save([one | {"done": True} if one["what"] == what else one for one in load()])


def _save(held: list[dict[str, Any]]) -> None:
    runs.write_json(data.runs_dir() / FILE, {"decisions": held})
