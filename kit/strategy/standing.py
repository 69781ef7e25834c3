"""Where we stand among the systems that could do the work: who dominates whom, and our lead over the best rival.

Only measured systems dominate one another; what would hold if the claims did is told apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scipy import special

from kit.strategy.alternatives import Positioning
from kit.strategy.documents import LeadReading
from kit.strategy.leaves import Leaf, source_of
from kit.strategy.measured import Runs
from kit.strategy.positioning import Placed, Power, measured_map
from kit.strategy.specifics import all_readings, best_rivals, lead_of
from kit.strategy.states import State
from kit.strategy.systems import BASE_MODEL, OURS, PER, System, systems
from kit.strategy.workings import Table, Workings, table_of


def add_standing(w: Workings, runs: Runs) -> list[Table]:
    """Rows of the lead and its price, and the tables of systems, alternatives and powers."""
    readings = all_readings(w.venture, runs)
    w.add_formula("positioning", "our_cost_per_1k", f"{PER} * model_cost_per_request", w.venture.currency)
    found = list(systems(w, runs, readings))
    rival = nearest_rival(found, readings)
    if rival is not None:
        _cost(w, rival)
        _lead(w, rival, readings)
    stated = w.venture.positioning or Positioning()
    return [_positions(w, found, rival), _alternatives(w, stated, found), _powers(stated)]


def nearest_rival(found: Sequence[System], readings: Sequence[LeadReading]) -> System | None:
    """The best rival that was measured; where none was, the machine of which the most is claimed."""
    if readings:
        best = best_rivals(readings)[-1].rival
        return next((one for one in found if one.measured_name == best), None)
    others = [one for one in found if one.kind not in (OURS, BASE_MODEL, "human", "status quo") and one.quality]
    return max(others, key=lambda one: one.quality.value if one.quality else 0.0, default=None)


def placed(found: Sequence[System], *, with_claims: bool) -> list[Placed | None]:
    """The standing of each system among those that were measured, or among all as if every claim held."""
    points = [one.point if with_claims or one.evidence == "measured" else None for one in found]
    standings = iter(measured_map([point for point in points if point is not None]))
    return [None if point is None else next(standings) for point in points]


# ---- rows


def _cost(w: Workings, rival: System) -> None:
    if rival.cost is None:
        return
    if rival.rows is not None:
        w.add_formula("positioning", "rival_cost_per_1k", f"{PER} * {rival.rows[1]}", w.venture.currency)
    else:
        w.add_leaf(Leaf("positioning", "rival_cost_per_1k", rival.cost.value, rival.cost_worlds, w.venture.currency,
                        (rival.cost_source or rival.source,)))
    w.add_formula("positioning", "cost_ratio_to_rival",
                  "our_cost_per_1k / rival_cost_per_1k if rival_cost_per_1k > 0 else undefined", "ratio")


def _lead(w: Workings, rival: System, readings: Sequence[LeadReading]) -> None:
    """How sure the lead is, and how many more rows would prove it if it stayed as it is."""
    source = rival.source
    if readings:
        last = best_rivals(readings)[-1]
        lead, error = lead_of(last)
        worlds, rows, variance = w.spread("lead_over_rival"), last.rows, error**2 * last.rows
    else:
        ours, theirs = w.values["accuracy"], rival.quality
        if isinstance(ours, State) or theirs is None:
            return
        theirs_drawn = theirs.value if rival.quality_worlds is None else rival.quality_worlds
        lead, worlds, rows = ours - theirs.value, w.spread("accuracy") - theirs_drawn, 0
        variance = ours * (1 - ours) + theirs.value * (1 - theirs.value)
        w.add_leaf(Leaf("positioning", "lead_over_claim", lead, worlds, "fraction", (w.evidence.source, source)))
    ahead = float((worlds > 0).mean())
    w.add_leaf(Leaf("positioning", "p_ahead", ahead, ahead, "probability", (source,)))
    if (more := more_rows(lead, variance, rows, w.level)) is None:
        return
    w.add_leaf(Leaf("positioning", "rows_to_prove_lead", float(more), float(more), "rows", (source,)))
    price = w.venture.evidence_costs.per_test_row
    if price is not None:
        cost = more * w.venture.point(price)
        w.add_leaf(Leaf("positioning", "cost_to_prove_lead", cost, cost, w.venture.currency, (source_of(price),)))


def more_rows(lead: float, variance: float, rows: int, level: float) -> int | None:
    """Rows beyond those read at which the interval of an unchanged lead is above zero; None without a lead.

    n = z^2 v / lead^2, v the variance of the difference of one row; 0 where the lead is proven already.

    >>> more_rows(0.02, 0.16, 500, 0.90)
    583
    """
    if lead <= 0:
        return None
    z = float(special.ndtri(0.5 + level / 2))
    return max(0, math.ceil(z * z * variance / lead**2) - rows)


# ---- tables


def _positions(w: Workings, found: Sequence[System], rival: System | None) -> Table:
    money = w.venture.currency
    units = {"system": "", "kind": "", "role": "", "evidence": "", "quality": "fraction", "quality_low": "fraction",
             "quality_high": "fraction", "cost_per_1k": money, "cost_low": money, "cost_high": money, "standing": "",
             "if_claims_hold": "", "beaten_by": "", "source": "", "date": ""}
    measured, all_hold = (placed(found, with_claims=claims) for claims in (False, True))
    return table_of("positions", units, [_position(one, one is rival, stands, would) for one, stands, would
                                         in zip(found, measured, all_hold, strict=True)])


def _position(one: System, is_rival: bool, stands: Placed | None, would: Placed | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "system": one.name, "kind": one.kind, "role": OURS if one.kind == OURS else "rival" if is_rival else None,
        "evidence": one.evidence, "standing": stands.standing if stands else None,
        "if_claims_hold": would.standing if would else None,
        "beaten_by": ", ".join((stands.beaten_by if stands else ()) or (would.beaten_by if would else ())) or None,
        "source": one.source["ref"] or one.source["kind"], "date": one.source["date"]}
    for name, figure, ends in (("quality", one.quality, "quality"), ("cost_per_1k", one.cost, "cost")):
        row |= {name: figure and figure.value, f"{ends}_low": figure and figure.low,
                f"{ends}_high": figure and figure.high}
    return row


def _alternatives(w: Workings, stated: Positioning, found: Sequence[System]) -> Table:
    measured = {one.name for one in found if one.evidence == "measured"}
    units = {"alternative": "", "kind": "", "today": "", "claim": "", "quality": "fraction",
             "cost_per_1k": w.venture.currency, "evidence": "", "source": "", "date": ""}
    return table_of("alternatives", units, [
        {"alternative": row.name, "kind": row.kind, "today": row.today or None, "claim": row.claim or None,
         "quality": row.quality.point if row.quality else None,
         "cost_per_1k": w.venture.point(row.price_per_1k) if row.price_per_1k else None,
         "evidence": "measured" if row.name in measured else "claimed",
         "source": row.source.ref or row.source.kind if row.source else None,
         "date": row.date.isoformat() if row.date else None} for row in stated.alternatives])


def _powers(stated: Positioning) -> Table:
    units = {"power": "", "claim": "", "state": "", "missing": "", "benefit": "", "barrier": "", "shown_by": "",
             "stage": ""}
    held = [Power(row.power, row.claim, row.benefit, row.barrier, tuple(
        f"{one.text} ({one.source.ref or one.source.kind}, {one.date})" for one in row.evidence))
        for row in stated.powers]  # fmt: skip
    return table_of("powers", units, [
        {"power": one.name, "claim": one.claim, "state": one.state, "missing": ", ".join(one.missing) or None,
         "benefit": one.benefit or None, "barrier": one.barrier or None, "shown_by": "; ".join(one.evidence) or None,
         "stage": one.stage} for one in held])
