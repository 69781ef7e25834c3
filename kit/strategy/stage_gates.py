"""The gates of a venture's stage: met, missed or not yet proven, and what would settle an open one, at what price.

A gate reads one row of the worksheets. Its interval beyond the target settles it; a point without interval counts
only where it was measured. What is not yet proven names the evidence: rows, interviews, pilots, or the input on which
most of the uncertainty rests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kit.errors import VentureError
from kit.stats import rows_to_settle
from kit.strategy.assumptions import Money
from kit.strategy.demand import converted, hurting
from kit.strategy.gates import Status
from kit.strategy.guesses import GUESSED, contributions
from kit.strategy.labels import label, sentence
from kit.strategy.leaves import Leaf
from kit.strategy.permissions import base_status, rules_for
from kit.strategy.states import State
from kit.strategy.workings import Row, Table, Workings, table_of

MEASURED = ("run", "invoice", "survey")
FIELD_LEVEL = 3  # a customer's rows in a pilot


@dataclass(frozen=True)
class StageGate:
    """A gate by key: the row that it reads, the side on which the target lies, and what kind of evidence settles it."""

    key: str
    stage: str
    row: str
    operator: str
    target: float
    evidence: str = "input"
    """rows, interviews, pilots, or the input with the largest share of the uncertainty"""


GATES = (
    StageGate("pain", "idea", "hurt_share", ">=", 0.5, "interviews"),
    StageGate("better_than_api", "idea", "lead_over_api", ">=", 0.0, "rows"),
    StageGate("cheaper_than_today", "idea", "saving_per_request", ">=", 0.0),
    StageGate("conversion", "pilot", "pilot_conversion", ">=", 0.5, "pilots"),
    StageGate("field_evidence", "pilot", "evidence_level", ">=", FIELD_LEVEL),
    StageGate("hours_saved", "pilot", "hours_saved_per_account", ">=", 10.0, "pilots"),
    StageGate("margin", "paying", "gross_margin", ">=", 0.0),  # the venture's own target margin
    StageGate("retention", "paying", "churn_per_month", "<=", 0.05),
    StageGate("concentration", "paying", "largest_account_share", "<=", 0.5),
    StageGate("collection", "paying", "collection_days_actual", "<=", 90.0),
    StageGate("payback", "scaling", "payback_months", "<=", 12.0),
    StageGate("ltv_to_cac", "scaling", "ltv_cac", ">=", 3.0),
    StageGate("market_fit", "scaling", "ellis_score", ">=", 0.4, "answers"),
    StageGate("alive", "scaling", "p_default_alive", ">=", 0.9),
)


@dataclass(frozen=True)
class Reading:
    """One gate as it stands; `more` pieces of evidence would settle it for about `money`."""

    key: str
    status: Status
    row: Row | None
    target: float | None
    sentence: str
    evidence: str = ""
    more: int | None = None
    money: float | None = None
    source: str | None = None
    """of a gate that reads no row"""


def read_gates(w: Workings) -> list[Reading]:
    """The gates of the venture's stage, and those that hold at every stage."""
    _check_targets(w)
    found = [_read(w, gate) for gate in GATES if gate.stage == w.venture.stage]
    return [*found, *_rights(w), *_base(w), *_open_market(w)]


def add_gates(w: Workings) -> tuple[list[Reading], Table]:
    """Counts as rows, one line per gate as a table."""
    found = read_gates(w)
    source: dict[str, str | None] = w.evidence.source
    for status in Status:
        count = float(sum(reading.status is status for reading in found))
        w.add_leaf(Leaf("gates", f"gates_{status}", count, count, "gates", (source,)))
    money = w.venture.currency
    units = {"gate": "", "label": "", "status": "", "value": "", "low": "", "high": "", "target": "", "unit": "",
             "sentence": "", "evidence": "", "more": "pieces", "money": money, "owner": "", "reason": "", "source": ""}
    rows = [{
        "gate": reading.key, "label": label(f"gate_{reading.key}", w.language), "status": str(reading.status),
        "value": (reading.row.state or reading.row.value) if reading.row else None,
        "low": reading.row.low if reading.row else None, "high": reading.row.high if reading.row else None,
        "target": reading.target, "unit": reading.row.unit if reading.row else "", "sentence": reading.sentence,
        "evidence": reading.evidence, "more": reading.more, "money": reading.money, "owner": _owner(w, reading.key),
        "reason": w.venture.targets[reading.key].reason if reading.key in w.venture.targets else None,
        "source": reading.source or (str(reading.row.sources[0]["ref"]) if reading.row else None),
    } for reading in found]
    return found, table_of("gates", units, rows)


