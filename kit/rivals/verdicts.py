"""What a judge's two answers about one pair mean: a win needs both orders, everything else is a tie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.data.canonical import as_label
from kit.data.columns import is_blank
from kit.data.sources import read_rows
from kit.errors import DataError
from kit.intervals import bootstrap
from kit.records import Estimate, PairedTest
from kit.rivals.agreement import agreement, cohen_kappa
from kit.stats import mcnemar
from kit.tasks.answers import Names

FIRST, SECOND, TIE = "first", "second", "tie"
POINTS = {FIRST: 1.0, TIE: 0.5, SECOND: 0.0}
SHOWN = 5
_SAYS = {"A": "A", "B": "B", "TIE": TIE, "Answer A": "A", "Answer B": "B", "draw": TIE, "equal": TIE, "平局": TIE}
_NAMES = Names(list(_SAYS))
_STATED = re.compile(r"(?:verdict|winner|better answer|判定|胜者)[\s*_\"'`]*[:：=][\s*_]*(\S.*)", re.IGNORECASE)
_BRACKETS = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True)
class Verdict:
    """One row: what was said with the run's answer shown first, and shown second (A, B, tie; None: unreadable)."""

    id: str
    shown_first: str | None
    shown_second: str | None
    identical: bool = False

    @property
    def winner(self) -> str:
        """`first` or `second` where both orders name it, else a tie."""
        says = (self.shown_first, self.shown_second)
        return FIRST if says == ("A", "B") else SECOND if says == ("B", "A") else TIE

    @property
    def by_position(self) -> bool:
        """Both orders name the same place, so opposite answers: the place was judged, not the answer."""
        return self.shown_first == self.shown_second and self.shown_first in {"A", "B"}


def verdict_in(text: str) -> str | None:
    """`A`, `B` or `tie` as stated after `Verdict:`, in double brackets, alone, or on the last line; else None.

    >>> verdict_in("A is shorter.\\n**Verdict:** B"), verdict_in("Both are good, I like a lot of A")
    ('B', None)
    """
    lines = [line for line in text.splitlines() if line.strip()]
    stated = _STATED.findall(text) or _BRACKETS.findall(text)
    said = {_NAMES.exactly(part) for part in stated} if stated else {_NAMES.exactly(lines[-1]) if lines else None}
    meant = {_SAYS[name] if name else None for name in said}
    return meant.pop() if len(meant) == 1 else None


def win_rate(verdicts: Sequence[Verdict], clusters: Sequence[Any] | None = None) -> Estimate:
    """(wins + ties / 2) / rows, with a bootstrap interval over rows or their groups."""
    return bootstrap([POINTS[v.winner] for v in verdicts], clusters=clusters, bounds=(0.0, 1.0))


def counts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Wins, losses and ties, and what the ties are made of; the share of the judged pairs that went by position."""
    asked = [v for v in verdicts if not v.identical]
    won = Counter(v.winner for v in verdicts)
    decided = [v for v in asked if {v.shown_first, v.shown_second} <= {"A", "B"}]
    by_position = sum(v.by_position for v in decided)
    return {
        "rows": len(verdicts), "judged": len(asked), "identical": len(verdicts) - len(asked),
        "wins": won[FIRST], "losses": won[SECOND], "ties": won[TIE], "orders_disagree": by_position,
        "unreadable": sum(v.shown_first is None or v.shown_second is None for v in asked),
        "position_bias": by_position / len(decided) if decided else None,
    }  # fmt: skip


def sign_test(verdicts: Sequence[Verdict]) -> PairedTest:
    """Exact test of wins against losses; ties say nothing."""
    found = Counter(v.winner for v in verdicts)
    return mcnemar(found[FIRST], found[SECOND], found[TIE])


def against_people(source: str, verdicts: Sequence[Verdict], names: tuple[str, str]) -> dict[str, Any]:
    """Agreement of the judge with a person's verdicts (columns `id, winner`) on the pairs that both have seen."""
    loaded = read_rows(source, ("id", "winner"))
    judged = {v.id: v.winner for v in verdicts if not v.identical}
    known = {v.id for v in verdicts}
    words = {names[0]: FIRST, names[1]: SECOND, FIRST: FIRST, SECOND: SECOND, TIE: TIE}
    person: dict[str, str] = {}
    wrong: list[str] = []
    for number, row in enumerate(loaded.rows, start=1):
        name = "" if is_blank(row["id"]) else as_label(row["id"])
        winner = words.get(str(row["winner"]).strip()) or words.get(str(row["winner"]).strip().lower())
        fault = "id not among the judged runs' rows" if name not in known else "id repeated" if name in person else ""
        fault = fault or ("" if winner else f"winner {str(row['winner'])[:30]!r}")
        wrong += [f"row {number} ({name}): {fault}"] if fault else []
        person[name] = winner or TIE
    if wrong:
        raise DataError(f"{loaded.source}: {len(wrong)} of {len(loaded.rows)} verdicts cannot be used: "
                        f"{'; '.join(wrong[:SHOWN])}; winner is {names[0]}, {names[1]}, first, second or tie")
    shared = [name for name in person if name in judged]
    if not shared:
        raise DataError(f"{loaded.source}: the judge has seen none of these rows (identical answers are not judged)")
    theirs, ours = [person[name] for name in shared], [judged[name] for name in shared]
    same = agreement(ours, theirs)
    return {"n": same.n, "agreement": same.value, "low": same.low, "high": same.high, "level": same.level,
            "method": same.method, "cohen_kappa": cohen_kappa(ours, theirs), "source": loaded.source}  # fmt: skip


def verdicts_of(keys: Mapping[str, str], ids: Sequence[str]) -> list[Verdict]:
    """Verdicts from the judge's texts by `ID#1` and `ID#2`; rows without both were identical and not asked."""
    return [
        Verdict(name, verdict_in(keys[f"{name}#1"]), verdict_in(keys[f"{name}#2"])) if f"{name}#1" in keys
        else Verdict(name, None, None, identical=True)
        for name in ids
    ]  # fmt: skip
