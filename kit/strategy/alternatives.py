"""What customers do without us, and what would keep rivals away: claims of people, each with its source and day.

A claim stays a claim: only answers on our own rows (a rival run, a reading of the lead) make a rival measured.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from kit.strategy.assumptions import Fraction, Money, Source, Strict
from kit.strategy.fields import Day
from kit.strategy.positioning import AlternativeKind, PowerName


class AlternativeRow(Strict):
    """One thing a customer can do instead."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    kind: AlternativeKind | None = None
    today: str = ""
    """what customers do with it today"""
    claim: str = ""
    """what is said for it, in words"""
    source: Source | None = None
    """who claims it"""
    date: Day | None = None
    quality: Fraction | None = None
    """claimed share of requests answered right"""
    price_per_1k: Money | None = None
    """claimed price of 1,000 requests"""
    measured_as: str = ""
    """the rival run, or the rival in the readings of the lead, that is this alternative; left out, its name"""

    @model_validator(mode="after")
    def _sourced(self) -> AlternativeRow:
        if self.quality is not None and self.quality.date is None:
            raise ValueError(f"quality of {self.id} has no date: a claim holds on the day it was read")
        if self.claim.strip() and self.source is None:
            raise ValueError(f"source of {self.id} is missing: say who claims it")
        return self

    @property
    def measured_name(self) -> str:
        return self.measured_as or self.name


class PowerEvidence(Strict):
    """What shows a benefit or a barrier, where it was seen and when."""

    text: str = Field(min_length=1)
    source: Source
    date: Day


class PowerRow(Strict):
    """One of the seven powers as we claim it."""

    power: PowerName
    claim: str = Field(min_length=1)
    benefit: str = ""
    """what we gain by it, in money or quality"""
    barrier: str = ""
    """why a rival who sees it does not copy it"""
    evidence: tuple[PowerEvidence, ...] = ()


class Positioning(Strict):
    """Alternatives and powers."""

    alternatives: tuple[AlternativeRow, ...] = ()
    powers: tuple[PowerRow, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Positioning:
        for place, names in (("alternatives", [row.id for row in self.alternatives]),
                             ("alternatives", [row.measured_name for row in self.alternatives]),
                             ("powers", [str(row.power) for row in self.powers])):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"{place} names {twice} twice: keep one")
        return self
