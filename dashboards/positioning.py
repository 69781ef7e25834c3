"""Where the venture stands, as the page tells it: the answer sentence, the map, the lead over time, plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards import charts_position, chips, frame
from dashboards.charts_position import Reading, Spot
from dashboards.figures import MISSING, interval, shown
from dashboards.words import language, plain, word
from kit.strategy.gates import Status
from kit.strategy.systems import BASE_MODEL
from kit.strategy.worksheet import Row, Table

NUMBERS = ("lead_over_rival", "lead_over_claim", "cost_ratio_to_rival", "lead_half_life_months", "our_cost_per_1k",
           "rival_cost_per_1k")  # fmt: skip
Cells = Mapping[str, Any]


def key_numbers(rows: Mapping[str, Row]) -> list[str]:
    """The four that the page begins with: the lead, its price, how long it lasts, as far as known."""
    return [key for key in NUMBERS if key in rows][:4]


def table_rows(tables: Sequence[Table], key: str) -> Sequence[Cells]:
    """The rows of a table; none where the worksheets have no such table."""
    return next((table.rows for table in tables if table.key == key), ())


def slug(text: object) -> str:
    """The part of a key that names a kind, a power or a standing."""
    return str(text).lower().replace(" ", "_").replace("-", "_")


# ---- the answer


def status(rows: Mapping[str, Row]) -> Status:
    """Met where the whole interval of a measured lead is above zero, missed where it is below."""
    lead = rows.get("lead_over_rival")
    if lead is None or lead.low is None or lead.high is None:
        return Status.NOT_YET_PROVEN
    return Status.MET if lead.low > 0 else Status.MISSED if lead.high < 0 else Status.NOT_YET_PROVEN


def answer(rows: Mapping[str, Row], tables: Sequence[Table], segment: str) -> str:
    """Better than whom, by how much and how surely, at what price, and how long, or what would settle it."""
    rival = next((row for row in table_rows(tables, "positions") if row["role"] == "rival"), None)
    lead = rows.get("lead_over_rival") or rows.get("lead_over_claim")
    if rival is None or lead is None or lead.value is None:
        return word("pos_no_figure", segment=segment)
    said = {"rival": rival["system"], "segment": segment, "lead": _points(lead.value),
            "interval": interval(lead.low, lead.high, "points", language()), "chance": _chance(rows)}
    if lead.key == "lead_over_claim":
        first = word("pos_claimed" if rival["evidence"] == "claimed" else "pos_assumed", **said)
        return _joined(first, _price(rows), _measure(rows, str(rival["system"])))
    now = status(rows)
    last = _settles(rows) if now is Status.NOT_YET_PROVEN else _lasts(rows) if now is Status.MET else ""
    return _joined(word(f"pos_{now.value}", **said), _price(rows), last)


def _price(rows: Mapping[str, Row]) -> str:
    ratio = rows.get("cost_ratio_to_rival")
    if ratio is None or ratio.value is None:
        return word("pos_price_unknown")
    times = shown(ratio.value, "ratio", language())
    return word("pos_price_same") if times == "1" else word("pos_price", ratio=times)


def _chance(rows: Mapping[str, Row]) -> str:
    """Never a hundred in a hundred: the worlds that are drawn are not all there are."""
    chance = rows["p_ahead"].value or 0.0
    return plain("pos_nearly_sure") if chance > 0.999 else shown(chance, "probability", language())


def _lasts(rows: Mapping[str, Row]) -> str:
    """How long the lead lasts, by its half-life."""
    half = rows.get("lead_half_life_months")
    if half is None or half.state == "undefined":
        return word("pos_one_day")
    return word("pos_no_decay") if half.value is None else word("pos_halves", months=chips.value_text(half))


def _settles(rows: Mapping[str, Row]) -> str:
    """How many more test rows would prove the lead, and about what they cost."""
    more = rows.get("rows_to_prove_lead")
    if more is None or not more.value:
        return word("pos_not_ahead")
    if "cost_to_prove_lead" in rows:
        return word("pos_rows_for_money", n=chips.value_text(more), money=_value(rows, "cost_to_prove_lead"))
    return word("pos_rows", n=chips.value_text(more))


def _measure(rows: Mapping[str, Row], rival: str) -> str:
    """A rival that nobody measured is to answer our rows, and how many of them would do if it is as good as said."""
    needed = rows.get("rows_to_prove_lead")
    if needed is None or not needed.value:
        return word("pos_measure_it", rival=rival)
    return word("pos_measure_rows", rival=rival, n=chips.value_text(needed))


def _points(value: float) -> str:
    return shown(value, "points", language())


def _value(rows: Mapping[str, Row], key: str) -> str:
    return chips.value_text(rows[key]) if key in rows else MISSING


def _joined(*sentences: str) -> str:
    return ("" if language() == "zh" else " ").join(one for one in sentences if one)


# ---- the charts


def on_offer(positions: Sequence[Cells]) -> list[Cells]:
    return [row for row in positions if row["kind"] != BASE_MODEL]


def spots(positions: Sequence[Cells]) -> tuple[list[Spot], list[str]]:
    """The systems that have a place on the map, and the names of those that have none yet.

    The untuned base is no alternative that anybody sells, and its share would flatten all others; the table has it.
    """
    found, left_out = [], []
    for row in on_offer(positions):
        if row["quality"] is None or not row["cost_per_1k"]:
            left_out.append(str(row["system"]))
            continue
        cost = tuple(frame.rate() * row[name] for name in ("cost_per_1k", "cost_low", "cost_high"))
        quality = tuple(row[name] for name in ("quality", "quality_low", "quality_high"))
        is_measured = row["evidence"] == "measured"
        name = str(row["system"]) if is_measured else plain(f"pos_is_{row['evidence']}", system=row["system"])
        found.append(Spot(name, cost, quality, row["role"] == "ours", is_measured))
    return found, left_out


def the_map(positions: Sequence[Cells]) -> dict[str, Any] | None:
    """The map with the front of what was measured, and dotted the front if every claim held; None without a system."""
    found, left_out = spots(positions)
    placed = [row for row in on_offer(positions) if str(row["system"]) not in left_out]
    fronts = [(plain(f"pos_{name}"), [spot for spot, row in zip(found, placed, strict=True) if row[name] == "front"])
              for name in ("standing", "if_claims_hold")]  # fmt: skip
    return charts_position.cost_and_quality(found, fronts, x=plain("pos_cost"), y=plain("pos_quality"),
                                            currency=frame.current().currency,
                                            example=frame.current().is_example) if found else None  # fmt: skip


def the_lead(readings: Sequence[Cells]) -> dict[str, Any]:
    """Our minus each rival's share right, by date."""
    found = [Reading(str(row["date"]), str(row["rival"]), (row["lead"], row["low"], row["high"]),
                     bool(row["is_best"])) for row in readings]
    return charts_position.lead_over_time(found, y=plain("pos_lead_axis"), example=frame.current().is_example)


