"""Draw product icons with labels: `python draw.py --out DIR [--count 300] [--seed 0]`. Needs numpy only. Apache-2.0.

Six categories in two seasons. Summer is bright on a light ground, winter muted on a dark one; the test split holds more
winter, so that a model which learnt colours instead of shapes is found out. Same seed, same files.
"""

import argparse
import csv
import struct
import zlib
from pathlib import Path

import numpy as np

SIZE = 64
CATEGORIES = ("mug", "lamp", "bag", "shirt", "shoe", "chair")
WINTER_SHARE = {"train": 0.2, "test": 0.7}


def box(y, x, top, bottom, left, right):
    return (y >= top) & (y <= bottom) & (x >= left) & (x <= right)


def disc(y, x, centre_y, centre_x, radius):
    return (y - centre_y) ** 2 + (x - centre_x) ** 2 <= radius**2


def shape(category: str, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The silhouette in a frame from -1 to 1."""
    if category == "mug":
        handle = disc(y, x, 0, 0.5, 0.3) & ~disc(y, x, 0, 0.5, 0.18)
        return box(y, x, -0.5, 0.5, -0.5, 0.4) | handle
    if category == "lamp":
        shade = (y >= -0.7) & (y <= 0) & (np.abs(x) <= 0.25 + 0.45 * (y + 0.7))
        return shade | box(y, x, 0, 0.6, -0.06, 0.06) | box(y, x, 0.6, 0.72, -0.35, 0.35)
    if category == "bag":
        handle = disc(y, x, -0.2, 0, 0.45) & ~disc(y, x, -0.2, 0, 0.33) & (y < -0.1)
        return box(y, x, -0.15, 0.65, -0.6, 0.6) | handle
    if category == "shirt":
        sleeves = box(y, x, -0.5, -0.1, -0.8, 0.8)
        return (box(y, x, -0.5, 0.65, -0.42, 0.42) | sleeves) & ~disc(y, x, -0.55, 0, 0.18)
    if category == "shoe":
        return box(y, x, 0.2, 0.5, -0.8, 0.8) | box(y, x, -0.4, 0.3, -0.8, -0.3) | disc(y, x, 0.2, 0.45, 0.3)
    legs = box(y, x, 0.2, 0.7, -0.5, -0.38) | box(y, x, 0.2, 0.7, 0.38, 0.5)
    return box(y, x, 0.05, 0.2, -0.5, 0.5) | box(y, x, -0.7, 0.1, -0.5, -0.36) | legs


def draw(category: str, season: str, random: np.random.Generator) -> np.ndarray:
    """(SIZE, SIZE, 3) uint8: the icon moved, scaled, turned a little and covered with noise."""
    grid = np.linspace(-1, 1, SIZE)
    y, x = np.meshgrid(grid, grid, indexing="ij")
    angle, scale = random.normal(0, 0.12), random.uniform(0.85, 1.3)
    y, x = y - random.uniform(-0.15, 0.15), x - random.uniform(-0.15, 0.15)
    turned = scale * (np.cos(angle) * y - np.sin(angle) * x), scale * (np.sin(angle) * y + np.cos(angle) * x)
    ground, colour = (random.uniform(190, 250, 3), random.uniform(30, 220, 3))
    if season == "winter":
        ground, colour = random.uniform(20, 90, 3), random.uniform(70, 140, 3)
    picture = np.where(shape(category, *turned)[..., None], colour, ground) + random.normal(0, 12, (SIZE, SIZE, 3))
    return picture.clip(0, 255).astype(np.uint8)


def write_png(path: Path, picture: np.ndarray) -> None:
    """An RGB picture as PNG, without a library for images."""
    height, width, _ = picture.shape

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def write(out: Path, count: int, seed: int) -> Path:
    """`count` pictures and labels.csv under `out`; returns the path of the labels."""
    random = np.random.default_rng(seed)
    (out / "images").mkdir(parents=True, exist_ok=True)
    table = out / "labels.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "season", "split"])
        for number in range(count):
            turn, category = divmod(number, len(CATEGORIES))
            label, split = CATEGORIES[category], "test" if turn % 4 == 3 else "train"
            season = "winter" if random.random() < WINTER_SHARE[split] else "summer"
            name = f"images/{number:05d}.png"
            write_png(out / name, draw(label, season, random))
            rows.writerow([name, label, season, split])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(write(given.out, given.count, given.seed))
