"""What errors cost: by class and year, as single numbers, and at which error price two runs change places.

Sources: cost of pass in Erol et al. (ICLR 2026); economic loss in Zellinger & Thomson (2025),
arXiv 2507.03834. The other closed forms are algebra on cost per request = model + error rate x price of an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, positive
from kit.strategy.draws import DRAWS, LEVEL, Quantity, draw_amount, interval, mean_of, nothing, stream
from kit.strategy.margin import error_mix
from kit.strategy.rows import Rows
from kit.strategy.stakes import Stakes
from kit.strategy.states import State, Value, finite, ratio
from kit.strategy.threshold import Choice, choose_threshold
from kit.strategy.value import Deal, Payer


@dataclass(frozen=True)
class ClassCost:
    """One kind of wrong automatic answer over a year; `count` are the held-out cases behind it."""

    kind: str
    payer: Payer
    count: int
    share_of_requests: float
    usd_per_year: Quantity


@dataclass(frozen=True)
class RankedRun:
    """A run at its own cheapest threshold."""

    name: str
    usd_per_request: Quantity
    choice: Choice


def errors_by_class(
    rows: Rows, deal: Deal, threshold: Value, *,
    requests_per_year: float, draws: int = DRAWS, seed: int = 0, level: float = LEVEL,
) -> tuple[ClassCost, ...]:
    """Yearly cost of each error class that was seen, the one to fix first at the head.

    $/year = requests x share of requests answered wrong in that class x loss; the share has Jeffreys' posterior.
    """
    positive("requests_per_year", requests_per_year)
    deff = rows.design_effect([~rows.correct])
    costs = []
    for kind, count in error_mix(rows, threshold).items():
        if count == 0:
            continue
        error, share = deal.price_of(kind), count / len(rows)
        shares = stream(seed, f"share.{kind}").beta(count / deff + 0.5, (len(rows) - count) / deff + 0.5, draws)
        losses = draw_amount(error.usd_per_error, f"errors.{error.name}", draws=draws, seed=seed)
        drawn = requests_per_year * shares * losses
        point = requests_per_year * share * mean_of(error.usd_per_error)
        costs.append((point, ClassCost(kind, error.payer, count, share, interval(point, drawn, level))))
    return tuple(cost for _, cost in sorted(costs, key=lambda pair: (-pair[0], pair[1].kind)))


def confusion_cost(
    rows: Rows, usd_per_case: Mapping[tuple[str, str], float], *, requests_per_year: float, other_usd: float = 0.0
) -> tuple[list[str], np.ndarray]:
    """Labels and the matrix [reference, prediction] of dollars a year: share of rows x price of the case x requests.

    `usd_per_case` names (reference, prediction) pairs; every other wrong pair costs `other_usd`.
    """
    if rows.reference is None or rows.prediction is None:
        raise VentureError("a confusion matrix needs the columns `reference` and `prediction`: this run has not both")
    positive("requests_per_year", requests_per_year)
    references, predictions = rows.reference.astype(str), rows.prediction.astype(str)
    labels = np.unique(np.concatenate([references, predictions]))
    price = np.where(np.eye(len(labels), dtype=bool), 0.0, non_negative("other_usd", other_usd))
    for (reference, prediction), usd in usd_per_case.items():
        non_negative(f"usd_per_case.{reference}->{prediction}", usd)
        price[np.ix_(labels == reference, labels == prediction)] = usd
    counts = np.zeros_like(price)
    np.add.at(counts, (np.searchsorted(labels, references), np.searchsorted(labels, predictions)), 1)
    return labels.tolist(), counts / max(len(rows), 1) * price * requests_per_year


def cost_of_pass(usd_per_request: float, accuracy: float) -> Value:
    """Expected dollars until a right answer: cost / accuracy; infinite where no answer is right.

    >>> cost_of_pass(0.002, 0.8)
    0.0025
    """
    return ratio(non_negative("usd_per_request", usd_per_request), fraction("accuracy", accuracy), State.INFINITE)


def economic_loss(
    *, usd_per_request: float, latency_s: float = 0.0, usd_per_second: float = 0.0,
    error_rate: float = 0.0, usd_per_error: float = 0.0, abstention_rate: float = 0.0, usd_per_abstention: float = 0.0,
) -> float:
    """Cost + latency x its price + error rate x its price + abstention rate x its price, per request.

    >>> model = {"usd_per_request": 0.001, "latency_s": 1.2, "error_rate": 0.08}
    >>> round(economic_loss(**model, usd_per_second=0.01, usd_per_error=5), 6)
    0.413
    """
    prices = {
        "usd_per_request": usd_per_request, "latency_s": latency_s, "usd_per_second": usd_per_second,
        "usd_per_error": usd_per_error, "usd_per_abstention": usd_per_abstention,
    }
    for name, usd in prices.items():
        non_negative(name, usd)
    errors = fraction("error_rate", error_rate) * usd_per_error
    abstained = fraction("abstention_rate", abstention_rate) * usd_per_abstention
    return usd_per_request + latency_s * usd_per_second + errors + abstained


def saving_if_all_automated(
    accuracy: float, *, human_usd: float, model_usd: float, error_usd: float, human_error: float = 0.0
) -> float:
    """Saving per request when nothing is handed off: h + e_h C - c - (1 - a) C.

    It rises with a, so the bounds of the accuracy map to the bounds of the saving.

    >>> round(saving_if_all_automated(0.92, human_usd=4, model_usd=0.01, error_usd=20), 6)
    2.39
    """
    return human_usd + human_error * error_usd - model_usd - (1 - accuracy) * error_usd


def break_even_accuracy(*, human_usd: float, model_usd: float, error_usd: float, human_error: float = 0.0) -> Value:
    """Accuracy from which answering everything pays: 1 - (h - c) / C - e_h; below 0 any accuracy pays, above 1 never.

    >>> round(break_even_accuracy(human_usd=4, model_usd=0.01, error_usd=20), 6)
    0.8005
    """
    saved = non_negative("human_usd", human_usd) - non_negative("model_usd", model_usd)
    room = ratio(saved, non_negative("error_usd", error_usd))
    if isinstance(room, State):
        return room
    needed = 1 - room - fraction("human_error", human_error)
    return State.NEVER if needed > 1 else needed


def critical_error_price(*, usd_a: float, usd_b: float, error_a: float, error_b: float) -> Value:
    """Price of an error at which runs A and B cost the same, all answered: (c_B - c_A) / (e_A - e_B).

    `never` where one run is cheaper at every price.

    >>> round(critical_error_price(usd_a=0.0007, usd_b=0.01, error_a=0.08, error_b=0.05), 6)
    0.31
    """
    fraction("error_a", error_a)
    fraction("error_b", error_b)
    price = ratio(non_negative("usd_b", usd_b) - non_negative("usd_a", usd_a), error_a - error_b, State.NEVER)
    return State.NEVER if isinstance(price, State) or price < 0 else abs(price)  # runs of one cost give -0.0


def critical_error_price_of_runs(
    a: Rows, b: Rows, *, usd_a: float, usd_b: float, draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> Quantity:
    """The same from two runs on the same rows in the same order, with the interval of their paired difference.

    In a world where the cheaper run is no worse the ranking never flips, at whatever price: the bound is infinite.
    """
    _check_paired(a, b)
    if len(a) == 0:
        return nothing(level)
    if usd_a > usd_b:
        a, b, usd_a, usd_b = b, a, usd_b, usd_a
    error_a, error_b = (float((~rows.correct).mean()) for rows in (a, b))
    point = critical_error_price(usd_a=usd_a, usd_b=usd_b, error_a=error_a, error_b=error_b)
    only_a, only_b = a.correct & ~b.correct, b.correct & ~a.correct
    deff = a.design_effect([only_a, only_b])
    counts = np.array([only_a.sum(), only_b.sum(), len(a) - only_a.sum() - only_b.sum()]) / deff
    shares = stream(seed, "paired").dirichlet(counts + 0.5, draws)
    gain = shares[:, 1] - shares[:, 0]
    prices = np.where(gain > 0, (usd_b - usd_a) / np.where(gain > 0, gain, 1.0), np.inf)
    if not isinstance(point, State):
        return interval(point, prices, level)
    # the point never flips, but some worlds may: say from which price on
    low = float(np.quantile(prices, (1 - level) / 2, method="lower"))
    return Quantity(point, finite(low, State.NEVER), State.INFINITE, level)


def rank_runs(runs: Mapping[str, tuple[Rows, Stakes]], *, level: float = LEVEL, seed: int = 0) -> tuple[RankedRun, ...]:
    """Runs by dollars per request on test rows, each at the threshold its validation rows choose; cheapest first."""
    ranked = []
    for name, (rows, stakes) in runs.items():
        choice = choose_threshold(rows.part("validation"), rows.part("test"), stakes, level=level, seed=seed)
        ranked.append(RankedRun(name, choice.usd_per_request, choice))
    return tuple(sorted(ranked, key=lambda run: _sortable(run.usd_per_request.value)))


def _sortable(value: Value) -> float:
    return float("inf") if isinstance(value, State) else value


def _check_paired(a: Rows, b: Rows) -> None:
    if len(a) != len(b):
        raise VentureError(f"the runs have {len(a)} and {len(b)} rows: pair them on the same rows in one order")
    if a.reference is not None and b.reference is not None and not np.array_equal(a.reference, b.reference):
        raise VentureError("the references of the two runs differ: pair them on the same rows in one order")
