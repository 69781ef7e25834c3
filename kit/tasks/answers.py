"""Reading what somebody else wrote: the label, the labels or the number that a text states, or None.

Rivals answer in sentences, quotes, Markdown or JSON. What they state is accepted in any of these dresses; where a text
names two labels, denies one or names none, there is no answer. Nothing is ever guessed.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

__all__ = ["labels_in", "number_in", "one_label_in", "read_answer"]

KEYS = (
    "label", "labels", "answer", "category", "categories", "class", "intent", "topic", "tag", "tags", "prediction",
    "output", "result", "score", "rating", "value", "标签", "类别", "分类", "意图", "答案", "结果", "评分",
)  # fmt: skip
ENDS = " \t\r\n\"'`*_~.,;:!?()[]{}<>#>-‘’“”「」『』《》【】。，、；：！？…"
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*\s*\n?(.*?)```", re.DOTALL)
_STATED = re.compile(
    r"^[\s>*_#\-\"'`]*"
    r"(?:the\s+)?(?:final\s+|correct\s+|predicted\s+|最终)?"
    rf"(?:{'|'.join(KEYS)})[\s*_\"'`]*(?:[:：=]|\s+is\b|是|为)[\s*_]*(?P<value>\S.*)$",
    re.IGNORECASE,
)  # fmt: skip
_DENIAL = re.compile(r"\b(?:not|no|never|neither|nor|except|without|cannot)\b|n't\b|n’t\b|不|没|非|无法|除了")
_NOTHING = {"none", "nothing", "no label", "no labels", "n/a", "无", "没有"}
_NUMBER = re.compile(r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+−]?\.\d+")


def read_answer(text: str, *, problem: str, labels: Sequence[str], separator: str) -> Any:
    """The answer in `text` by kind of problem: a label, a sorted list of labels, a number; None where there is none."""
    if problem == "regression":
        return number_in(text)
    if problem == "multi_label":
        return labels_in(text, labels, separator)
    return one_label_in(text, labels)


def one_label_in(text: str, labels: Sequence[str]) -> str | None:
    """The one label that the text states: alone, in JSON, after `Label:`, on the last line, or as the only one named.

    >>> one_label_in('**Label:** "Card Arrival".', ["card_arrival", "refund"])
    'card_arrival'
    >>> one_label_in("refund or card arrival", ["card_arrival", "refund"]) is None
    True
    """
    known = Names(labels)
    said = _without_thoughts(text)
    if whole := known.exactly(said):
        return whole
    packed = _json_value(said)
    if packed is not None:
        found = packed if not isinstance(packed, list) else packed[0] if len(packed) == 1 else None
        return known.exactly(str(found)) if isinstance(found, str | int | float) else None
    lines = [line for line in said.splitlines() if line.strip(ENDS)]
    stated = [match["value"] for line in lines if (match := _STATED.match(line))]
    if stated:
        meant = {known.exactly(value) or known.only_one_named(value) for value in stated}
        return meant.pop() if len(meant) == 1 else None
    return (known.exactly(lines[-1]) if lines else None) or known.only_one_named(said)


def labels_in(text: str, labels: Sequence[str], separator: str) -> list[str] | None:
    """All labels of a list, sorted; None where any part of it is not a label.

    >>> labels_in("Labels: refund, delivery", ["delivery", "refund", "login"], "|")
    ['delivery', 'refund']
    """
    known = Names(labels)
    said = _without_thoughts(text)
    parts: list[Any] | None
    packed = _json_value(said)
    if packed is not None:
        parts = packed if isinstance(packed, list) else _parts(str(packed), known, separator)
    else:
        lines = [line for line in said.splitlines() if line.strip(ENDS)]
        stated = [match["value"] for line in lines if (match := _STATED.match(line))]
        parts = _parts(stated[0] if len(stated) == 1 else said, known, separator)
    if parts is None:
        return None
    found = [known.exactly(str(part)) for part in parts]
    return None if None in found else sorted({name for name in found if name})


def number_in(text: str) -> float | None:
    """The one finite number of a text; None where it holds none, several, or a percentage.

    >>> number_in("Score: 4.5"), number_in("between 3 and 4")
    (4.5, None)
    """
    said = _without_thoughts(text)
    packed = _json_value(said)
    if packed is not None:
        said = str(packed[0] if isinstance(packed, list) and len(packed) == 1 else packed)
    else:
        stated = [match["value"] for line in said.splitlines() if (match := _STATED.match(line))]
        said = stated[0] if len(stated) == 1 else said
    said = unicodedata.normalize("NFKC", said)
    numbers = _NUMBER.findall(said)
    if len(numbers) != 1 or "%" in said:
        return None
    number = float(numbers[0].replace(",", "").replace("−", "-"))
    return number if math.isfinite(number) else None


class Names:
    """The labels under every spelling that still tells them apart."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = set(labels)
        spelled = [(folded(label).strip(ENDS), label) for label in labels]
        count = Counter(name for name, _ in spelled)
        self.by_name = {name: label for name, label in spelled if name and count[name] == 1}
        self.shared = {name for name in count if name and count[name] > 1}

    def exactly(self, text: str) -> str | None:
        """The label that the whole text is, whatever its quotes, case, width and end marks."""
        plain = text.strip()
        if plain in self.labels:
            return plain
        bare = plain.strip(ENDS)
        return bare if bare in self.labels else self.by_name.get(folded(plain).strip(ENDS))

    def only_one_named(self, text: str) -> str | None:
        """The single label that the text names as words of their own, unless something in it is denied."""
        left = folded(text)
        if _DENIAL.search(_without_names(left, self.by_name)):
            return None
        found: set[str] = set()
        for name in sorted({*self.by_name, *self.shared}, key=len, reverse=True):  # "card arrival" before "card"
            left, hits = _as_words(name).subn("\0", left)
            found |= {self.by_name.get(name, "\0")} if hits else set()
        only = found.pop() if len(found) == 1 else None
        return None if only == "\0" else only


