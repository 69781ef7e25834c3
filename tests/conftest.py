"""Tiny networks, tiny data and tiny configurations, built on the spot: no test needs a network or a download."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
import yaml

KEYWORDS = {
    "billing": ["invoice", "charge", "refund", "price", "card", "payment"],
    "delivery": ["parcel", "courier", "late", "address", "track", "box"],
    "login": ["password", "account", "locked", "code", "email", "sign"],
    "praise": ["great", "love", "thanks", "perfect", "happy", "nice"],
}
FILLERS = ["the", "my", "is", "please", "again", "today", "with", "and", "not", "very", "this", "about", "help", "for"]


def words_of_the_tiny_world() -> list[str]:
    words = [*FILLERS, *KEYWORDS, *(word for words in KEYWORDS.values() for word in words)]
    return words + [f"word{i}" for i in range(140)]


def save_tiny_model(folder: Path, *, dropout: float, seed: int = 0) -> Path:
    """A BERT of 2 layers and width 32 with a WordPiece tokenizer that knows every word of the tiny data."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = list("abcdefghijklmnopqrstuvwxyz0123456789")
    tokens = [*special, *characters, *(f"##{c}" for c in characters), *words_of_the_tiny_world()]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )  # fmt: skip
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=64, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    ).save_pretrained(folder)  # fmt: skip
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    return folder


def tiny_rows(count: int, seed: int) -> list[dict[str, str]]:
    """Sentences of 3 to 16 words, each with two keywords of its class."""
    rng = random.Random(seed)
    labels = list(KEYWORDS)
    rows = []
    for i in range(count):
        label = labels[i % len(labels)]
        words = rng.choices(FILLERS, k=rng.randint(1, 14)) + rng.sample(KEYWORDS[label], 2)
        rng.shuffle(words)
        rows.append({"id": f"r{seed}-{i}", "text": " ".join(words), "label": label})
    return rows


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder without dropout."""
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny", dropout=0.0)


@pytest.fixture(scope="session")
def tiny_lm_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model folder whose tokenizer has a chat template without generation markers."""
    from tests.tiny_lm import save_tiny_lm

    return save_tiny_lm(tmp_path_factory.mktemp("model") / "tiny-lm", "chatml")


@pytest.fixture(scope="session")
def tiny_dropout_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network with dropout 0.1 everywhere."""
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny-dropout", dropout=0.1)


@pytest.fixture(scope="session")
def tiny_csv(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files by split: 86 training rows (no multiple of a batch), 24 validation rows, 32 test rows; 4 classes."""
    folder = tmp_path_factory.mktemp("data")
    sizes = {"train": 86, "validation": 24, "test": 32}
    return {
        name: write_rows(folder / f"{name}.csv", tiny_rows(size, seed))
        for seed, (name, size) in enumerate(sizes.items(), start=1)
    }


@pytest.fixture
def tiny_config_file(tmp_path: Path, tiny_model_dir: Path, tiny_csv: dict[str, Path]) -> Callable[..., Path]:
    """Writes a YAML config that trains in a second; settings are given as nested sections or by dotted name.

    `tiny_config_file(lora={"r": 4})` or `tiny_config_file(**{"optim.lr": 1e-3})`; returns the file's path. The run
    folder is `tmp_path / "run"` unless `run.dir` is given.
    """

    def write(name: str = "tiny.yaml", **settings: Any) -> Path:
        raw: dict[str, Any] = {
            "task": "text_classification",
            "model": {"path": str(tiny_model_dir), "dtype": "float32"},
            "options": {},
            "data": {split: str(path) for split, path in tiny_csv.items()}
            | {"columns": {"id": "id", "text": "text", "label": "label"}},
            "lora": {"r": 4},
            "optim": {"lr": 0.005},
            "batch": {"size": 16},
            "schedule": {"epochs": 2.0},
            "run": {"dir": str(tmp_path / "run")},
        }
        for key, value in settings.items():
            section, _, setting = key.partition(".")
            if setting:
                raw.setdefault(section, {})[setting] = value
            elif isinstance(value, dict):
                raw[section] = raw.get(section, {}) | value
            else:
                raw[section] = value
        path = tmp_path / name
        path.write_text(yaml.safe_dump(raw), encoding="utf-8")
        return path

    return write


@pytest.fixture
def tiny_config(tiny_config_file: Callable[..., Path]) -> Callable[..., Any]:
    """The RunConfig of `tiny_config_file`, loaded and checked."""
    from kit.config_load import load

    return lambda **settings: load(tiny_config_file(**settings))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run at all: a GPU, or data sets that do not ship with the project."""
    absent = {"needs_data": not os.environ.get("MOATKIT_DATA"), "gpu": not Path("/dev/nvidia0").exists()}
    left_out = [item for item in items if any(is_absent and item.get_closest_marker(mark)
                                              for mark, is_absent in absent.items())]  # fmt: skip
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """In the full run (MOATKIT_ALL) a skipped test is a failed one: whatever it lacks should have been installed."""
    report = yield
    if os.environ.get("MOATKIT_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in the full run nothing may be: {report.longrepr}"
    return report
