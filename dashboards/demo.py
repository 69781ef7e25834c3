"""Two example runs, written on first start, so that no page is ever blank. Invented, and marked so wherever they show.

The texts are the support tickets that ship with the project; answers, confidences, losses and times are drawn with a
fixed seed, so every machine shows the same figures. They stand in the user's cache folder, never among real runs.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit import runs
from kit.calibration import ece, reliability
from kit.data.sources import read_rows
from kit.paired import compare
from kit.paths import shipped
from kit.stats import wilson

NAMES = ("example-tuned", "example-small")
VERSION = "1"
MADE = "2026-11-20T09:00:00+00:00"
SLICED = ("returns", "delivery", "payment", "account", "other")
NUM_VALIDATION, STEPS = 190, 240
_QUALITY = {"example-tuned": (0.91, 0.72, 16), "example-small": (0.84, 0.72, 4)}  # accuracy, of the base, rank


def folder() -> Path:
    """The folder with the example runs; written when it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = cache / "moatkit" / f"demo-{VERSION}"
    if not all((target / name / runs.SUMMARY).is_file() for name in NAMES):
        write(target)
    return target


def write(target: Path) -> None:
    """Both runs, written aside and renamed; whoever comes second keeps what is there."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    for name in NAMES:
        write_run(aside / name)
    shutil.rmtree(target, ignore_errors=True)
    try:
        aside.rename(target)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)


def write_run(path: Path) -> None:
    """One example run folder, whole: summary, predictions, progress, data report, proof."""
    accuracy, base_accuracy, rank = _QUALITY[path.name]
    data = shipped("playbooks") / "support-routing" / "data"
    train, test = read_rows(data / "train.csv").rows, read_rows(data / "test.csv").rows
    labels = sorted({row["intent"] for row in test})
    rng = np.random.default_rng([7, rank])
    lines = [*_answers(train[:NUM_VALIDATION], "validation", labels, rng, accuracy, base_accuracy),
             *_answers(test, "test", labels, rng, accuracy, base_accuracy)]  # fmt: skip
    path.mkdir(parents=True)
    runs.write_predictions(path, lines)
    proven = [line for line in lines if line["split"] == "test"]
    _write_progress(path, rng, accuracy)
    splits = {"train": len(train) - NUM_VALIDATION, "validation": NUM_VALIDATION, "test": len(test)}
    runs.write_json(path / runs.DATA, {
        "sources": {name: {"source": str(data / f"{name}.csv"), "format": "csv", "encoding": "utf-8", "rows_in": n,
                           "rows_kept": n, "skipped": {}, "columns": {"id": "id", "text": "text", "label": "intent"},
                           "why": {}} for name, n in (("train", len(train)), ("test", len(test)))},
        "licence": "Apache-2.0", "splits": splits, "leakage": {"exact": 0, "near": 0}, "notes": [],
    })  # fmt: skip
    runs.write_json(path / runs.PROOF, _proof(proven))
    config = f"task: text_classification\nmodel: embedded:minilm\nlora: {{r: {rank}}}\nbatch: {{size: 32}}\n"
    runs.write_text(path / runs.CONFIG, f"# Example: not a run that took place.\n{config}")
    runs.write_summary(path, _summary(path.name, proven, labels, rank))


def _answers(rows: Sequence[dict[str, Any]], split: str, labels: list[str], rng: np.random.Generator,
             accuracy: float, base_accuracy: float) -> list[dict[str, Any]]:  # fmt: skip
    """Answers in which the less sure a row, the likelier it is wrong."""
    n = len(rows)
    sure = np.clip(rng.beta(6.5, 0.75, n), 0.2, 0.999)
    wrong = np.zeros(n, bool)
    wrong[np.argsort(-(1 - sure) * rng.exponential(1.0, n))[: round(n * (1 - accuracy))]] = True
    base_wrong = rng.random(n) < np.where(wrong, 0.9, (1 - base_accuracy) * 0.8)
    lines = []
    for i, row in enumerate(rows):
        said, base = (_near(row["intent"], labels, rng) if is_wrong else row["intent"]
                      for is_wrong in (wrong[i], base_wrong[i]))  # fmt: skip
        tokens = 6 + len(row["text"]) // 4
        lines.append({
            "id": row["id"], "split": split, "group": None, "input": row["text"], "reference": row["intent"],
            "prediction": said, "confidence": float(sure[i]),
            "reference_confidence": float(sure[i] if not wrong[i] else (1 - sure[i]) / 3), "correct": not wrong[i],
            "score": float(not wrong[i]), "base_prediction": base, "base_correct": not base_wrong[i],
            "base_score": float(not base_wrong[i]), "input_tokens": tokens, "output_tokens": 0,
            "latency_ms": float(9 + tokens / 12 + rng.exponential(2)) if split == "test" else None,
            "error_class": _error_class(row["intent"]) if wrong[i] else None, "slice_topic": _topic(row["intent"]),
        })  # fmt: skip
    return [{key: bool(v) if isinstance(v, np.bool_) else v for key, v in line.items()} for line in lines]


def _near(intent: str, labels: list[str], rng: np.random.Generator) -> str:
    """A wrong answer: mostly the neighbour in the alphabet, which shares the topic."""
    step = int(rng.choice([1, -1, 2, 7], p=[0.5, 0.3, 0.1, 0.1]))
    return labels[(labels.index(intent) + step) % len(labels)]


def _error_class(intent: str) -> str:
    return "missed_escalation" if intent in {"charge_unknown", "charged_twice", "account_access"} else "misroute"


def _topic(intent: str) -> str:
    heads = {"return": "returns", "refund": "returns", "exchange": "returns", "item": "returns",
             "delivery": "delivery", "address": "delivery", "payment": "payment", "charge": "payment",
             "charged": "payment", "invoice": "payment", "account": "account", "subscription": "account"}  # fmt: skip
    return heads.get(intent.split("_")[0], "other")


def _write_progress(path: Path, rng: np.random.Generator, accuracy: float) -> None:
    for step in range(2, STEPS + 1, 2):
        done = step / STEPS
        facts = {"segment": 0, "step": step, "wall_s": 0.33 * step, "cost_so_far": 0.33 * step * 0.8048 / 3600}
        loss = 0.05 + 3.2 * math.exp(-5 * done) * (1 + 0.08 * rng.standard_normal())
        runs.append_metrics(path, {**facts, "split": "train", "loss": loss, "lr": 5e-4 * (1 - done),
                                   "grad_norm": 1.0, "units_per_s": 97.0})  # fmt: skip
        if step % 40 == 0:
            value = accuracy - 0.55 * math.exp(-4.5 * done) - 0.004 * rng.random()
            runs.append_metrics(path, {**facts, "split": "validation", "accuracy": value})


def _proof(rows: list[dict[str, Any]]) -> dict[str, Any]:
    slices = []
    for topic in SLICED:
        scores = [row["score"] for row in rows if row["slice_topic"] == topic]
        low, high = wilson(sum(scores), len(scores))
        slices.append({"column": "topic", "slice": topic, "n": len(scores), "value": sum(scores) / len(scores),
                       "low": low, "high": high})  # fmt: skip
    worst = sorted((row for row in rows if not row["correct"]), key=lambda row: -row["confidence"])[:20]
    keys = ("id", "input", "reference", "prediction", "confidence")
    return {"slices": slices, "worst_rows": [{key: row[key] for key in keys} for row in worst]}


def _summary(name: str, rows: list[dict[str, Any]], labels: list[str], rank: int) -> runs.Summary:
    n, right = len(rows), sum(row["score"] for row in rows)
    scores, base = (np.array([row[key] for row in rows]) for key in ("score", "base_score"))
    sure = np.array([row["confidence"] for row in rows])
    paired = compare(scores, base).as_dict()

    def share(successes: float) -> dict[str, float]:
        low, high = wilson(successes, n)
        return {"value": successes / n, "low": low, "high": high}

    usd = 0.33 * STEPS * 0.8048 / 3600
    return runs.Summary(
        run=name, status="done", stop_reason="epochs", tags=["example"], task="text_classification", created=MADE,
        finished="2026-11-20T09:03:00+00:00",
        headline={"metric": "accuracy", **share(right), "n": n, "higher_is_better": True, "level": 0.95,
                  "method": "wilson"},
        metrics={"accuracy": share(right)},
        calibration={"temperature": 1.1, "ece": float(ece(sure, scores)), "ece_raw": float(ece(sure, scores)),
                     "reliability": reliability(sure, scores)},
        baselines=[{"name": "majority", **share(n / len(labels))}, {"name": "tfidf", **share(round(0.77 * n))},
                   {"name": "base", **share(float(base.sum()))}],
        versus_base=paired, versus=[{"name": "base", **paired}],
        train={"steps": STEPS, "epochs": 4.0, "units": STEPS * 32.0, "unit": "row", "units_per_s": 97.0,
               "input_tokens": STEPS * 32 * 24, "input_tokens_per_s": 2300.0, "wall_s": 0.33 * STEPS, "segments": [],
               "device": "invented", "num_processes": 1, "device_seconds": 0.33 * STEPS,
               "peak_memory_bytes": 1_500_000_000, "trainable_params": 43_000 * rank, "total_params": 23_400_000},
        cost={"train_usd": usd, "currency": "USD", "train_cost": usd, "energy_kwh": 0.002, "price_id": "aws-l4",
              "price_per_hour": 0.8048, "price_date": "2025-06-30"},
        serving={"requests_per_s": 160.0, "p50_ms": 11.0, "p95_ms": 19.0, "concurrency": 32,
                 "usd_per_1k_requests_at_capacity": 0.0014},
        evidence={"level": 0, "test_fingerprint": "example", "test_reads": 1},
        licence={"model": "apache-2.0", "data": "Apache-2.0", "commercial_use": "yes"},
    )  # fmt: skip
