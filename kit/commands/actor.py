"""Options that the verbs of ventures share, and who acts by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kit.store import Actor

VentureArgument = Annotated[str, typer.Argument(help="Name of a stored venture.")]
AsOption = Annotated[str | None, typer.Option("--as", help="Who writes; the user of this machine unless given.")]
RoleOption = Annotated[str, typer.Option("--role", help="owner, editor or viewer; a recorded role can only lower it.")]
MessageOption = Annotated[str, typer.Option("--message", "-m", help="Why; an owner who moves a target must say.")]
BaseOption = Annotated[int | None, typer.Option("--base", help="The revision you have read: refused if it is not the "
                       "newest any more.", min=1)]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def actor_of(name: str | None, role: str) -> Actor:
    """Who acts; without a name the user of the machine."""
    import getpass

    from kit.errors import StoreError
    from kit.store import Actor, Role

    if name is None:
        try:
            name = getpass.getuser()
        except (KeyError, OSError) as error:  # a container user without an entry in the list of users
            raise StoreError("this machine does not tell who you are: say it by --as NAME") from error
    return Actor(name, Role.named(role))
