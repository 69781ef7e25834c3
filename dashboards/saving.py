"""Writing what a person changed: to the store, to the chosen scenario, or to what this session tries; and what it did.

A save names the revision that the person has seen. Where somebody saved meanwhile, nothing is written: both versions
are shown, and the person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboards import chips, frame, people, ventures, what_if
from dashboards.words import language
from kit import store
from kit.errors import StoreError
from kit.store.places import ABSENT, value_at
from kit.store.scenarios import with_overrides
from kit.strategy.venture import venture_of
from kit.strategy.worksheet import Row, by_key
from kit.ventures import KEY_RESULTS

MOST_TOLD = 4


@dataclass(frozen=True)
class Answer:
    """What a change did: (label, before, after) of each figure, and the revision that an undo takes back."""

    venture: str
    figures: tuple[tuple[str, str, str], ...]
    revision: int | None = None
    scenario: str = ventures.BASE


@dataclass(frozen=True)
class Clash:
    """A save that was refused, because somebody else saved since."""

    venture: str
    changes: Mapping[str, Any]
    message: str
    newest: store.Revision
    theirs: tuple[store.Difference, ...]
    mine: tuple[store.Difference, ...]


def saves() -> bool:
    """Whether this person's changes of the shown venture go to the store; else they are tried in the session."""
    return ventures.key_of(frame.current().venture).is_stored and people.may(store.Role.EDITOR)


def commit(changes: Mapping[str, Any], *, message: str = "", outcome: str | None = None, trying: bool = False) -> None:
    """Write values by place (ABSENT takes one out) and keep the answer for the next drawing of the page.

    Raises VentureError or StoreError for values that the worksheets refuse; a stale save is kept as a Clash.
    """
    here = frame.current()
    before = _rows(here)
    revision = None
    if trying or not saves():
        _try(here, changes)
    else:
        try:
            revision = _save(here, changes, message)
        except store.StaleSave as stale:
            st.session_state["clash"] = Clash(here.venture, dict(changes), message, stale.newest, tuple(stale.theirs),
                                              tuple(stale.mine))  # fmt: skip
            return
        what_if.forget(here.venture, [at for at in what_if.tried(here.venture) if at in changes])
    wanted = [key.removesuffix("_usd") for key in (outcome, *KEY_RESULTS) if key is not None]  # in the shown currency
    figures = _moved(before, _rows(here), list(dict.fromkeys(wanted)))
    st.session_state["answer"] = Answer(here.venture, figures, revision, here.scenario)


def seen() -> None:
    """Called when a page is drawn: from here on a save of this session starts from the revision that it showed."""
    here = st.session_state.get("frame")
    if here is not None:
        st.session_state["seen"] = {here.venture: ventures.key_of(here.venture).revision}


def keep_mine(clash: Clash) -> None:
    """Make the same change on the newest revision."""
    st.session_state.pop("clash", None)
    st.session_state["seen"] = {clash.venture: ventures.key_of(clash.venture).revision}
    commit(clash.changes, message=clash.message)


def undo(answer: Answer) -> None:
    """Take back the last save of this session, unless somebody has saved since."""
    st.session_state.pop("answer", None)
    if answer.revision is None:
        return
    db = ventures.the_store()
    newest = store.load(db, answer.venture)
    if newest.number != answer.revision:
        raise StoreError(f"{answer.venture} has moved on: {newest.revision} came after your revision "
                         f"{answer.revision}; choose what to bring back on the page of versions")
    store.undo(db, people.person(), answer.venture)


def keep_tried() -> None:
    """Save what the session tries, as it stands."""
    here = frame.current()
    commit(what_if.tried(here.venture), message="kept what was tried")


def _try(here: frame.Frame, changes: Mapping[str, Any]) -> None:
    held = what_if.tried(here.venture)
    trial = held | {place: None if value is ABSENT else value for place, value in changes.items()}
    key = ventures.key_of(here.venture, here.scenario)
    stated = what_if.laid(ventures.documents(key.untried), trial)
    venture_of(stated, here.venture)  # every fault is told before anything is kept
    what_if.set_tried(here.venture, trial)


def _save(here: frame.Frame, changes: Mapping[str, Any], message: str) -> int:
    """The number of the revision written."""
    db = ventures.the_store()
    base = st.session_state.get("seen", {}).get(here.venture) or ventures.key_of(here.venture).revision
    held = store.load(db, here.venture, number=base)
    state = _with(here, held, changes)
    return store.save(db, people.person(), here.venture, state, base=base, message=message).number


def _with(here: frame.Frame, held: store.Loaded, changes: Mapping[str, Any]) -> store.State:
    plain = {place: None if value is ABSENT else value for place, value in changes.items()}
    if here.scenario == ventures.BASE:
        return replace(held.state, documents=what_if.laid(held.state.documents, plain))
    return with_overrides(held.state, here.scenario, overrides_of(held.state.documents, plain))


def overrides_of(documents: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides of a scenario: a document that the base lacks is overridden as a whole."""
    begun = {place.partition(".")[0] for place in changes if place.partition(".")[0] not in documents}
    laid = what_if.laid(documents, changes)
    kept = {place: value for place, value in changes.items() if place.partition(".")[0] not in begun}
    return kept | {name: value_at(laid, name) for name in begun}


def _rows(here: frame.Frame) -> dict[str, Row]:
    return by_key(ventures.sheets(here.venture, here.scenario, here.run_path, language())[0])


def _moved(before: Mapping[str, Row], after: Mapping[str, Row], keys: list[str]) -> tuple[tuple[str, str, str], ...]:
    """The figures that read otherwise than before, the first few."""
    pairs = [(key, chips.value_text(before[key]), chips.value_text(after[key])) for key in keys
             if key in before and key in after]
    told = [(after[key].label, old, new) for key, old, new in pairs if old != new]
    return tuple(told[:MOST_TOLD])
