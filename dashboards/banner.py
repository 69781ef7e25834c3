"""What stands at the top of a page about changes: what the last one did, what is only tried, and a refused save."""

from __future__ import annotations

import streamlit as st

from dashboards import fields, frame, people, saving, ventures, what_if
from dashboards.safe import md
from dashboards.words import plain, word
from kit import store
from kit.errors import KitError
from kit.store.places import shown

MOST_FIGURES = 3


def draw() -> None:
    """One box each for a clash, for the last answer and for what is tried; nothing where there is nothing to say."""
    here = frame.current()
    clash: saving.Clash | None = st.session_state.get("clash")
    if clash is not None and clash.venture == here.venture:
        _clash(clash)
    answer: saving.Answer | None = st.session_state.get("answer")
    if answer is not None and answer.venture == here.venture:
        _answer(answer)
    if changed := ventures.tried_changes(here.venture, here.scenario):
        _tried(here, changed)
    if fault := st.session_state.pop("fault", None):
        st.error(md(fault), icon=":material/error:")


def _answer(answer: saving.Answer) -> None:
    moved = "; ".join(f"{md(label)} **{md(before)} → {md(after)}**" for label, before, after in answer.figures)
    text = moved or word("saved_moves_nothing")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="answer_box"):
        done = word("saved_version", n=answer.revision) if answer.revision else word("tried_only")
        st.markdown(f":material/check: {done} · {text}", width="stretch")
        if answer.revision is not None:
            st.button(word("undo_change"), key="undo_change", icon=":material/undo:", on_click=told,
                      args=(saving.undo, answer))  # fmt: skip
        st.button(word("dismiss"), key="answer_close", type="tertiary", on_click=_drop, args=("answer",))


def _tried(here: frame.Frame, changed: list[tuple[str, str, str]]) -> None:
    places = list(what_if.tried(here.venture))
    names = ", ".join(md(fields.name_of(place)) for place in places[:MOST_FIGURES])
    more = f" +{len(places) - MOST_FIGURES}" if len(places) > MOST_FIGURES else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="tried_box"):
        st.markdown(f":violet[:material/experiment:] {word('tries', n=len(places))}: {names}{more}", width="stretch")
        with st.popover(word("tried_what"), icon=":material/difference:"):
            st.dataframe([{plain("field"): at, plain("as_stated"): before, plain("as_tried"): after}
                          for at, before, after in changed], hide_index=True)  # fmt: skip
        st.button(word("tried_reset"), key="tried_reset", icon=":material/restart_alt:", on_click=_forget,
                  args=(here.venture,))  # fmt: skip
        if ventures.key_of(here.venture).is_stored and people.may(store.Role.EDITOR):
            st.button(word("tried_keep", scenario=frame.scenario_title(here.scenario)), key="tried_keep",
                      icon=":material/save:", on_click=told, args=(saving.keep_tried,))  # fmt: skip


def _clash(clash: saving.Clash) -> None:
    """Both versions, and the choice between them."""
    theirs = {one.path: one for one in clash.theirs}
    mine = {one.path: one for one in clash.mine}
    with st.container(border=True, key="clash_box"):
        st.error(word("clash", who=clash.newest.author, n=clash.newest.number), icon=":material/call_split:")
        st.dataframe([{plain("field"): at, plain("clash_before"): shown((theirs.get(at) or mine[at]).before),
                       plain("clash_theirs"): shown(theirs[at].after) if at in theirs else "",
                       plain("clash_mine"): shown(mine[at].after) if at in mine else ""}
                      for at in dict.fromkeys([*mine, *theirs])], hide_index=True)  # fmt: skip
        with st.container(horizontal=True):
            st.button(word("clash_keep_mine"), key="clash_keep_mine", type="primary", on_click=told,
                      args=(saving.keep_mine, clash))  # fmt: skip
            st.button(word("clash_keep_theirs"), key="clash_keep_theirs", on_click=_drop, args=("clash",))


def told(action, *arguments: object) -> None:
    """Run a callback; bad input becomes one message on the next drawing."""
    try:
        action(*arguments)
    except KitError as err:
        st.session_state["fault"] = str(err)


def _drop(name: str) -> None:
    st.session_state.pop(name, None)


def _forget(venture: str) -> None:
    what_if.forget(venture)
    st.session_state.pop("answer", None)
