"""Two runs on the same rows, joined row by row: quality by a paired test, and what each costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kit import runs
from kit.errors import RunError
from kit.paired import compare
from kit.pairing import pair_runs
from kit.strategy.error_cost import critical_error_price
from kit.strategy.states import State


def compare_runs(first: Path, second: Path) -> dict[str, Any]:
    """Difference first minus second on the test rows of both. Raises RunError (exit code 2) where the rows differ."""
    summaries = [runs.read(first), runs.read(second)]
    pairs = pair_runs(first, second)
    unscored = sum(row["score"] is None for side in (pairs.first, pairs.second) for row in side)
    if unscored:
        raise RunError(f"{first} and {second}: {unscored} answers have no score, so the runs cannot be compared", 2)
    columns = [np.array([row["score"] for row in side], float) for side in (pairs.first, pairs.second)]
    groups = [row["group"] for row in pairs.first]
    clusters = groups if any(group is not None for group in groups) else None
    paired = compare(columns[0], columns[1], clusters=clusters)
    per_1k = "usd_per_1k_requests_at_capacity"
    return {
        "runs": [s.run for s in summaries],
        "rows": {"shared": len(pairs.first), "only_first": pairs.only_first, "only_second": pairs.only_second},
        "headlines": [s.headline for s in summaries],
        "paired": paired.as_dict(),
        "train_usd": [(s.cost or {}).get("train_usd") for s in summaries],
        per_1k: [(s.serving or {}).get(per_1k) for s in summaries],
        "critical_error_price_usd": _flip(summaries, [float(1 - column.mean()) for column in columns]),
        "p95_ms": [(s.serving or {}).get("p95_ms") for s in summaries],
    }


def _flip(summaries: list[runs.Summary], errors: list[float]) -> float | str | None:
    """The price of one wrong answer at which the cheaper run stops being the better one; None without serving costs."""
    per_1k = [(s.serving or {}).get("usd_per_1k_requests_at_capacity") for s in summaries]
    costs = [float(cost) / 1000 for cost in per_1k if cost is not None]
    if len(costs) < len(summaries):
        return None
    (cost_a, error_a), (cost_b, error_b) = sorted(zip(costs, errors))
    price = critical_error_price(usd_a=cost_a, usd_b=cost_b, error_a=error_a, error_b=error_b)
    return str(price) if isinstance(price, State) else price


def comparison_lines(result: dict[str, Any]) -> list[str]:
    """The comparison as a person reads it."""
    a, b = result["runs"]
    paired, rows = result["paired"], result["rows"]
    left_out = rows["only_first"] + rows["only_second"]
    word = "better than" if paired["diff"] > 0 else "worse than"
    sure = f"{a} is {word} {b}" if paired["p_value"] < 0.05 else f"{a} and {b} cannot be told apart"
    lines = [
        f"{rows['shared']} shared test rows ({left_out} stand in only one of the two)",
        f"{sure}: {100 * paired['diff']:+.1f} points ({100 * paired['low']:+.1f} to {100 * paired['high']:+.1f}), "
        f"p = {paired['p_value']:.3g}; {paired['wins']} rows won, {paired['losses']} lost, {paired['ties']} tied",
    ]
    names = {"train_usd": "training, USD", "usd_per_1k_requests_at_capacity": "USD per 1,000 requests at full load",
             "p95_ms": "latency, ms (95th percentile)"}  # fmt: skip
    for key, label in names.items():
        first, second = (f"{value:.4g}" if value is not None else "-" for value in result[key])
        lines.append(f"{label}: {first} against {second}")
    flip = result["critical_error_price_usd"]
    if isinstance(flip, float):
        lines.append(f"the dearer run pays once a wrong answer costs more than ${flip:.3g}")
    elif flip is not None:
        lines.append("at no price of an error does the ranking flip: the cheaper run is at least as good")
    return lines
