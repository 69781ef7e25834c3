"""One helper per chart: units on the axes, intervals as bars, invented figures hatched.

Plotly, because its bars and areas take a hatch pattern, which Vega-Lite has no mark for; figures are plain dicts, so
no page waits for its Python objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import streamlit as st

from dashboards.safe import figure_text

BLUE, AMBER, GREEN, RED, GREY, VIOLET = "#3b82f6", "#d97706", "#16a34a", "#dc2626", "#8492a6", "#9333ea"
LINES = (BLUE, AMBER, GREEN, VIOLET, RED, GREY, "#0891b2", "#65a30d")
HATCH = {"shape": "/", "size": 6, "solidity": 0.35}
ROW_PX, EDGE_PX = 34, 74
CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}
Figure = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A value with its interval in a row of its own."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""
    colour: str = BLUE


def draw(figure: Figure, *, key: str, alt: str) -> None:
    """Put a figure on the page; `alt` says in words what it shows."""
    st.plotly_chart(figure, key=key, config=CONFIG, alt=alt, width="stretch")


def axis(title: str = "", unit: str = "", **more: Any) -> dict[str, Any]:
    """An axis with its unit in the title; shares are shown in percent."""
    share: dict[str, Any] = {"tickformat": ".0%"} if unit == "fraction" else {}
    named = f"{title} ({unit})" if unit and unit != "fraction" else title
    return {"title": {"text": named}, "automargin": True, "zeroline": False, "fixedrange": True, **share, **more}


def layout(height: int, **more: Any) -> dict[str, Any]:
    return {"height": height, "margin": {"l": 8, "r": 16, "t": 28, "b": 8}, "hovermode": "closest",
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, "bargap": 0.35, **more}  # fmt: skip


def spans(rows: Sequence[Span], *, title: str, unit: str = "", zero: bool = False, example: bool = False) -> Figure:
    """Rows with interval bar and point over one axis: a forest where `zero` draws the line of no difference."""
    names = [figure_text(row.label) for row in rows]
    bars = {"type": "bar", "orientation": "h", "y": names, "base": [row.low for row in rows], "width": 0.3,
            "x": [row.high - row.low for row in rows], "opacity": 0.45, "hoverinfo": "skip",
            "marker": {"color": [row.colour for row in rows], **_pattern(example)}}  # fmt: skip
    points = {"type": "scatter", "mode": "markers+text", "y": names, "x": [row.value for row in rows],
              "text": [figure_text(row.note) for row in rows], "textposition": "top center", "cliponaxis": False,
              "hoverinfo": "x+y",
              "marker": {"size": 10, "color": [row.colour for row in rows]}}  # fmt: skip
    line = [_rule("x", 0.0)] if zero else []
    y = {"automargin": True, "autorange": "reversed", "fixedrange": True, "type": "category", "ticksuffix": "  "}
    return {"data": [bars, points],
            "layout": layout(EDGE_PX + ROW_PX * max(2, len(rows)), showlegend=False, shapes=line,
                             xaxis=axis(title, unit), yaxis=y)}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A gate's measure in its own unit, with its target."""

    span: Span
    target: float
    unit: str


