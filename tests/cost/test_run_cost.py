"""Money of a run and of serving, worked by hand."""

import pytest

from kit.cost.cost import (
    HOURS_PER_MONTH,
    serving_cost_at_volume,
    training_cost,
    usd_per_1k_requests_at_capacity,
    usd_per_1k_requests_at_volume,
)
from kit.cost.devices import PATTERNS
from kit.cost.energy import BOARD_POWER_W, device_power_w, energy_kwh
from kit.cost.prices import nearest, parse_price, resolve, to_usd
from kit.errors import PriceError
from kit.strategy.states import State


def test_a_run_costs_its_device_hours_and_names_the_row():
    record = training_cost(2 * 3600 * 8, resolve("aws-h100-sxm").price, device_name="NVIDIA H100 80GB HBM3").as_dict()
    assert record == {
        "train_usd": pytest.approx(16 * 6.88),
        "currency": "USD",
        "train_cost": pytest.approx(16 * 6.88),
        "energy_kwh": pytest.approx(16 * 0.7 * 0.75 * 1.56),
        "price_id": "aws-h100-sxm",
        "price_per_hour": 6.88,
        "price_date": "2026-11-09",
    }


def test_a_run_priced_in_yuan_keeps_its_currency_and_has_dollars_beside_it():
    record = training_cost(1800, parse_price("2.9 CNY/hour"))
    assert (record.train_cost, record.currency) == (pytest.approx(1.45), "CNY")
    assert record.train_usd == pytest.approx(to_usd(1.45, "CNY"))
    assert (record.price_id, record.price_date, record.energy_kwh) == ("2.9 CNY/hour", None, None)


def test_a_cpu_run_is_cheap_but_not_free():
    record = training_cost(60, nearest("cpu", cores=2).price, device_name="cpu", cores=2)
    assert record.train_usd == pytest.approx(0.1785 / 2 / 60)
    assert record.energy_kwh == pytest.approx(7 / 1000 / 60 * 0.75 * 1.56)
    assert training_cost(0, nearest("cpu", cores=2).price).train_usd == 0


def test_a_run_is_not_priced_by_tokens_nor_for_negative_time():
    with pytest.raises(ValueError, match="device_seconds"):
        training_cost(-1, parse_price("1 USD/hour"))
    with pytest.raises(PriceError, match="not an hourly price"):
        training_cost(1, resolve("aws-t4").row.model_copy(update={"per": "mtok_input"}).as_price())


def test_every_device_of_the_sheet_has_a_power_and_others_have_none():
    assert {kind for _, kind in PATTERNS} == set(BOARD_POWER_W)
    assert device_power_w("cpu", cores=4) == 14
    assert device_power_w("cpu") is None
    assert device_power_w("NVIDIA GeForce GTX 1650", cores=4) is None
    assert energy_kwh(3600, 1000, load=1, pue=1) == 1
    with pytest.raises(ValueError, match="pue"):
        energy_kwh(3600, 1000, pue=0.9)


def test_a_full_server_and_fifty_thousand_requests_differ_526_fold():
    full = usd_per_1k_requests_at_capacity(10, 2.50)
    here = usd_per_1k_requests_at_volume(50_000, 10, 2.50)
    assert round(full, 2) == 0.07
    assert here == 36.50
    assert round(here / full) == 526


def test_capacity_cost_scales_with_devices_and_idle_time():
    assert usd_per_1k_requests_at_capacity(10, 2.50, 2, 0.5) == pytest.approx(4 * 2.5 / 36)
    assert usd_per_1k_requests_at_capacity(0, 2.50) is State.UNDEFINED
    assert usd_per_1k_requests_at_capacity(10, 2.50, utilisation=0) is State.UNDEFINED
    with pytest.raises(ValueError, match="utilisation"):
        usd_per_1k_requests_at_capacity(10, 2.50, utilisation=1.1)


def test_capacity_comes_in_whole_devices():
    one_device = 10 * 3600 * HOURS_PER_MONTH / 2.5  # what one device serves in a month when the peak fills it
    below, above = (serving_cost_at_volume(n, 10, 2.50) for n in (one_device, one_device + 1000))
    assert (below.num_devices, above.num_devices) == (1, 2)
    assert below.utilisation == pytest.approx(0.4) and above.utilisation == pytest.approx(0.2, rel=1e-3)
    assert above.usd_per_month == 2 * below.usd_per_month == 2 * 2.5 * 730
    assert above.usd_per_1k_requests > below.usd_per_1k_requests
    assert below.usd_per_1k_requests == pytest.approx(2.5 * 1000 / (36_000 * 0.4))


def test_the_floor_is_the_devices_that_are_always_on():
    assert usd_per_1k_requests_at_volume(50_000, 10, 2.50, min_devices=2) == 73.0
    assert serving_cost_at_volume(50_000, 10, 2.50, min_devices=0).num_devices == 1
    nobody = serving_cost_at_volume(0, 10, 2.50)
    assert nobody.usd_per_month == 1825 and nobody.usd_per_1k_requests is State.UNDEFINED
    assert serving_cost_at_volume(0, 10, 2.50, min_devices=0).usd_per_month == 0


def test_volume_never_costs_less_per_request_than_a_full_server():
    for volume in (1_000, 1_000_000, 50_000_000):
        assert usd_per_1k_requests_at_volume(volume, 10, 2.50) >= usd_per_1k_requests_at_capacity(10, 2.50)


@pytest.mark.parametrize("bad", [{"requests_per_s": 0}, {"requests_per_month": -1}, {"price_per_hour": float("nan")}])
def test_impossible_serving_is_a_bad_argument(bad):
    with pytest.raises(ValueError, match=r"requests_per|price_per_hour"):
        usd_per_1k_requests_at_volume(**{"requests_per_month": 9, "requests_per_s": 10, "price_per_hour": 2.5, **bad})
