"""Where ventures come from: the store, YAML files in `ventures/` beside the runs, and the playbooks that ship.

A venture is known by a key that changes whenever it does (file: path, time, size; stored: revision and scenario), and
what is worked out of it is cached under that key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import data, what_if
from kit import playbooks, runs, store
from kit.errors import KitError, RunError, StoreError
from kit.store.database import address
from kit.store.places import shown
from kit.strategy.measured import Runs
from kit.strategy.venture import Venture, load_venture, venture_of
from kit.strategy.workings import Workings, work
from kit.strategy.worksheet import Row, Table, worksheets
from kit.venture_runs import linked, sheet_prices
from kit.ventures import documents_from_file, open_ventures, venture_under

BASE = "base"
BUSINESS_LEVEL = 0.90
RunKey = tuple[data.Stamp, data.Stamp]


@dataclass(frozen=True)
class Key:
    """A venture as it is now: a file, or a revision of the store under a scenario; and what the session tries on it."""

    name: str
    file: data.Stamp | None = None
    revision: int = 0
    scenario: str | None = None
    place: str = ""
    tried: str = ""

    @property
    def is_stored(self) -> bool:
        return self.file is None

    @property
    def untried(self) -> Key:
        return replace(self, tried="")


# ---- which there are


def opened() -> store.Store | None:
    """The store that the environment names; None where there is none. Raises StoreError."""
    where = address()
    return _opened(where.render_as_string(hide_password=False)) if store.exists(where) else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(where: str) -> store.Store:
    return open_ventures()  # it reads the same environment; `where` names what is cached


def the_store() -> store.Store:
    """The store behind a stored venture."""
    found = opened()
    if found is None:
        raise StoreError("the store of this venture is gone: bring its file back, or choose another venture")
    return found


def fault() -> str | None:
    """Why the stored ventures cannot be listed; files and playbooks stay usable."""
    try:
        _stored()
    except StoreError as err:
        return str(err)
    return None


def names() -> list[str]:
    """Stored ventures first, then the user's files, then the playbooks."""
    try:
        stored = list(_stored())
    except StoreError:
        stored = []
    return list(dict.fromkeys([*stored, *_files()]))


def key_of(name: str, scenario: str = BASE) -> Key:
    """The venture of a name as this session sees it; a stored one hides a file of the same name."""
    try:
        revision = _stored().get(name)
    except StoreError:
        revision = None
    if revision is None:
        return Key(name, data.stamp(_files()[name]), tried=what_if.as_text(name))
    return Key(name, None, revision, None if scenario == BASE else scenario, the_store().name, what_if.as_text(name))


def is_playbook(name: str) -> bool:
    """A worked venture that ships: everything in it is an example."""
    found = key_of(name)
    return found.file is not None and Path(found.file[0]).name == playbooks.FILE


def _stored() -> dict[str, int]:
    """Name -> newest revision."""
    db = opened()
    return {one.venture: one.revision for one in store.list_ventures(db)} if db else {}


def _files() -> dict[str, Path]:
    own = {path.stem: path for path in sorted((data.runs_dir().resolve().parent / "ventures").glob("*.yaml"))}
    return own | {row["id"]: Path(row["path"]) / playbooks.FILE for row in _playbooks() if row["id"] not in own}


@st.cache_data(show_spinner=False)
def _playbooks() -> list[dict[str, str]]:
    return playbooks.listed()


# ---- what one holds


def of(name: str, scenario: str = BASE) -> Venture:
    """Raises VentureError where it has faults, StoreError where the store or the scenario is gone."""
    return of_key(key_of(name, scenario))


@st.cache_resource(max_entries=32, show_spinner=False)
def of_key(key: Key) -> Venture:
    if key.file:
        return venture_of(documents(key), key.name) if key.tried else load_venture(Path(key.file[0]))
    return venture_under(replace(loaded(key), documents=documents(key)))


