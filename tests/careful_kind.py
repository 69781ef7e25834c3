"""A kind that says of each example how much of it is supervised and whether its answer was cut; markers plant both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from kit.findings import Finding
from kit.tasks.base import Example, Row
from kit.tasks.tokens import mask_mismatch
from tests.toy_kind import LengthRegression

MUTE, CUT, SHIFTED = "word1", "word2", "word3"  # words of the tiny vocabulary that no other text has


class CarefulLength(LengthRegression):
    """The answer is the text itself; a `SHIFTED` text is supervised on its first word alone."""

    name: ClassVar[str] = "careful_length"

    def preprocess(self, rows: Sequence[Row]) -> list[Example]:
        found = super().preprocess(rows)
        for row, example in zip(rows, found):
            words = row["text"].split()
            example |= {"supervised": 0 if MUTE in words else example["length"], "cut": int(CUT in words)}
        return found

    def findings(self, rows: Mapping[str, Sequence[Row]], examples: Mapping[str, Sequence[Example]]) -> list[Finding]:
        texts = [row["text"] for row in rows["train"]]
        tokens = [
            e["input_ids"][:2] if SHIFTED in text.split() else e["input_ids"]
            for text, e in zip(texts, examples["train"])
        ]
        return mask_mismatch(tokens, texts, [bool(e["cut"]) for e in examples["train"]], self.processor)
