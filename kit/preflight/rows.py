"""Findings in the rows: their number, copies, contradictions, and test rows that training has already seen."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from kit.data.normal import normalised
from kit.findings import Finding
from kit.tasks.base import Column, Row

SMALL_TEST = 50  # below it a 95 % interval of a share is wider than 25 points
ANSWER_TYPES = {"label", "number", "answer"}


def row_findings(rows: Mapping[str, Sequence[Row]], columns: Mapping[str, Column]) -> list[Finding]:
    return [*_held_out(rows), *_copies(rows["train"], columns), *_contradictions(rows["train"], columns)]


def _held_out(rows: Mapping[str, Sequence[Row]]) -> list[Finding]:
    found = []
    if not rows["test"]:
        found.append(Finding(
            "no_test_rows", False, "data.test: there are no test rows, so nothing will be proven", 0,
            "set data.test to a file or a share such as 0.1",
        ))  # fmt: skip
    elif len(rows["test"]) < SMALL_TEST:
        found.append(Finding(
            "few_test_rows", False,
            f"data.test: {len(rows['test'])} rows are few: an interval around one half is wider than 25 points",
            len(rows["test"]),
            "hold out more rows, some hundreds if you can",
        ))  # fmt: skip
    if not rows["validation"]:
        found.append(Finding(
            "no_validation_rows", False,
            "data.validation: there are no validation rows: the last step counts as the best and no confidence is "
            "calibrated", 0, "set data.validation=0.1",
        ))  # fmt: skip
    return found


def _copies(rows: Sequence[Row], columns: Mapping[str, Column]) -> list[Finding]:
    seen = [_key(row, list(columns)) for row in rows]
    copies = len(seen) - len(set(seen))
    if not copies:
        return []
    return [Finding(
        "duplicate_rows", False, f"data.train: {copies} rows repeat another one word for word", copies,
        "keep one of each, or they count as often as they stand there",
    )]  # fmt: skip


def _contradictions(rows: Sequence[Row], columns: Mapping[str, Column]) -> list[Finding]:
    """Rows that ask the same and answer differently."""
    inputs = [role for role, column in columns.items() if column.type not in ANSWER_TYPES]
    answers = [role for role, column in columns.items() if column.type in ANSWER_TYPES]
    if not inputs or not answers:
        return []
    given: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        given[_key(row, inputs)][_key(row, answers)].append(row)
    torn = [by_answer for by_answer in given.values() if len(by_answer) > 1]
    if not torn:
        return []
    count = sum(len(some) for by_answer in torn for some in by_answer.values())
    first = [some[0] for some in torn[0].values()]
    shown = " and ".join(repr(row[answers[0]]) for row in first[:2])
    text = str(first[0][inputs[0]])
    return [Finding(
        "conflicting_labels", False,
        f"data.train: {count} rows ask the same as another and are answered differently, such as "
        f"{text if len(text) <= 60 else text[:57] + '...'!r} with {shown}",
        count, "decide which answer is right",
    )]  # fmt: skip


def _key(row: Row, roles: Sequence[str]) -> str:
    return json.dumps([_plain(row.get(role)) for role in roles], ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:
    return normalised(value) if isinstance(value, str) else value


def leakage_findings(record: Mapping[str, Any] | None, num_test: int, *, most_exact: float,
                     most_near: float) -> list[Finding]:  # fmt: skip
    """From the counts of test rows in data.json; a share above its bound stops, anything else is told."""
    if record is None or not num_test:
        return []
    found = []
    for count, how, most, setting in (
        (record["exact"], "word for word", most_exact, "data.max_leakage"),
        (record["near"], "nearly word for word", most_near, "data.max_near_leakage"),
    ):
        share = count / num_test
        if count:
            bound = f" (limit {most:.0%}, {setting})" if share > most else ""
            found.append(Finding(
                "leakage" if share > most else "some_leakage", share > most,
                f"data.test: {count} of {num_test} test rows ({share:.1%}) stand in the training rows {how}{bound}: "
                "the proof would praise memory", count,
                "take them out of the training rows, or split anew with data.group_column",
            ))  # fmt: skip
    return found
