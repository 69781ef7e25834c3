"""A reading of the lead that somebody counted: how many of the same rows we and a rival got right on a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import streamlit as st

from dashboards import banner, editing
from dashboards.words import plain, word

PLACE = "specifics.lead"
OUTCOME = "lead_over_rival"


def draw() -> None:
    """The form; counts, because shares without their rows have no interval."""
    with st.popover(word("lead_add"), icon=":material/add:"), st.form("lead_form", clear_on_submit=True, border=False):
        rival = st.text_input(word("lead_rival"), key="lead_rival", max_chars=200)
        day = st.date_input(word("date"), dt.date.today(), key="lead_date")
        left, right = st.columns(2)
        rows = left.number_input(word("lead_rows"), 1, None, None, 1, key="lead_rows")
        ours = right.number_input(word("lead_ours"), 0, None, None, 1, key="lead_ours")
        theirs = left.number_input(word("lead_theirs"), 0, None, None, 1, key="lead_theirs")
        alone = right.number_input(word("lead_one_alone"), 0, None, None, 1, key="lead_one_alone",
                                   help=word("lead_one_alone_help"))  # fmt: skip
        ref = st.text_input(word("reference"), key="lead_ref", max_chars=500)
        kept = st.form_submit_button(word("alt_save"), key="lead_save", type="primary")
    if kept and rival.strip() and rows and ours is not None and theirs is not None:
        reading = {"date": day.isoformat(), "rival": rival.strip(), "ours": ours / rows, "theirs": theirs / rows,
                   "rows": rows, "ref": ref.strip(), **({} if alone is None else {"one_alone": alone})}  # fmt: skip
        banner.told(_add, reading)
        st.rerun()


def _add(reading: dict[str, Any]) -> None:
    held = (editing.documents().get("specifics") or {}).get("lead") or []
    editing.commit({PLACE: [*held, reading]}, message=plain("lead_why"), outcome=OUTCOME)
