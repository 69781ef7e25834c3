"""Texts without what nobody sees: invisible characters, stray blanks, several codings of one letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

__all__ = ["exact_key", "strings_in", "tidied", "with_strings"]

# Zero-width space, word joiner, byte-order mark, soft hyphen and control characters; the zero-width joiners stay, which
# emoji and several scripts need.
INVISIBLE = dict.fromkeys((8203, 8288, 65279, 173, *range(32), *range(127, 160))) | {
    9: "\t", 10: "\n", 0xA0: " "
}  # fmt: skip
BLANKS_AT_LINE_END = re.compile(r"[ \t]+(?=\n)")


def tidied(text: str) -> str:
    """NFC, line ends as \\n, no invisible characters, no blanks at the ends of lines; line breaks and case stay.

    >>> tidied("\\ufeff one\\u200b \\r\\ntwo\\x07 ")
    'one\\ntwo'
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return BLANKS_AT_LINE_END.sub("", text.translate(INVISIBLE)).strip()


def exact_key(text: str) -> str:
    """The form in which two texts are exactly the same: tidied, and any run of blanks as one.

    >>> exact_key("a  b") == exact_key(" a\\nb ")
    True
    """
    return " ".join(tidied(text).split())


def strings_in(value: Any) -> Iterator[str]:
    """All texts in a cell: itself, or those inside its lists and objects."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings_in(one)


def with_strings(value: Any, change: Any) -> Any:
    """The same cell with every text in it, at any depth, replaced by `change(text)`."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: with_strings(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [with_strings(one, change) for one in value]
    return value
