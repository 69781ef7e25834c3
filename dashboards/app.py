"""The router: frame first, then the page. `moatkit dashboard` starts it with folder, address and port."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

if str(Path(__file__).resolve().parents[1]) not in sys.path:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashboards import frame, saving, sheet, wizard
from dashboards.words import plain, word

LOCAL = {"127.0.0.1", "localhost", "::1"}
SECTIONS = {
    "section_decide": (("brief", ":material/flag:"), ("review", ":material/event_repeat:"),
                       ("versions", ":material/history:")),
    "section_framework": (("positioning", ":material/explore:"),),
    "section_model": (("runs", ":material/science:"), ("new_run", ":material/add_circle:"),
                      ("proof", ":material/verified:"), ("rows", ":material/dataset:"),
                      ("labelling", ":material/label:")),
}  # fmt: skip


def pages() -> dict[str, list[st.Page]]:
    """Section -> pages; the tests walk the same list."""
    return {
        plain(section): [st.Page(f"views/{name}.py", title=plain(f"page_{name}"), icon=icon, url_path=name,
                                 default=name == "brief") for name, icon in entries]
        for section, entries in SECTIONS.items()
    }  # fmt: skip


def main() -> None:
    st.set_page_config(page_title="moatkit", page_icon=str(Path(__file__).with_name("icon.png")), layout="wide")
    if st.get_option("server.address") not in LOCAL:
        st.error(word("only_local", address=st.get_option("server.address") or "0.0.0.0"))
        st.stop()
    frame.draw()
    page = st.navigation(pages())
    wizard.offer()
    page.run()
    sheet.draw()
    saving.seen()


main()
