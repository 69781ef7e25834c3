"""The numbers that come from outside into the worksheets: shares and errors measured, amounts and rates assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit.strategy.assumptions import Assumption, Money
from kit.strategy.draws import DRAWS
from kit.strategy.formulas import GIVEN, MONEY
from kit.strategy.margin import drawn_losses, expected_losses
from kit.strategy.measured import Evidence, MeasuredRun, host_of
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import draw
from kit.strategy.value import Deal, Payer, amounts_of, drawn_amounts
from kit.strategy.venture import Venture

# amounts of the deal, drawn from the deal's own streams so that every part of the kit sees the same worlds
_OF_THE_DEAL = {
    "price": "price_usd", "human_cost_per_request": "human_usd_per_request",
    "cost_per_human_error": "usd_per_human_error",
    "handoff_overhead": "handoff_overhead_usd", "our_cost_per_handoff": "our_usd_per_handoff",
    "qa_cost_per_check": "qa_usd_per_check",
}


@dataclass(frozen=True)
class Leaf:
    """A row without a formula; `draws` is one number where it is not a range.

    `ends` is its interval where that was found otherwise than by draws.
    """

    section: str
    key: str
    value: Value
    draws: Any
    unit: str
    sources: tuple[Mapping[str, str | None], ...]
    ends: tuple[Value, Value] | None = None
    inputs: tuple[str, ...] = ()
    """rows it was worked out from where no formula says so: a projection, a share of worlds"""


def leaves_of(
    venture: Venture, run: MeasuredRun | None, deal: Deal, evidence: Evidence, *, seed: int = 0
) -> Iterator[Leaf]:
    """Every input of the formulas."""
    yield from _measured(evidence, seed)
    yield from _losses(venture, deal, evidence, seed)
    yield from _serving(venture, run)
    amounts, drawn = amounts_of(deal), drawn_amounts(deal, seed=seed)
    for section, key, place, unit in GIVEN:
        part, name = place.split(".")
        assumption: Assumption = getattr(getattr(venture, part), name)
        if key in _OF_THE_DEAL:
            value, worlds = amounts[_OF_THE_DEAL[key]], drawn[_OF_THE_DEAL[key]]
        else:
            rate = venture.factor(assumption) if isinstance(assumption, Money) else 1.0
            value = worlds = assumption.point * rate
            if assumption.low is not None:
                worlds = rate * draw({place: assumption.distribution()}, seed=seed)[place]
        yield Leaf(section, key, float(value), worlds, unit.replace(MONEY, venture.currency), (source_of(assumption),))


def source_of(assumption: Assumption) -> dict[str, str | None]:
    """Where an assumption comes from, as rows carry it."""
    date = assumption.date.isoformat() if assumption.date else None
    return {"kind": assumption.source.kind, "ref": assumption.source.ref, "date": date}


def _measured(evidence: Evidence, seed: int) -> Iterator[Leaf]:
    sources = (evidence.source,)
    result = evidence.result
    if result.n > 0:
        shares, worlds = result.shares, result.draw(seed=seed)
        for place, key in enumerate(("right_share", "wrong_share", "handed_share")):
            yield Leaf("evaluation", key, shares[place], worlds[:, place], "fraction", sources)
        right = evidence.accuracy.right / (evidence.accuracy.right + evidence.accuracy.wrong)
        yield Leaf("evaluation", "accuracy", right, evidence.accuracy_draws(seed=seed), "fraction", sources)
    else:
        for key in ("right_share", "wrong_share", "handed_share", "accuracy"):
            yield Leaf("evaluation", key, State.UNDEFINED, float("nan"), "fraction", sources)
    chosen = evidence.threshold
    yield Leaf("evaluation", "threshold", chosen.value, _scalar(chosen.value), "confidence", sources,
               (chosen.low, chosen.high))
    headline = evidence.summary.get("headline") or {}
    if headline.get("value") is not None:
        ends = tuple(State.UNDEFINED if headline.get(x) is None else headline[x] for x in ("low", "high"))
        yield Leaf("evaluation", "headline", headline["value"], headline["value"], headline.get("metric", ""), sources,
                   ends)  # type: ignore[arg-type]
    yield Leaf("evaluation", "chow_threshold", evidence.chow, _scalar(evidence.chow), "fraction", sources)
    effective = result.n / result.design_effect
    for key, value, unit in (("effective_rows", effective, "rows"), ("evidence_level", evidence.level, "level 0-4"),
                             ("test_reads", evidence.test_reads, "reads")):
        yield Leaf("evaluation", key, value, _scalar(value), unit, sources)


def _losses(venture: Venture, deal: Deal, evidence: Evidence, seed: int) -> Iterator[Leaf]:
    """What a wrong automatic answer costs each purse, over the mix of errors that was seen."""
    points = expected_losses(deal, evidence.mix)
    worlds = drawn_losses(deal, evidence.mix, deff=evidence.deff_of_mix, draws=DRAWS, seed=seed)
    priced = tuple({s["ref"]: s for s in (source_of(e.cost) for e in venture.errors.values())}.values())
    for payer in Payer:
        yield Leaf("request", f"loss_{payer}", float(points[payer]), worlds[payer], venture.currency,
                   (*priced, evidence.source))


def _serving(venture: Venture, run: MeasuredRun | None) -> Iterator[Leaf]:
    host, serving = host_of(venture, run), venture.serving
    parts: tuple[tuple[str, Assumption, float, str], ...] = (
        ("replica_cost_per_month", serving.replica_cost_per_month, host.usd_per_replica_month, venture.currency),
        ("requests_per_replica_month", serving.requests_per_replica_month, host.requests_per_replica_month,
         "requests/month"),
    )
    for key, assumption, value, unit in parts:
        source = source_of(assumption)
        rate = venture.factor(assumption) if isinstance(assumption, Money) else 1.0
        is_measured = run is not None and value != assumption.point * rate
        if is_measured and run is not None:
            source = {"kind": "run", "ref": run.name, "date": run.date[:10]}
        yield Leaf("request", key, value, value, unit, (source,))
    rate_source = source_of(venture.exchange_rates["USD"]) if venture.currency != "USD" else {
        "kind": "price", "ref": "the venture's currency is the dollar", "date": None}
    yield Leaf("request", "usd_per_unit", venture.usd_rate, venture.usd_rate, f"USD/{venture.currency}", (rate_source,))


def _scalar(value: Value) -> float:
    return float("nan") if isinstance(value, State) else float(value)
