"""Review: moves that sum to the difference. Trace: every figure of a worksheet down to who said each number."""

import copy

import pytest
from test_worksheet import BAD, GOOD
from whole_venture import ACTUALS, line, whole

from kit.errors import VentureError
from kit.strategy.next_tests import next_tests
from kit.strategy.review import CAUSES, Standing, changes, review
from kit.strategy.trace import Measured, trace
from kit.strategy.venture import venture_of
from kit.strategy.workings import work
from kit.strategy.worksheet import Runs, by_key, worksheets

BEFORE = whole()
AFTER = whole(pricing__price__value=0.3, stage="paying", costs__support_per_account={
    "value": 90, "currency": "USD", "date": "2026-11-01", "source": {"kind": "invoice", "ref": "October"}})
AFTER["serving"]["fixed_cost_per_month"] = {
    "value": 250, "currency": "USD", "date": "2026-11-01", "source": {"kind": "price", "ref": "the provider"}}
AFTER["actuals"] = {**ACTUALS, "lines": [*ACTUALS["lines"], line("2026-10", "cost", 500, "fees")]}
ROWS = worksheets(venture_of(whole(permissions__users="public")), Runs(GOOD))[0]
RUN = Measured("good", "accuracy", "runs/good/predictions.parquet", {"test": 500, "validation": 500}, "a" * 64)


@pytest.fixture(scope="module")
def found():
    return review(Standing(venture_of(BEFORE), Runs(BAD)), Standing(venture_of(AFTER), Runs(GOOD)))


def test_moves_sum_to_the_difference_of_the_two_worksheets(found):
    sheets = [by_key(worksheets(venture_of(raw), Runs(run))[0]) for raw, run in ((BEFORE, BAD), (AFTER, GOOD))]
    assert (found.before, found.after) == tuple(rows["contribution_per_month"].value for rows in sheets)
    assert sum(move.change for move in found.moves) == pytest.approx(found.after - found.before, abs=1e-9)
    assert sum(found.by_cause().values()) == pytest.approx(found.after - found.before, abs=1e-9)
    assert {move.cause for move in found.moves} == set(CAUSES)


def test_each_move_says_what_why_and_who_decides(found):
    moves = {move.places[-1]: move for move in found.moves}
    assert moves["runs.live"].cause == "run" and moves["runs.live"].change > 0
    assert (moves["runs.live"].before, moves["runs.live"].after) == ("weak", "good")
    price = moves["pricing.price"]
    assert (price.cause, price.before, price.after, price.owner) == ("assumption", "0.25 USD", "0.3 USD", "Li")
    assert moves["serving.fixed_cost_per_month"].cause == "price"
    # 50 dollars less a month at 7.1 yuan
    assert moves["serving.fixed_cost_per_month"].change == pytest.approx(355)
    support = moves["costs.support_per_account"]
    assert support.cause == "actual" and support.why.startswith("invoice, October") and support.owner is None
    assert moves["actuals.lines"].cause == "actual" and moves["actuals.lines"].change == 0
    assert any(gate == "Gross margin" and was == "new" for gate, was, _ in found.gates)


def test_two_equal_versions_have_not_moved():
    same = Standing(venture_of(BEFORE), Runs(GOOD))
    nothing = review(same, same)
    assert nothing.moves == () and nothing.before == nothing.after and nothing.gates == ()
    assert all(change == 0 for change in nothing.by_cause().values())


def test_changes_that_only_hold_together_are_one_move():
    """A hand-off has one payer: payer and cost can only change at once."""
    raw = copy.deepcopy(BEFORE)
    raw["costs"]["handoff_payer"] = "us"
    raw["costs"]["handoff_overhead"]["value"] = 0
    raw["costs"]["our_cost_per_handoff"]["value"] = 0.4
    both = review(Standing(venture_of(BEFORE), Runs(GOOD)), Standing(venture_of(raw), Runs(GOOD)))
    assert sum(move.change for move in both.moves) == pytest.approx(both.after - both.before, abs=1e-9)
    assert sorted(place for move in both.moves for place in move.places) == [
        "costs.handoff_overhead", "costs.handoff_payer", "costs.our_cost_per_handoff"]


