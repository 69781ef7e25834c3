"""How many planted label errors are found: 10 % uniform noise in BANKING77 (Casanueva et al., 2020), training rows.

    MOATKIT_DATA=FOLDER python tests/benchmarks/label_noise.py [--features tfidf|minilm] [--seeds 1] [--noise 0.1]

FOLDER holds banking77/train.csv (`text,category`). Noise gives a row another class, each equally likely. Prints one
JSON line per seed: planted errors among the 1,500 rows doubted most, precision and recall of the rows called suspects.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from kit.annotate.label_errors import label_errors

FILE = Path(os.environ.get("MOATKIT_DATA", "data")) / "banking77" / "train.csv"


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--features", choices=["tfidf", "minilm"], default="tfidf")
    cli.add_argument("--seeds", type=int, default=1)
    cli.add_argument("--noise", type=float, default=0.1)
    cli.add_argument("--looked-at", type=int, default=1500)
    args = cli.parse_args()
    with FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts, true = [row["text"] for row in rows], np.array([row["category"] for row in rows])
    for seed in range(args.seeds):
        rng = np.random.default_rng(seed)
        planted = np.zeros(len(rows), dtype=bool)
        planted[rng.choice(len(rows), round(args.noise * len(rows)), replace=False)] = True
        given = true.copy()
        classes = np.unique(true)
        for row in np.flatnonzero(planted):
            given[row] = rng.choice(classes[classes != true[row]])
        start = time.perf_counter()
        found = label_errors(texts, given.tolist(), embed=_embedder() if args.features == "minilm" else None)
        first = found.ranking()[: args.looked_at]
        suggested = np.array(found.suggested)
        print(json.dumps({
            "features": args.features, "seed": seed, "rows": len(rows), "planted": int(planted.sum()),
            "looked_at": args.looked_at, "found": int(planted[first].sum()),
            "suspects": int(found.is_suspect.sum()),
            "precision": round(float(planted[found.is_suspect].mean()), 4),
            "recall": round(float(found.is_suspect[planted].mean()), 4),
            "noise_estimate": round(found.noise, 4),
            "suggestion_right": round(float((suggested == true)[planted].mean()), 4),
            "seconds": round(time.perf_counter() - start, 1),
        }), flush=True)  # fmt: skip


def _embedder() -> Callable[[Sequence[str]], np.ndarray]:
    from kit.embed import embedder

    return embedder()


if __name__ == "__main__":
    main()
