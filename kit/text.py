"""What a text is made of, by script: the tokens that scores count, its language, the form in which answers compare.

Chinese, Japanese and Korean are scored by character: the first two write no spaces, and Korean glues particles
to its nouns, so that whole words would call "서울은" and "서울이" two different answers.
Thai, Lao, Khmer and Burmese write no spaces either and are not segmented here: score those with chrF.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import islice

__all__ = ["is_cjk", "language", "normalise_answer", "plain", "share_cjk", "units"]

# Code points of Han, kana and Hangul; an iteration mark is a letter of its script, punctuation is not.
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"

_CJK = re.compile(f"[{HAN}{KANA}{HANGUL}]")
_KANA = re.compile(f"[{KANA}]")
_HANGUL = re.compile(f"[{HANGUL}]")
_SPACE_BESIDE_CJK = re.compile(f"(?<=[{HAN}{KANA}]) | (?=[{HAN}{KANA}])")
_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_MINUS = re.compile(r"(?<![0-9A-Za-z.])-(?=\d)")
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_POINT, _SIGN = "\ue000", "\ue001"  # stand-ins (private use) that survive the removal of punctuation

_SAMPLE_CHARACTERS = 20_000
_MIN_KANA = 0.1  # running Japanese is a third kana or more; Chinese has at most a stray brand name
_FALLBACK_LANGUAGE = "other"


def is_cjk(char: str) -> bool:
    """Whether one character is a Han character, kana or Hangul (their punctuation is not).

    >>> [is_cjk(c) for c in "货の한a。1"]
    [True, True, True, False, False, False]
    """
    return _CJK.fullmatch(char) is not None


def share_cjk(text: str) -> float:
    """Share of the letters and digits that are CJK; 0 for a text without any.

    >>> share_cjk("退货 OK!")
    0.5
    """
    counted = sum(char.isalnum() for char in text)
    return len(_CJK.findall(text)) / counted if counted else 0.0


def language(texts: Iterable[str]) -> str:
    """The texts' language as far as their script tells: "zh", "ja", "ko", or the script ("latin", "cyrillic", ...).

    Counted in units, so that one product name does not outvote five characters; the first 20,000 characters are read.

    >>> language(["请问 iPhone 15 Pro Max 怎么退货?"]), language(["Wo ist mein Paket?"])
    ('zh', 'latin')
    """
    scripts = Counter(_script(unit[0]) for unit in units(_sample(texts)) if unit[0].isalpha())
    if not scripts:
        return _FALLBACK_LANGUAGE
    kana, han = scripts.pop("kana", 0), scripts.pop("han", 0)
    scripts["ja" if kana >= _MIN_KANA * (kana + han) else "zh"] = kana + han
    name, count = scripts.most_common(1)[0]
    return name if count else _FALLBACK_LANGUAGE


def units(text: str) -> list[str]:
    """The tokens that scores count: lower-case words without punctuation, and each CJK character alone (NFKC).

    A decimal number stays one token: "3.5" is not half right where "3.6" was asked.

    >>> units("订单ＡＢ１２于 May 3.5 到,Don't!")
    ['订', '单', 'ab12', '于', 'may', '3.5', '到', 'don', 't']
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return _DECIMAL_POINT.sub(_POINT, folded).translate(_TO_UNITS).split()


def plain(text: str) -> str:
    """The units as one line: single spaces, none beside a Chinese or Japanese character.

    >>> plain("你好, World  peace。")
    '你好world peace'
    """
    return _SPACE_BESIDE_CJK.sub("", " ".join(units(text)))


def normalise_answer(text: str) -> str:
    """The form in which two answers count as equal: no case, width, punctuation, English article or extra space.

    After the SQuAD script (Rajpurkar et al., 2016), which knows ASCII only; unlike it, a decimal point and a minus
    sign are kept ("3.5" is not "35"), and spaces beside Chinese or Japanese characters mean nothing.

    >>> normalise_answer("The  ＡＢＣ-Bank, Inc."), normalise_answer("“北京 大学”。"), normalise_answer("-3.5%, 1,000")
    ('abcbank inc', '北京大学', '-3.5 1000')
    """
    folded = unicodedata.normalize("NFKC", text).lower().replace("\u2212", "-")
    marked = _MINUS.sub(_SIGN, _DECIMAL_POINT.sub(_POINT, folded))
    bare = marked.translate(_WITHOUT_PUNCTUATION)
    words = _ARTICLE.sub(" ", bare).split() or bare.split()  # choice "A" is an answer, not an article
    return _SPACE_BESIDE_CJK.sub("", " ".join(words))


class _Translation(dict[int, str]):
    """A translation table that learns each character when it first meets it; Unicode has too many to list."""

    def __init__(self, fixed: dict[str, str], *, instead_of_punctuation: str, split_cjk: bool) -> None:
        super().__init__({ord(char): replacement for char, replacement in fixed.items()})
        self.instead_of_punctuation = instead_of_punctuation
        self.split_cjk = split_cjk

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)[0]
        if kind in "ZC" or char.isspace():
            self[code] = " "
        elif kind in "PS":
            self[code] = self.instead_of_punctuation
        else:
            self[code] = f" {char} " if self.split_cjk and is_cjk(char) else char
        return self[code]


_TO_UNITS = _Translation({_POINT: "."}, instead_of_punctuation=" ", split_cjk=True)
_WITHOUT_PUNCTUATION = _Translation({_POINT: ".", _SIGN: "-"}, instead_of_punctuation="", split_cjk=False)


def _sample(texts: Iterable[str]) -> str:
    return "".join(islice((char for text in texts for char in (*text, " ")), _SAMPLE_CHARACTERS))


def _script(char: str) -> str:
    if not is_cjk(char):
        return unicodedata.name(char, _FALLBACK_LANGUAGE).split()[0].lower()
    if _HANGUL.fullmatch(char):
        return "ko"
    return "kana" if _KANA.fullmatch(char) else "han"
