"""Accuracy on BANKING77 (Casanueva et al., 2020): all rows over three seeds, and ten rows per class over five draws.

    MOATKIT_DATA=FOLDER python tests/benchmarks/banking77.py full|refit|few [--dev] [key=value ...]

FOLDER holds banking77/train.csv and test.csv (`text,category`). `--dev` scores held-out training rows instead of the
test rows: use it for every choice, the test rows once at the end. Prints one JSON line per run and the mean.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

FOLDER = Path(os.environ.get("MOATKIT_DATA", "data")) / "banking77"
DEV_ROWS_PER_CLASS = 15


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("mode", choices=["full", "refit", "few"])
    cli.add_argument("--dev", action="store_true")
    cli.add_argument("--runs", type=int)
    cli.add_argument("overrides", nargs="*")
    args = cli.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count = args.runs or (5 if args.mode == "few" else 3)
        values = [one_run(args, seed, Path(folder)) for seed in range(count)]
    mean = statistics.mean(values)
    print(json.dumps({"mode": args.mode, "dev": args.dev, "overrides": args.overrides, "mean": mean}))


def one_run(args: argparse.Namespace, seed: int, folder: Path) -> float:
    rows = read(FOLDER / "train.csv")
    # development draws come from other seeds than the reported ones
    rng = random.Random(1000 + seed if args.dev else seed)
    rng.shuffle(rows)
    test = FOLDER / "test.csv"
    if args.dev:
        held_out, rows = per_class(rows, DEV_ROWS_PER_CLASS)
        test = write(folder / f"dev{seed}.csv", held_out)
    if args.mode == "few":
        rows, _ = per_class(rows, 10)
    train = write(folder / f"train{seed}.csv", rows)
    run = folder / f"run{seed}"
    command = [
        sys.executable, "-m", "kit", "train", str(config(folder)), f"data.train={train}", f"data.test={test}",
        f"run.dir={run}", f"run.seed={seed}", *(["data.validation=0"] if args.mode == "few" else []),
        *(["options.refit=true"] if args.mode == "refit" else []), *args.overrides,
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    summary = json.loads((run / "summary.json").read_text())
    print(json.dumps({
        "seed": seed, "rows": len(rows), "accuracy": summary["headline"]["value"],
        "interval": [summary["headline"]["low"], summary["headline"]["high"]],
        "others": {b["name"]: round(b["value"], 4) for b in summary["baselines"]},
        "train_s": [s["wall_s"] for s in summary["train"]["segments"]], "epochs": summary["train"]["epochs"],
    }), flush=True)  # fmt: skip
    return summary["headline"]["value"]


def config(folder: Path) -> Path:
    path = folder / "banking77.yaml"
    path.write_text("task: text_classification\nmodel: embedded:minilm\ndata: {train: x, columns: "
                    "{text: text, label: category}}\n")  # fmt: skip
    return path


def per_class(rows: list[dict[str, str]], n: int) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The first n rows of each class, and the rest."""
    seen: dict[str, int] = defaultdict(int)
    taken, rest = [], []
    for row in rows:
        seen[row["category"]] += 1
        (taken if seen[row["category"]] <= n else rest).append(row)
    return taken, rest


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "category"])
        writer.writeheader()
        writer.writerows(rows)
    return path


if __name__ == "__main__":
    main()
