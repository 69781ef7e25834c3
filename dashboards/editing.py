"""What a page needs to let people change a venture: documents as shown, a write, an edit button, the five inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from dashboards import fields, frame, reports, sheet, ventures
from dashboards.safe import md
from dashboards.saving import commit
from dashboards.words import language, word
from kit.strategy.worksheet import Row, by_key

__all__ = ["button", "commit", "documents", "inputs"]

MOST_INPUTS = 5


def documents() -> Mapping[str, Any]:
    """The documents of the venture as shown, with scenario and what is tried; not to be changed in place."""
    here = frame.current()
    return ventures.documents(ventures.key_of(here.venture, here.scenario))


def button(place: str, *, key: str, outcome: str | None = None, label: str = "") -> None:
    """The edit button of a field; a click opens its sheet."""
    st.button(label, key=f"{key}_{place}", icon=":material/edit:", type="tertiary", on_click=sheet.request,
              args=(sheet.Open(None, place, outcome),), help=word("edit_help", name=fields.name_of(place)))  # fmt: skip


def inputs(outcome: str, places: Iterable[str] = (), *, key: str) -> None:
    """The inputs that swing the outcome most, each with what the outcome becomes at its ends; and further fields."""
    here = frame.current()
    rows = by_key(ventures.sheets(here.venture, here.scenario, here.run_path, language())[0])
    st.subheader(word("inputs_of", outcome=rows[outcome].label), anchor=False)
    swings = reports.swings(here, outcome, MOST_INPUTS)
    if not swings:
        st.caption(word("inputs_none"))
    for one in swings:
        _line(one, rows, outcome, key)
    further = [place for place in places if place not in {one.place for one in swings}]
    if further:
        with st.expander(word("inputs_more", n=len(further)), icon=":material/tune:"):
            for place in further:
                _further(place, outcome, key)


def _line(one: reports.Swing, rows: Mapping[str, Row], outcome: str, key: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small",
                      key=f"{key}_line_{one.key}"):  # fmt: skip
        st.markdown(f"**{md(one.label)}** {md(one.now)}  \n:gray[{md(one.source)}]", width=260)
        st.markdown(word("swing_ends" if one.is_range else "swing_tenth", low=one.low, high=one.high,
                         at_low=one.at_low, at_high=one.at_high), width="stretch")
        if sheet.places_below(rows[one.key], rows):
            st.button("", key=f"{key}_{one.key}", icon=":material/edit:", type="tertiary", on_click=sheet.request,
                      args=(sheet.Open(rows[one.key], outcome=outcome),),
                      help=word("edit_help", name=one.label))  # fmt: skip


def _further(place: str, outcome: str, key: str) -> None:
    field = fields.field_of(documents(), place)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{md(fields.name_of(place))}** {md(fields.in_words(field))}", width="stretch")
        button(place, key=key, outcome=outcome)
