"""What is special about a start-up that trains large models, each trait with a measure.

High investment: capital per gate passed. High threshold: what a rival needs to match this run. Demand that changes
fast: share of fresh requests unlike the training data, and how fast accuracy decays on them. Fierce competition: lead
over the best measured rival, and its half-life.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import special

from kit.stats import wilson
from kit.strategy.assumptions import Assumption, Money
from kit.strategy.documents import FreshSample, LeadReading, Specifics
from kit.strategy.draws import DRAWS
from kit.strategy.leaves import Leaf, source_of
from kit.strategy.measured import MeasuredRun, Runs
from kit.strategy.permissions import DAYS_PER_MONTH
from kit.strategy.positioning import Gap, HalfLife, moat_half_life
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import draw, named_uniforms
from kit.strategy.venture import Venture
from kit.strategy.workings import Table, Workings, table_of

MATCH_COST = ("match_data_rows * match_cost_per_row + match_device_hours * match_cost_per_device_hour"
              " + match_person_days * match_cost_per_person_day")


def add_specifics(w: Workings, runs: Runs, gates_met: int) -> list[Table]:
    """Rows and tables of the document, and the lead over rival runs; nothing without either.

    `gates_met` counts where the document does not say how many were passed.
    """
    readings = all_readings(w.venture, runs)
    if w.venture.specifics is None and not readings:
        return []
    stated = w.venture.specifics or Specifics()
    _capital(w, stated, gates_met)
    _to_match(w, stated)
    for leaf in (*_fresh(w, stated.fresh), *_lead(w, readings)):
        w.add_leaf(leaf)
    return [_fresh_table(stated.fresh), _lead_table(w, readings)]


def readings_of(runs: Runs) -> list[LeadReading]:
    """The lead of the live run over each rival that answered the same number of test rows, on the later day."""
    if runs.live is None or not len(runs.live.rows.part("test")):
        return []
    mine, found = runs.live.rows.part("test"), []
    for rival in runs.rivals:
        theirs = rival.rows.part("test")
        if len(theirs) == len(mine):
            same = _fingerprint(runs.live) is not None and _fingerprint(runs.live) == _fingerprint(rival)
            found.append(LeadReading(
                date=dt.date.fromisoformat(max(runs.live.date, rival.date)[:10]), rival=rival.name,
                ours=float(mine.correct.mean()), theirs=float(theirs.correct.mean()), rows=len(mine),
                one_alone=int((mine.correct != theirs.correct).sum()) if same else None,
                ref=f"{runs.live.name} against {rival.name}"))
    return found


def _fingerprint(run: MeasuredRun) -> str | None:
    """Of the ids of the test rows; equal ones make the rows, which stand in the order of their ids, pairs."""
    return (run.summary.get("evidence") or {}).get("test_fingerprint")


def all_readings(venture: Venture, runs: Runs) -> tuple[LeadReading, ...]:
    """Those that are stated and those of the rival runs."""
    return (*(venture.specifics.lead if venture.specifics else ()), *readings_of(runs))


def decay_per_month(samples: Sequence[FreshSample]) -> tuple[Value, float]:
    """Points of accuracy lost per month and their standard error, by least squares weighted by binomial variance.

    Undefined with fewer than two days on which answers were judged.
    """
    judged = [(sample.date, sample.right, sample.requests) for sample in samples if sample.right is not None]
    if len({day for day, _, _ in judged}) < 2:
        return State.UNDEFINED, float("nan")
    start = min(day for day, _, _ in judged)
    months = np.array([(day - start).days / DAYS_PER_MONTH for day, _, _ in judged])
    n = np.array([float(requests) for _, _, requests in judged])
    # Agresti and Coull's middle keeps the variance above zero where every answer was right
    shares = np.array([right for _, right, _ in judged]) / n
    middle = (shares * n + 2) / (n + 4)
    weights = n / (middle * (1 - middle))
    centred = months - np.average(months, weights=weights)
    spread = float((weights * centred**2).sum())
    return -float((weights * centred * shares).sum()) / spread, 1 / math.sqrt(spread)


def best_rivals(readings: Sequence[LeadReading]) -> list[LeadReading]:
    """The reading against the best rival of each day, earliest first.

    A day on which only rivals were measured that stand behind another one's last reading is left out: it would look
    like a lead won back.
    """
    found: list[LeadReading] = []
    last: dict[str, LeadReading] = {}
    for day in sorted({reading.date for reading in readings}):
        last |= {reading.rival: reading for reading in readings if reading.date == day}
        best = max(last.values(), key=lambda reading: (reading.theirs, reading.date))
        if best.date == day:
            found.append(best)
    return found


def lead_of(reading: LeadReading) -> tuple[float, float]:
    """Our share minus theirs, and its standard error.

    Where it is known on how many rows one of the two alone was right, they are compared as pairs, with one row added to
    each side (Bonett & Price, 2012, J. Educ. Behav. Stat. 37:479-488); else as independent, which errs on the wide
    side.
    """
    lead, n = reading.ours - reading.theirs, reading.rows
    if reading.one_alone is None:
        return lead, math.sqrt(sum(share * (1 - share) for share in (reading.ours, reading.theirs)) / n)
    wins, losses = (max(0.0, (reading.one_alone + side * n * lead) / 2) for side in (1, -1))
    first, second = (wins + 1) / (n + 2), (losses + 1) / (n + 2)
    return lead, math.sqrt((first + second - (first - second) ** 2) / (n + 2))


def half_life(readings: Sequence[LeadReading]) -> HalfLife:
    """Months in which the lead over the best rival halves."""
    best = best_rivals(readings)
    gaps = []
    for reading in best:
        lead, error = lead_of(reading)
        gaps.append(Gap((reading.date - best[0].date).days / DAYS_PER_MONTH, lead, error))
    return moat_half_life(gaps)


def _capital(w: Workings, stated: Specifics, gates_met: int) -> None:
    if stated.capital_spent is None:
        return
    _add(w, "capital_spent", stated.capital_spent, w.venture.currency)
    if stated.gates_passed is not None:
        _add(w, "gates_passed", stated.gates_passed, "gates")
    else:
        source: dict[str, str | None] = {"kind": "run", "ref": "gates met now", "date": None}
        w.add_leaf(Leaf("specifics", "gates_passed", float(gates_met), float(gates_met), "gates", (source,)))
    w.add_formula("specifics", "capital_per_gate", "capital_spent / gates_passed", w.venture.currency)


def _to_match(w: Workings, stated: Specifics) -> None:
    match = stated.to_match
    if match is None:
        return
    money = w.venture.currency
    for key, assumption, unit in (
        ("match_data_rows", match.data_rows, "rows"), ("match_cost_per_row", match.cost_per_row, money),
        ("match_cost_per_device_hour", match.cost_per_device_hour, money),
        ("match_person_days", match.person_days, "days"),
        ("match_cost_per_person_day", match.cost_per_person_day, money), ("match_months", match.months, "months"),
    ):
        _add(w, key, assumption, unit)
    if match.device_hours is not None:
        _add(w, "match_device_hours", match.device_hours, "hours")
    else:
        seconds = (w.evidence.summary.get("train") or {}).get("device_seconds")
        hours: Value = State.UNDEFINED if seconds is None else seconds / 3600
        w.add_leaf(Leaf("specifics", "match_device_hours", hours, _number(hours), "hours", (w.evidence.source,)))
    w.add_formula("specifics", "match_cost", MATCH_COST, money)


def _add(w: Workings, key: str, assumption: Assumption, unit: str) -> None:
    rate = w.venture.factor(assumption) if isinstance(assumption, Money) else 1.0
    worlds: Any = assumption.point * rate
    if assumption.low is not None:
        worlds = rate * draw({key: assumption.distribution()}, seed=w.seed)[key]
    w.add_leaf(Leaf("specifics", key, assumption.point * rate, worlds, unit, (source_of(assumption),)))


def _fresh(w: Workings, samples: Sequence[FreshSample]) -> Iterator[Leaf]:
    if not samples:
        return
    ordered = sorted(samples, key=lambda sample: sample.date)
    last = ordered[-1]
    source: dict[str, str | None] = {"kind": "run", "ref": last.ref or f"{last.requests} fresh requests",
                                     "date": last.date.isoformat()}
    ends = wilson(last.unlike, last.requests, w.level)
    share = last.unlike / last.requests
    yield Leaf("specifics", "unlike_share", share, share, "fraction", (source,), ends)
    decay, error = decay_per_month(ordered)
    worlds = float("nan") if isinstance(decay, State) else decay + error * special.ndtri(
        named_uniforms("decay_per_month", DRAWS, seed=w.seed))
    yield Leaf("specifics", "decay_per_month", decay, worlds, "fraction/month", (source,))


def _lead(w: Workings, readings: Sequence[LeadReading]) -> Iterator[Leaf]:
    if not readings:
        return
    last = best_rivals(readings)[-1]
    lead, error = lead_of(last)
    source: dict[str, str | None] = {"kind": "run", "ref": last.ref or f"{last.rival} on {last.rows} rows",
                                     "date": last.date.isoformat()}
    worlds = lead + error * special.ndtri(named_uniforms("lead_over_rival", DRAWS, seed=w.seed))
    yield Leaf("specifics", "lead_over_rival", lead, worlds, "fraction", (source,))
    melting = half_life(readings)
    yield Leaf("specifics", "lead_half_life_months", melting.months, _number(melting.months), "months", (source,),
               (melting.low, melting.high))


def _fresh_table(samples: Sequence[FreshSample]) -> Table:
    units = {"date": "", "requests": "requests", "unlike_share": "fraction", "right_share": "fraction"}
    return table_of("fresh", units, [
        {"date": s.date.isoformat(), "requests": s.requests, "unlike_share": s.unlike / s.requests,
         "right_share": None if s.right is None else s.right / s.requests}
        for s in sorted(samples, key=lambda s: s.date)])


def _lead_table(w: Workings, readings: Sequence[LeadReading]) -> Table:
    units = {"date": "", "rival": "", "ours": "fraction", "theirs": "fraction", "lead": "fraction", "low": "fraction",
             "high": "fraction", "rows": "rows", "is_best": "1 = yes, 0 = no"}
    best, z = best_rivals(readings), float(special.ndtri(0.5 + w.level / 2))
    rows = []
    for reading in sorted(readings, key=lambda reading: reading.date):
        lead, error = lead_of(reading)
        rows.append({"date": reading.date.isoformat(), "rival": reading.rival, "ours": reading.ours,
                     "theirs": reading.theirs, "lead": lead, "low": max(-1.0, lead - z * error),
                     "high": min(1.0, lead + z * error), "rows": reading.rows,
                     "is_best": float(reading in best)})
    return table_of("lead", units, rows)


def _number(value: Value) -> float:
    return float("nan") if isinstance(value, State) else float(value)
