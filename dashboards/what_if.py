"""What a person tries without saving it: values by place, in this session alone, laid over whatever is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from kit.errors import StoreError
from kit.store.places import ABSENT, value_at, with_value
from kit.venture_values import with_document


def tried(venture: str) -> dict[str, Any]:
    """Place -> value; empty where nothing is tried."""
    return dict(st.session_state.get("tried", {}).get(venture, {}))


def as_text(venture: str) -> str:
    """What is tried, as a cache knows it; empty where nothing is."""
    held = tried(venture)
    return json.dumps(held, sort_keys=True, ensure_ascii=False) if held else ""


def set_tried(venture: str, values: Mapping[str, Any]) -> None:
    """Replace all that is tried of a venture."""
    held = {name: of for name, of in st.session_state.get("tried", {}).items() if name != venture}
    st.session_state["tried"] = held | ({venture: dict(values)} if values else {})


def forget(venture: str, places: list[str] | None = None) -> None:
    """Take back some places, or all."""
    set_tried(venture, {} if places is None else {at: v for at, v in tried(venture).items() if at not in places})


def laid(documents: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Documents with values laid over them; null takes a field out. Raises StoreError for a place that is gone."""
    changed = dict(documents)
    for place, value in values.items():
        changed = with_document(changed, place)
        is_gone = value is None and value_at(changed, place) is ABSENT
        changed = changed if is_gone else with_value(changed, place, ABSENT if value is None else value)
    return changed


def laid_where_possible(documents: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The same without the values whose place somebody has since taken out."""
    changed = dict(documents)
    for place, value in values.items():
        try:
            changed = laid(changed, {place: value})
        except StoreError:
            continue
    return changed
