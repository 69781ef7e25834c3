"""What the labelling queue is worth: 2,000 unlabelled rows of 12 classes, 120 first labels, then 100 more.

    MOATKIT_DATA=FOLDER python tests/benchmarks/labelling.py [--data tickets|banking77] [--measure margin]

tickets: the support tickets that ship with the project; banking77: 12 of its classes (FOLDER/banking77), drawn anew
for each seed. Vectors of the embedded MiniLM, logistic regression. Accuracy on held-out rows after 120 first picks,
after the queue's next 100, and after 100 random ones instead (mean of 10 draws), over 5 seeds; the paired interval
resamples held-out texts. `first_random` is 120 random rows instead of the first picks. Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path

import numpy as np

from kit.annotate.probabilities import fitted
from kit.annotate.queue import first_picks, queue
from kit.embed import embed
from kit.paired import paired_bootstrap

ROOT = Path(__file__).parents[2]
BANKING = Path(os.environ.get("MOATKIT_DATA", "data")) / "banking77"
FIRST, NEXT, ROWS, CLASSES, RANDOM_DRAWS = 120, 100, 2000, 12, 10


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--data", choices=["tickets", "banking77"], default="banking77")
    cli.add_argument("--measure", choices=["margin", "entropy"], default="margin")
    cli.add_argument("--seeds", type=int, default=5)
    args = cli.parse_args()
    columns: dict[str, list[float]] = {"queue": [], "random": []}
    asked_about: list[str] = []
    for seed in range(args.seeds):
        texts, labels, test_texts, test_labels = rows_of(args.data, seed)
        features, held_out = embed(texts), embed(test_texts)
        rng = np.random.default_rng(seed)

        def correct(rows: list[int]) -> np.ndarray:
            return fitted(features[rows], labels[rows]).predict(held_out) == test_labels  # noqa: B023

        first = first_picks(features, FIRST, seed=seed)
        known = [str(label) if row in set(first) else None for row, label in enumerate(labels)]
        picks = queue(texts, known, features, NEXT, measure=args.measure, seed=seed)
        asked = [pick.row for pick in picks]
        free = np.setdiff1d(np.arange(len(texts)), first)
        by_chance = [correct([*first, *rng.choice(free, NEXT, replace=False)]) for _ in range(RANDOM_DRAWS)]
        by_queue = correct([*first, *asked])
        random_first = correct(rng.choice(len(texts), FIRST, replace=False).tolist())
        asked_about += test_texts
        columns["queue"] += by_queue.astype(float).tolist()
        columns["random"] += np.mean(by_chance, axis=0).tolist()
        print(json.dumps({
            "seed": seed, "classes_seen": len(set(labels[first])), "first": round(float(correct(first).mean()), 4),
            "first_random": round(float(random_first.mean()), 4), "queue": round(float(by_queue.mean()), 4),
            "random": round(float(np.mean(by_chance)), 4), "rechecked": sum(row in set(first) for row in asked),
        }), flush=True)  # fmt: skip
    test = paired_bootstrap(columns["queue"], columns["random"], clusters=asked_about)
    print(json.dumps({"data": args.data, "measure": args.measure, "diff": round(test.diff, 4),
                      "low": round(test.low, 4), "high": round(test.high, 4), "p_value": round(test.p_value, 4)}))


def rows_of(name: str, seed: int) -> tuple[list[str], np.ndarray, list[str], np.ndarray]:
    """Texts and labels to draw from (at most ROWS), and held-out ones."""
    if name == "tickets":
        folder, column = ROOT / "playbooks" / "support-routing" / "data", "intent"
    else:
        folder, column = BANKING, "category"
    train, test = read(folder / "train.csv", column), read(folder / "test.csv", column)
    classes = sorted({label for _, label in train})
    rng = np.random.default_rng(100 + seed)
    kept = set(rng.choice(classes, CLASSES, replace=False).tolist()) if len(classes) > CLASSES else set(classes)
    train, test = [row for row in train if row[1] in kept], [row for row in test if row[1] in kept]
    train = [train[i] for i in rng.permutation(len(train))[:ROWS]]
    return (*columns_of(train), *columns_of(test))


def columns_of(rows: list[tuple[str, str]]) -> tuple[list[str], np.ndarray]:
    return [text for text, _ in rows], np.array([label for _, label in rows])


def read(path: Path, column: str) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return [(row["text"], row[column]) for row in csv.DictReader(file)]


if __name__ == "__main__":
    main()
