"""The worksheets: rows agree with the pure functions, carry intervals and sources, and never hold a bad number."""

import json
import math
from functools import lru_cache

import numpy as np
import pytest
from synthetic_runs import ACCURATE, WEAK, rows_of
from test_venture import RAW, changed
from whole_venture import whole

from kit.strategy import economics
from kit.strategy.build_or_buy import break_even, month_api_undercuts
from kit.strategy.capital import PricedRound, close_round
from kit.strategy.expressions import evaluate
from kit.strategy.finance import runway_months
from kit.strategy.labels import catalogue
from kit.strategy.margin import error_mix, ledger
from kit.strategy.market import bottom_up
from kit.strategy.measured import MeasuredRun, deal_of, evidence_of, host_of, move_error_class
from kit.strategy.report import run_bridge
from kit.strategy.review import CAUSES
from kit.strategy.rows import Rows
from kit.strategy.stage_gates import GATES
from kit.strategy.states import State
from kit.strategy.value import Payer
from kit.strategy.venture import venture_of
from kit.strategy.worksheet import Runs, by_key, worksheets

KEYS = ("automation_rate", "error_rate", "threshold", "cost_per_request_usd", "saving_per_request_usd", "gross_margin",
        "payback_months", "ltv_cac", "runway_months")
EXAMPLE = {"source": {"kind": "example"}}
ZERO = {"value": 0, **EXAMPLE}


def run_of(quality=ACCURATE, name="good", *, n=500, seed=0, drop=(), summary=None, splits=("validation", "test")):
    table = [row for row in rows_of(*quality, n=n, seed=seed) if row["split"] in splits] if n else []
    names = [c for c in rows_of(*quality, n=1)[0] if c not in ("group", *drop)]
    columns = {c: np.array([row[c] for row in table], dtype=None if table else float) for c in names}
    if not n:
        columns = {"correct": np.array([], dtype=bool), "split": np.array([], dtype=str)}
    base = {"headline": {"metric": "accuracy", "value": quality[0], "low": max(0, quality[0] - 0.02),
                         "high": min(1, quality[0] + 0.02)},
            "serving": {"requests_per_s": 40.0, "p95_ms": 14.0},
            "cost": {"price_per_hour": 0.8048, "currency": "USD"}, "evidence": {"level": 2, "test_reads": 1}}
    return MeasuredRun(name, "2026-11-20T09:05:00+00:00", Rows.from_columns(columns), base | (summary or {}))


GOOD, BAD = run_of(), run_of(WEAK, "weak", seed=1)
VENTURE = venture_of(RAW)


def rows_by_key(venture=VENTURE, run=GOOD, **more):
    return by_key(worksheets(venture, Runs(run), **more)[0])


@lru_cache
def edge_case(edge):
    raw, run = EDGES[edge]
    return worksheets(venture_of(raw), Runs(run, rivals=(BAD,)), {"aws-l4": 1.2})


def state_or_value(row):
    return State(row.state) if row.state else row.value


