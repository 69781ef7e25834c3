"""Verbs that ask after the numbers: review (what moved, why, who decides), trace (where a figure comes from)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.commands.money import (
    JsonOption,
    LanguageOption,
    PlaybookOption,
    RunsOption,
    ScenarioOption,
    VentureOption,
)

if TYPE_CHECKING:
    from kit.commands.meant import Meant
    from kit.strategy.review import Review, Standing

def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""

    @app.command("review")
    def review(
        venture: Annotated[str | None, typer.Option("--venture", help="A stored venture, by name.")] = None,
        since: Annotated[str, typer.Option("--since", help="7d, 2w or a date such as 2026-11-01.")] = "7d",
        before: Annotated[Path | None, typer.Option("--before", help="The older version, in YAML.")] = None,
        after: Annotated[Path | None, typer.Option("--after", help="The newer version, in YAML.")] = None,
        run_before: Annotated[Path | None, typer.Option("--run-before", help="Live run of the older version.")] = None,
        run_after: Annotated[Path | None, typer.Option("--run-after", help="Live run of the newer version.")] = None,
        runs_dir: RunsOption = Path("runs"), lang: LanguageOption = "en", as_json: JsonOption = False,
    ) -> None:
        """What moved between two versions of a venture, why, who decides, and the next three tests."""
        from kit.commands import show
        from kit.strategy.review import review as compare
        from kit.venture_runs import usable_language

        language = usable_language(lang)
        old, new = _versions(venture, since, before, after)
        found = compare(_standing(old, runs_dir, run_before), _standing(new, runs_dir, run_after), language=language)
        show.json_out(_as_json(found)) if as_json else _print(found, language)

    app.command("trace")(trace)


def trace(
    key: Annotated[str, typer.Argument(help="Key of a figure, such as gross_margin.")],
    playbook: PlaybookOption = None, venture: VentureOption = None,
    run: Annotated[Path | None, typer.Option("--run", help="Run folder that the numbers stand on.")] = None,
    scenario: ScenarioOption = None, runs_dir: RunsOption = Path("runs"), lang: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Where a figure comes from: rows, metric, assumption, formula, each with its source."""
    from kit.commands import show
    from kit.commands.meant import meant_venture
    from kit.strategy.trace import trace as steps_of
    from kit.strategy.worksheet import worksheets
    from kit.venture_runs import facts_of_rows, sheet_prices, usable_language

    language, meant = usable_language(lang), meant_venture(playbook, venture, scenario)
    rows, _ = worksheets(meant.venture, meant.runs(runs_dir, run), sheet_prices(), language=language)
    folder = run or meant.live_folder(runs_dir)
    steps = steps_of(rows, key, [facts_of_rows(folder)] if folder else [])
    if as_json:
        show.json_out([step.as_json() for step in steps])
        return
    for step in steps:
        print(*_lines(step), sep="\n")


def start_of(since: str, now: dt.datetime) -> dt.datetime:
    """The time that 7d, 2w or a date names.

    >>> start_of("2w", dt.datetime(2026, 11, 24)).isoformat()
    '2026-11-10T00:00:00'
    """
    from kit.errors import VentureError

    found = re.fullmatch(r"(\d+)([dw])", since)
    if found:
        return now - dt.timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))
    try:
        return dt.datetime.combine(dt.date.fromisoformat(since), dt.time(), tzinfo=now.tzinfo)
    except ValueError as error:
        raise VentureError(f"--since is {since!r}: write 7d, 2w or a date such as 2026-11-01") from error


def _versions(
    name: str | None, since: str, before: Path | None, after: Path | None
) -> tuple[Meant, Meant]:
    from kit.commands.meant import Meant
    from kit.errors import VentureError
    from kit.strategy.venture import load_venture

    if (before is None) != (after is None) or (name is None) == (before is None):
        raise VentureError("name two versions: --before FILE with --after FILE, or --venture NAME with --since 7d")
    if before is not None and after is not None:
        return Meant(load_venture(before)), Meant(load_venture(after))
    from kit.ventures import loaded_at, venture_under

    assert name is not None
    found = [loaded_at(name, when) for when in (start_of(since, dt.datetime.now(dt.UTC)), None)]
    old, new = (Meant(venture_under(one), one.state.runs) for one in found)
    return old, new


