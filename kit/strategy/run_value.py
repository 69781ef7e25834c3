"""A run's rows and a deal in, the whole answer out: threshold, both purses and the errors to fix first."""

from __future__ import annotations

from dataclasses import dataclass

from kit.strategy.draws import LEVEL
from kit.strategy.error_cost import ClassCost, errors_by_class
from kit.strategy.margin import Ledger, error_mix, ledger
from kit.strategy.rows import Rows
from kit.strategy.stakes import Stakes, View, stakes_of
from kit.strategy.threshold import Choice, choose_threshold
from kit.strategy.value import Deal


@dataclass(frozen=True)
class RunValue:
    """What a run is worth under a deal. `ledger.surplus` is the saving per request of both purses together."""

    stakes: Stakes
    choice: Choice
    ledger: Ledger
    errors: tuple[ClassCost, ...]


def value_run(
    rows: Rows, deal: Deal, *,
    view: View = View.BOTH, target_margin: float | None = None, seed: int = 0, level: float = LEVEL,
) -> RunValue:
    """Choose the threshold on validation rows for one view, and report money, intervals and errors on test rows."""
    validation, test = rows.part("validation"), rows.part("test")
    stakes = stakes_of(deal, error_mix(validation, 0.0), view)
    choice = choose_threshold(validation, test, stakes, level=level, seed=seed)
    threshold = choice.threshold.value
    money = ledger(
        deal, choice.result, error_mix(test, threshold), target_margin=target_margin, seed=seed, level=level
    )
    errors = errors_by_class(
        test, deal, threshold, requests_per_year=12 * deal.requests_per_month, seed=seed, level=level
    )
    return RunValue(stakes, choice, money, errors)
