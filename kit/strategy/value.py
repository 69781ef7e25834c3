"""Two ledgers of one request, never mixed: what it brings and costs us, and what it is worth to the customer.

Shares of all requests: `right` = phi a and `wrong` = phi (1 - a) are answered by the model, `handed` = 1 - phi goes to
a person (phi the automation rate, a the accuracy when automated). Per request, in the venture's currency:

    revenue         R = p right (outcome) | p (usage) | p seats / requests (seat)
    our cost        K = model at volume + wrong L_us + handed h_us + q h_qa
    customer value  V = (h + e_h C) - [handed (h + x + e_h C) + wrong C'] - R

h and e_h: cost and error rate of the person who does it today; C what a wrong answer by that person costs the
customer; x overhead of a hand-off; C' and L_us what a wrong automatic answer costs the customer and us. Every cost has
one payer. Who pays for a hand-off is said once: when it is us, the customer's h + x in the bracket is not spent.
C stays where it is when an error class changes purse, so such a move is a transfer: R - K + V does not change.

Losses may hold a churn probability times a lifetime value. Lifetime value holds margin, and margin holds these losses:
the circle is broken by taking lifetime value BEFORE the cost of errors (`loss_of_error`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import numpy as np

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, one_of, positive
from kit.strategy.draws import DRAWS, Amount, Range, check_amount, draw_amount, mean_of

Number = float | np.ndarray


class Payer(StrEnum):
    US = "us"
    CUSTOMER = "customer"


class PriceMetric(StrEnum):
    OUTCOME = "outcome"  # paid per request that was answered right
    USAGE = "usage"  # paid per request
    SEAT = "seat"  # paid per seat and month


@dataclass(frozen=True)
class ErrorClass:
    """A kind of wrong automatic answer: who pays for it and how much one case costs."""

    name: str
    payer: Payer
    usd_per_error: Amount


@dataclass(frozen=True)
class Deal:
    """Terms of one customer; amounts are in the venture's currency, and any of them may be a 90 % range."""

    price_metric: PriceMetric
    price_usd: Amount
    human_usd_per_request: Amount
    requests_per_month: float
    errors: tuple[ErrorClass, ...]
    """the class named `other` prices every kind that is not named"""
    model_usd_per_request: Amount = 0.0
    """at the customer's volume, never at capacity: an idle GPU is paid too"""
    human_error_rate: float = 0.0
    usd_per_human_error: Amount = 0.0
    handoff_payer: Payer = Payer.CUSTOMER
    handoff_overhead_usd: Amount = 0.0
    """what a hand-off costs the customer beside the work itself"""
    our_usd_per_handoff: Amount = 0.0
    qa_share: float = 0.0
    qa_usd_per_check: Amount = 0.0
    seats: float = 0.0

    def __post_init__(self) -> None:
        for name in AMOUNTS:
            check_amount(name, getattr(self, name))
        for name, kind in (("price_metric", PriceMetric), ("handoff_payer", Payer)):
            one_of(name, getattr(self, name), kind)
        fraction("human_error_rate", self.human_error_rate)
        fraction("qa_share", self.qa_share)
        non_negative("seats", self.seats)
        positive("requests_per_month", self.requests_per_month)
        for error in self.errors:
            check_amount(f"errors.{error.name}.usd_per_error", error.usd_per_error)
            one_of(f"errors.{error.name}.payer", error.payer, Payer)
        if len({error.name for error in self.errors}) < len(self.errors):
            raise VentureError("errors names one class twice: an error has one payer; keep one row per class")
        ours = mean_of(self.our_usd_per_handoff)
        if self.handoff_payer == Payer.CUSTOMER and ours > 0:
            raise VentureError(
                f"our_usd_per_handoff is {ours:g} while handoff_payer is `customer`: one purse pays for a hand-off; "
                "set it to 0 or make `us` the payer"
            )
        if self.handoff_payer == Payer.US and mean_of(self.handoff_overhead_usd) > 0:
            raise VentureError(
                f"handoff_overhead_usd is {mean_of(self.handoff_overhead_usd):g} while handoff_payer is `us`: one "
                "purse pays for a hand-off; put all of it into our_usd_per_handoff"
            )

    def move_class(self, name: str, payer: Payer) -> Deal:
        """The same deal with one error class in the other purse."""
        if name not in {error.name for error in self.errors}:
            raise VentureError(f"error class {name!r} is not in the deal: name one of {[e.name for e in self.errors]}")
        moved = tuple(replace(error, payer=payer) if error.name == name else error for error in self.errors)
        return replace(self, errors=moved)

    def price_of(self, kind: str) -> ErrorClass:
        """The class that prices a kind of error."""
        by_name = {error.name: error for error in self.errors}
        found = by_name.get(kind) or by_name.get("other")
        if found is None:
            raise VentureError(f"error class {kind!r} has no price: add it to errors, or add a class named `other`")
        return found


