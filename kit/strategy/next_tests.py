"""What to find out next: the value of knowing each input for the decision to go on selling, minus what it costs.

The decision: sell to a year's new accounts, or stop. An account is worth its margin while it stays, 36 months at most,
less its acquisition cost. Knowing an input is worth at most its EVPPI (`voi.evppi`); what cannot change the decision
is worth nothing, however uncertain it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kit.strategy.assumptions import Money
from kit.strategy.guesses import TOGETHER, contributions
from kit.strategy.information import question_of, value_of_test_rows
from kit.strategy.measured import MeasuredRun, deal_of, volume_of
from kit.strategy.voi import evppi
from kit.strategy.workings import Workings

HORIZON_MONTHS = 36
TEST_ROWS = 1_000
PILOTED = ("price", "new_accounts_per_month", "base_churn_per_month", "extra_churn_per_error_rate")
PILOTS, INTERVIEWS = 3, 10


@dataclass(frozen=True)
class Probe:
    """One test: the input it would tell, the evidence it takes, its most it can be worth in a year and its cost."""

    key: str
    evidence: str
    pieces: int
    value: float
    cost: float | None

    @property
    def net(self) -> float:
        """Value minus cost; a cost that nobody stated counts as nothing, and is shown as missing."""
        return self.value - (self.cost or 0.0)


def next_tests(w: Workings, run: MeasuredRun | None = None, *, most: int = 3) -> list[Probe]:
    """The tests with the most value minus cost, best first."""
    found = [*_inputs(w), *_test_rows(w, run)]
    return sorted(found, key=lambda test: (-test.net, test.key))[:most]


def value_of_going_on(w: Workings) -> np.ndarray:
    """12 new (m (1 - (1 - c)^36)/c - CAC) in every world; c churn, m margin per account, new accounts per month."""
    margin, churn, cac, new = (np.nan_to_num(w.spread(key), posinf=0.0) for key in (
        "margin_per_account", "churn_per_month", "cac", "new_accounts_per_month"))
    stays = np.where(churn > 0, (1 - (1 - churn) ** HORIZON_MONTHS) / np.where(churn > 0, churn, 1.0), HORIZON_MONTHS)
    return 12 * np.maximum(new, 0.0) * (margin * stays - cac)


def _inputs(w: Workings) -> list[Probe]:
    worth = value_of_going_on(w)
    acts = np.stack([worth, np.zeros_like(worth)], axis=1)
    tests, seen = [], set()
    for outcome in ("margin_per_account", "churn_per_month", "cac", "new_accounts_per_month"):
        for part in contributions(w, outcome):
            key = part.keys[0]
            if part.name in seen or part.kind == "run" or part.name == TOGETHER["wrong_share"]:
                continue  # a measured input is narrowed by test rows, which have their own line
            seen.add(part.name)
            evidence, pieces = ("pilots", PILOTS) if key in PILOTED else ("interviews", INTERVIEWS)
            value = max(evppi(acts, w.spread(name)) for name in part.keys)
            value = 0.0 if value < 1e-9 * np.abs(worth).mean() else value  # rounding of a decision that stands
            tests.append(Probe(key, evidence, pieces, value, _cost(w, evidence, pieces)))
    return tests


def _test_rows(w: Workings, run: MeasuredRun | None) -> Sequence[Probe]:
    if run is None or not len(run.rows.part("test")):
        return ()
    question = question_of(run.rows.part("test"), deal_of(w.venture, run))
    worth = value_of_test_rows(question, TEST_ROWS, requests=12 * volume_of(w.venture)).usd_of_rows
    return (Probe("error_rate", "rows", TEST_ROWS, worth, _cost(w, "rows", TEST_ROWS)),)


def _cost(w: Workings, evidence: str, pieces: int) -> float | None:
    costs = w.venture.evidence_costs
    prices: dict[str, Money | None] = {
        "rows": costs.per_test_row, "interviews": costs.per_interview, "pilots": costs.per_pilot}
    price = prices[evidence]
    return None if price is None else pieces * w.venture.point(price)
