"""Before a run: what the checks found and what it will take, asked of the command line and put in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import jobs, pieces
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import language, plain, word

PARTS = ("prepare", "load", "forecast", "train", "evaluations", "checkpoints", "proof")
MOST_MESSAGE = 1_500


@dataclass(frozen=True)
class Outlook:
    """What `moatkit check` and `moatkit forecast` say; `problem` is the message where one of them cannot say it."""

    check: Mapping[str, Any] | None = None
    forecast: Mapping[str, Any] | None = None
    problem: str | None = None


def ask(config: Path, settings: list[str]) -> Outlook:
    """Check first; a run that is stopped is not forecast."""
    check, problem = _asked("check", config, settings)
    if check is None or not check["ok"]:
        return Outlook(check, problem=None if check else problem)
    forecast, problem = _asked("forecast", config, settings)
    return Outlook(check, forecast, problem)


def show(found: Outlook) -> None:
    """Time, money and memory as cards; then each finding with its remedy."""
    if found.problem:
        st.error(md(found.problem), icon=":material/error:")
    if found.forecast:
        _forecast(found.forecast)
    if found.check:
        _check(found.check)


def _asked(verb: str, config: Path, settings: list[str]) -> tuple[Mapping[str, Any] | None, str]:
    """The verb's JSON, which a check prints even where it stops the run; else its message."""
    _, out, err = jobs.ask(verb, str(config), *settings, "--json")
    try:
        return json.loads(out), ""
    except ValueError:
        return None, (err.strip() or out.strip())[-MOST_MESSAGE:]


def _forecast(found: Mapping[str, Any]) -> None:
    seconds, money = found["wall_s"], shown(found["amount"], found["currency"], language())
    memory = f"{found['peak_memory_bytes'] / 2**30:.2f} GiB"
    st.markdown(f"**{word('forecast_says', time=_time(seconds), money=money, memory=memory)}**")
    energy = found["energy_kwh"]
    cards = [("takes_time", _time(seconds)), ("costs", money), ("takes_memory", memory),
             ("takes_energy", "–" if energy is None else f"{1000 * energy:.1f} Wh")]  # fmt: skip
    for place, (key, value) in zip(st.columns(4), cards):
        with place:
            pieces.card(plain(key), value)
    parts = [name for name in PARTS if found["parts"].get(name, 0) >= 0.5]
    with st.expander(word("forecast_parts"), icon=":material/timer:"):
        pieces.table([{plain("what"): plain(f"part_{name}"), plain("takes_time"): _time(found["parts"][name])}
                      for name in parts], key="forecast_parts")
        st.caption(word("forecast_from", steps=found["steps"], measured=found["measured_steps"],
                        why=found["price"]["why"]))
    for note in found["notes"]:
        st.caption(md(note))


def _check(found: Mapping[str, Any]) -> None:
    """Stops first: what was found, and what to do about it."""
    sizes = " · ".join(f"{plain(f'split_{name}')} {shown(n, 'rows', language())}"
                       for name, n in found["splits"].items())  # fmt: skip
    stops = [one for one in found["findings"] if one["stops"] and not one["accepted"]]
    warnings = [one for one in found["findings"] if one not in stops]
    for one in stops:
        st.error(f"**{word('stops_run')}** {md(one['message'])}\n\n{word('remedy', what=one['remedy'])}",
                 icon=":material/block:")
    for one in warnings:
        st.warning(f"{md(one['message'])}\n\n{word('remedy', what=one['remedy'])}", icon=":material/warning:")
    if not stops:
        st.success(f"{word('checks_clear', n=len(warnings))} {md(sizes)}", icon=":material/check_circle:")


def _time(seconds: float) -> str:
    """Seconds, minutes or hours as a person says them."""
    whole = round(seconds)
    if whole < 60:
        return shown(whole, "s", language())
    if whole < 3600:
        return f"{shown(whole // 60, 'minutes', language())} {shown(whole % 60, 's', language())}"
    hours = plain("hours", n=whole // 3600)
    return f"{hours} {shown(whole % 3600 // 60, 'minutes', language())}"
