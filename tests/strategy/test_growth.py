"""Growth and efficiency ratios: worked numbers, and the states that stand for a missing ratio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy import growth
from kit.strategy.states import State

close = pytest.approx


def test_case_u8_magic_number():
    assert growth.magic_number(1_100_000, 1_300_000, 1_000_000) == close(0.8, rel=1e-6)


def test_case_u9_burn_multiple():
    assert growth.burn_multiple(3_000_000, 1_000_000) == close(3.0, rel=1e-6)


def test_case_u10_rule_of_40():
    assert growth.rule_of_40(1.20, -0.60) == close(0.60, rel=1e-6)


def test_case_u11_net_and_gross_revenue_retention():
    kept = growth.revenue_retention(100_000, expansion=15_000, contraction=3_000, churned=7_000)
    assert (kept.nrr, kept.grr) == (close(1.05, rel=1e-6), close(0.90, rel=1e-6))


def test_case_u12_quick_ratio():
    assert growth.quick_ratio(new=20, expansion=8, churned=5, contraction=3) == close(3.5, rel=1e-6)


def test_case_u17_concentration():
    found = growth.concentration([0.4, 0.3, 0.2, 0.1])
    assert found.hhi == close(0.30, rel=1e-6) and found.largest_share == close(0.4) and not found.depends_on_one


def test_case_f4_growth_that_a_target_asks_for():
    assert growth.required_growth(50_000, 200_000, 12) == close(0.122462, abs=5e-7)
    assert growth.required_growth(0, 200_000, 12) is State.UNDEFINED


def test_a_missing_ratio_is_named():
    assert growth.burn_multiple(3e6, 0) is State.UNDEFINED and growth.burn_multiple(3e6, -1) is State.UNDEFINED
    assert growth.burn_multiple(-1, 1e6) is State.CASH_GENERATING
    assert growth.burn_multiple(0, -5) is State.CASH_GENERATING
    assert growth.magic_number(0, 1e5, 1e5) is State.UNDEFINED and growth.magic_number(1, 2, 0) is State.UNDEFINED
    assert growth.rule_of_40(growth.growth_rate(0, 100), 0.1) is State.UNDEFINED
    assert growth.rule_of_40(0.5, State.UNDEFINED) is State.UNDEFINED
    assert growth.quick_ratio(new=1, expansion=0, churned=0, contraction=0) is State.INFINITE
    assert growth.quick_ratio(new=0, expansion=0, churned=0, contraction=0) is State.UNDEFINED
    assert growth.revenue_retention(0, expansion=5, contraction=0, churned=0).nrr is State.UNDEFINED
    assert growth.concentration([]).hhi is State.UNDEFINED and growth.concentration([0, 0]).hhi is State.UNDEFINED


def test_losses_beyond_the_base_are_refused():
    with pytest.raises(VentureError, match=r"contraction \+ churned is 120, above start 100"):
        growth.revenue_retention(100, expansion=0, contraction=20, churned=100)


def test_one_account_above_half_is_flagged():
    assert growth.concentration([60, 30, 10]).depends_on_one and not growth.concentration([50, 50]).depends_on_one


@pytest.mark.parametrize(("value", "word"), [(0.9, "amazing"), (1.0, "great"), (1.5, "great"), (2.0, "good"),
                                             (3.0, "suspect"), (3.1, "bad"), (State.CASH_GENERATING, None)])
def test_bands_of_the_burn_multiple(value, word):
    assert growth.burn_multiple_band(value) == word


@given(scale=st.floats(0.01, 1000), flows=st.tuples(*[st.floats(1, 1e6)] * 4))
def test_another_currency_leaves_the_ratios_unchanged(scale, flows):
    a, b, c, d = flows
    for function in (growth.burn_multiple, growth.growth_rate):
        assert function(a * scale, b * scale) == close(function(a, b), rel=1e-9, abs=1e-9)
    assert growth.magic_number(a * scale, b * scale, c * scale) == close(
        growth.magic_number(a, b, c), rel=1e-6, abs=1e-6)
    parts, names = (a, b, c, d), ("new", "expansion", "churned", "contraction")
    assert growth.quick_ratio(**{n: p * scale for n, p in zip(names, parts)}) == close(
        growth.quick_ratio(**dict(zip(names, parts))), rel=1e-9)
    assert growth.concentration([p * scale for p in parts]).hhi == close(growth.concentration(parts).hhi, rel=1e-9)


@given(start=st.floats(1, 1e6), expansion=st.floats(0, 1e6), lost=st.floats(0, 1))
def test_gross_retention_never_passes_one_or_net(start, expansion, lost):
    kept = growth.revenue_retention(start, expansion=expansion, contraction=0, churned=lost * start)
    assert 0 <= kept.grr <= 1 and kept.grr <= kept.nrr