EDGES = {
    "every document": (whole(), GOOD),
    "every document, no run": (whole(permissions__users="public", stage="scaling"), None),
    "a public service with a filing": (whole(permissions__users="public", stage="paying"), GOOD),
    "a barred market": (whole(permissions__users="public", permissions__is_news=True, stage="idea"), GOOD),
    "a filing without its cost": (whole(permissions__users="public", permissions__costs={}), GOOD),
    "documents with nothing in them": (whole(
        demand={"segments": [], "pains": []}, specifics={}, permissions__markets=["other"],
        actuals={"opening_cash": whole()["actuals"]["opening_cash"], "lines": whole()["actuals"]["lines"][-1:]}), GOOD),
    "no run": (RAW, None),
    "no held-out rows": (RAW, run_of(n=0)),
    "no validation rows": (RAW, run_of(splits=("test",))),
    "no test rows": (RAW, run_of(splits=("validation",))),
    "one row": (RAW, run_of(n=1)),
    "no confidences": (RAW, run_of(drop=("confidence",))),
    "no error classes": (RAW, run_of(drop=("error_class",))),
    "all right": (RAW, run_of((1.0, 9, 0.5), "all")),
    "all wrong": (RAW, run_of((0.0, 1, 9), "none")),
    "zero churn": (changed(customers__churn_per_month=ZERO, customers__extra_churn_per_error_rate=ZERO), GOOD),
    "negative margin": (changed(pricing__price__value=0.001), GOOD),
    "free": (changed(pricing__price__value=0), GOOD),
    "seats": (changed(pricing__metric="seat", pricing__price__value=60), GOOD),
    "usage": (changed(pricing__metric="usage"), GOOD),
    "pre-revenue": (changed(customers__accounts__value=0, customers__new_accounts_per_month=ZERO), GOOD),
    "no sales cost": (changed(costs__sales_and_marketing_per_month__value=0), GOOD),
    "cash generating": (changed(customers__accounts__value=500), GOOD),
    "free serving": (changed(serving__replica_cost_per_month__value=0, serving__fixed_cost_per_month__value=0),
                     run_of(summary={"serving": None})),
    "free errors": (changed(errors={"other": {"payer": "us", "cost": {**RAW["pricing"]["price"], "value": 0}}}), GOOD),
    "no round, no cash": (changed(capital__raised__value=0, capital__cash__value=0), GOOD),
    "no pre-money": (changed(capital__pre_money__value=0, capital__raised__value=0), GOOD),
    "no risks": (changed(risks=[], tripwires=[]), GOOD),
    "answers": (changed(fit={"very_disappointed": {"value": 12, **EXAMPLE}, "valid_answers": {"value": 30, **EXAMPLE}}),
                GOOD),
    "no answers": (changed(fit={"very_disappointed": ZERO, "valid_answers": ZERO}), GOOD),
    "we pay for hand-offs": (changed(costs__handoff_payer="us", costs__handoff_overhead__value=0,
                                     costs__our_cost_per_handoff__value=0.4), GOOD),
    "an API that gets dearer": (changed(api__price_factor_per_year={"value": 1.2, **EXAMPLE}), GOOD),
    "a normal that reaches below 0": (changed(customers__new_accounts_per_month={
        "low": 0, "high": 2, "shape": "normal", **EXAMPLE}), GOOD),
    "paid long after the plan ends": (changed(capital__collection_days__value=1e12), GOOD),
    "a free API": (changed(api__input_price_per_mtok__value=0, api__output_price_per_mtok__value=0), GOOD),
}


@pytest.mark.parametrize("edge", EDGES)
def test_no_row_of_any_edge_case_holds_a_bad_number(edge):
    rows, tables = edge_case(edge)
    for row in rows:
        assert (row.value is None) == (row.state is not None), row
        assert row.state is None or row.state in list(State), row
        numbers = [x for x in (row.low, row.value, row.high) if x is not None]
        assert all(math.isfinite(x) for x in numbers) and numbers == sorted(numbers), row
        assert row.sources and row.label and row.unit, row
    json.dumps([*(row.as_json() for row in rows), *(table.as_json() for table in tables)], allow_nan=False)
    values = {row.key: state_or_value(row) for row in rows}
    for row in rows:
        if row.formula:
            assert tuple(sorted(row.inputs)) == tuple(sorted(set(row.inputs)))
            found = evaluate(row.formula, {key: values[key] for key in row.inputs})
            assert found == values[row.key], row


def test_named_states_of_the_edge_cases():
    def found(edge):
        return {row.key: row.state for row in edge_case(edge)[0]}

    assert found("zero churn")["ltv"] == found("zero churn")["ltv_cac"] == "infinite"
    assert found("negative margin")["payback_months"] == "never" and found("negative margin")["ltv_cac"] == "undefined"
    assert found("free")["gross_margin"] == "undefined" and found("pre-revenue")["cac"] == "undefined"
    assert found("pre-revenue")["burn_multiple"] == "undefined"
    assert found("cash generating")["runway_months"] == "cash-generating"
    assert found("no held-out rows")["gross_margin"] == found("no held-out rows")["threshold"] == "undefined"
    assert found("a free API")["break_even_requests_per_month"] == "never"
    assert found("no run")["threshold"] == found("no risks")["expected_loss"] == "undefined"