def test_versions_in_two_currencies_are_refused_and_an_undefined_figure_stays_undefined():
    dollars = whole(currency="USD", exchange_rates={"CNY": {**BEFORE["exchange_rates"]["USD"], "value": 0.14}})
    with pytest.raises(VentureError, match="currency went from CNY to USD"):
        review(Standing(venture_of(BEFORE)), Standing(venture_of(dollars)))


def test_changes_lists_places_with_both_values():
    assert list(changes({"a": 1, "b": {"c": 2, "d": {"value": 1, "source": {}}}, "e": 5},
                        {"a": 1, "b": {"c": 3, "d": {"value": 2, "source": {}}}})) == [
        (("b", "c"), 2, 3), (("b", "d"), {"value": 1, "source": {}}, {"value": 2, "source": {}}), (("e",), 5, None)]


def test_next_tests_are_worth_something_only_where_an_answer_would_change_the_decision():
    # at a price near the break-even of selling, what is guessed decides
    near = venture_of(whole(pricing__price__value=0.08))
    best = next_tests(work(near, Runs(GOOD)), GOOD)
    assert len(best) == 3 and best[0].value > 0 and best == sorted(best, key=lambda test: -test.net)
    sure = next_tests(work(venture_of(BEFORE), Runs(GOOD)), most=9)
    assert sure and all(test.value < 0.001 * best[0].value for test in sure)
    priced = {test.key: test for test in next_tests(work(near, Runs(GOOD)), GOOD, most=9)}
    assert priced["error_rate"].cost == 1_500 and priced["new_accounts_per_month"].cost == 90_000
    free = next_tests(work(venture_of(whole(evidence_costs={})), Runs(GOOD)), GOOD)
    assert all(test.cost is None for test in free)


@pytest.mark.parametrize("key", [row.key for row in ROWS])
def test_every_figure_can_be_traced_to_sourced_leaves(key):
    steps = trace(ROWS, key, [RUN])
    assert steps[0].row.key == key and steps[0].depth == 0
    for step, after in zip(steps, [*steps[1:], None]):
        if step.row.inputs and not step.seen:
            assert after is not None and after.depth == step.depth + 1
        if not step.row.inputs:
            assert step.row.formula is None and all(source["kind"] and source["ref"] is not None
                                                    for source in step.row.sources) and step.row.sources
    told = {step.row.key for step in steps}
    for step in steps:
        assert set(step.row.inputs) <= told


def test_a_trace_ends_in_the_rows_of_the_run_and_in_places_of_the_venture():
    steps = {step.row.key: step for step in trace(ROWS, "gross_margin", [RUN])}
    assert steps["right_share"].measured == (RUN,) and steps["right_share"].place is None
    assert steps["price"].place == "pricing.price" and steps["price"].measured == ()
    assert steps["gross_margin"].row.formula == "margin_per_account / revenue_per_account"
    assert steps["replica_cost_per_month"].row.sources[0]["kind"] == "run"
    lowest = trace(ROWS, "lowest_cash")
    assert {"months_to_launch", "cash", "churn_per_month"} <= {step.row.key for step in lowest}
    assert len(lowest) < 200  # a figure is opened once


def test_an_unknown_figure_is_named_with_the_nearest():
    with pytest.raises(VentureError, match=r"'gros_margin' is no figure.*did you mean gross_margin"):
        trace(ROWS, "gros_margin")


def test_places_of_leaves_exist_in_the_venture():
    venture = venture_of(whole(permissions__users="public"))
    for row in ROWS:
        steps = trace(ROWS, row.key)
        if steps[0].place:
            node = venture
            for part in steps[0].place.split("."):
                node = node[part] if isinstance(node, dict) else getattr(node, part)
            assert node is not None, row.key
