"""Rounds and who owns what after each: priced round with a pool, SAFE, convertible loan, VC method, use of funds.

Shares are fully diluted; money is in any one unit, the same throughout. What an exit leaves to each holder is in
kit.strategy.waterfall, what a missed target or a redemption costs in kit.strategy.terms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kit.strategy.checks import fraction, non_negative, positive, require
from kit.strategy.states import State, Value

POOL = "pool"
Holdings = dict[str, float]


@dataclass(frozen=True)
class PricedRound:
    """New money at an agreed pre-money valuation.

    `pool_share` is the option pool wanted: of all shares after the round (`post_money`) or before it (`pre_money`). In
    both the shares it needs are made before the money comes, so the present holders alone pay for them.
    """

    name: str
    investor: str
    pre_money: float
    investment: float
    pool_share: float = 0.0
    pool_basis: Literal["post_money", "pre_money"] = "post_money"


@dataclass(frozen=True)
class Closed:
    """A round that is done: the table after it, its price, and what it really valued the present holders' shares at."""

    name: str
    holdings: Holdings
    price_per_share: float
    new_shares: float
    pool_shares_added: float
    post_money: float
    effective_pre_money: float

    @property
    def ownership(self) -> dict[str, float]:
        """Fully diluted share of each holder."""
        return ownership(self.holdings)


@dataclass(frozen=True)
class ConvertibleLoan:
    """A loan that becomes shares in the next round; the interest is simple and converts with it."""

    principal: float
    annual_rate: float
    discount: float = 0.0
    cap_pre_money: float | None = None


@dataclass(frozen=True)
class Converted:
    """What a loan became, and which of its rights set the price."""

    amount: float
    price_per_share: float
    shares: float
    by: Literal["cap", "discount", "round price"]


@dataclass(frozen=True)
class VcMethod:
    """Ownership needed at exit and now, and the post-money that gives it; `never` where even all is too little."""

    ownership_at_exit: float
    ownership_now: float
    post_money: Value


@dataclass(frozen=True)
class GateBudget:
    """What it takes to pass one gate."""

    gate: str
    cost: float
    months: float


@dataclass(frozen=True)
class FundedGate:
    """A gate in its turn: money and months until it is passed, what is then left, whether the round reaches it."""

    gate: str
    cost: float
    share_of_round: float
    spent: float
    left: float
    month: float
    funded: bool


def ownership(holdings: Mapping[str, float]) -> dict[str, float]:
    """Fully diluted share of each holder."""
    total = math.fsum(positive_total(holdings))
    return {holder: shares / total for holder, shares in holdings.items()}


def positive_total(holdings: Mapping[str, float]) -> list[float]:
    """The holders' shares after their checks."""
    shares = [non_negative(f"holdings.{holder}", amount) for holder, amount in holdings.items()]
    require(math.fsum(shares) > 0, "holdings", dict(holdings), "give at least one holder shares")
    return shares


def dilution(*, pre_money: float, investment: float) -> float:
    """Share that new money takes without a pool: investment/(pre-money + investment).

    >>> dilution(pre_money=8, investment=2)
    0.2
    """
    positive("pre_money", pre_money)
    return non_negative("investment", investment) / (pre_money + investment)


def close_round(holdings: Mapping[str, float], terms: PricedRound) -> Closed:
    """Price and table of a priced round (Metrick & Yasuda 2010, Venture Capital and the Finance of Innovation).

    Investors get i = investment/post-money, the pool t of the shares after the round, the others the rest: N = S/(1 -
    i - t) with S the shares that are not in the pool. A pool that is already larger is kept as it is.

    >>> closed = close_round({"founders": 1_000_000}, PricedRound("A", "fund", 30, 10, pool_share=0.10))
    >>> {holder: round(part, 4) for holder, part in closed.ownership.items()}, round(closed.effective_pre_money, 6)
    ({'founders': 0.65, 'pool': 0.1, 'fund': 0.25}, 26.0)
    """
    existing = math.fsum(positive_total(holdings))
    pool = holdings.get(POOL, 0.0)
    new = dilution(pre_money=terms.pre_money, investment=positive("investment", terms.investment))
    wanted = fraction("pool_share", terms.pool_share)
    after = wanted if terms.pool_basis == "post_money" else wanted * (1 - new)
    outside = existing - pool
    fix = f"with {new:.0%} for the investor nothing is left to the present holders, so ask for a smaller pool"
    require(new + after < 1 and outside > 0, "pool_share", terms.pool_share, fix)
    total = outside / (1 - new - after)
    added = max(0.0, after * total - pool)
    if added == 0:
        total = existing / (1 - new)
    issued = new * total
    table = {**holdings}
    if pool + added > 0:
        table[POOL] = pool + added
    table[terms.investor] = table.get(terms.investor, 0.0) + issued
    price = (terms.pre_money + terms.investment) / total
    post_money = terms.pre_money + terms.investment
    return Closed(terms.name, table, price, issued, added, post_money, price * existing)


