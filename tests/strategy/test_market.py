"""Market size, adoption, scores and the funnel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy import market
from kit.strategy.states import State

close = pytest.approx


def test_case_m1_bottom_up_market():
    size = market.bottom_up(200_000, revenue_per_account_per_year=6_000, serviceable_share=0.20, obtainable_share=0.05)
    assert (size.tam, size.sam, size.som) == close((1.2e9, 240e6, 12e6), rel=1e-6)


def test_case_m2_bass_adoption():
    bass = market.Bass(innovation=0.03, imitation=0.38, market=1000)
    assert bass.peak_time() == close(6.1926, abs=5e-5)
    assert bass.adopters(5) == close(331.1986, abs=5e-5)
    assert bass.peak_rate() == close(110.5921, abs=5e-5)


def test_case_m3_rice():
    assert market.rice(reach=1000, impact=2, confidence=0.8, effort=4) == close(400.0, rel=1e-6)


def test_case_m4_funnel():
    found = market.funnel(10_000, [("signup", 0.03), ("activate", 0.25), ("pay", 0.10)])
    assert found.customers == close(7.5, rel=1e-6) and found.weakest == "signup"
    assert [stage.count for stage in found.stages] == close([300, 75, 7.5])


def test_two_sizes_of_one_market_are_compared_level_by_level():
    bottom, top = market.MarketSize(100, 20, 10), market.MarketSize(129, 26, 7)
    found = market.disagreement(bottom, top)
    assert (found.tam, found.sam, found.som) == close((0.29, 0.30, -0.30)) and not found.is_large
    assert market.disagreement(bottom, market.MarketSize(131, 20, 10)).is_large
    assert market.disagreement(market.MarketSize(0, 0, 0), top).tam is State.UNDEFINED


def test_bass_at_its_edges():
    slow = market.Bass(innovation=0.1, imitation=0.05, market=1000)
    assert slow.peak_time() == 0 and slow.peak_rate() == close(100)
    assert market.Bass(0.1, 0, 1000).peak_time() == 0
    dead = market.Bass(0, 0.4, 1000)
    assert dead.peak_time() is State.NEVER and dead.peak_rate() is State.NEVER and dead.adopters(10) == 0


@given(p=st.floats(0.001, 0.2), q=st.floats(0, 0.8), time=st.floats(0, 100))
def test_adoption_rises_to_the_market_and_is_fastest_at_the_peak(p, q, time):
    bass = market.Bass(p, q, 1000)
    assert 0 <= bass.adopters(time) <= bass.adopters(time + 1) * (1 + 1e-12) <= 1000 * (1 + 1e-9)
    assert bass.adopters(time + 0.01) - bass.adopters(time) <= 0.01 * bass.peak_rate() * (1 + 1e-6)


def test_an_evidenced_pain_comes_before_a_loud_guess():
    loud = market.Pain("loud", severity=5, times_per_month=30, reach=0.9, interviews=1)
    quiet = market.Pain("quiet", severity=2, times_per_month=4, reach=0.5, interviews=8)
    assert loud.score == close(135) and quiet.score == close(4)
    assert [pain.name for pain in market.rank_pains([loud, quiet])] == ["quiet", "loud"]


@pytest.mark.parametrize(("call", "words"), [
    (lambda: market.rice(reach=1, impact=1, confidence=80, effort=1), r"confidence is 80.*type 0\.8"),
    (lambda: market.rice(reach=1, impact=1, confidence=0.8, effort=0), "effort is 0"),
    (lambda: market.ice(impact=-1, confidence=0.8, ease=1), "impact is -1"),
    (lambda: market.funnel(10, [("signup", 3)]), r"rates\.signup is 3"),
    (lambda: market.Pain("x", 6, 1, 0.5, 3), r"x\.severity is 6: type 1"),
    (lambda: market.Pain("x", 3, 1, 50, 3), r"x\.reach is 50"),
])
def test_refusals(call, words):
    with pytest.raises(VentureError, match=words):
        call()


def test_an_empty_funnel_passes_everyone():
    assert market.funnel(10, []) == market.Funnel((), 10, 1.0, None)
