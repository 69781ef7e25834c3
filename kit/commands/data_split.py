"""`moatkit data split` and `moatkit data leakage`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from kit.errors import DataError

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Text = Annotated[str | None, typer.Option("--text", help="The text column, where it is not found.")]


def register(data_app: typer.Typer) -> None:
    """Add the verbs to the group `data`."""
    data_app.command("split")(split)
    data_app.command("leakage")(leakage)


def split(
    file: Annotated[str, typer.Argument(help="CSV, TSV, JSONL, JSON, Parquet or Arrow file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the parts; an earlier split in it is continued.")],
    by: Annotated[str, typer.Option("--by", help="random, stratified (by label), group or time.")] = "random",
    test: Annotated[float, typer.Option("--test", help="Share of test rows, 0 to 1.")] = 0.1,
    validation: Annotated[float, typer.Option("--validation", help="Share of validation rows, 0 to 1.")] = 0.1,
    group: Annotated[str | None, typer.Option("--group", help="Rows with one value here stay together.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column with dates.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="The label column, where it is not found.")] = None,
    text: Text = None,
    near: Annotated[bool, typer.Option("--near/--no-near", help="Keep near duplicates in one part.")] = True,
    freeze: Annotated[bool, typer.Option("--freeze", help="Freeze the test: later splits never change it.")] = False,
    fresh: Annotated[str | None, typer.Option("--fresh", help="Rows from this date (2026-03-31) on become a dated "
                     "test of their own.")] = None,
    benchmark: Annotated[str | None, typer.Option("--benchmark", help="A file whose rows training must not hold: "
                         "what stands in both is counted.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Split a file by a fixed hash; what an earlier split in the folder has placed stays where it is."""
    from kit.data.assign import Kind, Wanted
    from kit.data.split_file import Request, split_file

    if by not in get_args(Kind):
        raise DataError(f"--by {by!r}: use one of {', '.join(get_args(Kind))}")
    for name, value in (("test", test), ("validation", validation)):
        if not 0 <= value < 1:
            raise DataError(f"--{name} {value}: must be a share from 0 to below 1")
    if test + validation >= 1:
        raise DataError(f"--test {test} and --validation {validation}: leave nothing to train on")
    if by == "group" and group is None:
        raise DataError("--by group: name the column with --group COLUMN")
    if (by == "time" or fresh is not None) and time is None:
        raise DataError(f"{'--fresh' if fresh else '--by time'}: name the column with dates with --time COLUMN")
    columns = {"text": text, "label": label, "group": group, "time": time}
    request = Request(Wanted(by, test, validation), {role: name for role, name in columns.items() if name},  # type: ignore[arg-type]
                      near, freeze, None if fresh is None else _date(fresh), benchmark)  # fmt: skip
    report = split_file(file, out, request)
    print(json.dumps(report, ensure_ascii=False, indent=1)) if as_json else print("\n".join(_lines(report, out)))


def leakage(
    train: Annotated[str, typer.Argument(help="The file that a model is trained on.")],
    test: Annotated[str, typer.Argument(help="The test or benchmark file.")],
    text: Text = None,
    threshold: Annotated[float, typer.Option("--threshold", help="Similarity from which texts are near.")] = 0.8,
    most: Annotated[float | None, typer.Option("--most", help="Exit with 1 above this share of leaked rows.")] = None,
    as_json: Json = False,
) -> None:
    """Test rows that stand in the training file, word for word or nearly so."""
    from kit.data.file_columns import read_columns
    from kit.data.leakage import leakage_record

    if not 0 < threshold <= 1:
        raise DataError(f"--threshold {threshold}: must be above 0 and at most 1")
    columns = {"text": text} if text else {}
    record = leakage_record(read_columns(train, columns)[1], read_columns(test, columns)[1], threshold=threshold)
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        print("\n".join([_leak_line(Path(test).name, record), *_examples(record)]))
    if most is not None and record["share"] > most:
        raise typer.Exit(1)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(f"--fresh {text!r}: write a date as 2026-03-31") from None


def _lines(report: dict[str, Any], out: Path) -> list[str]:
    rows = ", ".join(f"{part} {count:,}" for part, count in report["rows"].items())
    lines = [f"{report['rows_in']:,} rows in: {rows}, left out {report['rows_left_out']:,}"]
    lines += [f"left out  {count:,}: {why}" for why, count in report["left_out"].items()]
    lines += [f"note      {note}" for note in report["notes"]]
    lines += [_leak_line(part, record) for part, record in report["leakage"].items()]
    lines += [f"{part}: {found['share']:.1%} ({found['low']:.1%} to {found['high']:.1%}) of {found['rows']:,} rows are "
              f"unlike the training data, where {found['quantile']:.0%} would be"
              for part, found in report["fresh"].items()]  # fmt: skip
    if report["benchmark"]:
        lines += [_leak_line(report["benchmark"]["source"], report["benchmark"]), *_examples(report["benchmark"])]
    if report["frozen"]:
        lines.append(f"frozen    {report['frozen']['rows']:,} test rows since {report['frozen']['created']}")
    return [*lines, f"written   {out}/"]


def _leak_line(name: str, record: dict[str, Any]) -> str:
    return (f"leakage   {name}: {record['exact']:,} of {record['rows']:,} rows stand in training word for word, "
            f"{record['near']:,} nearly so ({record['share']:.2%})")  # fmt: skip


def _examples(record: dict[str, Any]) -> list[str]:
    pairs = record["examples"]
    return [f"  {pair['similarity']:.2f}  {pair['test_text']!r}  |  {pair['train_text']!r}" for pair in pairs]
