"""Who may do what: the claim of an actor, lowered by the role that an owner recorded for that name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from kit.errors import StoreError
from kit.store import tables
from kit.store.database import Store, reading, writing
from kit.store.plain import said
from kit.store.records import Actor, Member, Role, now


def allow(actor: Actor, least: Role, deed: str, connection: Connection | None = None, venture: str = "") -> Role:
    """The role that the actor has here; refused where it is below `least`."""
    role, recorded = actor.role, None
    if connection is not None:
        c = tables.members.c
        recorded = connection.execute(select(c.role).where(c.venture == venture, c.name == actor.name)).scalar()
        role = min(role, Role.named(recorded)) if recorded else role
    if role < least:
        who = f"{actor.name} is {role.word}" + (f" of {venture}" if recorded else "")
        owners = _owners(connection, venture) if connection is not None else []
        ask = f"; ask {' or '.join(owners)}" if owners else ""
        raise StoreError(f"{who}: to {deed} takes an {least.word}{ask}")
    return role


def refuse_targets(role: Role, actor: Actor, paths: Iterable[str], message: str, venture: str) -> None:
    """A target is moved by an owner, who says why: else a missed gate is met by lowering it."""
    moved = next((path for path in paths if is_target(path)), None)
    if moved is None:
        return
    parts = moved.removeprefix("documents.").split(".")
    end = next(i for i, part in enumerate(parts) if is_target(part))
    place = ".".join(parts[:end + 2 if parts[end] == "targets" else end + 1])
    if role < Role.OWNER:
        raise StoreError(f"{place} is a target: {actor.name} is {role.word} of {venture}, only an owner may change it")
    if not message.strip():
        raise StoreError(f"{place} is a target: say why it changes, in the message")


def is_target(path: str) -> bool:
    """Whether a dotted place is a target of a gate or of the plan."""
    return any(part == "targets" or part.startswith("target_") for part in path.split("."))


def members(store: Store, venture: str) -> list[Member]:
    """Everybody with a recorded role, by name."""
    c = tables.members.c
    with reading(store) as connection:
        found = connection.execute(select(tables.members).where(c.venture == venture).order_by(c.name)).all()
    return [Member(row.name, row.role, row.added_by, row.at) for row in found]


def set_member(store: Store, actor: Actor, venture: str, name: str, role: Role | None) -> None:
    """Record a person's role, or forget the person for None. The last owner stays one."""
    name, c = said("name", name), tables.members.c
    with writing(store) as connection:
        if connection.execute(select(tables.ventures.c.id).where(tables.ventures.c.id == venture)).first() is None:
            raise StoreError(f"there is no venture {venture!r} in the store")
        allow(actor, Role.OWNER, f"change the roles of {venture}", connection, venture)
        if role is not Role.OWNER and _owners(connection, venture) == [name]:
            raise StoreError(f"{name} is the last owner of {venture}: name another owner first")
        connection.execute(delete(tables.members).where(c.venture == venture, c.name == name))
        if role is not None:
            connection.execute(insert(tables.members).values(
                venture=venture, name=name, role=role.word, added_by=actor.name, at=now()))


def add_first_owner(connection: Connection, venture: str, name: str, at: str) -> None:
    connection.execute(insert(tables.members).values(
        venture=venture, name=name, role=Role.OWNER.word, added_by=name, at=at))


def _owners(connection: Connection, venture: str) -> list[str]:
    c = tables.members.c
    query = select(c.name).where(c.venture == venture, c.role == Role.OWNER.word).order_by(c.name)
    return list(connection.execute(query).scalars())
