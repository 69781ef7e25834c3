"""A data file's labelling queue into a file for annotators, and their answers back into a new version of the data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kit.annotate.label_studio import Answer, labelling_config, read_export, tasks
from kit.annotate.probabilities import tfidf_features
from kit.annotate.queue import Pick, queue
from kit.annotate.versions import merge_answers, next_version
from kit.data.columns import is_blank
from kit.data.file_columns import read_columns
from kit.data.sources import Loaded, read_rows
from kit.data.written import write_json, write_rows
from kit.errors import DataError

__all__ = ["import_answers", "read_rows_to_label", "write_queue"]

NEW_LABEL = "label"
COLUMNS = ("rank", "id", "text", "label", "suggested", "confidence", "reason", "score", "why", "answer")
Row = dict[str, Any]


def read_rows_to_label(source: str, columns: Mapping[str, str | None]) -> tuple[Loaded, list[Row], dict[str, str]]:
    """The file, its rows with id, text and label (None: none yet), and its columns. Lists of labels are an error."""
    loaded, rows, found = read_columns(source, columns, guess_label=False)
    several = [number for number, row in enumerate(rows, start=1) if isinstance(row.get("label"), list)]
    if several:
        raise DataError(f"{source}: {len(several)} rows hold a list of labels (row {several[0]}); "
                        "the labelling queue works on one label per row")  # fmt: skip
    for row in rows:
        row["text"] = "" if row.get("text") is None else str(row["text"])
        row.setdefault("label", None)
    return loaded, rows, {"label": NEW_LABEL, **found}


def write_queue(
    rows: Sequence[Row],
    out: Path,
    budget: int,
    *,
    embed: Callable[[Sequence[str]], Any] | None = None,
    answers: Sequence[tuple[str, float]] | None = None,
    model_version: str = "queue",
) -> dict[str, Any]:
    """Choose rows and write them for annotators: `.csv` with an empty `answer` column, `.json` for Label Studio."""
    with_text = [place for place, row in enumerate(rows) if row["text"].strip()]
    used = [rows[place] for place in with_text]
    if not used:
        raise DataError("no row has a text to label")
    texts = [row["text"] for row in used]
    features = embed(texts) if embed is not None else tfidf_features(texts)
    known = [answers[place] for place in with_text] if answers is not None else None
    labels = [row["label"] for row in used]
    picks = queue(texts, labels, features, budget, answers=known)
    lines = [_line(rank, pick, used[pick.row], known) for rank, pick in enumerate(picks, start=1)]
    record: dict[str, Any] = {
        "rows": len(rows), "unlabelled": labels.count(None), "without_text": len(rows) - len(used),
        "queued": len(lines), "reasons": dict(Counter(pick.reason for pick in picks)), "file": str(out),
    }  # fmt: skip
    if out.suffix == ".json":
        config = out.with_name(f"{out.stem}.config.xml")
        write_json(out, tasks(lines, model_version=model_version))
        classes = {label for label in labels if label is not None} | {label for label, _ in known or []}
        config.write_text(labelling_config(sorted(classes)), encoding="utf-8")
        return record | {"config": str(config)}
    write_rows(out, lines, COLUMNS, for_people=True)
    return record


def import_answers(loaded: Loaded, rows: Sequence[Row], export: Path, out: Path | None,
                   columns: Mapping[str, str]) -> dict[str, Any]:  # fmt: skip
    """Answers from a Label Studio export or a filled-in queue into a new version of the data file."""
    if export.suffix.lower() == ".json":
        answers, unanswered = read_export(_json(export), where=str(export))
    else:
        answers, unanswered = _filled_in(export)
    if not answers:
        raise DataError(f"{export}: holds no answers ({unanswered or 'it is empty'}); nothing was written")
    if out is None and not Path(loaded.source).is_file():
        raise DataError(f"{loaded.source}: is no single file; name the new version with --out FILE.csv or FILE.jsonl")
    path = out or next_version(Path(loaded.source))
    merged = merge_answers(loaded.rows, rows, answers, columns=columns)
    write_rows(path, merged.rows, list(dict.fromkeys([*loaded.columns, columns["label"]])))
    return {**merged.record, "skipped": {**unanswered, **merged.record["skipped"]}, "file": str(path)}


def _line(rank: int, pick: Pick, row: Row, answers: Sequence[tuple[str, float]] | None) -> Row:
    suggested, confidence = answers[pick.row] if answers is not None else (pick.suggested, None)
    return {"rank": rank, "id": row["id"], "text": row["text"], "label": row["label"], "suggested": suggested,
            "confidence": confidence, "reason": pick.reason, "score": round(pick.score, 4), "why": pick.why,
            "answer": None}  # fmt: skip


def _filled_in(path: Path) -> tuple[list[Answer], dict[str, int]]:
    """The queue's own table with answers; an `annotator` column tells several annotators apart."""
    table = read_rows(path, columns=("id", "text", "answer"))
    answers: dict[tuple[str, str], Answer] = {}
    empty = 0
    for row in table.rows:
        if is_blank(row["answer"]):
            empty += 1
            continue
        key = (str(row["id"]), str(row["text"]))
        who = str(row.get("annotator") or "1")
        answers.setdefault(key, Answer(*key)).labels[who] = str(row["answer"]).strip()
    return list(answers.values()), {"not answered": empty} if empty else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: cannot be read as JSON ({error})") from None