# ---- the table


def lines(positions: Sequence[Cells]) -> list[dict[str, object]]:
    """Every system in words: figures with intervals, how they are known, who beats whom."""
    money, code, rate = frame.current().currency, language(), frame.rate()

    def ends(row: Cells, name: str, unit: str, factor: float = 1.0) -> str | None:
        value, low, high = row["cost_per_1k" if name == "cost" else name], row[f"{name}_low"], row[f"{name}_high"]
        if value is None:
            return None
        between = "" if low == high else f" ({interval(factor * low, factor * high, unit, code)})"
        return shown(factor * value, unit, code) + between

    return [{plain("pos_system"): row["system"],
             plain("pos_kind"): plain(f"alt_kind_{slug(row['kind'])}") if row["kind"] else None,
             plain("pos_evidence"): plain(f"evidence_{row['evidence']}"),
             plain("pos_quality"): ends(row, "quality", "fraction"),
             plain("pos_cost"): ends(row, "cost", money, rate), plain("pos_standing_column"): _standing(row),
             plain("source"): row["source"], plain("date"): row["date"]} for row in positions]  # fmt: skip


def _standing(row: Cells) -> str | None:
    """On the front, or beaten by whom; what only claims say is told so."""
    if row["standing"] is None and row["if_claims_hold"] is None:
        return None
    now = row["standing"] or row["if_claims_hold"]
    if now == "front" and row["if_claims_hold"] in ("front", None):
        return plain("stands_front") if row["standing"] else plain("stands_front_if_so")
    if now == "front":
        return plain("stands_front_but_claims", by=row["beaten_by"])
    return plain(f"stands_{slug(now)}" if row["standing"] else "stands_beaten_if_so", by=row["beaten_by"])
