"""Ellis score with its doubt, segmentation, net promoter score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.stats import wilson
from kit.strategy import fit
from kit.strategy.states import State

close = pytest.approx


def test_case_p1_ellis_interval():
    found = fit.ellis_score(22, valid_answers=100)
    assert (found.score, found.low, found.high) == close((0.22, 0.150013, 0.310704), abs=5e-7)
    assert found.verdict == "missed" and found.answers_needed is State.NEVER


def test_case_p2_forty_percent_of_thirty_is_a_coin_flip():
    found = fit.ellis_score(12, valid_answers=30)
    assert (found.low, found.high, found.p_at_least_target) == close((0.245906, 0.576796, 0.505032), abs=5e-7)
    assert found.verdict == "not_yet_proven"


def test_case_p2b_a_clear_pass():
    found = fit.ellis_score(58, valid_answers=100)
    assert found.p_at_least_target == close(0.999858, abs=5e-7) and found.verdict == "met"


def test_case_p2c_answers_needed_at_fifty_percent():
    assert fit.answers_needed(0.5) == 94
    assert wilson(47, 94)[0] >= 0.40 > wilson(46, 92)[0]


def test_case_p3_net_promoter_score():
    assert fit.nps(promoters=50, passives=30, detractors=20) == 30
    assert fit.nps_of_scores([10] * 50 + [8] * 30 + [6] * 20) == 30
    assert fit.nps_of_scores([]) is State.UNDEFINED


def test_few_answers_prove_nothing():
    assert fit.ellis_score(20, valid_answers=20).verdict == "not_yet_proven"
    assert fit.ellis_score(0, valid_answers=29).verdict == "not_yet_proven"
    empty = fit.ellis_score(0, valid_answers=0)
    assert empty.score is State.UNDEFINED and empty.p_at_least_target is State.UNDEFINED


@given(share=st.floats(0.42, 1))
def test_the_answers_needed_do_prove_the_share(share):
    n = fit.answers_needed(share)
    very = int(share * n + 1e-9)
    assert n >= 30 and wilson(very, n)[0] >= 0.40 - 1e-9


def test_a_share_hardly_above_the_target_still_ends():
    assert fit.answers_needed(0.4 + 1e-7) > 1e12


def answers():
    loved = [fit.FitAnswer("very", "agent", "speed")] * 3 + [fit.FitAnswer("very", "lead", "search")]
    near = [fit.FitAnswer("somewhat", "agent", "speed", "mobile")] * 2 + [
        fit.FitAnswer("somewhat", "agent", "speed", "price")]
    far = [fit.FitAnswer("somewhat", "lead", "colours", "themes"), fit.FitAnswer("not", "lead", "", "")]
    idle = [fit.FitAnswer("not", "agent", "", "", is_activated=False)]
    return loved + near + far + idle


def test_superhuman_finds_lovers_benefit_and_what_holds_the_next_back():
    found = fit.superhuman(answers())
    assert found.overall.score == close(4 / 9) and found.not_activated == 1
    assert found.lovers == ("agent", "lead") and found.main_benefit == "speed"
    assert found.holding_back == (("mobile", 2), ("price", 1))
    assert (found.within_reach, found.out_of_reach) == (3, 1)
    assert [(s.persona, s.ellis.n) for s in found.segments] == [("agent", 6), ("lead", 3)]
    assert found.segments[0].ellis.score == close(0.5)


def test_nobody_loves_it_yet():
    found = fit.superhuman([fit.FitAnswer("somewhat", "agent", "speed", "price")])
    assert found.main_benefit is State.UNDEFINED and found.within_reach == 0 and found.holding_back == ()
    assert fit.superhuman([]).overall.score is State.UNDEFINED


def test_refusals():
    with pytest.raises(VentureError, match=r"very is 31.*from 0 to 30"):
        fit.ellis_score(31, valid_answers=30)
    with pytest.raises(VentureError, match="feeling is 'meh'"):
        fit.FitAnswer("meh")
    with pytest.raises(VentureError, match=r"scores\[0\] is 11"):
        fit.nps_of_scores([11])
