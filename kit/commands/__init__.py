"""The verbs of the command line, by subject; each module registers its own on a Typer app."""
