"""Documents in which a venture meets reality: demand, what is special about it, permissions, targets, roles of runs.

Models alone, each optional in a venture (the books are in `books`); what they come to is worked out in the modules of
the same names.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, model_validator

from kit.strategy.assumptions import Count, Fraction, Money, Strict
from kit.strategy.fields import Day, Share

# demand

class Segment(Strict):
    """A group of customers that buys for the same reason."""

    id: str
    name: str
    accounts: Count | None = None
    """how many of them there are"""
    note: str = ""


class Pain(Strict):
    """What hurts a segment, and what it loses by it in a year."""

    id: str
    segment: str
    pain: str
    loss_per_account_per_year: Money
    reach: Fraction | None = None
    """share of the segment's accounts that have it"""


class Interview(Strict):
    """One talk: 0 no pain, 1 a nuisance, 2 costs time or money, 3 already paid or built something against it."""

    date: Day
    segment: str
    quote: str
    pain: str | None = None
    """id of the pain; left out where the talk brought up none"""
    hurt: int = Field(ge=0, le=3)
    who: str = ""
    """role, not name"""


class PilotStep(Strict):
    """The day on which an account came to a step of the funnel, and the money it named there."""

    date: Day
    amount_per_month: Money | None = None


PILOT_STEPS = ("talk", "letter_of_intent", "pilot", "paying")


class Pilot(Strict):
    """One account on its way to paying; a step left out was skipped or has not come."""

    account: str
    segment: str
    talk: PilotStep | None = None
    letter_of_intent: PilotStep | None = None
    pilot: PilotStep | None = None
    paying: PilotStep | None = None
    lost: Day | None = None
    hours_saved_per_month: Count | None = None
    """measured at the customer"""

    @model_validator(mode="after")
    def _in_order(self) -> Pilot:
        steps = [(name, getattr(self, name).date) for name in PILOT_STEPS if getattr(self, name) is not None]
        if not steps:
            raise ValueError(f"{self.account} has no step: give one of {', '.join(PILOT_STEPS)} with its date")
        if self.lost is not None:
            steps.append(("lost", self.lost))
        for (first, then), (second, now) in itertools.pairwise(steps):
            if now < then:
                raise ValueError(f"{second} of {self.account} is {now}, before {first} on {then}: mend one date")
        return self


class Demand(Strict):
    """Segments, their pains, what was heard about them, and who came how far towards paying."""

    segments: tuple[Segment, ...]
    pains: tuple[Pain, ...]
    interviews: tuple[Interview, ...] = ()
    pilots: tuple[Pilot, ...] = ()

    @model_validator(mode="after")
    def _ids(self) -> Demand:
        segments, pains = _ids("segments", self.segments), _ids("pains", self.pains)
        rows: tuple[tuple[str, tuple[Pain | Interview | Pilot, ...]], ...] = (
            ("pains", self.pains), ("interviews", self.interviews), ("pilots", self.pilots))
        for place, named in rows:
            for number, row in enumerate(named):
                _known(f"{place}[{number}].segment", row.segment, segments)
        for number, talk in enumerate(self.interviews):
            if talk.pain is not None:
                _known(f"interviews[{number}].pain", talk.pain, pains)
        return self


# what is special about a start-up that trains large models

class ToMatch(Strict):
    """What a rival needs to come to the same model."""

    data_rows: Count
    cost_per_row: Money
    device_hours: Count | None = None
    """of all runs, failed ones too; left out, the device-hours of the live run"""
    cost_per_device_hour: Money
    person_days: Count
    cost_per_person_day: Money
    months: Count


class FreshSample(Strict):
    """Requests of a day after training: how many are unlike the training data, and how many of them were right."""

    date: Day
    requests: int = Field(ge=1)
    unlike: int = Field(ge=0)
    right: int | None = Field(default=None, ge=0)
    ref: str = ""

    @model_validator(mode="after")
    def _within(self) -> FreshSample:
        for name, count in (("unlike", self.unlike), ("right", self.right)):
            if count is not None and count > self.requests:
                raise ValueError(f"{name} is {count}, more than {self.requests} requests: count again")
        return self


class LeadReading(Strict):
    """Our quality and a rival's on the same rows on one day, as shares answered right."""

    date: Day
    rival: str
    ours: Share
    theirs: Share
    rows: int = Field(ge=1)
    one_alone: int | None = Field(default=None, ge=0)
    """rows that exactly one of the two got right; known, the two are compared as pairs"""
    ref: str = ""

    @model_validator(mode="after")
    def _possible(self) -> LeadReading:
        gap = abs(self.ours - self.theirs) * self.rows
        if self.one_alone is not None and not gap - 0.5 <= self.one_alone <= self.rows:
            raise ValueError(f"one_alone is {self.one_alone}: with {self.rows} rows and a lead of {gap:.0f} of them it "
                             f"lies between {math.ceil(gap - 0.5)} and {self.rows}")
        return self


class Specifics(Strict):
    """Capital, threshold, change of demand and competition, each with its measure."""

    capital_spent: Money | None = None
    gates_passed: Count | None = None
    """over all stages so far; left out, the gates met now"""
    to_match: ToMatch | None = None
    fresh: tuple[FreshSample, ...] = ()
    lead: tuple[LeadReading, ...] = ()


# permissions

Users = Literal["internal", "b2b", "public"]
Jurisdiction = Literal["cn", "eu", "other"]


class BaseFiling(Strict):
    """Own evidence that the base model is filed, where the list that ships does not have it."""

    name: str
    date: Day
    ref: str


class Permissions(Strict):
    """Who uses the product where and what it does, from which the path of permission follows."""

    users: Users
    """internal: our own people; b2b: people inside the customer; public: anyone beyond, a customer's customers too"""
    markets: tuple[Jurisdiction, ...] = Field(min_length=1)
    base_model: str
    is_tuned: bool = True
    """own weights, an adapter included; false where a filed model is called as it is"""
    generates: bool
    """text, audio or images for the user; a classifier does not"""
    shapes_opinion: bool = False
    """can carry public opinion or mobilise (舆论属性或社会动员能力)"""
    personalises: bool = False
    """ranks or pushes content by person"""
    is_news: bool = False
    clones_voice: bool = False
    tuning_flops_share: Fraction | None = None
    """compute of the tuning over that of the base model's training"""
    work_starts: Day
    costs: dict[str, Money] = Field(default_factory=dict)
    """of each path, by its id"""
    base_filing: BaseFiling | None = None


# targets, evidence, roles

class Target(Strict):
    """A gate's target in place of the usual one: who set it and why."""

    value: float
    owner: str
    reason: str
    date: Day | None = None


class EvidenceCosts(Strict):
    """What one more piece of evidence costs."""

    per_test_row: Money | None = None
    per_label: Money | None = None
    per_interview: Money | None = None
    per_pilot: Money | None = None


class RunRef(Strict):
    """A run by the name of its folder; `sha256` is of its summary when the venture came to stand on it."""

    name: str
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class RunRefs(Strict):
    """The runs a venture stands on, by role."""

    live: RunRef | None = None
    candidate: RunRef | None = None
    rivals: tuple[RunRef, ...] = ()


def _ids(place: str, rows: Iterable[Any]) -> list[str]:
    found = [row.id for row in rows]
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{place} names {twice} twice: give each its own id")
    return found


def _known(place: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(f"{place} is {name!r}: one of {', '.join(known) or 'none yet'} is due")
