"""The verbs of stored ventures: begin, read, change, undo, carry in and out. The store is named by the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.commands import scenarios, venture_notes
from kit.commands.actor import AsOption, BaseOption, JsonOption, MessageOption, RoleOption, VentureArgument, actor_of

if TYPE_CHECKING:
    from kit.store import Actor, Loaded, State, Store

venture_app = typer.Typer(no_args_is_help=True, help="Ventures with their history: kept in MOATKIT_STORE (default "
                          "moatkit.db), or in PostgreSQL by MOATKIT_DATABASE_URL.")  # fmt: skip
venture_app.add_typer(scenarios.scenario_app, name="scenario")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    venture_notes.register(venture_app)
    app.add_typer(venture_app, name="venture")


@venture_app.command("list")
def venture_list(as_json: JsonOption = False) -> None:
    """Every venture in the store."""
    from kit import store
    from kit.commands import show
    from kit.ventures import open_ventures

    found = [one.as_json() for one in store.list_ventures(open_ventures())] if store.exists() else []
    if as_json:
        show.json_out(found)
    elif found:
        show.plain_table("ventures", list(found[0]), found)
    else:
        print("no ventures yet; begin one: moatkit venture new NAME --playbook support-routing")


@venture_app.command("show")
def venture_show(
    venture: VentureArgument,
    scenario: Annotated[str | None, typer.Option("--scenario", help="With this scenario laid over.")] = None,
    revision: Annotated[int | None, typer.Option("--revision", help="As it was then.")] = None,
    as_json: JsonOption = False,
) -> None:
    """A venture whole: documents, scenarios, linked runs, open comments and decisions."""
    from kit import store
    from kit.commands import show
    from kit.store.yaml_text import dump_yaml
    from kit.ventures import open_ventures

    db = open_ventures()
    loaded = store.load(db, venture, scenario, number=revision)
    links = [{"role": role, "run": link.run, "path": link.path, "sha256": link.sha256, "linked_at": link.linked_at,
              "problem": wrong} for role, link, wrong in store.looked_at(venture, loaded.state.runs)]
    notes = [one.as_json() for one in store.comments(db, venture, is_open=True)]
    due = [one.as_json() for one in store.decisions(db, venture, status="open")]
    if as_json:
        show.json_out({"venture": venture, "revision": loaded.revision.as_json(), "scenario": scenario,
                       "documents": loaded.documents, "runs": links, "open_comments": notes, "open_decisions": due,
                       "scenarios": {name: one.as_json() for name, one in loaded.state.scenarios.items()},
                       "members": [one.as_json() for one in store.members(db, venture)]})
        return
    print(dump_yaml(loaded.documents))
    print(f"# {loaded.revision}" + (f", scenario {scenario}" if scenario else ""))
    for name in loaded.state.scenarios:
        print(f"# scenario {name}: moatkit venture scenario show {venture} {name}")
    for link in links:
        print(f"# {link['role']} run {link['run']}: {link['problem'] or 'as it was linked'}")
    print(f"# {len(notes)} open comments, {len(due)} open decisions")


@venture_app.command("new")
def venture_new(
    name: Annotated[str, typer.Argument(help="What the venture is called in the store.")],
    playbook: Annotated[str | None, typer.Option("--playbook", help="Begin from a worked venture.")] = None,
    file: Annotated[Path | None, typer.Option("--from", help="Begin from a venture file in YAML.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="In words.")] = None,
    message: MessageOption = "", who: AsOption = None, role: RoleOption = "owner",
) -> None:
    """Begin a venture from a playbook (the default: support-routing) or a file."""
    from kit import playbooks, store
    from kit.errors import VentureError
    from kit.ventures import check, documents_from_file, open_ventures

    if playbook and file:
        raise VentureError("--playbook and --from are both given: name one of the two")
    actor = actor_of(who, role)
    documents = documents_from_file(file or playbooks.path_of(playbook or playbooks.DEFAULT), named=name)
    documents |= {"title": title} if title else {}
    check(documents, str(file or name))  # before a store is made for nothing
    origin = f"from {file}" if file else f"from the playbook {playbook or playbooks.DEFAULT}"
    revision = store.create(open_ventures(create=True), actor, documents, message=message or origin)
    print(f"{name}: revision {revision.number}\nnext: moatkit worksheet --venture {name}, "
          f"moatkit venture set {name} pricing.price=0.3")


@venture_app.command("set")
def venture_set(
    venture: VentureArgument,
    pairs: Annotated[list[str], typer.Argument(help="KEY=VALUE: pricing.price=0.3, costs.qa_share='1 %', "
                     "customers.churn_per_month=0.01..0.04, capital.cash='9e5 EUR'; KEY= takes the field out.")],
    source: Annotated[str | None, typer.Option("--source", help="KIND:REF of new numbers, such as "
                      "survey:calls-in-may; without it they are guesses of yours.")] = None,
    message: MessageOption = "", base: BaseOption = None, who: AsOption = None, role: RoleOption = "owner",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Change fields, and say what that does to the key results."""
    from dataclasses import replace

    from kit.venture_values import split_pairs, typist, with_typed

    actor, given = actor_of(who, role), split_pairs(pairs)
    typed_by = typist(actor.name, source)
    change_and_tell(actor, venture, message, as_json, base=base, change=lambda state: replace(
        state, documents=with_typed(state.documents, given, typed_by)))


