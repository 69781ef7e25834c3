"""Pure mathematics of the founders' worksheets: no files, no network, no torch."""
