"""Secrets in texts: keys and tokens by the prefixes that their issuers gave them, others by their entropy."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

__all__ = ["find_private_keys", "find_secrets"]

# Prefixes of keys and tokens, as their issuers document them (read 2026-11).
KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255}"
    r"|gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,64}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{20,250}"
    r"|sk-(?:proj-|ant-|or-|svcacct-|admin-)?[A-Za-z0-9_-]{20,250}"
    r"|hf_[A-Za-z0-9]{30,64}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,40}"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9]{24,64}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}"
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"
    r"|dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"
    r"|LTAI[A-Za-z0-9]{12,30}|AKID[A-Za-z0-9]{13,40}"  # Alibaba Cloud, Tencent Cloud
    r"|(?:AC|SK)[0-9a-f]{32}"  # Twilio
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"  # JSON web token
    r")(?![A-Za-z0-9])"
)
PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
IN_ADDRESS = re.compile(  # up to the last @: people do not escape the one in their password
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:(?P<value>[a-z0-9\-._~!#$%&()*+=:@^|]{3,200})@(?=[a-z0-9\[])",
    re.IGNORECASE | re.ASCII,
)
NAMED = re.compile(
    r"(?:api[ _-]?key|secret(?:[ _-]?(?:access[ _-]?)?key)?|access[ _-]?(?:key|token)|auth[ _-]?token|bearer|token"
    r"|client[ _-]?secret|密钥|令牌|(?P<password>pass(?:word|wd|phrase)|pwd|密码|口令"
    r"|(?:wi-?fi|user|login|db|root|admin|smtp|ftp)[ _-]?pass(?![a-z])))[\"'`”]?"
    r"\s*(?P<link>is|was|为|是|[:=：＝])?\s*[\"'`“]?(?P<value>[A-Za-z0-9_\-+/=.~!@#$%^&*]{6,250})",
    re.IGNORECASE,
)
NEXT_PARAMETER = re.compile(r"&[A-Za-z_]\w*=")
HINTS = ("://", "key", "secret", "token", "bearer", "pass", "pwd", "密钥", "密码", "口令", "令牌")
NO_PASSWORD = re.compile(r"sha-?\d|md5|base\d\d|utf-?\d|aes-?\d|oauth|\d{4}-\d\d"
                         r"|[^@]+@[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,}$",
                         re.IGNORECASE)  # fmt: skip
INNER_SIGN = re.compile(r"(?<=[A-Za-z])[$#%^*!@](?=[A-Za-z])")
MIN_TOKEN_BITS, MIN_TOKEN_CHARS = 3.0, 16
MIN_PASSWORD_BITS, MIN_PASSWORD_CHARS, MIN_UNLINKED_CHARS = 2.5, 6, 8
SENTENCE_END = ".,;:?"  # not "!", which many passwords end with


def find_private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Spans of PEM blocks; one that was cut off reaches to the end of the text."""
    if "PRIVATE KEY" in text:
        yield from (found.span() for found in PRIVATE_KEY.finditer(text))


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Spans of keys, tokens and passwords; only the value, not the word before it."""
    if max(map(len, text.split()), default=0) >= MIN_TOKEN_CHARS:
        yield from (found.span() for found in KNOWN.finditer(text))
    folded = text.casefold()
    if not any(hint in folded for hint in HINTS):
        return
    yield from (found.span("value") for found in IN_ADDRESS.finditer(text))
    for found in NAMED.finditer(text):
        value = NEXT_PARAMETER.split(found["value"])[0].rstrip(SENTENCE_END)
        is_linked = found["link"] is not None
        if _is_secret(value, is_linked=is_linked) or (
            found["password"] and _is_password(value, found["password"], is_linked=is_linked)
        ):
            yield found.start("value"), found.start("value") + len(value)


def _is_secret(value: str, *, is_linked: bool) -> bool:
    """After "password:" a mix of letters and digits will do; without a sign between it must look random."""
    has_digit_and_letter = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if is_linked and len(value) >= 8 and has_digit_and_letter and _bits_per_char(value) >= MIN_PASSWORD_BITS:
        return True
    if "@" in value and not is_linked:  # "the token someone99@example.com": an address
        return False
    return len(value) >= MIN_TOKEN_CHARS and _kinds(value) >= 2 and has_digit_and_letter and (
        _bits_per_char(value) >= MIN_TOKEN_BITS
    )


def _is_password(value: str, word: str, *, is_linked: bool) -> bool:
    """Behind a word for password also short ones, and without a sign between ("密码Wint_3520", "password Ab12cd!x")."""
    kinds = _kinds(value)
    if NO_PASSWORD.match(value) or not any(map(str.isalpha, value)):
        return False
    if not any(map(str.isdigit, value)):  # "DMh$Hl#RlSb" is one by its inner signs; "Forgotten?" and "Foo.Bar" are not
        is_mixed = kinds >= 3 and INNER_SIGN.search(value) is not None
        return is_linked and is_mixed and len(value) >= MIN_UNLINKED_CHARS
    if _bits_per_char(value) < MIN_PASSWORD_BITS:
        return False
    if is_linked:
        return len(value) >= MIN_PASSWORD_CHARS
    return len(value) >= MIN_UNLINKED_CHARS and kinds >= (3 if word.isascii() else 2)


def _kinds(value: str) -> int:
    return sum(any(test(char) for char in value) for test in (str.islower, str.isupper, str.isdigit, _is_sign))


def _is_sign(char: str) -> bool:
    return not char.isalnum()


def _bits_per_char(text: str) -> float:
    """Shannon entropy of the characters: random base 64 has 4.5 and more at 32 characters, words about 3."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
