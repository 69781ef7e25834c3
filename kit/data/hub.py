"""Data sets of the hub, through `datasets`: `hub:ORG/NAME` or `hub:ORG/NAME:SPLIT`."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kit.errors import DataError
from kit.network import knock

__all__ = ["HUB_PREFIX", "load_from_hub", "rows_of_dataset"]

HUB_PREFIX = "hub:"
SILENCE_S = 10
ADDRESS = re.compile(r"hub:(?P<name>[\w.-]+(/[\w.-]+)?)(:(?P<split>\w+))?")


def load_from_hub(source: str) -> tuple[list[dict[str, Any]], str]:
    """(rows, fingerprint); the split is `train` unless the address names another."""
    address = ADDRESS.fullmatch(source)
    if address is None:
        raise DataError(f'"{source}" is not an address of the hub; write hub:ORG/NAME or hub:ORG/NAME:SPLIT')
    from datasets import load_dataset  # takes a second to import, and loads more

    split = address["split"] or "train"
    silence = _silence()
    try:
        with _cache_only(bool(silence)):
            dataset = load_dataset(address["name"], split=split)
    except Exception as error:  # the library raises a dozen types for no network, no such name, gated, no such split
        reason = silence or (str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise DataError(
            f'{source}: split "{split}" of "{address["name"]}" could not be loaded from the hub ({reason}); '
            "check the name, the split and the connection, or download it and name the file"
        ) from error
    return rows_of_dataset(dataset, source)


def _silence() -> str | None:
    """What to say of a hub that does not answer; None where it does."""
    from huggingface_hub import constants

    endpoint = os.environ.get("HF_ENDPOINT", constants.ENDPOINT)
    if constants.HF_HUB_OFFLINE:
        return None
    try:
        knock(endpoint, SILENCE_S)
    except (OSError, ValueError):
        return f"{endpoint} did not answer within {SILENCE_S} s, and it is not in the cache"
    return None


@contextmanager
def _cache_only(is_wanted: bool) -> Iterator[None]:
    from datasets import config
    from huggingface_hub import constants

    before = config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    if is_wanted:
        config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def rows_of_dataset(dataset: Any, source: str) -> tuple[list[dict[str, Any]], str]:
    """Rows with class numbers as their names; images and audio stay the stored bytes or paths, undecoded."""
    from datasets import ClassLabel

    rows: list[dict[str, Any]] = dataset.with_format("arrow")[:].to_pylist()
    if not rows:
        raise DataError(f"{source}: holds no rows")
    for column, feature in dataset.features.items():
        if isinstance(feature, ClassLabel):
            for row in rows:
                number = row[column]  # hidden test sets carry -1
                row[column] = None if number is None or number < 0 else feature.int2str(number)
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True, default=_stable).encode())
    return rows, digest.hexdigest()


def _stable(value: Any) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
