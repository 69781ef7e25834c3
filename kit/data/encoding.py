"""Which encoding a text file is in, decided strictly: a wrong guess trains a model on mojibake.

UTF-8 (with or without a byte-order mark), UTF-16 with a mark and GB18030 are read. Anything else is refused with
the place of the first byte that is not UTF-8, since the many one-byte encodings cannot be told from one another.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

from kit.errors import DataError

__all__ = ["Encoding", "detect_encoding"]

NOT_ASCII = re.compile(r"[^\x00-\x7f]")
MIN_COMMON_SHARE = 0.8
MIN_LATE_SHARE = 0.1
MIN_HANZI_FOR_LATE_SHARE = 10


@dataclass(frozen=True)
class Encoding:
    """`name` is the codec's Python name: for files with a mark the one that strips it."""

    name: str
    has_bom: bool


def detect_encoding(raw: bytes, where: str) -> Encoding:
    """The encoding of a whole file; `where` names the file in the error."""
    encoding = _by_mark(raw)
    if encoding is None and b"\0" in raw:
        raise DataError(
            f"{where}: holds zero bytes (the first at byte {raw.index(0)}), so it is either UTF-16 without a "
            "byte-order mark or not a text file; save it as UTF-8, or convert it: iconv -f utf-16le -t utf-8"
        )
    encoding = encoding or Encoding("utf-8", has_bom=False)
    try:
        raw.decode(encoding.name.removesuffix("-sig"))  # with "-sig" the offsets of errors would miss the mark's bytes
    except UnicodeDecodeError as error:
        if encoding.name == "utf-8" and _is_gb18030(raw):
            return Encoding("gb18030", has_bom=False)
        raise _undecodable(raw, error=error, where=where) from None
    return encoding


def _by_mark(raw: bytes) -> Encoding | None:
    if raw.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8-sig", has_bom=True)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", has_bom=True)
    return None


def _is_gb18030(raw: bytes) -> bool:
    """Valid GB18030 throughout, and Chinese by the letters that it would hold.

    Being valid is not enough. Latin-1 "\xe9t\xe9" is a valid pair, but lands outside the common characters. Korean
    EUC-KR lands inside them, but only in the first half of the (pinyin-sorted) table, which Chinese never does.
    """
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    common = hanzi = late = others = 0
    for letter, count in Counter(NOT_ASCII.findall(text)).items():
        code = letter.encode("gb18030")
        if len(code) == 4:  # emoji and rare characters; no one-byte encoding yields this form in running text
            continue
        lead, is_gb2312 = code[0], len(code) == 2 and code[1] >= 0xA1
        if is_gb2312 and 0xB0 <= lead <= 0xD7:  # GB 2312 level 1: the 3,755 most used characters
            hanzi += count
            late += count if lead >= 0xC9 else 0
        elif is_gb2312 and lead in (0xA1, 0xA3):  # Chinese punctuation and full-width forms
            common += count
        else:
            others += count
    common += hanzi
    if hanzi == 0 or common < MIN_COMMON_SHARE * (common + others):
        return False
    return hanzi < MIN_HANZI_FOR_LATE_SHARE or late >= MIN_LATE_SHARE * hanzi


def _undecodable(raw: bytes, *, error: UnicodeDecodeError, where: str) -> DataError:
    offset = error.start
    line_feed = "\n".encode("utf-16-le" if raw.startswith(codecs.BOM_UTF16_LE) else "utf-16-be")
    line = raw.count(b"\n" if error.encoding.startswith("utf-8") else line_feed, 0, offset) + 1
    if error.encoding.startswith("utf-16"):
        return DataError(
            f"{where}: starts as UTF-16 but byte {offset} (line {line}) is not UTF-16, as in a file that was cut off; "
            "export it again as UTF-8"
        )
    return DataError(
        f"{where}: byte 0x{raw[offset]:02x} at offset {offset} (line {line}) is not UTF-8, and the file does not "
        "read as Chinese in GB18030 either; save it as UTF-8, or convert it from what it was written in: "
        "iconv -f latin1 -t utf-8"
    )
