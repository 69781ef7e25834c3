"""Runs by role: a link pins a run's summary by its checksum, and reading through it notices every change."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

from kit import runs
from kit.errors import RunError, StoreError
from kit.store.places import hint
from kit.store.records import CANDIDATE, LIVE, RIVAL, RUN_ROLES, Actor, Link, RunLinks, now

RUNS_VARIABLE = "MOATKIT_RUNS"  # where runs lie when a link's own path does not hold on this machine


def link_to(folder: str | Path, actor: Actor) -> Link:
    """A link to a run as it is now."""
    runs.read(folder)
    path = Path(folder)
    return Link(path.resolve().name, path.as_posix(), runs.sha256(path), now(), actor.name)


def with_link(links: RunLinks, role: str, link: Link) -> RunLinks:
    """The links with a run in a role; a rival of the same name is replaced."""
    _known(role)
    if role == RIVAL:
        return replace(links, rivals=(*(one for one in links.rivals if one.run != link.run), link))
    return replace(links, live=link) if role == LIVE else replace(links, candidate=link)


def without_link(links: RunLinks, role: str, run: str | None = None) -> RunLinks:
    """The links without the run of a role; a rival is named."""
    _known(role)
    if role == RIVAL:
        names = [link.run for link in links.rivals]
        if run not in names:
            raise StoreError(f"rival is {run!r}: no rival of that name is linked; {hint(run or '', names)}")
        return replace(links, rivals=tuple(link for link in links.rivals if link.run != run))
    held = links.live if role == LIVE else links.candidate
    if held is None:
        raise StoreError(f"no run is linked as {role}")
    return replace(links, live=None) if role == LIVE else replace(links, candidate=None)


def folder_of(venture: str, role: str, link: Link) -> Path:
    """The folder of a linked run, if it is still the run that was linked; RunError (exit code 2) else."""
    remedy = (f"link it again: moatkit venture link-run {venture} {role} RUN "
              f"(or take it out: moatkit venture link-run {venture} {role} {link.run} --remove)")
    folder = _found(link)
    if folder is None:
        raise RunError(f"{link.path}: the run {link.run}, linked as {role} of {venture} on {link.linked_at} by "
                       f"{link.linked_by}, is no longer there; {remedy}", 2)
    found = runs.sha256(folder)
    if found != link.sha256:
        changed = dt.datetime.fromtimestamp((folder / runs.SUMMARY).stat().st_mtime, dt.UTC)
        raise RunError(f"{folder / runs.SUMMARY}: has changed since it was linked as {role} of {venture}\n"
                       f"  linked  {link.sha256} on {link.linked_at} by {link.linked_by}\n"
                       f"  now     {found}, written {changed.isoformat(timespec='seconds')}\n"
                       f"read its proof, then {remedy}", 2)
    return folder


def folders(venture: str, links: RunLinks) -> dict[str, list[Path]]:
    """The folders of all linked runs by role."""
    found: dict[str, list[Path]] = {role: [] for role in (LIVE, CANDIDATE, RIVAL)}
    for role, link in links.named():
        found[role].append(folder_of(venture, role, link))
    return found


def looked_at(venture: str, links: RunLinks) -> list[tuple[str, Link, str | None]]:
    """(role, link, what is wrong with it or None) of every linked run."""
    found: list[tuple[str, Link, str | None]] = []
    for role, link in links.named():
        try:
            folder_of(venture, role, link)
            found.append((role, link, None))
        except RunError as error:
            found.append((role, link, str(error)))
    return found


def _found(link: Link) -> Path | None:
    """The run at its path, else under its name in the runs folder of this machine."""
    places = [Path(link.path)]
    if os.environ.get(RUNS_VARIABLE):
        places.append(Path(os.environ[RUNS_VARIABLE]) / link.run)
    return next((place for place in places if (place / runs.SUMMARY).is_file()), None)


def _known(role: str) -> None:
    if role not in RUN_ROLES:
        raise StoreError(f"role is {role!r}: a run is one of {', '.join(RUN_ROLES)}; {hint(role, RUN_ROLES)}")
