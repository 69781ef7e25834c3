"""Which venture the options of a verb mean, and the runs that it stands on: a playbook, a file, or a stored one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import VentureError

if TYPE_CHECKING:
    from kit.store import RunLinks
    from kit.strategy.measured import Runs
    from kit.strategy.venture import Venture


@dataclass(frozen=True)
class Meant:
    """A venture and, where it is stored, the links to its runs."""

    venture: Venture
    links: RunLinks | None = None

    def runs(self, folder: Path, live: Path | None = None) -> Runs:
        """The runs by role: as linked in the store, else by name in `folder`; `live` stands in for the live run, and
        for all links of a stored venture, of which one may have changed."""
        from kit.strategy.measured import Runs
        from kit.venture_runs import linked, measured, runs_of

        if self.links is None:
            return runs_of(self.venture, folder, live)
        return linked(self.venture.id, self.links) if live is None else Runs(measured(live))

    def live_folder(self, folder: Path) -> Path | None:
        """Where the live run lies, or None where there is none."""
        from kit import store

        if self.links is not None:
            return next(iter(store.folders(self.venture.id, self.links)["live"]), None)
        return folder / self.venture.runs.live.name if self.venture.runs.live else None


def meant_venture(playbook: str | None, venture: str | None, scenario: str | None = None) -> Meant:
    """The venture of these options, or the default playbook. Raises VentureError or StoreError."""
    from kit import playbooks

    if playbook and venture:
        raise VentureError("--playbook and --venture are both given: name one of the two")
    is_file = venture is not None and (Path(venture).suffix in (".yaml", ".yml") or Path(venture).exists())
    if scenario and (venture is None or is_file):
        raise VentureError("--scenario belongs to a stored venture: name it by --venture NAME")
    if venture is None:
        return Meant(playbooks.load(playbook or playbooks.DEFAULT))
    from kit import store  # only here: the database's library takes a moment to load
    from kit.ventures import open_ventures, venture_from_file, venture_under

    if is_file:
        return Meant(venture_from_file(Path(venture)))
    loaded = store.load(open_ventures(), venture, scenario)
    return Meant(venture_under(loaded), loaded.state.runs)
