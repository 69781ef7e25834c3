"""Charts of the positioning page: systems by cost and quality with both intervals, and the lead over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from string import ascii_uppercase
from typing import Any

from dashboards.charts import AMBER, BLUE, GREY, Figure, axis, layout
from dashboards.safe import figure_text

Ends = tuple[float, float, float]


@dataclass(frozen=True)
class Spot:
    """A system on the map: (value, low, high) of cost and of quality."""

    name: str
    cost: Ends
    quality: Ends
    is_ours: bool
    is_measured: bool


@dataclass(frozen=True)
class Reading:
    """Our lead on a day: (value, low, high)."""

    date: str
    rival: str
    lead: Ends
    is_best: bool


def cost_and_quality(spots: Sequence[Spot], fronts: Sequence[tuple[str, Sequence[Spot]]], *, x: str, y: str,
                     currency: str, example: bool = False) -> Figure:  # fmt: skip
    """Crosses over a logarithmic cost; what nobody measured is hollow. Fronts are (name, spots), the first drawn full.

    A letter at each cross and the names in the legend: names would lie over one another on a narrow screen. A cost of
    nothing has no place on a logarithmic axis; the caller leaves such systems out and says so.
    """
    lines = [_front(name, front, is_full=place == 0) for place, (name, front) in enumerate(fronts) if len(front) > 1]
    ends = [end for spot in spots for end in spot.cost if end > 0]
    tops = [end for spot in spots for end in spot.quality]
    room = 0.08 * (max(tops) - min(tops) or 0.1)
    across = axis(x, currency, type="log", nticks=6, **({"range": _log_range(ends)} if ends else {}))
    up = axis(y, "fraction", range=[max(-0.02, min(tops) - room), min(1.04, max(tops) + 2 * room)])
    letters = [*ascii_uppercase, *map(str, range(1, len(spots)))]
    return {"data": [*(_cross(spot, letter, example) for spot, letter in zip(spots, letters)), *lines],
            "layout": layout(440, xaxis=across, yaxis=up, showlegend=True)}  # fmt: skip


def lead_over_time(readings: Sequence[Reading], *, y: str, example: bool = False) -> Figure:
    """The lead over the best rival by each day as a line with its intervals; other rivals as hollow points."""
    best = [one for one in readings if one.is_best]
    data = [_readings(best, is_best=True, example=example)]
    if rest := [one for one in readings if not one.is_best]:
        data.append(_readings(rest, is_best=False, example=example))
    when: dict[str, Any] = {"type": "date", "tickformat": "%Y-%m-%d", "nticks": 5}
    days = sorted({one.date for one in readings})
    if len(days) == 1:  # a single day would be stretched over milliseconds
        day = dt.date.fromisoformat(days[0])
        when |= {"tickvals": days, "range": [str(day - dt.timedelta(30)), str(day + dt.timedelta(30))]}
    up = axis(y, "fraction", zeroline=True, zerolinecolor=GREY, rangemode="tozero") | {"tickformat": "+.0%"}
    return {"data": data, "layout": layout(300, xaxis=axis("", **when), yaxis=up, showlegend=False)}


def _cross(spot: Spot, letter: str, example: bool) -> Figure:
    (cost, cheap, dear), (quality, worst, best) = spot.cost, spot.quality
    colour = BLUE if spot.is_ours else AMBER if spot.is_measured else GREY
    symbol = "circle-open" if not spot.is_measured else "circle-x" if example else "circle"

    def bar(value: float, low: float, high: float) -> dict[str, Any]:
        return {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low],
                "color": colour, "thickness": 1.5, "width": 4}  # fmt: skip

    return {"type": "scatter", "mode": "markers+text", "x": [cost], "y": [quality],
            "text": [f"<b>{letter}</b>"], "textposition": "top right", "cliponaxis": False,
            "name": f"{letter} {figure_text(spot.name)}",
            "hovertemplate": f"{figure_text(spot.name)}<br>%{{x:.3~g}} · %{{y:.1%}}<extra></extra>",
            "error_x": bar(cost, cheap, dear), "error_y": bar(quality, worst, best),
            "marker": {"size": 12, "symbol": symbol, "color": colour, "line": {"width": 2, "color": colour}}}


def _front(name: str, front: Sequence[Spot], *, is_full: bool) -> Figure:
    ordered = sorted(front, key=lambda spot: (spot.cost[0], spot.quality[0]))
    return {"type": "scatter", "mode": "lines", "name": figure_text(name), "hoverinfo": "skip",
            "x": [spot.cost[0] for spot in ordered], "y": [spot.quality[0] for spot in ordered],
            "line": {"shape": "hv", "width": 2, "color": BLUE if is_full else GREY,
                     "dash": "solid" if is_full else "dot"}}  # fmt: skip


def _readings(found: Sequence[Reading], *, is_best: bool, example: bool) -> Figure:
    colour = BLUE if is_best else GREY
    symbol = ("circle-x" if example else "circle") if is_best else "circle-open"
    return {"type": "scatter", "mode": "lines+markers" if is_best else "markers", "x": [one.date for one in found],
            "y": [one.lead[0] for one in found], "text": [figure_text(one.rival) for one in found],
            "hovertemplate": "%{x} · %{text}<br>%{y:+.1%}<extra></extra>", "line": {"color": colour, "width": 2},
            "marker": {"size": 10, "symbol": symbol, "color": colour},
            "error_y": {"type": "data", "symmetric": False, "color": colour, "thickness": 1.5,
                        "array": [one.lead[2] - one.lead[0] for one in found],
                        "arrayminus": [one.lead[0] - one.lead[1] for one in found]}}  # fmt: skip


def _log_range(ends: Sequence[float]) -> list[float]:
    """Exponents with room for the names at both sides."""
    low, high = log10(min(ends)), log10(max(ends))
    room = 0.18 * max(high - low, 0.5)
    return [low - room, high + room]
