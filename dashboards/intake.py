"""A user's file on its way to a run: kept beside the runs, looked at, turned into a config by `moatkit init`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st
import yaml

from dashboards import data, jobs
from dashboards.words import plain
from kit.data.detect import Plan, describe
from kit.data.sources import read_rows
from kit.errors import DataError, RunError
from kit.paths import shipped

KINDS = ["csv", "tsv", "jsonl", "json", "parquet", "arrow"]
_NAME = re.compile(r"[^\w.-]+")


def workplace() -> Path:
    """The folder of the runs folder: where uploads, projects and ventures lie."""
    return data.runs_dir().resolve().parent


def configs() -> dict[str, Path]:
    """The user's own configs first, then those that ship."""
    own = [
        *sorted((workplace() / "projects").glob("*/config.yaml")),
        *sorted((workplace() / "configs").glob("**/*.yaml")),
    ]
    found = {str(path.relative_to(workplace())): path for path in own}
    base = shipped("configs")
    ships = sorted(path for path in base.glob("*/*.yaml") if path.parent.name != "accelerate")
    return found | {f"{path.parent.name}/{path.name}": path for path in ships if path not in own}


def safe_name(name: str) -> str:
    """A file name that stays in its folder."""
    found = _NAME.sub("-", Path(name).name).strip(".-")
    if not found:
        raise DataError(f"{name!r}: has no letter or digit to name a file by; rename it")
    return found[:80]


def keep(name: str, content: bytes) -> Path:
    """The upload as a file; the same content is kept once, other content of the same name under the next number.

    Raises DataError above the limit of uploads, and where the name has nothing to name a file by.
    """
    limit = int(st.get_option("server.maxUploadSize"))
    if len(content) > limit * 2**20:  # the browser refuses it first, with the same limit
        raise DataError(f"{name}: has {len(content) / 2**20:,.1f} MB, and uploads end at {limit} MB; start the "
                        "dashboard with STREAMLIT_SERVER_MAX_UPLOAD_SIZE set to more megabytes, or use the file where "
                        f"it lies: moatkit init DIR --data {name}")
    folder = workplace() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / safe_name(name), 1
    while path.exists() and path.read_bytes() != content:
        number += 1
        path = path.with_name(f"{Path(safe_name(name)).stem}-{number}{path.suffix}")
    if not path.exists():
        aside = path.with_name(f".{path.name}")
        aside.write_bytes(content)
        aside.replace(path)
    return path


def look(path: Path) -> Plan:
    """What the file holds; read again only when it changed."""
    return _look(data.stamp(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _look(key: data.Stamp) -> Plan:
    return describe(read_rows(key[0]))


def plan_rows(plan: Plan) -> list[dict[str, Any]]:
    """The plan as a table: rows, roles of columns, language, task."""
    facts = {
        plain("rows"): plan.rows, plain("format"): f"{plan.encoding or ''} {plan.format}".strip(),
        plain("task"): plan.problem or plan.task, plain("language"): plan.language.code if plan.language else "–",
    }  # fmt: skip
    facts |= {f"{plain('column')} {role}": column or "–" for role, column in plan.roles.items()}
    return [{plain("what"): name, plain("found"): str(value)} for name, value in facts.items()]


def project(path: Path) -> Path:
    """Config and splits of the file, written once by `moatkit init`."""
    folder = workplace() / "projects" / path.stem
    if not (folder / "config.yaml").is_file():
        code, out, err = jobs.ask("init", str(folder), "--data", str(path))
        if code:
            raise DataError(err.strip() or out.strip())
    return folder / "config.yaml"


def overrides(config: Path, steps: int | None, budget: str) -> list[str]:
    """Settings over the config's: limits, and where the data of a shipped config lie on this machine."""
    sources = yaml.safe_load(config.read_text(encoding="utf-8")).get("data") or {}
    lies = {name: shipped("playbooks").parent / str(sources.get(name)) for name in ("train", "validation", "test")}
    found = [f"data.{name}={path}" for name, path in lies.items()
             if sources.get(name) and path.is_file() and not Path(str(sources[name])).is_file()]  # fmt: skip
    found += [f"schedule.max_steps={int(steps)}"] if steps else []
    return [*found, f"run.max_cost={budget.strip()}"] if budget.strip() else found


def folder_for(name: str) -> Path:
    """The run folder of a name; a name that would leave the runs folder is refused."""
    if not name.strip() or safe_name(name) != name.strip():
        raise RunError(f"run name {name!r}: use letters, digits, dots, dashes and underscores", 2)
    return data.runs_dir().resolve() / name.strip()
