"""Verbs that look ahead: `check` before anything is trained, `forecast` what a run will take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigArgument = Annotated[Path, typer.Argument(help="A YAML config, or the config.yaml of a run.")]
OverridesArgument = Annotated[list[str] | None, typer.Argument(help="Settings over the file's, e.g. optim.lr=2e-4")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
AcceptOption = Annotated[list[str] | None, typer.Option("--accept", metavar="NAME", help="Let a check that stops the "
                         "run pass, on record; may be given several times.")]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (check, forecast):
        app.command(verb.__name__)(verb)


def check(
    config: ConfigArgument, overrides: OverridesArgument = None, accept: AcceptOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what would make a run worthless or unlawful, without training; exit code 2 where something stops it."""
    from kit.commands.show import json_out
    from kit.entry import load_for_run
    from kit.findings import as_records, open_stops, refuse_stops, sentence_of
    from kit.preflight.check import accepted_names, examine
    from kit.session import open_session

    session = open_session(load_for_run(config, overrides or [], accept=accept or []), resume=True)
    found, accepted = examine(session), accepted_names(session, resume=False)
    is_clear = not open_stops(found, accepted)
    if as_json:
        json_out({"config": str(config), "ok": is_clear, "splits": session.data.report["splits"],
                  "findings": as_records(found, accepted)})  # fmt: skip
    else:
        splits = ", ".join(f"{count} {name}" for name, count in session.data.report["splits"].items())
        print(f"rows     {splits}")
        for finding in found:
            print(sentence_of(finding, accepted))
        print(f"{'ok' if is_clear else 'stop':<8} {sum(f.stops for f in found)} stops, "
              f"{sum(not f.stops for f in found)} warnings")  # fmt: skip
    refuse_stops(found, accepted)


def forecast(
    config: ConfigArgument, overrides: OverridesArgument = None, accept: AcceptOption = None,
    as_json: JsonOption = False,
) -> None:
    """Time, money, memory and energy of a run, from a few measured steps on its own rows and model."""
    import time

    from kit.commands.show import json_out

    started = time.perf_counter()
    from kit.entry import load_for_run
    from kit.findings import refuse_stops
    from kit.forecast.estimate import forecast_config
    from kit.forecast.record import forecast_lines
    from kit.preflight.check import accepted_names, examine
    from kit.session import open_session

    session = open_session(load_for_run(config, overrides or [], accept=accept or []), resume=True)
    refuse_stops(examine(session), accepted_names(session, resume=False))
    found = forecast_config(session, time.perf_counter() - started)
    if as_json:
        json_out(found.as_dict())
    else:
        print("\n".join(forecast_lines(found)))
        print(f"price    {found.price['id']}: {found.price['why']}")
