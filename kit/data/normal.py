"""When two texts count as the same, and the word sets by which they are nearly the same."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["normalised", "shingles"]

PUNCTUATION_TO_SPACE = {code: " " for code in range(0x10000) if unicodedata.category(chr(code)).startswith("P")}
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")  # kana and Chinese characters
UNSPACED_SHARE = 0.3
GRAM = 3


def normalised(text: str) -> str:
    """Without case, width, punctuation and extra blanks; a text of punctuation only is kept as it is.

    >>> normalised("  Where is my CARD？ ")
    'where is my card'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(PUNCTUATION_TO_SPACE).split()) or folded.strip()


def shingles(text: str) -> frozenset[str]:
    """The set of words of a normalised text; of three-character pieces where words are not spaced.

    >>> sorted(shingles("我的卡丢了"))
    ['卡丢了', '我的卡', '的卡丢']
    """
    joined = text.replace(" ", "")
    if len(UNSPACED.findall(joined)) <= UNSPACED_SHARE * len(joined):
        return frozenset(text.split())
    return frozenset(joined[start : start + GRAM] for start in range(max(1, len(joined) - GRAM + 1)))
