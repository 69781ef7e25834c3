"""Dotted places in a venture: reading, writing, naming the nearest one, and the differences of two versions."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kit.errors import StoreError

MOST_SHOWN = 12


class Absent(Enum):
    """There is nothing at a place, which is not the same as null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True)
class Difference:
    """One field before and after."""

    path: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        """A side without the field has no key."""
        sides = {"before": self.before, "after": self.after}
        return {"path": self.path} | {name: value for name, value in sides.items() if value is not ABSENT}

    def __str__(self) -> str:
        return f"{self.path}: {shown(self.before)} -> {shown(self.after)}"


def shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    if value is ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def differences(before: Any, after: Any, path: str = "") -> list[Difference]:
    """Every field that differs, in the order of `before`; 1 and 1.0 and true are three values."""
    if before is ABSENT and isinstance(after, Mapping) and after:  # what is new or gone is named field by field
        before = {}
    if after is ABSENT and isinstance(before, Mapping) and before:
        after = {}
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [*before, *(key for key in after if key not in before)]
        pairs = [(str(key), before.get(key, ABSENT), after.get(key, ABSENT)) for key in keys]
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        size = max(len(before), len(after))
        pairs = [(str(i), _at(before, i), _at(after, i)) for i in range(size)]
    else:
        same = type(before) is type(after) and before == after
        return [] if same else [Difference(path, before, after)]
    return [found for key, old, new in pairs for found in differences(old, new, f"{path}.{key}" if path else key)]


def _at(items: Any, i: int) -> Any:
    return items[i] if i < len(items) else ABSENT


def lines_of(found: Iterable[Difference]) -> str:
    """The differences as indented lines, the first dozen of them."""
    lines = [f"  {difference}" for difference in found]
    more = [f"  and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else []
    return "\n".join(lines[:MOST_SHOWN] + more)


def hint(wanted: str, known: Iterable[str]) -> str:
    """`did you mean X?`, or what there is."""
    names = list(known)
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(names) or 'none'}"


def value_at(documents: Any, path: str) -> Any:
    """What stands at a dotted place; ABSENT where its last part is missing. An unknown part before that is refused."""
    node, parts = documents, path.split(".")
    for depth, part in enumerate(parts):
        found = _child(node, part)
        if found is ABSENT and (depth + 1 < len(parts) or not isinstance(node, Mapping)):
            raise _unknown(node, parts, depth)
        node = found
    return node


def require(documents: Any, path: str) -> None:
    """Refuse a place that holds nothing, with the nearest name."""
    if value_at(documents, path) is ABSENT:
        parts = path.split(".")
        parent = value_at(documents, ".".join(parts[:-1])) if parts[1:] else documents
        raise _unknown(parent, parts, len(parts) - 1)


def with_value(documents: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with `value` at a dotted place, ABSENT to empty it; only the last part of the place may be new."""
    value_at(documents, path)
    changed = copy.deepcopy(dict(documents))
    node: Any = changed
    *parents, last = path.split(".")
    for part in parents:
        node = _child(node, part)
    if value is ABSENT:
        require(documents, path)
        del node[int(last) if isinstance(node, list) else last]
    elif isinstance(node, list):
        node[int(last)] = copy.deepcopy(value)
    else:
        node[last] = copy.deepcopy(value)
    return changed


def _child(node: Any, part: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(part, ABSENT)
    if isinstance(node, list | tuple):
        return node[int(part)] if part.isascii() and part.isdigit() and int(part) < len(node) else ABSENT
    return ABSENT


def _unknown(node: Any, parts: list[str], depth: int) -> StoreError:
    place, part = ".".join(parts[:depth + 1]), parts[depth]
    kind = "document" if depth == 0 else "field"
    if isinstance(node, list | tuple):
        return StoreError(f"{place}: there is no such place in a list of {len(node)}; they are counted from 0")
    if not isinstance(node, Mapping):
        return StoreError(f"{place} is no field: {'.'.join(parts[:depth])} holds {shown(node)}")
    return StoreError(f"{place} is not a {kind} of this venture; {_hint_below(place, part, node)}")


def _hint_below(place: str, part: str, node: Mapping[str, Any]) -> str:
    """A near name here, else a field of that name further down, else what there is."""
    near = difflib.get_close_matches(part, list(node), n=1, cutoff=0.6)
    if near:
        return f"did you mean {place[:len(place) - len(part)]}{near[0]}?"
    below = [f"{place[:len(place) - len(part)]}{found}" for found in _named(node, part)]
    return f"did you mean {below[0]}?" if below else hint(part, node)


def _named(node: Any, wanted: str, path: str = "") -> Iterator[str]:
    """Places below a node whose last part is `wanted` or nearly so."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            here = f"{path}.{key}" if path else str(key)
            if difflib.SequenceMatcher(None, str(key), wanted).ratio() > 0.8:
                yield here
            yield from _named(child, wanted, here)
