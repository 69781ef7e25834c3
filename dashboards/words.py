"""The catalogue of strings in English and Simplified Chinese, and the language of this session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import streamlit as st
import yaml

from dashboards.safe import md

LANGUAGES = {"en": "English", "zh": "简体中文"}
CATALOGUE = Path(__file__).with_name("catalogue")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """key -> language -> text with {places}; a test keeps the keys of the files apart and the texts whole."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(CATALOGUE.glob("*.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def language() -> str:
    return st.session_state.get("lang", "en")


def word(key: str, /, **values: object) -> str:
    """A text for Markdown; what is put into it is made literal."""
    return catalogue()[key][language()].format(**{name: md(value) for name, value in values.items()})


def plain(key: str, /, **values: object) -> str:
    """A text for charts, tables and file names, where Markdown does not reach."""
    return catalogue()[key][language()].format(**values)


def naming(prefix: str, options: Iterable[str]) -> Callable[[str], str]:
    """A widget's names of its options, looked up now: a widget may ask for them when no session is at hand."""
    names = {option: plain(f"{prefix}{option}") for option in options}
    return lambda option: names.get(option, option)
