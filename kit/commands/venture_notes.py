"""The verbs of what people say and decide about a venture, of the runs that it stands on, and of its members."""

from __future__ import annotations

from typing import Annotated

import typer

from kit.commands.actor import AsOption, JsonOption, MessageOption, RoleOption, VentureArgument, actor_of


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `venture`."""
    for name, verb in (("comment", comment), ("decide", decide), ("link-run", link_run), ("member", member)):
        app.command(name)(verb)


def comment(
    venture: VentureArgument,
    text: Annotated[str | None, typer.Argument(help="What you say; without it the comments are listed.")] = None,
    on: Annotated[str, typer.Option("--on", help="Document or field, such as pricing.price.")] = "",
    resolve: Annotated[int | None, typer.Option("--resolve", help="Close the comment of this number.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="List only what is not resolved.")] = False,
    who: AsOption = None, role: RoleOption = "owner", as_json: JsonOption = False,
) -> None:
    """Comment on a venture, resolve a comment, or list them."""
    from kit import store
    from kit.commands import show
    from kit.errors import StoreError
    from kit.ventures import open_ventures

    if text is not None and resolve is not None:
        raise StoreError("a text and --resolve are both given: do one of the two")
    db = open_ventures()
    if resolve is not None:
        found = [store.resolve(db, actor_of(who, role), venture, resolve)]
    elif text is not None:
        found = [store.comment(db, actor_of(who, role), venture, text, place=on)]
    else:
        found = store.comments(db, venture, place=on or None, is_open=True if only_open else None)
    if as_json:
        show.json_out([one.as_json() for one in found])
        return
    for one in found:
        closed = f"  resolved by {one.resolved_by} on {one.resolved_at}" if one.resolved_at else ""
        print(f"{one.number}  {one.place or venture}  {one.author} on {one.at}{closed}\n   {one.text}")


def decide(
    venture: VentureArgument,
    text: Annotated[str | None, typer.Argument(help="What is decided; without it the decisions are listed.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who sees to it; you unless given.")] = None,
    due: Annotated[str | None, typer.Option("--due", help="Until when, such as 2026-12-31.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    change: Annotated[int | None, typer.Option("--change", help="Change the decision of this number.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="open, done or dropped.")] = None,
    who: AsOption = None, role: RoleOption = "owner", as_json: JsonOption = False,
) -> None:
    """Record a decision, change one, or list them."""
    from kit import store
    from kit.commands import show
    from kit.errors import StoreError
    from kit.ventures import open_ventures

    db = open_ventures()
    if text is not None and (change is not None or status is not None):
        raise StoreError("the words of a decision stay: --change and --status go without a text")
    if change is not None:
        found = [store.change_decision(db, actor_of(who, role), venture, change, status=status, owner=owner, due=due,
                                       reason=reason)]
    elif text is not None:
        found = [store.decide(db, actor_of(who, role), venture, text, owner=owner, due=due, reason=reason)]
    else:
        found = store.decisions(db, venture, status=status)
    if as_json:
        show.json_out([one.as_json() for one in found])
        return
    for one in found:
        until = f", due {one.due}" if one.due else ""
        why = f"\n   {one.reason}" if one.reason else ""
        print(f"{one.number}  {one.status}  {one.text}  ({one.owner}{until}){why}")


def link_run(
    venture: VentureArgument,
    run_role: Annotated[str, typer.Argument(metavar="ROLE", help="live, candidate or rival.")],
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run folder.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the run out of the role.")] = False,
    message: MessageOption = "", who: AsOption = None, role: RoleOption = "owner",
) -> None:
    """Let a venture stand on a run, pinned by the checksum of its summary."""
    from dataclasses import replace
    from pathlib import Path

    from kit import store
    from kit.ventures import open_ventures

    actor, db = actor_of(who, role), open_ventures()
    name = Path(run).name
    if remove:
        said = f"{name} is no longer {run_role}"
        store.update_state(db, actor, venture, message=message or said, change=lambda state: replace(
            state, runs=store.without_link(state.runs, run_role, name)))
    else:
        link = store.link_to(run, actor)
        said = f"{link.run} is {run_role} (summary {link.sha256[:12]})"
        store.update_state(db, actor, venture, message=message or said, change=lambda state: replace(
            state, runs=store.with_link(state.runs, run_role, link)))
    print(f"{venture}: {said}")


def member(
    venture: VentureArgument,
    name: Annotated[str | None, typer.Argument(help="A person; without one the members are listed.")] = None,
    new_role: Annotated[str | None, typer.Argument(metavar="ROLE", help="owner, editor, viewer or none.")] = None,
    who: AsOption = None, role: RoleOption = "owner", as_json: JsonOption = False,
) -> None:
    """Record who may do what, or list it."""
    from kit import store
    from kit.commands import show
    from kit.errors import StoreError
    from kit.ventures import open_ventures

    db = open_ventures()
    if name is not None:
        if new_role is None:
            raise StoreError(f"the role of {name} is missing: owner, editor, viewer, or none to forget the person")
        given = None if new_role == "none" else store.Role.named(new_role)
        store.set_member(db, actor_of(who, role), venture, name, given)
    store.load(db, venture)
    found = store.members(db, venture)
    if as_json:
        show.json_out([one.as_json() for one in found])
        return
    for one in found:
        print(f"{one.role}  {one.name}  (by {one.by} on {one.at})")
