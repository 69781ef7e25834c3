"""What a person types for a field of a venture, as a document holds it: `0.3`, `44 %`, `0.01..0.04`, `0.2 EUR`, YAML.

A new number drops the source and note of the one that it replaces: it is a guess of who typed it until a source is
said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from kit.errors import VentureError
from kit.store.places import ABSENT, hint, require, value_at, with_value
from kit.store.yaml_text import parse_value
from kit.strategy.assumptions import Assumption, Money, SourceKind
from kit.strategy.venture import Venture

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TYPED = re.compile(rf"\s*({_NUMBER})\s*(?:\.\.\s*({_NUMBER})\s*)?(%|[A-Z]{{3}})?\s*")
_NUMBERS = ("value", "low", "high", "series")


@dataclass(frozen=True)
class Typist:
    """Who types, on which day, and where the numbers come from."""

    name: str
    today: dt.date
    source: Mapping[str, str]


def typist(name: str, source: str | None = None, *, today: dt.date | None = None) -> Typist:
    """`source` is KIND or KIND:REF, such as survey:calls-2026-11; without it the number is a guess of the person."""
    kind, _, ref = (source or f"guess:{name}").partition(":")
    kinds = get_args(SourceKind)
    if kind not in kinds:
        raise VentureError(f"source is {source!r}: write KIND:REF, {hint(kind, kinds)} ({', '.join(kinds)})")
    return Typist(name, today or dt.date.today(), {"kind": kind, "ref": ref})


def split_pairs(pairs: list[str]) -> dict[str, str]:
    """KEY=VALUE words as a mapping; a word without a key, and a key that is given twice, are refused."""
    found: dict[str, str] = {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        if not equals or not path.strip():
            raise VentureError(f"{pair!r}: write KEY=VALUE, such as pricing.price=0.3")
        if path.strip() in found:
            raise VentureError(f"{path.strip()} is given twice: keep one")
        found[path.strip()] = text
    return found


def with_typed(documents: Mapping[str, Any], pairs: Mapping[str, str], who: Typist) -> dict[str, Any]:
    """The documents with every pair set; an empty value takes the field out."""
    changed = dict(documents)
    for path, text in pairs.items():
        changed = with_value(with_document(changed, path), path, typed(changed, path, text, who))
    return changed


def overrides_of(documents: Mapping[str, Any], pairs: Mapping[str, str], who: Typist) -> dict[str, Any]:
    """The pairs as the overrides of a scenario, by place."""
    found = {}
    for path, text in pairs.items():
        found[path] = typed(documents, path, text, who)
        if found[path] is ABSENT:
            raise VentureError(f"{path}= is empty: a scenario gives another value, it takes nothing out")
    return found


def typed(documents: Mapping[str, Any], path: str, text: str, who: Typist) -> Any:
    """The value of one place; ABSENT for an empty text."""
    if not text.strip():
        return ABSENT
    held, kind = value_at(with_document(documents, path), path), kind_at(path)
    if kind is str:
        return text.strip()
    number = _TYPED.fullmatch(text)
    if not (isinstance(kind, type) and issubclass(kind, Assumption)):
        return parse_value(text)
    if number is None:
        found = parse_value(text)
        if found is not None and not isinstance(found, Mapping):
            raise VentureError(f"{path} is {text.strip()!r}: write a number (0.3), a range (0.2..0.4), a share (44 %), "
                               "an amount ('0.2 EUR') or YAML such as {series: [1, 2]}")
        return found
    return _assumption(held if isinstance(held, Mapping) else {}, number, who,
                       currency=str(documents.get("currency", "")) if issubclass(kind, Money) else None)


def _assumption(held: Mapping[str, Any], number: re.Match[str], who: Typist, *, currency: str | None) -> dict[str, Any]:
    low, high, suffix = number.groups()
    scale = 0.01 if suffix == "%" else 1
    values = [_scaled(end, scale) for end in (low, high) if end is not None]
    found: dict[str, Any] = dict(zip(("low", "high") if high is not None else ("value",), values, strict=True))
    found |= {name: part for name, part in held.items() if name not in (*_NUMBERS, "source", "note", "date")}
    if suffix and suffix != "%":
        if currency is None:
            raise VentureError(f"{number.group(0).strip()!r} names a currency, and the field is no amount of money: "
                               "leave the currency out")
        found["currency"] = suffix
    elif currency is not None:
        found.setdefault("currency", currency)
    if currency is not None or "date" in held:
        found["date"] = who.today.isoformat()
    return found | {"source": dict(who.source)}


def _scaled(text: str, scale: float) -> float:
    return round(float(text) * scale, 12) if scale != 1 or not text.lstrip("+-").isdigit() else int(text)


def with_document(documents: Mapping[str, Any], path: str) -> dict[str, Any]:
    """An optional document of the worksheets that is not there yet, begun empty."""
    name, dot, _ = path.partition(".")
    if name not in documents and dot and name in Venture.model_fields:
        return {**documents, name: {}}
    if name not in documents and name not in Venture.model_fields:
        require(dict.fromkeys((*documents, *Venture.model_fields)), name)
    return dict(documents)


def kind_at(path: str) -> Any:
    """The type that a place is read as; None for a place that the worksheets do not know."""
    found: Any = Venture
    for part in path.split("."):
        arguments, origin = get_args(found), get_origin(found)
        if origin is dict:
            found = arguments[1]
        elif origin in (list, tuple):
            found = arguments[0]
        else:
            field = found.model_fields.get(part) if hasattr(found, "model_fields") else None
            found = field.annotation if field is not None else None
        if get_origin(found) in (Union, UnionType):  # a part that may be left out
            found = get_args(found)[0]
    return found
