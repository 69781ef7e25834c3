"""Ventures and their revisions: create, load, save under an optimistic lock, history, differences, undo, delete."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from kit.errors import StoreError
from kit.store import tables
from kit.store.database import Store, reading, writing
from kit.store.members import add_first_owner, allow, refuse_targets
from kit.store.places import Difference, differences, hint, lines_of, shown, value_at
from kit.store.plain import clean, plain
from kit.store.records import Actor, Content, Listed, Loaded, Revision, Role, State, now
from kit.store.scenarios import documents_under

_META = [column for column in tables.revisions.columns if column.name not in ("state", "sha256")]
_NAME = re.compile(r"\w[\w-]{0,63}")


class StaleSave(StoreError):
    """A save from a revision that is no longer the newest; nothing was written."""

    exit_code = 1

    def __init__(self, base: Revision, newest: Revision, *, theirs: list[Difference], mine: list[Difference]) -> None:
        self.base, self.newest, self.theirs, self.mine = base, newest, theirs, mine
        both = {difference.path for difference in theirs} & {difference.path for difference in mine}
        clash = f"\nboth changed: {', '.join(sorted(both))}" if both else ""
        super().__init__(
            f"{base.venture} has moved on: you started from revision {base.number}, {newest} is the newest; nothing "
            f"was written\nsaved since:\n{lines_of(theirs)}\nyours:\n{lines_of(mine) or '  nothing'}{clash}\n"
            f"load revision {newest.number} and make your change again")


Also = Callable[[Connection], None]
"""More writes that stand or fall with a revision."""


def create(
    store: Store, actor: Actor, documents: Content, *, message: str = "created", state: State | None = None,
    also: Also = lambda _: None,
) -> Revision:
    """A new venture, named by its document `id`; its creator becomes its owner."""
    state = replace(state or State({}), documents=documents)
    venture, text = str(documents.get("id", "")), _checked(store, state)
    if not _NAME.fullmatch(venture):
        raise StoreError(f"id is {venture!r}: name a venture with up to 64 letters, digits, - and _")
    allow(actor, Role.EDITOR, "make a venture")
    revision = Revision(venture, 1, None, actor.name, actor.role.word, now(), clean("message", message))
    try:
        with writing(store) as connection:
            known = connection.execute(select(tables.ventures).where(tables.ventures.c.id == venture)).first()
            if known is not None:
                raise _taken(venture, known)
            connection.execute(insert(tables.ventures).values(id=venture, head=1))
            _append(connection, revision, text)
            add_first_owner(connection, venture, actor.name, revision.at)
            also(connection)
    except StoreError as error:
        if isinstance(error.__cause__, IntegrityError):  # another writer made it between our look and our insert
            raise StoreError(f"venture {venture} exists already: choose another name") from error
        raise
    return revision


def list_ventures(store: Store) -> list[Listed]:
    """Every venture that is not deleted, by name."""
    v, r = tables.ventures, tables.revisions
    query = (select(*_META, r.c.state).join(v, (v.c.id == r.c.venture) & (v.c.head == r.c.number))
             .where(v.c.deleted_at.is_(None)).order_by(v.c.id))
    with reading(store) as connection:
        found = connection.execute(query).all()
    documents = [json.loads(row.state)["documents"] for row in found]
    return [Listed(row.venture, str(d.get("title", "")), str(d.get("stage", "")), str(d.get("currency", "")),
                   row.number, row.at, row.author) for row, d in zip(found, documents, strict=True)]


def load(store: Store, venture: str, scenario: str | None = None, *, number: int | None = None) -> Loaded:
    """A venture as it is, or as it was at a revision, with a scenario laid over it."""
    with reading(store) as connection:
        head = head_of(connection, venture)
        revision, state = _read(connection, venture, head if number is None else number)
    return Loaded(revision, state, documents_under(state, scenario), scenario)


def save(
    store: Store, actor: Actor, venture: str, state: State, *, base: int, message: str = "",
    restores: int | None = None, also: Also = lambda _: None,
) -> Revision:
    """Write the next revision, made from revision `base`; StaleSave where that is no longer the newest.

    A save that changes nothing writes nothing and answers with the newest revision.
    """
    text = _checked(store, state)
    if str(state.documents.get("id")) != venture:
        raise StoreError(f"id is {state.documents.get('id')!r}: a venture keeps its name, which is {venture}")
    message = clean("message", message)
    with writing(store) as connection:
        role = allow(actor, Role.EDITOR, f"change {venture}", connection, venture)
        head = head_of(connection, venture)
        base_revision, before = _read(connection, venture, base)
        mine = differences(before.as_json(), json.loads(text))
        if head == base and not mine:
            also(connection)
            return base_revision
        # of two that found the same head, the database lets one move it
        moved = head == base and connection.execute(update(tables.ventures).values(head=base + 1).where(
            tables.ventures.c.id == venture, tables.ventures.c.head == base)).rowcount
        if not moved:
            newest, theirs = _read(connection, venture, head_of(connection, venture))
            raise StaleSave(base_revision, newest, theirs=_shorter(differences(before.as_json(), theirs.as_json())),
                            mine=_shorter(mine))
        refuse_targets(role, actor, [difference.path for difference in mine], message, venture)
        revision = Revision(venture, base + 1, base, actor.name, role.word, now(), message, restores)
        _append(connection, revision, text)
        also(connection)
    return revision


def update_state(
    store: Store, actor: Actor, venture: str, change: Callable[[State], State], *, message: str = ""
) -> tuple[Loaded, Loaded]:
    """Load, change and save under the lock; what was and what is."""
    before = load(store, venture)
    state = change(before.state)
    revision = save(store, actor, venture, state, base=before.number, message=message)
    return before, Loaded(revision, state, state.documents)


def history(store: Store, venture: str, *, limit: int | None = None) -> list[Revision]:
    """The revisions, newest first."""
    query = select(*_META).where(tables.revisions.c.venture == venture).order_by(tables.revisions.c.number.desc())
    with reading(store) as connection:
        head_of(connection, venture)
        return [Revision(**row._mapping) for row in connection.execute(query.limit(limit))]


def diff(store: Store, venture: str, first: int, second: int | None = None) -> list[Difference]:
    """The fields that differ between two revisions; the second is the newest unless it is named."""
    before, after = load(store, venture, number=first), load(store, venture, number=second)
    return _shorter(differences(before.state.as_json(), after.state.as_json()))


def blame(store: Store, venture: str, path: str) -> list[tuple[Revision, Any]]:
    """Who gave a field each of its values, newest first."""
    found: list[tuple[Revision, Any]] = []
    query = select(tables.revisions).where(tables.revisions.c.venture == venture).order_by(tables.revisions.c.number)
    with reading(store) as connection:
        head_of(connection, venture)
        for row in connection.execute(query):
            revision, state = _parsed(row)
            try:
                value = value_at(state.documents, path)
            except StoreError:
                continue  # its document is younger than this revision
            if not found or differences(found[-1][1], value):
                found.append((revision, value))
    return found[::-1]


def undo(store: Store, actor: Actor, venture: str, *, to: int | None = None) -> Revision:
    """A new revision that restores an older one: `to`, or the one before the last change that still stands."""
    with reading(store) as connection:
        head = head_of(connection, venture)
        stands, _ = _read(connection, venture, head)
        while stands.restores is not None:
            stands, _ = _read(connection, venture, stands.restores)
        if to is None and stands.number == 1:
            raise StoreError(f"{venture} is as it was created: there is nothing to undo")
        target, state = _read(connection, venture, stands.number - 1 if to is None else to)
    return save(store, actor, venture, state, base=head, message=f"back to revision {target.number}",
                restores=target.number)


def delete(store: Store, actor: Actor, venture: str) -> None:
    """Take a venture out of sight; its revisions stay, and `restore` brings it back."""
    _mark(store, actor, venture, deleted=True)


def restore(store: Store, actor: Actor, venture: str) -> None:
    """Bring a deleted venture back."""
    _mark(store, actor, venture, deleted=False)


def _mark(store: Store, actor: Actor, venture: str, *, deleted: bool) -> None:
    values = {"deleted_at": now() if deleted else None, "deleted_by": actor.name if deleted else None}
    with writing(store) as connection:
        head_of(connection, venture, deleted=not deleted)
        allow(actor, Role.OWNER, f"{'delete' if deleted else 'restore'} {venture}", connection, venture)
        connection.execute(update(tables.ventures).values(values).where(tables.ventures.c.id == venture))


def head_of(connection: Connection, venture: str, *, deleted: bool = False) -> int:
    """The number of the newest revision; an unknown or deleted venture is refused with what there is."""
    found = connection.execute(select(tables.ventures).where(tables.ventures.c.id == venture)).first()
    if found is None or (found.deleted_at is None) == deleted:
        if found is not None and not deleted:
            raise StoreError(f"venture {venture} was deleted by {found.deleted_by} on {found.deleted_at}: "
                             f"moatkit venture restore {venture}")
        c = tables.ventures.c
        known = connection.execute(select(c.id).where(c.deleted_at.is_not(None) if deleted else c.deleted_at.is_(None)))
        kind = "deleted venture" if deleted else "venture"
        raise StoreError(f"there is no {kind} {venture!r} in the store; {hint(venture, sorted(known.scalars()))}")
    return found.head


def state_at(connection: Connection, venture: str, number: int) -> State:
    """The state of one revision, inside a transaction."""
    return _read(connection, venture, number)[1]


def _taken(venture: str, known: Any) -> StoreError:
    if known.deleted_at is None:
        return StoreError(f"venture {venture} exists already: choose another name, or change it by "
                          f"moatkit venture set {venture} KEY=VALUE")
    return StoreError(f"venture {venture} exists, deleted by {known.deleted_by} on {known.deleted_at}: choose another "
                      f"name, or bring it back by moatkit venture restore {venture}")


def _checked(store: Store, state: State) -> str:
    """The JSON of a state whose base and scenarios are ventures."""
    raw = plain(state.as_json())
    state = State.of_json(raw)
    store.check(state.documents, str(state.documents.get("id", "venture")))
    for name in state.scenarios:
        store.check(documents_under(state, name), f"scenario {name}")
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _append(connection: Connection, revision: Revision, text: str) -> None:
    connection.execute(insert(tables.revisions).values(
        **revision.as_json(), state=text, sha256=hashlib.sha256(text.encode()).hexdigest()))


def _read(connection: Connection, venture: str, number: int) -> tuple[Revision, State]:
    r = tables.revisions.c
    row = connection.execute(select(tables.revisions).where(r.venture == venture, r.number == number)).first()
    if row is None:
        raise StoreError(f"revision is {shown(number)}: {venture} has 1 to {head_of(connection, venture)}")
    return _parsed(row)


def _parsed(row: Any) -> tuple[Revision, State]:
    found = dict(row._mapping)
    text, checksum = found.pop("state"), found.pop("sha256")
    if hashlib.sha256(text.encode()).hexdigest() != checksum:
        raise StoreError(f"revision {row.number} of {row.venture} is damaged (its checksum differs): bring back a copy "
                         "of the store; older revisions can still be loaded")
    return Revision(**found), State.of_json(json.loads(text))


def _shorter(found: Sequence[Difference]) -> list[Difference]:
    """Fields of documents are named without the word `documents`."""
    return [replace(difference, path=difference.path.removeprefix("documents.")) for difference in found]
