"""Two purses per request, the interval they inherit from the evaluation, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.stats import probability_at_least
from kit.strategy.draws import Range, draw_amount, mean_of
from kit.strategy.margin import drawn_losses, error_mix, expected_losses, ledger
from kit.strategy.rows import Outcome, Rows, outcome
from kit.strategy.states import State
from kit.strategy.value import Deal, ErrorClass, Payer, PriceMetric, amounts_of, purses

REFUND, REWORK = ErrorClass("refund", Payer.US, 6.0), ErrorClass("rework", Payer.CUSTOMER, 20.0)
MIX = {"refund": 10, "rework": 30}
RESULT = Outcome(right=679, wrong=21, handed=300)


def a_deal(**changes):
    base = Deal(
        price_metric=PriceMetric.OUTCOME, price_usd=1.0, human_usd_per_request=4.0, requests_per_month=10_000,
        errors=(REFUND, REWORK), model_usd_per_request=0.01, handoff_overhead_usd=0.5,
    )
    return replace(base, **changes)


def point(deal, result=RESULT, mix=MIX):
    return purses(deal, amounts_of(deal), result.shares, expected_losses(deal, mix))


def test_one_purse_and_one_class_give_the_plain_saving_of_2_22():
    deal = a_deal(price_usd=0.0, errors=(REWORK,))
    assert point(deal, mix={"rework": 21}).surplus == pytest.approx(2.22, rel=1e-9)


def test_human_errors_stand_in_the_baseline_and_in_the_hand_off():
    deal = a_deal(price_usd=0.0, errors=(REWORK,), human_error_rate=0.02, usd_per_human_error=20.0)
    assert point(deal, mix={"rework": 21}).surplus == pytest.approx(2.50, rel=1e-9)


def test_both_ledgers_by_hand():
    # right .679, wrong .021, handed .3; of the errors 1/4 are refunds at 6 (ours), 3/4 rework at 20 (the customer's)
    result = point(a_deal(qa_share=0.1, qa_usd_per_check=0.25))
    assert result.revenue == pytest.approx(0.679)
    assert result.our_cost == pytest.approx(0.01 + 0.021 * 1.5 + 0.1 * 0.25)
    assert result.customer_value == pytest.approx(4 - 0.3 * 4.5 - 0.021 * 15 - 0.679)


@pytest.mark.parametrize(
    ("metric", "price", "revenue"),
    [(PriceMetric.OUTCOME, 1.0, 0.679), (PriceMetric.USAGE, 0.5, 0.5), (PriceMetric.SEAT, 30.0, 0.15)],
)
def test_revenue_by_price_metric(metric, price, revenue):
    assert point(a_deal(price_metric=metric, price_usd=price, seats=50)).revenue == pytest.approx(revenue)


def test_outcome_price_of_99_cents_at_67_percent_resolved():
    deal = a_deal(price_usd=0.99, model_usd_per_request=0.12)
    result = ledger(deal, Outcome(67, 0, 33), {})
    assert result.contribution.value == pytest.approx(0.5433)
    assert result.margin.value == pytest.approx(0.819086, rel=1e-6)


def test_a_hand_off_is_paid_by_one_purse():
    ours = a_deal(handoff_payer=Payer.US, our_usd_per_handoff=4.5, handoff_overhead_usd=0.0)
    assert point(ours).our_cost - point(a_deal()).our_cost == pytest.approx(0.3 * 4.5)
    assert point(ours).surplus == pytest.approx(point(a_deal()).surplus)
    with pytest.raises(VentureError, match=r"our_usd_per_handoff is 4.5 .* one purse"):
        a_deal(our_usd_per_handoff=4.5)
    with pytest.raises(VentureError, match=r"handoff_overhead_usd is 0.5"):
        a_deal(handoff_payer=Payer.US, our_usd_per_handoff=4.5)


@given(
    to=st.sampled_from(Payer), refund=st.floats(0.01, 1e3), rework=st.floats(0.01, 1e3), human_error=st.floats(0, 0.3),
    metric=st.sampled_from(PriceMetric), counts=st.tuples(*[st.integers(1, 500)] * 3),
)
@settings(max_examples=40, deadline=None)
def test_moving_an_error_class_is_a_transfer(to, refund, rework, human_error, metric, counts):
    deal = a_deal(
        errors=(replace(REFUND, usd_per_error=Range(refund, 2 * refund)), replace(REWORK, usd_per_error=rework)),
        human_error_rate=human_error, usd_per_human_error=15.0, price_metric=metric, seats=3,
    )
    before, after = (point(d, Outcome(*counts)) for d in (deal, deal.move_class("rework", to)))
    assert after.surplus == pytest.approx(before.surplus, rel=1e-9, abs=1e-9)
    moved = Outcome(*counts).shares[1] * rework * MIX["rework"] / 40 * (to is Payer.US)
    assert before.contribution - after.contribution == pytest.approx(moved, rel=1e-9, abs=1e-9)
    drawn = [drawn_losses(d, MIX, draws=200) for d in (deal, deal.move_class("rework", to))]
    assert drawn[0][Payer.US] + drawn[0][Payer.CUSTOMER] == pytest.approx(drawn[1][Payer.US] + drawn[1][Payer.CUSTOMER])


@given(scale=st.floats(0.01, 1000), metric=st.sampled_from(PriceMetric))
@settings(max_examples=15, deadline=None)
def test_another_currency_leaves_every_ratio_alone(scale, metric):
    def in_currency(k):
        return a_deal(
            price_metric=metric, seats=500, price_usd=k, human_usd_per_request=Range(3 * k, 5 * k),
            model_usd_per_request=0.01 * k, handoff_overhead_usd=0.5 * k,
            errors=(replace(REFUND, usd_per_error=Range(2 * k, 8 * k)), replace(REWORK, usd_per_error=20 * k)),
        )

    one, other = (ledger(in_currency(k), RESULT, MIX, target_margin=0.9, draws=2000) for k in (1.0, scale))
    for name in ("margin", "customer_return", "share_kept", "automation_rate"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), rel=1e-6)
    assert one.p_margin_above_target == pytest.approx(other.p_margin_above_target, abs=1e-3)
    assert other.contribution.value == pytest.approx(scale * one.contribution.value, rel=1e-6)


@given(counts=st.tuples(st.integers(20, 300), st.integers(5, 100), st.integers(5, 300)), more=st.integers(2, 20))
@settings(max_examples=25, deadline=None)
def test_more_rows_with_the_same_shares_narrow_every_interval(counts, more):
    few, many = (ledger(a_deal(), Outcome(*(k * c for c in counts)), MIX) for k in (1, more))
    for name in ("margin", "customer_value", "automation_rate", "accuracy"):
        a, b = getattr(few, name), getattr(many, name)
        assert b.high - b.low < a.high - a.low


def test_rows_that_share_a_group_count_as_their_effective_number():
    rng = np.random.default_rng(3)
    correct = rng.random(200) < 0.8
    single = Rows.from_columns({"correct": correct})
    copied = Rows.from_columns({"correct": np.repeat(correct, 5), "group": np.repeat(np.arange(200), 5)})
    a, b = (ledger(a_deal(), outcome(rows, 0.0), MIX) for rows in (single, copied))
    assert b.effective_rows == pytest.approx(200, rel=1e-9)
    assert (b.accuracy.low, b.accuracy.high) == pytest.approx((a.accuracy.low, a.accuracy.high))


def test_accuracy_drawn_from_counts_agrees_with_the_jeffreys_interval():
    result = ledger(a_deal(), Outcome(460, 40, 0, all_automated=True), MIX)
    assert (result.accuracy.low, result.accuracy.high) == pytest.approx((0.8939, 0.9415), abs=1e-3)
    assert result.automation_rate.value == result.automation_rate.low == 1


def test_probabilities_of_margin_and_of_a_deal():
    # P(saving > 0) of the plain case: 460 of 500 right, 4 a request saved, 45 an error, all of it ours
    deal = a_deal(
        price_metric=PriceMetric.USAGE, price_usd=4.0, human_usd_per_request=5.0,
        errors=(ErrorClass("other", Payer.US, 45.0),),
    )
    result = ledger(deal, Outcome(460, 40, 0, all_automated=True), {}, target_margin=0.5)
    assert result.p_margin_positive == pytest.approx(0.748609, abs=0.01)
    assert result.p_customer_gains == 1 and result.p_deal == result.p_margin_positive
    assert result.p_margin_above_target == pytest.approx(probability_at_least(460, 500, 1 - 1.99 / 45), abs=5e-4)
    assert result.is_deal


def test_a_price_above_the_worth_is_no_deal():
    result = ledger(a_deal(price_usd=5.0), RESULT, MIX)
    assert result.contribution.value > 0 > result.customer_value.value
    assert not result.is_deal and result.p_deal < 0.01


def test_no_rows_no_revenue_and_no_surplus_are_states():
    empty = ledger(a_deal(), Outcome(0, 0, 0), {})
    assert empty.margin.value is State.UNDEFINED and empty.p_deal is State.UNDEFINED and not empty.is_deal
    free = ledger(a_deal(price_usd=0.0), RESULT, MIX)
    assert free.margin.value is State.UNDEFINED and free.customer_return.value is State.UNDEFINED
    assert free.contribution.value < 0
    idle = ledger(a_deal(), Outcome(0, 0, 100), {})
    assert idle.accuracy.value is State.UNDEFINED and idle.margin.value is State.UNDEFINED
    assert idle.share_kept.value is State.UNDEFINED  # a hand-off of everything only adds overhead


def test_one_seed_one_answer_and_a_range_moves_nothing_else():
    plain, again = (ledger(a_deal(), RESULT, MIX, seed=7) for _ in range(2))
    assert plain == again
    ranged = ledger(a_deal(human_usd_per_request=Range(3, 5)), RESULT, MIX, seed=7)
    assert ranged.margin == plain.margin
    assert ranged.customer_value != plain.customer_value


def test_a_range_is_a_lognormal_with_its_ends_at_5_and_95_percent():
    drawn = draw_amount(Range(25, 35), "price", draws=200_000)
    assert np.quantile(drawn, [0.05, 0.5, 0.95]) == pytest.approx([25, 29.580399, 35], rel=2e-3)
    assert mean_of(Range(25, 35)) == pytest.approx(29.735501, rel=1e-6)
    assert drawn.mean() == pytest.approx(29.735501, rel=1e-3)


def test_fifty_priced_classes_do_not_outvote_five_errors_seen():
    many = tuple(ErrorClass(f"class {i}", Payer.US, 1000.0) for i in range(49))
    deal = a_deal(errors=(*many, ErrorClass("seen", Payer.US, 1.0)))
    assert expected_losses(deal, {"seen": 5})[Payer.US] == 1.0
    assert np.mean(drawn_losses(deal, {"seen": 5})[Payer.US]) == pytest.approx(1 + 999 * 0.98 / 6, rel=0.05)


def test_an_error_without_a_price_is_named_and_other_prices_the_rest():
    with pytest.raises(VentureError, match="'insult' has no price"):
        ledger(a_deal(), RESULT, {"insult": 3})
    deal = a_deal(errors=(REFUND, ErrorClass("other", Payer.CUSTOMER, 9.0)))
    assert expected_losses(deal, {"insult": 3}) == {Payer.US: 0.0, Payer.CUSTOMER: 9.0}


def test_the_mix_counts_wrong_automatic_answers_only():
    rows = Rows.from_columns({
        "confidence": [0.9, 0.9, 0.2, 0.9], "correct": [False, True, False, False],
        "error_class": ["a->b", None, "a->b", None],
    })
    assert error_mix(rows, 0.5) == {"a->b": 1, "other": 1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price_usd": -1.0}, r"price_usd is -1.0: .*cannot be negative"),
        ({"qa_share": 10.0}, r"qa_share is 10.0: a fraction .* is due; for 10 % type 0.1"),
        ({"human_error_rate": -0.1}, r"human_error_rate is -0.1: a fraction between 0 and 1 is due"),
        ({"human_usd_per_request": Range(5, 3)}, r"human_usd_per_request runs from 5 to 3: low is above high"),
        ({"model_usd_per_request": Range(0, 3)}, r"model_usd_per_request.low is 0"),
        ({"model_usd_per_request": float("nan")}, r"model_usd_per_request is nan: a finite number is due"),
        ({"requests_per_month": 0}, r"requests_per_month is 0: it must be above zero"),
        ({"price_metric": "tokens"}, r"price_metric is 'tokens': one of outcome, usage, seat is due"),
        ({"errors": (replace(REFUND, payer="them"),)}, r"errors.refund.payer is 'them': one of us, customer is due"),
        ({"errors": (REFUND, REFUND)}, r"names one class twice"),
    ],
)
def test_what_a_deal_refuses(changes, message):
    with pytest.raises(VentureError, match=message):
        a_deal(**changes)
