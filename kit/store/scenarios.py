"""Scenarios: overrides by dotted path, laid over the base or over one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kit.errors import StoreError
from kit.store.places import hint, with_value
from kit.store.records import Content, Scenario, State


def documents_under(state: State, name: str | None) -> Content:
    """The documents with a scenario, and all that it stands on, laid over them; the base for None."""
    documents = state.documents
    for layer in stack(state.scenarios, name):
        for path, value in state.scenarios[layer].overrides.items():
            try:
                documents = with_value(documents, path, value)
            except StoreError as error:
                raise StoreError(f"scenario {layer}: {error}; or take it out: "
                                 f"moatkit venture scenario reset VENTURE {layer} {path}") from error
    return documents


def stack(scenarios: Mapping[str, Scenario], name: str | None) -> list[str]:
    """The scenarios to lay over the base, the undermost first."""
    found: list[str] = []
    while name is not None:
        if name not in scenarios:
            raise StoreError(f"scenario is {name!r}: there is none of that name; {hint(name, scenarios)}")
        if name in found:
            raise StoreError(f"scenario {name} stands on itself ({' over '.join([*reversed(found), name])}): "
                             "lay one of them over the base")
        found.append(name)
        name = scenarios[name].over
    return found[::-1]


def with_overrides(
    state: State, name: str, overrides: Mapping[str, Any], *, over: str | None = None, note: str | None = None
) -> State:
    """A state in which a scenario, new or known, has these overrides beside those it had."""
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise StoreError(f"scenario is {name!r}: name it with letters, digits, - and _")
    known = state.scenarios.get(name, Scenario())
    changed = Scenario({**known.overrides, **overrides}, known.over if over is None else over,
                       known.note if note is None else note)
    return _checked(replace(state, scenarios={**state.scenarios, name: changed}))


def reset(state: State, name: str, paths: list[str] | None = None) -> State:
    """A state in which a scenario is back to what it stands on, wholly or at these paths."""
    stack(state.scenarios, name)
    known = state.scenarios[name]
    for path in paths or []:
        if path not in known.overrides:
            raise StoreError(f"{path}: scenario {name} does not override it; {hint(path, known.overrides)}")
    kept = {path: value for path, value in known.overrides.items() if paths and path not in paths}
    return _checked(replace(state, scenarios={**state.scenarios, name: replace(known, overrides=kept)}))


def without(state: State, name: str) -> State:
    """A state without a scenario; one that others stand on stays."""
    stack(state.scenarios, name)
    above = [other for other, scenario in state.scenarios.items() if scenario.over == name]
    if above:
        raise StoreError(f"scenario {name} carries {', '.join(above)}: lay {above[0]} over another one first")
    return replace(state, scenarios={key: value for key, value in state.scenarios.items() if key != name})


def _checked(state: State) -> State:
    for name in state.scenarios:
        documents_under(state, name)
    return state
