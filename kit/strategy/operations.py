"""What tuning and serving take: customisation cost, cascades, learning, waiting time, energy, payback."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kit.strategy.build_or_buy import DAYS_PER_MONTH
from kit.strategy.checks import fraction, non_negative, positive, require
from kit.strategy.states import State, Value, ratio


@dataclass(frozen=True)
class Labelling:
    """Labels bought: each is given by several annotators, and a share of the cost is added for quality control."""

    labels: float
    usd_per_label: float
    annotators: float = 1
    quality_share: float = 0.0


@dataclass(frozen=True)
class Training:
    """Every run that was paid for, failed and sweep runs too, and the days of engineers."""

    runs: float
    gpu_hours_per_run: float
    usd_per_gpu_hour: float
    engineer_days: float = 0.0
    usd_per_engineer_day: float = 0.0


@dataclass(frozen=True)
class Customisation:
    """What a tuned model cost, and per request over its life."""

    labels_usd: float
    training_usd: float
    engineering_usd: float
    total_usd: float
    usd_per_request: Value


@dataclass(frozen=True)
class Waiting:
    """A queue: share of capacity in use, chance to wait, mean wait before service, mean time in all (service included).

    Times are in the unit of the rates: rates per second give seconds. `infinite` where the load is not below capacity.
    """

    load: float
    probability_wait: float
    wait: Value
    time_in_system: Value


@dataclass(frozen=True)
class Energy:
    """A run's electricity."""

    kwh: float
    kg_co2: float
    usd: float


@dataclass(frozen=True)
class TunePayback:
    """What a fine-tune gives: profit of its first month with the one-off cost in it, and days until that is back."""

    first_month_usd: float
    days: Value


def customisation_cost(
    labelling: Labelling,
    training: Training,
    *,
    requests_per_month: float,
    planned_life_months: float,
    drift_life_months: float | None = None,
) -> Customisation:
    """Labels x price x annotators x (1 + QA) + GPU hours + engineer days, over min(planned life, drift life) requests.

    >>> cost = customisation_cost(Labelling(5000, 0.10, 3, 0.15), Training(12, 6, 2.50),
    ...                           requests_per_month=500_000, planned_life_months=12)
    >>> round(cost.labels_usd, 2), round(cost.training_usd, 2), round(cost.usd_per_request, 7)
    (1725.0, 180.0, 0.0003175)
    """
    for part in (labelling, training):
        for name, amount in vars(part).items():
            non_negative(f"{type(part).__name__.lower()}.{name}", amount)
    labels = labelling.labels * labelling.usd_per_label * labelling.annotators * (1 + labelling.quality_share)
    gpu = training.runs * training.gpu_hours_per_run * training.usd_per_gpu_hour
    people = training.engineer_days * training.usd_per_engineer_day
    life = non_negative("planned_life_months", planned_life_months)
    if drift_life_months is not None:
        life = min(life, non_negative("drift_life_months", drift_life_months))
    requests = non_negative("requests_per_month", requests_per_month) * life
    total = labels + gpu + people
    return Customisation(labels, gpu, people, total, ratio(total, requests))


def cascade_usd_per_request(
    *, first_usd: float, second_usd: float, escalated_share: float
) -> tuple[float, Value]:
    """Cheap model on all, dear one on the escalated: c1 + s c2, and the saving 1 - cost/c2 against the dear one alone.

    Chen, Zaharia & Zou (2023), FrugalGPT. Accuracy must come from both models on the same rows, not from this formula.

    >>> cost, saving = cascade_usd_per_request(first_usd=0.0004, second_usd=0.01, escalated_share=0.2)
    >>> round(cost, 6), round(saving, 6)
    (0.0024, 0.76)
    """
    escalated = fraction("escalated_share", escalated_share) * non_negative("second_usd", second_usd)
    cost = non_negative("first_usd", first_usd) + escalated
    relative = ratio(cost, second_usd)
    return cost, relative if isinstance(relative, State) else 1 - relative


