"""Market demand in numbers: which pain costs an account how much, who said so, and who came how far towards paying."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kit.errors import VentureError
from kit.stats import wilson
from kit.strategy.assumptions import explain
from kit.strategy.documents import PILOT_STEPS, Demand, Interview, Pilot
from kit.strategy.leaves import Leaf, source_of
from kit.strategy.states import State, Value, ratio
from kit.strategy.uncertainty import draw
from kit.strategy.venture import Venture
from kit.strategy.workings import Sources, Table, Workings, table_of

HURTS = 2  # from this level on a pain costs time or money


@dataclass(frozen=True)
class Step:
    """One step of the funnel: accounts that reached it, and how many of the step before came on so far."""

    name: str
    accounts: int
    from_before: int
    before: int
    amount_per_month: float
    median_days: float | None


def hurting(demand: Demand) -> tuple[int, int]:
    """(talks in which it costs time or money, talks)."""
    return sum(talk.hurt >= HURTS for talk in demand.interviews), len(demand.interviews)


def converted(demand: Demand) -> tuple[int, int]:
    """(pilots that pay, pilots that were decided); a pilot still going on is neither won nor lost."""
    decided = [pilot for pilot in demand.pilots if pilot.pilot and (pilot.paying or pilot.lost)]
    return sum(pilot.paying is not None for pilot in decided), len(decided)


def funnel(venture: Venture, demand: Demand) -> list[Step]:
    """Step by step; `amount_per_month` adds up what the accounts named at that step."""
    steps: list[Step] = []
    for place, name in enumerate(PILOT_STEPS):
        here = [pilot for pilot in demand.pilots if getattr(pilot, name)]
        earlier = PILOT_STEPS[place - 1] if place else None
        before = [pilot for pilot in demand.pilots if earlier and getattr(pilot, earlier)]
        moved = [pilot for pilot in here if pilot in before]
        days = [_days(pilot, earlier, name) for pilot in moved if earlier]
        amounts = (getattr(pilot, name).amount_per_month for pilot in here)
        steps.append(Step(name, len(here), len(moved), len(before),
                          sum(venture.point(amount) for amount in amounts if amount is not None),
                          statistics.median(days) if days else None))
    return steps


def read_interviews(path: Path) -> tuple[Interview, ...]:
    """Interviews from a CSV with the columns date, segment, quote, hurt and, where known, pain and who."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise VentureError(f"{path} cannot be read ({error}): name a CSV of interviews in UTF-8") from error
    found = []
    for number, row in enumerate(rows, start=2):
        given = {name: text.strip() for name, text in row.items() if name and text and text.strip()}
        try:
            found.append(Interview.model_validate(given))
        except ValidationError as error:
            raise VentureError(explain(Interview, error, f"{path}, line {number}")) from error
    return tuple(found)


def add_demand(w: Workings) -> list[Table]:
    """Rows and tables of the document; nothing without one."""
    demand = w.venture.demand
    if demand is None:
        return []
    for leaf in (*_talks(w, demand), *_pilots(w, demand), *_pain(w, demand)):
        w.add_leaf(leaf)
    if "pain_per_account_per_year" in w.rows:
        w.add_formula("demand", "price_of_the_pain", "12 * revenue_per_account / pain_per_account_per_year", "fraction")
    return [_pains_table(w, demand), _funnel_table(w, demand), _quotes(demand)]


def heard(demand: Demand) -> dict[str, str | None]:
    """The interviews as a source."""
    days = [talk.date.isoformat() for talk in demand.interviews]
    return {"kind": "survey", "ref": f"{len(days)} interviews", "date": max(days, default=None)}


def piloted(demand: Demand) -> dict[str, str | None]:
    """The pilots as a source."""
    days = [getattr(p, step).date.isoformat() for p in demand.pilots for step in PILOT_STEPS if getattr(p, step)]
    return {"kind": "invoice", "ref": f"{len(demand.pilots)} accounts in the funnel", "date": max(days, default=None)}


def _talks(w: Workings, demand: Demand) -> Iterator[Leaf]:
    hurt, n = hurting(demand)
    yield Leaf("demand", "interviews_held", float(n), float(n), "interviews", (heard(demand),))
    yield _share(w, "hurt_share", hurt, n, (heard(demand),))


