"""The handbook of a playbook: what a founder does with the venture beside it, in English and Chinese, strictly typed.

The venture (`playbook.yaml`) holds the figures of the worksheets; the handbook (`handbook.yaml`) holds the rest of the
thirteen contents of a playbook and points into the venture instead of repeating it: error classes, tripwires, the five
numbers to replace first. They are two files so that the venture can be copied into a project as it is.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from kit.errors import VentureError
from kit.strategy.assumptions import Assumption, Source, Strict, explain
from kit.strategy.venture import Venture

QUESTIONS = 12
INTERVIEW_COLUMNS = ("date", "segment", "who", "quote", "pain", "hurt")
"""of interviews.csv: the fields of an interview of the venture's demand, hurt from 0 to 3"""

_HAN = re.compile(r"[\u3400-\u9fff]")


class Words(Strict):
    """One text in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    @model_validator(mode="after")
    def _languages(self) -> Words:
        if not _HAN.search(self.zh):
            raise ValueError(f"zh is {self.zh[:40]!r}: it has no Chinese character; translate it")
        return self

    def said(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Figure(Assumption):
    """A number a founder will quote: with its unit, the day of its source and the source itself."""

    unit: str
    date: dt.date

    @field_validator("source")
    @classmethod
    def _named(cls, value: Source) -> Source:
        if not value.ref:
            raise ValueError("source.ref is empty: name where the figure was read, or what it was guessed from")
        return value


class FigureRow(Strict):
    """The same quantity in mainland China and elsewhere, side by side."""

    what: Words
    cn: Figure
    global_: Figure = Field(alias="global")


class Payer(Strict):
    """Who signs, what one case is, and what it costs that person today."""

    who: Words
    case: Words
    today: Words
    cost_per_case: FigureRow


class Column(Strict):
    name: str
    type: str
    meaning: Words


class Borderline(Strict):
    row: Words
    ruling: Words


class Label(Strict):
    """A class with three rows nobody argues about and three on which annotators do, ruled on."""

    name: str
    clear: tuple[Words, Words, Words]
    borderline: tuple[Borderline, Borderline, Borderline]


class DataSpec(Strict):
    """What a customer is asked for, and in which words."""

    kind: Literal["rows", "generator"]
    path: str
    """of the shipped rows or of the script that draws them, from the playbook's folder"""
    columns: tuple[Column, ...] = Field(min_length=2)
    minimum_rows: int = Field(ge=1)
    why_so_many: Words
    rights: Words
    """a clause to paste into the pilot agreement"""
    labels: tuple[Label, ...] = Field(min_length=2)


class Rival(Strict):
    """The hosted model that would do the same; its token counts, prices and errors stand in the venture's `api`."""

    prompt: str
    sheet_prices: tuple[str, ...]
    """ids of the price sheet, for a customer in mainland China; none where the sheet has no such service"""
    human_minutes: FigureRow
    note: Words


class ErrorClass(Strict):
    """What an error of the venture's class looks like; its payer and range stand in the venture."""

    name: str
    looks_like: Words


class PricePoint(Strict):
    what: Words
    cn: Figure
    global_: Figure = Field(alias="global")


class Price(Strict):
    """The price metric (`pricing.metric` of the venture) in words, and three points to try on three customers."""

    metric: Words
    points: tuple[PricePoint, PricePoint, PricePoint]


class Permission(Strict):
    rule: Words
    source: Source
    date: dt.date


class PermissionRows(Strict):
    cn: tuple[Permission, ...] = Field(min_length=1)
    eu: tuple[Permission, ...] = Field(min_length=1)


class Alternative(Strict):
    """What the customer can do instead: what is claimed for it, and what we measured."""

    name: Words
    claimed: Words
    claimed_by: Source
    measured: Words


class Step(Strict):
    """Days of the first ninety: what is done, and the reading that ends the venture."""

    days: tuple[int, int]
    do: Words
    stop_if: Words


class Wire(Strict):
    """A tripwire of the venture by its name: what it watches and what we do when it trips."""

    name: str
    watch: Words
    act: Words


class Replace(Strict):
    """A field of the venture to replace first, and how to learn it within a week."""

    field: str
    how: Words


class Case(Strict):
    """Something that happened, on a day, as somebody else wrote it down."""

    title: Words
    date: dt.date
    story: Words
    lesson: Words
    sources: tuple[str, ...] = Field(min_length=1)

    @field_validator("sources")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not address.startswith("https://") and not address.startswith("http://"):
                raise ValueError(f"sources has {address!r}: give an address that a reader can open")
        return value


class Walk(Strict):
    """The framework, step by step, for this market."""

    demand: Words
    technology: Words
    business_model: Words
    positioning: Words
    risks: Words


class Handbook(Strict):
    """The contents of a playbook beside its venture."""

    title: Words
    config: str | None
    """of the task kind, from the folder of configs; none while the kind is not there"""
    opens_with: Words | None = None
    """what must be settled before anything else"""
    number: Words
    """the number that decides"""
    trap: Words
    payer: Payer
    interview: tuple[Words, ...] = Field(min_length=QUESTIONS, max_length=QUESTIONS)
    data: DataSpec
    rival: Rival
    errors: tuple[ErrorClass, ...] = Field(min_length=2)
    price: Price
    permissions: PermissionRows
    alternatives: tuple[Alternative, ...] = Field(min_length=4)
    first_90_days: tuple[Step, ...] = Field(min_length=3)
    tripwires: tuple[Wire, Wire, Wire]
    replace_first: tuple[Replace, Replace, Replace, Replace, Replace]
    case: Case
    figures: tuple[FigureRow, ...] = Field(min_length=3)
    walk: Walk


def load_handbook(path: Path, venture: Venture) -> Handbook:
    """Read a handbook and hold it against its venture; every fault is named with its place."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = Handbook.model_validate(raw)
    except OSError as error:
        raise VentureError(f"{path} cannot be read ({error.strerror}): it is due beside the venture") from error
    except yaml.YAMLError as error:
        raise VentureError(f"{path} is not valid YAML: {error}") from error
    except ValidationError as error:
        raise VentureError(explain(Handbook, error, str(path))) from error
    if faults := faults_against(found, venture):
        raise VentureError("\n".join(f"{path}: {fault}" for fault in faults))
    return found


def faults_against(handbook: Handbook, venture: Venture) -> list[str]:
    """Where a handbook speaks of what its venture does not hold."""
    faults = []
    named = {error.name for error in handbook.errors}
    if named != set(venture.errors):
        faults.append(f"errors are {', '.join(sorted(named))}: the venture prices {', '.join(sorted(venture.errors))}")
    wires = {wire.name for wire in venture.tripwires}
    faults += [f"tripwires has {wire.name!r}: the venture watches {', '.join(sorted(wires))}"
               for wire in handbook.tripwires if wire.name not in wires]
    faults += [f"replace_first has {row.field!r}: it is no figure of the venture"
               for row in handbook.replace_first if not isinstance(value_at(venture, row.field), Assumption)]
    days = [step.days for step in handbook.first_90_days]
    if days[0][0] != 1 or days[-1][1] != 90 or any(a[1] + 1 != b[0] for a, b in itertools.pairwise(days)):
        faults.append(f"first_90_days runs {days}: from 1 to 90 without a gap is due")
    return faults


def value_at(venture: Venture, place: str) -> Any:
    """What stands at a place such as `errors.other.cost`; None where nothing does."""
    node: Any = venture
    for part in place.split("."):
        node = node.get(part) if isinstance(node, dict) else getattr(node, part, None)
    return node
