"""Texts that an earlier program decoded wrongly, or that carry characters no person typed."""

from __future__ import annotations

import re

__all__ = ["damage_of"]

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
# UTF-8 read as Windows-1252: a first byte shown as a letter, then continuation bytes shown as signs.
UTF8_AS_1252 = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]+"
)
GBK_AS_LATIN = re.compile("[\u00a1-\u00ff]{4,}")  # no language of Latin letters has four accents in a row
LOST = "锟斤拷"  # replacement characters in UTF-8, read as GBK
HAN_RUN = re.compile("[\u3400-\u9fff\ue000-\uf8ff\u20ac?]{4,}")


def damage_of(text: str) -> str:
    """ "replacement" (U+FFFD), "control" (control characters), "mojibake" (decoded wrongly), or "" for sound texts.

    >>> damage_of("cafÃ© crÃ¨me"), damage_of("café crème")
    ('mojibake', '')
    """
    if text.isascii():
        return "" if text.isprintable() or not CONTROL.search(text) else "control"
    if "\ufffd" in text:
        return "replacement"
    if LOST in text or any(map(_reads_as_utf8, UTF8_AS_1252.findall(text))) or _is_gbk_as_latin(text):
        return "mojibake"
    if any(map(_is_utf8_as_gbk, HAN_RUN.findall(text))):
        return "mojibake"
    return "control" if CONTROL.search(text) else ""


def _reads_as_utf8(piece: str) -> bool:
    """Whether the bytes that a wrong reading as Windows-1252 came from are whole characters in UTF-8."""
    try:
        raw = bytes(_byte_of(char) for char in piece)
        return len(raw.decode("utf-8")) < len(raw)
    except ValueError:
        return False


def _byte_of(char: str) -> int:
    """Windows-1252, and Latin-1 for the five bytes that it leaves open."""
    try:
        return char.encode("cp1252")[0]
    except UnicodeEncodeError:
        return ord(char)


def _is_gbk_as_latin(text: str) -> bool:
    for piece in GBK_AS_LATIN.findall(text):
        try:
            read = piece[: len(piece) // 2 * 2].encode("latin-1").decode("gb2312")
        except UnicodeError:
            continue
        if all("\u4e00" <= char <= "\u9fff" or char in "，。？！：；" for char in read):
            return True
    return False


def _is_utf8_as_gbk(piece: str) -> bool:
    """Real Chinese, written in GBK, is practically never valid UTF-8 of Chinese characters as well."""
    for end in (len(piece), len(piece) - 1):
        try:
            read = piece[:end].encode("gbk").decode("utf-8")
        except UnicodeError:
            continue
        return all("\u2e80" <= char <= "\uffef" for char in read)
    return False
