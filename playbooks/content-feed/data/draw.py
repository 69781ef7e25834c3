"""Draw a community's impressions: `python draw.py --out DIR [--count 20000] [--seed 0]`. numpy only. Apache-2.0.

Readers prefer few of twelve topics, items age with a half-life of their topic, and the popular list is strong. Items
appear during the four weeks, so that the last day holds some never seen before. `read` is seconds, 0 where the item was
only shown. Same seed, same file.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

READERS, ITEMS, DAY_S, DAYS = 1_200, 600, 86_400, 28
TOPICS = ("accounting", "audit", "corporate_law", "customs", "energy", "export", "insurance", "labour", "logistics",
          "procurement", "tax", "welding")


def write(out: Path, count: int, seed: int) -> Path:
    """`count` impressions in impressions.csv under `out`, in order of time; returns its path."""
    random = np.random.default_rng(seed)
    interest = random.dirichlet(np.full(len(TOPICS), 0.3), READERS)
    topic = random.integers(len(TOPICS), size=ITEMS)
    born_s = np.sort(random.integers(-30 * DAY_S, DAYS * DAY_S, ITEMS))
    quality, half_life_s = random.normal(0, 0.7, ITEMS), random.uniform(3, 30, len(TOPICS)) * DAY_S
    times = np.sort(random.integers(0, DAYS * DAY_S, count))
    out.mkdir(parents=True, exist_ok=True)
    table = out / "impressions.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["user", "item", "topic", "time", "read"])
        for time in times:
            reader, there = int(random.integers(READERS)), int(np.searchsorted(born_s, time))
            item = there - 1 - min(there - 1, int(random.exponential(40)))  # newest first, as the page shows them
            fresh = 0.5 ** ((time - born_s[item]) / half_life_s[topic[item]])
            pull = quality[item] + 4 * interest[reader, topic[item]] + fresh - 1.8
            read = int(random.gamma(2, 40)) + 1 if random.random() < 1 / (1 + np.exp(-pull)) else 0
            lines.writerow([f"r{reader:05d}", f"a{item:04d}", TOPICS[topic[item]], int(time), read])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(write(given.out, given.count, given.seed))
