"""Verbs that carry a run into money: worksheet, value, gate, prices, playbooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.commands.meant import meant_venture

if TYPE_CHECKING:
    from kit.strategy.venture import Venture

PlaybookOption = Annotated[str | None, typer.Option("--playbook", help="Worked venture to stand on, by id.")]
VentureOption = Annotated[str | None, typer.Option("--venture", help="Your venture: a stored name or a YAML file.")]
ScenarioOption = Annotated[str | None, typer.Option("--scenario", help="Scenario of the stored venture.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
LanguageOption = Annotated[str, typer.Option("--lang", help="Labels in en or zh.")]
RunsOption = Annotated[Path, typer.Option("--runs", envvar="MOATKIT_RUNS", help="Folder of the runs that the venture "
                                          "names.")]
RunArgument = Annotated[Path, typer.Argument(help="Run folder.")]
AgainstOption = Annotated[Path | None, typer.Option("--against", help="Another run on the same rows.")]

playbooks_app = typer.Typer(help="Worked ventures that ship with the kit.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (worksheet, value, gate, prices):
        app.command(verb.__name__)(verb)
    app.add_typer(playbooks_app, name="playbooks")


def worksheet(
    playbook: PlaybookOption = None, venture: VentureOption = None,
    run: Annotated[Path | None, typer.Option("--run", help="Run folder that the numbers stand on; else the live run "
                   "that the venture names.")] = None,
    scenario: ScenarioOption = None,
    runs_dir: RunsOption = Path("runs"), lang: LanguageOption = "en", as_json: JsonOption = False,
    freeze_plan: Annotated[Path | None, typer.Option("--freeze-plan", help="Write the plan of the next 12 months to "
                                                     "this file instead: it goes under actuals.plan.")] = None,
) -> None:
    """Every worksheet of a venture: gates, demand, market, technology, unit economics, permissions, capital, actuals
    and risk, with intervals and sources."""
    from kit.commands import show
    from kit.strategy.worksheet import worksheets
    from kit.venture_runs import sheet_prices, usable_language

    language, meant = usable_language(lang), meant_venture(playbook, venture, scenario)
    stated, named = meant.venture, meant.runs(runs_dir, run)
    live = named.live
    if freeze_plan is not None:
        _write_plan(stated, named, freeze_plan)
        return
    rows, tables = worksheets(stated, named, sheet_prices(), language=language)
    if as_json:
        show.json_out({"venture": stated.id, "scenario": scenario, "currency": stated.currency,
                       "run": live.name if live else None,
                       "rows": [row.as_json() for row in rows], "tables": [table.as_json() for table in tables]})
    else:
        show.worksheets(rows, tables, language)
        show.say_no_run(live, stated.quality.rows.source.kind)


def value(
    run: RunArgument, playbook: PlaybookOption = None, venture: VentureOption = None, against: AgainstOption = None,
    error_usd: Annotated[float | None, typer.Option("--error-usd", help="Dollars lost by any wrong answer.")] = None,
    human_usd: Annotated[float | None, typer.Option("--human-usd", help="Dollars of a person's work.")] = None,
    smaller: Annotated[list[Path] | None, typer.Option("--smaller", help="A run on fewer training rows; three or more "
                                                       "give the value of more labels.")] = None,
    lang: LanguageOption = "en", as_json: JsonOption = False,
) -> None:
    """What a run is worth: threshold chosen on validation rows, both purses on test rows, errors by class."""
    from kit.commands import show
    from kit.strategy.checks import non_negative
    from kit.strategy.measured import with_prices
    from kit.strategy.report import run_report
    from kit.venture_runs import measured, sizes_of, usable_language

    for name, typed in (("--error-usd", error_usd), ("--human-usd", human_usd)):
        non_negative(name, typed or 0.0)
    stated = with_prices(meant_venture(playbook, venture).venture, error_cost_usd=error_usd, human_cost_usd=human_usd)
    other = _other(run, against)
    live = measured(run)
    sizes = sizes_of(run, live, smaller) if smaller else []
    report = run_report(stated, live, other, language=usable_language(lang), sizes=sizes)
    show.json_out(report) if as_json else show.report(report)


def gate(
    run: RunArgument, playbook: PlaybookOption = None, venture: VentureOption = None, against: AgainstOption = None,
    least: Annotated[list[str] | None, typer.Option("--min", help="METRIC=X that the run must reach.")] = None,
    most: Annotated[list[str] | None, typer.Option("--max", help="METRIC=X that the run must stay under.")] = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="YAML list of gates.")] = None,
    write: Annotated[Path | None, typer.Option("--write", help="Write the gates of a margin to this file.")] = None,
    margin: Annotated[float | None, typer.Option("--margin", help="For --write; else the venture's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Exit 0 where the run meets its gates, 1 where it misses one or has not yet proven it, 2 on bad input."""
    from kit.commands import show
    from kit.strategy.acceptance import check_asked, overall, verdicts
    from kit.venture_runs import measured, test_reads

    stated = meant_venture(playbook, venture).venture
    live = measured(run, rows_needed=write is not None or against is not None)
    if write is not None:
        _write_gates(stated, live, write, margin)
        return
    other = _other(run, against)
    gates = _gates(least, most, plan, against)
    check_asked(gates, live.summary)
    found = verdicts(stated, live, gates, other, test_reads(run))
    show.verdicts(found, as_json)
    raise typer.Exit(0 if overall(found) == "met" else 1)


