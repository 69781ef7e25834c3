"""What the worksheets hold beside formula rows: probabilities, the projection, options, the round, risks, tripwires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from kit.records import Estimate
from kit.stats import wilson
from kit.strategy.actuals import after_actuals, shifted
from kit.strategy.actuals_rows import add_actuals
from kit.strategy.ahead import DRAWN, LAUNCH, projection_at_points, projections
from kit.strategy.assumptions import Money, assumptions_in
from kit.strategy.build_or_buy import SelfHost
from kit.strategy.capital import POOL, PricedRound, close_round
from kit.strategy.demand import add_demand
from kit.strategy.draws import Range, mean_of
from kit.strategy.fit import ellis_score
from kit.strategy.gates import Status
from kit.strategy.guesses import by_kind, contributions, expired_share, leaves_under, share_on_guesses
from kit.strategy.labels import label
from kit.strategy.leaves import Leaf, source_of
from kit.strategy.measured import Runs, deal_of, host_of
from kit.strategy.permission_rows import add_permissions
from kit.strategy.permissions import base_status
from kit.strategy.projection import Projection
from kit.strategy.ranges import Distribution, lognormal
from kit.strategy.risk import Risk, probability_any, rank_risks, total_loss
from kit.strategy.selection import Option, Requirements, rank
from kit.strategy.specifics import add_specifics
from kit.strategy.stage_gates import add_gates
from kit.strategy.standing import add_standing
from kit.strategy.states import State, Value
from kit.strategy.tripwires import Tripwire, check
from kit.strategy.venture import Venture
from kit.strategy.workings import Sources, Table, Workings, table_of, unique

OUTCOME = "margin_per_account"  # whose uncertainty is taken apart by source
_EMPTY_REGISTER = {"kind": "guess", "ref": "the risk register is empty", "date": None}


def add_tables(workings: Workings, runs: Runs, prices: Mapping[str, float]) -> list[Table]:
    """Add the remaining rows to the workings and return the tables."""
    for leaf in (*_probabilities(workings), *_fit(workings.venture)):
        workings.add_leaf(leaf)
    met = [*add_demand(workings), *add_permissions(workings), *add_actuals(workings)]
    worked_out = [
        _errors(workings), _options(workings, runs), _round(workings.venture), *_risks(workings),
        _tripwires(workings, prices), _projection(workings, runs),
    ]
    uncertain = _uncertainty(workings)
    gates, gate_table = add_gates(workings)
    passed = sum(reading.status is Status.MET for reading in gates)
    special = add_specifics(workings, runs, passed)
    return [gate_table, *met, *worked_out, uncertain, *special, *add_standing(workings, runs)]


def _probabilities(w: Workings) -> Iterator[Leaf]:
    """Shares of the worlds in which something holds; they follow from the draws of rows, not from a formula."""
    ours, theirs = w.spread("contribution_per_request"), w.spread("customer_value_per_request")
    target = w.venture.capital.target_margin
    both = ("contribution_per_request", "customer_value_per_request")
    for key, needs, worlds, inputs in (
        ("p_saving_positive", "saving_per_request", w.spread("saving_per_request") > 0, ("saving_per_request",)),
        ("p_deal", "saving_per_request", (ours > 0) & (theirs > 0), both),
        ("p_margin_above_target", "gross_margin", w.spread("gross_margin") > target.point, ("gross_margin",)),
    ):
        value: Value = State.UNDEFINED if isinstance(w.values[needs], State) else float(worlds.mean())
        section = "unit_economics" if needs == "gross_margin" else "request"
        yield Leaf(section, key, value, float(worlds.mean()), "probability", w.rows[needs].sources, inputs=inputs)


def _fit(venture: Venture) -> Iterator[Leaf]:
    if venture.fit is None:
        return
    very, answers = venture.fit.very_disappointed, venture.fit.valid_answers
    score = ellis_score(int(very.point), valid_answers=int(answers.point))
    sources = unique((source_of(very), source_of(answers)))
    yield Leaf("market", "ellis_score", score.score, float("nan"), "fraction", sources, (score.low, score.high))


def _errors(w: Workings) -> Table:
    units = {"error_class": "", "payer": "", "count": "rows", "share_of_requests": "fraction",
             "cost_per_year": w.venture.currency, "low": w.venture.currency, "high": w.venture.currency}
    rows = [{"error_class": e.kind, "payer": str(e.payer), "count": e.count, "share_of_requests": e.share_of_requests,
             "cost_per_year": e.usd_per_year.value, "low": e.usd_per_year.low, "high": e.usd_per_year.high}
            for e in w.evidence.errors]
    return table_of("errors_by_class", units, rows)


def _options(w: Workings, runs: Runs) -> Table:
    """Cost per request, model and expected errors together, of everything that could do the work alone."""
    low, high = (float(np.quantile(w.spread("api_error_rate"), q)) for q in (0.025, 0.975))
    api = Estimate(float(w.values["api_error_rate"]), low, high, n=0)
    base = base_status(w.venture.permissions) if w.venture.permissions else None
    options = [Option(w.venture.api.name, float(w.values["api_cost_per_request"]), api, "yes")]
    for run in runs.all:
        test = run.rows.part("test")
        n, wrong = len(test), float((~test.correct).sum())
        low, high = wilson(wrong / test.design_effect(), n / test.design_effect()) if n else (0.0, 1.0)
        cost = mean_of(deal_of(w.venture, run).model_usd_per_request)
        use: Any = (run.summary.get("licence") or {}).get("commercial_use") or "unclear"
        options.append(Option(run.name, cost, Estimate(wrong / n, low, high, n) if n else None, use,
                              base_filed=base.is_filed if base else None))
    per_error = float(w.values["loss_per_error"])  # all of it in the venture's currency, which ranks as dollars do
    ranked = rank(options, Requirements(filed_base=base is not None), usd_per_error=per_error)
    money = w.venture.currency
    units = {"option": "", "cost_per_request": money, "low": money, "high": money, "rank": "", "verdict": "", "why": ""}
    return table_of("options", units, [
        {"option": r.name, "cost_per_request": r.usd_per_request, "low": r.low, "high": r.high, "rank": r.rank,
         "verdict": str(r.verdict), "why": "; ".join(r.reasons)} for r in ranked
    ])


def _round(venture: Venture) -> Table:
    capital = venture.capital
    units = {"holder": "", "before": "fraction", "after": "fraction"}
    raised = venture.point(capital.raised)
    if raised == 0 or venture.point(capital.pre_money) == 0:
        return table_of("round", units, [{"holder": "founders", "before": 1.0, "after": 1.0}])
    terms = PricedRound("round", "investors", venture.point(capital.pre_money), raised, capital.pool_share.point)
    after = close_round({"founders": 1.0}, terms).ownership
    holders = [name for name in ("founders", POOL, "investors") if name in after]
    return table_of("round", units, [
        {"holder": name, "before": float(name == "founders"), "after": after[name]} for name in holders
    ])


def _risks(w: Workings) -> list[Table]:
    venture = w.venture
    register = [
        Risk(r.event, r.cause, r.probability.distribution(), _drawn_loss(venture, r.loss), r.owner, r.indicator,
             r.treatment, venture.point(r.treatment_cost), "", r.residual_probability.distribution())
        for r in venture.risks
    ]
    sources = unique(source_of(x) for r in venture.risks for x in (r.probability, r.loss)) or (_EMPTY_REGISTER,)
    # an empty register is not a venture without risk
    expected: Value = sum(risk.expected_loss for risk in register) if register else State.UNDEFINED
    chance: Value = probability_any([r.probability.point for r in venture.risks]) if register else State.UNDEFINED
    losses = total_loss(register, seed=w.seed).draws
    w.add_leaf(Leaf("risk", "expected_loss", expected, losses, venture.currency, sources))
    w.add_leaf(Leaf("risk", "p_any_risk", chance, float("nan"), "probability", sources))
    units = {"event": "", "owner": "", "expected_loss": venture.currency, "p95": venture.currency, "leverage": "ratio",
             "indicator": "", "treatment": ""}
    rows = [{"event": r.risk.event, "owner": r.risk.owner, "expected_loss": r.expected_loss, "p95": r.p95,
             "leverage": r.leverage, "indicator": r.risk.indicator, "treatment": r.risk.treatment}
            for r in rank_risks(register, seed=w.seed)]
    return [table_of("risks", units, rows)]


def _drawn_loss(venture: Venture, loss: Money) -> Distribution | float:
    amount = venture.amount(loss)
    if not isinstance(amount, Range) or amount.low == amount.high:
        return mean_of(amount)
    return lognormal(amount.low, amount.high)


def _tripwires(w: Workings, prices: Mapping[str, float]) -> Table:
    wires = [Tripwire(**row.model_dump()) for row in w.venture.tripwires]
    looks = check(wires, {"run": w.evidence.summary, "prices": prices})
    w.add_leaf(Leaf("risk", "tripwires_tripped", float(sum(look.state == "tripped" for look in looks)),
                    float("nan"), "tripwires", (w.evidence.source,)))
    units = {"tripwire": "", "state": "", "reading": "", "sentence": ""}
    return table_of("tripwires", units, [
        {"tripwire": t.name, "state": str(t.state), "reading": t.reading, "sentence": t.sentence} for t in looks
    ])


def _projection(w: Workings, runs: Runs) -> Table:
    host = host_of(w.venture, runs.live)
    base = projection_at_points(w.venture, host, w.values)
    worlds = projections(w.venture, host, w.spread) if base else []
    sources = unique(s for key in ("revenue_per_account", "net_burn_per_month") for s in w.rows[key].sources)
    inputs = _present(w, (*DRAWN, *LAUNCH))
    turning = {"lowest_cash": w.venture.currency, "cash_out_month": "month", "cash_positive_month": "month"}
    for key, unit in turning.items():
        value: Value = State.UNDEFINED if base is None else _turning_point(base, key)
        drawn = np.array([_as_number(_turning_point(world, key)) for world in worlds] or [np.nan])
        w.add_leaf(Leaf("capital", key, value, drawn, unit, sources, inputs=inputs))
    if w.venture.permissions is not None:
        _without_permissions(w, host, sources)
    alive: Value = State.UNDEFINED if base is None else float(base.cash_out_month is State.NEVER)
    survives = float(np.mean([x.cash_out_month is State.NEVER for x in worlds])) if worlds else float("nan")
    w.add_leaf(Leaf("capital", "default_alive", alive, alive if base else float("nan"), "1 = yes, 0 = no", sources,
                    inputs=inputs))
    chance: Value = State.UNDEFINED if base is None else survives
    w.add_leaf(Leaf("capital", "p_default_alive", chance, survives, "probability", sources, inputs=inputs))
    units = {"month": "month", **{f.name: w.venture.currency for f in fields(Projection)}, "gross_margin": "fraction"}
    units |= {"new_accounts": "accounts", "accounts": "accounts", "calendar": ""}
    so_far = after_actuals(w.venture, 1)
    rows = [{**row, "calendar": shifted(so_far.next_month, month) if so_far else None}
            for month, row in enumerate(base.rows() if base else [])]
    return table_of("projection", units, rows)


def _uncertainty(w: Workings) -> Table:
    """Whose guesses the profit of an account rests on."""
    found = contributions(w, OUTCOME)
    sources = unique(s for key in sorted(leaves_under(w, OUTCOME)) for s in w.rows[key].sources)
    inputs = tuple(sorted(leaves_under(w, OUTCOME)))
    share = share_on_guesses(found)
    drawn = float("nan") if isinstance(share, State) else share
    w.add_leaf(Leaf("risk", "variance_on_guesses", share, drawn, "fraction", sources, inputs=inputs))
    dated = [assumption for _, assumption in assumptions_in(w.venture)]
    expired = expired_share(dated)
    newest = max((a.date.isoformat() for a in dated if a.date is not None), default=None)
    counted: dict[str, str | None] = {"kind": "invoice", "ref": f"{len(dated)} assumptions of the venture",
                                      "date": newest}
    w.add_leaf(Leaf("risk", "expired_assumptions", expired, float("nan"), "fraction", (counted,)))
    kinds = [{"input": "", "kind": kind, "share": part} for kind, part in by_kind(found).items()]
    rows = [{"input": label(part.keys[0], w.language), "kind": part.kind, "share": part.share} for part in found]
    return table_of("uncertainty", {"input": "", "kind": "", "share": "fraction"}, kinds + rows)


def _without_permissions(w: Workings, host: SelfHost, sources: Sources) -> None:
    """What the wait for permissions takes from the lowest cash."""
    free = w.venture.model_copy(update={"permissions": None})
    values = {key: value for key, value in w.values.items() if key not in LAUNCH}
    base = projection_at_points(free, host, values)
    lowest: Value = State.UNDEFINED if base is None else base.lowest_cash
    # the same worlds as those of lowest_cash, so that their difference is the wait alone
    drawn = np.array([world.lowest_cash for world in projections(free, host, w.spread)] if base else [np.nan])
    w.add_leaf(Leaf("permissions", "lowest_cash_without_permissions", lowest, drawn, w.venture.currency, sources,
                    inputs=_present(w, DRAWN)))
    w.add_formula("permissions", "cash_trough_change", "lowest_cash - lowest_cash_without_permissions",
                  w.venture.currency)


def _present(w: Workings, keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key in w.rows)


def _turning_point(projection: Projection, key: str) -> Value:
    found = {"lowest_cash": projection.lowest_cash, "cash_out_month": projection.cash_out_month,
             "cash_positive_month": projection.break_even_month}[key]
    return found if isinstance(found, State) else float(found)


def _as_number(value: Value) -> float:
    return float("inf") if isinstance(value, State) else value
