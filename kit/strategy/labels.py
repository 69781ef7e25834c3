"""What rows, tables and columns are called, and what gates say, by key, in English and Chinese."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "zh")
CATALOGUE = Path(__file__).with_name("labels.yaml")
SENTENCES = Path(__file__).with_name("sentences.yaml")


@lru_cache(maxsize=2)
def catalogue(path: Path = CATALOGUE) -> dict[str, dict[str, str]]:
    """key -> language -> words."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def label(key: str, language: str = "en") -> str:
    """The label of a key; a missing one is a fault of the catalogue, so it is raised and not hidden."""
    return catalogue()[key][language]


def sentence(key: str, language: str = "en", **parts: object) -> str:
    """A sentence with its places filled.

    >>> sentence("cost_about", money="300", currency="CNY")
    'about 300 CNY'
    """
    return catalogue(SENTENCES)[key][language].format(**parts)
