"""Comments where the numbers are: `draw("pricing")` puts the comments of a worksheet, folded, on any page.

Only the list is drawn anew by itself, so that what others say appears while somebody reads; what is being typed stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import banner, frame, people, pieces, ventures, versions
from dashboards.safe import md
from dashboards.words import plain, word
from kit import store

EVERY_S = 15
LONGEST = 4000


def draw(place: str) -> None:
    """Open and resolved comments of a document or a field, with a line to add one; one sentence without a store."""
    venture = frame.current().venture
    if not ventures.key_of(venture).is_stored:
        st.caption(f":material/forum: {word('comments_need_store')}")
        return
    with pieces.faults_told():
        still_open = len(store.comments(ventures.the_store(), venture, place=place, is_open=True))
        title = word("comments_here", n=still_open) if still_open else word("comments_none_open")
        with st.expander(title, icon=":material/forum:", key=f"comments_{place}"):
            listed(place)
            add(place, [place])


@st.fragment(run_every=EVERY_S)
def listed(place: str | None = None) -> None:
    """The open comments, then the resolved ones folded; `place` takes in everything below it, None is all."""
    venture = frame.current().venture
    with pieces.faults_told():
        found = store.comments(ventures.the_store(), venture, place=place)
        still_open = [one for one in found if one.resolved_at is None]
        if not still_open:
            st.caption(word("comments_no_open"))
        for one in reversed(still_open):
            _comment(venture, one, f"{place or 'all'}")
        closed = [one for one in found if one.resolved_at is not None]
        if closed and st.toggle(word("comments_show_resolved", n=len(closed)), key=f"resolved_{place or 'all'}"):
            for one in reversed(closed):
                _comment(venture, one, f"{place or 'all'}")


def add(key: str, places: Sequence[str]) -> None:
    """A line to say something about one of the places; for whoever may write."""
    venture = frame.current().venture
    if not people.may(store.Role.EDITOR):
        st.caption(word("only_looks"))
        return
    with st.form(f"comment_form_{key}", clear_on_submit=True, border=False):
        names = {place: versions.named(place) for place in places}
        place = places[0]
        if len(places) > 1:
            place = st.selectbox(word("comment_on"), places, key=f"comment_place_{key}",
                                 format_func=lambda at: names.get(at, at))  # fmt: skip
        text = st.text_area(word("comment_new"), key=f"comment_text_{key}", max_chars=LONGEST, height=90)
        if st.form_submit_button(word("comment_add"), key=f"comment_add_{key}") and text.strip():
            banner.told(_add, venture, place, text)
            st.rerun()


def _add(venture: str, place: str, text: str) -> None:
    """A worksheet that is not filled in yet has no place in the store, so what is said of it goes to the venture."""
    db = ventures.the_store()
    documents = store.load(db, venture).state.documents
    known = not place or place.partition(".")[0] in documents
    store.comment(db, people.person(), venture, text if known else f"{versions.named(place)}: {text}",
                  place=place if known else "")  # fmt: skip


def _comment(venture: str, one: store.Comment, key: str) -> None:
    with st.container(border=True, key=f"comment_{key}_{one.number}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(word("comment_by", n=one.number, who=one.author, at=versions.when(one.at),
                            place=versions.named(one.place)), width="stretch")  # fmt: skip
            may = one.resolved_at is None and people.may(store.Role.EDITOR)
            if may and st.button(word("comment_resolve"), key=f"resolve_{key}_{one.number}", icon=":material/check:",
                                 type="tertiary"):  # fmt: skip
                banner.told(_resolve, venture, one.number)
                st.rerun()
        st.markdown("  \n".join(md(line) for line in one.text.splitlines()))
        if one.resolved_at is not None:
            st.caption(word("comment_resolved", who=one.resolved_by, at=versions.when(one.resolved_at)))


def _resolve(venture: str, number: int) -> None:
    store.resolve(ventures.the_store(), people.person(), venture, number)


def note_without_store() -> None:
    """What a playbook or a file cannot keep, and how to come to it."""
    st.info(plain("versions_need_store"), icon=":material/inventory_2:")
