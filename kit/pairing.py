"""The same test rows in two runs. Ids alone can lie: a row number names another row once a file is sorted or mended.

So a row is the same where id, text and right answer agree; where an id has another text or another answer in the two
runs, nothing is paired at all. Runs whose rows carry no text are paired only if their test rows have one fingerprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit import runs
from kit.errors import RunError

SHOWN = 3
COLUMNS = ("id", "split", "input", "reference", "prediction", "score", "group")


@dataclass(frozen=True)
class Pairs:
    """Rows of both runs in one order, and how many stand in only one of the two."""

    first: list[dict[str, Any]]
    second: list[dict[str, Any]]
    only_first: int
    only_second: int


def pair_runs(first: Path, second: Path) -> Pairs:
    """The test rows that both runs have answered. Raises RunError (exit code 2) where they are not the same rows."""
    a, b = _test_rows(first), _test_rows(second)
    both = sorted(a.keys() & b.keys())
    same = [key for key in both if a[key]["input"] == b[key]["input"]]
    if not same:
        raise RunError(f"{first} and {second}: no test row with the same id and text; they cannot be compared", 2)
    for what, differing in (
        ("text", [key for key in both if a[key]["input"] != b[key]["input"]]),
        ("right answer", [key for key in same if a[key]["reference"] != b[key]["reference"]]),
    ):
        if differing:
            raise RunError(f"{first} and {second}: {len(differing)} of {len(both)} rows with the same id have another "
                           f"{what} ({_examples(differing)}); they were not scored on the same data", 2)
    if not any(a[key]["input"] for key in same):
        _check_fingerprints(first, second)
    return Pairs([a[key] for key in same], [b[key] for key in same], len(a) - len(same), len(b) - len(same))


def check_same_rows(first: Path, second: Path) -> None:
    """Raises RunError (exit code 2) unless both runs have answered the very same test rows."""
    pairs = pair_runs(first, second)
    if pairs.only_first or pairs.only_second:
        raise RunError(f"{first} and {second}: {pairs.only_first} test rows stand only in the first and "
                       f"{pairs.only_second} only in the second; evaluate both runs on the same rows", 2)


def _check_fingerprints(first: Path, second: Path) -> None:
    prints = [(runs.read(folder).evidence or {}).get("test_fingerprint") for folder in (first, second)]
    if prints[0] is None or prints[0] != prints[1]:
        raise RunError(f"{first} and {second}: the rows carry no text and the fingerprints of their test rows differ, "
                       "so nothing shows that equal ids are equal rows; evaluate both on the same file", 2)


def _test_rows(folder: Path) -> dict[str, dict[str, Any]]:
    table = runs.read_predictions(folder)
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise RunError(f"{folder / runs.PREDICTIONS}: has no column {', '.join(missing)}; evaluate the run again", 2)
    rows = [row for row in table.select(list(COLUMNS)).to_pylist() if row["split"] == "test"]
    found = {row["id"]: row for row in rows}
    if len(found) < len(rows):
        raise RunError(f"{folder}: {len(rows) - len(found)} test rows share an id with another; they cannot be told "
                       "apart", 2)  # fmt: skip
    return found


def _examples(keys: Sequence[str]) -> str:
    return ", ".join(keys[:SHOWN]) + (", ..." if len(keys) > SHOWN else "")
