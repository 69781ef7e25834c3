"""API against own model: prices, steps, break-even, the clock; queues, energy and payback."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.cost.cost import usd_per_1k_requests_at_capacity
from kit.errors import VentureError
from kit.strategy.build_or_buy import (
    SelfHost,
    TokenPrice,
    Tokens,
    api_usd_per_request,
    break_even,
    month_api_undercuts,
    monthly_price_factor,
    monthly_usd,
    replicas,
    requests_per_replica_month,
    selfhost_usd_per_mtok,
    usd_per_request_at_volume,
)
from kit.strategy.operations import (
    Labelling,
    Training,
    cascade_usd_per_request,
    customisation_cost,
    erlang_c,
    mm1,
    run_energy,
    tune_payback,
    wright_cost_ratio,
    wright_exponent,
)
from kit.strategy.states import State

GPU_MONTH = 2.50 * 730  # 1825
CAP_FULL = requests_per_replica_month(tokens_per_s=2500, tokens_per_request=300, utilisation=1.0)
CAP_70 = requests_per_replica_month(tokens_per_s=2500, tokens_per_request=300, utilisation=0.7)
BARE = SelfHost(GPU_MONTH, CAP_FULL)
STAFFED = SelfHost(GPU_MONTH, CAP_70, fixed_usd_per_month=5_000 + 100)


def test_case_t4_selfhost_usd_per_million_tokens():
    assert selfhost_usd_per_mtok(2.50, tokens_per_s=2500, utilisation=0.40) == pytest.approx(0.694444, abs=5e-7)
    assert selfhost_usd_per_mtok(2.50, tokens_per_s=0, utilisation=0.40) is State.UNDEFINED


def test_case_t5_api_usd_per_request():
    assert api_usd_per_request(Tokens(1200, 300), TokenPrice(0.15, 0.60)) == pytest.approx(0.00036, rel=1e-9)


def test_cached_reasoning_and_batch_tokens_have_their_own_price():
    # (200 x 1 + 1000 x .1 + (300 + 700) x 4) / 1e6 x .5 = 4300/1e6 x .5
    price = TokenPrice(1, 4, cached_input_usd_per_mtok=0.1, batch_discount=0.5)
    tokens = Tokens(1200, 300, cached_input=1000, reasoning=700)
    assert api_usd_per_request(tokens, price) == pytest.approx(0.00215, rel=1e-9)
    with pytest.raises(VentureError, match=r"tokens\.cached_input is 5000: .* 1200"):
        api_usd_per_request(Tokens(1200, 300, cached_input=5000), price)


def test_case_t6_break_even_on_one_gpu():
    found = break_even(BARE, 0.00036)
    assert found.one_replica == pytest.approx(5_069_444.4444, rel=1e-9)
    assert pytest.approx(21_900_000.0, rel=1e-9) == CAP_FULL
    assert found.one_replica / CAP_FULL == pytest.approx(0.2315, abs=5e-5)
    assert found.fits_one_replica and found.replicas == 1


def test_case_t6b_break_even_infeasible():
    found = break_even(STAFFED, 0.00036, max_replicas=1)
    assert found.one_replica == pytest.approx(19_236_111.1, abs=0.05)
    assert pytest.approx(15_330_000.0, rel=1e-9) == CAP_70
    assert not found.fits_one_replica
    assert (found.requests, found.replicas) == (State.NEVER, None)


def test_break_even_with_whole_replicas_is_reached_on_the_second():
    # (5100 + 2 x 1825)/.00036 = 24.306M <= 30.66M; the third costs it again: (5100 + 3 x 1825)/.00036 = 29.375M, which
    # is below 30.66M, so nothing is lost at that step: from 24.306M on for good
    found = break_even(STAFFED, 0.00036)
    assert (found.requests, found.replicas) == (pytest.approx(24_305_555.556, rel=1e-9), 2)
    assert found.for_good == pytest.approx(24_305_555.556, rel=1e-9)


def test_case_t6c_break_even_against_a_dear_api():
    price = api_usd_per_request(Tokens(1200, 300), TokenPrice(2.50, 10.00))
    assert price == pytest.approx(0.006, rel=1e-9)
    assert break_even(STAFFED, price).requests == pytest.approx(1_154_166.666667, rel=1e-9)


def test_case_t6d_step_cost():
    volumes = (1e6, 15e6, 16e6, 40e6)
    assert [monthly_usd(STAFFED, q) for q in volumes] == pytest.approx([6925, 6925, 8750, 10575])
    assert replicas(STAFFED, 2 * CAP_70) == 2
    assert replicas(STAFFED, 2 * CAP_70 + 1) == 3


def test_replicas_kept_running_anyway_are_paid_before_the_break_even():
    # two always on: 2 x 1825/.00036 = 10.14M, though one would hold it
    found = break_even(SelfHost(GPU_MONTH, CAP_FULL, min_replicas=2), 0.00036)
    assert (found.requests, found.replicas) == (pytest.approx(10_138_888.889, rel=1e-9), 2)
    assert not found.fits_one_replica
    assert monthly_usd(SelfHost(GPU_MONTH, CAP_FULL, min_replicas=2), 1) == pytest.approx(3650)


def test_an_api_below_the_price_of_a_full_replica_is_never_met():
    # 1825/15.33M = .000119 a request at best
    assert break_even(STAFFED, 0.0001).requests is State.NEVER
    assert break_even(SelfHost(1825, 1e6, variable_usd_per_request=0.01), 0.005).one_replica is State.NEVER


@given(
    fixed=st.floats(0, 20_000),
    price=st.floats(100, 5_000),
    capacity=st.floats(1e5, 1e7),
    api=st.floats(1e-4, 1e-2),
)
def test_break_even_agrees_with_the_step_cost(fixed, price, capacity, api):
    host = SelfHost(price, capacity, fixed_usd_per_month=fixed)
    found = break_even(host, api)
    if found.requests is State.NEVER:
        for k in (1, 2, 10, 1000):
            assert monthly_usd(host, k * capacity) >= api * k * capacity * (1 - 1e-6)
        return
    at = found.requests
    assert monthly_usd(host, at) == pytest.approx(api * at, rel=1e-6)
    if found.replicas > 1:
        below = (found.replicas - 1) * capacity
        assert monthly_usd(host, below) > api * below * (1 - 1e-6)
    for step in range(20):
        later = found.for_good + step * capacity / 7
        assert monthly_usd(host, later) <= api * later * (1 + 1e-6)


def test_cost_at_capacity_is_not_cost_at_volume():
    # $2.50 an hour at 10 requests/s: .0694 per 1,000; one always-on GPU at 50,000 a month: 1825/50 = 36.50
    at_capacity = usd_per_1k_requests_at_capacity(10, 2.50)
    at_volume = usd_per_request_at_volume(SelfHost(GPU_MONTH, 10 * 3600 * 730), 50_000) * 1000
    assert at_capacity == pytest.approx(0.069444, abs=5e-7)
    assert at_volume == pytest.approx(36.50, rel=1e-9)
    assert at_volume / at_capacity == pytest.approx(525.6, rel=1e-6)
    assert usd_per_request_at_volume(BARE, 0) is State.UNDEFINED


def test_case_t7_customisation_cost_per_request():
    cost = customisation_cost(
        Labelling(5000, 0.10, annotators=3, quality_share=0.15),
        Training(12, 6, 2.50),
        requests_per_month=500_000,
        planned_life_months=12,
    )
    assert (cost.labels_usd, cost.training_usd) == pytest.approx((1725.0, 180.0), rel=1e-9)
    assert cost.usd_per_request == pytest.approx(0.0003175, rel=1e-9)  # published to 6 digits as .000317


def test_customisation_is_spread_over_the_shorter_of_plan_and_drift():
    def spread(**life):
        labels, runs = Labelling(0, 0), Training(0, 0, 0, engineer_days=10, usd_per_engineer_day=600)
        return customisation_cost(labels, runs, requests_per_month=1000, **life).usd_per_request

    assert spread(planned_life_months=12, drift_life_months=3) == pytest.approx(2.0)
    assert spread(planned_life_months=2, drift_life_months=3) == pytest.approx(3.0)
    assert spread(planned_life_months=0) is State.UNDEFINED


def test_case_t8_erlang_c():
    queue = erlang_c(2, arrivals_per_s=1.5, served_per_s=1)
    assert (queue.probability_wait, queue.wait) == pytest.approx((0.6429, 1.2857), abs=5e-5)


def test_case_t8b_mm1():
    assert mm1(arrivals_per_s=8, served_per_s=10).time_in_system == pytest.approx(0.5, rel=1e-9)
    assert mm1(arrivals_per_s=9.5, served_per_s=10).time_in_system == pytest.approx(2.0, rel=1e-9)


def test_a_queue_at_or_over_capacity_waits_without_end():
    for rate in (10, 12):
        queue = mm1(arrivals_per_s=rate, served_per_s=10)
        assert (queue.probability_wait, queue.wait, queue.time_in_system) == (1.0, State.INFINITE, State.INFINITE)


@given(st.integers(1, 12), st.floats(0.05, 0.95))
def test_erlang_c_matches_the_sum_it_comes_from(servers, load):
    a = servers * load
    last = a**servers / math.factorial(servers) / (1 - load)
    direct = last / (sum(a**k / math.factorial(k) for k in range(servers)) + last)
    assert erlang_c(servers, arrivals_per_s=a, served_per_s=1).probability_wait == pytest.approx(direct, rel=1e-9)


def test_case_t9_cascade_cost():
    cost, saving = cascade_usd_per_request(first_usd=0.0004, second_usd=0.01, escalated_share=0.2)
    assert (cost, saving) == pytest.approx((0.0024, 0.76), rel=1e-9)
    assert cascade_usd_per_request(first_usd=0.1, second_usd=0, escalated_share=0.2)[1] is State.UNDEFINED


def test_case_l21_wright_learning():
    assert wright_exponent(0.2) == pytest.approx(-0.321928, abs=5e-7)
    assert [wright_cost_ratio(n, learning_rate=0.2) for n in (2, 8)] == pytest.approx([0.8, 0.512], rel=1e-9)


def test_case_l22_api_price_falls_tenfold_a_year():
    factor = monthly_price_factor(0.1)
    assert factor == pytest.approx(0.825404, abs=5e-7)
    assert factor**6 == pytest.approx(0.316228, abs=5e-7)


def test_case_l22b_month_the_api_undercuts():
    month = month_api_undercuts(api_usd_per_month=10_000, selfhost_usd_per_month=6_925, factor_per_year=0.5)
    assert month == pytest.approx(6.361368, abs=5e-7)


def test_an_api_that_does_not_fall_never_undercuts_and_a_cheaper_one_already_does():
    def month(own, factor):
        return month_api_undercuts(api_usd_per_month=10_000, selfhost_usd_per_month=own, factor_per_year=factor)

    assert month(6_925, 1.0) is State.NEVER
    assert month(6_925, 1.4) is State.NEVER
    assert month(0, 0.5) is State.NEVER
    assert month(12_000, 0.5) == 0
    with pytest.raises(VentureError, match="factor_per_year is 0"):
        month(6_925, 0)


def test_case_l27_energy_and_co2():
    energy = run_energy(0.7, hours=6, pue=1.2, kg_co2_per_kwh=0.4, usd_per_kwh=0.15)
    assert (energy.kwh, energy.kg_co2, energy.usd) == pytest.approx((5.04, 2.016, 0.756), rel=1e-9)
    with pytest.raises(VentureError, match=r"pue is 0\.9"):
        run_energy(0.7, hours=6, pue=0.9)


def test_case_l28_payback_of_a_fine_tune():
    found = tune_payback(benefit_usd_per_request=2.22, requests_per_month=50_000, once_usd=1905, usd_per_month=1825)
    assert found.first_month_usd == pytest.approx(107_270.0, rel=1e-9)
    assert found.days == pytest.approx(0.5235, abs=5e-5)


def test_a_tune_that_earns_less_than_it_costs_is_never_paid_back():
    found = tune_payback(benefit_usd_per_request=0.01, requests_per_month=50_000, once_usd=1905, usd_per_month=1825)
    assert found.days is State.NEVER and found.first_month_usd == pytest.approx(500 - 1825 - 1905)
