"""A venture: one document per worksheet, its stage, currency and the runs it stands on. Loaded from YAML, strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from kit.cost.money import CURRENCIES
from kit.errors import VentureError
from kit.strategy.alternatives import Positioning
from kit.strategy.assumptions import Assumption, Count, Fraction, Money, Rate, Strict, assumptions_in, explain
from kit.strategy.books import Actuals
from kit.strategy.documents import Demand, EvidenceCosts, Permissions, RunRefs, Specifics, Target
from kit.strategy.draws import Amount
from kit.strategy.value import Payer, PriceMetric

Stage = Literal["idea", "pilot", "paying", "scaling"]


class Customers(Strict):
    """Whose work it is, how much of it there is, what it costs today, and how customers come and go."""

    segment: str
    payer: str
    accounts: Count
    """paying accounts today; 0 before revenue"""
    new_accounts_per_month: Count
    requests_per_account_per_month: Count
    human_minutes_per_request: Count
    human_cost_per_request: Money
    human_error_rate: Fraction
    cost_per_human_error: Money
    churn_per_month: Fraction
    extra_churn_per_error_rate: Count
    """monthly churn added per unit of wrong automatic answers, of all requests"""


class Market(Strict):
    """The same market from below (accounts) and from above (a published figure per year)."""

    accounts: Count
    serviceable_share: Fraction
    obtainable_share: Fraction
    top_down_per_year: Money


class Pricing(Strict):
    """Price metric and price: per right answer (outcome), per request (usage) or per seat and month."""

    metric: PriceMetric
    price: Money
    seats_per_account: Count


class Costs(Strict):
    """What a request, an account and a month cost us; a hand-off is paid by one purse only."""

    handoff_payer: Payer
    handoff_overhead: Money
    our_cost_per_handoff: Money
    qa_share: Fraction
    qa_cost_per_check: Money
    hosting_per_account: Money
    support_per_account: Money
    payment_fee_share: Fraction
    sales_and_marketing_per_month: Money
    research_per_month: Money
    overhead_per_month: Money


class Serving(Strict):
    """The model at the volume planned: replicas come whole; a run's measured throughput and price replace these."""

    replica_cost_per_month: Money
    requests_per_replica_month: Count
    utilisation: Fraction
    """average over peak load, with which measured throughput becomes capacity"""
    min_replicas: Count
    fixed_cost_per_month: Money


class Api(Strict):
    """The hosted model that would do the same work, as measured or assumed on the same rows."""

    name: str
    input_tokens: Count
    output_tokens: Count
    input_price_per_mtok: Money
    output_price_per_mtok: Money
    error_rate: Fraction
    price_factor_per_year: Count


class Quality(Strict):
    """What is assumed of the model until a run says otherwise; `rows` is how many held-out rows the belief is worth."""

    rows: Count
    accuracy: Fraction
    automation_rate: Fraction
    accuracy_when_automated: Fraction
    target_accuracy_when_automated: Fraction


class ErrorPrice(Strict):
    """A class of wrong automatic answers: who pays and how much. The class `other` prices every kind not named."""

    payer: Payer
    cost: Money


class Capital(Strict):
    """Money in the bank, the round, terms of payment."""

    cash: Money
    raised: Money
    pre_money: Money
    pool_share: Fraction
    target_margin: Fraction
    growth_per_month: Rate
    """of new accounts"""
    collection_days: Count
    vat_rate: Fraction


class RiskRow(Strict):
    """A row of the register, in money; the residual chance is what the treatment leaves."""

    event: str
    cause: str
    probability: Fraction
    loss: Money
    owner: str
    indicator: str
    treatment: str
    treatment_cost: Money
    residual_probability: Fraction


class TripwireRow(Strict):
    """A reading (keys joined by dots, from `run` or `prices`) and the line that reopens a risk."""

    name: str
    path: str
    threshold: float
    direction: Literal["above", "below"]
    unit: str = ""
    baseline: float | None = None


class Fit(Strict):
    """Answers to "how would you feel without it", from users of the last two weeks."""

    very_disappointed: Count
    valid_answers: Count


