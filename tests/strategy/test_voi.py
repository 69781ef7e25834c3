"""Value of information against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.states import State
from kit.strategy.uncertainty import Distribution, Range, draw
from kit.strategy.voi import (
    evpi_discrete,
    evpi_normal,
    evpi_samples,
    evppi,
    evsi_pilot,
    net_benefit_of_sampling,
    unit_normal_loss,
)

LAUNCH = {"launch": [100_000, -80_000], "wait": [0, 0]}


def test_case_l17_evpi_of_two_states():
    found = evpi_discrete(LAUNCH, [0.6, 0.4])
    assert (found.expected, found.expected_informed, found.evpi) == pytest.approx((28_000, 60_000, 32_000), rel=1e-9)
    assert found.best_act == "launch"


def test_case_l18_evsi_of_a_pilot():
    pilot = evsi_pilot(LAUNCH, 0.6, sensitivity=0.8, specificity=0.8)
    assert pilot.probability_positive == pytest.approx(0.56, rel=1e-9)
    assert pilot.success_if_positive == pytest.approx(0.857143, abs=5e-7)
    assert pilot.evsi == pytest.approx(13_600, rel=1e-9)
    assert (pilot.act_if_positive, pilot.act_if_negative) == ("launch", "wait")


def test_case_l19_evpi_normal():
    assert unit_normal_loss(0) == pytest.approx(0.398942, abs=5e-7)
    assert evpi_normal(10, 20) == pytest.approx(3.955931, abs=5e-7)


def test_case_l19b_evpi_normal_negative_mean():
    assert evpi_normal(-10, 20) == pytest.approx(3.955931, abs=5e-7)


def test_nothing_uncertain_is_worth_nothing_to_know():
    assert evpi_normal(10, 0) == 0
    assert evppi(np.array([[0.0, 1.0], [0.0, -1.0]]), np.array([5.0, 5.0])) == 0


def test_evpi_from_samples_meets_the_closed_form():
    x = draw({"x": Range(10 - 32.9, 10 + 32.9)})["x"]  # N(10, 20^2)
    assert evpi_samples(np.stack([np.zeros_like(x), x], axis=1)) == pytest.approx(3.955931, abs=0.15)


@pytest.mark.parametrize("method", ["spline", "bins"])
def test_evppi_is_the_evpi_of_the_part_that_is_learnt(method):
    d = draw({"x": Range(10 - 32.9, 10 + 32.9), "y": Range(-16.45, 16.45)}, seed=1)  # N(10, 20^2) and N(0, 10^2)
    table = np.stack([np.zeros(20_000), d["x"] + d["y"]], axis=1)
    assert evppi(table, d["x"], method=method) == pytest.approx(evpi_normal(10, 20), abs=0.2)
    assert evppi(table, d["y"], method=method) == pytest.approx(evpi_normal(10, 10), abs=0.1)
    assert evpi_samples(table) == pytest.approx(evpi_normal(10, 500**0.5), abs=0.2)


@pytest.mark.parametrize("method", ["spline", "bins"])
def test_an_input_that_decides_nothing_is_worth_about_nothing(method):
    d = draw({"x": Range(10 - 32.9, 10 + 32.9), "noise": Range(1, 20, "lognormal")})
    table = np.stack([np.zeros(20_000), d["x"]], axis=1)
    assert evppi(table, d["noise"], method=method) < 0.05 * evpi_samples(table)


def test_evppi_of_a_skewed_input_that_is_everything_is_the_evpi():
    x = draw({"x": Range(1, 20, "lognormal")})["x"]
    table = np.stack([np.zeros_like(x), x - 6], axis=1)
    assert evppi(table, x) == pytest.approx(evpi_samples(table), rel=1e-6)


@pytest.mark.parametrize("method", ["spline", "bins"])
def test_evppi_follows_a_benefit_that_bends(method):
    # go pays off at both ends of x ~ N(0, 1): E[(x^2 - 1)+] = 2 phi(1) = .483941, and E[x^2 - 1] = 0
    d = draw({"x": Range(-1.645, 1.645), "noise": Range(-1.645, 1.645)}, seed=2)
    table = np.stack([np.zeros(20_000), d["x"] ** 2 - 1 + d["noise"]], axis=1)
    assert evppi(table, d["x"], method=method) == pytest.approx(0.483941, abs=0.03)


def test_evppi_by_bins_of_a_yes_or_no_input_is_the_discrete_evpi():
    win = (draw({"u": Distribution("beta", (1.0, 1.0, 0.0, 1.0))})["u"] < 0.6).astype(float)
    table = np.stack([np.zeros_like(win), np.where(win == 1, 100.0, -80.0)], axis=1)
    assert evppi(table, win, method="bins") == pytest.approx(32, abs=1.5)


def test_a_perfect_pilot_is_worth_the_evpi_and_a_blind_one_nothing():
    assert evsi_pilot(LAUNCH, 0.6, sensitivity=1, specificity=1).evsi == pytest.approx(32_000, rel=1e-9)
    assert evsi_pilot(LAUNCH, 0.6, sensitivity=0.5, specificity=0.5).evsi == 0


def test_a_result_that_cannot_occur_tells_nothing():
    pilot = evsi_pilot(LAUNCH, 0.0, sensitivity=0.9, specificity=1.0)
    assert (pilot.success_if_positive, pilot.act_if_positive) == (State.UNDEFINED, None)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_sample_is_never_worth_more_than_certainty(p, sensitivity, specificity, won, lost):
    acts = {"go": [won, lost], "wait": [0, 0]}
    evsi = evsi_pilot(acts, p, sensitivity=sensitivity, specificity=specificity).evsi
    assert 0 <= evsi <= evpi_discrete(acts, [p, 1 - p]).evpi + 1e-6


def test_net_benefit_of_sampling_may_be_negative():
    assert net_benefit_of_sampling(13_600, 5_000) == 8_600
    assert net_benefit_of_sampling(100, 5_000) == -4_900


def test_bad_states_are_refused_by_name():
    with pytest.raises(VentureError, match=r"probabilities .* add up to 0.9"):
        evpi_discrete(LAUNCH, [0.5, 0.4])
    with pytest.raises(VentureError, match=r"payoffs\.launch .* 3 states"):
        evpi_discrete(LAUNCH, [0.5, 0.3, 0.2])
    with pytest.raises(VentureError, match=r"sensitivity is 80"):
        evsi_pilot(LAUNCH, 0.6, sensitivity=80, specificity=0.8)
    with pytest.raises(VentureError, match=r"payoffs\.launch is nan"):
        evpi_discrete({"launch": [float("nan"), 0]}, [0.6, 0.4])
    with pytest.raises(ValueError, match="one column per act"):
        evpi_samples(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="one column per act"):
        evpi_samples(np.array([1.0, 2.0]))
