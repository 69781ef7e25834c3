"""A venture as one YAML file for git: documents, scenarios, run links, comments, decisions, members; no history.

Export, import and export again give the same bytes. A plain venture file, with the documents at its top, is read too.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, delete, insert

from kit.errors import KitError, StoreError
from kit.store import tables
from kit.store.database import Check, Store
from kit.store.members import members
from kit.store.notes import all_versions, comments, comments_in, versions_in, write_comment, write_decision
from kit.store.places import hint
from kit.store.records import (
    STATUSES,
    Actor,
    Comment,
    Decision,
    Link,
    Member,
    Revision,
    Role,
    RunLinks,
    Scenario,
    State,
)
from kit.store.revisions import create, list_ventures, load, save
from kit.store.scenarios import documents_under
from kit.store.yaml_text import dump_yaml, parse_yaml, read_yaml

FORMAT = "moatkit venture 1"


class _File(BaseModel):
    """The file as it is written; the records are checked field by field."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["moatkit venture 1"]
    venture: dict[str, Any]
    scenarios: dict[str, Scenario] = {}
    live: Link | None = None
    candidate: Link | None = None
    rivals: list[Link] = []
    comments: list[Comment] = []
    decisions: list[Decision] = []
    members: list[Member] = []


@dataclass(frozen=True)
class Portable:
    """What a file holds."""

    state: State
    comments: tuple[Comment, ...] = ()
    decisions: tuple[Decision, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def venture(self) -> str:
        return str(self.state.documents.get("id", ""))


def is_export(file: Path) -> bool:
    """Whether a file is empty or an exported venture, which a newer export may replace."""
    if not file.is_file():
        return False
    with file.open(encoding="utf-8", errors="replace") as lines:
        return lines.readline(200).rstrip() in ("", f"format: {FORMAT}")


def export_text(store: Store, venture: str) -> str:
    """The newest revision of a venture as YAML."""
    state = load(store, venture).state
    return dump_yaml({
        "format": FORMAT, "venture": dict(state.documents),
        "scenarios": {name: scenario.as_json() for name, scenario in state.scenarios.items()},
        "live": asdict(state.runs.live) if state.runs.live else None,
        "candidate": asdict(state.runs.candidate) if state.runs.candidate else None,
        "rivals": [asdict(link) for link in state.runs.rivals],
        "comments": [one.as_json() for one in comments(store, venture)],
        "decisions": [one.as_json() for one in all_versions(store, venture)],
        "members": [one.as_json() for one in members(store, venture)],
    })


def read_file(check: Check, path: str | Path) -> Portable:
    """A venture file, checked; every fault is named with its line."""
    raw, lines = read_yaml(path)
    return _portable(check, raw, lines, str(path))


def read_text(check: Check, text: str, name: str) -> Portable:
    """As `read_file`, of text; `name` stands in the messages."""
    raw, lines = parse_yaml(text, name)
    return _portable(check, raw, lines, name)


def import_venture(store: Store, actor: Actor, found: Portable, *, replace_known: bool = False,
                   message: str = "imported") -> Revision:  # fmt: skip
    """Make the venture of a file, or with `replace_known` its next revision, with the notes that are not yet there."""
    if found.venture not in {listed.venture for listed in list_ventures(store)}:
        def also(connection: Connection) -> None:
            _write_members(connection, found)
            _add_notes(connection, found)

        return create(store, actor, found.state.documents, state=found.state, message=message, also=also)
    if not replace_known:
        raise StoreError(f"venture {found.venture} is in the store already: --replace makes the file its next revision")
    base = load(store, found.venture)
    return save(store, actor, found.venture, found.state, base=base.number, message=message,
                also=lambda connection: _add_notes(connection, found))


def _write_members(connection: Connection, found: Portable) -> None:
    """The members of the file in place of whoever imports it."""
    if found.members:
        connection.execute(delete(tables.members).where(tables.members.c.venture == found.venture))
    for one in found.members:
        connection.execute(insert(tables.members).values(
            venture=found.venture, name=one.name, role=one.role, added_by=one.by, at=one.at))


def _add_notes(connection: Connection, found: Portable) -> None:
    """Comments and decisions that the store does not hold, under their own numbers where these are free."""
    known = comments_in(connection, found.venture)
    held = {(one.place, one.text, one.author, one.at) for one in known}
    new = [one for one in found.comments if (one.place, one.text, one.author, one.at) not in held]
    numbers = _numbers([one.number for one in known], [one.number for one in new])
    for one in new:
        write_comment(connection, found.venture, replace(one, number=numbers[one.number]))
    versions = versions_in(connection, found.venture)
    first = {(one.text, one.author, one.at): one.number for one in versions if one.version == 1}
    ours = {one.number: first.get((one.text, one.author, one.at)) for one in found.decisions if one.version == 1}
    there = {(one.number, one.version) for one in versions}
    numbers = _numbers([one.number for one in versions], [n for n, known_as in ours.items() if known_as is None])
    for version in found.decisions:
        number = ours.get(version.number) or numbers.get(version.number, version.number)
        if (number, version.version) not in there:
            write_decision(connection, found.venture, replace(version, number=number))


def _numbers(taken: list[int], wanted: list[int]) -> dict[int, int]:
    """A number for each that is wanted: its own where it is free, else the next."""
    found, used = {}, set(taken)
    for number in dict.fromkeys(wanted):
        found[number] = number if number not in used else max(used) + 1
        used.add(found[number])
    return found


def _portable(check: Check, raw: Mapping[str, Any], lines: Mapping[str, int], name: str) -> Portable:
    if "format" not in raw and "venture" not in raw:
        found, prefix = Portable(State(raw)), ""
    else:
        try:
            file = _File.model_validate(raw)
        except ValidationError as error:
            raise StoreError("\n".join(_sentence(fault, lines, name) for fault in error.errors())) from None
        _check_notes(file, lines, name)
        runs = RunLinks(file.live, file.candidate, tuple(file.rivals))
        found, prefix = Portable(State(file.venture, file.scenarios, runs), tuple(file.comments),
                                 tuple(file.decisions), tuple(file.members)), "venture."  # fmt: skip
    try:
        check(found.state.documents, name)
        for scenario in found.state.scenarios:
            check(documents_under(found.state, scenario), f"scenario {scenario}")
    except KitError as error:
        raise StoreError("\n".join(with_line(line, name, lines, prefix) for line in str(error).splitlines())) from error
    return found


def with_line(sentence: str, name: str, lines: Mapping[str, int], prefix: str = "") -> str:
    """A sentence about a place, `NAME: a.b is ...`, with the line on which the place, or what holds it, stands."""
    head, colon, rest = sentence.partition(f"{name}: ")
    if head or not colon:
        return sentence
    place = prefix + rest.split(" ")[0].rstrip(":,").replace("[", ".").replace("]", "")
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return f"{name}: line {lines[place]}: {rest}" if place else sentence


def _check_notes(file: _File, lines: Mapping[str, int], name: str) -> None:
    """Numbers and words that the store relies on."""
    def refuse(place: str, problem: str) -> None:
        raise StoreError(f"{name}: line {lines.get(place, '?')}: {place} {problem}")

    seen: set[tuple[str, int, int]] = set()
    numbers = {"comments": [(one.number, 1) for one in file.comments],
               "decisions": [(one.number, one.version) for one in file.decisions]}
    for kind, rows in numbers.items():
        for i, (number, version) in enumerate(rows):
            key = (kind, number, version)
            if key in seen:
                refuse(f"{kind}.{i}.number", f"is {number}, which stands twice; number them apart")
            seen.add(key)
    numbered = {row.number for row in file.decisions if row.version == 1}
    for i, decision in enumerate(file.decisions):
        if decision.number not in numbered:
            refuse(f"decisions.{i}.number", f"is {decision.number}, whose version 1 is missing: add it")
        if decision.status not in STATUSES:
            refuse(f"decisions.{i}.status", f"is {decision.status!r}: use one of {', '.join(STATUSES)}")
    for i, member in enumerate(file.members):
        try:
            Role.named(member.role)
        except StoreError as error:
            refuse(f"members.{i}.role", str(error).removeprefix("role "))


def _sentence(fault: Any, lines: Mapping[str, int], name: str) -> str:
    parts = [str(part) for part in fault["loc"]]
    place = ".".join(parts)
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return with_line(f"{name}: {place} is not a field; {_near(parts)}", name, lines)
    if fault["type"].startswith("missing"):
        return with_line(f"{name}: {place} is missing: add it", name, lines)
    return with_line(f"{name}: {place} is {fault['input']!r:.60}: {fault['msg'][0].lower()}{fault['msg'][1:]}", name,
                     lines)


def _near(parts: list[str]) -> str:
    kinds: dict[str, Any] = {"scenarios": Scenario, "live": Link, "candidate": Link, "rivals": Link,
                              "comments": Comment, "decisions": Decision, "members": Member}
    known = list(_File.model_fields) if len(parts) == 1 else [one.name for one in fields(kinds[parts[0]])]
    near = difflib.get_close_matches(parts[-1], known, n=1, cutoff=0.5)
    return f"did you mean {'.'.join([*parts[:-1], near[0]])}?" if near else hint(parts[-1], known)