def documents(key: Key) -> Mapping[str, Any]:
    """The documents as shown: scenario and what the session tries laid over them. Not to be changed."""
    return _documents(key)


@st.cache_resource(max_entries=32, show_spinner=False)
def _documents(key: Key) -> Mapping[str, Any]:
    held = documents_from_file(Path(key.file[0])) if key.file else loaded(key).documents
    return what_if.laid_where_possible(held, json.loads(key.tried)) if key.tried else held


def loaded(key: Key) -> store.Loaded:
    """A stored venture with its scenario laid over it, without what the session tries."""
    return _loaded(key.untried)


@st.cache_resource(max_entries=32, show_spinner=False)
def _loaded(key: Key) -> store.Loaded:
    return store.load(the_store(), key.name, key.scenario, number=key.revision)


def scenarios(name: str) -> list[str]:
    """The base, then the scenarios of a stored venture."""
    key = key_of(name)
    return [BASE, *loaded(key).state.scenarios] if key.is_stored else [BASE]


def overridden(name: str, scenario: str) -> list[tuple[str, str, str]]:
    """(place, base, scenario) of every field that the scenario changes."""
    key = key_of(name, scenario)
    if not key.is_stored or key.scenario is None:
        return []
    held = loaded(key)
    return [(one.path, shown(one.before), shown(one.after))
            for one in store.differences(held.state.documents, held.documents)]


def tried_changes(name: str, scenario: str) -> list[tuple[str, str, str]]:
    """(place, as it stands, as tried) of every field that this session tries another value for."""
    key = key_of(name, scenario)
    return [(one.path, shown(one.before), shown(one.after))
            for one in store.differences(documents(key.untried), documents(key))] if key.tried else []


# ---- the runs it stands on


def live_run(name: str) -> str | None:
    """The run that the venture names as the one in use."""
    try:
        ref = of(name).runs.live
    except KitError:
        return None
    return ref.name if ref else None


def linked_folders(name: str) -> dict[str, Path]:
    """Run -> folder of a stored venture's links, wherever they lie; none where one is gone or has changed."""
    key = key_of(name)
    if not key.is_stored:
        return {}
    try:
        found = store.folders(name, loaded(key).state.runs)
    except RunError:
        return {}
    return {folder.name: folder for folders in found.values() for folder in folders}


def run_key(run: Path | None) -> RunKey | None:
    """What a run's figures are known by: its answers and its summary."""
    return (data.stamp(run / runs.PREDICTIONS), data.stamp(run / runs.SUMMARY)) if run else None


def runs_under(key: Key, run: RunKey | None) -> Runs:
    """The runs of a venture: as linked where the shown run is the linked live one, else the shown run alone."""
    folder = Path(run[0][0]).parent if run else None
    if key.is_stored and folder is not None:
        links = loaded(key).state.runs
        if links.live is not None and links.live.run == folder.name:
            return linked(key.name, links)
    live = data.measured_run(folder) if folder else None
    return Runs(live if live is not None and len(live.rows.part("test")) else None)


# ---- worksheets


def sheets(name: str, scenario: str, run: Path | None, language: str) -> tuple[list[Row], list[Table]]:
    """Every worksheet row and table of a venture on a run, with 90 % intervals."""
    return sheets_of(key_of(name, scenario), run_key(run), language)


@st.cache_resource(max_entries=32, show_spinner=False)
def sheets_of(key: Key, run: RunKey | None, language: str) -> tuple[list[Row], list[Table]]:
    return worksheets(of_key(key), runs_under(key, run), sheet_prices(), language=language, level=BUSINESS_LEVEL)


def workings(key: Key, run: RunKey | None) -> tuple[Workings, Runs]:
    """The worlds behind the worksheets, for what asks about their uncertainty."""
    standing = runs_under(key, run)
    return work(of_key(key), standing, level=BUSINESS_LEVEL), standing
