"""The chart of the threshold: what each share answered automatically costs, and how many wrong answers it lets out."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.charts import AMBER, BLUE, GREEN, GREY, RED, Figure, axis, layout
from kit.strategy.money_curve import MoneyCurve

HATCHED = {"shape": "/", "fgcolor": "rgba(59,130,246,0.55)", "size": 8}


@dataclass(frozen=True)
class Texts:
    """What the chart says, in the language of the page."""

    share: str
    cost: str
    wrong: str
    tuned: str
    today: str
    optimum: str
    chosen: str
    base: str


def money_chart(curve: MoneyCurve, chosen: int, texts: Texts, *, factor: float = 1.0, example: bool = False) -> Figure:
    """Two panels over one x, never two y axes. `factor` turns the venture's currency into the shown one, per 1,000."""
    cost = [factor * value for value in curve.cost]
    low, high = ([factor * value for value in end] for end in (curve.low, curve.high))
    share = list(curve.coverage)
    band = {"type": "scatter", "x": share + share[::-1], "y": high + low[::-1], "fill": "toself", "hoverinfo": "skip",
            "line": {"width": 0}, "fillcolor": "rgba(59,130,246,0.18)", "showlegend": False,
            **({"fillpattern": HATCHED} if example else {})}  # fmt: skip
    line = {"type": "scatter", "mode": "lines", "x": share, "y": cost, "name": texts.tuned,
            "line": {"color": BLUE, "width": 3}}  # fmt: skip
    marks = [
        _mark(share[curve.best], cost[curve.best], texts.optimum, "star", GREEN),
        _mark(share[chosen], cost[chosen], texts.chosen, "circle", AMBER),
    ]
    if curve.base_cost is not None:
        marks.append(_mark(1.0, factor * curve.base_cost, texts.base, "square-open", GREY))
    wrong = {"type": "scatter", "mode": "lines", "x": share, "y": list(curve.wrong_per_week), "yaxis": "y2",
             "name": texts.wrong, "line": {"color": RED, "width": 2}, "showlegend": False}  # fmt: skip
    now = {"type": "scatter", "mode": "markers", "x": [share[chosen]], "y": [curve.wrong_per_week[chosen]],
           "yaxis": "y2", "marker": {"size": 12, "color": AMBER}, "showlegend": False}  # fmt: skip
    today = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [factor * curve.today] * 2, "name": texts.today,
             "line": {"color": GREY, "dash": "dash", "width": 1.5}}  # fmt: skip
    shapes = [_stripe(curve), {"type": "line", "x0": share[chosen], "x1": share[chosen], "y0": 0, "y1": 1,
                               "yref": "paper", "line": {"color": AMBER, "width": 1.5, "dash": "dot"}}]  # fmt: skip
    return {"data": [band, today, line, *marks, wrong, now], "layout": layout(
        560, shapes=shapes, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis=axis(texts.share, "fraction", range=[-0.02, 1.03], anchor="y2"),
        yaxis=axis(texts.cost, "", domain=[0.40, 1.0], rangemode="tozero"),
        yaxis2=axis(texts.wrong, "", domain=[0.0, 0.28], rangemode="tozero"))}  # fmt: skip


def _mark(x: float, y: float, name: str, symbol: str, colour: str) -> Figure:
    return {"type": "scatter", "mode": "markers", "x": [x], "y": [y], "name": name,
            "marker": {"size": 15, "symbol": symbol, "color": colour}}  # fmt: skip


def _stripe(curve: MoneyCurve) -> Figure:
    """Where the optimum may lie."""
    return {"type": "rect", "x0": curve.best_low, "x1": curve.best_high, "y0": 0.40, "y1": 1.0, "yref": "paper",
            "fillcolor": "rgba(22,163,74,0.12)", "line": {"width": 0}}  # fmt: skip
