"""Reading a gate against a run: met, missed, or not yet proven with what would settle it.

Not yet proven: the interval straddles the target; the evidence is of a lower level than the gate asks for; or the
test rows have been read so often that their interval no longer holds its level. A miss stays a miss however often
the rows were read, because choosing by them can only have flattered the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from kit.errors import VentureError
from kit.stats import rows_to_settle, wilson
from kit.strategy.checks import number
from kit.strategy.draws import LEVEL
from kit.strategy.rows import Rows, outcome
from kit.strategy.states import Value
from kit.strategy.targets import Gate
from kit.strategy.threshold import resampled_weights

MOST_READS = 20
LEVELS = ("demo or synthetic rows", "a public set", "own held-out rows", "a customer's rows in a pilot", "production")
_OPERATORS = (">=", ">", "<=", "<")


class Status(StrEnum):
    MET = "met"
    MISSED = "missed"
    NOT_YET_PROVEN = "not_yet_proven"


@dataclass(frozen=True)
class Verdict:
    """How a run stands to a gate; the sentence says what would settle an open one."""

    status: Status
    sentence: str


@dataclass(frozen=True)
class _Measured:
    value: float
    low: float | None
    high: float | None
    n: int | None
    is_share: bool
    is_quality: bool


def check_gate(gate: Gate, summary: Mapping[str, Any], evidence: Mapping[str, Any] | None = None) -> Verdict:
    """Met, missed or not yet proven. `evidence` {level, test_reads} defaults to the summary's own.

    The metric is the headline's name, a name in `metrics`, or a dotted path such as `serving.p95_ms`.
    """
    _check(gate)
    evidence = evidence if evidence is not None else summary.get("evidence") or {}
    found = _find(summary, gate["metric"])
    aim = f"{gate['metric']} {gate['operator']} {gate['value']:g}"
    if found is None:
        return Verdict(Status.NOT_YET_PROVEN, f"{aim}: the run has no {gate['metric']}; measure it on the test rows")
    level, required = int(evidence.get("level") or 0), gate.get("required_level", 0)
    if found.is_quality and level < required:
        return Verdict(
            Status.NOT_YET_PROVEN,
            f"{aim}: measured on {LEVELS[level]} (level {level}); repeat it on {LEVELS[required]} (level {required})",
        )
    status, sentence = _compare(gate, found)
    reads = int(evidence.get("test_reads") or 0)
    if found.is_quality and status is Status.MET and reads >= MOST_READS:
        rows = f"the test rows {str(evidence.get('test_fingerprint') or 'without a fingerprint')[:12]}"
        return Verdict(
            Status.NOT_YET_PROVEN,
            f"{aim}: {sentence}, but {rows} were read {reads} times and choosing by them flatters the best; "
            "fresh test rows, read once, would settle it",
        )
    return Verdict(status, f"{aim}: {sentence}")


def with_measures(summary: Mapping[str, Any], rows: Rows, threshold: Value, *, level: float = LEVEL) -> dict[str, Any]:
    """The summary with what gates of targets ask for, read off the test rows at a threshold.

    Adds `automation_rate` and `accuracy_when_automated` (Wilson, on effective rows) to `metrics`, and mean `tokens`
    and `latency_ms` under `per_request`.
    """
    test = rows.part("test")
    metrics, per_request = dict(summary.get("metrics") or {}), {}
    result = outcome(test, threshold)
    answered = result.right + result.wrong
    for name, successes, n in (
        ("automation_rate", answered, result.n), ("accuracy_when_automated", result.right, answered)
    ):
        if n > 0:
            deff = result.design_effect
            low, high = wilson(successes / deff, n / deff, level)
            metrics[name] = {"value": successes / n, "low": low, "high": high, "n": int(n / deff), "method": "wilson"}
    tokens = [column for column in (test.input_tokens, test.output_tokens) if column is not None]
    if tokens and len(test):
        per_request["tokens"] = _mean(test, np.sum(tokens, axis=0), level)
    timed = test.take(~np.isnan(test.latency_ms)) if test.latency_ms is not None else test
    if timed.latency_ms is not None and len(timed):
        per_request["latency_ms"] = _mean(timed, timed.latency_ms, level)
    return {**summary, "metrics": metrics, "per_request": per_request}


def _compare(gate: Gate, found: _Measured) -> tuple[Status, str]:
    target, at_least = gate["value"], gate["operator"].startswith(">")
    if found.low is None or found.high is None:
        if found.is_quality:
            return Status.NOT_YET_PROVEN, f"measured {found.value:.4g} without an interval; evaluate the run again"
        return (Status.MET if _holds(gate, found.value) else Status.MISSED), f"measured {found.value:.4g}"
    measured = f"measured {found.value:.4g} ({found.low:.4g} to {found.high:.4g})"
    worst, best = (found.low, found.high) if at_least else (found.high, found.low)
    if _holds(gate, worst):
        return Status.MET, measured
    if not _holds(gate, best):
        return Status.MISSED, measured
    return Status.NOT_YET_PROVEN, f"{measured}, and the interval holds the target; {_what_settles(found, target)}"


def _what_settles(found: _Measured, target: float) -> str:
    """How many rows would part the interval from the target if the measured value stayed as it is."""
    gap = abs(found.value - target)
    if gap < 1e-12:
        return "the value is the target itself, so no number of rows settles it; set the target or improve the run"
    if found.n is None:
        return f"more test rows would, until the interval is within {gap:.2g} of the value"
    if found.is_share and 0 < target < 1:
        needed = rows_to_settle(found.value, target) or found.n
    else:
        assert found.low is not None and found.high is not None
        # an interval narrows with the square root of its rows
        needed = int(np.ceil(found.n * ((found.high - found.low) / 2 / gap) ** 2))
    more = max(1, needed - found.n)
    return f"about {more:,} more test rows ({found.n + more:,} in all) would settle it if the value stays as it is"


def _holds(gate: Gate, value: float) -> bool:
    target = gate["value"]
    return {">=": value >= target, ">": value > target, "<=": value <= target, "<": value < target}[gate["operator"]]


def _find(summary: Mapping[str, Any], metric: str) -> _Measured | None:
    headline = summary.get("headline") or {}
    if metric in ("headline", headline.get("metric")):
        return _measured(headline, is_quality=True)
    metrics = summary.get("metrics") or {}
    if metric in metrics:
        # secondary metrics are short; they were read on the headline's rows
        return _measured({"n": headline.get("n"), **_entry(metrics[metric])}, is_quality=True)
    node: Any = summary
    for part in metric.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return None if node is None else _measured(_entry(node), is_quality=metric.startswith("calibration."))


def _entry(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {"value": node}


def _measured(entry: Mapping[str, Any], *, is_quality: bool) -> _Measured | None:
    if entry.get("value") is None:
        return None
    is_share = entry.get("method") == "wilson"
    return _Measured(entry["value"], entry.get("low"), entry.get("high"), entry.get("n"), is_share, is_quality)


def _mean(rows: Rows, column: np.ndarray, level: float) -> dict[str, float]:
    drawn = [weights @ column / weights.sum() for weights in resampled_weights(rows)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return {"value": float(column.mean()), "low": float(low), "high": float(high), "n": len(rows)}


def _check(gate: Gate) -> None:
    for key in ("metric", "operator", "value", "why"):
        if key not in gate:
            raise VentureError(f"the gate {dict(gate)} has no {key}: a gate holds metric, operator, value and why")
    if gate["operator"] not in _OPERATORS:
        raise VentureError(f"operator is {gate['operator']!r}: give one of {', '.join(_OPERATORS)}")
    number("value", gate["value"])
    if gate.get("required_level", 0) not in range(len(LEVELS)):
        raise VentureError(f"required_level is {gate.get('required_level')!r}: give 0 to {len(LEVELS) - 1}")