AMOUNTS = tuple(field.name for field in fields(Deal) if field.type == "Amount")


@dataclass(frozen=True)
class CostLine:
    """One cost per request and the purse it leaves."""

    name: str
    payer: Payer
    usd: Number


@dataclass(frozen=True)
class Purses:
    """Per request: what comes in, every cost with its payer, and what the customer pays today for the same work."""

    revenue: Number
    today: Number
    costs: tuple[CostLine, ...]

    def _paid_by(self, payer: Payer) -> Number:
        return sum((line.usd for line in self.costs if line.payer == payer), start=0.0)

    @property
    def our_cost(self) -> Number:
        return self._paid_by(Payer.US)

    @property
    def contribution(self) -> Number:
        """R - K."""
        return self.revenue - self.our_cost

    @property
    def customer_value(self) -> Number:
        """V."""
        return self.today - self._paid_by(Payer.CUSTOMER) - self.revenue

    @property
    def surplus(self) -> Number:
        """R - K + V: what the two purses share, whatever the price."""
        return self.contribution + self.customer_value


def loss_of_error(
    *, rework_usd: float = 0.0, refund_usd: float = 0.0, churn_probability: float = 0.0,
    ltv_before_errors_usd: float = 0.0, penalty_usd: float = 0.0,
) -> float:
    """Cost of one wrong answer: rework + refund + churn probability x lifetime value + penalty.

    The lifetime value must be the one before the cost of errors: with its own result inside it the sum has no start.

    >>> loss_of_error(rework_usd=4, refund_usd=6, churn_probability=0.01, ltv_before_errors_usd=1000)
    20.0
    """
    for name, usd in {"rework_usd": rework_usd, "refund_usd": refund_usd, "penalty_usd": penalty_usd}.items():
        non_negative(name, usd)
    ltv = non_negative("ltv_before_errors_usd", ltv_before_errors_usd)
    return rework_usd + refund_usd + fraction("churn_probability", churn_probability) * ltv + penalty_usd


def amounts_of(deal: Deal) -> dict[str, Number]:
    """Expected value of each amount of the deal."""
    return {name: mean_of(getattr(deal, name)) for name in AMOUNTS}


def drawn_amounts(deal: Deal, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Number]:
    """Each amount of the deal in every world: an array for a range, a number otherwise."""
    drawn: dict[str, Number] = amounts_of(deal)
    for name in AMOUNTS:
        if isinstance(getattr(deal, name), Range):
            drawn[name] = draw_amount(getattr(deal, name), name, draws=draws, seed=seed)
    return drawn


def purses(
    deal: Deal, amounts: Mapping[str, Number], shares: tuple[Number, Number, Number], losses: Mapping[Payer, Number]
) -> Purses:
    """Both ledgers of one request: numbers in, numbers out; arrays in, one world per element.

    `shares`: right, wrong and handed-off; `losses`: expected loss of a wrong automatic answer by payer.
    """
    right, wrong, handed = shares
    human, human_error = amounts["human_usd_per_request"], deal.human_error_rate * amounts["usd_per_human_error"]
    revenue = {
        PriceMetric.OUTCOME: amounts["price_usd"] * right,
        PriceMetric.USAGE: amounts["price_usd"] + 0 * right,
        PriceMetric.SEAT: amounts["price_usd"] * deal.seats / deal.requests_per_month + 0 * right,
    }[deal.price_metric]
    if deal.handoff_payer == Payer.US:
        handoff = handed * amounts["our_usd_per_handoff"]
    else:
        handoff = handed * (human + amounts["handoff_overhead_usd"])
    costs = (
        CostLine("model", Payer.US, amounts["model_usd_per_request"]),
        CostLine("qa", Payer.US, deal.qa_share * amounts["qa_usd_per_check"]),
        CostLine("handoff", deal.handoff_payer, handoff),
        CostLine("human_errors", Payer.CUSTOMER, handed * human_error),
        *(CostLine(f"errors_{payer}", payer, wrong * losses.get(payer, 0.0)) for payer in Payer),
    )
    return Purses(revenue, human + human_error, costs)
