"""Which technology: gates first, then dollars per request, and the Pareto front.

A gate asks what no price can repair (licence, residency, context, language, latency). What passes is ranked by dollars
per request at our own price of an error. Weighing criteria (kit.strategy.weighing) is only for what has no price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kit.records import Estimate
from kit.strategy.checks import non_negative
from kit.strategy.states import State, Value


class Verdict(StrEnum):
    """Answer of a gate: an unknown fact is neither a pass nor a failure."""

    MET = "met"
    MISSED = "missed"
    NOT_YET_PROVEN = "not_yet_proven"


@dataclass(frozen=True)
class Option:
    """One way to serve a request; None where a fact is not known.

    `usd_per_request` is at the volume planned, not at capacity: an idle GPU costs as much as a busy one.
    """

    name: str
    usd_per_request: float | None = None
    error_rate: Estimate | None = None
    commercial_use: Literal["yes", "no", "unclear"] = "unclear"
    regions: frozenset[str] | None = None
    context_tokens: int | None = None
    languages: frozenset[str] | None = None
    p95_ms: float | None = None
    base_filed: bool | None = None


@dataclass(frozen=True)
class Requirements:
    """What an option must satisfy; None or empty where it does not matter.

    `filed_base`: a service for the public in mainland China is expected to stand on a base model that is itself filed
    (TC260-003, 2024; a lawyer confirms).
    """

    commercial_use: bool = True
    region: str | None = None
    min_context_tokens: int | None = None
    languages: frozenset[str] = frozenset()
    max_p95_ms: float | None = None
    filed_base: bool = False


@dataclass(frozen=True)
class Gate:
    """One requirement held against one option, with the reason in words."""

    name: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Ranked:
    """An option after the gates: dollars per request (model and expected error) with the interval of the error rate."""

    name: str
    gates: tuple[Gate, ...]
    usd_per_request: Value
    low: Value
    high: Value
    rank: int | None

    @property
    def verdict(self) -> Verdict:
        """Missed where one gate is missed, else not yet proven where one is, else met."""
        verdicts = {gate.verdict for gate in self.gates}
        for worst in (Verdict.MISSED, Verdict.NOT_YET_PROVEN):
            if worst in verdicts:
                return worst
        return Verdict.MET

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it does not pass; empty where it does."""
        return tuple(gate.reason for gate in self.gates if gate.verdict is not Verdict.MET)


def gates(option: Option, requirements: Requirements) -> tuple[Gate, ...]:
    """Every gate that is asked for, in a fixed order."""
    need, answers = requirements, []
    if need.commercial_use:
        verdicts = {"yes": Verdict.MET, "no": Verdict.MISSED, "unclear": Verdict.NOT_YET_PROVEN}
        answers.append(Gate("licence", verdicts[option.commercial_use], f"commercial use: {option.commercial_use}"))
    if need.region is not None:
        answers.append(_member("residency", {need.region}, option.regions, "region"))
    if need.min_context_tokens is not None:
        answers.append(_bound("context", option.context_tokens, "tokens", at_least=need.min_context_tokens))
    if need.languages:
        answers.append(_member("language", need.languages, option.languages, "language"))
    if need.max_p95_ms is not None:
        answers.append(_bound("latency", option.p95_ms, "ms at the 95th percentile", at_most=need.max_p95_ms))
    if need.filed_base:
        answers.append(_filed(option.base_filed))
    return tuple(answers)


def rank(options: Sequence[Option], requirements: Requirements, *, usd_per_error: float) -> list[Ranked]:
    """Gates first, then expected dollars per request = price of the request + error rate x price of an error.

    Options that miss a gate stay in the list, after the others, without a rank; so do options whose price or error
    rate is unknown, which are `undefined`. An option with an unknown fact is ranked and says what is not yet proven.
    """
    non_negative("usd_per_error", usd_per_error)
    rows = []
    for option in options:
        value, low, high = _dollars(option, usd_per_error)
        rows.append(Ranked(option.name, gates(option, requirements), value, low, high, None))
    running = sorted((row for row in rows if _is_ranked(row)), key=lambda row: float(row.usd_per_request))
    placed = [
        Ranked(row.name, row.gates, row.usd_per_request, row.low, row.high, place)
        for place, row in enumerate(running, start=1)
    ]
    return placed + [row for row in rows if not _is_ranked(row)]


def pareto(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names that no other point beats: more quality (first) and less cost (second). Equal points stand side by side.

    >>> pareto({"A": (0.90, 1), "B": (0.92, 2), "C": (0.91, 3), "D": (0.95, 5), "E": (0.90, 2)})
    ['A', 'B', 'D']
    """
    return [name for name, mine in points.items() if not any(dominates(other, mine) for other in points.values())]


def dominates(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """At least as good on quality and on cost, and better on one of them."""
    return first[0] >= second[0] and first[1] <= second[1] and first != second


def _is_ranked(row: Ranked) -> bool:
    return row.verdict is not Verdict.MISSED and not isinstance(row.usd_per_request, State)


def _dollars(option: Option, usd_per_error: float) -> tuple[Value, Value, Value]:
    price, errors = option.usd_per_request, option.error_rate
    if price is None or (errors is None and usd_per_error > 0):
        return State.UNDEFINED, State.UNDEFINED, State.UNDEFINED
    if errors is None:
        return price, price, price
    rates = (errors.value, errors.low, errors.high)
    value, low, high = (price + rate * usd_per_error for rate in rates)
    return value, low, high


def _member(name: str, wanted: set[str] | frozenset[str], have: frozenset[str] | None, noun: str) -> Gate:
    asked = ", ".join(sorted(wanted))
    if have is None:
        return Gate(name, Verdict.NOT_YET_PROVEN, f"{noun} {asked}: not stated")
    missing = sorted(wanted - have)
    if missing:
        offered = ", ".join(sorted(have)) or "none"
        return Gate(name, Verdict.MISSED, f"{noun} {', '.join(missing)} is not offered (offered: {offered})")
    return Gate(name, Verdict.MET, f"{noun} {asked} is offered")


def _bound(
    name: str, have: float | None, unit: str, *, at_least: float | None = None, at_most: float | None = None
) -> Gate:
    wanted = f"at least {at_least:g} {unit}" if at_least is not None else f"at most {at_most:g} {unit}"
    if have is None:
        return Gate(name, Verdict.NOT_YET_PROVEN, f"needs {wanted}: not measured")
    passes = have >= at_least if at_least is not None else have <= float(at_most)  # type: ignore[arg-type]
    return Gate(name, Verdict.MET if passes else Verdict.MISSED, f"needs {wanted}, has {have:g}")


def _filed(filed: bool | None) -> Gate:
    if filed is None:
        return Gate("filing", Verdict.NOT_YET_PROVEN, "whether the base model is filed is not known")
    if filed:
        return Gate("filing", Verdict.MET, "the base model is filed")
    return Gate("filing", Verdict.MISSED, "the base model is not filed")