def folded(text: str) -> str:
    """One spelling for what differs in width, case, and blanks, hyphens or underscores between words."""
    return re.sub(r"[\s_\-]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _as_words(name: str) -> re.Pattern[str]:
    """`name` not inside a longer Latin word; Chinese has no blanks, so there any place will do."""
    before = r"(?<![a-z0-9])" if name[0].isascii() else ""
    after = r"(?![a-z0-9])" if name[-1].isascii() else ""
    return re.compile(before + re.escape(name) + after)


def _without_names(text: str, names: Sequence[str] | dict[str, str]) -> str:
    """A label may itself hold a "no" or 不, which denies nothing."""
    for name in sorted(names, key=len, reverse=True):
        text = _as_words(name).sub(" ", text)
    return text


def _without_thoughts(text: str) -> str:
    """What is left of a reply once the reasoning that some models print first is taken out."""
    said = _THOUGHT.sub("", text).strip()
    fences = _FENCE.findall(said)
    return fences[0].strip() if len(fences) == 1 else said


def _json_value(text: str) -> Any:
    """What a JSON answer holds: the value under a telling key, the only value, a list or a string; None if not JSON."""
    start, end = text.find("{"), text.rfind("}")
    candidates = [text] + ([text[start : end + 1]] if 0 <= start < end else [])
    for candidate in candidates:
        try:
            held = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(held, dict):
            told = [value for key, value in held.items() if folded(str(key)) in KEYS] or list(held.values())
            return told[0] if len(told) == 1 else [None, None]  # two answers are none
        return held
    return None


def _parts(text: str, known: Names, separator: str) -> list[Any] | None:
    """A written list, cut at the first of its marks that leaves nothing but labels."""
    bare = text.strip().strip("[]")
    if folded(bare).strip(ENDS) in _NOTHING and not known.exactly(bare):
        return []
    for marks in (re.escape(separator), r"\n", r"\n|,|;|、|，|；", r"\n|,|;|、|，|；|/|\band\b|和"):
        pieces = [re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", piece) for piece in re.split(marks, bare)]
        pieces = [piece for piece in pieces if piece.strip(ENDS)]
        if pieces and all(known.exactly(piece) for piece in pieces):
            return pieces
    return None
