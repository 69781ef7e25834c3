"""What a person chose once and should not have to choose again, kept beside the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboards import data
from kit import runs
from kit.errors import RunError

FILE = ".dashboard.json"


def columns(known: Sequence[str]) -> list[str]:
    """The columns of the runs table, in the table's order."""
    held = st.session_state.get("columns") or load().get("columns") or known
    return [name for name in known if name in held] or list(known)


def keep_columns() -> None:
    st.session_state["columns"] = list(st.session_state["runs_columns"])
    save(columns=st.session_state["columns"])


def load() -> dict[str, Any]:
    try:
        return runs.read_json(data.runs_dir(), FILE)
    except RunError:
        return {}


def save(**changes: object) -> None:
    runs.write_json(data.runs_dir() / FILE, load() | changes)
