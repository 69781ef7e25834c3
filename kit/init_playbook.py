"""`moatkit init DIR --playbook ID`: a playbook copied into a project of one's own, and what to do next."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import yaml

from kit import runs
from kit.errors import RunError
from kit.paths import shipped
from kit.playbooks import FILE, Playbook, opened
from kit.strategy.guide import FILES
from kit.strategy.handbook import INTERVIEW_COLUMNS


def init_playbook(folder: Path, playbook_id: str, *, model: str | None = None) -> list[str]:
    """Write venture, interviews, data, guides and the config where there is one; returns the lines to show."""
    playbook = opened(playbook_id)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder}: exists already and is not empty; name a new folder", exit_code=2)
    if model is not None and playbook.handbook.config is None:
        raise RunError(f"--model is {model!r}: playbook {playbook_id} has no config to put it in; leave --model out",
                       exit_code=2)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(playbook.folder / "data", folder / "data", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(playbook.folder / FILE, folder / "venture.yaml")
    shutil.copy(playbook.folder / playbook.handbook.rival.prompt, folder / playbook.handbook.rival.prompt)
    for language, name in FILES.items():
        runs.write_text(folder / name, playbook.guide(language))
    # utf-8-sig: a spreadsheet opens Chinese answers in a file without the mark as mojibake
    (folder / "interviews.csv").write_text(_header(), encoding="utf-8-sig", newline="")
    has_config = playbook.handbook.config is not None
    if has_config:
        runs.write_text(folder / "config.yaml", _config(playbook, folder, model))
    return [f"playbook {playbook_id}: {playbook.handbook.title.en}", *_written(playbook, folder),
            *_next_steps(playbook, folder)]


def _header() -> str:
    text = io.StringIO()
    csv.writer(text).writerow(INTERVIEW_COLUMNS)
    return text.getvalue()


def _config(playbook: Playbook, folder: Path, model: str | None) -> str:
    """The config of the task kind on the copied data."""
    assert playbook.handbook.config is not None
    body = yaml.safe_load((shipped("configs") / playbook.handbook.config).read_text(encoding="utf-8"))
    for split in ("train", "validation", "test"):
        if split in body["data"]:
            body["data"][split] = str(folder / "data" / Path(body["data"][split]).name)
    body |= {"model": model or body["model"], "run": {**body.get("run", {}), "dir": f"runs/{folder.name}"}}
    comment = f"# {playbook.handbook.title.en}: rows of the playbook; put your own in data/ and name them here."
    return comment + "\n" + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _written(playbook: Playbook, folder: Path) -> list[str]:
    names = ["README.md", "README.zh-CN.md", "venture.yaml", "interviews.csv", playbook.handbook.rival.prompt, "data/"]
    names += ["config.yaml"] if playbook.handbook.config else []
    return [f"written  {folder}/: {', '.join(names)}"]


def _next_steps(playbook: Playbook, folder: Path) -> list[str]:
    handbook = playbook.handbook
    steps = [f"next     1. read {folder}/README.md (中文: {folder}/README.zh-CN.md)"]
    if handbook.opens_with is not None:
        steps.append("            and settle what it asks for before anything else")
    steps += ["         2. ask the twelve questions; write the answers into interviews.csv",
              "         3. in venture.yaml replace " + ", ".join(row.field for row in handbook.replace_first),
              f"         4. moatkit worksheet --venture {folder}/venture.yaml"]
    if handbook.config:
        steps.append(f"         5. moatkit train {folder}/config.yaml")
    elif handbook.data.kind == "generator":
        steps.append(f"         5. python {folder}/{handbook.data.path} --out {folder}/data/drawn")
    return steps
