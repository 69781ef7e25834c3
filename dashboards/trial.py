"""The try-it box: one text to two models, answers blind until voted, the tally with its interval."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import data, jobs
from dashboards.figures import interval, shown
from dashboards.frame import Frame
from dashboards.safe import md
from dashboards.words import language, naming, plain, word
from kit import runs
from kit.stats import wilson

VOTES = ".votes"
BASE = "base"


def box(here: Frame) -> None:
    """Ask, compare, vote."""
    st.subheader(word("try_it"), anchor=False)
    if not any((here.run_path / name).is_dir() for name in (runs.ADAPTER, runs.MODEL)):
        st.caption(word("try_needs_model"))
        return
    others = [run.name for run in data.own_runs() if run.is_proven and run.name not in {here.run.name, BASE}]
    against = st.selectbox(word("try_against"), [BASE, *others], key="try_other",
                           format_func=naming("baseline_", [BASE]))
    text = st.text_area(word("try_text"), key="try_text", max_chars=8000)
    if st.button(word("ask"), icon=":material/send:", key="try_ask", disabled=not text.strip()):
        with st.spinner(word("asking")):
            st.session_state["try_answers"] = text, ask(here.run_path, against, text)
            st.session_state.pop("try_vote", None)
    if "try_answers" in st.session_state:
        _answers(here, *st.session_state["try_answers"])
    _tally(here)


def ask(folder: Path, against: str, text: str) -> dict[str, dict[str, Any]]:
    """The run's answer and that of its untuned base or of another run, by name; a message where one cannot answer."""
    if against != BASE:
        return {folder.name: _answer(folder, text), against: _answer(data.runs_dir() / against, text)}
    both = _answer(folder, text, "--base")
    if "error" in both:  # the run may answer where its base cannot
        return {folder.name: _answer(folder, text), BASE: both}
    return {folder.name: both, BASE: both["base"]}


def _answer(folder: Path, text: str, *flags: str) -> dict[str, Any]:
    """The answer of one run by the command line, or its message."""
    code, out, err = jobs.ask("predict", str(folder), f"--text={text}", *flags, "--json")
    try:
        return json.loads(out) if code == 0 else {"error": err.strip().splitlines()[-1] if err.strip() else str(code)}
    except ValueError:
        return {"error": out[-300:]}


def _answers(here: Frame, text: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
    names = sorted(answers, key=lambda name: hashlib.sha256(f"{text}{name}".encode()).hexdigest())
    is_open = len(names) == 1 or "try_vote" in st.session_state
    for column, letter, name in zip(st.columns(len(names)), "AB", names):
        with column, st.container(border=True):
            st.caption((word("baseline_base") if name == BASE else md(name)) if is_open else letter)
            found = answers[name]
            if "error" in found:
                st.error(md(found["error"]))
            else:
                st.markdown(f"#### {md(found['prediction'])}")
                if found.get("confidence") is not None:
                    st.caption(word("confidence_is", value=shown(found["confidence"], "fraction", language())))
    if not is_open:
        with st.container(horizontal=True):
            for letter, name in zip("AB", names):
                st.button(word("vote", letter=letter), key=f"vote_{letter}", on_click=_vote, args=(here, text, name))
            st.button(word("vote_tie"), key="vote_tie", on_click=_vote, args=(here, text, None))


def _vote(here: Frame, text: str, winner: str | None) -> None:
    st.session_state["try_vote"] = winner
    held = _votes(here)
    one = {"text": hashlib.sha256(text.encode()).hexdigest()[:16], "winner": winner, "at": runs.now()}
    runs.write_json(data.runs_dir() / VOTES / f"{here.run.name}.json", {"votes": [*held, one]})


def _votes(here: Frame) -> list[dict[str, Any]]:
    path = data.runs_dir() / VOTES
    return runs.read_json(path, f"{here.run.name}.json")["votes"] if (path / f"{here.run.name}.json").is_file() else []


def _tally(here: Frame) -> None:
    """Share of decided votes that this run won, by Wilson."""
    decided = [vote for vote in _votes(here) if vote["winner"] is not None]
    if not decided:
        return
    wins = sum(vote["winner"] == here.run.name for vote in decided)
    low, high = wilson(wins, len(decided))
    st.metric(plain("win_rate"), shown(wins / len(decided), "fraction", language()))
    st.caption(word("votes", n=len(decided), interval=interval(low, high, "fraction", language())))
