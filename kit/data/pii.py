"""Personal data and secrets in texts, found by format and check digits: no model, no network.

Found are e-mail addresses, phone numbers, payment cards, IBANs, national ids, IP addresses and secrets. Not found are
names of people, postal addresses and dates of birth: those need a model and a person's eye.
Where a number could be several things, its check digits decide; a number right behind words such as "order" or
"订单号" is no phone number, one behind "phone" or "电话" is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.data.checksums import IBAN_LENGTHS, is_brazilian_cpf, is_card, is_chinese_id, is_iban, is_spanish_id
from kit.data.pii_patterns import (
    AFTER_PHONE_WORD,
    ANYTHING,
    ASIDE,
    BARE_CPF,
    BARE_SSN,
    CHINESE_ID,
    COLONS,
    CONTEXT_ASIDE,
    CPF,
    CPF_WORD,
    DIGITS_BEFORE,
    DOTTED,
    EMAIL,
    FROM_TO,
    HONG_KONG_ID,
    IBAN_START,
    ID_WORD,
    IPV4,
    IPV6,
    LONG_DIGITS,
    NATIONAL_PHONE,
    NINO,
    NO_EMAIL,
    OLD_CHINESE_ID,
    OTHER_NUMBER,
    PHONE_CONTEXT,
    PHONE_WORD,
    PHONES,
    SEVERAL_DIGITS,
    SPANISH_ID,
    SPELT_AT,
    SPELT_EMAIL,
    SSN,
    SSN_WORD,
    UPGRADED_TO,
    URL,
    URL_PHONE,
    VERSION_WORD,
)
from kit.data.secret_patterns import find_private_keys, find_secrets

__all__ = ["KINDS", "Found", "find_pii"]

KINDS = ("PRIVATE_KEY", "SECRET", "EMAIL", "IBAN", "CARD", "NATIONAL_ID", "IP", "PHONE")  # who wins where two overlap
FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B),
                                               0xFF20, 0xFF0B, 0xFF0D, 0xFF0E, 0xFF08, 0xFF09)}  # fmt: skip
FULL_WIDTH |= {0x2010: 0x2D, 0x2011: 0x2D, 0x2012: 0x2D, 0x2013: 0x2D, 0x00A0: 0x20}  # dashes and the hard space

Spans = Iterator[tuple[int, int]]


@dataclass(frozen=True)
class Found:
    """One value: `text[start:end]` is of kind `kind` (one of KINDS)."""

    kind: str
    start: int
    end: int


def find_pii(text: str, *, context: str = "") -> list[Found]:
    """What is personal or secret in a text, in order, without overlaps. `context`, a column name, stands before it."""
    plain = text if text.isascii() else text.translate(FULL_WIDTH)  # letter for letter: places stay the same
    prefix = f"{context.replace('_', ' ')}: " if context else ""
    if ANYTHING.search(plain) is None:
        return []
    whole = prefix + plain
    has_digits = SEVERAL_DIGITS.search(whole) is not None
    taken: list[Found] = []
    for kind in KINDS:
        if not _may_hold(kind, whole, has_digits):
            continue
        for start, end in FINDERS[kind](whole):
            start, end = start - len(prefix), end - len(prefix)
            if start >= 0 and all(end <= other.start or start >= other.end for other in taken):
                taken.append(Found(kind, start, end))
    return sorted(taken, key=lambda found: found.start)


def _may_hold(kind: str, text: str, has_digits: bool) -> bool:
    """Cheap tests that spare most texts the patterns."""
    if kind == "EMAIL":
        return "@" in text or SPELT_AT.search(text) is not None
    if kind in ("CARD", "NATIONAL_ID", "PHONE", "IBAN"):
        return has_digits
    return kind != "IP" or DOTTED.search(text) is not None or COLONS.search(text) is not None


def _emails(text: str) -> Spans:
    if "@" in text:
        yield from (found.span() for found in EMAIL.finditer(text) if NO_EMAIL.match(found[0]) is None)
    yield from (found.span() for found in SPELT_EMAIL.finditer(text))


def _ibans(text: str) -> Spans:
    for found in IBAN_START.finditer(text):
        length = IBAN_LENGTHS.get(text[found.start() : found.start() + 2].upper())
        if length is None:
            continue
        end, taken = found.start(), 0
        while end < len(text) and taken < length and (text[end].isalnum() or text[end] in " -"):
            taken += text[end].isalnum()
            end += 1
        value = re.sub(r"[ \-]", "", text[found.start() : end])
        is_whole = end == len(text) or not (text[end].isascii() and text[end].isalnum())
        if is_whole and is_iban(value):
            yield found.start(), end


def _cards(text: str) -> Spans:
    for found in LONG_DIGITS.finditer(text):
        start, end = found.span()
        if _is_inside_a_word(text, start, end):
            continue
        groups = re.split(r"[ \-]", found[0])
        is_grouped = len(groups) == 1 or (len(groups[0]) == 4 and all(3 <= len(group) <= 6 for group in groups[:-1]))
        digits = "".join(groups)
        # One in ten digit runs passes the check: a long one behind "order" or "流水号" is what that word says.
        is_other = len(digits) > 16 and _follows(OTHER_NUMBER, text, start)
        if is_grouped and not is_other and is_card(digits):
            yield start, end


def _national_ids(text: str) -> Spans:
    for pattern, check in ((CHINESE_ID, is_chinese_id), (SPANISH_ID, is_spanish_id), (CPF, is_brazilian_cpf)):
        for found in pattern.finditer(text):
            if check(re.sub(r"[. \-]", "", found[0])):
                yield found.span()
    for found in BARE_CPF.finditer(text):
        if is_brazilian_cpf(found[0]) and _follows(CPF_WORD, text, found.start()):
            yield found.span()
    for pattern in (SSN, NINO, HONG_KONG_ID):
        yield from (found.span() for found in pattern.finditer(text) if not _follows(OTHER_NUMBER, text, found.start()))
    for pattern, word in ((OLD_CHINESE_ID, ID_WORD), (BARE_SSN, SSN_WORD)):
        yield from (found.span() for found in pattern.finditer(text) if _follows(word, text, found.start()))


def _addresses(text: str) -> Spans:
    changed = _changed_versions(text)
    for found in IPV4.finditer(text):
        is_version = found.start() in changed or any(
            _follows(words, text, found.start()) for words in (VERSION_WORD, UPGRADED_TO))
        if not is_version and not found[0].startswith(("127.", "0.")):
            yield found.span()
    for found in IPV6.finditer(text):
        value = found[0] if found[0].endswith("::") else found[0].removesuffix(":")  # a colon of the sentence
        try:
            address = ipaddress.IPv6Address(value)
        except ValueError:
            continue
        if not address.is_loopback and not address.is_unspecified and len(value) >= 6:
            yield found.start(), found.start() + len(value)


def _changed_versions(text: str) -> set[int]:
    """Starts of the numbers in "upgraded from 3.6.5.3 to 4.5.6.5"; "moved from 10.0.0.5 to 10.0.0.9" has none."""
    starts: set[int] = set()
    for found in FROM_TO.finditer(text):
        is_said = found["verb"] is not None or found["chinese_verb"] is not None
        if is_said or any(found[part].count(".") < 3 or found[part][0] in "vV" for part in ("old", "new")):
            starts |= {found.start("old"), found.start("new")}
    return starts


def _phones(text: str) -> Spans:
    """Digits within the address of a page are its path or query, except behind "tel:", "?phone=" and the like."""
    pages = [page.span() for page in URL.finditer(text)] if "://" in text or "www." in text.casefold() else []
    for start, end in _phone_candidates(text):
        if not any(first <= start < last for first, last in pages) or _follows(URL_PHONE, text, start):
            yield start, end


def _phone_candidates(text: str) -> Spans:
    for pattern in PHONES:
        for found in pattern.finditer(text):
            digits = sum(map(str.isdigit, found[0]))
            is_marked = found[0].startswith("+")  # no other number is written so
            is_other = _follows(OTHER_NUMBER, text, found.start()) or _follows(DIGITS_BEFORE, text, found.start())
            if 8 <= digits <= 18 and (is_marked or not is_other):
                yield found.span()
    for found in AFTER_PHONE_WORD.finditer(text):
        if _follows(PHONE_WORD, text, found.start()):
            yield found.span()
    for found in NATIONAL_PHONE.finditer(text):
        start = found.start()
        is_called = PHONE_CONTEXT.search(text[max(0, start - CONTEXT_ASIDE) : start]) is not None
        if 9 <= sum(map(str.isdigit, found[0])) <= 12 and is_called and not _follows(OTHER_NUMBER, text, start):
            yield found.span()


def _follows(words: re.Pattern[str], text: str, start: int) -> bool:
    return words.search(text[max(0, start - ASIDE) : start]) is not None


def _is_inside_a_word(text: str, start: int, end: int) -> bool:
    """Digits of a longer name or a decimal number: ORD4111..., 0.4111..., 4111...abc."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    is_joined = before[-1:].isascii() and (before[-1:].isalnum() or before[-1:] in "_-/#")
    is_decimal = before[-1:] in (".", ",") and before[:1].isdigit()
    is_continued = after[:1].isascii() and (after[:1].isalnum() or after[:1] in "_/")
    return bool(before and is_joined) or is_decimal or bool(after and is_continued)


FINDERS: dict[str, Callable[[str], Spans]] = {
    "PRIVATE_KEY": find_private_keys, "SECRET": find_secrets, "EMAIL": _emails, "IBAN": _ibans, "CARD": _cards,
    "NATIONAL_ID": _national_ids, "IP": _addresses, "PHONE": _phones,
}  # fmt: skip
