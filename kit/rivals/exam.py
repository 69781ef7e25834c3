"""The rows that a rival answers, with their right answers and the kind that scores them; no model is loaded.

Ids are those of the kit's own runs, so that answers pair row by row: the id column of the file, or row numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kit import runs, tasks
from kit.config import DataSection
from kit.config_load import load, options_problems
from kit.data.prepare import prepare, read_for_scoring
from kit.errors import ConfigError, DataError, RunError
from kit.findings import open_stops
from kit.playbooks import holds_demo_rows
from kit.tasks.base import Row, Task, role_specs

NO_EXAMPLES: dict[str, list[Any]] = {"train": [], "validation": [], "test": []}
DEMO_ROWS, PUBLIC_ROWS, OWN_ROWS = 0, 1, 2  # evidence levels


@dataclass(frozen=True)
class Exam:
    """`values` are the columns of each row's file and its `input` as people see it, `give_away` the names
    among them that hold the right answer."""

    task: Task
    rows: list[Row]
    values: list[dict[str, Any]]
    give_away: frozenset[str]
    report: dict[str, Any]
    level: int

    @property
    def fingerprint(self) -> str:
        """Of the rows' content, as the kit's own runs record it."""
        return runs.fingerprint_rows(self.rows, list(self.task.columns))

    @property
    def numbered(self) -> bool:
        """Whether ids are row numbers: then only the texts can tell that two files have the same rows."""
        return self.report["sources"]["test"]["columns"].get("id") is None


@dataclass(frozen=True)
class Scope:
    """Which rows and which kind, as named on the command line."""

    data: str | None = None
    like: Path | None = None
    task: str = "text_classification"
    options: Mapping[str, Any] | None = None
    columns: Mapping[str, str] | None = None
    level: int | None = None


def open_exam(scope: Scope) -> Exam:
    """Read the rows. Raises DataError, ConfigError or RunError (exit code 2)."""
    if scope.like is None and scope.data is None:
        raise DataError("which rows? name a labelled file with --data FILE, or a run with --like RUN for its test rows")
    return _of_file(scope) if scope.data is not None else _of_run(scope)


def _of_file(scope: Scope) -> Exam:
    assert scope.data is not None
    kind, options, state, section = _kind(scope)
    if scope.columns:
        named = {**section.columns, **scope.columns}
        group = named.pop("group", section.group_column)
        section = section.model_copy(update={"columns": named, "group_column": group})
    rows, loaded, columns = read_for_scoring(scope.data, section, role_specs(kind), with_labels=True)
    found = {
        "source": loaded.source, "format": loaded.format, "encoding": loaded.encoding, "rows_in": loaded.rows_in,
        "fingerprint": loaded.fingerprint, "rows_kept": len(rows), "skipped": dict(loaded.problems), "columns": columns,
    }  # fmt: skip
    values = [{**raw, **row} for raw, row in zip(loaded.rows, rows)]
    task = kind(options, None, kind.fit(rows, options) if state is None else state)
    return _exam(task, rows, values, found, _level(scope.data) if scope.level is None else scope.level)


def _of_run(scope: Scope) -> Exam:
    """The test rows of a run, which must still be those that it was proven on."""
    like = scope.like
    assert like is not None
    summary = runs.read(like)
    if not (like / runs.CONFIG).is_file():
        raise RunError(f"--like {like}: has no {runs.CONFIG} to find its test rows by; name their file with --data", 2)
    kind, options, state, section = _kind(scope)
    prepared = prepare(section, role_specs(kind))
    if not prepared.test:
        raise DataError(f"--like {like}: has no test rows; name a labelled file with --data")
    source = prepared.report["sources"].get("test") or prepared.report["sources"]["train"]
    evidence = summary.evidence or {}
    level = evidence.get("level", OWN_ROWS) if scope.level is None else scope.level
    assert state is not None
    task = kind(options, None, state)
    values = [{**row, **_named(row, source["columns"])} for row in prepared.test]
    exam = _exam(task, prepared.test, values, source, level)
    if evidence.get("test_fingerprint") not in (None, exam.fingerprint):
        raise DataError(f"--like {like}: its data have changed since: the test rows read now from {source['source']} "
                        "are not those that it was proven on; bring the file back, or name other rows with --data")
    return exam


def _exam(task: Task, rows: list[Row], values: list[dict[str, Any]], source: dict[str, Any], level: int) -> Exam:
    for row in rows:
        row["split"] = "test"
    stops = open_stops(task.findings({"train": [], "validation": [], "test": rows}, NO_EXAMPLES), ())
    if stops:
        raise DataError("\n".join(found.sentence for found in stops))
    columns = source["columns"]
    give_away = {name for role in task.answer_roles for name in (role, columns.get(role)) if name}
    extra = task.prompt_values()
    report: dict[str, Any] = {
        "sources": {"test": source}, "licence": None, "leakage": None, "notes": [],
        "splits": {"train": 0, "validation": 0, "test": len(rows)},
    }  # fmt: skip
    shown = [{"input": task.shown(row), **value, **extra} for row, value in zip(rows, values)]
    return Exam(task, rows, shown, frozenset(give_away), report, level)


def _kind(scope: Scope) -> tuple[type[Task], Any, dict[str, Any] | None, DataSection]:
    """Kind, options, state and data section: of the run to be like, else as typed, with the state still to be found."""
    if scope.like is None:
        kind = tasks.get(scope.task)
        try:
            options = kind.options_class.model_validate(dict(scope.options or {}))
        except ValidationError as err:
            raise ConfigError(options_problems(err, kind.options_class)) from None
        return kind, options, None, DataSection(train="")
    runs.read(scope.like)
    if scope.options:
        raise ConfigError(f"--option and --like are both given: the settings of {scope.like} hold")
    stored = runs.read_json(scope.like, runs.TASK)
    kind = tasks.get(stored["task"])
    config = scope.like / runs.CONFIG
    section = load(config).data if config.is_file() else DataSection(train="")
    return kind, kind.options_class.model_validate(stored["options"]), stored["state"], section


def _level(source: str) -> int:
    """0 shipped demo data, 1 a public hub set, 2 the user's own rows."""
    if source.startswith("hub:"):
        return PUBLIC_ROWS
    return DEMO_ROWS if holds_demo_rows(Path(source)) else OWN_ROWS


def _named(row: Row, columns: Mapping[str, str | None]) -> dict[str, Any]:
    return {column: row[role] for role, column in columns.items() if column and role in row}
