"""The verbs on data files."""

from __future__ import annotations

import typer

data_app = typer.Typer(no_args_is_help=True, help="Look at, clean, split and label data files.")


def register(app: typer.Typer) -> None:
    from kit.commands import data_label, data_split

    data_split.register(data_app)
    data_label.register(data_app)
    app.add_typer(data_app, name="data")
