"""Draw a shop's event log: `python draw.py --out DIR [--count 20000] [--seed 0]`. numpy only. Apache-2.0.

Visitors and products have planted tastes in eight dimensions. The shop shows its best sellers first, visitors look down
the list and are more likely to act on what suits them, so the log is biased by place as a real one is, and popularity
is a strong baseline. Taste explains the rest, which is what a model can win. Same seed, same file.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

USERS, ITEMS, PLACES, DIMENSIONS, DAYS = 1_500, 300, 20, 8, 28
EVENTS = ("view", "cart", "order")
STEP_UP = (0.25, 0.35)  # chance that a view becomes a cart, a cart an order, for a product of average fit


def write(out: Path, count: int, seed: int) -> Path:
    """At least `count` events in events.csv under `out`, in order of time; returns its path."""
    random = np.random.default_rng(seed)
    user_taste = random.normal(size=(USERS, DIMENSIONS))
    item_taste = random.normal(size=(ITEMS, DIMENSIONS))
    appeal = random.normal(0, 0.8, ITEMS)
    top = np.argsort(-appeal)
    rows: list[tuple[int, int, int, str, int]] = []
    while len(rows) < count:
        user, time = int(random.integers(USERS)), int(random.integers(DAYS * 86_400))
        page = np.concatenate([top[:PLACES // 2], random.choice(ITEMS, PLACES // 2, replace=False)])
        for place, item in enumerate(dict.fromkeys(int(i) for i in page), 1):
            fit = appeal[item] + user_taste[user] @ item_taste[item] / np.sqrt(DIMENSIONS)
            if random.random() > 0.9 / np.sqrt(place) / (1 + np.exp(-fit)):
                continue
            for event, chance in zip(EVENTS, (1.0, *STEP_UP), strict=True):
                if random.random() > min(1.0, chance * (1 + 0.5 * np.tanh(fit))) and event != "view":
                    break
                rows.append((time + place, user, item, event, place))
    out.mkdir(parents=True, exist_ok=True)
    table = out / "events.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["user", "item", "time", "event", "shown"])
        for time, user, item, event, place in sorted(rows):
            lines.writerow([f"u{user:05d}", f"i{item:04d}", time, event, place])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(write(given.out, given.count, given.seed))
