"""Unit economics of one customer: margin from named cost lines, lifetime value, acquisition cost, payback.

The month is the base period and every rate is a fraction. Amounts are in the venture's currency.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kit.errors import VentureError
from kit.strategy.checks import fraction, non_negative, number, whole
from kit.strategy.states import State, Value, ratio

COGS_LINES = ("inference", "hosting", "vector_db", "review", "support", "payment_fees")
"""Cost of delivering to paying customers. A practice, not a standard: hence `count_as_cogs` and `leave_out`."""

OTHER_LINES = {"training": "research and development", "experiments": "research and development",
               "free_tier": "sales and marketing", "trials": "sales and marketing"}
"""Lines that are not cost of goods sold unless the user moves them, and where they belong."""


def arpa(mrr: float, accounts: float) -> Value:
    """Average revenue per account = MRR / paying accounts, per month (Skok, SaaS Metrics 2.0).

    >>> arpa(50_000, 500)
    100.0
    """
    return ratio(non_negative("mrr", mrr), non_negative("accounts", accounts))


@dataclass(frozen=True)
class Margins:
    """Gross margin with the customary lines (`standard`) and with the lines the user counts (`chosen`)."""

    standard: Value
    chosen: Value
    standard_cogs: float
    chosen_cogs: float
    other_costs: float
    """What `chosen` leaves below the gross margin."""


def margins(revenue: float, lines: Mapping[str, float], *, count_as_cogs: Collection[str] = (),
            leave_out: Collection[str] = ()) -> Margins:
    """GM = (revenue - COGS) / revenue; undefined without revenue.

    `count_as_cogs` moves training or the free tier (or a line of the user's own) above the gross margin,
    `leave_out` moves a line below it. Both margins come back, since an investor will ask for the other one.

    >>> margins(100, {"inference": 23, "hosting": 10, "support": 12, "payment_fees": 3}).standard
    0.52
    """
    revenue = non_negative("revenue", revenue)
    costs = {name: non_negative(f"lines.{name}", cost) for name, cost in lines.items()}
    known = {*COGS_LINES, *OTHER_LINES, *count_as_cogs, *leave_out}
    for name in costs:
        if name not in known:
            raise VentureError(f"lines.{name} is not a known cost line: use one of {', '.join(sorted(known))}, "
                               f"or say where {name!r} belongs with count_as_cogs or leave_out")
    for name in (*count_as_cogs, *leave_out):
        if name not in costs:
            raise VentureError(f"{name!r} is moved but is not among the cost lines {', '.join(sorted(costs))}")
    both = set(count_as_cogs) & set(leave_out)
    if both:
        raise VentureError(f"{', '.join(sorted(both))} stands in both count_as_cogs and leave_out: keep one")
    standard = sum(cost for name, cost in costs.items() if name in COGS_LINES)
    chosen = sum(cost for name, cost in costs.items()
                 if (name in COGS_LINES or name in count_as_cogs) and name not in leave_out)
    return Margins(ratio(revenue - standard, revenue), ratio(revenue - chosen, revenue), float(standard),
                   float(chosen), float(sum(costs.values()) - chosen))


def ai_layer_margin(ai_revenue: float, *, inference: float, gpu: float = 0.0, human_in_loop: float = 0.0) -> Value:
    """(variable AI revenue - inference - GPU - people in the loop) / variable AI revenue; shown beside the blended one.

    >>> ai_layer_margin(1000, inference=230, gpu=100, human_in_loop=170)
    0.5
    """
    revenue = non_negative("ai_revenue", ai_revenue)
    cost = (non_negative("inference", inference) + non_negative("gpu", gpu)
            + non_negative("human_in_loop", human_in_loop))
    return ratio(revenue - cost, revenue)


def inference_efficiency(revenue: float, inference: float) -> Value:
    """Revenue / inference cost; infinite when inference is free (ICONIQ, State of AI 2025, reports about 4.3).

    >>> inference_efficiency(430, 100)
    4.3
    """
    revenue = non_negative("revenue", revenue)
    return ratio(revenue, non_negative("inference", inference), State.INFINITE if revenue else State.UNDEFINED)


def margin_per_account(arpa_per_month: Value, gross_margin: Value) -> Value:
    """m = ARPA x GM, per account and month; a state on either side is passed on."""
    if isinstance(arpa_per_month, State):
        return arpa_per_month
    if isinstance(gross_margin, State):
        return gross_margin
    return arpa_per_month * gross_margin


def ltv_simple(margin_per_month: float, churn_per_month: float) -> Value:
    """LTV = m / c (Skok; for its limits Gurley, The Dangerous Seduction of the LTV Formula, 2012).

    Zero churn: infinite at a positive margin (see `ltv_zero_churn`), undefined at a loss without end.

    >>> round(ltv_simple(52, 0.03), 4)
    1733.3333
    """
    margin = number("margin_per_month", margin_per_month)
    churn = fraction("churn_per_month", churn_per_month)
    if margin == 0:
        return 0.0
    return ratio(margin, churn, State.INFINITE if margin > 0 else State.UNDEFINED)


def ltv_discounted(margin_per_month: float, *, retention_per_month: float, discount_per_month: float) -> Value:
    """LTV = m (1 + d) / (1 + d - r), the first payment now (Fader & Hardie, note 024, 2012).

    >>> round(ltv_discounted(52, retention_per_month=0.97, discount_per_month=0.01), 6)
    1313.0
    """
    margin = number("margin_per_month", margin_per_month)
    retention = fraction("retention_per_month", retention_per_month)
    discount = fraction("discount_per_month", discount_per_month)
    if margin == 0:
        return 0.0
    return ratio(margin * (1 + discount), 1 + discount - retention,
                 State.INFINITE if margin > 0 else State.UNDEFINED)


@dataclass(frozen=True)
class ZeroChurnLtv:
    """Two readings of a customer base that has not lost anyone yet; show both."""

    perpetuity: Value
    capped: float


def ltv_zero_churn(margin_per_month: float, *, discount_per_month: float, cap_months: int = 60) -> ZeroChurnLtv:
    """Perpetuity due m (1 + d) / d, infinite at d = 0, and the undiscounted sum m x cap.

    >>> ltv_zero_churn(52, discount_per_month=0.01)
    ZeroChurnLtv(perpetuity=5252.0, capped=3120.0)
    """
    cap = whole("cap_months", cap_months, lowest=1)
    discount = fraction("discount_per_month", discount_per_month)
    margin = number("margin_per_month", margin_per_month)
    endless = State.INFINITE if margin > 0 else State.UNDEFINED
    perpetuity = 0.0 if margin == 0 else ratio(margin * (1 + discount), discount, endless)
    return ZeroChurnLtv(perpetuity, margin * cap)


def ltv_expanding(margin_per_month: float, *, added_per_month: float, churn_per_month: float) -> Value:
    """LTV = a / c + m (1 - c) / c^2: the margin a grows by m every month a customer stays (Skok, SaaS Metrics 2.0).

    >>> round(ltv_expanding(52, added_per_month=1, churn_per_month=0.03), 4)
    2811.1111
    """
    margin, added = number("margin_per_month", margin_per_month), number("added_per_month", added_per_month)
    churn = fraction("churn_per_month", churn_per_month)
    if churn == 0:
        grows = margin >= 0 and added >= 0 and margin + added > 0
        return State.INFINITE if grows else 0.0 if margin == added == 0 else State.UNDEFINED
    return margin / churn + added * (1 - churn) / churn**2


def cac(sales_and_marketing: float, new_customers: float) -> Value:
    """CAC = fully loaded sales and marketing cost / new customers; undefined while there are none.

    >>> cac(60_000, 100)
    600.0
    """
    return ratio(non_negative("sales_and_marketing", sales_and_marketing),
                 non_negative("new_customers", new_customers))


def ltv_to_cac(ltv: Value, cac_per_customer: Value) -> Value:
    """LTV / CAC, 3 or more wanted (Skok). Undefined for a negative LTV: a better-looking ratio would reward dear CAC.

    >>> round(ltv_to_cac(1733.333333, 600), 6)
    2.888889
    """
    if not isinstance(ltv, State) and ltv < 0:
        return State.UNDEFINED
    return ratio(ltv, cac_per_customer, State.INFINITE if not isinstance(ltv, State) and ltv > 0 else State.UNDEFINED)


def payback_simple(cac_per_customer: float, margin_per_month: float) -> Value:
    """Months = CAC / m (Skok wants fewer than 12); never when each month loses money.

    >>> round(payback_simple(600, 52), 4)
    11.5385
    """
    cost, margin = non_negative("cac_per_customer", cac_per_customer), number("margin_per_month", margin_per_month)
    return State.NEVER if margin <= 0 else cost / margin


def payback_with_churn(cac_per_customer: float, margin_per_month: float, churn_per_month: float) -> Value:
    """n = ln(1 - CAC c / m) / ln(1 - c): months until the shrinking cohort has paid back; never when CAC >= m / c.

    It solves m (1 - (1 - c)^n) / c = CAC. Within the first month nobody has left, so there CAC / m holds.

    >>> round(payback_with_churn(600, 52, 0.03), 4)
    13.9493
    """
    simple = payback_simple(cac_per_customer, margin_per_month)
    churn = fraction("churn_per_month", churn_per_month)
    if isinstance(simple, State) or churn == 0 or simple <= 1:
        return simple
    return State.NEVER if simple * churn >= 1 else math.log1p(-simple * churn) / math.log1p(-churn)


@dataclass(frozen=True)
class BreakEven:
    """Customers needed to cover fixed costs, exact and as whole customers."""

    exact: Value
    whole: Value


def break_even_customers(fixed_per_month: float, contribution_per_customer: float) -> BreakEven:
    """fixed / contribution, and the next whole customer; never at a contribution of zero or less.

    >>> break_even_customers(120_000, 52).whole
    2308
    """
    fixed = non_negative("fixed_per_month", fixed_per_month)
    contribution = number("contribution_per_customer", contribution_per_customer)
    if contribution <= 0:
        return BreakEven(State.NEVER, State.NEVER)
    # a quotient that is whole but for the last bit must not ask for one customer more
    return BreakEven(fixed / contribution, math.ceil(round(fixed / contribution, 9)))


@dataclass(frozen=True)
class HybridPlan:
    """A seat price with included requests, a price beyond them (0 = none is charged) and a cost per request."""

    seat_price_per_month: float
    included_requests: float
    cost_per_request: float
    price_per_extra_request: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            non_negative(name, getattr(self, name))

    def margin(self, requests_per_month: float) -> float:
        """seat + extra requests x price - requests x cost, per account and month."""
        used = non_negative("requests_per_month", requests_per_month)
        extra = max(0.0, used - self.included_requests)
        return self.seat_price_per_month + extra * self.price_per_extra_request - used * self.cost_per_request

    def break_even_requests(self) -> Value:
        """Requests above which an account loses money; never where extra requests pay for themselves."""
        if self.cost_per_request == 0:
            return State.NEVER
        flat = self.seat_price_per_month / self.cost_per_request
        if flat <= self.included_requests:
            return flat
        short = self.cost_per_request - self.price_per_extra_request
        at_limit = self.margin(self.included_requests)
        return State.NEVER if short <= 0 else self.included_requests + at_limit / short


@dataclass(frozen=True)
class UsageMargin:
    percentile: float
    requests_per_month: float
    margin: float


def margin_by_usage(plan: HybridPlan, requests_per_month: Sequence[float],
                    percentiles: Sequence[float] = (10, 50, 90, 99)) -> tuple[list[UsageMargin], Value]:
    """Margin at percentiles of measured usage, and the share of accounts that lose money (undefined: no accounts).

    A mean hides the heavy users who use up the margin of the others.
    """
    used = sorted(non_negative("requests_per_month", value) for value in requests_per_month)
    if not used:
        return [], State.UNDEFINED
    rows = []
    for percentile in percentiles:
        rank = math.ceil(fraction("percentile / 100", percentile / 100) * len(used))
        at = used[max(0, rank - 1)]
        rows.append(UsageMargin(percentile, at, plan.margin(at)))
    return rows, sum(plan.margin(value) < 0 for value in used) / len(used)