def targets(rows: Sequence[Target], *, example: bool = False) -> Figure:
    """One strip per gate, each with an axis of its own: interval, point, and the target as a tick."""
    figure: Figure = {"data": [], "layout": layout(70 + 74 * len(rows), showlegend=False, shapes=[], annotations=[])}
    height = 1 / max(1, len(rows))
    for place, row in enumerate(rows):
        suffix = "" if place == 0 else str(place + 1)
        top = 1 - place * height
        single = spans([row.span], title="", unit=row.unit, example=example)["data"]
        figure["data"] += [{**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for trace in single]
        ends = [row.span.low, row.span.high, row.target]
        room = 0.15 * (max(ends) - min(ends) or abs(row.target) or 1.0)
        figure["layout"][f"xaxis{suffix}"] = axis("", row.unit, anchor=f"y{suffix}", nticks=5,
                                                  range=[min(ends) - room, max(ends) + room])  # fmt: skip
        figure["layout"][f"yaxis{suffix}"] = {
            "domain": [top - 0.52 * height, top - 0.06 * height], "anchor": f"x{suffix}", "automargin": True,
            "fixedrange": True, "type": "category", "range": [-0.5, 0.5], "ticksuffix": "  "}  # fmt: skip
        figure["layout"]["shapes"].append(
            {"type": "line", "x0": row.target, "x1": row.target, "y0": 0, "y1": 1, "xref": f"x{suffix}",
             "yref": f"y{suffix} domain", "line": {"color": AMBER, "width": 3}})  # fmt: skip
    return figure


def curves(lines: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, x: dict[str, Any], y: dict[str, Any],
           height: int = 340) -> Figure:  # fmt: skip
    """Named lines over shared axes."""
    data = [
        {"type": "scatter", "mode": "lines" if len(xs) > 1 else "markers", "name": figure_text(name), "x": list(xs),
         "y": list(ys), "line": {"width": 2, "color": LINES[i % len(LINES)]}}
        for i, (name, (xs, ys)) in enumerate(lines.items())
    ]  # fmt: skip
    return {"data": data, "layout": layout(height, xaxis=x, yaxis=y, showlegend=len(lines) > 1)}


def bars(labels: Sequence[str], series: Mapping[str, Sequence[float]], *, x: dict[str, Any],
         example: bool = False) -> Figure:  # fmt: skip
    """Horizontal bars, one colour per series."""
    names = [figure_text(label) for label in labels]
    data: list[Figure] = [
        {"type": "bar", "orientation": "h", "name": figure_text(name), "y": names, "x": list(values),
         "marker": {"color": LINES[i % len(LINES)], **_pattern(example)}}
        for i, (name, values) in enumerate(series.items())
    ]  # fmt: skip
    y = {"automargin": True, "autorange": "reversed", "fixedrange": True, "type": "category"}
    return {"data": data, "layout": layout(EDGE_PX + 24 * max(3, len(names)), xaxis=x, yaxis=y, barmode="group",
                                           showlegend=len(series) > 1)}  # fmt: skip


def histogram(edges: Sequence[float], counts: Sequence[int], *, x: dict[str, Any], y: dict[str, Any],
              cut: float | None = None, cut_name: str = "", example: bool = False) -> Figure:  # fmt: skip
    """Counts between edges, with the line of a cut-off."""
    widths = [high - low for low, high in pairwise(edges)]
    middles = [low + width / 2 for low, width in zip(edges, widths)]
    bar = {"type": "bar", "x": middles, "y": list(counts), "width": widths,
           "marker": {"color": BLUE, **_pattern(example)}}  # fmt: skip
    line = [_rule("x", cut, RED)] if cut is not None else []
    note = [{"x": cut, "y": 1, "yref": "paper", "text": figure_text(cut_name), "showarrow": False,
             "xanchor": "right", "yanchor": "bottom"}] if cut is not None else []  # fmt: skip
    return {"data": [bar], "layout": layout(300, xaxis=x, yaxis=y, shapes=line, annotations=note, showlegend=False)}


def reliability(bins: Sequence[Mapping[str, float]], *, x: str, y: str, perfect: str, example: bool = False) -> Figure:
    """Accuracy over confidence in bins; point area grows with the rows of the bin; the diagonal is perfect."""
    most = max(one["n"] for one in bins)
    points = {"type": "scatter", "mode": "lines+markers", "x": [one["confidence"] for one in bins],
              "y": [one["accuracy"] for one in bins], "line": {"color": BLUE, "width": 2}, "showlegend": False,
              "customdata": [one["n"] for one in bins],
              "hovertemplate": "%{x:.0%} → %{y:.0%} (n = %{customdata})<extra></extra>",
              "marker": {"size": [8 + 22 * (one["n"] / most) ** 0.5 for one in bins], "opacity": 0.75,
                         "symbol": "circle-open" if example else "circle"}}  # fmt: skip
    diagonal = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": perfect, "hoverinfo": "skip",
                "line": {"dash": "dot", "color": GREY}}  # fmt: skip
    return {"data": [diagonal, points], "layout": layout(
        340, xaxis=axis(x, "fraction", range=[0, 1.04]), yaxis=axis(y, "fraction", range=[0, 1.04]))}  # fmt: skip


def bridge(names: Sequence[str], changes: Sequence[float], *, start: float, end: float, ends: tuple[str, str],
           y: dict[str, Any], example: bool = False) -> Figure:  # fmt: skip
    """From one total to another by floating bars."""
    labels = [ends[0], *names, ends[1]]
    tops = [start]
    for change in changes:
        tops.append(tops[-1] + change)
    bases = [0.0, *(min(a, b) for a, b in pairwise(tops)), 0.0]
    sizes = [start, *(abs(change) for change in changes), end]
    colours = [GREY, *(GREEN if change >= 0 else RED for change in changes), BLUE]
    bar = {"type": "bar", "x": [figure_text(label) for label in labels], "y": sizes, "base": bases,
           "hoverinfo": "x+y", "marker": {"color": colours, **_pattern(example)}}  # fmt: skip
    x = {"automargin": True, "fixedrange": True, "type": "category"}
    return {"data": [bar], "layout": layout(360, xaxis=x, yaxis=y, showlegend=False)}


def _rule(direction: str, at: float, colour: str = GREY) -> dict[str, Any]:
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "xref": direction,
            "line": {"color": colour, "width": 1.5, "dash": "dot"}}  # fmt: skip


def _pattern(example: bool) -> Figure:
    return {"pattern": HATCH} if example else {}
