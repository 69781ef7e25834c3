"""The language of texts by their letters: which script prevails, and what that tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Language", "detect_language"]

SAMPLE_TEXTS = 2000
SCRIPTS = {
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "han": re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]"),
    "kana": re.compile(r"[\u3040-\u30ff]"),
    "hangul": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "arabic": re.compile(r"[\u0600-\u06ff]"),
    "devanagari": re.compile(r"[\u0900-\u097f]"),
    "thai": re.compile(r"[\u0e00-\u0e7f]"),
    "greek": re.compile(r"[\u0370-\u03ff]"),
    "hebrew": re.compile(r"[\u0590-\u05ff]"),
}
LANGUAGE_OF = {"han": "zh", "kana": "ja", "hangul": "ko", "thai": "th", "greek": "el", "hebrew": "he"}
ENGLISH = frozenset(
    {"the", "a", "an", "i", "to", "of", "and", "is", "my", "in", "it", "for", "on", "you", "that", "with", "was", "are"}
    | {"not", "have", "can", "do", "this", "what", "how"}
)
MIN_ENGLISH_SHARE = 0.15
MIN_KANA_SHARE = 0.05  # Japanese mixes kana into every sentence, Chinese has none


@dataclass(frozen=True)
class Language:
    """`code` is null where the script is shared by many languages; `shares` are fractions of all letters."""

    code: str | None
    script: str
    shares: dict[str, float]


def detect_language(texts: Sequence[str]) -> Language | None:
    """The language of most letters in up to 2,000 of the texts; None where they hold no letters of a known script."""
    sample = " ".join(texts[:: max(1, len(texts) // SAMPLE_TEXTS)])
    counts = {script: len(pattern.findall(sample)) for script, pattern in SCRIPTS.items()}
    total = sum(counts.values())
    if total == 0:
        return None
    shares = {script: count / total for script, count in counts.items() if count}
    script = max(shares, key=lambda name: shares[name])
    code = LANGUAGE_OF.get(script)
    if script == "han" and shares.get("kana", 0) >= MIN_KANA_SHARE:
        code = "ja"
    if script == "latin":
        words = re.findall(r"[a-z]+", sample.casefold())
        code = "en" if sum(word in ENGLISH for word in words) >= MIN_ENGLISH_SHARE * len(words) else None
    return Language(code, script, shares)
