"""What moved between two versions of a venture, why, who decides, and what to find out next.

The contribution of a month is carried from the old version to the new one change by change: the run first, then
prices, assumptions and actuals. Each change is priced where it stands in that order, so the steps sum to the whole
difference, without a remainder; the order is part of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kit.errors import VentureError
from kit.strategy.labels import label
from kit.strategy.measured import Runs
from kit.strategy.next_tests import Probe, next_tests
from kit.strategy.states import State, Value
from kit.strategy.venture import Venture, mapping_of, venture_of
from kit.strategy.workings import work
from kit.strategy.worksheet import Row, Table, by_key, worksheets

FIGURE = "contribution_per_month"
CAUSES = ("run", "price", "assumption", "actual")
WATCHED = (FIGURE, "gross_margin", "payback_months", "runway_months", "lowest_cash", "cash_out_month",
           "variance_on_guesses")
ACTUAL_KINDS = ("invoice", "survey")
Place = tuple[str, ...]
Change = tuple[Place, Any, Any]


@dataclass(frozen=True)
class Standing:
    """A version of a venture with the runs and prices of its day."""

    venture: Venture
    runs: Runs = field(default_factory=Runs)
    prices: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """One change: what it was and is, what it does to the contribution of a month, why, and who decides about it."""

    cause: str
    places: tuple[str, ...]
    before: str
    after: str
    change: Value
    why: str
    owner: str | None


@dataclass(frozen=True)
class Review:
    """The figure before and after, the moves between, changed gates and tripwires, and the next tests."""

    before: Value
    after: Value
    currency: str
    moves: tuple[Move, ...]
    figures: tuple[tuple[str, Row, Row], ...]
    gates: tuple[tuple[str, str, str], ...]
    tripwires: tuple[str, ...]
    tests: tuple[Probe, ...]

    def by_cause(self) -> dict[str, Value]:
        """The change of each cause; undefined where one of its moves is."""
        found: dict[str, Value] = dict.fromkeys(CAUSES, 0.0)
        for move in self.moves:
            so_far = found[move.cause]
            found[move.cause] = State.UNDEFINED if isinstance(so_far, State) or isinstance(move.change, State) \
                else so_far + move.change
        return found


def review(before: Standing, after: Standing, *, language: str = "en", seed: int = 0) -> Review:
    """From one version to another."""
    old, new = before.venture, after.venture
    if old.currency != new.currency:
        raise VentureError(f"currency went from {old.currency} to {new.currency}: review versions of one currency, as "
                           "no step between them could be added up")
    sheets = [worksheets(x.venture, x.runs, x.prices, language=language, seed=seed) for x in (before, after)]
    rows = [by_key(found) for found, _ in sheets]
    tables = [{table.key: table for table in found} for _, found in sheets]
    workings = work(new, after.runs, language=language, seed=seed)
    return Review(
        before=_value(rows[0][FIGURE]), after=_value(rows[1][FIGURE]), currency=new.currency,
        moves=tuple(_moves(before, after, seed)), figures=tuple((key, rows[0][key], rows[1][key]) for key in WATCHED),
        gates=tuple(_changed(tables[0]["gates"], tables[1]["gates"], "gate", "status")),
        tripwires=tuple(str(row["sentence"]) for row in tables[1]["tripwires"].rows if row["state"] == "tripped"),
        tests=tuple(next_tests(workings, after.runs.live)),
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any], place: Place = ()) -> Iterator[Change]:
    """Every place at which two mappings differ, with both values; an assumption and a list count as one value."""
    for name in dict.fromkeys((*before, *after)):
        here, old, new = (*place, name), before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping) and "source" not in {*old, *new}:
            yield from changes(old, new, here)
        else:
            yield here, old, new


def _moves(before: Standing, after: Standing, seed: int) -> Iterator[Move]:
    """The run, then every change of the documents in the order of causes."""
    now = _figure(before.venture, before.runs, seed)
    names = [x.runs.live.name if x.runs.live else "none" for x in (before, after)]
    if before.runs.live is not after.runs.live:
        then, now = now, _figure(before.venture, after.runs, seed)
        yield Move("run", ("runs.live",), names[0], names[1], _difference(now, then), _told(after.runs),
                   after.venture.owners.get("runs"))
    raw = mapping_of(before.venture)
    found = [change for change in changes(raw, mapping_of(after.venture)) if change[0][0] != "runs"]
    pending: list[Change] = []
    for change in sorted(found, key=lambda change: CAUSES.index(_cause(change))):
        raw = _put(raw, change[0], change[2])
        pending.append(change)
        try:
            then, now = now, _figure(venture_of(raw), after.runs, seed)
        except VentureError:
            continue  # two changes that only hold together count as one
        place, _, value = pending[-1]
        owner = after.venture.owners.get(place[0])
        places = tuple(".".join(there) for there, _, _ in pending)
        was, is_now = ("; ".join(_say(change[end]) for change in pending) for end in (1, 2))
        yield Move(_cause(pending[-1]), places, was, is_now, _difference(now, then), _why(value), owner)
        pending = []


def _figure(venture: Venture, runs: Runs, seed: int) -> Value:
    return work(venture, runs, seed=seed).values[FIGURE]


def _cause(change: Change) -> str:
    place, old, new = change
    if place[0] == "actuals":
        return "actual"
    source = (new if isinstance(new, Mapping) else old if isinstance(old, Mapping) else {}).get("source")
    kind = source["kind"] if isinstance(source, Mapping) else "guess"
    return kind if kind in ("run", "price") else "actual" if kind in ACTUAL_KINDS else "assumption"


def _put(raw: Mapping[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """A copy with a value at a place; None takes it out."""
    name, *rest = place
    copy = dict(raw)
    if rest:
        copy[name] = _put(copy.get(name, {}), tuple(rest), value)
    elif value is None:
        copy.pop(name, None)
    else:
        copy[name] = value
    return copy


def _changed(before: Table, after: Table, name: str, what: str) -> Iterator[tuple[str, str, str]]:
    old = {row[name]: row[what] for row in before.rows}
    for row in after.rows:
        was = old.get(row[name], "new")
        if was != row[what]:
            yield str(row["label"]), str(was), str(row[what])


def _say(value: Any) -> str:
    """A stated value as a person would write it."""
    if value is None:
        return "not stated"
    if isinstance(value, Mapping) and "source" in value:
        number = value["value"] if "value" in value else value.get("series") or f"{value['low']:g} to {value['high']:g}"
        shown = f"{number:g}" if isinstance(number, int | float) else str(number)
        return f"{shown} {value.get('currency', '')}".rstrip()
    return f"{len(value)} entries" if isinstance(value, list | Mapping) else str(value)


def _why(value: Any) -> str:
    if not isinstance(value, Mapping) or "source" not in value:
        return ""
    source = value["source"]
    return ", ".join(part for part in (source["kind"], source.get("ref"), value.get("date"), value.get("note")) if part)


def _told(runs: Runs) -> str:
    if runs.live is None:
        return "no run is named"
    head = runs.live.summary.get("headline") or {}
    return f"{head.get('metric', 'headline')} {head['value']:.4g}" if head.get("value") is not None else "not evaluated"


def _difference(now: Value, then: Value) -> Value:
    return State.UNDEFINED if isinstance(now, State) or isinstance(then, State) else now - then


def _value(row: Row) -> Value:
    return State(row.state) if row.state is not None else float(row.value or 0.0)


def cause_label(cause: str, language: str) -> str:
    """The name of a cause."""
    return label(f"cause_{cause}", language)
