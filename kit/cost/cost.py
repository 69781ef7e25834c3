"""What a run cost and what serving will cost: device time, then money at capacity and money at the volume one has."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, dataclass

from kit.cost.energy import device_power_w, energy_kwh
from kit.cost.money import Price
from kit.cost.sheet import Sheet, to_usd
from kit.errors import PriceError
from kit.strategy.states import State, Value

HOURS_PER_MONTH = 730.0  # 365 * 24 / 12
PEAK_TO_MEAN = 2.5  # a daily load curve peaks at 2 to 3 times its mean


@dataclass(frozen=True)
class CostRecord:
    """The `cost` block of a run's summary. `energy_kwh` is an estimate, None where the device's power is not known."""

    train_usd: float
    currency: str
    train_cost: float
    energy_kwh: float | None
    price_id: str
    price_per_hour: float
    price_date: str | None

    def as_dict(self) -> dict[str, float | str | None]:
        return asdict(self)


@dataclass(frozen=True)
class ServingCost:
    """Serving at a monthly volume with devices that are always on."""

    num_devices: int
    usd_per_month: float
    utilisation: float
    usd_per_1k_requests: Value


def training_cost(
    device_seconds: float,
    price: Price,
    *,
    device_name: str | None = None,
    cores: int | None = None,
    sheet: Sheet | None = None,
) -> CostRecord:
    """cost = device_seconds / 3600 * price per hour; in dollars at the sheet's dated rate.

    `device_seconds` is wall time times devices; a CPU run counts the machine once, its price already covers the cores.
    The price is named by its row, or by itself ("2.9 CNY/hour") where it was typed. `device_name` (and `cores` for a
    CPU) give the energy estimate.
    """
    if not math.isfinite(device_seconds) or device_seconds < 0:
        raise ValueError(f"device_seconds must be zero or more (got {device_seconds})")
    if price.per != "hour":
        raise PriceError(f"{price} is not an hourly price: a run is priced per hour")
    cost = device_seconds / 3600 * price.amount
    watts = device_power_w(device_name, cores=cores)
    return CostRecord(
        train_usd=to_usd(cost, price.currency, sheet),
        currency=price.currency,
        train_cost=cost,
        energy_kwh=None if watts is None else energy_kwh(device_seconds, watts),
        price_id=price.id or str(price),
        price_per_hour=price.amount,
        price_date=price.checked.isoformat() if isinstance(price.checked, dt.date) else None,
    )


def usd_per_1k_requests_at_capacity(
    requests_per_s: float, price_per_hour: float, num_devices: int = 1, utilisation: float = 1.0
) -> Value:
    """1000 * price * devices / (3600 * requests_per_s * utilisation): the floor that only a full server reaches.

    `requests_per_s` is the throughput of all `num_devices` together, measured at the latency wanted; `price_per_hour`
    is USD for one device. Undefined where nothing is served.

    >>> round(usd_per_1k_requests_at_capacity(10, 2.50), 4)
    0.0694
    """
    _check(requests_per_s=requests_per_s, price_per_hour=price_per_hour, num_devices=num_devices)
    if not 0 <= utilisation <= 1:
        raise ValueError(f"utilisation is a share of capacity, 0 to 1 (got {utilisation})")
    served_per_hour = 3600 * requests_per_s * utilisation
    return 1000 * price_per_hour * num_devices / served_per_hour if served_per_hour else State.UNDEFINED


def serving_cost_at_volume(
    requests_per_month: float,
    requests_per_s: float,
    price_per_hour: float,
    *,
    min_devices: int = 1,
    peak_to_mean: float = PEAK_TO_MEAN,
) -> ServingCost:
    """Cost of `requests_per_month` with whole devices, always on, enough of them for the peak.

    devices = max(min_devices, ceil(mean requests/s * peak_to_mean / requests_per_s)); `requests_per_s` is what one
    device serves at the latency wanted, `price_per_hour` USD for one device. The cost per request falls with volume
    inside a step and jumps at the next device; with no requests it is undefined while the month still costs money.
    """
    _check(requests_per_month=requests_per_month, requests_per_s=requests_per_s, price_per_hour=price_per_hour)
    if requests_per_s == 0 or min_devices < 0 or peak_to_mean < 1:
        raise ValueError("needs requests_per_s > 0, min_devices >= 0 and peak_to_mean >= 1")
    mean_requests_per_s = requests_per_month / (HOURS_PER_MONTH * 3600)
    # the tiny slack keeps a load that fills n devices exactly from asking for n + 1 by a rounding error
    num_devices = max(min_devices, math.ceil(mean_requests_per_s * peak_to_mean / requests_per_s - 1e-9))
    usd_per_month = num_devices * price_per_hour * HOURS_PER_MONTH
    return ServingCost(
        num_devices=num_devices,
        usd_per_month=usd_per_month,
        utilisation=mean_requests_per_s / (requests_per_s * num_devices) if num_devices else 0.0,
        usd_per_1k_requests=1000 * usd_per_month / requests_per_month if requests_per_month else State.UNDEFINED,
    )


def usd_per_1k_requests_at_volume(
    requests_per_month: float,
    requests_per_s: float,
    price_per_hour: float,
    min_devices: int = 1,
    peak_to_mean: float = PEAK_TO_MEAN,
) -> Value:
    """USD per 1,000 requests at the volume one has; see `serving_cost_at_volume`.

    A $2.50 GPU that could serve 10 requests a second costs $0.07 per 1,000 when full; at 50,000 requests a month:

    >>> usd_per_1k_requests_at_volume(50_000, 10, 2.50)
    36.5
    """
    return serving_cost_at_volume(
        requests_per_month, requests_per_s, price_per_hour, min_devices=min_devices, peak_to_mean=peak_to_mean
    ).usd_per_1k_requests


def _check(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"{name} must be zero or more (got {value})")
