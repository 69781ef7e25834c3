"""What moved since last time, why, who decides?"""

import datetime as dt

import streamlit as st

from dashboards import charts, chips, decisions, frame, pieces, review, review_parts, run_table, ventures
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import language, naming, plain, word
from kit.store.records import OPEN


def main() -> None:
    pieces.opening("review")
    here = frame.current()
    with pieces.faults_told():
        if ventures.key_of(here.venture).is_stored:
            _since()
        else:
            others = run_table.comparable_names(here.run)
            others += [path.name for path in frame.example_folders() if path.name != here.run.name]
            _moved(st.selectbox(word("review_before"), others, key="review_before"))
    with pieces.faults_told():
        _decisions()


def _since() -> None:
    """From the revision of a week ago to the newest, change by change."""
    here = frame.current()
    span = st.segmented_control(word("review_since"), list(review.SPANS_DAYS), default="week", key="review_since",
                                required=True, format_func=naming("since_", review.SPANS_DAYS))
    found = review.since(here, span)
    if found.runs_problem:
        st.warning(f"{word('runs_of_then_gone')}\n\n{md(found.runs_problem)}", icon=":material/warning:")
    review_parts.answer(found)
    review_parts.bridge(found)
    review_parts.moves(found)
    review_parts.figures(found)


def _moved(before: str) -> None:
    """The bridge between two runs in money a month, one cause at a time."""
    here = frame.current()
    steps = review.moved(here, frame.entry_of(before))
    if steps is None:
        pieces.answer(word("review_nothing"))
        return
    factor, money = frame.rate(), here.currency
    change = factor * (steps.end - steps.start)
    main_cause = max(steps.causes, key=lambda one: abs(one[1]))[0] if steps.causes else "none"
    pieces.answer(word("review_moved", change=shown(change, money, language()), before=before, now=here.run.name,
                       cause=plain(f"cause_{main_cause}")))
    figure = charts.bridge([plain(f"cause_{name}") for name, _ in steps.causes],
                           [factor * value for _, value in steps.causes], start=factor * steps.start,
                           end=factor * steps.end, ends=(before, here.run.name),
                           y=charts.axis(plain("contribution_per_month"), money), example=here.is_example)
    charts.draw(figure, key="bridge", alt=plain("contribution_per_month"))
    chips.source_line(chips.run_source(), word("from_venture", venture=frame.current_venture().title))


def _decisions() -> None:
    st.subheader(word("decisions"), anchor=False)
    venture = frame.current().venture
    held = decisions.load(venture)
    if held:
        pieces.table([{plain("decision"): one.what, plain("owner"): one.owner, plain("due"): one.due,
                       plain("state"): plain(f"decided_{one.status}")} for one in held])
    else:
        st.caption(word("no_decisions"))
    with st.form("decision_form", clear_on_submit=True):
        what = st.text_input(word("decision"), key="decision_what", max_chars=500)
        with st.container(horizontal=True):
            owner = st.text_input(word("owner"), key="decision_owner", max_chars=80)
            due = st.date_input(word("due"), dt.date.today() + dt.timedelta(days=7), key="decision_due")
        if st.form_submit_button(word("decide"), key="decision_save") and what.strip():
            decisions.add(venture, what, owner, due)
            st.rerun()
    still_open = {one.number: one.what for one in held if one.status == OPEN}
    if still_open:
        done = st.selectbox(word("close_decision"), list(still_open), index=None, key="decision_close",
                            format_func=lambda number: still_open.get(number, str(number)))
        if done is not None and st.button(word("close"), key="decision_done"):
            decisions.close(venture, done)
            st.rerun()


main()
