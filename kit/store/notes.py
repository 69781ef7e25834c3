"""Comments on places of a venture, and decisions with an owner and a date."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from kit.errors import StoreError
from kit.store import tables
from kit.store.database import Store, reading, writing
from kit.store.members import allow
from kit.store.places import hint, require
from kit.store.plain import clean, iso_date, said
from kit.store.records import DROPPED, OPEN, STATUSES, Actor, Comment, Decision, Role, now
from kit.store.revisions import head_of, state_at


def comments(store: Store, venture: str, *, place: str | None = None, is_open: bool | None = None) -> list[Comment]:
    """The comments in the order of their numbers; those on a place take in everything below it."""
    with reading(store) as connection:
        head_of(connection, venture)
        found = comments_in(connection, venture)
    if place is not None:
        found = [one for one in found if one.place == place or one.place.startswith(f"{place}.")]
    return [one for one in found if is_open is None or (one.resolved_at is None) == is_open]


def comment(store: Store, actor: Actor, venture: str, text: str, *, place: str = "") -> Comment:
    """Say something about a document, a dotted field, or the venture."""
    with writing(store) as connection:
        head, role = _enter(connection, actor, venture, "comment on")
        if place:
            require(state_at(connection, venture, head).documents, place)
        made = Comment(_next(connection, tables.comments, venture), place, said("comment", text), actor.name,
                       role.word, now())
        write_comment(connection, venture, made)
    return made


def resolve(store: Store, actor: Actor, venture: str, number: int) -> Comment:
    """Close a comment; who and when are kept with it."""
    c = tables.comments.c
    with writing(store) as connection:
        _enter(connection, actor, venture, "resolve a comment on")
        here = (c.venture == venture) & (c.number == number)
        row = connection.execute(select(tables.comments).where(here)).first()
        if row is None:
            known = connection.execute(select(c.number).where(c.venture == venture).order_by(c.number)).scalars()
            raise StoreError(f"comment is {number}: {venture} has none of that number; "
                             f"{hint(str(number), map(str, known))}")
        if row.resolved_at is not None:
            raise StoreError(f"comment {number} was resolved by {row.resolved_by} on {row.resolved_at}")
        connection.execute(update(tables.comments).where(here).values(resolved_by=actor.name, resolved_at=now()))
        return _comment(connection.execute(select(tables.comments).where(here)).first())


def decisions(store: Store, venture: str, *, status: str | None = None) -> list[Decision]:
    """Every decision as it stands, by number."""
    with reading(store) as connection:
        head_of(connection, venture)
        found = _standing(connection, venture)
    return [one for one in found.values() if status is None or one.status == status]


def versions_of(store: Store, venture: str, number: int) -> list[Decision]:
    """A decision as it was first taken and after each change."""
    return [version for version in all_versions(store, venture) if version.number == number]


def all_versions(store: Store, venture: str) -> list[Decision]:
    """Every version of every decision, in the order of their numbers."""
    with reading(store) as connection:
        head_of(connection, venture)
        return versions_in(connection, venture)


def comments_in(connection: Connection, venture: str) -> list[Comment]:
    c = tables.comments.c
    rows = connection.execute(select(tables.comments).where(c.venture == venture).order_by(c.number))
    return [_comment(row) for row in rows]


def versions_in(connection: Connection, venture: str) -> list[Decision]:
    c = tables.decisions.c
    rows = connection.execute(select(tables.decisions).where(c.venture == venture).order_by(c.number, c.version))
    return [_decision(row) for row in rows]


def decide(store: Store, actor: Actor, venture: str, text: str, *, owner: str | None = None, due: str | None = None,
           reason: str = "") -> Decision:  # fmt: skip
    """Record a decision; its owner is who records it unless another is named."""
    with writing(store) as connection:
        _, role = _enter(connection, actor, venture, "decide for")
        made = Decision(_next(connection, tables.decisions, venture), 1, said("decision", text),
                        said("owner", actor.name if owner is None else owner), iso_date("due", due), OPEN,
                        clean("reason", reason), actor.name, role.word, now())
        write_decision(connection, venture, made)
    return made


def change_decision(
    store: Store, actor: Actor, venture: str, number: int, *, status: str | None = None, owner: str | None = None,
    due: str | None = None, reason: str = "",
) -> Decision:
    """A new version of a decision; what is None stays. One that is dropped says why."""
    if status is not None and status not in STATUSES:
        raise StoreError(f"status is {status!r}: use one of {', '.join(STATUSES)}")
    if status == DROPPED and not reason.strip():
        raise StoreError(f"decision {number} is dropped without a reason: say why")
    with writing(store) as connection:
        _, role = _enter(connection, actor, venture, "change a decision of")
        known = _standing(connection, venture)
        if number not in known:
            raise StoreError(f"decision is {number}: {venture} has none of that number; "
                             f"{hint(str(number), map(str, known))}")
        old = known[number]
        made = Decision(number, old.version + 1, old.text, old.owner if owner is None else said("owner", owner),
                        old.due if due is None else iso_date("due", due), status or old.status,
                        clean("reason", reason) or old.reason, actor.name, role.word, now())
        write_decision(connection, venture, made)
    return made


def write_comment(connection: Connection, venture: str, made: Comment) -> None:
    fields = made.as_json()
    connection.execute(insert(tables.comments).values(venture=venture, body=fields.pop("text"), **fields))


def write_decision(connection: Connection, venture: str, made: Decision) -> None:
    fields = made.as_json()
    connection.execute(insert(tables.decisions).values(venture=venture, body=fields.pop("text"), **fields))


def _enter(connection: Connection, actor: Actor, venture: str, deed: str) -> tuple[int, Role]:
    """Head and role; from here on the writers of one venture come one by one, so that numbers follow each other."""
    connection.execute(select(tables.ventures.c.id).where(tables.ventures.c.id == venture).with_for_update())
    head = head_of(connection, venture)
    return head, allow(actor, Role.EDITOR, f"{deed} {venture}", connection, venture)


def _next(connection: Connection, table: Any, venture: str) -> int:
    return (connection.execute(select(func.max(table.c.number)).where(table.c.venture == venture)).scalar() or 0) + 1


def _standing(connection: Connection, venture: str) -> dict[int, Decision]:
    return {version.number: version for version in versions_in(connection, venture)}


def _comment(row: Any) -> Comment:
    fields = dict(row._mapping)
    del fields["venture"]
    return Comment(text=fields.pop("body"), **fields)


def _decision(row: Any) -> Decision:
    fields = dict(row._mapping)
    del fields["venture"]
    return Decision(text=fields.pop("body"), **fields)
