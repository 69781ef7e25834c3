"""The worksheet of actuals: cash month by month, the bridge from plan to actual, and which old ranges held."""

from __future__ import annotations

from kit.strategy.actuals import cash_months, collection, tax_owed
from kit.strategy.leaves import Leaf, source_of
from kit.strategy.plan_bridge import CAUSES, plan_to_actual
from kit.strategy.scoring import PROMISED, calibration, scores
from kit.strategy.states import State, Value
from kit.strategy.workings import Sources, Table, Workings, table_of

REMAINDER = "operating_cash - planned_operating_cash - " + " - ".join(f"bridge_{cause}" for cause in CAUSES)


def add_actuals(w: Workings) -> list[Table]:
    """Rows and tables of the books; nothing without them."""
    books = w.venture.actuals
    if books is None:
        return []
    past = cash_months(w.venture)
    source: dict[str, str | None] = {"kind": "invoice", "ref": f"books of {past[0].month} to {past[-1].month}",
                                     "date": past[-1].month}
    owed = collection(w.venture)
    unit = w.venture.currency
    for key, value, kind in (
        ("months_of_actuals", float(len(past)), "months"), ("operating_cash", sum(x.operating for x in past), unit),
        ("cash_by_the_books", past[-1].cash, unit), ("receivables_open", owed.open, unit),
        ("receivables_overdue", owed.overdue, unit), ("tax_owed", tax_owed(w.venture), unit),
        ("collection_days_actual", owed.days, "days"),
        ("largest_account_share", owed.largest_account_share, "fraction"), ("account_hhi", owed.account_hhi, "ratio"),
    ):
        w.add_leaf(_leaf(key, value, kind, (source,)))
    bank: Value = State.UNDEFINED if past[-1].bank is None else past[-1].bank
    w.add_leaf(_leaf("cash_at_the_bank", bank, unit, (source,)))
    w.add_formula("actuals", "unexplained_cash", "cash_at_the_bank - cash_by_the_books", unit)
    units = {"month": "", **dict.fromkeys(("receipts", "costs", "tax_paid", "capital", "cash", "bank"), unit)}
    months = table_of("cash_months", units, [{name: getattr(month, name) for name in units} for month in past])
    opening = table_of("opening_cash", {"amount": unit, "date": "", "source": ""}, [
        {"amount": w.venture.point(books.opening_cash), "date": str(books.opening_cash.date),
         "source": source_of(books.opening_cash)["ref"]}])
    return [months, opening, *_bridge(w, source), *_ranges(w)]


def _bridge(w: Workings, source: dict[str, str | None]) -> list[Table]:
    found = plan_to_actual(w.venture)
    if found is None or w.venture.actuals is None or w.venture.actuals.plan is None:
        return []
    made = {"kind": "guess", "ref": "the plan kept", "date": w.venture.actuals.plan.made.isoformat()}
    unit = w.venture.currency
    w.add_leaf(_leaf("planned_operating_cash", found.planned, unit, (made,)))
    for cause in CAUSES:
        w.add_leaf(_leaf(f"bridge_{cause}", found.steps[cause], unit, (source, made)))
    w.add_formula("actuals", "plan_gap", "operating_cash - planned_operating_cash", unit)
    w.add_formula("actuals", "bridge_remainder", REMAINDER, unit)
    rows = [{"cause": "planned", "amount": found.planned, "running": found.planned}]
    running = found.planned
    for cause in CAUSES:
        running += found.steps[cause]
        rows.append({"cause": cause, "amount": found.steps[cause], "running": running})
    rows.append({"cause": "actual", "amount": found.actual, "running": found.actual})
    return [table_of("plan_bridge", {"cause": "", "amount": unit, "running": unit}, rows)]


def _ranges(w: Workings) -> list[Table]:
    found = scores(w.venture)
    if not found:
        return []
    held = calibration(found, w.level)
    dates = {"kind": "invoice", "ref": f"{len(found)} numbers observed", "date": max(score.date for score in found)}
    w.add_leaf(_leaf("ranges_scored", float(held.n), "ranges", (dates,)))
    w.add_leaf(_leaf("ranges_hit", float(held.hits), "ranges", (dates,)))
    w.add_leaf(Leaf("actuals", "ranges_hit_share", held.share, _number(held.share), "fraction", (dates,),
                    (held.low, held.high)))
    promise: dict[str, str | None] = {"kind": "benchmark", "ref": "what a 90 % range claims", "date": None}
    w.add_leaf(_leaf("ranges_promised", PROMISED, "fraction", (promise,)))
    units = {"place": "", "low": "", "high": "", "value": "", "result": "", "date": "", "source": ""}
    words = {True: "hit", False: "miss", None: "no range"}
    return [table_of("ranges", units, [
        {"place": s.place, "low": s.low, "high": s.high, "value": s.value, "result": words[s.hit], "date": s.date,
         "source": s.ref} for s in found])]


def _leaf(key: str, value: Value, unit: str, sources: Sources) -> Leaf:
    return Leaf("actuals", key, value, _number(value), unit, sources)


def _number(value: Value) -> float:
    return float("nan") if isinstance(value, State) else float(value)
