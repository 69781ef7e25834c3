"""A run that is going on: loss and money as they come, and the button that stops it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import charts, data, jobs, run_table
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import language, plain, word

EVERY_S = 2


def watch(folder: Path) -> None:
    """A panel that draws itself anew every two seconds, alone."""

    @st.fragment(run_every=EVERY_S, key=f"live_{folder.name}")
    def panel() -> None:
        job = jobs.of(folder)
        is_alive = job is not None and job.process() is not None
        with st.container(border=True, key=f"live_box_{folder.name}"):
            st.markdown(f"**{md(folder.name)}** · {word('live_going' if is_alive else 'live_ended')}")
            _figures(folder)
            pressed = is_alive and st.button(word("stop_run"), icon=":material/stop_circle:", key=f"stop_{folder.name}")
            if job is not None and pressed:
                jobs.stop(job)
                st.toast(word("stopping"), icon=":material/hourglass_top:")
            if not is_alive and st.button(word("show_result"), key=f"result_{folder.name}", icon=":material/refresh:"):
                st.rerun()
            with st.expander(plain("log")):
                st.code(jobs.log_of(folder) or "…", language=None)

    panel()


def _figures(folder: Path) -> None:
    lines = data.progress(folder)
    train = [line for line in lines if line["split"] == "train"]
    if not train:
        st.caption(word("live_starting"))
        return
    last = train[-1]
    with st.container(horizontal=True):
        st.metric(word("step"), shown(last["step"], "", language()), border=True, width=150)
        st.metric(word("training_loss"), shown(last.get("loss"), "", language()), border=True, width=150)
        st.metric(word("money_so_far"), shown(last.get("cost_so_far"), "USD", language()), border=True, width=150)
        st.metric(word("speed"), shown(last.get("units_per_s"), "units/s", language()), border=True, width=170)
    entry = data.Entry(folder, None)
    axes = {"x": charts.axis(plain("over_money"), "USD"), "y": charts.axis(plain("training_loss"))}
    charts.draw(charts.curves({folder.name: run_table.curve(entry, "train", "money", "loss")}, height=240, **axes),
                key=f"live_curve_{folder.name}", alt=plain("training_loss"))
