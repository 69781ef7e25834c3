"""What rows, tables and columns are called, by key, in English and Chinese."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "zh")
CATALOGUE = Path(__file__).with_name("labels.yaml")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """key -> language -> label."""
    return yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))


def label(key: str, language: str = "en") -> str:
    """The label of a key; a missing one is a fault of the catalogue, so it is raised and not hidden."""
    return catalogue()[key][language]
