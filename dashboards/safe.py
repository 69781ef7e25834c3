"""Text of other people's making (run names, labels, rows) as text: never as markup, a formula or a directive."""

from __future__ import annotations

import re

# Streamlit's Markdown also knows :red[...], :material/x:, :smile:, $formula$ and bare links
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=^])")
_ADDRESS = re.compile(r"(?i)\b(https?|www|ftp|mailto)(?=[:.])")
JOINER = "\u2060"  # word joiner: takes no room, and keeps Streamlit from seeing its own directives


def md(text: object) -> str:
    """The text with everything that Markdown or Streamlit would act on made literal, on one line."""
    one_line = " ".join(str(text).split())
    broken = _ADDRESS.sub(rf"\1{JOINER}", one_line)
    return _SPECIAL.sub(r"\\\1", broken).replace("\\:", f"\\:{JOINER}")


def badge_text(text: object) -> str:
    """The text for a badge, which makes square brackets literal by itself."""
    return md(text).replace("\\[", "[").replace("\\]", "]")


def figure_text(text: object, most: int = 48) -> str:
    """The text for a chart, whose library reads a few HTML tags and entities; cut to length."""
    one_line = " ".join(str(text).split())
    short = one_line if len(one_line) <= most else one_line[: most - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")