@venture_app.command("history")
def venture_history(
    venture: VentureArgument,
    field: Annotated[str | None, typer.Argument(help="Only this field: who gave it which value.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="The newest so many.", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """Who changed what, newest first."""
    from kit import store
    from kit.commands import show
    from kit.store.places import require, shown
    from kit.ventures import open_ventures

    db = open_ventures()
    if field:
        require(store.load(db, venture).documents, field)
        found = [(revision, {} if value is store.ABSENT else {"value": value})
                 for revision, value in store.blame(db, venture, field)][:limit]
    else:
        found = [(revision, {}) for revision in store.history(db, venture, limit=limit)]
    if as_json:
        show.json_out([revision.as_json() | value for revision, value in found])
        return
    for revision, value in found:
        print(revision if not field else f"{shown(value.get('value', store.ABSENT))}  {revision}")


@venture_app.command("diff")
def venture_diff(
    venture: VentureArgument,
    first: Annotated[int | None, typer.Argument(help="Revision; the one before the newest unless given.")] = None,
    second: Annotated[int | None, typer.Argument(help="Revision; the newest unless given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Two revisions, field by field, and what the key results were under each."""
    from kit import store
    from kit.commands import show
    from kit.ventures import open_ventures

    db = open_ventures()
    after = store.load(db, venture, number=second)
    before = store.load(db, venture, number=max(after.number - 1, 1) if first is None else first)
    fields = store.diff(db, venture, before.number, after.number)
    effects = _effects(before, after)
    if as_json:
        show.json_out({"before": before.revision.as_json(), "after": after.revision.as_json(),
                       "fields": [one.as_json() for one in fields], "results": [one.as_json() for one in effects]})
        return
    print(f"{before.revision}\n{after.revision}")
    print("\n".join([str(one) for one in fields] or ["no field differs"]))
    _tell(effects)


@venture_app.command("undo")
def venture_undo(
    venture: VentureArgument,
    to: Annotated[int | None, typer.Option("--to", help="The revision to go back to.", min=1)] = None,
    who: AsOption = None, role: RoleOption = "owner",
) -> None:
    """Write a revision that restores an older one; repeated, it goes further back."""
    from kit import store
    from kit.ventures import open_ventures

    db = open_ventures()
    before = store.load(db, venture)
    revision = store.undo(db, actor_of(who, role), venture, to=to)
    print(revision)
    _tell(_effects(before, store.load(db, venture)))


@venture_app.command("export")
def venture_export(
    venture: VentureArgument,
    out: Annotated[Path | None, typer.Option("--out", help="The file; else it is printed.")] = None,
) -> None:
    """The venture as YAML for git: documents, scenarios, run links, comments, decisions, members."""
    from kit import runs, store
    from kit.errors import VentureError
    from kit.ventures import open_ventures

    if out is not None and out.exists() and not store.is_export(out):
        raise VentureError(f"--out {out}: exists already and is no exported venture; name another file")
    text = store.export_text(open_ventures(), venture)
    if out is None:
        print(text, end="")
    else:
        runs.write_text(out, text)
        print(f"{venture} written to {out}")


@venture_app.command("import")
def venture_import(
    file: Annotated[Path, typer.Argument(help="An exported venture, or a plain venture file.")],
    replace: Annotated[bool, typer.Option("--replace", help="Make it the next revision of a known venture.")] = False,
    message: MessageOption = "", who: AsOption = None, role: RoleOption = "owner",
) -> None:
    """Take a venture in from YAML; a fault is named with its line."""
    from kit import store
    from kit.ventures import check, open_ventures

    actor, found = actor_of(who, role), store.read_file(check, file)
    revision = store.import_venture(open_ventures(create=True), actor, found, replace_known=replace,
                                    message=message or f"imported from {file.name}")
    print(f"{revision.venture}: revision {revision.number}")


@venture_app.command("delete")
def venture_delete(
    venture: VentureArgument, yes: Annotated[bool, typer.Option("--yes", help="I mean it.")] = False,
    who: AsOption = None, role: RoleOption = "owner",
) -> None:
    """Take a venture out of sight; `restore` brings it back with its history."""
    from kit import store
    from kit.errors import StoreError
    from kit.ventures import open_ventures

    db = open_ventures()
    store.load(db, venture)
    if not yes:
        raise StoreError(f"{venture} would be deleted: add --yes (moatkit venture export {venture} keeps a copy)")
    store.delete(db, actor_of(who, role), venture)
    print(f"{venture} is deleted; bring it back: moatkit venture restore {venture}")


@venture_app.command("restore")
def venture_restore(venture: VentureArgument, who: AsOption = None, role: RoleOption = "owner") -> None:
    """Bring a deleted venture back."""
    from kit import store
    from kit.ventures import open_ventures

    store.restore(open_ventures(), actor_of(who, role), venture)
    print(f"{venture} is back")


def change_and_tell(actor: Actor, venture: str, message: str, as_json: bool, *, base: int | None, change: Any) -> None:
    """Save a change of the state, and answer with the fields and key results that it moved."""
    from kit import store
    from kit.commands import show
    from kit.ventures import open_ventures

    db: Store = open_ventures()
    before = store.load(db, venture, number=base)
    state: State = change(before.state)
    revision = store.save(db, actor, venture, state, base=before.number, message=message)
    after = store.Loaded(revision, state, state.documents)
    fields = store.diff(db, venture, before.number, revision.number)
    effects = _effects(before, after)
    if as_json:
        show.json_out({"venture": venture, "revision": revision.number, "fields": [one.as_json() for one in fields],
                       "results": [one.as_json() for one in effects]})
        return
    print(f"{venture}: revision {revision.number}" if fields else f"{venture}: nothing changed")
    for one in fields:
        print(one)
    _tell(effects)


def _effects(before: Loaded, after: Loaded) -> list[Any]:
    """Key results that two states of the base differ in, both on the runs that are linked now."""
    from kit.venture_runs import linked
    from kit.ventures import changes, key_results, venture_under

    if before.documents == after.documents and before.state.runs == after.state.runs:
        return []
    pair = [key_results(venture_under(one), linked(one.revision.venture, one.state.runs)) for one in (before, after)]
    return changes(*pair)


def _tell(effects: list[Any]) -> None:
    for one in effects:
        print(f"  {one}")
