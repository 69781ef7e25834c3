"""From what an inspection remembered to its findings, and from these to the shares that the health score takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kit.data.language import detect_language
from kit.data.near import near_groups
from kit.data.normal import normalised
from kit.data.tally import NO_LABEL, SHOWN, EvenSample, Finding, Places, Repeats

if TYPE_CHECKING:
    from kit.data.inspect import Inspector

__all__ = ["SAYS", "findings_of", "shares_of"]

SAYS = {
    "unreadable_row": "cannot be read as rows",
    "empty_text": "have no text",
    "missing_label": "have no label",
    "no_words": "hold neither a letter nor a digit",
    "exact_duplicate": "repeat an earlier row: same text and label (without labels: same in all columns but the id)",
    "near_duplicate": "say nearly the same as an earlier row of the same label",
    "conflicting_label": "have a text that stands under several labels (all rows of such texts)",
    "near_conflict": "say nearly the same as a row of another label: one of the labels may be wrong",
    "label_spelling": "have a label that differs from a commoner one only in case, width, blanks or punctuation",
    "duplicate_id": "repeat the id of an earlier row",
    "encoding_damage": "hold letters decoded wrongly, replacement characters or control characters",
    "other_language": "are written in another script than most",
    "truncated": "are longer than the model reads, and would be cut",
    "no_supervised_token": "have no token of the answer within the length, and would teach nothing",
    "pii_email": "hold an e-mail address",
    "pii_phone": "hold a phone number",
    "pii_card": "hold a payment card number",
    "pii_iban": "hold a bank account number (IBAN)",
    "pii_national_id": "hold a national identity number",
    "pii_ip": "hold an IP address",
    "secret_key": "hold an access key, token or password",
    "secret_private_key": "hold a private key",
}


def findings_of(seen: Inspector, broken: Places, total: int, counted: Sequence[Finding]) -> tuple[Finding, ...]:
    """All that was found, in the order of SAYS."""
    found = [Finding(name, count, total, tuple(places.first[name]), SAYS[name])
             for places in (broken, seen.places) for name, count in places.counts.items() if count]  # fmt: skip
    repeats = seen.rows_keys.repeats()
    found += _of_numbers("exact_duplicate", repeats.repeated, total, repeats.scale)
    found += _of_numbers("conflicting_label", repeats.conflicting, total, repeats.scale)
    ids = seen.id_keys.repeats()
    found += _of_numbers("duplicate_id", ids.repeated, total, ids.scale)
    found += _label_spelling(seen, total)
    found += _in_sample(seen.texts, repeats)
    found += counted
    order = list(SAYS)
    return tuple(sorted((finding for finding in found if finding.rows), key=lambda one: order.index(one.name)))


def shares_of(findings: Sequence[Finding], seen: Inspector, *, total: int) -> dict[str, float | None]:
    """The share of each part of the score; None for what was not measured."""
    share = {finding.name: finding.rows / finding.checked for finding in findings}
    measured = ["unreadable_row", "empty_text", "exact_duplicate", "near_duplicate", "no_words", "encoding_damage"]
    measured += ["missing_label", "conflicting_label", "label_spelling"] if seen.roles.label else []
    measured += ["duplicate_id"] if seen.roles.id else []
    measured += ["truncated", "no_supervised_token"] if seen.tokens else []
    shares: dict[str, float | None] = {name: share.get(name, 0.0) for name in measured} if total else {}
    if total:
        shares |= {name: seen.rows_with[name] / total for name in ("pii", "secret")}
        shares["language_mix"] = share.get("other_language", 0.0)
    return shares


def _of_numbers(name: str, numbers: np.ndarray, total: int, scale: int) -> list[Finding]:
    says = SAYS[name] + (f" (estimated from 1 in {scale} texts)" if scale > 1 else "")
    first = tuple(int(number) for number in numbers[:SHOWN])
    return [Finding(name, min(total, len(numbers) * scale), total, first, says, is_sampled=scale > 1)]


def _label_spelling(seen: Inspector, total: int) -> list[Finding]:
    by_form: dict[str, list[str]] = {}
    for label in seen.label_rows:
        by_form.setdefault(normalised(label), []).append(label)
    rarer = [label for labels in by_form.values() if len(labels) > 1
             for label in sorted(labels, key=lambda one: -seen.label_rows[one])[1:]]  # fmt: skip
    if not rarer:
        return []
    codes = {seen.label_codes[label] for label in rarer}
    labels, numbers = np.asarray(seen.rows_keys.labels), np.asarray(seen.rows_keys.numbers)
    first = numbers[np.isin(labels, list(codes))][:SHOWN]
    shown = ", ".join(f'"{label}"' for label in rarer[:SHOWN])
    return [Finding("label_spelling", sum(seen.label_rows[label] for label in rarer), total,
                    tuple(map(int, first)), f"{SAYS['label_spelling']}: {shown}")]  # fmt: skip


def _in_sample(sample: EvenSample, repeats: Repeats) -> list[Finding]:
    """Near duplicates, near conflicts and other languages among the remembered texts, exact ones left out."""
    rows: list[tuple[int, int, str]] = [item for item, _ in sample.items]
    if not rows:
        return []
    note = f" (among {len(rows)} rows spread over the file; over all rows there may be more)" if sample.is_part else ""
    groups = near_groups([text for _, _, text in rows]).tolist()
    exact, exact_conflict = set(repeats.repeated.tolist()), set(repeats.conflicting.tolist())
    labels_of: dict[int, set[int]] = {}
    for group, (_, label, _) in zip(groups, rows):
        if label != NO_LABEL:
            labels_of.setdefault(group, set()).add(label)
    pairs: set[tuple[int, int]] = set()
    near, conflicts = [], []
    for group, (number, label, _) in zip(groups, rows):
        if (group, label) in pairs and number not in exact:
            near.append(number)
        pairs.add((group, label))
        if len(labels_of.get(group, ())) > 1 and number not in exact_conflict:
            conflicts.append(number)
    found = {"near_duplicate": near, "near_conflict": conflicts, "other_language": _foreign(rows)}
    return [
        Finding(name, len(numbers), len(rows), tuple(numbers[:SHOWN]), SAYS[name] + note, is_sampled=sample.is_part)
        for name, numbers in found.items()
    ]


def _foreign(rows: Sequence[tuple[int, int, str]]) -> list[int]:
    scripts = [_script(text) for _, _, text in rows]
    known = Counter(script for script in scripts if script)
    main = known.most_common(1)[0][0] if known else None
    return [number for (number, _, _), script in zip(rows, scripts) if script and script != main]


def _script(text: str) -> str | None:
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else None
    found = detect_language([text])
    if found is None:
        return None
    return "han" if found.code in ("ja", "zh") and found.script == "han" else found.script
