"""History on the page of versions: the revisions, what two of them differ in, one brought back, one field over time."""

from __future__ import annotations

import streamlit as st

from dashboards import banner, people, pieces, versions
from dashboards.words import word
from kit import store

MOST = 200


def revisions(db: store.Store, venture: str) -> list[store.Revision]:
    """The newest revisions in a table."""
    found = store.history(db, venture, limit=MOST)
    pieces.table(versions.history_lines(found), key="revisions")
    if len(found) == MOST:
        st.caption(word("history_newest", n=MOST))
    return found


def difference(db: store.Store, venture: str, found: list[store.Revision]) -> None:
    """What two revisions differ in, and the way back to the older one."""
    numbers = {one.number: f"{one.number} · {versions.when(one.at)} · {one.author}" for one in found}
    known = list(numbers)
    with st.container(horizontal=True):
        first = st.selectbox(word("diff_from"), known, min(1, len(known) - 1), key="diff_from",
                             format_func=lambda number: numbers.get(number, str(number)))  # fmt: skip
        second = st.selectbox(word("diff_to"), known, 0, key="diff_to",
                              format_func=lambda number: numbers.get(number, str(number)))  # fmt: skip
    lines = versions.difference_lines(store.diff(db, venture, first, second))
    if lines:
        pieces.table(lines, key="difference")
    else:
        st.caption(word("diff_none"))
    if first != found[0].number and people.may(store.Role.EDITOR):
        st.button(word("bring_back", n=first), key="bring_back", icon=":material/settings_backup_restore:",
                  on_click=banner.told, args=(_bring_back, db, venture, first), help=word("bring_back_help"))


def field(db: store.Store, venture: str, places: list[str]) -> None:
    """Who gave one field each of its values."""
    names = {place: versions.named(place) for place in places}
    chosen = st.selectbox(word("field"), places, index=None, key="blame_field", placeholder=word("choose_field"),
                          format_func=lambda place: names.get(place, place))  # fmt: skip
    if chosen is not None:
        pieces.table(versions.field_lines(chosen, store.blame(db, venture, chosen)), key="blame")


def _bring_back(db: store.Store, venture: str, number: int) -> None:
    store.undo(db, people.person(), venture, to=number)
