"""What stands around every page: venture, scenario, run, currency and language; the URL keeps them for links.

The truth is one frozen record per session under a plain key; widgets write into it and the URL follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboards import data, demo, ventures
from dashboards.safe import badge_text, md
from dashboards.words import LANGUAGES, plain, word
from kit import playbooks
from kit.errors import KitError
from kit.strategy.venture import Venture

IN_URL = ("venture", "scenario", "run", "currency", "lang")
MOST_RUNS_OFFERED = 200


@dataclass(frozen=True)
class Frame:
    """The choices that hold on all pages."""

    venture: str
    scenario: str
    run: data.Entry
    currency: str
    language: str

    @property
    def run_path(self) -> Path:
        return self.run.path

    @property
    def is_example(self) -> bool:
        return self.run.is_example


def current() -> Frame:
    return st.session_state["frame"]


def current_venture() -> Venture:
    return ventures.of(current().venture, current().scenario)


def rate() -> float:
    """Units of the shown currency for one of the venture's."""
    return 1 / current_venture().rate_of(current().currency)


def draw() -> Frame:
    """The pickers in the sidebar and the line that says on what every number of the page stands."""
    with st.sidebar:
        language = _pick("lang", list(LANGUAGES), "en", LANGUAGES.__getitem__, segmented=True)
        if problem := ventures.fault():
            st.warning(f"{word('store_unusable')}\n\n{md(problem)}", icon=":material/database_off:")
        names = ventures.names()
        titles = _titles(names)
        venture = _pick("venture", names, _first_venture(names), lambda name: titles.get(name, name))
        try:
            scenario, stated = _pick_scenario(venture)
        except KitError as err:
            st.error(md(err), icon=":material/error:")
            st.stop()
        run = entry_of(_pick("run", *_runs_offered(venture)))
        codes = list(dict.fromkeys([stated.currency, *stated.exchange_rates]))
        currency = _pick("currency", codes, stated.currency)
    st.session_state["frame"] = found = Frame(venture, scenario, run, currency, language)
    _to_url()
    return found


def _pick_scenario(venture: str) -> tuple[str, Venture]:
    """The scenario, and the venture under it. Raises KitError where either has faults."""
    known = ventures.scenarios(venture)
    titles = {name: scenario_title(name) for name in known}
    scenario = _pick("scenario", known, ventures.BASE, lambda name: titles.get(name, name))
    return scenario, ventures.of(venture, scenario)


def scenario_title(name: str) -> str:
    return plain("scenario_base") if name == ventures.BASE else name


def header() -> None:
    """Venture, scenario, run and currency in words, what the scenario changes, and what of it is an example."""
    shown = current()
    is_base = shown.scenario == ventures.BASE
    with st.container(horizontal=True, gap="xsmall", key="frame_header", vertical_alignment="center"):
        st.badge(badge_text(_venture_title(shown.venture)), icon=":material/storefront:", color="gray")
        st.badge(badge_text(scenario_title(shown.scenario)), icon=":material/alt_route:",
                 color="gray" if is_base else "violet")
        st.badge(badge_text(shown.run.name), icon=":material/science:", color="orange" if shown.is_example else "gray")
        st.badge(shown.currency, icon=":material/payments:", color="gray")
        if shown.is_example:
            st.badge(word("demo_run"), icon=":material/texture:", color="orange")
        if ventures.is_playbook(shown.venture):
            st.badge(word("demo_venture"), icon=":material/texture:", color="orange")
        if not is_base:
            _overrides(shown)


def _overrides(shown: Frame) -> None:
    """What the scenario changes, and the way back."""
    changed = ventures.overridden(shown.venture, shown.scenario)
    with st.popover(word("overrides", n=len(changed)), icon=":material/edit_note:"):
        st.dataframe([{plain("field"): place, plain("scenario_base"): before, shown.scenario: after}
                      for place, before, after in changed], hide_index=True)  # fmt: skip
    st.button(word("back_to_base"), key="back_to_base", icon=":material/restart_alt:", type="tertiary",
              on_click=_choose, args=("scenario", ventures.BASE))


def _choose(name: str, value: str) -> None:
    st.session_state[name] = value


def _pick(name, options: Sequence[str], default: str, shown=str, *, segmented: bool = False) -> str:
    """One picker; a value of the URL or an older choice that is no option any more falls back to the default."""
    held = st.session_state.get(name, st.query_params.get(name))
    value = held if held in options else default
    st.session_state[name] = st.session_state[f"pick_{name}"] = value
    label = word(f"pick_{name}")

    def changed() -> None:
        st.session_state[name] = st.session_state[f"pick_{name}"] or value

    if segmented:
        st.segmented_control(label, options, key=f"pick_{name}", format_func=shown, on_change=changed,
                             label_visibility="collapsed", width="stretch")  # fmt: skip
    else:
        st.selectbox(label, options, key=f"pick_{name}", format_func=shown, on_change=changed)
    return value


def _to_url() -> None:
    wanted = {name: st.session_state[name] for name in IN_URL}
    if any(st.query_params.get(name) != value for name, value in wanted.items()):
        st.query_params.update(wanted)


def _first_venture(names: Sequence[str]) -> str:
    return next((name for name in names if not ventures.is_playbook(name)), playbooks.DEFAULT)


def _titles(names: Sequence[str]) -> dict[str, str]:
    """Names as the picker shows them; it tells options apart by what it shows, so equal titles carry their names."""
    titles = {name: _venture_title(name) for name in names}
    seen = Counter(titles.values())
    return {name: f"{title} · {name}" if seen[title] > 1 else title for name, title in titles.items()}


def _venture_title(name: str) -> str:
    try:
        return ventures.of(name).title
    except KitError:
        return f"{name} ({plain('broken')})"


def _runs_offered(venture: str) -> tuple[list[str], str]:
    """Names of the newest runs and of the example, and the one to begin with: the live one, else the newest proven."""
    own = [run for run in data.own_runs() if run.summary is not None]
    elsewhere = {name: data.entry(folder) for name, folder in ventures.linked_folders(venture).items()}
    st.session_state["linked"] = {name: one.path for name, one in elsewhere.items()}
    offered = list(dict.fromkeys([*elsewhere, *(run.name for run in own[:MOST_RUNS_OFFERED])]))
    held = st.session_state.get("run", st.query_params.get("run"))
    if held and held not in offered and any(run.name == held for run in own):
        offered.append(held)
    proven = [run.name for run in [*own, *elsewhere.values()] if run.is_proven]
    live = ventures.live_run(venture)
    first = live if live in proven else proven[0] if proven else demo.NAMES[0]
    offered += [first] if first not in offered and first not in demo.NAMES else []
    return [*offered, *demo.NAMES], first


def entry_of(name: str) -> data.Entry:
    """A run by name: of the venture's links, of the runs folder, or an example."""
    folder = st.session_state.get("linked", {}).get(name, data.runs_dir() / name)
    return data.entry(folder if (folder / data.runs.SUMMARY).is_file() else demo.folder() / name)


def example_folders() -> list[Path]:
    """Folders of the runs that ship as examples."""
    return [demo.folder() / name for name in demo.NAMES]