def test_rows_agree_with_the_two_ledgers_in_value_and_interval():
    venture = venture_of(changed(customers__human_error_rate={"value": 0.05, **EXAMPLE}))
    deal = deal_of(venture, GOOD)
    known = evidence_of(venture, GOOD, deal)
    money = ledger(deal, known.result, error_mix(GOOD.rows.part("test"), known.threshold.value))
    rows = rows_by_key(venture)
    for key, quantity in {
        "revenue_per_request": money.revenue, "our_cost_per_request": money.our_cost,
        "margin_per_request": money.margin,
        "contribution_per_request": money.contribution, "customer_value_per_request": money.customer_value,
        "saving_per_request": money.surplus, "share_kept": money.share_kept, "automation_rate": money.automation_rate,
        "accuracy_when_automated": money.accuracy, "error_rate": money.error_rate,
    }.items():
        row = rows[key]
        assert (row.value, row.low, row.high) == pytest.approx((quantity.value, quantity.low, quantity.high)), key
    assert rows["p_deal"].value == pytest.approx(money.p_deal) and rows["is_deal"].value == float(money.is_deal)


@pytest.mark.parametrize("edge", EDGES)
def test_formulas_agree_with_the_pure_functions(edge):
    raw, run = EDGES[edge]
    venture = venture_of(raw)
    rows = {row.key: state_or_value(row) for row in edge_case(edge)[0]}
    margin, churn, cac = rows["margin_per_account"], rows["churn_per_month"], rows["cac"]
    if isinstance(margin, State):
        return
    assert rows["ltv"] == pytest.approx(economics.ltv_simple(margin, churn))
    assert rows["ltv_cac"] == economics.ltv_to_cac(rows["ltv"], cac)
    if not isinstance(cac, State):
        assert rows["payback_months"] == economics.payback_simple(cac, margin)
        assert rows["payback_with_churn_months"] == pytest.approx(economics.payback_with_churn(cac, margin, churn))
    assert rows["runway_months"] == pytest.approx(runway_months(rows["cash"], rows["net_burn_per_month"]))
    inference = rows["model_cost_per_request"]
    assert rows["inference_efficiency"] == economics.inference_efficiency(rows["revenue_per_request"], inference)
    size = bottom_up(rows["market_accounts"], revenue_per_account_per_year=12 * rows["revenue_per_account"],
                     serviceable_share=rows["serviceable_share"], obtainable_share=rows["obtainable_share"])
    assert (rows["tam"], rows["som"]) == pytest.approx((size.tam, size.som))
    pure = break_even(host_of(venture, run), rows["api_cost_per_request"])
    assert rows["break_even_requests_per_month"] == pytest.approx(pure.requests)
    undercut = month_api_undercuts(
        api_usd_per_month=rows["api_cost_per_month"], selfhost_usd_per_month=rows["model_cost_per_month"],
        factor_per_year=rows["api_price_factor_per_year"])
    assert rows["months_until_api_undercuts"] == pytest.approx(undercut)


def test_the_round_agrees_with_the_table_of_owners():
    rows, tables = worksheets(VENTURE)
    after = close_round({"founders": 1.0}, PricedRound("A", "investors", 6e6, 1.5e6, 0.1)).ownership
    table = next(table for table in tables if table.key == "round")
    assert {row["holder"]: row["after"] for row in table.rows} == pytest.approx(after)
    assert by_key(rows)["founders_after_round"].value == pytest.approx(after["founders"])


def test_two_runs_give_other_numbers_each_with_interval_and_its_name():
    good, bad = rows_by_key(run=GOOD), rows_by_key(run=BAD)
    for key in KEYS:
        for row, name in ((good[key], "good"), (bad[key], "weak")):
            assert row.low is not None and row.high is not None and row.low < row.value < row.high, row
            assert {"kind": "run", "ref": name, "date": "2026-11-20"} in row.sources
        assert good[key].value != bad[key].value, key
    assert good["saving_per_request_usd"].value > bad["saving_per_request_usd"].value
    assert good["payback_months"].value < bad["payback_months"].value


def test_more_rows_of_the_same_quality_narrow_the_interval():
    wide, narrow = (rows_by_key(run=run_of(n=n))["error_rate"] for n in (200, 2000))
    assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)