class Venture(Strict):
    """All documents of a venture; every amount is read in its currency through its dated exchange rates."""

    id: str
    title: str
    task: str
    stage: Stage
    currency: str
    exchange_rates: dict[str, Assumption]
    """units of the venture's currency for one of another; USD is always among them unless it is the currency"""
    customers: Customers
    market: Market
    pricing: Pricing
    costs: Costs
    serving: Serving
    api: Api
    quality: Quality
    errors: dict[str, ErrorPrice]
    capital: Capital
    risks: tuple[RiskRow, ...]
    tripwires: tuple[TripwireRow, ...] = ()
    fit: Fit | None = None
    runs: RunRefs = RunRefs()
    demand: Demand | None = None
    actuals: Actuals | None = None
    specifics: Specifics | None = None
    positioning: Positioning | None = None
    permissions: Permissions | None = None
    targets: dict[str, Target] = Field(default_factory=dict)
    """of gates, by their keys"""
    evidence_costs: EvidenceCosts = EvidenceCosts()
    owners: dict[str, str] = Field(default_factory=dict)
    """who decides about a document"""

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in CURRENCIES:
            raise ValueError(f"currency is {value!r}: one of {', '.join(CURRENCIES)} is due")
        return value

    @field_validator("exchange_rates")
    @classmethod
    def _dated(cls, rates: dict[str, Assumption]) -> dict[str, Assumption]:
        for code, rate in rates.items():
            if code not in CURRENCIES:
                raise ValueError(f"{code} is not a known currency: use one of {', '.join(CURRENCIES)}")
            if rate.date is None:
                raise ValueError(f"{code}.date is missing: an exchange rate holds on a day")
            if not rate.point > 0:
                raise ValueError(f"{code}.value is {rate.point:g}: a rate is above zero")
        return rates

    @model_validator(mode="after")
    def _currencies_and_purses(self) -> Venture:
        if self.currency != "USD" and "USD" not in self.exchange_rates:
            raise ValueError("exchange_rates.USD is missing: add the units of "
                             f"{self.currency} for one dollar, with date and source")
        for place, money in amounts_in(self):
            if money.currency not in (self.currency, *self.exchange_rates):
                raise ValueError(f"{place}.currency is {money.currency!r}: give it in {self.currency}, or add "
                                 f"exchange_rates.{money.currency}")
            if money.tax == "included" and not self.capital.vat_rate.point:
                raise ValueError(f"{place}.tax is 'included' while capital.vat_rate is 0: give the rate that is in it")
        for name in self.owners:
            if name not in type(self).model_fields:
                raise ValueError(f"owners.{name} is no document: use one of {', '.join(type(self).model_fields)}")
        if "other" not in self.errors:
            raise ValueError("errors.other is missing: add the class that prices every error not named")
        if self.customers.requests_per_account_per_month.point <= 0:
            raise ValueError("customers.requests_per_account_per_month is 0: give the requests of one account")
        if self.serving.min_replicas.point % 1:
            raise ValueError(f"serving.min_replicas is {self.serving.min_replicas.point:g}: a whole number is due")
        if self.serving.requests_per_replica_month.point <= 0:
            raise ValueError("serving.requests_per_replica_month is 0: give what one replica can answer")
        return self

    def rate_of(self, currency: str) -> float:
        """Units of the venture's currency for one unit of another."""
        if currency == self.currency:
            return 1.0
        if currency not in self.exchange_rates:
            raise VentureError(f"exchange_rates.{currency} is missing: add it with date and source to read this price")
        return self.exchange_rates[currency].point

    @property
    def usd_rate(self) -> float:
        """Dollars for one unit of the venture's currency."""
        return 1 / self.rate_of("USD")

    def factor(self, money: Money) -> float:
        """What turns a stated amount into the venture's currency without VAT, in which every worksheet reckons."""
        vat = self.capital.vat_rate.point if money.tax == "included" else 0.0
        return self.rate_of(money.currency) / (1 + vat)

    def amount(self, money: Money) -> Amount:
        """An amount in the venture's currency, as a number or a range."""
        return money.amount(self.factor(money))

    def point(self, money: Money) -> float:
        return money.point * self.factor(money)


def amounts_in(document: Any, place: str = "") -> list[tuple[str, Money]]:
    """Every amount of money in a document, with its place."""
    return [(found, amount) for found, amount in assumptions_in(document, place) if isinstance(amount, Money)]


def mapping_of(venture: Venture) -> dict[str, Any]:
    """The venture as plain documents: what a file or a store keeps, and `venture_of` reads back to an equal one."""
    return venture.model_dump(mode="json", exclude_defaults=True)


def load_venture(path: Path) -> Venture:
    """Read a venture or playbook file; every fault is named with its place."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VentureError(f"{path} cannot be read ({error.strerror}): name a venture file in YAML") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or error
        raise VentureError(f"{path}{line}: is not valid YAML ({problem}); mend that line") from error
    return venture_of(raw, str(path))


def venture_of(raw: Any, name: str = "venture") -> Venture:
    """A venture from parsed YAML or JSON."""
    if not isinstance(raw, dict):
        raise VentureError(f"{name} is {raw!r:.40}: a mapping of documents is due (customers, pricing, costs, ...)")
    try:
        return Venture.model_validate(raw)
    except ValidationError as error:
        raise VentureError(explain(Venture, error, name)) from error