def wright_cost_ratio(times_volume: float, *, learning_rate: float) -> float:
    """Unit cost after cumulated volume grew n-fold: n^b, b = log2(1 - learning rate) (Wright 1936).

    >>> round(wright_cost_ratio(8, learning_rate=0.2), 6)
    0.512
    """
    return positive("times_volume", times_volume) ** wright_exponent(learning_rate)


def wright_exponent(learning_rate: float) -> float:
    """log2(1 - learning rate): -0.321928 where each doubling takes off 20 %."""
    require(0 <= learning_rate < 1, "learning_rate", learning_rate, "give the share saved per doubling, 0 to below 1")
    return math.log2(1 - learning_rate)


def erlang_c(servers: int, *, arrivals_per_s: float, served_per_s: float) -> Waiting:
    """M/M/c queue: chance to wait C(c, a) and mean wait C/(c mu - lambda), a = lambda/mu (Erlang 1917).

    C comes from Erlang B by recursion, which does not overflow with many servers.

    >>> queue = erlang_c(2, arrivals_per_s=1.5, served_per_s=1)
    >>> round(queue.probability_wait, 4), round(queue.wait, 4)
    (0.6429, 1.2857)
    """
    require(servers >= 1, "servers", servers, "give at least 1")
    offered = non_negative("arrivals_per_s", arrivals_per_s) / positive("served_per_s", served_per_s)
    load = offered / servers
    if load >= 1:
        return Waiting(load, 1.0, State.INFINITE, State.INFINITE)
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    waiting = blocked / (1 - load * (1 - blocked))
    wait = waiting / (servers * served_per_s - arrivals_per_s)
    return Waiting(load, waiting, wait, wait + 1 / served_per_s)


def mm1(*, arrivals_per_s: float, served_per_s: float) -> Waiting:
    """M/M/1 queue: time in the system 1/(mu - lambda); at 95 % load it is 4 times that at 80 %.

    >>> [round(mm1(arrivals_per_s=rate, served_per_s=10).time_in_system, 6) for rate in (8, 9.5)]
    [0.5, 2.0]
    """
    return erlang_c(1, arrivals_per_s=arrivals_per_s, served_per_s=served_per_s)


def run_energy(
    power_kw: float, *, hours: float, pue: float = 1.2, kg_co2_per_kwh: float = 0.4, usd_per_kwh: float = 0.15
) -> Energy:
    """kWh = power x hours x PUE (the building's overhead), then carbon and price of that many kWh.

    The defaults are round figures of a grid with much gas and coal; give those of the place. Method: Strubell, Ganesh
    & McCallum (2019), ACL.

    >>> energy = run_energy(0.7, hours=6)
    >>> [round(x, 3) for x in (energy.kwh, energy.kg_co2, energy.usd)]
    [5.04, 2.016, 0.756]
    """
    require(pue >= 1, "pue", pue, "give the whole building's power over the machine's, so 1 or more")
    kwh = non_negative("power_kw", power_kw) * non_negative("hours", hours) * pue
    carbon, price = non_negative("kg_co2_per_kwh", kg_co2_per_kwh), non_negative("usd_per_kwh", usd_per_kwh)
    return Energy(kwh, kwh * carbon, kwh * price)


def tune_payback(
    *, benefit_usd_per_request: float, requests_per_month: float, once_usd: float, usd_per_month: float
) -> TunePayback:
    """Days until benefit less running cost has paid the one-off cost, in months of 30 days; `never` at no gain.

    The benefit must be one purse's: what the customer saves pays us back only as far as we charge for it.

    >>> found = tune_payback(benefit_usd_per_request=2.22, requests_per_month=50_000, once_usd=1905, usd_per_month=1825)
    >>> round(found.first_month_usd, 2), round(found.days, 4)
    (107270.0, 0.5235)
    """
    benefit = benefit_usd_per_request * non_negative("requests_per_month", requests_per_month)
    gain = benefit - non_negative("usd_per_month", usd_per_month)
    once = non_negative("once_usd", once_usd)
    days: Value = once / gain * DAYS_PER_MONTH if gain > 0 else State.NEVER
    return TunePayback(gain - once, days)
