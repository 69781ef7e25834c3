"""What a look before the first step finds: a list of findings, each with its rows and its remedy. Some stop a run.

A stop is named (`STOPS`), so that a person can let it pass by that name; it is then written into the run.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kit.errors import CheckError, ConfigError

# Every check that stops a run; a kind of task may add its own.
STOPS = {
    "nothing_supervised": "training rows in which nothing is learned",
    "cut_answers": "answers that lost their end to the length limit",
    "template_mismatch": "a chat template that does not mark what is to be learned",
    "unseen_labels": "held-out labels that no training row has",
    "unknown_tokens": "texts that the model's tokenizer cannot read",
    "leakage": "test rows that stand in the training rows",
    "licence_forbids_use": "a licence that forbids the declared use",
}


@dataclass(frozen=True)
class Finding:
    """`message` says what was found and where, `rows` how many rows it concerns (0: none in particular), `remedy`
    what to do about it. `stops`: no run starts unless it is accepted by `name`."""

    name: str
    stops: bool
    message: str
    rows: int
    remedy: str

    @property
    def sentence(self) -> str:
        return f"{self.message}; {self.remedy}"


def sentence_of(finding: Finding, accepted: Collection[str]) -> str:
    """One line for a person: stop, accepted or warn, then the finding."""
    state = "warn" if not finding.stops else "accepted" if finding.name in accepted else "stop"
    return f"{state:<8} {finding.name}: {finding.sentence}"


def as_records(findings: Sequence[Finding], accepted: Collection[str]) -> list[dict[str, Any]]:
    """Findings as plain data, each with whether it was let pass."""
    return [asdict(found) | {"accepted": found.stops and found.name in accepted} for found in findings]


def open_stops(findings: Sequence[Finding], accepted: Collection[str]) -> list[Finding]:
    return [found for found in findings if found.stops and found.name not in accepted]


def refuse_stops(findings: Sequence[Finding], accepted: Collection[str]) -> None:
    """Raise CheckError with every stop that nobody accepted, all in one message."""
    stops = open_stops(findings, accepted)
    if not stops:
        return
    names = list(dict.fromkeys(found.name for found in stops))
    head = "1 check stops this run" if len(stops) == 1 else f"{len(stops)} checks stop this run"
    flags = " ".join(f"--accept {name}" for name in names)
    lines = "\n".join(f"  {found.name}: {found.sentence}" for found in stops)
    raise CheckError(f"{head}:\n{lines}\nto let {'it' if len(names) == 1 else 'them'} pass, on record: {flags}")


def check_names(accepted: Collection[str], findings: Sequence[Finding]) -> None:
    """Raise ConfigError where a name that should be let pass is that of no check: a typing slip would do nothing."""
    known = [*STOPS, *(found.name for found in findings)]
    for name in accepted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(STOPS)}"
            raise ConfigError(f"run.accept = {name!r}: is not a check that stops; {hint}")
