"""What hangs on one request: the cost of answering right, answering wrong and handing off, for one purse or both.

Source of the closed-form threshold: Chow (1970), IEEE Trans. Information Theory 16:41-46.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from kit.strategy.checks import fraction, non_negative, number
from kit.strategy.draws import DRAWS
from kit.strategy.margin import drawn_losses, expected_losses
from kit.strategy.rows import Rows
from kit.strategy.states import State, Value
from kit.strategy.value import Deal, Number, Payer, Purses, amounts_of, drawn_amounts, purses


class View(StrEnum):
    """Whose money a decision counts."""

    US = "us"
    CUSTOMER = "customer"
    BOTH = "both"


@dataclass(frozen=True)
class Stakes:
    """Money per request of each way it can go; a gain is a negative cost.

    `wrong_usd_by_class` prices some classes apart; an error of any other class costs `wrong_usd`.
    """

    wrong_usd: float
    handoff_usd: float
    right_usd: float = 0.0
    always_usd: float = 0.0
    wrong_usd_by_class: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        for name in ("wrong_usd", "handoff_usd", "right_usd", "always_usd"):
            number(name, getattr(self, name))
        for kind, usd in (self.wrong_usd_by_class or {}).items():
            number(f"wrong_usd_by_class.{kind}", usd)

    def cost(self, shares: tuple[float, float, float]) -> float:
        """Expected cost of a request at the shares answered right, answered wrong and handed off."""
        right, wrong, handed = shares
        return self.always_usd + right * self.right_usd + wrong * self.wrong_usd + handed * self.handoff_usd

    def answered_usd(self, rows: Rows) -> np.ndarray:
        """What each row costs when the model answers it alone."""
        wrong = np.full(len(rows), float(self.wrong_usd))
        if self.wrong_usd_by_class and rows.error_class is not None:
            for kind, usd in self.wrong_usd_by_class.items():
                wrong[rows.error_class == kind] = usd
        return np.where(rows.correct, self.right_usd, wrong)

    def with_errors_left(self, share: float) -> Stakes:
        """The same where only `share` of the errors are still made: an error that may be gone costs its chance."""
        fraction("share of errors left", share)
        by_class = self.wrong_usd_by_class
        return replace(
            self,
            wrong_usd=self.right_usd + share * (self.wrong_usd - self.right_usd),
            wrong_usd_by_class=by_class
            and {kind: self.right_usd + share * (usd - self.right_usd) for kind, usd in by_class.items()},
        )


def stakes_of_hand_off(
    *, human_usd: float, error_usd: float, overhead_usd: float = 0.0, human_error: float = 0.0, model_usd: float = 0.0
) -> Stakes:
    """Stakes seen as one purse: a hand-off costs h + x + e_h C, a wrong answer C, every request the model."""
    fraction("human_error", human_error)
    prices = {"human_usd": human_usd, "error_usd": error_usd, "overhead_usd": overhead_usd, "model_usd": model_usd}
    for name, usd in prices.items():
        non_negative(name, usd)
    handoff_usd = human_usd + overhead_usd + human_error * error_usd
    return Stakes(wrong_usd=error_usd, handoff_usd=handoff_usd, always_usd=model_usd)


def chow_threshold(stakes: Stakes) -> Value:
    """Confidence from which a calibrated model should answer: (wrong - hand-off) / (wrong - right).

    With hand-off = h + e_h C and right = 0 this is 1 - h / C - e_h; 0 where handing off costs as much as an error.

    >>> round(chow_threshold(stakes_of_hand_off(human_usd=4, error_usd=20, human_error=0.02)), 6)
    0.78
    """
    if stakes.handoff_usd >= max(stakes.wrong_usd, stakes.right_usd):
        return 0.0
    if stakes.handoff_usd <= min(stakes.wrong_usd, stakes.right_usd):
        return State.NEVER
    if stakes.wrong_usd < stakes.right_usd:
        return State.UNDEFINED  # a purse that pays for right answers and not for wrong ones wants no confidence
    return (stakes.wrong_usd - stakes.handoff_usd) / (stakes.wrong_usd - stakes.right_usd)


def stakes_of(deal: Deal, mix: Mapping[str, float], view: View = View.BOTH) -> Stakes:
    """Expected stakes of a deal; `mix` weighs the error classes."""
    right, wrong, handed = _unit_costs(deal, amounts_of(deal), expected_losses(deal, mix), view)
    return Stakes(wrong_usd=float(wrong), handoff_usd=float(handed), right_usd=float(right))


def drawn_stakes(
    deal: Deal, mix: Mapping[str, float], view: View = View.BOTH, *,
    deff: float = 1.0, draws: int = DRAWS, seed: int = 0,
) -> np.ndarray:
    """(3, draws) cost of answering right, answering wrong and handing off in every world."""
    amounts = drawn_amounts(deal, draws=draws, seed=seed)
    losses = drawn_losses(deal, mix, deff=deff, draws=draws, seed=seed)
    return np.stack([np.broadcast_to(cost, draws) for cost in _unit_costs(deal, amounts, losses, view)])


def _unit_costs(deal: Deal, amounts: Mapping[str, Number], losses: Mapping[Payer, Number], view: View) -> list[Number]:
    # both ledgers are linear in the three shares, so their values at the corners are the stakes
    corners = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return [_cost(purses(deal, amounts, corner, losses), view) for corner in corners]


def _cost(p: Purses, view: View) -> Number:
    """What a request costs the view's purse; the customer's cost of today is no part of it."""
    if view == View.US:
        return -p.contribution
    return p.today - (p.customer_value if view == View.CUSTOMER else p.surplus)
