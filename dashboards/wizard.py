"""First launch: seven questions that pick a starting venture and say what to do first; every one may be skipped."""

from __future__ import annotations

import streamlit as st

from dashboards import data, prefs, ventures
from dashboards.words import naming, word

STAGES = ("idea", "pilot", "paying", "scaling")
METRICS = ("outcome", "usage", "seat")


def offer() -> None:
    """Shown once, where there is no run yet and nobody has answered or skipped it."""
    if st.session_state.get("wizard_done") or data.own_runs() or prefs.load().get("wizard"):
        return
    with st.expander(word("wizard_title"), icon=":material/waving_hand:", expanded=False, key="wizard"):
        st.markdown(word("wizard_what"))
        with st.form("wizard_form", border=False):
            answers = _questions()
            with st.container(horizontal=True):
                done = st.form_submit_button(word("wizard_start"), type="primary", key="wizard_start")
                skipped = st.form_submit_button(word("wizard_skip"), key="wizard_skip")
        if done or skipped:
            _keep(answers if done else {})


def _questions() -> dict[str, object]:
    left, right = st.columns(2)
    with left:
        what = st.text_input(word("wizard_q1"), key="wizard_q1")
        whom = st.text_input(word("wizard_q2"), key="wizard_q2")
        cost = st.number_input(word("wizard_q3"), 0.0, None, None, key="wizard_q3")
        metric = st.selectbox(word("wizard_q4"), METRICS, key="wizard_q4", format_func=naming("metric_", METRICS))
    with right:
        playbook = st.selectbox(word("wizard_q5"), ventures.names(), key="wizard_q5")
        currency = st.selectbox(word("wizard_q6"), ["USD", "CNY", "EUR"], key="wizard_q6")
        stage = st.selectbox(word("wizard_q7"), STAGES, key="wizard_q7", format_func=naming("stage_", STAGES))
    return {"what": what, "whom": whom, "cost_per_case": cost, "price_metric": metric, "venture": playbook,
            "currency": currency, "stage": stage}  # fmt: skip


def _keep(answers: dict[str, object]) -> None:
    """The answers stand beside the runs; the venture and the currency are shown at once."""
    st.session_state["wizard_done"] = True
    for name in ("venture", "currency"):
        if name in answers:
            st.session_state[name] = answers[name]
    prefs.save(wizard=answers or {"skipped": True})
    st.rerun()


