"""Make a stand-in for a voice corpus: `python draw.py --out DIR [--count 120] [--seed 0]`. numpy only. Apache-2.0.

Every sentence becomes a melody: a pitch for each letter, in the pace and register of its style. It is no voice, and so
nobody's consent is needed; it lets loading, splitting and the refusal of rows without consent be tried before anybody
is recorded. One row in eleven has no consent number and is to be refused. Same seed, same files.
"""

import argparse
import csv
import wave
from pathlib import Path

import numpy as np

RATE_HZ = 22_050
STYLES = {"neutral": (150, 0.060), "warm": (130, 0.075), "announcement": (180, 0.050)}  # base pitch in Hz, s a letter
OPENINGS = (
    "Lesson {n}.", "Attention please.", "Welcome back.", "Good morning.", "Before we go on.", "Platform {n}.",
)
BODIES = (
    "the train to the harbour leaves at {h} minutes past {n}", "all kettles cost {n} euros and {h} cents today",
    "a contract needs an offer and an acceptance", "please keep your belongings with you",
    "the second chapter has {n} exercises", "our bakery opens at {n}", "write the three names down and say them aloud",
    "the lift to floor {n} is out of service until {h} past", "the tax rate changed on the first of the month",
    "turn the valve slowly to the left",
)


def melody(text: str, style: str, random: np.random.Generator) -> np.ndarray:
    base_hz, letter_s = STYLES[style]
    sound = []
    for letter in text.lower():
        t = np.arange(int(letter_s * RATE_HZ)) / RATE_HZ
        if not letter.isalnum():
            sound.append(np.zeros(len(t)))
            continue
        pitch_hz = base_hz * 2 ** ((ord(letter) % 12) / 24) * random.normal(1, 0.01)
        fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.01)
        sound.append(fade * sum(0.2 / n * np.sin(2 * np.pi * n * pitch_hz * t) for n in (1, 2, 3)))
    return np.concatenate(sound)


def write_wav(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())


def write(out: Path, count: int, seed: int) -> Path:
    """`count` sentences and sentences.csv under `out`; returns the path of the table."""
    random = np.random.default_rng(seed)
    (out / "audio").mkdir(parents=True, exist_ok=True)
    table = out / "sentences.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "text", "style", "consent", "split"])
        for number in range(count):
            style = tuple(STYLES)[number % len(STYLES)]
            opening, body = OPENINGS[random.integers(len(OPENINGS))], BODIES[random.integers(len(BODIES))]
            text = f"{opening} {body[0].upper()}{body[1:]}.".format(n=random.integers(2, 12), h=random.integers(10, 60))
            name = f"audio/{number:05d}.wav"
            write_wav(out / name, melody(text, style, random))
            consent = "" if number % 11 == 10 else "C-0001"
            rows.writerow([name, text, style, consent, "test" if number % 5 == 4 else "train"])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(write(given.out, given.count, given.seed))
