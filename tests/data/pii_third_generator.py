"""2,000 made-up rows that hold personal data and 2,000 that only look so, half English, half Simplified Chinese.

Written before its author saw the patterns, to find out what they miss. Each planted item is known by its span.
The span is the value alone: no label, no quotes, no extension, no port.
"""

import re
from dataclasses import dataclass
from random import Random

from pii_third_ids import PLANTED
from pii_third_lookalikes import LOOKALIKES
from pii_third_texts import HARMLESS_EN, HARMLESS_ZH, PLANTED_EN, PLANTED_ZH, lines
from pii_third_values import FULL_WIDTH

SEED = 20241103
ROWS_PER_PART = 1000
SLOT = re.compile(r"\{(" + "|".join([*PLANTED, *LOOKALIKES]) + r")\}")


@dataclass(frozen=True)
class Planted:
    row: int
    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Rows:
    texts: list[str]
    planted: list[Planted]


def build(seed: int = SEED) -> Rows:
    """All rows in a fixed order: planted English, planted Chinese, harmless English, harmless Chinese."""
    r = Random(seed)
    texts: list[str] = []
    planted: list[Planted] = []
    parts = [(PLANTED_EN, HARMLESS_EN, ". "), (PLANTED_ZH, HARMLESS_ZH, "。"), (HARMLESS_EN, HARMLESS_EN, ". "),
             (HARMLESS_ZH, HARMLESS_ZH, "。")]
    for main, around, gap in parts:
        for number in range(ROWS_PER_PART):
            text, spans = render(r, pattern(r, lines(main)[number % len(lines(main))], lines(around), gap=gap))
            planted += [Planted(len(texts), start, end, kind) for start, end, kind in spans]
            texts.append(text)
    return Rows(texts, planted)


def pattern(r: Random, sentence: str, around: list[str], *, gap: str) -> str:
    """The sentence alone, or with harmless ones before or after it, as in a longer message."""
    fate = r.random()
    if fate < 0.6:
        return sentence
    before = joined(r, r.choice(around), sentence, stop=gap) if fate < 0.75 or fate >= 0.9 else sentence
    return before if fate < 0.75 else joined(r, before, r.choice(around), stop=gap)


def joined(r: Random, first: str, second: str, *, stop: str) -> str:
    """Two sentences on two lines, or in one with the full stop of their language where the first has none."""
    if "\n" in first + second or r.random() < 0.4:
        return f"{first}\n{second}"
    return first + ("" if stop == "。" else " ") + second if first[-1] in ".?!。？！" else first + stop + second


def render(r: Random, sentence: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The sentence with its slots filled, and the spans of what was planted.

    >>> text, spans = render(Random(0), "mail {email} now")
    >>> [(text[:start], kind) for start, _, kind in spans]
    [('mail ', 'email')]
    """
    text, at = "", 0
    spans: list[tuple[int, int, str]] = []
    for slot in SLOT.finditer(sentence):
        text += sentence[at:slot.start()]
        name = slot.group(1)
        if name in PLANTED:
            kind, make = PLANTED[name]
            value = make(r)
            spans.append((len(text), len(text) + len(value), kind))
        else:
            value = LOOKALIKES[name](r)
            if r.random() < 0.01:
                value = value.translate(FULL_WIDTH)
        text += value
        at = slot.end()
    return text + sentence[at:], spans
