"""`python -m kit VERB ...`: the same as the installed command."""

from kit.cli import main

main()
