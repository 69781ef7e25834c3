"""One field of a venture as widgets: value or range with the bounds of its kind, currency, source and note."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from dashboards import people
from dashboards.figures import interval, shown
from dashboards.words import catalogue, naming, plain
from kit.errors import VentureError
from kit.store.places import ABSENT, value_at
from kit.strategy.assumptions import Assumption, Count, Fraction, Money, Rate, SourceKind
from kit.strategy.labels import label as label_of
from kit.strategy.trace import PLACES
from kit.venture_values import kind_at, typed, typist, with_document

KEY_OF = {place: key for key, place in PLACES.items()}
FACTORS = {"−30 %": 0.7, "−10 %": 0.9, "+10 %": 1.1, "+30 %": 1.3, "×2": 2.0}
LOWEST: dict[type[Assumption], float] = {Money: 0.0, Fraction: 0.0, Count: 0.0, Rate: -1.0}
STATED = tuple(kind for kind in get_args(SourceKind) if kind != "run")  # a person states; a run measures


@dataclass(frozen=True)
class Field:
    """A place of the documents, what stands there now, and the type that it is read as."""

    place: str
    held: Any
    kind: Any

    @property
    def is_assumption(self) -> bool:
        return isinstance(self.kind, type) and issubclass(self.kind, Assumption)

    @property
    def is_share(self) -> bool:
        return self.is_assumption and issubclass(self.kind, Fraction)

    @property
    def is_editable(self) -> bool:
        """Whether one widget can hold it; lists and parts are edited by the forms of their pages."""
        return self.is_assumption or self.choices != () or self.kind in (str, int, float, bool, dt.date)

    @property
    def choices(self) -> tuple[str, ...]:
        if get_origin(self.kind) is Literal:
            return tuple(get_args(self.kind))
        return tuple(str(one) for one in self.kind) if hasattr(self.kind, "__members__") else ()


def field_of(documents: Mapping[str, Any], place: str) -> Field:
    """Raises StoreError where there is no such place."""
    held = value_at(with_document(documents, place), place)
    return Field(place, None if held is ABSENT else held, kind_at(place))


def is_editable(place: str | None) -> bool:
    return place is not None and Field(place, None, kind_at(place)).is_editable


def name_of(place: str) -> str:
    """The field's label in this language; its dotted place where it has none."""
    if place in KEY_OF:
        return label_of(KEY_OF[place], st.session_state.get("lang", "en"))
    if place.startswith("errors."):
        return plain("cost_of_error", name=place.split(".")[1])
    key = f"place_{'_'.join(part for part in place.split('.') if not part.isdigit())}"
    return plain(key) if key in catalogue() else place.replace("_", " ")


def in_words(field: Field) -> str:
    """What a field holds, as a person reads it."""
    held, code = field.held, st.session_state.get("lang", "en")
    if held is None:
        return plain("edit_nothing")
    if not field.is_assumption:
        return plain(f"choice_{held}") if f"choice_{held}" in catalogue() else str(held)
    unit = "fraction" if field.is_share else held.get("currency") or held.get("unit") or ""
    if held.get("low") is not None:
        return interval(held["low"], held["high"], unit, code)
    return ", ".join(shown(number, unit, code) for number in held.get("series") or [held.get("value")])


def scaled(field: Field, factor: float) -> Any:
    """The same assumption with its numbers times a factor; a share stays below 1. Its source is then a guess."""
    top = 1.0 if field.is_share else float("inf")

    def times(number: float) -> float:
        return float(f"{min(top, number * factor):.12g}")

    ends = [name for name in ("value", "low", "high") if field.held.get(name) is not None]
    numbers: dict[str, Any] = {name: times(field.held[name]) for name in ends}
    if field.held.get("series"):
        numbers["series"] = [times(number) for number in field.held["series"]]
    source = {"kind": "guess", "ref": people.person().name}
    return {**field.held, **numbers, "source": source}


