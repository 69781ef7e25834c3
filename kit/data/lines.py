"""The lines of a text file one at a time: what does not decode stays in its line and spoils no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kit.data.encoding import Encoding, detect_encoding
from kit.errors import DataError

__all__ = ["MOST_LINE_CHARS", "fault_of", "file_encoding", "printable", "read_lines"]

HEAD_BYTES = 64 * 2**20
MOST_LINE_CHARS = 16 * 2**20
MOST_ZERO_SHARE = 0.1  # UTF-16 without a mark has half of its bytes zero
UNDECODED = re.compile("[\udc80-\udcff]")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def file_encoding(path: Path) -> Encoding:
    """The encoding by the first 64 MB; a UTF-8 file with some lines in another encoding is UTF-8 with broken lines."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if len(head) == HEAD_BYTES and b"\n" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: head.rindex(b"\n") + 1]
    try:
        return detect_encoding(head.replace(b"\0", b"") if _has_stray_zeros(head) else head, str(path))
    except DataError:
        if _is_partly_utf8(head):
            has_bom = head.startswith(b"\xef\xbb\xbf")
            return Encoding("utf-8-sig" if has_bom else "utf-8", has_bom)
        raise


def read_lines(path: Path, encoding: Encoding, *, newline: str | None) -> Iterator[str]:
    """Lines with their ends; undecodable bytes as lone surrogates. A line over 16 M characters comes in pieces."""
    errors = "strict" if encoding.name.startswith("utf-16") else "surrogateescape"
    with path.open(encoding=encoding.name, errors=errors, newline=newline) as file:
        try:
            while line := file.readline(MOST_LINE_CHARS):
                yield line
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: starts as UTF-16 but does not go on as such ({error.reason}), as in a file that "
                            "was cut off; export it again as UTF-8") from None  # fmt: skip


def fault_of(text: str) -> str:
    """Why these characters cannot be a row's, "" where they can."""
    if "\0" in text:
        return "holds a zero byte"
    if text.isascii():
        return ""
    found = UNDECODED.search(text)
    if found:
        return f"byte 0x{ord(found[0]) - 0xDC00:02x} at character {found.start() + 1} is not in the file's encoding"
    return "holds half of a character (a lone surrogate)" if HALF_CHARACTER.search(text) else ""


def printable(text: str) -> str:
    """The same text with undecoded bytes and half characters written out, so that it can be stored."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") if _has_only_bytes(text) else (
        text.encode("utf-8", "backslashreplace").decode("utf-8")
    )


def _has_only_bytes(text: str) -> bool:
    return not any(not "\udc80" <= half <= "\udcff" for half in HALF_CHARACTER.findall(text))


def _has_stray_zeros(head: bytes) -> bool:
    return 0 < head.count(0) <= MOST_ZERO_SHARE * len(head) and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _is_partly_utf8(head: bytes) -> bool:
    """Some lines hold non-ASCII characters in good UTF-8, and some lines do not: written by two programs.

    Without any good one the whole file is in one other encoding, and must be converted, not sifted.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > MOST_ZERO_SHARE * len(head):
        return False
    for line in head.split(b"\n"):
        if not line.isascii():
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            return True
    return False
