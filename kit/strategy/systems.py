"""Every system that could do the work, with its quality and its cost: ours, the untuned base, rivals, people.

Measured is what answered our own rows; what a rival says of itself is claimed, what we think of it is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from kit.records import Estimate
from kit.stats import wilson
from kit.strategy.alternatives import AlternativeRow, Positioning
from kit.strategy.assumptions import Assumption, Money
from kit.strategy.documents import LeadReading
from kit.strategy.draws import mean_of
from kit.strategy.labels import sentence
from kit.strategy.leaves import source_of
from kit.strategy.measured import MeasuredRun, Runs, deal_of
from kit.strategy.positioning import MapPoint
from kit.strategy.states import State
from kit.strategy.uncertainty import draw
from kit.strategy.workings import Row, Workings, bounds

Evidence = Literal["measured", "claimed", "assumed"]
Source = Mapping[str, str | None]
OURS, BASE_MODEL = "ours", "base model"
PER = 1000


@dataclass(frozen=True)
class System:
    """One way to get the work done; None where a figure is not known. Costs are per 1,000 requests."""

    name: str
    kind: str | None
    evidence: Evidence
    source: Source
    quality: Estimate | None = None
    quality_worlds: Any = None
    cost: Estimate | None = None
    cost_worlds: Any = None
    cost_source: Source | None = None
    measured_name: str = ""
    """the rival run or the rival of the readings that this is"""
    rows: tuple[str, str] | None = None
    """rows of its error rate and of its cost per request, where the worksheets have them"""

    @property
    def point(self) -> MapPoint | None:
        return MapPoint(self.name, self.quality, self.cost) if self.quality and self.cost else None


def systems(w: Workings, runs: Runs, readings: Sequence[LeadReading]) -> Iterator[System]:
    """Ours first, then what was measured, then what is claimed; a rival that was measured is not claimed once more."""
    rows = {row.measured_name: row for row in (w.venture.positioning or Positioning()).alternatives}
    ours = _ours(w, runs.live)
    yield ours
    yield from _untuned(w, runs.live, ours)
    api, known = w.venture.api.name, {ours.name}
    for run in runs.rivals:
        yield _of_run(w, run, rows.get(run.name))
        known.add(run.name)
    last = {reading.rival: reading for reading in sorted(readings, key=lambda reading: reading.date)}
    for name, reading in last.items():
        if name not in known:
            yield _of_reading(w, reading, rows.get(name))
            known.add(name)
    if api not in known:
        yield _of_api(w, rows.get(api))
        known.add(api)
    yield _of_rows(w, sentence("system_people", w.language), "human", "human_error_rate", "human_cost_per_request")
    yield from (_claimed(w, row) for name, row in rows.items() if name not in known)


def _ours(w: Workings, live: MeasuredRun | None) -> System:
    name = live.name if live else sentence("system_ours", w.language)
    return System(name, OURS, "measured" if live else "assumed", w.evidence.source,
                  _from_row(w, "accuracy"), w.spread("accuracy"), _from_row(w, "our_cost_per_1k"))


def _untuned(w: Workings, live: MeasuredRun | None, ours: System) -> Iterator[System]:
    """The base model before tuning, on the same rows and machine."""
    right = live.rows.part("test").base_correct if live else None
    if live is not None and right is not None and len(right):
        deff = live.rows.part("test").design_effect([right])
        yield System(sentence("system_base", w.language), BASE_MODEL, "measured", w.evidence.source,
                     _share(float(right.mean()), len(right), w.level, deff), cost=ours.cost)


def _of_run(w: Workings, run: MeasuredRun, row: AlternativeRow | None) -> System:
    """A rival run; answers bought elsewhere without a price cost what the alternative claims."""
    test = run.rows.part("test")
    source: Source = {"kind": "run", "ref": run.name, "date": run.date[:10]}
    is_bought = run.summary.get("kind") == "external"
    kind = (row.kind if row else None) or ("API wrapper" if is_bought else "tuned model")
    found = System(row.name if row else run.name, kind, "measured", source, measured_name=run.name)
    if len(test):
        found = replace(found, quality=_share(float(test.correct.mean()), len(test), w.level, test.design_effect()))
    if is_bought and (run.summary.get("serving") or {}).get("usd_per_1k_requests_at_capacity") is None:
        return _with_price(w, found, row)
    cost = PER * mean_of(deal_of(w.venture, run).model_usd_per_request)
    return replace(found, cost=Estimate(cost, cost, cost, 0), cost_worlds=cost, cost_source=source)


def _of_reading(w: Workings, reading: LeadReading, row: AlternativeRow | None) -> System:
    source: Source = {"kind": "run", "ref": reading.ref or f"{reading.rival} on {reading.rows} rows",
                      "date": reading.date.isoformat()}
    found = System(row.name if row else reading.rival, row.kind if row else None, "measured", source,
                   _share(reading.theirs, reading.rows, w.level), measured_name=reading.rival)
    if reading.rival != w.venture.api.name:
        return _with_price(w, found, row)
    api = _of_api(w, row)
    return replace(found, kind=api.kind, cost=api.cost, cost_worlds=api.cost_worlds, cost_source=api.cost_source,
                   rows=api.rows)


def _of_api(w: Workings, row: AlternativeRow | None) -> System:
    """The hosted model that the venture prices, under the name that the alternatives give it."""
    kind = (row.kind if row else None) or "API wrapper"
    return _of_rows(w, row.name if row else w.venture.api.name, kind, "api_error_rate", "api_cost_per_request")


def _of_rows(w: Workings, name: str, kind: str, errors: str, cost: str) -> System:
    """A system whose error rate and cost per request are rows of the worksheets."""
    wrong, price = w.rows[errors], w.rows[cost]
    source = wrong.sources[0]
    missed, worlds = Estimate(*_ends(wrong), 0), PER * w.spread(cost)
    value, low, high = _ends(price)
    quality = Estimate(1 - missed.value, 1 - missed.high, 1 - missed.low, 0)
    return System(name, kind, _evidence(source), source, quality, 1 - w.spread(errors),
                  Estimate(PER * value, PER * low, PER * high, 0), worlds, price.sources[0], rows=(errors, cost))


def _claimed(w: Workings, row: AlternativeRow) -> System:
    stated = row.quality or row.price_per_1k
    source: Source = source_of(stated) if stated else {
        "kind": row.source.kind if row.source else "guess", "ref": row.source.ref if row.source else "",
        "date": row.date.isoformat() if row.date else None}
    found = System(row.name, row.kind, _evidence(source), source)
    if row.quality is not None:
        worlds, estimate = _drawn(w, f"{row.id}.quality", row.quality)
        found = replace(found, quality=estimate, quality_worlds=worlds)
    return _with_price(w, found, row)


def _with_price(w: Workings, found: System, row: AlternativeRow | None) -> System:
    if row is None or row.price_per_1k is None:
        return found
    worlds, estimate = _drawn(w, f"{row.id}.price_per_1k", row.price_per_1k)
    return replace(found, cost=estimate, cost_worlds=worlds, cost_source=source_of(row.price_per_1k))


def _drawn(w: Workings, name: str, stated: Assumption) -> tuple[Any, Estimate]:
    rate = w.venture.factor(stated) if isinstance(stated, Money) else 1.0
    value, stream = stated.point * rate, f"positioning.{name}"
    worlds: Any = value
    if stated.low is not None:
        worlds = rate * draw({stream: stated.distribution()}, seed=w.seed)[stream]
    low, high = (value if isinstance(end, State) else end for end in bounds(value, worlds, State.INFINITE, w.level))
    return worlds, Estimate(value, float(low), float(high), 0)


def _share(share: float, rows: int, level: float, deff: float = 1.0) -> Estimate:
    return Estimate(share, *wilson(share * rows / deff, rows / deff, level), rows, level, "wilson")


def _evidence(source: Source) -> Evidence:
    return "measured" if source["kind"] == "run" else "assumed" if source["kind"] in ("guess", "example") else "claimed"


def _from_row(w: Workings, key: str) -> Estimate | None:
    row = w.rows[key]
    return None if row.value is None else Estimate(*_ends(row), 0)


def _ends(row: Row) -> tuple[float, float, float]:
    assert row.value is not None  # of an assumption, or looked at before
    return row.value, row.value if row.low is None else row.low, row.value if row.high is None else row.high
