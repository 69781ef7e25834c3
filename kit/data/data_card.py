"""What the README beside a data set says of it in its front matter, as the hub's data cards do: licence, languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kit.data.hub import HUB_PREFIX

__all__ = ["DataCard", "read_card"]

NAMES = ("README.md", "readme.md", "DATACARD.md")


@dataclass(frozen=True)
class DataCard:
    """`path` is the file that says so."""

    path: str
    licence: str | None
    name: str | None
    languages: tuple[str, ...]


def read_card(source: str | Path) -> DataCard | None:
    """The card in the data's own folder; None where there is none, or none with front matter that can be read."""
    if str(source).startswith(HUB_PREFIX):
        return None
    path = Path(source).expanduser()
    folder = path if path.is_dir() else path.parent
    found = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if found is None:
        return None
    lines = found.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        return None
    end = [line.strip() for line in lines[1:]].index("---") + 1
    try:
        head = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.YAMLError:
        return None
    if not isinstance(head, dict):
        return None
    licence = _first(head.get("license") or head.get("licence") or head.get("license_name"))
    languages = head.get("language") or head.get("languages") or []
    languages = languages if isinstance(languages, list) else [languages]
    return DataCard(str(found), licence, _first(head.get("pretty_name")), tuple(map(str, languages)))


def _first(value: Any) -> str | None:
    value = value[0] if isinstance(value, list) and value else value
    return str(value) if isinstance(value, str | int | float) else None
