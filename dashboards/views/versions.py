"""Who changed what, what do the scenarios say, what is open?"""

import datetime as dt

import streamlit as st

from dashboards import (
    banner,
    decisions,
    frame,
    history_parts,
    people,
    pieces,
    remarks,
    scenario_parts,
    ventures,
    versions,
    what_if,
)
from dashboards.words import naming, plain, word
from kit import store
from kit.store.records import OPEN, STATUSES


def main() -> None:
    pieces.opening("versions")
    here = frame.current()
    if not ventures.key_of(here.venture).is_stored:
        remarks.note_without_store()
        _scenarios(None)
        return
    db, held = ventures.the_store(), ventures.loaded(ventures.key_of(here.venture))
    newest = store.history(db, here.venture, limit=1)[0]
    said, decided = store.comments(db, here.venture, is_open=True), store.decisions(db, here.venture, status=OPEN)
    pieces.answer(word("versions_answer", n=newest.number, who=newest.author, at=versions.when(newest.at),
                       why=newest.message or plain("no_reason"), scenarios=len(held.state.scenarios),
                       comments=len(said), decisions=len(decided)))  # fmt: skip
    _scenarios(held)
    _history(db, here.venture)
    with st.expander(word("comments_title", n=len(said)), icon=":material/forum:", expanded=bool(said)):
        remarks.listed()
        remarks.add("all", versions.places_of(held.state.documents))
    _decisions(db, here.venture, decided)


def _scenarios(held: store.Loaded | None) -> None:
    """Side by side; of a playbook or a file there is the base, and what the session tries."""
    st.subheader(word("scenarios_title"), anchor=False)
    tried = what_if.tried(frame.current().venture)
    with pieces.faults_told():
        scenario_parts.compared(versions.views())
    if held is None:
        return
    with st.expander(word("scenario_inputs"), icon=":material/difference:", expanded=True):
        scenario_parts.inputs(held, tried)
    with st.expander(word("scenario_each", n=len(held.state.scenarios)), icon=":material/alt_route:"):
        scenario_parts.each(held)
        scenario_parts.new(held, tried)


def _history(db: store.Store, venture: str) -> None:
    with st.expander(word("history_title"), icon=":material/history:"):
        found = history_parts.revisions(db, venture)
        if len(found) > 1:
            st.markdown(f"**{word('diff_title')}**")
            history_parts.difference(db, venture, found)
        st.markdown(f"**{word('blame_title')}**")
        history_parts.field(db, venture, versions.stated_places())


def _decisions(db: store.Store, venture: str, still_open: list[store.Decision]) -> None:
    """The open ones, with another owner, date or status; new ones are taken on the page of the review."""
    with st.expander(word("decisions_open", n=len(still_open)), icon=":material/gavel:", expanded=bool(still_open)):
        pieces.table([{plain("decision"): one.text, plain("owner"): one.owner, plain("due"): one.due,
                       plain("why"): one.reason} for one in still_open])  # fmt: skip
        st.page_link("views/review.py", label=word("decisions_on_review"), icon=":material/arrow_forward:")
        if still_open and people.may(store.Role.EDITOR):
            texts = {one.number: one.text for one in still_open}
            number = st.selectbox(word("decision_change"), list(texts), key="decision_number",
                                  format_func=lambda key: texts.get(key, str(key)))  # fmt: skip
            _change(venture, next(one for one in still_open if one.number == number))


def _change(venture: str, one: store.Decision) -> None:
    with st.form(f"decision_{one.number}", border=False):
        with st.container(horizontal=True):
            owner = st.text_input(word("owner"), one.owner, key=f"decision_owner_{one.number}", max_chars=80)
            due = st.date_input(word("due"), dt.date.fromisoformat(one.due) if one.due else None,
                                key=f"decision_due_{one.number}")  # fmt: skip
            status = st.selectbox(word("state"), STATUSES, key=f"decision_status_{one.number}",
                                  format_func=naming("decided_", STATUSES))  # fmt: skip
        reason = st.text_input(word("why"), key=f"decision_why_{one.number}", max_chars=500)
        if st.form_submit_button(word("decision_keep"), key=f"decision_keep_{one.number}"):
            banner.told(_keep, venture, one.number, owner, due, status, reason)
            st.rerun()


def _keep(venture: str, number: int, owner: str, due: dt.date | None, status: str, reason: str) -> None:
    decisions.change(venture, number, owner=owner, due=due, status=status, reason=reason)


with pieces.faults_told():
    main()
