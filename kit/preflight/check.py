"""Every check of an opened session, in one list, worst first; and the record of it that the run keeps."""

from __future__ import annotations

from collections.abc import Sequence

from kit import runs
from kit.data.plan import PlanSettings, plan_steps
from kit.findings import Finding, as_records, check_names
from kit.licence import licence_block
from kit.preflight.examples import example_findings, token_findings
from kit.preflight.rows import leakage_findings, row_findings
from kit.preflight.settings import licence_findings, settings_findings
from kit.session import Session


def examine(session: Session) -> list[Finding]:
    """All findings, stops first; `accept` is checked for names that no check has. Writes nothing."""
    cfg, task, data = session.cfg, session.task, session.data
    rows = {"train": data.train, "validation": data.validation, "test": data.test}
    texts = [role for role, column in task.columns.items() if column.is_input]
    found = [
        *task.findings(rows, session.examples),
        *example_findings(session.examples, task.unit),
        *token_findings(data.train, session.examples["train"], texts, task.processor),
        *leakage_findings(data.report["leakage"], len(data.test), most_exact=cfg.data.max_leakage,
                          most_near=cfg.data.max_near_leakage),
        *licence_findings(licence_block(session.source.folder, data.report["licence"]), cfg.run.use),
        *row_findings(rows, task.columns),
        *settings_findings(cfg, num_items=len(data.train), num_steps=_num_steps(session)),
    ]  # fmt: skip
    check_names(cfg.run.accept, found)
    return sorted(found, key=lambda finding: not finding.stops)


def accepted_names(session: Session, resume: bool) -> list[str]:
    """What may pass: as configured, and what the run was started with, where it is resumed from another file."""
    names = list(session.cfg.run.accept)
    if resume and (session.folder / runs.DATA).is_file():
        started_with = runs.read_json(session.folder, runs.DATA).get("findings", [])
        names += [found["name"] for found in started_with if found["accepted"] and found["name"] not in names]
    return names


def keep_record(session: Session, findings: Sequence[Finding], accepted: Sequence[str]) -> None:
    """Into the report that becomes the run's data.json."""
    session.data.report["findings"] = as_records(findings, accepted)


def _num_steps(session: Session) -> int:
    cfg = session.cfg
    assert isinstance(cfg.schedule.epochs, float), "auto is resolved before"
    size = cfg.batch.size if isinstance(cfg.batch.size, int) else None
    settings = PlanSettings(cfg.run.seed, cfg.schedule.epochs, size, cfg.batch.max_tokens, cfg.schedule.max_steps)
    return len(plan_steps([example["length"] for example in session.examples["train"]], settings))
