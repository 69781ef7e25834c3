"""The acceptance test of a run: bounds typed or planned, another run to beat, and bounds derived from a margin."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from kit.errors import VentureError
from kit.paired import compare
from kit.strategy.gates import MOST_READS, Status, Verdict, check_gate, with_measures
from kit.strategy.margin import error_mix
from kit.strategy.measured import MeasuredRun, deal_of, evidence_of
from kit.strategy.states import State
from kit.strategy.targets import Gate, Goal, accuracy_target, price_target
from kit.strategy.venture import Venture


def bound(text: str, operator: str) -> Gate:
    """A gate from METRIC=X.

    >>> bound("accuracy=0.9", ">=")["value"]
    0.9
    """
    metric, sign, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not metric.strip() or not sign or value != value:
        raise VentureError(f"{text!r} is not METRIC=X: write for example accuracy=0.9")
    return Gate(metric=metric.strip(), operator=operator, value=value, why="asked for on the command line")


def check_asked(gates: Sequence[Gate], summary: Mapping[str, Any]) -> None:
    """A metric that the run nearly has is a slip of the pen, not something still to be measured; so is a percent."""
    headline = summary.get("headline") or {}
    known = {*(summary.get("metrics") or {}), headline.get("metric")} - {None}
    for gate in gates:
        name, value = str(gate.get("metric", "")), gate.get("value")  # what lacks either is refused where it is read
        near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
        if near and name not in known:
            raise VentureError(f"{name} is not a metric of this run; did you mean {near[0]}?")
        is_share = name == headline.get("metric") and headline.get("method") == "wilson"
        if is_share and isinstance(value, int | float) and value > 1:
            raise VentureError(f"{name}={value:g}: it is a share, 0 to 1; write {name}={value / 100:g} for {value:g} %")


def read_plan(path: Path) -> list[Gate]:
    """The gates of a plan file: a YAML list of {metric, operator, value, why, required_level}."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VentureError(f"{path} cannot be read ({error.strerror}): name a YAML list of gates") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise VentureError(f"{path}{line}: is not valid YAML; mend that line") from error
    if not isinstance(raw, list) or not raw or not all(isinstance(gate, dict) for gate in raw):
        raise VentureError(f"{path}: a list of gates is due, each with metric, operator, value and why")
    return raw


def verdicts(
    venture: Venture, run: MeasuredRun, gates: Sequence[Gate], against: MeasuredRun | None, reads: int
) -> list[Verdict]:
    """One verdict per gate, and one for the run to beat; `reads` is how often the test rows have been scored."""
    told = {**(run.summary.get("evidence") or {}), "test_reads": reads}
    summary = with_measures(run.summary, run.rows, evidence_of(venture, run, deal_of(venture, run)).threshold.value)
    found = [check_gate(gate, summary, told) for gate in gates]
    return found if against is None else [*found, beats(run, against, told)]


def beats(run: MeasuredRun, against: MeasuredRun, evidence: Mapping[str, Any]) -> Verdict:
    """Met where the paired interval of the difference in right answers lies above 0, missed where it lies below."""
    mine, other = run.rows.part("test"), against.rows.part("test")
    if len(mine) != len(other) or len(mine) == 0:
        raise VentureError(f"--against {against.name}: {len(other)} test rows and {len(mine)} here; evaluate both runs "
                           "on the same rows")
    test = compare(mine.correct.astype(float), other.correct.astype(float), clusters=mine.group)
    sentence = f"against {against.name}: difference {test.diff:+.4f} ({test.low:+.4f} to {test.high:+.4f})"
    if test.high < 0:
        return Verdict(Status.MISSED, sentence)
    if test.low <= 0:
        return Verdict(Status.NOT_YET_PROVEN, f"{sentence}, and the interval holds 0; more test rows would settle it")
    if int(evidence.get("test_reads") or 0) >= MOST_READS:
        worn = f"{sentence}, but the test rows were read {evidence['test_reads']} times"
        return Verdict(Status.NOT_YET_PROVEN, f"{worn}; fresh test rows, read once, would settle it")
    return Verdict(Status.MET, sentence)


def overall(found: Sequence[Verdict]) -> Status:
    """Missed where one is missed, else not yet proven where one is, else met."""
    statuses = {verdict.status for verdict in found}
    return next((s for s in (Status.MISSED, Status.NOT_YET_PROVEN) if s in statuses), Status.MET)


def gates_from_margin(venture: Venture, run: MeasuredRun, margin: float) -> list[Gate]:
    """What the next run must reach for a margin per request at this run's coverage and error mix."""
    deal, goal = deal_of(venture, run), Goal(margin=margin)
    known = evidence_of(venture, run, deal)
    mix = error_mix(run.rows.part("test"), known.threshold.value)
    found = accuracy_target(deal, known.result, mix, goal)
    if isinstance(found, State):
        highest = price_target(deal, known.result, mix)
        most = highest if isinstance(highest, State) else f"{highest:.4g}"
        raise VentureError(f"a margin of {margin:g} is out of reach for {run.name} at any accuracy: raise the price "
                           f"(the customer gains up to {most}) or lower the costs")
    return [found]