def prices(
    device: Annotated[str | None, typer.Option("--device", help="Accelerator, provider or model.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Also show prices in this currency.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The dated price sheet: accelerator hours, machines and APIs, each with its source and age."""
    import datetime as dt

    from kit.commands import show
    from kit.cost.prices import rows_for, table
    from kit.errors import PriceError

    found = rows_for(device)
    if not found:
        raise PriceError(f"--device is {device!r}: no row of the price sheet has it; `moatkit prices` lists them")
    lines = table(found, currency, today=dt.date.today())
    show.json_out(lines) if as_json else show.price_lines(lines)


@playbooks_app.command("list")
def playbooks_list(as_json: JsonOption = False) -> None:
    """Every playbook with its task and folder."""
    from kit import playbooks
    from kit.commands import show

    found = playbooks.listed()
    show.json_out(found) if as_json else show.plain_table("playbooks", ["id", "title", "task", "path"], found)


@playbooks_app.command("show")
def playbooks_show(
    playbook: Annotated[str, typer.Argument(help="Id of the playbook.")],
    lang: LanguageOption = "en",
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print its venture file instead of its guide.")] = False,
) -> None:
    """The guide of a playbook: market, data, prices, risks and the first 90 days."""
    from kit import playbooks
    from kit.venture_runs import usable_language

    language = usable_language(lang)
    if as_yaml:
        typer.echo(playbooks.path_of(playbook).read_text(encoding="utf-8"))
    else:
        typer.echo(playbooks.opened(playbook).guide(language), nl=False)


def _other(run: Path, against: Path | None) -> Any:
    """The run to compare with, on the very same rows: the strategy pairs them by place."""
    from kit.pairing import check_same_rows
    from kit.venture_runs import measured

    if against is None:
        return None
    check_same_rows(run, against)
    return measured(against)


def _gates(least: list[str] | None, most: list[str] | None, plan: Path | None, against: Path | None) -> list[Any]:
    from kit.errors import VentureError
    from kit.strategy.acceptance import bound, read_plan

    gates = [bound(text, ">=") for text in least or []] + [bound(text, "<=") for text in most or []]
    gates += read_plan(plan) if plan else []
    if not gates and against is None:
        raise VentureError("nothing to hold the run against: give --min METRIC=X, --max, --plan FILE or --against RUN")
    return gates


def _write_plan(stated: Venture, named: Any, path: Path) -> None:
    import datetime as dt

    import yaml

    from kit.errors import VentureError
    from kit.runs import write_text
    from kit.strategy.freeze import frozen_plan

    if path.exists():
        raise VentureError(f"{path} exists already: a plan is kept, so write this one to another file")
    plan = frozen_plan(stated, named, made=dt.date.today())
    kept = plan.model_dump(mode="json", exclude_defaults=True)
    write_text(path, yaml.safe_dump(kept, sort_keys=False, allow_unicode=True))
    first, last = plan.lines[0].month, plan.lines[-1].month
    typer.echo(f"plan from {first} to {last} written to {path}: put it under actuals.plan")


def _write_gates(stated: Venture, live: Any, path: Path, margin: float | None) -> None:
    import yaml

    from kit.runs import write_text
    from kit.strategy.acceptance import gates_from_margin

    wanted = stated.capital.target_margin.point if margin is None else margin
    gates = [dict(gate) for gate in gates_from_margin(stated, live, wanted)]
    write_text(path, yaml.safe_dump(gates, sort_keys=False, allow_unicode=True))
    typer.echo(f"gates for a margin of {wanted:g} written to {path}: moatkit gate RUN --plan {path}")
