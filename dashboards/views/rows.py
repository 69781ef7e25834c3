"""Is the data fit and ours to use, what to label next?"""

import streamlit as st

from dashboards import charts, chips, data, frame, health, pieces
from dashboards.figures import shown
from dashboards.words import language, plain, word
from kit import runs
from kit.strategy.gates import Status


def main() -> None:
    pieces.opening("rows")
    here = frame.current()
    report = data.run_json(here.run_path, runs.DATA)
    if not report:
        pieces.unproven(here.run.name)
        return
    found = health.checks(report, here.run.summary)
    missed = [one for one in found if one.status is not Status.MET]
    what = plain(f"check_{missed[0].key}") if missed else ""
    status = health.overall(found)
    pieces.answer(word(f"rows_{status.value}", n=len(found), what=what), status)
    for place, (name, size) in zip(st.columns(3), report["splits"].items()):
        with place:
            pieces.card(plain(f"split_{name}"), shown(size, "rows", language()))
    _checks(found)
    left, right = st.columns(2)
    with left:
        _lost(report)
        _lengths()
    with right:
        _labels()
    st.page_link("views/labelling.py", label=word("go_label"), icon=":material/label:")


def _checks(found) -> None:
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            pieces.gate_badge(one.status)
            st.markdown(f"**{word(f'check_{one.key}')}** {word(f'check_{one.key}_is', value=one.value)}")


def _lost(report) -> None:
    """Rows that did not get in, by reason."""
    st.subheader(word("rows_lost"), anchor=False)
    reasons = health.rows_lost(report)
    if not reasons:
        st.caption(word("none_lost", n=shown(health.rows_in(report), "rows", language())))
        return
    figure = charts.bars(list(reasons), {plain("rows"): list(reasons.values())}, x=charts.axis(plain("rows")),
                         example=frame.current().is_example)
    charts.draw(figure, key="lost", alt=plain("rows_lost"))


def _lengths() -> None:
    st.subheader(word("lengths"), anchor=False)
    here = frame.current()
    found = health.lengths(here.run_path)
    if found is None:
        st.caption(word("no_lengths"))
        return
    cut = health.cut_off(here.run_path)
    figure = charts.histogram(found[0], found[1], x=charts.axis(plain("length"), plain("tokens")),
                              y=charts.axis(plain("rows")), cut=cut, cut_name=plain("cut_off"), example=here.is_example)
    charts.draw(figure, key="lengths", alt=plain("lengths"))
    chips.source_line(chips.run_source(), word("cut_off_is", n=cut) if cut else word("no_cut_off"))


def _labels() -> None:
    st.subheader(word("labels"), anchor=False)
    here = frame.current()
    counts = health.labels(here.run_path)
    if not counts:
        st.caption(word("no_labels"))
        return
    series = {plain(f"split_{split}"): values for split, values in counts[1].items()}
    figure = charts.bars(counts[0], series, x=charts.axis(plain("share_of_rows"), "fraction"), example=here.is_example)
    charts.draw(figure, key="labels", alt=plain("labels"))
    chips.source_line(chips.run_source())


with pieces.faults_told():
    main()
