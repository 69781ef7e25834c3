"""Tasks for Label Studio, and its answers back: its JSON export with all annotators, or its JSON-MIN.

Task format: https://labelstud.io/guide/tasks (checked 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

from kit.errors import DataError

__all__ = ["Answer", "labelling_config", "read_export", "tasks"]

CONTROL, OBJECT = "label", "text"
SHOWN = 5


@dataclass(frozen=True)
class Answer:
    """What annotators said of one row; `labels` by annotator, in their order."""

    row_id: str | None
    text: str
    labels: dict[str, str] = field(default_factory=dict)


def tasks(rows: Iterable[dict[str, Any]], *, model_version: str) -> list[dict[str, Any]]:
    """One task per row with keys id, text, reason, why and, for a pre-label, suggested and score (its confidence)."""
    made = []
    for row in rows:
        task: dict[str, Any] = {"data": {OBJECT: row["text"], "row_id": row["id"], "reason": row["reason"],
                                         "why": row["why"], "current_label": row.get("label")}}  # fmt: skip
        if row.get("suggested") is not None:
            result = {"from_name": CONTROL, "to_name": OBJECT, "type": "choices",
                      "value": {"choices": [row["suggested"]]}}  # fmt: skip
            prediction: dict[str, Any] = {"model_version": model_version, "result": [result]}
            if row.get("confidence") is not None:
                prediction["score"] = row["confidence"]
            task["predictions"] = [prediction]
        made.append(task)
    return made


def labelling_config(classes: Sequence[str]) -> str:
    """The project's labelling interface, to paste into its settings."""
    choices = "\n".join(f"    <Choice value={quoteattr(name)}/>" for name in classes)
    return (f'<View>\n  <Text name="{OBJECT}" value="${OBJECT}"/>\n'
            f'  <Choices name="{CONTROL}" toName="{OBJECT}" choice="single" required="true">\n{choices}\n'
            "  </Choices>\n</View>\n")  # fmt: skip


def read_export(content: Any, *, where: str) -> tuple[list[Answer], dict[str, int]]:
    """Answers by row, and counts of what held none. Raises DataError with the task's number."""
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise DataError(f"{where}: is not a Label Studio export; export as JSON: a list of tasks")
    answers: dict[tuple[str | None, str], Answer] = {}
    skipped: dict[str, int] = {}
    problems: list[str] = []
    for number, task in enumerate(content, start=1):
        data = task["data"] if isinstance(task.get("data"), dict) else task
        text = data.get(OBJECT)
        if not isinstance(text, str):
            problems.append(f"task {number} has no text under data.{OBJECT}")
            continue
        row_id = None if data.get("row_id") is None else str(data["row_id"])
        given = _annotations(task, number, problems, skipped)
        if given:
            answers.setdefault((row_id, text), Answer(row_id, text)).labels.update(given)
        elif "annotations" in task and not task["annotations"]:
            skipped["not answered"] = skipped.get("not answered", 0) + 1
    if problems:
        more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise DataError(f"{where}: {'; '.join(problems[:SHOWN])}{more}")
    return list(answers.values()), skipped


def _annotations(task: dict[str, Any], number: int, problems: list[str], skipped: dict[str, int]) -> dict[str, str]:
    """{annotator: label} of a task, in either format; a later answer of one annotator replaces the earlier."""
    if "annotations" not in task:  # JSON-MIN: one line per annotation
        label = task.get(CONTROL)
        if isinstance(label, str) and label.strip():
            return {str(task.get("annotator", "1")): label.strip()}
        problems.append(f"task {number} has neither annotations nor one {CONTROL!r}")
        return {}
    found: dict[str, str] = {}
    for place, annotation in enumerate(task["annotations"] or [], start=1):
        if annotation.get("was_cancelled"):
            skipped["cancelled by the annotator"] = skipped.get("cancelled by the annotator", 0) + 1
            continue
        chosen = [choice for result in annotation.get("result") or [] if result.get("type") == "choices"
                  for choice in result.get("value", {}).get("choices", [])]  # fmt: skip
        if len(chosen) > 1:
            problems.append(f"task {number} has an answer of {len(chosen)} labels: {', '.join(map(repr, chosen))}")
        elif not chosen:
            skipped["empty answer"] = skipped.get("empty answer", 0) + 1
        else:
            found[_annotator(annotation, place)] = str(chosen[0]).strip()
    return found


def _annotator(annotation: dict[str, Any], place: int) -> str:
    who = annotation.get("completed_by", place)
    return str(who.get("email") or who.get("id") or place) if isinstance(who, dict) else str(who)
