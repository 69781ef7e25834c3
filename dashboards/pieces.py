"""The grammar of a page: its question, one answer sentence, at most four numbers, a chart, inputs, the rest folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager

import streamlit as st

from dashboards import banner, chips, frame, sheet, words
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import plain, word
from kit.errors import KitError
from kit.strategy.gates import Status
from kit.strategy.labels import label as label_of
from kit.strategy.labels import sentence
from kit.strategy.next_tests import Probe
from kit.strategy.worksheet import Row

GATES = {Status.MET: (":material/check_circle:", "green"), Status.MISSED: (":material/cancel:", "red"),
         Status.NOT_YET_PROVEN: (":material/hourglass_top:", "orange")}  # fmt: skip
MOST_NUMBERS = 4


def opening(page: str) -> None:
    """Title and question of a page."""
    st.title(word(f"page_{page}"), anchor=False)
    st.markdown(f":gray[{word(f'question_{page}')}]")
    frame.header()
    banner.draw()


def gate_badge(status: Status) -> None:
    """Word and icon, never colour alone."""
    icon, colour = GATES[status]
    st.badge(word(f"gate_{status.value}"), icon=icon, color=colour)  # type: ignore[arg-type]


def answer(sentence: str, status: Status | None = None) -> None:
    """The generated sentence that answers the page's question; `sentence` is Markdown already made safe."""
    with st.container(border=True, gap="xsmall"):
        if status is not None:
            gate_badge(status)
        st.markdown(f"#### {sentence}")


def numbers(keys: Sequence[str], rows: Mapping[str, Row]) -> None:
    """Up to four worksheet rows as cards, each with interval and source chip."""
    for place, key in zip(st.columns(MOST_NUMBERS), keys[:MOST_NUMBERS]):
        with place:
            card(rows[key].label, chips.value_text(rows[key]), chips.interval_text(rows[key]), rows[key])


def card(label: str, value: str, interval: str = "", row: Row | None = None, *, level: int = 90) -> None:
    """One number: label, value, interval at its level, and the chip of its worksheet row."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f":gray[{md(label)}]")
        st.metric(plain("value"), value, label_visibility="collapsed")
        st.caption(word(f"sure_{level}", interval=interval) if interval else "\u00a0")
        if row is not None:
            sheet.chip(row)


def table(rows: Sequence[Mapping[str, object]], **settings: object) -> None:
    """A table of plain values; a cell's text is never read as markup."""
    st.dataframe(list(rows), hide_index=True, placeholder="–", **settings)  # type: ignore[call-overload]


def tests_table(tests: Sequence[Probe]) -> None:
    """What to find out next; a cost that nobody stated is said to be missing."""
    money, language = frame.current().currency, words.language()

    def amount(value: float) -> str:
        return shown(value * frame.rate(), money, language)

    table([{plain("test"): label_of(one.key, language),
            plain("evidence"): f"{one.pieces:,} {sentence(f'evidence_{one.evidence}', language)}",
            plain("worth"): amount(one.value), plain("net"): amount(one.net),
            plain("costs"): sentence("not_stated", language) if one.cost is None else amount(one.cost)}
           for one in tests])
    if all(one.net <= 0 for one in tests):
        st.caption(md(sentence("no_test_pays", language)))
    st.caption(word("next_tests_note"))


def empty(page: str, *links: tuple[str, str]) -> None:
    """What to do where there is nothing to show yet; links are (page file, key of the label)."""
    with st.container(border=True):
        st.markdown(f"#### :material/explore: {word(f'empty_{page}')}")
        st.markdown(word(f"empty_{page}_what"))
        with st.container(horizontal=True):
            for view, key in links:
                st.page_link(view, label=word(key), icon=":material/arrow_forward:")


@contextmanager
def faults_told():
    """Bad input below becomes one message in its place; nothing else of the page is lost."""
    try:
        yield
    except KitError as err:
        st.error(f"{word('cannot_show')}\n\n{md(err)}", icon=":material/error:")


def unproven(run_name: str) -> None:
    """A run without a proof: what it is and what to do."""
    summary = frame.current().run.summary
    status = summary.status if summary else "broken"
    st.info(word(f"unproven_{status}", run=run_name), icon=":material/hourglass_top:")
    if summary and summary.error:
        with st.expander(plain("error_of_run")):
            st.code(summary.error[-4000:], language=None)
