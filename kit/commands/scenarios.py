"""The verbs of scenarios: values laid over a venture, and the key results of several side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from kit.commands.actor import AsOption, BaseOption, JsonOption, MessageOption, RoleOption, VentureArgument, actor_of

scenario_app = typer.Typer(no_args_is_help=True, help="What if: values laid over a venture, and over one another.")

ScenarioArgument = Annotated[str, typer.Argument(help="Name of the scenario.")]


@scenario_app.command("list")
def scenario_list(venture: VentureArgument, as_json: JsonOption = False) -> None:
    """The scenarios of a venture, and what each stands on."""
    from kit import store
    from kit.commands import show
    from kit.ventures import open_ventures

    found = store.load(open_ventures(), venture).state.scenarios
    lines = [{"scenario": name, "over": one.over or "base", "overrides": len(one.overrides), "note": one.note}
             for name, one in found.items()]
    if as_json:
        show.json_out(lines)
    elif lines:
        show.plain_table("scenarios", list(lines[0]), lines)
    else:
        print(f"no scenarios yet: moatkit venture scenario set {venture} cheap pricing.price=0.2")


@scenario_app.command("set")
def scenario_set(
    venture: VentureArgument, scenario: ScenarioArgument,
    pairs: Annotated[list[str] | None, typer.Argument(help="KEY=VALUE, as for `venture set`.")] = None,
    over: Annotated[str | None, typer.Option("--over", help="The scenario that it is laid over, instead of the "
                    "base.")] = None,
    note: Annotated[str | None, typer.Option("--note", help="What it asks.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="KIND:REF of new numbers.")] = None,
    message: MessageOption = "", base: BaseOption = None, who: AsOption = None, role: RoleOption = "owner",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Override fields in a scenario, new or known, and show its key results beside the base."""
    from kit import store
    from kit.venture_values import overrides_of, split_pairs, typist
    from kit.ventures import open_ventures

    actor, given, db = actor_of(who, role), split_pairs(pairs or []), open_ventures()
    before = store.load(db, venture, number=base)
    beneath = scenario if scenario in before.state.scenarios else over
    documents = store.documents_under(before.state, beneath)
    overrides = overrides_of(documents, given, typist(actor.name, source))
    state = store.with_overrides(before.state, scenario, overrides, over=over, note=note)
    store.save(db, actor, venture, state, base=before.number, message=message or f"scenario {scenario}")
    scenario_show(venture, [scenario], as_json)


@scenario_app.command("reset")
def scenario_reset(
    venture: VentureArgument, scenario: ScenarioArgument,
    fields: Annotated[list[str] | None, typer.Argument(help="Overridden fields; all of them unless given.")] = None,
    message: MessageOption = "", who: AsOption = None, role: RoleOption = "owner",
) -> None:
    """Take overrides out: the scenario is back to what it stands on."""
    from kit import store
    from kit.ventures import open_ventures

    _, after = store.update_state(open_ventures(), actor_of(who, role), venture,
                                  lambda state: store.reset(state, scenario, fields),
                                  message=message or f"scenario {scenario} reset")
    left = after.state.scenarios[scenario].overrides
    print(f"{scenario}: " + (f"still overrides {', '.join(left)}" if left else "overrides nothing"))


@scenario_app.command("delete")
def scenario_delete(venture: VentureArgument, scenario: ScenarioArgument, message: MessageOption = "",
                    who: AsOption = None, role: RoleOption = "owner") -> None:  # fmt: skip
    """Take a scenario out; `venture undo` brings it back."""
    from kit import store
    from kit.ventures import open_ventures

    store.update_state(open_ventures(), actor_of(who, role), venture, lambda state: store.without(state, scenario),
                       message=message or f"scenario {scenario} deleted")
    print(f"{scenario} is deleted")


@scenario_app.command("show")
def scenario_show(
    venture: VentureArgument,
    names: Annotated[list[str] | None, typer.Argument(help="Scenarios; all of them unless given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The key results of scenarios side by side with the base, and what each overrides."""
    from kit import store
    from kit.commands import show
    from kit.store.places import differences
    from kit.venture_runs import linked
    from kit.ventures import in_words, key_results, open_ventures, side_by_side, venture_under

    db = open_ventures()
    base = store.load(db, venture)
    shown = list(dict.fromkeys(names or base.state.scenarios))
    loaded = {"base": base} | {name: store.load(db, venture, name) for name in shown}
    runs = linked(venture, base.state.runs)
    lines = side_by_side({name: key_results(venture_under(one), runs) for name, one in loaded.items()})
    over = {name: differences(base.documents, one.documents) for name, one in loaded.items() if name != "base"}
    if as_json:
        show.json_out({"venture": venture, "revision": base.number, "results": lines,
                       "overrides": {name: [one.as_json() for one in found] for name, found in over.items()}})
        return
    show.plain_table(f"{venture}, revision {base.number}", ["", *loaded], [
        {"": line["label"]} | {name: in_words(value, line["unit"]) for name, value in line["values"].items()}
        for line in lines])
    for name, found in over.items():
        print(f"\n{name}" + (f" over {base.state.scenarios[name].over}" if base.state.scenarios[name].over else ""))
        print("\n".join(f"  {one}" for one in found) or "  as the base")