def _read(w: Workings, gate: StageGate) -> Reading:
    target = _target(w, gate)
    row = w.rows.get(gate.row)
    aim = _say(w, "aim", gate=label(f"gate_{gate.key}", w.language), figure=label(gate.row, w.language),
               operator=gate.operator, target=f"{target:g}")
    if row is None or row.state == State.UNDEFINED:
        more, money = _first_evidence(w, gate)
        said = _say(w, "no_figure", aim=aim, what=_missing(w, gate))
        return Reading(gate.key, Status.NOT_YET_PROVEN, row, target, said, gate.evidence, more, money)
    at_least = gate.operator == ">="
    if row.value is None:  # never, infinite, cash-generating
        good = (row.state == State.INFINITE) == at_least and row.state != State.NEVER
        said = _say(w, "is_state", aim=aim, state=_say(w, f"state_{row.state}"))
        return Reading(gate.key, Status.MET if good else Status.MISSED, row, target, said)
    if row.low == row.high:  # no interval, or one of no width
        return _judge_point(w, gate, row, target, aim)
    # an end without a number is unbounded on that side
    low, high = (-math.inf if row.low is None else row.low), (math.inf if row.high is None else row.high)
    worst, best = (low, high) if at_least else (high, low)
    stated = {"aim": aim, "value": f"{row.value:.4g}", "low": _end(w, row.low), "high": _end(w, row.high)}
    if _holds(worst, target, at_least):
        guessed = sum(source["kind"] in GUESSED for source in row.sources)
        said = _say(w, "range_of_guesses" if guessed else "range", **stated, count=guessed)
        return Reading(gate.key, Status.MET, row, target, said)
    if not _holds(best, target, at_least):
        return Reading(gate.key, Status.MISSED, row, target, _say(w, "range", **stated))
    more, money, words = _what_settles(w, gate, row, target)
    said = _say(w, "open", **stated, what=words)
    return Reading(gate.key, Status.NOT_YET_PROVEN, row, target, said, gate.evidence, more, money)


def _judge_point(w: Workings, gate: StageGate, row: Row, target: float, aim: str) -> Reading:
    """A number without an interval: it counts where it was measured, and a guess proves nothing."""
    assert row.value is not None
    shown, open_as = f"{row.value:.4g}", Status.NOT_YET_PROVEN
    if gate.key == "field_evidence":
        level, wanted = (_say(w, f"level_{min(int(x), 4)}") for x in (row.value, target))
        if row.value >= target:
            return Reading(gate.key, Status.MET, row, target, _say(w, "field", aim=aim, level=level))
        said = _say(w, "not_field", aim=aim, level=level, wanted=wanted)
        return Reading(gate.key, open_as, row, target, said, "rows")
    guessed = [source for source in row.sources if source["kind"] not in MEASURED]
    if guessed and gate.key != "alive":  # a probability comes from the worlds, which hold its guesses
        said = _say(w, "on_a_guess", aim=aim, value=shown, kind=_say(w, f"kind_{guessed[0]['kind']}"),
                    ref=guessed[0]["ref"])
        return Reading(gate.key, open_as, row, target, said, "input")
    if gate.key == "alive" and 1 - target < row.value < target:
        said = _say(w, "unproven", aim=aim, value=shown, what=_largest(w, "net_burn_per_month"))
        return Reading(gate.key, open_as, row, target, said, "input")
    status = Status.MET if _holds(row.value, target, gate.operator == ">=") else Status.MISSED
    return Reading(gate.key, status, row, target, _say(w, "point", aim=aim, value=shown))


def _what_settles(w: Workings, gate: StageGate, row: Row, target: float) -> tuple[int | None, float | None, str]:
    """How many more pieces of evidence, about what money, and the words for it."""
    assert row.value is not None
    gap, n = abs(row.value - target), _pieces(w, gate)
    if n is None:
        return None, None, _largest(w, gate.row)
    if gap < 1e-9:
        return None, None, _say(w, "on_target")
    if gate.evidence == "rows":  # an interval narrows with the square root of its rows
        low, high = (row.value if end is None else end for end in (row.low, row.high))
        needed = math.ceil(n * (max(row.value - low, high - row.value) / gap) ** 2)
    else:
        needed = rows_to_settle(row.value, target) or math.ceil(n)
    more = max(1, needed - int(n))
    price = _price(w, gate.evidence)
    money = None if price is None else more * w.venture.point(price)
    cost = _say(w, "cost_unknown") if money is None else _say(
        w, "cost_about", money=f"{money:,.0f}", currency=w.venture.currency)
    evidence = _say(w, f"evidence_{gate.evidence}")
    return more, money, _say(w, "more", count=f"{more:,}", evidence=evidence, cost=cost)


