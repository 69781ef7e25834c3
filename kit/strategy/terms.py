"""Terms of a round that bite later: redemption, valuation adjustment, anti-dilution, and how likely they are to.

The chance that a target is missed comes from the same draws as the plan, so a scenario moves both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kit.strategy.checks import non_negative, positive, require
from kit.strategy.states import State, Value
from kit.strategy.uncertainty import Array, MonteCarlo, Target, summarise

COMPENSATIONS = ("cash", "shares", "redemption")


@dataclass(frozen=True)
class Redemption:
    """The right to hand the shares back: who pays, after how many years, at which yearly rate.

    `cap` limits the claim, for example to what the company may lawfully pay; None where nothing does.
    """

    principal: float
    annual_rate: float
    interest: Literal["simple", "compound"]
    years: float
    obligor: Literal["company", "founder"] = "company"
    cap: float | None = None

    @property
    def claim(self) -> float:
        """What is due: `redemption_claim` of these terms, at most the cap."""
        due = redemption_claim(self.principal, annual_rate=self.annual_rate, years=self.years, interest=self.interest)
        return due if self.cap is None else min(due, non_negative("cap", self.cap))


@dataclass(frozen=True)
class TargetTerm:
    """A valuation-adjustment term: the metric, the date, the value promised, and what a miss costs.

    cash: investment x shortfall; shares: enough of the founders' shares that the investor holds what a valuation lower
    by the shortfall would have bought; redemption: the claim of the redemption term. Shortfall = 1 - actual/target.
    """

    metric: str
    date: str
    target: float
    compensation: Literal["cash", "shares", "redemption"]


@dataclass(frozen=True)
class TermOutcome:
    """What a target term does over the draws: chance of a miss, the cash it costs, the share it moves."""

    probability_missed: float
    standard_error: float
    cash: MonteCarlo
    share_moved: MonteCarlo
    probability_unpayable: Value


@dataclass(frozen=True)
class AntiDilution:
    """A protected class after a cheaper round: its conversion price and the shares it converts into."""

    conversion_price: float
    shares: float
    extra_shares: float


def redemption_claim(
    principal: float, *, annual_rate: float, years: float, interest: Literal["simple", "compound"]
) -> float:
    """P (1 + r t) simple, P (1 + r)^t compound.

    >>> for interest in ("simple", "compound"):
    ...     print(round(redemption_claim(10, annual_rate=0.08, years=5, interest=interest), 2))
    14.0
    14.69
    """
    positive("principal", principal)
    rate, time = non_negative("annual_rate", annual_rate), non_negative("years", years)
    require(interest in ("simple", "compound"), "interest", interest, "use 'simple' or 'compound'")
    return principal * (1 + rate * time) if interest == "simple" else principal * (1 + rate) ** time


def target_outcome(
    term: TargetTerm,
    metric_draws: Array,
    *,
    investment: float,
    post_money: float,
    redemption: Redemption | None = None,
    cash_draws: Array | None = None,
) -> TermOutcome:
    """Chance of missing the target and its price, draw by draw.

    `cash_draws` is the cash on the same date in the same draws: with it the chance that the company cannot pay what it
    owes is known; without it, or where a founder owes it, that chance is undefined. A draw without a value misses.
    """
    require(term.compensation in COMPENSATIONS, "compensation", term.compensation, f"use one of {COMPENSATIONS}")
    positive("target", term.target)
    metric = np.asarray(metric_draws, dtype=float)
    require(len(metric) > 0, "metric_draws", len(metric), "give at least one draw")
    missed = ~Target(term.target).met(metric)
    shortfall = np.where(missed, np.clip(1 - np.nan_to_num(metric, nan=0.0) / term.target, 0, 1), 0.0)
    cash, moved = np.zeros(len(metric)), np.zeros(len(metric))
    if term.compensation == "cash":
        cash = positive("investment", investment) * shortfall
    elif term.compensation == "redemption":
        fix = "a redemption on a missed target needs its redemption term"
        require(redemption is not None, "redemption", redemption, fix)
        cash = np.where(missed, redemption.claim, 0.0)  # type: ignore[union-attr]
    else:
        fix = f"it is more than the post-money of {post_money!r}, so correct one of the two"
        require(positive("investment", investment) <= positive("post_money", post_money), "investment", investment, fix)
        moved = _share_moved(shortfall, held=investment / post_money)
    chance = float(missed.mean())
    unpayable: Value = State.UNDEFINED
    by_founder = term.compensation == "redemption" and redemption is not None and redemption.obligor == "founder"
    if cash_draws is not None and not by_founder:
        unpayable = float((cash > np.maximum(np.asarray(cash_draws, dtype=float), 0)).mean())
    error = math.sqrt(chance * (1 - chance) / len(metric))
    return TermOutcome(chance, error, summarise(cash), summarise(moved), unpayable)


def anti_dilution(
    kind: Literal["broad_based", "full_ratchet"],
    *,
    invested: float,
    conversion_price: float,
    new_price: float,
    new_shares: float,
    shares_before: float,
) -> AntiDilution:
    """Conversion price after new shares are sold for less; a dearer round changes nothing.

    Broad-based weighted average: CP2 = CP1 (A + B)/(A + C), with A all shares before, B = new money/CP1 and C the new
    shares (NVCA model charter). Full ratchet: CP2 = the new price, however few shares were sold.

    >>> terms = dict(invested=10, conversion_price=1.0, new_price=0.5, new_shares=10, shares_before=40)
    >>> [round(anti_dilution(kind, **terms).conversion_price, 4) for kind in ("broad_based", "full_ratchet")]
    [0.9, 0.5]
    """
    before, new = positive("conversion_price", conversion_price), positive("new_price", new_price)
    issued, total = non_negative("new_shares", new_shares), positive("shares_before", shares_before)
    require(kind in ("broad_based", "full_ratchet"), "kind", kind, "use 'broad_based' or 'full_ratchet'")
    after = before
    if new < before and issued > 0:
        weighted = before * (total + issued * new / before) / (total + issued)
        after = new if kind == "full_ratchet" else weighted
    shares = positive("invested", invested) / after
    return AntiDilution(after, shares, shares - invested / before)


def _share_moved(shortfall: Array, *, held: float) -> Array:
    """Ownership at a valuation lower by the shortfall, less what is held; at most all of the company."""
    return held / np.maximum(1 - shortfall, held) - held
