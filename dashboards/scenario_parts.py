"""Scenarios on the page of versions: side by side, one chart, what each sets, and a new one of what is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboards import banner, charts, chips, frame, people, pieces, saving, ventures, versions, what_if
from dashboards.safe import md
from dashboards.versions import RESULTS, title_of
from dashboards.words import plain, word
from kit import store
from kit.errors import StoreError
from kit.store.scenarios import reset, with_overrides, without

TINT = "background-color: rgba(147, 51, 234, 0.16)"


def compared(found: versions.Views) -> None:
    """Key results of every scenario, with the difference to the base, and one of them drawn with its interval."""
    pieces.table(versions.results(found), key="scenario_results")
    names = {key: next(iter(found.values()))[key].label for key in RESULTS}
    chosen = st.selectbox(word("result_drawn"), RESULTS, key="scenario_result",
                          format_func=lambda key: names.get(key, key))  # fmt: skip
    spans, told = versions.spans(found, chosen)
    if spans:
        unit = chips.unit_of(next(iter(found.values()))[chosen].unit)
        shown = "fraction" if unit == "probability" else unit
        charts.draw(charts.spans(spans, title=names[chosen], unit=shown, example=frame.current().is_example),
                    key="scenario_chart", alt=names[chosen])  # fmt: skip
    chips.source_line(chips.run_source(), word("from_venture", venture=frame.current_venture().title), word("level_90"))
    for one in told:
        st.caption(md(one))


def inputs(held: store.Loaded, tried: Mapping[str, Any]) -> None:
    """What the scenarios set, by field; cells that a scenario sets itself are marked and tinted."""
    lines, marks = versions.overridden_inputs(held, tried)
    if not lines:
        st.caption(word("no_overrides"))
        return
    import pandas  # streamlit has it loaded already

    cells = pandas.DataFrame([{name: f"◆ {text}" if mark else text for (name, text), mark in zip(line.items(), row)}
                              for line, row in zip(lines, marks)])  # fmt: skip
    css = pandas.DataFrame([[TINT if mark else "" for mark in row] for row in marks], columns=cells.columns)
    st.dataframe(cells.style.apply(lambda _: css, axis=None), hide_index=True, key="scenario_inputs")
    st.caption(word("overrides_marked"))


def each(held: store.Loaded) -> None:
    """One box per scenario: what it stands on, its overrides with their way back, and the scenario's own."""
    may = people.may(store.Role.EDITOR)
    for name, scenario in held.state.scenarios.items():
        with st.container(border=True, key=f"scenario_{name}", gap="xsmall"):
            over = title_of(scenario.over or ventures.BASE)
            st.markdown(f"**{md(name)}** :gray[{word('stands_on', over=over, n=len(scenario.overrides))}]")
            if scenario.note:
                st.caption(md(scenario.note))
            for one in versions.overrides(held, name):
                _override(name, one, may)
            _deeds(held, name, scenario, may)


def _override(name: str, one: versions.Override, may: bool) -> None:
    before, after = (versions.in_words(one.place, value) for value in (one.before, one.after))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{md(versions.named(one.place))}: {md(before)} → :violet[**{md(after)}**]", width="stretch")
        if may:
            st.button(word("override_reset"), key=f"reset_{name}_{one.place}", type="tertiary",
                      icon=":material/restart_alt:", on_click=_change,
                      args=(name, partial(reset, name=name, paths=[one.place]), f"{name}: {one.place} reset"))


def _deeds(held: store.Loaded, name: str, scenario: store.Scenario, may: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if frame.current().scenario != name:
            st.button(word("scenario_show"), key=f"show_{name}", icon=":material/visibility:", on_click=_choose,
                      args=(name,))  # fmt: skip
        if not may:
            return
        if scenario.overrides:
            st.button(word("scenario_reset"), key=f"reset_{name}", icon=":material/restart_alt:", on_click=_change,
                      args=(name, partial(reset, name=name), f"{name}: reset"))  # fmt: skip
        st.button(word("scenario_delete"), key=f"delete_{name}", icon=":material/delete:", on_click=_change,
                  args=(name, partial(without, name=name), f"{name}: deleted"))  # fmt: skip
        _over(held, name, scenario)


def _over(held: store.Loaded, name: str, scenario: store.Scenario) -> None:
    """Lay a scenario over another one, or back over the base."""
    others = [ventures.BASE, *(other for other in held.state.scenarios if other != name)]
    if len(others) == 1:
        return
    key = f"over_{name}"
    st.selectbox(word("scenario_over"), others, others.index(scenario.over or ventures.BASE), key=key, width=220,
                 format_func={other: title_of(other) for other in others}.__getitem__, on_change=_lay,
                 args=(name, key))  # fmt: skip


def new(held: store.Loaded, tried: Mapping[str, Any]) -> None:
    """Keep what this session tries as a scenario, or begin an empty one."""
    if not people.may(store.Role.EDITOR):
        st.caption(word("only_looks"))
        return
    with st.form("scenario_new", clear_on_submit=True):
        st.markdown(word("scenario_from_tried", n=len(tried)) if tried else word("scenario_from_nothing"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(word("scenario_name"), key="scenario_new_name", max_chars=40)
            note = st.text_input(word("scenario_note"), key="scenario_new_note", max_chars=300)
        if st.form_submit_button(word("scenario_keep"), key="scenario_new_save") and name.strip():
            banner.told(_keep, held, name.strip(), note.strip(), dict(tried))
            st.rerun()


def _keep(held: store.Loaded, name: str, note: str, tried: Mapping[str, Any]) -> None:
    here = frame.current()
    if name in held.state.scenarios or name in (ventures.BASE, plain("scenario_base")):
        raise StoreError(plain("scenario_taken", name=name))
    over = None if here.scenario == ventures.BASE else here.scenario

    def begun(state: store.State) -> store.State:
        return with_overrides(state, name, saving.overrides_of(state.documents, tried), over=over, note=note)

    _write(begun, f"{name}: begun")
    what_if.forget(here.venture)
    st.session_state["scenario"] = name


def _lay(name: str, key: str) -> None:
    over = st.session_state[key]

    def moved(state: store.State) -> store.State:
        known = state.scenarios[name]
        changed = store.Scenario(known.overrides, None if over == ventures.BASE else over, known.note)
        laid = store.State(state.documents, {**state.scenarios, name: changed}, state.runs)
        for other in laid.scenarios:
            store.documents_under(laid, other)  # a ring, or a place that is gone, is refused before anything is saved
        return laid

    _change(name, moved, f"{name}: over {over}")


def _change(name: str, change: Callable[[store.State], store.State], message: str) -> None:
    """Write the change; the session leaves a scenario that is gone."""
    banner.told(_write, change, message)
    if frame.current().scenario == name and name not in ventures.scenarios(frame.current().venture):
        _choose(ventures.BASE)


def _write(change: Callable[[store.State], store.State], message: str) -> None:
    store.update_state(ventures.the_store(), people.person(), frame.current().venture, change, message=message)


def _choose(name: str) -> None:
    st.session_state["scenario"] = name
