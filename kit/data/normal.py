"""When two texts count as the same."""

from __future__ import annotations

import unicodedata

__all__ = ["normalised"]

PUNCTUATION_TO_SPACE = {code: " " for code in range(0x10000) if unicodedata.category(chr(code)).startswith("P")}


def normalised(text: str) -> str:
    """Without case, width, punctuation and extra blanks; a text of punctuation only is kept as it is.

    >>> normalised("  Where is my CARD？ ")
    'where is my card'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(PUNCTUATION_TO_SPACE).split()) or folded.strip()
