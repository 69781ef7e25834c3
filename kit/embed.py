"""Texts as vectors of a pretrained encoder: the mean of its last layer over the tokens, at unit length.

Vectors are kept by model and text in a folder of the user's cache, so that a queue or a second look costs nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from kit.hub import locate_model

__all__ = ["DEFAULT_MODEL", "cache_folder", "embed", "embedder"]

DEFAULT_MODEL = "embedded:minilm"
MOST_TOKENS = 128
BATCH = 64


def embedder(model: str = DEFAULT_MODEL, *, cache: Path | None = None) -> Callable[[Sequence[str]], np.ndarray]:
    """`embed` with the model chosen, as functions that know nothing of torch take it."""
    return lambda texts: embed(texts, model=model, cache=cache)


def embed(texts: Sequence[str], *, model: str = DEFAULT_MODEL, cache: Path | None = None) -> np.ndarray:
    """(N, D) float32 vectors of unit length. Raises RunError where the model is not to be had."""
    folder = locate_model(model)
    store = (cache or cache_folder()) / f"{_fingerprint(folder)}.npz"
    keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest() for text in texts]
    known = _read(store)
    missing = {key: text for key, text in zip(keys, texts) if key not in known}
    if missing:
        known |= dict(zip(missing, _encode(list(missing.values()), folder)))
        _write(store, known)
    return np.stack([known[key] for key in keys]) if keys else np.empty((0, 0), dtype=np.float32)


def cache_folder() -> Path:
    """MOATKIT_CACHE, or the user's cache."""
    named = os.environ.get("MOATKIT_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "moatkit"


def _encode(texts: Sequence[str], folder: Path) -> np.ndarray:
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModel.from_pretrained(folder, use_safetensors=True).eval()
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    order = np.argsort([-len(text) for text in texts], kind="stable")
    found: dict[int, np.ndarray] = {}
    with torch.no_grad():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH].tolist()
            batch = tokenizer([texts[row] for row in rows], padding=True, truncation=True, max_length=MOST_TOKENS,
                              return_tensors="pt").to(network.device)  # fmt: skip
            hidden = network(**batch).last_hidden_state  # (B, T, D)
            mask = batch["attention_mask"][:, :, None]
            mean = (hidden * mask).sum(1) / mask.sum(1)
            unit = torch.nn.functional.normalize(mean.float(), dim=1).cpu().numpy()
            found |= dict(zip(rows, unit))
    return np.stack([found[row] for row in range(len(texts))])


def _fingerprint(folder: Path) -> str:
    """Of the model's files by name and size: enough to tell models apart without reading gigabytes."""
    files = sorted((path.name, path.stat().st_size) for path in folder.iterdir() if path.is_file())
    config = (folder / "config.json").read_bytes()
    return hashlib.sha256(repr((files, config, MOST_TOKENS)).encode()).hexdigest()[:16]


def _read(store: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(store, allow_pickle=False) as kept:
            return dict(zip(kept["keys"].tolist(), kept["vectors"]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # absent or torn: a cache is rebuilt, never an error
        return {}


def _write(store: Path, known: dict[str, np.ndarray]) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    aside = store.with_name(f".{os.getpid()}.{store.name}")
    np.savez(aside, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    aside.replace(store)
