"""What is wrong with a data set, counted row by row, in one pass and in memory that does not grow with the texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.data.canonical import as_label
from kit.data.columns import is_blank
from kit.data.damage import damage_of
from kit.data.findings import SAYS, findings_of, shares_of
from kit.data.health import health_of, imbalance
from kit.data.pii import find_pii
from kit.data.roles import Roles, joined, roles_of
from kit.data.stream import Stream
from kit.data.tally import NO_LABEL, EvenSample, Finding, Keys, Places, key_of
from kit.data.tidy import exact_key, strings_in
from kit.data.token_counts import TokenCounter, count_sample

__all__ = ["Inspection", "Inspector", "health", "inspect"]

MOST_LABELS = 100_000
MOST_TEXTS, MOST_TEXT_CHARS = 50_000, 40_000_000
LEAST_NUMBER = 10**6  # smaller whole numbers hold nothing personal
FINDING_OF = {"SECRET": "secret_key", "PRIVATE_KEY": "secret_private_key"}


@dataclass(frozen=True)
class Inspection:
    """The result; `as_json` is what the command prints."""

    source: str
    format: str
    rows: int
    findings: tuple[Finding, ...]
    health: dict[str, Any]
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        found = [finding.as_json() for finding in self.findings]
        return {"source": self.source, "format": self.format, "rows": self.rows, "health": self.health,
                "findings": found, **self.facts}  # fmt: skip


def inspect(stream: Stream, *, text: Sequence[str] = (), label: str | None = None,
            tokens: TokenCounter | None = None) -> Inspection:  # fmt: skip
    """Read the whole stream. Raises DataError where a named column is missing or no row can be read."""
    sample = stream.sample()
    roles = roles_of(sample, text=text, label=label)
    inspector = Inspector(roles, tokens)
    broken = Places()
    for record in stream.records:
        if record.row is None:
            broken.add("unreadable_row", record.number)
        else:
            inspector.add(record.number, record.row)
    facts = {
        "encoding": stream.encoding, "has_bom": stream.has_bom, "delimiter": stream.delimiter,
        "skipped": {name: count for name, count in stream.skipped.items() if count},
        "roles": {"text": list(roles.text), "label": roles.label, "id": roles.id}, "why": dict(roles.why),
    }  # fmt: skip
    return inspector.finish(stream.source, stream.format, facts, broken)


def health(rows: Iterable[Mapping[str, Any]], *, text_roles: Sequence[str], label_role: str | None) -> dict[str, Any]:
    """Score, parts and findings of rows in memory; what a run keeps in its data.json."""
    texts = tuple(text_roles)
    inspector = Inspector(Roles(texts, label_role, None, texts), None)
    for number, row in enumerate(rows, start=1):
        inspector.add(number, row)
    found = inspector.finish("rows", "memory", {}, Places())
    return {**found.health, "findings": [finding.as_json() for finding in found.findings]}


class Inspector:
    """Sees each row once. `finish` compares the hashes and the sample of texts."""

    def __init__(self, roles: Roles, tokens: TokenCounter | None) -> None:
        self.roles, self.tokens = roles, tokens
        self.rows = 0
        self.places = Places()
        self.rows_keys, self.id_keys = Keys(), Keys()
        self.label_codes: dict[str, int] = {}
        self.label_rows: Counter[str] = Counter()
        self.blanks: Counter[str] = Counter()
        self.rows_with: Counter[str] = Counter()  # pii, secret: of any kind
        self.chars: Counter[int] = Counter()
        self.texts = EvenSample(MOST_TEXTS, MOST_TEXT_CHARS)
        self.token_rows = EvenSample(MOST_TEXTS, MOST_TEXT_CHARS)

    def add(self, number: int, row: Mapping[str, Any]) -> None:
        roles, places = self.roles, self.places
        self.rows += 1
        self.blanks.update(name for name, value in row.items() if is_blank(value))
        label = self._label(number, row)
        text = joined(row, roles.text)
        self.chars[_bucket(len(text))] += 1
        key = exact_key(text if roles.compared == roles.text else joined(row, roles.compared))
        if not text.strip():
            places.add("empty_text", number)
        else:
            self.rows_keys.add(key_of(key), label, number)
            self.texts.add((number, label, key), len(key))
            if not any(map(str.isalpha, text)) and not any(map(str.isdigit, text)):
                places.add("no_words", number)
        if roles.id is not None and not is_blank(row.get(roles.id)):
            self.id_keys.add(key_of(str(row[roles.id])), NO_LABEL, number)
        inside = contents_of(row)
        for name in inside:
            places.add(name, number)
        self.rows_with.update({name.split("_")[0] for name in inside} & {"pii", "secret"})
        if self.tokens is not None:
            self.token_rows.add((number, dict(row)), len(text))

    def finish(self, source: str, format_: str, facts: dict[str, Any], broken: Places) -> Inspection:
        total = self.rows + broken.counts["unreadable_row"]
        counts = sorted(self.label_rows.values(), reverse=True)
        counted, tokens_facts = count_sample(self.token_rows, self.roles, self.tokens)
        findings = findings_of(self, broken, total, counted)
        shares = shares_of(findings, self, total=total)
        shares["label_balance"] = imbalance(counts) if len(self.label_codes) < MOST_LABELS else None
        return Inspection(source, format_, total, findings, health_of(shares), {
            **facts,
            "labels": dict(self.label_rows.most_common(200)),
            "num_labels": len(self.label_rows),
            "empty_cells": {name: count for name, count in self.blanks.items() if count},
            "text_chars": _quantiles(self.chars),
            "tokens": tokens_facts,
            "meaning": {finding.name: SAYS[finding.name] for finding in findings},
        })  # fmt: skip

    def _label(self, number: int, row: Mapping[str, Any]) -> int:
        """A code per label; beyond 100,000 labels (free text) a hash, and no counts by label."""
        if self.roles.label is None:
            return NO_LABEL
        value = row.get(self.roles.label)
        if is_blank(value) or value == []:
            self.places.add("missing_label", number)
            return NO_LABEL
        name = ", ".join(map(as_label, value)) if isinstance(value, list) else as_label(value)
        code = self.label_codes.get(name)
        if code is None:
            if len(self.label_codes) >= MOST_LABELS:
                return key_of(name) % 2**30 + 2**30
            code = self.label_codes[name] = len(self.label_codes)
        self.label_rows[name] += 1
        return code


def contents_of(row: Mapping[str, Any]) -> set[str]:
    """Names of the findings inside a row's cells: personal data, secrets, damage."""
    found = set()
    for column, value in row.items():
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LEAST_NUMBER:
            value = str(value)
        for text in strings_in(value):
            if damage_of(text):
                found.add("encoding_damage")
            for one in find_pii(text, context=column):
                found.add(FINDING_OF.get(one.kind, f"pii_{one.kind.lower()}"))
    return found


def _bucket(length: int) -> int:
    """Lengths to within 1 %, so that their counts stay few."""
    return length if length < 256 else int(256 * 1.01 ** round(np.log(length / 256) / np.log(1.01)))


def _quantiles(chars: Counter[int]) -> dict[str, int]:
    if not chars:
        return {}
    lengths = np.array(sorted(chars))
    ranks = np.cumsum([chars[int(length)] for length in lengths])
    places = {"min": 0.0, "median": 0.5, "p95": 0.95, "max": 1.0}
    return {name: int(lengths[np.searchsorted(ranks, max(1, np.ceil(q * ranks[-1])))]) for name, q in places.items()}
