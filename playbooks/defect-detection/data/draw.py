"""Draw metal parts with scratches and pits: `python draw.py --out DIR [--count 200] [--seed 0]`. Apache-2.0.

Needs numpy only. Twelve part numbers, each with a texture, a bore and a light of its own; the last three are the test
split, so that the score is of parts never seen. About half of the parts are good; some carry an oil drop, which is no
defect. Boxes are in pixels from the top left corner. Same seed, same files.
"""

import argparse
import csv
import json
import struct
import zlib
from pathlib import Path

import numpy as np

SIZE = 96
PARTS = 12
TEST_PARTS = 3


def surface(part: int, random: np.random.Generator) -> np.ndarray:
    """(SIZE, SIZE) grey: ground texture, bore and light of a part number."""
    own = np.random.default_rng(1000 + part)
    y, x = np.mgrid[:SIZE, :SIZE]
    angle, pitch, light = own.uniform(0, np.pi), own.uniform(2.5, 6), own.uniform(110, 170)
    texture = 8 * np.sin((np.cos(angle) * x + np.sin(angle) * y) * 2 * np.pi / pitch)
    slope = own.uniform(-0.4, 0.4) * (x - SIZE / 2) + own.uniform(-0.4, 0.4) * (y - SIZE / 2)
    picture = light + texture + slope + random.normal(0, 5, (SIZE, SIZE)) + random.uniform(-8, 8)
    bore_y, bore_x, radius = own.uniform(30, 66), own.uniform(30, 66), own.uniform(6, 11)
    picture[(y - bore_y) ** 2 + (x - bore_x) ** 2 < radius**2] = 35
    return picture


def add_scratch(picture: np.ndarray, random: np.random.Generator) -> dict:
    length, angle = random.uniform(14, 40), random.uniform(0, np.pi)
    start_y, start_x = random.uniform(20, SIZE - 20, 2)
    steps = np.linspace(-length / 2, length / 2, 4 * int(length))
    y = (start_y + steps * np.sin(angle)).round().astype(int).clip(1, SIZE - 2)
    x = (start_x + steps * np.cos(angle)).round().astype(int).clip(1, SIZE - 2)
    picture[y, x] += random.uniform(45, 80)
    return box("scratch", y, x)


def add_pit(picture: np.ndarray, random: np.random.Generator) -> dict:
    grid_y, grid_x = np.mgrid[:SIZE, :SIZE]
    radius, (centre_y, centre_x) = random.uniform(2, 5), random.uniform(12, SIZE - 12, 2)
    distance = np.hypot(grid_y - centre_y, grid_x - centre_x)
    picture[distance < radius] -= 60
    picture[(distance >= radius) & (distance < radius + 1.2)] += 40  # the rim that tells a pit from dirt
    y, x = np.nonzero(distance < radius + 1.2)
    return box("pit", y, x)


def add_oil(picture: np.ndarray, random: np.random.Generator) -> None:
    grid_y, grid_x = np.mgrid[:SIZE, :SIZE]
    centre_y, centre_x = random.uniform(15, SIZE - 15, 2)
    picture -= 35 * np.exp(-((grid_y - centre_y) ** 2 + (grid_x - centre_x) ** 2) / (2 * random.uniform(5, 9) ** 2))


def box(label: str, y: np.ndarray, x: np.ndarray) -> dict:
    left, top = int(x.min()), int(y.min())
    return {"label": label, "x": left, "y": top, "width": int(x.max()) - left + 1, "height": int(y.max()) - top + 1}


def draw(part: int, random: np.random.Generator) -> tuple[np.ndarray, list[dict]]:
    """(SIZE, SIZE) uint8 and its boxes; none for a good part."""
    picture, boxes = surface(part, random), []
    if random.random() < 0.2:
        add_oil(picture, random)
    if random.random() < 0.5:
        for _ in range(random.integers(1, 3)):
            boxes.append((add_scratch if random.random() < 0.5 else add_pit)(picture, random))
    return picture.clip(0, 255).astype(np.uint8), boxes


def write_png(path: Path, picture: np.ndarray) -> None:
    """A grey picture as PNG, without a library for images."""
    height, width = picture.shape

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def write(out: Path, count: int, seed: int) -> Path:
    """`count` pictures and labels.csv under `out`; returns the path of the labels."""
    random = np.random.default_rng(seed)
    (out / "images").mkdir(parents=True, exist_ok=True)
    table = out / "labels.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "part", "boxes", "split"])
        for number in range(count):
            part = number % PARTS
            picture, boxes = draw(part, random)
            name = f"images/{number:05d}.png"
            write_png(out / name, picture)
            split = "test" if part >= PARTS - TEST_PARTS else "train"
            rows.writerow([name, f"P{part:02d}", json.dumps(boxes) if boxes else "", split])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(write(given.out, given.count, given.seed))
