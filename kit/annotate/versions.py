"""Annotators' answers into a new version of the data file: what changed, was added or passed over is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.annotate.agreement import cohen_kappa, krippendorff_alpha, majority
from kit.annotate.label_studio import Answer
from kit.data.normal import normalised

__all__ = ["Merged", "agreement_record", "merge_answers", "next_version"]

VERSION = re.compile(r"\.v(\d+)$")


@dataclass(frozen=True)
class Merged:
    """The new rows; `record` counts them: rows in = changed + labelled + confirmed + untouched, out = in + added."""

    rows: list[dict[str, Any]]
    record: dict[str, Any]


def next_version(path: Path) -> Path:
    """tickets.csv -> tickets.v2.csv -> tickets.v3.csv, the first that does not exist; always CSV or JSONL.

    >>> next_version(Path("no/tickets.v4.csv")).name
    'tickets.v5.csv'
    """
    found = VERSION.search(path.stem)
    stem, number = (path.stem[: found.start()], int(found[1])) if found else (path.stem, 1)
    suffix = ".csv" if path.suffix.lower() in {".csv", ".tsv", ".tab", ".txt"} else ".jsonl"
    while True:
        number += 1
        candidate = path.with_name(f"{stem}.v{number}{suffix}")
        if not candidate.exists():
            return candidate


def merge_answers(
    rows: Sequence[Mapping[str, Any]],
    roles: Sequence[Mapping[str, Any]],
    answers: Sequence[Answer],
    *,
    columns: Mapping[str, str],
) -> Merged:
    """Rows as the file has them with the majority's labels; `roles` are the same rows' id, text and label.

    `columns` names the file's columns for text, label and, where there is one, id. A row is found by its id, or by its
    text where the id is unknown; an answer to no row of the file adds one. A tie changes nothing.
    """
    new = [dict(row) for row in rows]
    place = {str(row["id"]): number for number, row in enumerate(roles)}
    by_text = {_plain(row): number for number, row in reversed(list(enumerate(roles)))}
    classes = {row["label"] for row in roles if row.get("label") is not None}
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    ties = []
    vote = majority([list(answer.labels.values()) for answer in answers])
    touched: set[int] = set()
    for number, answer in enumerate(answers):
        label = vote.labels[number]
        row = place.get(answer.row_id or "", by_text.get(normalised(answer.text)))
        if number in vote.ties:
            skipped["tie"] += 1
            ties.append({"id": answer.row_id, "text": answer.text[:200], "labels": answer.labels})
        elif label is None:
            skipped["no answer"] += 1
        elif row is None:
            counts["added"] += 1
            new.append(_added(answer, str(label), columns, number=counts["added"], like=new[0] if new else {}))
        elif _plain(roles[row]) != normalised(answer.text):
            skipped["the row has another text now"] += 1
        elif row in touched:
            skipped["a second answer to the row"] += 1
        else:
            touched.add(row)
            before = roles[row].get("label")
            counts["labelled" if before is None else "confirmed" if before == label else "changed"] += 1
            new[row][columns["label"]] = label
    record = {
        "rows_in": len(rows), "rows_out": len(new), "answers": len(answers), "changed": counts["changed"],
        "labelled": counts["labelled"], "confirmed": counts["confirmed"], "added": counts["added"],
        "untouched": len(rows) - len(touched), "skipped": dict(skipped), "ties": ties,
        "new_classes": sorted({str(label) for label in vote.labels if label is not None} - classes),
        "agreement": agreement_record([answer.labels for answer in answers]),
    }  # fmt: skip
    return Merged(new, record)


def agreement_record(labels: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    """Krippendorff's alpha, Cohen's kappa where there are two annotators; None where no row has two answers."""
    annotators = sorted({name for given in labels for name in given})
    shared = [given for given in labels if len(given) >= 2]
    if not shared:
        return None
    alpha = krippendorff_alpha([[given.get(name) for name in annotators] for given in shared])
    by_annotator = [[given.get(name) for given in shared] for name in annotators]
    kappa = cohen_kappa(by_annotator[0], by_annotator[1]) if len(annotators) == 2 else None
    return {
        "annotators": len(annotators),
        "rows": len(shared),
        "differ": sum(len(set(given.values())) > 1 for given in shared),
        "alpha": None if alpha is None else alpha.short(),
        "kappa": None if kappa is None else kappa.short(),
    }


def _plain(row: Mapping[str, Any]) -> str:
    return normalised(str(row.get("text") or ""))


def _added(answer: Answer, label: str, columns: Mapping[str, str], *, number: int,
           like: Mapping[str, Any]) -> dict[str, Any]:  # fmt: skip
    """A new row with the file's columns, empty where the answer says nothing."""
    row: dict[str, Any] = dict.fromkeys(like)
    row |= {columns["text"]: answer.text, columns["label"]: label}
    if "id" in columns:
        row[columns["id"]] = answer.row_id or f"added-{number}"
    return row