def test_without_a_run_the_numbers_say_that_they_are_assumed():
    rows = rows_by_key(run=None)
    assert {s["kind"] for s in rows["automation_rate"].sources} == {"example"}
    assert not any(s["kind"] == "run" for row in rows.values() for s in row.sources)
    assert rows["gross_margin"].low < rows["gross_margin"].value < rows["gross_margin"].high


def test_the_currency_of_the_venture_changes_no_dollar():
    rate = {"value": 6.8, "date": "2026-05-08", "source": {"kind": "price", "ref": "test"}}
    yuan = rows_by_key(venture_of(changed(currency="CNY", exchange_rates={"USD": rate})))
    dollars = rows_by_key()
    for key in ("cost_per_request_usd", "saving_per_request_usd", "gross_margin", "payback_months", "runway_months"):
        assert yuan[key].value == pytest.approx(dollars[key].value), key
        assert yuan[key].high == pytest.approx(dollars[key].high), key
    assert yuan["cost_per_request"].value == pytest.approx(6.8 * dollars["cost_per_request"].value)
    assert yuan["cost_per_request"].unit == "CNY"


def test_moving_an_error_class_between_purses_moves_money_and_changes_no_saving():
    ours, theirs = (rows_by_key(move_error_class(VENTURE, "misroute", payer)) for payer in Payer)
    assert ours["saving_per_request"].value == pytest.approx(theirs["saving_per_request"].value)
    moved = theirs["contribution_per_request"].value - ours["contribution_per_request"].value
    assert moved > 0.01
    assert ours["customer_value_per_request"].value - theirs["customer_value_per_request"].value == pytest.approx(moved)


def test_the_bridge_between_two_runs_sums_to_the_difference():
    steps = run_bridge(VENTURE, BAD, GOOD)
    for figure in steps.before:
        if figure not in ("margin", "customer_return"):
            total = sum(step.change[figure] for step in steps.steps)
            assert total == pytest.approx(steps.after[figure] - steps.before[figure]), figure
    assert steps.total("error_cost_usd") < 0 < steps.total("contribution_usd")


def test_an_idle_replica_is_paid_and_a_measured_throughput_is_named():
    rows = rows_by_key()
    at_capacity = 0.8048 / (3600 * 40)
    assert rows["model_cost_per_request"].value > 100 * at_capacity
    assert rows["requests_per_replica_month"].sources == ({"kind": "run", "ref": "good", "date": "2026-11-20"},)


def test_tripwires_read_the_run_and_the_prices():
    first, *others = RAW["tripwires"]
    strict = venture_of({**RAW, "tripwires": [{**first, "threshold": 0.9}, *others]})
    table = next(t for t in worksheets(strict, Runs(BAD), {"aws-l4": 1.2})[1] if t.key == "tripwires")
    assert {row["tripwire"]: row["state"] for row in table.rows} == {
        "model worse than planned": "tripped", "too slow": "quiet", "GPU dearer": "tripped"}


def test_the_projection_has_three_years_and_follows_the_run():
    lowest = [rows_by_key(run=run)["lowest_cash"].value for run in (GOOD, BAD)]
    table = next(t for t in worksheets(VENTURE, Runs(GOOD))[1] if t.key == "projection")
    assert len(table.rows) == 36 and lowest[0] > lowest[1]
    assert min(row["cash"] for row in table.rows) == pytest.approx(lowest[0])


def test_every_key_has_a_label_in_both_languages_and_none_is_left_over():
    rows, tables = worksheets(venture_of(whole()), Runs(GOOD), language="zh")
    used = {row.key for row in rows} | {row.section for row in rows} | {table.key for table in tables}
    used |= {row.key for row in worksheets(venture_of(RAW))[0]}  # without a measured rival, the claims
    used |= {f"gate_{key}" for key in (*(gate.key for gate in GATES), "rights", "base_filed", "open_market")}
    used |= {f"cause_{cause}" for cause in CAUSES} | {"by_cause", "moves", "next_tests"}
    assert used == set(catalogue()) and all(set(names) == {"en", "zh"} for names in catalogue().values())
    assert by_key(rows)["gross_margin"].label == "毛利率" and by_key(rows)["runway_months"].label == "资金跑道"


def test_the_same_seed_gives_the_same_rows():
    assert rows_by_key(seed=3) == rows_by_key(seed=3)
