"""Alternatives and powers as people write them down: one line each with its form; figures have the sheet of fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, get_args

import streamlit as st

from dashboards import banner, editing, fields, pieces
from dashboards.positioning import slug
from dashboards.safe import md
from dashboards.words import language, naming, plain, word
from kit import playbooks
from kit.store import ABSENT
from kit.strategy.positioning import POWER_STAGE, AlternativeKind, PowerName

PLACE, POWERS = "positioning.alternatives", "positioning.powers"
KINDS: tuple[str, ...] = get_args(AlternativeKind)
MOST = 2000
Raw = dict[str, Any]


def alternatives(rows: Sequence[Mapping[str, Any]]) -> None:
    """What customers can do instead, each changeable where it stands; `rows` are those of the worksheets."""
    held = _held("alternatives")
    evidence = {str(row["alternative"]): row["evidence"] for row in rows}
    with st.expander(word("alt_title", n=len(held)), icon=":material/compare:"):
        if not held:
            st.caption(word("alt_none"))
            _begin()
        for place, row in enumerate(held):
            _alternative(held, place, row, evidence.get(row["name"], "claimed"))
        with st.popover(word("alt_add"), icon=":material/add:"):
            _alternative_form(held, len(held), {})


def powers(rows: Sequence[Mapping[str, Any]]) -> None:
    """The seven powers: what is claimed, what is shown, what is missing."""
    found = {str(row["power"]): row for row in rows}
    shown = sum(row["state"] == "evidenced" for row in rows)
    with st.expander(word("power_title", n=len(found), shown=shown), icon=":material/castle:"):
        st.caption(word("power_note"))
        for name in get_args(PowerName):
            _power(name, found.get(name))


# ---- alternatives


def _alternative(held: Sequence[Raw], place: int, row: Raw, evidence: Any) -> None:
    with st.container(border=True, key=f"alternative_{place}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(row['name'])}**", width="stretch")
            if row.get("kind"):
                st.badge(plain(f"alt_kind_{slug(row['kind'])}"), color="gray")
            st.badge(plain(f"evidence_{evidence}"), color="green" if evidence == "measured" else "gray",
                     icon=":material/science:" if evidence == "measured" else ":material/campaign:")
            with st.popover(word("alt_change"), icon=":material/edit:"):
                _alternative_form(held, place, row)
        if row.get("today"):
            st.caption(word("alt_today", text=row["today"]))
        if row.get("claim"):
            source = row.get("source") or {}
            seen = (plain(f"source_{source.get('kind', 'guess')}"), source.get("ref"), row.get("date"))
            st.caption(word("alt_claim", text=row["claim"], source=", ".join(str(one) for one in seen if one)))
        with st.container(horizontal=True, vertical_alignment="center"):
            for name, label in (("quality", "alt_quality"), ("price_per_1k", "alt_price")):
                at = f"{PLACE}.{place}.{name}"
                st.markdown(f"{word(label)}: {md(fields.in_words(fields.field_of(editing.documents(), at)))}",
                            width="content")  # fmt: skip
                editing.button(at, key="positioning")


def _alternative_form(held: Sequence[Raw], place: int, row: Raw) -> None:
    key = f"alt_{place}"
    with st.form(f"{key}_form", border=False, clear_on_submit=not row):
        name = st.text_input(word("alt_field_name"), row.get("name", ""), key=f"{key}_name", max_chars=200)
        kind = st.selectbox(word("alt_field_kind"), KINDS, KINDS.index(row["kind"]) if row.get("kind") else None,
                            key=f"{key}_kind", format_func=_kind_names())  # fmt: skip
        today = st.text_area(word("alt_field_today"), row.get("today", ""), key=f"{key}_today", max_chars=MOST)
        claim = st.text_area(word("alt_field_claim"), row.get("claim", ""), key=f"{key}_claim", max_chars=MOST)
        source, date = _ask_source(key, row.get("source") or {}, row.get("date"))
        measured_as = st.text_input(word("alt_field_measured_as"), row.get("measured_as", ""), key=f"{key}_as",
                                    max_chars=200)  # fmt: skip
        kept = st.form_submit_button(word("alt_save"), key=f"{key}_save", type="primary")
    gone = bool(row) and st.button(word("alt_remove"), key=f"{key}_remove", icon=":material/delete:")
    if kept and name.strip():
        words = {"name": name.strip(), "kind": kind, "today": today.strip(), "claim": claim.strip(),
                 "measured_as": measured_as.strip()}  # fmt: skip
        said = {"source": source, "date": date} if claim.strip() else {}
        kept_figures = {name: row[name] for name in ("quality", "price_per_1k") if row.get(name)}
        made = {"id": row.get("id") or _new_id(held), **{at: text for at, text in words.items() if text}, **said,
                **kept_figures}  # fmt: skip
        _write(PLACE, [*held[:place], made, *held[place + 1:]], "alt_why")
    if gone:
        _write(PLACE, [*held[:place], *held[place + 1:]], "alt_why")


def _begin() -> None:
    """The alternatives that a handbook names, as a start."""
    known = {row["id"]: row["title"] for row in playbooks.listed()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(word("alt_start_from"), list(known), _first_playbook(list(known)), key="alt_start_from",
                              format_func=lambda name: known.get(name, name))  # fmt: skip
        rows = playbooks.first_alternatives(chosen, language())
        st.button(word("alt_start_take", n=len(rows)), key="alt_start_take", icon=":material/playlist_add:",
                  on_click=partial(banner.told, _commit, PLACE, rows, plain("alt_start")))  # fmt: skip
    pieces.table([{plain("alt_field_name"): row["name"], plain("alt_field_claim"): row["claim"],
                   plain("reference"): row["source"]["ref"]} for row in rows])  # fmt: skip


def _first_playbook(known: list[str]) -> int:
    """The playbook that the venture is or was copied from, by name or title; else the usual one."""
    documents = editing.documents()
    titles = {row["title"]: row["id"] for row in playbooks.listed()}
    name = documents["id"] if documents["id"] in known else titles.get(str(documents.get("title")), playbooks.DEFAULT)
    return known.index(name)


# ---- powers


def _power(name: PowerName, row: Mapping[str, Any] | None) -> None:
    with st.container(border=True, key=f"power_{slug(name)}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{word(f'power_{slug(name)}')}**", width="content")
            _power_state(row)
            stage = slug(POWER_STAGE[name])
            st.caption(word(f"power_stage_{stage}"), width="stretch")
            with st.popover(word("alt_change"), icon=":material/edit:"):
                _power_form(name)
        if row is not None:
            st.markdown(md(row["claim"]))
            for part in ("benefit", "barrier", "shown_by"):
                if row[part]:
                    st.caption(word(f"power_{part}", text=row[part]))


def _power_state(row: Mapping[str, Any] | None) -> None:
    if row is None:
        st.badge(plain("power_open"), icon=":material/radio_button_unchecked:", color="gray")
    elif row["state"] == "evidenced":
        st.badge(plain("power_evidenced"), icon=":material/check_circle:", color="green")
    else:
        missing = "、".join if language() == "zh" else ", ".join
        what = missing(plain(f"power_missing_{one}") for one in str(row["missing"]).split(", "))
        st.badge(plain("power_not_evidenced", what=what), icon=":material/hourglass_top:", color="orange")


def _power_form(name: str) -> None:
    held, key = _held("powers"), f"power_{slug(name)}"
    row: Raw = next((one for one in held if one["power"] == name), {})
    with st.form(f"{key}_form", border=False):
        texts = {part: st.text_area(word(f"power_field_{part}"), row.get(part, ""), key=f"{key}_{part}", max_chars=MOST)
                 for part in ("claim", "benefit", "barrier")}  # fmt: skip
        text = st.text_area(word("power_field_evidence"), key=f"{key}_evidence", max_chars=MOST)
        source, date = _ask_source(key, {}, None)
        kept = st.form_submit_button(word("alt_save"), key=f"{key}_save", type="primary")
    gone = bool(row) and st.button(word("alt_remove"), key=f"{key}_remove", icon=":material/delete:")
    others = [one for one in held if one["power"] != name]
    if kept and texts["claim"].strip():
        evidence = [*row.get("evidence", ()), *([{"text": text.strip(), "source": source, "date": date}]
                                                if text.strip() else [])]  # fmt: skip
        made = {"power": name, **{part: said.strip() for part, said in texts.items()}, "evidence": evidence}
        _write(POWERS, [*others, made], "power_why")
    if gone:
        _write(POWERS, others, "power_why")


# ---- what both share


def _held(name: str) -> list[Raw]:
    return list((editing.documents().get("positioning") or {}).get(name) or ())


def _ask_source(key: str, held: Mapping[str, Any], day: str | None) -> tuple[Raw, str]:
    left, right = st.columns([1, 2])
    start = held.get("kind") if held.get("kind") in fields.STATED else "guess"
    kind = left.selectbox(plain("source"), fields.STATED, fields.STATED.index(str(start)), key=f"{key}_source",
                          format_func=naming("source_", fields.STATED))  # fmt: skip
    ref = right.text_input(word("alt_field_source"), str(held.get("ref", "")), key=f"{key}_ref", max_chars=500)
    read = st.date_input(word("alt_field_date"), dt.date.fromisoformat(day) if day else dt.date.today(),
                         key=f"{key}_date")  # fmt: skip
    return {"kind": kind, "ref": ref.strip()}, read.isoformat()


def _kind_names():
    names = {kind: plain(f"alt_kind_{slug(kind)}") for kind in KINDS}
    return lambda kind: names.get(kind, kind)


def _new_id(held: Sequence[Raw]) -> str:
    taken = {row["id"] for row in held}
    return next(name for name in (f"a{n}" for n in range(1, len(held) + 2)) if name not in taken)


def _write(place: str, rows: list[Raw], why: str) -> None:
    banner.told(_commit, place, rows, plain(why))
    st.rerun()


def _commit(place: str, rows: list[Raw], why: str) -> None:
    editing.commit({place: rows or ABSENT}, message=why, outcome="cost_ratio_to_rival")