def _first_evidence(w: Workings, gate: StageGate) -> tuple[int | None, float | None]:
    """The least evidence with which an all-good answer would part from the target, where none is there yet."""
    if gate.evidence not in ("interviews", "pilots") or not 0 < gate.target < 1:
        return None, None
    needed = rows_to_settle(1.0, _target(w, gate))
    price = _price(w, gate.evidence)
    return needed, None if price is None or needed is None else needed * w.venture.point(price)


def _pieces(w: Workings, gate: StageGate) -> float | None:
    """How many pieces of evidence stand behind a gate; None where they are not counted."""
    demand = w.venture.demand
    if gate.evidence == "rows":
        rows = w.values["effective_rows"]
        return None if isinstance(rows, State) else rows
    if gate.evidence == "interviews" and demand:
        return hurting(demand)[1]
    if gate.evidence == "pilots" and demand:
        return converted(demand)[1]
    if gate.evidence == "answers" and w.venture.fit:
        return w.venture.fit.valid_answers.point
    return None


def _price(w: Workings, evidence: str) -> Money | None:
    costs = w.venture.evidence_costs
    prices = {"rows": costs.per_test_row, "interviews": costs.per_interview, "pilots": costs.per_pilot}
    return prices.get(evidence)


def _largest(w: Workings, key: str) -> str:
    found = contributions(w, key)
    if not found:
        return _say(w, "nothing_measured")
    top = found[0]
    return _say(w, "largest", share=f"{top.share:.0%}", input=label(top.keys[0], w.language),
                kind=_say(w, f"kind_{top.kind}"))


def _missing(w: Workings, gate: StageGate) -> str:
    where = "actuals" if gate.key in ("concentration", "collection") else gate.evidence
    return _say(w, f"missing_{where}")


def _rights(w: Workings) -> list[Reading]:
    use = str((w.evidence.summary.get("licence") or {}).get("commercial_use") or "unknown")
    status = {"yes": Status.MET, "no": Status.MISSED}.get(use, Status.NOT_YET_PROVEN)
    said = _say(w, f"rights_{use}", gate=label("gate_rights", w.language))
    return [Reading("rights", status, None, None, said, source=w.evidence.source["ref"])]


def _base(w: Workings) -> list[Reading]:
    """Only where a path asks for a filed base: a base that is not on the dated list misses the gate."""
    found = base_status(w.venture.permissions) if w.venture.permissions else None
    if found is None:
        return []
    said = _say(w, found.reason, gate=label("gate_base_filed", w.language), **found.parts)
    status = Status.MET if found.is_filed else Status.MISSED
    return [Reading("base_filed", status, None, None, said, source=found.source["ref"])]


def _open_market(w: Workings) -> list[Reading]:
    if w.venture.permissions is None:
        return []
    barred = [rule for rule in rules_for(w.venture.permissions) if rule.kind == "barred"]
    gate = label("gate_open_market", w.language)
    if barred:
        said = _say(w, "market_barred", gate=gate, rule=barred[0].id, source=barred[0].source)
        return [Reading("open_market", Status.MISSED, None, None, said, source=barred[0].source)]
    return [Reading("open_market", Status.MET, None, None, _say(w, "market_open", gate=gate))]


def _target(w: Workings, gate: StageGate) -> float:
    if gate.key in w.venture.targets:
        return w.venture.targets[gate.key].value
    return w.venture.capital.target_margin.point if gate.key == "margin" else gate.target


def _check_targets(w: Workings) -> None:
    known = [gate.key for gate in GATES]
    for key in w.venture.targets:
        if key not in known:
            raise VentureError(f"targets.{key} is no gate: use one of {', '.join(known)}")


def _owner(w: Workings, key: str) -> str | None:
    target: Any = w.venture.targets.get(key)
    return target.owner if target else w.venture.owners.get("targets")


def _holds(value: float, target: float, at_least: bool) -> bool:
    return value >= target if at_least else value <= target


def _end(w: Workings, end: float | None) -> str:
    return _say(w, "no_bound") if end is None else f"{end:.4g}"


def _say(w: Workings, key: str, **parts: object) -> str:
    return sentence(key, w.language, **parts)