def _pilots(w: Workings, demand: Demand) -> Iterator[Leaf]:
    source = (piloted(demand),)
    won, n = converted(demand)
    steps = {step.name: step for step in funnel(w.venture, demand)}
    for key, value, unit in (
        ("letters_of_intent", steps["letter_of_intent"].accounts, "accounts"),
        ("letters_amount_per_month", steps["letter_of_intent"].amount_per_month, w.venture.currency),
        ("pilots_started", steps["pilot"].accounts, "accounts"), ("pilots_decided", n, "accounts"),
        ("pilots_amount_per_month", steps["paying"].amount_per_month, w.venture.currency),
    ):
        yield Leaf("demand", key, float(value), float(value), unit, source)
    yield _share(w, "pilot_conversion", won, n, source)
    hours = [pilot.hours_saved_per_month for pilot in demand.pilots if pilot.hours_saved_per_month is not None]
    mean: Value = ratio(sum(count.point for count in hours), len(hours))
    sources = tuple(source_of(count) for count in hours) or source
    yield Leaf("demand", "hours_saved_per_account", mean, _number(mean), "hours/month", sources)


def _pain(w: Workings, demand: Demand) -> Iterator[Leaf]:
    """The pain that costs an account most."""
    if not demand.pains:
        return
    pain = max(demand.pains, key=lambda pain: w.venture.point(pain.loss_per_account_per_year))
    money = pain.loss_per_account_per_year
    name = f"demand.pains.{pain.id}"
    worlds: Any = w.venture.point(money)
    if money.low is not None:
        worlds = w.venture.factor(money) * draw({name: money.distribution()}, seed=w.seed)[name]
    yield Leaf("demand", "pain_per_account_per_year", w.venture.point(money), worlds, w.venture.currency,
               (source_of(money),))


def _share(w: Workings, key: str, k: int, n: int, sources: Sources) -> Leaf:
    value: Value = ratio(float(k), float(n))
    ends = wilson(k, n, w.level) if n else (State.UNDEFINED, State.UNDEFINED)
    return Leaf("demand", key, value, _number(value), "fraction", sources, ends)


def _pains_table(w: Workings, demand: Demand) -> Table:
    units = {"pain": "", "segment": "", "interviews": "interviews", "hurt": "level 0-3",
             "loss_per_account_per_year": w.venture.currency, "low": w.venture.currency, "high": w.venture.currency,
             "reach": "fraction", "loss_per_year": w.venture.currency}
    accounts = {segment.id: segment.accounts for segment in demand.segments}
    rows = []
    for pain in demand.pains:
        talks = [talk for talk in demand.interviews if talk.pain == pain.id]
        money, factor = pain.loss_per_account_per_year, w.venture.factor(pain.loss_per_account_per_year)
        reach, count = pain.reach.point if pain.reach else None, accounts[pain.segment]
        known = None if reach is None or count is None else money.point * factor * reach * count.point
        rows.append({
            "pain": pain.pain, "segment": pain.segment, "interviews": len(talks),
            "hurt": statistics.fmean(talk.hurt for talk in talks) if talks else None,
            "loss_per_account_per_year": money.point * factor, "reach": reach, "loss_per_year": known,
            "low": None if money.low is None else money.low * factor,
            "high": None if money.high is None else money.high * factor})
    return table_of("pains", units, sorted(rows, key=lambda row: -row["loss_per_account_per_year"]))


def _funnel_table(w: Workings, demand: Demand) -> Table:
    units = {"step": "", "accounts": "accounts", "share_of_step_before": "fraction", "low": "fraction",
             "high": "fraction", "amount_per_month": w.venture.currency, "median_days": "days"}
    rows = []
    for step in funnel(w.venture, demand):
        low, high = wilson(step.from_before, step.before, w.level) if step.before else (None, None)
        rows.append({"step": step.name, "accounts": step.accounts, "low": low, "high": high,
                     "share_of_step_before": step.from_before / step.before if step.before else None,
                     "amount_per_month": step.amount_per_month, "median_days": step.median_days})
    return table_of("funnel", units, rows)


def _quotes(demand: Demand) -> Table:
    units = {"date": "", "segment": "", "pain": "", "hurt": "level 0-3", "quote": ""}
    talks = sorted(demand.interviews, key=lambda talk: (-talk.hurt, talk.date))
    return table_of("interviews", units, [
        {"date": talk.date.isoformat(), "segment": talk.segment, "pain": talk.pain, "hurt": talk.hurt,
         "quote": talk.quote} for talk in talks])


def _days(pilot: Pilot, first: str, second: str) -> float:
    return float((getattr(pilot, second).date - getattr(pilot, first).date).days)


def _number(value: Value) -> float:
    return float("nan") if isinstance(value, State) else float(value)
