"""Verbs on data sets: inspect, clean, restore. The group `data_app` is joined by those of data_split and data_label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.errors import DataError

if TYPE_CHECKING:
    from kit.data.token_counts import TokenCounter

data_app = typer.Typer(no_args_is_help=True, help="Inspect, clean, split and label data sets.")

SourceArgument = Annotated[str, typer.Argument(metavar="FILE", help="A file, a folder of files, or hub:ORG/NAME.")]
TextOption = Annotated[list[str] | None, typer.Option("--text", help="Text column; may be given several times.")]
LabelOption = Annotated[str | None, typer.Option("--label", help="Label column; detected and shown where not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    from kit.commands import data_label, data_split

    data_split.register(data_app)
    data_label.register(data_app)
    app.add_typer(data_app, name="data")


@data_app.command()
def inspect(
    file: SourceArgument, text: TextOption = None, label: LabelOption = None,
    model: Annotated[str | None, typer.Option("--model", help="Model whose tokens are counted.")] = None,
    max_tokens: Annotated[int | None, typer.Option("--max-tokens", min=1, help="Longest row; or the model's.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write a page: .html, .md or .json.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing page.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What is wrong with a data set: duplicates, contradictions, damage, personal data; a health score of 0 to 100."""
    from kit.commands.show import json_out
    from kit.data.data_card import read_card
    from kit.data.inspect import inspect as run
    from kit.data.stream import open_stream

    if out is not None:
        _check_page(out, file, force)
    tokens = _token_counter(model, max_tokens) if model else None
    found = run(open_stream(file), text=text or [], label=label, tokens=tokens).as_json()
    card = read_card(file)
    found["card"] = vars(card) | {"languages": list(card.languages)} if card else None
    if out is not None:
        _write_page(out, found)
    if as_json:
        json_out(found)
    else:
        _print_inspection(found)
        if out is not None:
            print(f"\nwritten  {out}")


