"""Run folders made by hand: 500 validation and 500 test tickets, calibrated confidences, errors in two classes."""

import numpy as np

from kit import runs

INTENTS = ("refund", "delivery", "login", "invoice", "escalate")
ACCURATE, WEAK = (0.94, 9.0, 0.57), (0.86, 5.0, 0.81)  # accuracy and the Beta of the confidences around it


def rows_of(accuracy, a, b, *, n=500, seed=0):
    """Rows with exactly this accuracy on each split; the less sure a row, the likelier it is wrong."""
    found = []
    for split_seed, split in enumerate(("validation", "test")):
        rng = np.random.default_rng([seed, split_seed])
        truth = np.random.default_rng(split_seed).integers(0, len(INTENTS), n)  # the same tickets in every run
        confidence = np.clip(rng.beta(a, b, n), 0.2, 0.999)
        doubt = (1 - confidence) * rng.exponential(1.0, n)
        wrong = np.zeros(n, dtype=bool)
        wrong[np.argsort(-doubt)[: round(n * (1 - accuracy))]] = True
        for i in range(n):
            said = (truth[i] + 1) % len(INTENTS) if wrong[i] else truth[i]
            missed = INTENTS[truth[i]] == "escalate"
            found.append({
                "id": f"{split[0]}{i:04d}", "split": split, "group": None, "input": f"ticket {i}",
                "reference": INTENTS[truth[i]], "prediction": INTENTS[said], "confidence": float(confidence[i]),
                "reference_confidence": float(confidence[i] if not wrong[i] else 1 - confidence[i]),
                "correct": not bool(wrong[i]), "score": float(not wrong[i]), "base_prediction": INTENTS[0],
                "base_correct": bool(truth[i] == 0), "base_score": float(truth[i] == 0), "input_tokens": 40 + i % 30,
                "output_tokens": 0, "latency_ms": 8.0 + i % 5,
                "error_class": ("missed_escalation" if missed else "misroute") if wrong[i] else None,
            })
    return found


def write_run(folder, quality, *, seed=0, reads=1, fingerprint="a" * 64, serving=True, n=500, level=2):
    """A finished run folder; `quality` is ACCURATE or WEAK."""
    from kit.stats import wilson

    rows = rows_of(*quality, n=n, seed=seed)
    right = sum(row["correct"] for row in rows if row["split"] == "test")
    low, high = wilson(right, n)
    folder.mkdir(parents=True)
    runs.write_predictions(folder, rows)
    runs.write_summary(folder, runs.Summary(
        run=folder.name, status="done", stop_reason="epochs", task="text_classification",
        created="2026-11-20T09:00:00+00:00", finished="2026-11-20T09:05:00+00:00",
        headline={"metric": "accuracy", "value": right / n, "low": low, "high": high, "n": n, "higher_is_better": True,
                  "level": 0.95, "method": "wilson"},
        metrics={"accuracy": {"value": right / n, "low": low, "high": high}},
        cost={"train_usd": 0.4, "currency": "USD", "train_cost": 0.4, "energy_kwh": 0.1, "price_id": "aws-l4",
              "price_per_hour": 0.8048, "price_date": "2025-06-30"},
        serving={"requests_per_s": 40.0, "p50_ms": 9.0, "p95_ms": 14.0, "concurrency": 4,
                 "usd_per_1k_requests_at_capacity": 0.0056} if serving else None,
        evidence={"level": level, "test_fingerprint": fingerprint, "test_reads": reads},
        licence={"model": "apache-2.0", "data": "apache-2.0", "commercial_use": "yes"},
    ))
    return folder