def ask(field: Field, documents: Mapping[str, Any]) -> Any:
    """The widgets of a field; the JSON value that they hold now. Raises VentureError or StoreError for a fault."""
    if not field.is_assumption:
        return _ask_plain(field)
    text = _ask_numbers(field, _ask_shape(field))
    if issubclass(field.kind, Money):
        text = f"{text} {_ask_currency(field, [documents['currency'], *documents.get('exchange_rates', {})])}"
    source, note = _ask_source(field)
    who = typist(people.person().name, source)
    return typed(documents, field.place, text, who) | {"date": who.today.isoformat()} | ({"note": note} if note else {})


def _ask_plain(field: Field) -> Any:
    key = f"edit_{field.place}"
    if field.choices:
        place = field.choices.index(field.held) if field.held in field.choices else 0
        return st.selectbox(name_of(field.place), field.choices, place, key=key,
                            format_func=naming("choice_", [c for c in field.choices if f"choice_{c}" in catalogue()]))
    if field.kind is bool:
        return st.toggle(name_of(field.place), bool(field.held), key=key)
    if field.kind in (int, float):
        return st.number_input(name_of(field.place), value=field.kind(field.held or 0), key=key)
    if field.kind is dt.date:
        start = dt.date.fromisoformat(str(field.held)) if field.held else dt.date.today()
        return st.date_input(name_of(field.place), start, key=key).isoformat()
    text = st.text_input(name_of(field.place), str(field.held or ""), key=key, max_chars=2000).strip()
    if not text:
        raise VentureError(f"{field.place} is empty: write what it is to be")
    return text


def _ask_shape(field: Field) -> bool:
    held = field.held or {}
    names = naming("edit_as_", ("point", "range"))
    chosen = st.segmented_control(plain("edit_as"), ("point", "range"), default="range" if held.get("low") is not None
                                  else "point", format_func=names, key=f"edit_as_{field.place}")  # fmt: skip
    return chosen == "range"


def _ask_numbers(field: Field, is_range: bool) -> str:
    """The numbers as the command line writes them: `0.2`, `0.1..0.3`."""
    held, times = field.held or {}, 100.0 if field.is_share else 1.0
    unit = "%" if field.is_share else str(held.get("unit") or "")
    middle = next((held[name] for name in ("value", "low") if held.get(name) is not None),
                  (held.get("series") or [0.0])[0])
    lowest = next((low for kind, low in LOWEST.items() if issubclass(field.kind, kind)), None)

    def number(name: str, start: float, column: Any) -> float:
        label = plain(f"edit_{name}", unit=f" ({unit})" if unit else "")
        value = column.number_input(label, lowest, 100.0 if field.is_share else None, float(f"{start * times:.10g}"),
                                    step=None, format="%.10g", key=f"edit_{name}_{field.place}")  # fmt: skip
        return float(f"{value / times:.12g}")

    if not is_range:
        return repr(number("value", middle, st))
    left, right = st.columns(2)
    low, high = (middle if held.get(end) is None else float(held[end]) for end in ("low", "high"))
    ends = number("low", low, left), number("high", high, right)
    return f"{ends[0]!r}..{ends[1]!r}"


def _ask_currency(field: Field, currencies: list[str]) -> str:
    held = (field.held or {}).get("currency", currencies[0])
    known = list(dict.fromkeys([*currencies, held]))
    return st.selectbox(plain("pick_currency"), known, known.index(held), key=f"edit_currency_{field.place}")


def _ask_source(field: Field) -> tuple[str, str]:
    """KIND:REF, and the note."""
    held = (field.held or {}).get("source") or {}
    start = held.get("kind") if held.get("kind") in STATED else "guess"
    left, right = st.columns([1, 2])
    kind = left.selectbox(plain("source"), STATED, STATED.index(start), format_func=naming("source_", STATED),
                          key=f"edit_kind_{field.place}")  # fmt: skip
    ref = right.text_input(plain("reference"), str(held.get("ref", "")), key=f"edit_ref_{field.place}", max_chars=500)
    note = st.text_input(plain("edit_note"), str((field.held or {}).get("note", "")), key=f"edit_note_{field.place}",
                         max_chars=1000)  # fmt: skip
    if kind != "guess" and not ref.strip():
        raise VentureError(plain("edit_needs_ref", kind=plain(f"source_{kind}")))
    return f"{kind}:{ref.strip() or people.person().name}", note.strip()
