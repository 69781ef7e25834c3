"""The side sheet of a number or of a field: formula, inputs and sources, who gave it when, and its edit form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dashboards import chips, fields, frame, saving, ventures
from dashboards.figures import MISSING
from dashboards.safe import md
from dashboards.words import language, plain, word
from kit import store
from kit.errors import KitError
from kit.store.places import shown
from kit.strategy.trace import place_of
from kit.strategy.worksheet import Row, by_key

MOST_VERSIONS = 10
LOSSES = ("loss_us", "loss_customer")


@dataclass(frozen=True)
class Open:
    """Which sheet is open: of a number, or of a field; `outcome` is the row whose change is told first."""

    row: Row | None = None
    place: str = ""
    outcome: str | None = None


def chip(row: Row) -> None:
    """The chip under a number; a click opens its sheet."""
    example = frame.current().is_example
    kind = chips.kind_of(row.sources, run_is_example=example)
    st.button(chips.chip_text(row.sources, run_is_example=example), icon=chips.ICONS[kind], type="tertiary",
              key=f"chip_{row.key}", help=word("chip_help"), on_click=request, args=(Open(row),))  # fmt: skip


def request(wanted: Open | None) -> None:
    """Open a sheet at the next drawing of the page, or close it."""
    st.session_state["sheet"] = wanted


def draw() -> None:
    """The sheet that is open, if any; it stays so until it is dismissed, whatever else is drawn anew."""
    wanted: Open | None = st.session_state.get("sheet")
    if wanted is None:
        return
    title = fields.name_of(wanted.place) if wanted.row is None else wanted.row.label

    @st.dialog(md(title), position="right", width="medium", on_dismiss=partial(request, None))
    def sheet() -> None:
        if wanted.row is None:
            _form(wanted.place, wanted.outcome)
        else:
            _of_row(wanted.row, wanted.outcome)

    sheet()


def _of_row(row: Row, outcome: str | None) -> None:
    """Workings of a number; the inputs below it that a person stated can be changed here."""
    here = frame.current()
    rows = by_key(ventures.sheets(here.venture, here.scenario, here.run_path, language())[0])
    st.metric(word("value"), chips.value_text(row))
    if chips.interval_text(row):
        st.caption(word("sure_90", interval=chips.interval_text(row)))
    if row.formula:
        st.markdown(f"**{word('formula')}**")
        st.code(row.formula, language=None, wrap_lines=True)
    if row.inputs:
        _inputs(row, rows)
    st.markdown(f"**{word('sources')}**")
    st.dataframe(
        [{plain("kind"): plain(f"source_{s['kind']}"), plain("reference"): s["ref"] or MISSING,
          plain("date"): s["date"] or MISSING} for s in row.sources], hide_index=True)  # fmt: skip
    places = places_below(row, rows)
    if places:
        place = places[0] if len(places) == 1 else st.selectbox(
            word("edit_which"), places, format_func={at: fields.name_of(at) for at in places}.__getitem__,
            key=f"edit_which_{row.key}")  # fmt: skip
        _form(place, outcome or (row.key if row.formula else None))


def _inputs(row: Row, rows: Mapping[str, Row]) -> None:
    example = frame.current().is_example
    st.dataframe([{plain("input"): rows[key].label, plain("value"): chips.value_text(rows[key]),
                   plain("source"): chips.chip_text(rows[key].sources, run_is_example=example)}
                  for key in row.inputs if key in rows], hide_index=True)  # fmt: skip


def places_below(row: Row, rows: Mapping[str, Row]) -> list[str]:
    """The fields that a row is worked out of, nearest first."""
    found: dict[str, None] = {}
    queue, known = [row], {row.key}
    while queue:
        here = queue.pop(0)
        found |= dict.fromkeys(_stated(here))
        fresh = [rows[key] for key in here.inputs if key in rows and key not in known]
        known |= {one.key for one in fresh}
        queue += fresh
    return list(found)


def _stated(row: Row) -> list[str]:
    """The fields in which a person stated a row itself."""
    if row.key in LOSSES:  # one price for each class of errors
        here = frame.current()
        return [f"errors.{name}.cost" for name in ventures.of(here.venture, here.scenario).errors]
    place = place_of(row) if not row.inputs else None
    return [place] if place is not None and fields.is_editable(place) else []


def _form(place: str, outcome: str | None) -> None:
    here = frame.current()
    documents = ventures.documents(ventures.key_of(here.venture, here.scenario))
    try:
        field = fields.field_of(documents, place)
        if not field.is_editable:
            st.info(word("edit_elsewhere"))
            return
        with st.container(border=True):
            st.markdown(f"**{md(fields.name_of(place))}**")
            if isinstance(field.held, dict):
                _factors(field, outcome)
            value = fields.ask(field, documents)
            message = st.text_input(word("edit_why"), key=f"edit_why_{place}", max_chars=500)
            _buttons({place: value}, message, outcome)
    except KitError as err:
        st.error(md(err), icon=":material/error:")
    _history(place)


def _factors(field: fields.Field, outcome: str | None) -> None:
    """Quick changes, only tried: for the question asked in a meeting."""
    st.caption(word("edit_factors"))
    with st.container(horizontal=True, gap="xsmall"):
        for label, factor in fields.FACTORS.items():
            if st.button(label, key=f"factor_{factor}_{field.place}"):
                _write({field.place: fields.scaled(field, factor)}, "", outcome, trying=True)


def _buttons(changes: Mapping[str, Any], message: str, outcome: str | None) -> None:
    with st.container(horizontal=True):
        if saving.saves() and st.button(word("edit_save"), type="primary", key="edit_save", icon=":material/save:"):
            _write(changes, message, outcome)
        if st.button(word("edit_try"), key="edit_try", icon=":material/experiment:"):
            _write(changes, message, outcome, trying=True)
    if not saving.saves():
        st.caption(word("edit_tries_only"))


def _write(changes: Mapping[str, Any], message: str, outcome: str | None, *, trying: bool = False) -> None:
    saving.commit(changes, message=message, outcome=outcome, trying=trying)
    request(None)
    st.rerun()


def _history(place: str) -> None:
    """Who gave the field each of its values."""
    key = ventures.key_of(frame.current().venture)
    if not key.is_stored:
        return
    with st.expander(word("edit_history"), icon=":material/history:"):
        try:
            found = store.blame(ventures.the_store(), key.name, place)
        except KitError as err:
            st.caption(md(err))
            return
        st.dataframe([{plain("version"): one.number, plain("date"): one.at[:16].replace("T", " "),
                       plain("who"): one.author, plain("value"): shown(value), plain("why"): one.message}
                      for one, value in found[:MOST_VERSIONS]], hide_index=True)  # fmt: skip