@data_app.command()
def clean(
    file: SourceArgument,
    out: Annotated[Path, typer.Option("--out", help="Where to: .csv, .tsv, .jsonl, .json, .parquet, .arrow, .xlsx.")],
    text: TextOption = None, label: LabelOption = None,
    skip: Annotated[list[str] | None, typer.Option("--skip", help="Leave out a filter, e.g. near.")] = None,
    threshold: Annotated[float, typer.Option("--near", help="Similarity from which rows are near duplicates.")] = 0.8,
    min_chars: Annotated[int, typer.Option("--min-chars", min=0, help="Shortest text.")] = 0,
    max_chars: Annotated[int | None, typer.Option("--max-chars", min=1, help="Longest text.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="Keep only this language, e.g. en or zh.")] = None,
    key_file: Annotated[Path | None, typer.Option("--key-file", help="Number the placeholders and keep their key here, "
                                                  "for `data restore`.")] = None,
    max_broken: Annotated[float, typer.Option("--max-broken", help="Most unreadable rows, as a share.")] = 0.5,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """A cleaned copy: tidied, without empties and duplicates, personal data replaced; what goes is kept aside.

    The rows that go are kept as they were, personal data included, in OUT's name with .quarantine.jsonl."""
    from kit.commands.show import json_out
    from kit.data.clean import STEPS, Steps, quarantine_of
    from kit.data.clean import clean as run
    from kit.data.roles import roles_of
    from kit.data.stream import open_stream

    unknown = [name for name in skip or [] if name not in STEPS]
    if unknown:
        raise DataError(f'--skip "{unknown[0]}": there is no such filter; there are {", ".join(STEPS)}')
    for option, share in (("--near", threshold), ("--max-broken", max_broken)):
        if not 0 < share <= 1:
            raise DataError(f"{option} {share:g}: must be above 0 and at most 1")
    _check_target(out, [file, *([str(key_file)] if key_file else [])], force, others=[quarantine_of(out)])
    if key_file is not None and "pii" in (skip or []):
        raise DataError("--key-file would be ignored with --skip pii; leave one of the two out")
    steps = Steps(frozenset(skip or []), min_chars, max_chars, language, threshold, max_broken, key_file)
    stream = open_stream(file)
    roles = roles_of(stream.sample(), text=text or [], label=label)
    done = run(stream, out, roles, steps).as_json()
    json_out(done) if as_json else _print_cleaned(done)


@data_app.command()
def restore(
    file: SourceArgument,
    key_file: Annotated[Path, typer.Option("--key-file", help="The key that `data clean` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="Where to; the format follows the name.")],
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
) -> None:
    """Turn numbered placeholders back into what they stood for."""
    from kit.data.scrub import read_key, restored
    from kit.data.stream import open_stream
    from kit.data.write_rows import write_rows

    _check_target(out, [file, str(key_file)], force, others=[])
    values = read_key(key_file)
    stream = open_stream(file)
    rows = []
    for record in stream.records:
        if record.row is None:
            raise DataError(f"{file}: row {record.number} cannot be read ({record.reason}); nothing was written")
        rows.append(restored(record.row, values))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    count = write_rows(out, rows, columns, has_bom=stream.has_bom)
    print(f"written  {out}: {count:,} rows")


def _check_target(out: Path, sources: list[str], force: bool, others: list[Path]) -> None:
    """Never over the input, never over an existing file without --force, only into formats that can be written."""
    from kit.data.write_rows import WRITABLE

    if out.suffix.lower() not in WRITABLE:
        raise DataError(f'--out {out}: files of kind "{out.suffix}" are not written, but {", ".join(WRITABLE)} are')
    _check_free(out, sources, force, others)


def _check_free(out: Path, sources: list[str], force: bool, others: list[Path]) -> None:
    for path in (out, *others):
        for source in sources:
            if path.resolve() == Path(source).expanduser().resolve():
                raise DataError(f"--out {path}: is the input itself, which is never written over; name another file")
        if path.is_dir():
            raise DataError(f"--out {path}: is a folder; name a file")
        if path.exists() and not force:
            raise DataError(f"--out {path}: exists already; write over it with --force, or name another file")


def _check_page(out: Path, file: str, force: bool) -> None:
    if out.suffix.lower() not in (".html", ".htm", ".md", ".json"):
        raise DataError(f'--out {out}: a page is .html, .md or .json, not "{out.suffix}"')
    _check_free(out, [file], force, [])


def _write_page(out: Path, found: dict[str, Any]) -> None:
    import json

    from kit.data.inspect_page import as_html, as_markdown
    from kit.runs import write_text

    if out.suffix.lower() == ".json":
        write_text(out, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        write_text(out, as_markdown(found) if out.suffix.lower() == ".md" else as_html(found))


def _token_counter(model: str, max_tokens: int | None) -> TokenCounter:
    """The tokenizer of a folder or hub id; its own limit on length where none is given."""
    from transformers import AutoTokenizer

    from kit.data.token_counts import TokenCounter
    from kit.hub import locate_model

    folder = locate_model(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"--model {model}: has no tokenizer that can be read ({str(error).splitlines()[0]})") from None

    def count(texts: list[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]]

    return TokenCounter(model, count, max_tokens or min(tokenizer.model_max_length, 1_000_000))


def _print_inspection(found: dict[str, Any]) -> None:
    from kit.commands.show import plain_table
    from kit.data.inspect_page import tables

    print(f"{found['source']}: health {found['health']['score']:g} of 100, {found['rows']:,} rows\n")
    for title, header, lines in tables(found):
        if all(header):
            plain_table(title, header, [dict(zip(header, line)) for line in lines])
        else:
            print("\n".join([title, *(f"{line[0]:<24}{line[1]}" for line in lines)]))
        print()


def _print_cleaned(done: dict[str, Any]) -> None:
    from kit.commands.show import plain_table

    plain_table("Filters", ["name", "rows_in", "rows_out", "changed"], done["filters"])
    found = ", ".join(f"{count:,} {kind}" for kind, count in done["scrubbed"].items())
    print(f"\nrows in  {done['rows_in']:,}\nkept     {done['rows_kept']:,} in {done['out']}")
    why = ", ".join(f"{count:,} {reason}" for reason, count in done["reasons"].items())
    print(f"aside    {done['rows_quarantined']:,} in {done['quarantine_file']}{f' ({why})' if why else ''}")
    if found:
        print(f"replaced {found}")