def _standing(meant: Meant, runs_dir: Path, run: Path | None) -> Standing:
    from kit.strategy.review import Standing
    from kit.venture_runs import sheet_prices

    return Standing(meant.venture, meant.runs(runs_dir, run), sheet_prices())


def _as_json(found: Review) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "figure": "contribution_per_month", "currency": found.currency, "before": found.before, "after": found.after,
        "by_cause": found.by_cause(), "moves": [asdict(move) for move in found.moves],
        "figures": [{"key": key, "before": old.as_json(), "after": new.as_json()} for key, old, new in found.figures],
        "gates": [dict(zip(("gate", "before", "after"), gate)) for gate in found.gates],
        "tripwires": list(found.tripwires), "tests": [{**asdict(test), "net": test.net} for test in found.tests],
    }


def _print(found: Review, language: str) -> None:
    from kit.commands.show import cell, plain_table
    from kit.strategy.labels import label, sentence

    def said(value: object) -> str:
        return cell(value) if not isinstance(value, str) else value

    figure = label("contribution_per_month", language)
    print(f"{figure}: {said(found.before)} -> {said(found.after)} {found.currency}\n")
    causes = [{"cause": label(f"cause_{cause}", language), "change": change}
              for cause, change in found.by_cause().items()]
    plain_table(label("by_cause", language), ["cause", "change"], causes)
    print()
    moves = [{"place": ", ".join(move.places), "before": move.before, "after": move.after, "change": move.change,
              "why": move.why, "decides": move.owner or sentence("nobody", language)} for move in found.moves]
    plain_table(label("moves", language), ["place", "before", "after", "change", "why", "decides"], moves)
    print()
    figures = [{"": new.label, "before": old.state or old.value, "after": new.state or new.value, "unit": new.unit}
               for _, old, new in found.figures]
    plain_table("", ["", "before", "after", "unit"], figures)
    print()
    for gate, *statuses in found.gates:
        print(f"{gate}: " + " -> ".join(sentence(f"status_{status}", language) for status in statuses))
    print(*found.tripwires, sep="\n")
    tests = [{"test": label(test.key, language),
              "evidence": f"{test.pieces} {sentence('evidence_' + test.evidence, language)}",
              "worth at most": test.value, "net": test.net,
              "cost": sentence("not_stated", language) if test.cost is None else test.cost} for test in found.tests]
    plain_table(f"{label('next_tests', language)} ({found.currency}, a year)",
                ["test", "evidence", "worth at most", "cost", "net"], tests)
    if all(test.net <= 0 for test in found.tests):
        print(sentence("no_test_pays", language))


def _lines(step: Any) -> list[str]:
    """One figure of a trace, indented by its depth."""
    from kit.commands.show import cell, line_of

    shown, indent = line_of(step.row.as_json()), "  " * step.depth
    interval = f" ({shown['interval']})" if shown["interval"] else ""
    lines = [f"{indent}{step.row.key} = {cell(shown['value'])}{interval} {shown['unit']}  [{shown['']}]"]
    more = f"{indent}    "
    if step.seen:
        return [*lines, f"{more}worked out above"]
    if step.row.formula:
        lines.append(f"{more}= {step.row.formula}")
    elif step.row.inputs:
        lines.append(f"{more}from the worlds or the months ahead of: {', '.join(step.row.inputs)}")
    else:
        where = f"{step.place}: " if step.place else ""
        for source in step.row.sources:
            parts = (source["kind"], source["ref"], source["date"])
            lines.append(f"{more}{where}{', '.join(str(part) for part in parts if part)}")
    for run in step.measured:
        counts = ", ".join(f"{n} {split}" for split, n in sorted(run.rows.items()))
        lines.append(f"{more}rows: {counts} in {run.file}, metric {run.metric}, fingerprint {run.fingerprint[:12]}")
    return lines