def cap_table_by_round(holdings: Mapping[str, float], rounds: Sequence[PricedRound]) -> list[Closed]:
    """Each round closed on the table that the one before left."""
    table, closed = dict(holdings), []
    for terms in rounds:
        closed.append(close_round(table, terms))
        table = closed[-1].holdings
    return closed


def safe_ownership(*, investment: float, post_money_cap: float) -> float:
    """Share that a post-money SAFE holds before the next round: investment/cap (Y Combinator, post-money SAFE, 2018).

    >>> safe_ownership(investment=500_000, post_money_cap=10_000_000)
    0.05
    """
    part = non_negative("investment", investment) / positive("post_money_cap", post_money_cap)
    fix = f"it buys the whole company at a cap of {post_money_cap:g}, so raise the cap"
    require(part < 1, "investment", investment, fix)
    return part


def convert_safes(holdings: Mapping[str, float], safes: Mapping[str, tuple[float, float]]) -> Holdings:
    """Table after post-money SAFEs {holder: (investment, cap)} convert, before the new money and its pool.

    Each ends with exactly investment/cap, whatever the others hold, so together they dilute the present holders only.
    """
    present = math.fsum(positive_total(holdings))
    parts = {h: safe_ownership(investment=money, post_money_cap=cap) for h, (money, cap) in safes.items()}
    taken = math.fsum(parts.values())
    require(taken < 1, "safes", dict(safes), f"together they hold {taken:.0%} of the company, so raise the caps")
    table = dict(holdings)
    for holder, part in parts.items():
        table[holder] = table.get(holder, 0.0) + part * present / (1 - taken)
    return table


def convert_loan(
    loan: ConvertibleLoan, *, months: float, round_price_per_share: float, shares_before_round: float
) -> Converted:
    """Principal and simple interest at the lowest of round price x (1 - discount) and cap/shares before the round.

    >>> loan = ConvertibleLoan(1_000_000, annual_rate=0.08, discount=0.20, cap_pre_money=8_000_000)
    >>> found = convert_loan(loan, months=18, round_price_per_share=1.5, shares_before_round=10_000_000)
    >>> round(found.amount), found.price_per_share, round(found.shares), found.by
    (1120000, 0.8, 1400000, 'cap')
    """
    price = positive("round_price_per_share", round_price_per_share)
    require(0 <= loan.discount < 1, "discount", loan.discount, "give a fraction from 0 to below 1")
    years = non_negative("months", months) / 12
    amount = positive("principal", loan.principal) * (1 + non_negative("annual_rate", loan.annual_rate) * years)
    by: Literal["cap", "discount", "round price"] = "round price"
    lowest = price
    if loan.discount > 0:
        lowest, by = price * (1 - loan.discount), "discount"
    if loan.cap_pre_money is not None:
        capped = positive("cap_pre_money", loan.cap_pre_money) / positive("shares_before_round", shares_before_round)
        if capped < lowest:
            lowest, by = capped, "cap"
    return Converted(amount, lowest, amount / lowest, by)


def vc_method(*, exit_value: float, multiple: float, investment: float, retention: float) -> VcMethod:
    """Ownership at exit = investment x multiple/exit, now = that/retention, post-money = investment/now.

    Sahlman (1987), HBS note 288-006. `retention` is the part of today's share that later rounds leave.

    >>> vc_method(exit_value=100, multiple=10, investment=2, retention=0.5)
    VcMethod(ownership_at_exit=0.2, ownership_now=0.4, post_money=5.0)
    """
    at_exit = positive("investment", investment) * positive("multiple", multiple) / positive("exit_value", exit_value)
    now = at_exit / positive("retention", fraction("retention", retention))
    return VcMethod(at_exit, now, investment / now if now < 1 else State.NEVER)


def use_of_funds(budgets: Sequence[GateBudget], *, raised: float, cash: float = 0.0) -> list[FundedGate]:
    """Gates in their order, paid from cash and the round until the money is gone."""
    positive("raised", raised)
    non_negative("cash", cash)
    spent, month, rows = 0.0, 0.0, []
    for i, budget in enumerate(budgets):
        spent += non_negative(f"budgets[{i}].cost", budget.cost)
        month += non_negative(f"budgets[{i}].months", budget.months)
        left = raised + cash - spent
        rows.append(FundedGate(budget.gate, budget.cost, budget.cost / raised, spent, left, month, left >= 0))
    return rows
