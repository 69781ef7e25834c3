"""Scenarios side by side, what they override, and places by their names: what the page of versions shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards import chips, fields, frame, ventures, what_if
from dashboards.charts import Span
from dashboards.figures import shown
from dashboards.words import catalogue, language, plain
from kit import store
from kit.errors import StoreError
from kit.store.places import ABSENT, value_at
from kit.store.places import shown as raw
from kit.strategy.assumptions import assumptions_in
from kit.strategy.worksheet import Row, by_key
from kit.ventures import side_by_side

RESULTS = ("gross_margin", "saving_per_request", "contribution_per_month", "runway_months", "lowest_cash",
           "payback_months", "ltv_cac", "automation_rate", "error_rate", "p_deal")  # fmt: skip
Views = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True)
class Override:
    """A field that a scenario sets: its value beneath it, and its own."""

    place: str
    before: Any
    after: Any


# ---- results


def views() -> dict[str, dict[str, Row]]:
    """Title -> rows of the worksheets: the base, every scenario, and last what this session tries, if it does."""
    here = frame.current()
    keys = {title_of(name): ventures.key_of(here.venture, name).untried
            for name in ventures.scenarios(here.venture)}
    if what_if.tried(here.venture):
        keys[tried_title()] = ventures.key_of(here.venture, here.scenario)
    run = ventures.run_key(here.run_path)
    return {title: by_key(ventures.sheets_of(key, run, language())[0]) for title, key in keys.items()}


def title_of(scenario: str) -> str:
    """A scenario as a column is named; one that is called as the base is shown is told apart from it."""
    title = frame.scenario_title(scenario)
    return f"{title} (2)" if scenario != ventures.BASE and title == plain("scenario_base") else title


def tried_title() -> str:
    return plain("tried_over", scenario=title_of(frame.current().scenario))


def results(found: Views) -> list[dict[str, str]]:
    """One line per key result and one column per scenario; beside each value its difference to the base."""
    lines = []
    for line in side_by_side({title: {key: rows[key] for key in RESULTS} for title, rows in found.items()}):
        base, *_ = line["values"].values()
        cells = {title: _cell(value, None if place == 0 else base, line["unit"])
                 for place, (title, value) in enumerate(line["values"].items())}
        lines.append({plain("result"): line["label"], **cells})
    return lines


def spans(found: Views, key: str) -> tuple[list[Span], list[str]]:
    """A row per scenario for one result; where it has no number, its state in words instead."""
    drawn, told = [], []
    for title, rows in found.items():
        row = rows[key]
        if row.value is None:
            told.append(f"{title}: {chips.value_text(row)}")
            continue
        value, low, high = (chips.in_currency(row.value if end is None else end, row.unit)
                            for end in (row.value, row.low, row.high))
        drawn.append(Span(title, value, low, high, chips.value_text(row)))
    return drawn, told


def _cell(value: float | str | None, base: float | str | None, unit: str) -> str:
    if not isinstance(value, int | float):
        return plain(f"state_{value or 'undefined'}")
    named, code = chips.unit_of(unit), language()
    text = shown(chips.in_currency(value, unit), named, code)
    if not isinstance(base, int | float) or value == base:
        return text
    gap = chips.in_currency(value - base, unit)
    in_points = "points" if named in ("fraction", "probability") else named
    said = shown(gap, in_points, code)
    return f"{text} ({said if said.startswith(('+', '-')) else f'+{said}'})"


# ---- overrides


def overrides(held: store.Loaded, name: str) -> list[Override]:
    """What a scenario sets, against what it stands on."""
    scenario = held.state.scenarios[name]
    beneath = store.documents_under(held.state, scenario.over)
    return [Override(place, _at(beneath, place), value) for place, value in scenario.overrides.items()]


def overridden_inputs(held: store.Loaded, tried: Mapping[str, Any]) -> tuple[list[dict[str, str]], list[list[bool]]]:
    """A line per field that any scenario sets and a column per scenario; and which cells are set there, not beneath."""
    scenarios = held.state.scenarios
    places = list(dict.fromkeys([*(at for one in scenarios.values() for at in one.overrides), *tried]))
    stacks = {title_of(ventures.BASE): (held.state.documents, frozenset[str]())}
    stacks |= {title_of(name): (store.documents_under(held.state, name), frozenset(one.overrides))
               for name, one in scenarios.items()}
    if tried:
        here = frame.current()
        beneath = store.documents_under(held.state, None if here.scenario == ventures.BASE else here.scenario)
        stacks[tried_title()] = (what_if.laid_where_possible(beneath, tried), frozenset(tried))
    lines = [{plain("field"): named(at), **{title: in_words(at, _at(documents, at)) for title, (documents, _)
                                            in stacks.items()}} for at in places]  # fmt: skip
    return lines, [[False, *(at in set_here for _, set_here in stacks.values())] for at in places]


def _at(documents: Mapping[str, Any], place: str) -> Any:
    try:
        return value_at(documents, place)
    except StoreError:
        return ABSENT


# ---- places by their names


def named(place: str) -> str:
    """A dotted place as people call it: document, field, and which part of it."""
    if not place:
        return plain("whole_venture")
    parts = place.split(".")
    if parts[0] == "scenarios" and len(parts) > 1:
        inner = ".".join(parts[3:] if len(parts) > 3 and parts[2] == "overrides" else parts[2:])
        title = plain("scenario_named", name=parts[1])
        return f"{title} · {named(inner)}" if inner else title
    for end in range(len(parts), 0, -1):
        head = ".".join(parts[:end])
        known = fields.name_of(head)
        if known != head.replace("_", " "):
            return " · ".join([known, *map(_part, parts[end:])])
    return " · ".join([document(parts[0]), *map(_part, parts[1:])])


def document(name: str) -> str:
    """The name of a document; its key where it has none."""
    key = f"document_{name}"
    return plain(key) if key in catalogue() else name.replace("_", " ")


def in_words(place: str, value: Any) -> str:
    """A value of a place as people read it."""
    if value is ABSENT or value is None:
        return plain("edit_nothing")
    is_assumption = isinstance(value, Mapping) and "source" in value
    return fields.in_words(fields.Field(place, value, fields.kind_at(place))) if is_assumption else raw(value)


def difference_lines(found: Iterable[store.Difference]) -> list[dict[str, str]]:
    """Fields by name with both values; the dotted place stands beside, for whoever writes it on the command line."""
    return [{plain("field"): named(one.path), plain("before"): _side(one.before), plain("after"): _side(one.after),
             plain("place"): one.path} for one in found]  # fmt: skip


def places_of(documents: Mapping[str, Any]) -> list[str]:
    """The venture, its documents, and every number that it states."""
    return ["", *(name for name in documents if isinstance(documents[name], Mapping | list) and documents[name]),
            *stated_places()]  # fmt: skip


def stated_places() -> list[str]:
    """Every place that holds an assumption."""
    return [place for place, _ in assumptions_in(frame.current_venture())]


def history_lines(found: Sequence[store.Revision]) -> list[dict[str, object]]:
    """Revisions as rows: which, when, who, why, and which one it brought back."""
    return [{plain("version"): one.number, plain("when"): when(one.at), plain("who"): one.author,
             plain("why"): one.message, plain("brings_back"): one.restores} for one in found]  # fmt: skip


def field_lines(place: str, found: Sequence[tuple[store.Revision, Any]]) -> list[dict[str, object]]:
    """The values of a field as rows, newest first."""
    return [{plain("version"): one.number, plain("when"): when(one.at), plain("who"): one.author,
             plain("value"): in_words(place, value), plain("why"): one.message} for one, value in found]


def when(at: str) -> str:
    """A time of the store, to the minute, in UTC."""
    return at[:16].replace("T", " ")


def _part(name: str) -> str:
    key = f"part_{name}"
    return plain(key) if key in catalogue() else f"{int(name) + 1}" if name.isdigit() else name.replace("_", " ")


def _side(value: Any) -> str:
    return plain("edit_nothing") if value is ABSENT else value if isinstance(value, str) else raw(value)
