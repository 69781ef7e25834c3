"""The price meter: its curves, its one tie rule, and what it drops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.states import State
from kit.strategy.van_westendorp import PriceAnswer, crossing, price_meter, purchase_intent

close = pytest.approx
FOUR = [PriceAnswer(5, 10, 15, 20), PriceAnswer(10, 15, 20, 25), PriceAnswer(15, 20, 25, 30),
        PriceAnswer(20, 25, 30, 35)]


def test_case_v1_the_four_crossings():
    found = price_meter(FOUR)
    assert (found.pmc.price, found.pme.price, found.idp.price, found.opp.price) == close((17.5, 22.5, 20.0, 20.0))
    assert found.opp.share == close(0.25) and (found.used, found.dropped) == (4, 0)


def test_intransitive_answers_are_counted_not_hidden():
    found = price_meter([*FOUR, PriceAnswer(30, 20, 10, 5), PriceAnswer(5, 5, 5, 4)])
    assert (found.used, found.dropped) == (4, 2) and found.opp.price == close(20)
    nobody = price_meter([PriceAnswer(30, 20, 10, 5)])
    assert nobody.opp.price is State.UNDEFINED and nobody.dropped == 1 and "in order" in nobody.opp.reason
    assert price_meter([]).pmc.price is State.UNDEFINED


def test_curves_that_meet_at_zero_do_not_cross():
    found = price_meter([PriceAnswer(1, 4, 6, 10), PriceAnswer(2, 5, 7, 11)])
    assert found.opp.price is State.UNDEFINED and "no crossing: both curves are at zero" in found.opp.reason
    assert found.idp.price == close(5.5)  # cheap falls to zero where expensive rises: no price lies between
    apart = price_meter([PriceAnswer(1, 2, 3, 4), PriceAnswer(10, 12, 14, 16)])
    assert apart.opp.price is not State.UNDEFINED


def test_one_rule_for_ties():
    assert crossing([1, 2, 3], [1, 0.5, 0.5], [0, 0.5, 0.5]).price == 2  # equal over an interval: the first price
    assert crossing([1, 3], [1, 0], [0, 1]).price == close(2)
    assert "stays above" in crossing([1, 2], [1, 1], [0, 0]).reason
    same = price_meter([PriceAnswer(9, 9, 9, 9)])
    assert same.opp.price == 9 and same.idp.price == 9


def test_intent_is_calibrated_before_it_counts():
    found = purchase_intent([PriceAnswer(10, 20, 30, 40, intent_cheap=5, intent_expensive=3)])
    assert found.prices == (10, 20, 30, 40) and found.reach == close((0, 0.7, 0.3, 0))
    assert found.best_reach_price == 20 and found.best_revenue_price == 20  # 14.0 against 9.0
    two = purchase_intent([PriceAnswer(10, 20, 30, 40, 5, 3), PriceAnswer(20, 30, 50, 60, 4, 2), FOUR[0]])
    assert (two.used, two.dropped) == (2, 1)
    # at 30: .3 and .5; at 40: 0 and half way from .5 to .1
    assert dict(zip(two.prices, two.reach))[30] == close(0.4) and dict(zip(two.prices, two.reach))[40] == close(0.15)


def test_no_intent_no_price():
    assert purchase_intent(FOUR).best_revenue_price is State.UNDEFINED
    assert purchase_intent([PriceAnswer(10, 20, 30, 40, 1, 1)]).best_reach_price is State.UNDEFINED
    with pytest.raises(VentureError, match="intent_cheap is 7"):
        PriceAnswer(1, 2, 3, 4, intent_cheap=7)
    with pytest.raises(VentureError, match="too_cheap is -1"):
        PriceAnswer(-1, 2, 3, 4)


@given(st.lists(st.lists(st.integers(1, 60), min_size=4, max_size=4).map(sorted), min_size=1, max_size=40))
def test_the_acceptable_range_holds_what_lies_between(rows):
    found = price_meter([PriceAnswer(*row) for row in rows])
    assert found.dropped == 0
    points = [found.pmc, found.idp, found.opp, found.pme]
    for point in points:
        if point.price is State.UNDEFINED:
            assert point.reason
        else:
            assert found.prices[0] <= point.price <= found.prices[-1] and 0 <= point.share <= 1
