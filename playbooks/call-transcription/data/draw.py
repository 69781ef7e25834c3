"""Make call turns as WAV with their text: `python draw.py --out DIR [--count 120] [--seed 0]`. numpy only. Apache-2.0.

Each turn says something about a delivery, an invoice or a contract and holds a number. Without --speak the digits are
the tone pairs of a telephone keypad over line noise: enough to try loading, splitting and scoring, not speech.
With --speak the sentences are read by espeak-ng, which must be installed. The speakers of the test split are not in
the training split. Same seed, same files.
"""

import argparse
import csv
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

RATE_HZ = 16_000
SPEAKERS, TEST_SPEAKERS = 8, 2
ROWS_HZ, COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477)
KEYPAD = {digit: (ROWS_HZ[i // 3], COLUMNS_HZ[i % 3]) for i, digit in enumerate("123456789")} | {"0": (941, 1336)}
SENTENCES = (
    "my parcel {digits} has not arrived", "the invoice {digits} was paid twice", "please cancel contract {digits}",
    "I was promised a call about order {digits}", "the meter shows {digits} today", "send it to house number {digits}",
    "my customer number is {digits}", "the amount on the letter is {digits} euros", "it broke {digits} days ago",
    "the reference on the receipt is {digits}",
    "I spoke with extension {digits} last week", "claim {digits} is still open",
)


def keypad(digits: str, speaker: int, random: np.random.Generator) -> np.ndarray:
    """The digits as tones at the pace and level of a speaker, over line noise, with pauses."""
    pace_s, level = 0.09 + 0.015 * speaker, 0.2 + 0.03 * speaker
    parts = [np.zeros(int(0.3 * RATE_HZ))]
    for digit in digits:
        t = np.arange(int(pace_s * RATE_HZ)) / RATE_HZ
        low, high = KEYPAD[digit]
        parts += [level * (np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * high * t)), np.zeros(int(0.06 * RATE_HZ))]
    sound = np.concatenate([*parts, np.zeros(int(random.uniform(0.2, 0.8) * RATE_HZ))])
    return sound + random.normal(0, 0.02, len(sound))


def write_wav(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())


def speak(path: Path, text: str, speaker: int) -> None:
    """Read by espeak-ng, a voice and pace for each speaker (22 kHz; loaders resample)."""
    voice = ("en-us", "en-gb", "en-gb-scotland", "en-029")[speaker % 4]
    subprocess.run(["espeak-ng", "-v", voice, "-s", str(140 + 8 * speaker), "-w", str(path), text], check=True)


def write(out: Path, count: int, seed: int, *, spoken: bool = False) -> Path:
    """`count` turns and turns.csv under `out`; returns the path of the table."""
    random = np.random.default_rng(seed)
    (out / "audio").mkdir(parents=True, exist_ok=True)
    table = out / "turns.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "text", "digits", "speaker", "split"])
        for number in range(count):
            speaker = number % SPEAKERS
            digits = "".join(map(str, random.integers(0, 10, random.integers(2, 7))))
            text = SENTENCES[random.integers(len(SENTENCES))].format(digits=digits)
            name = f"audio/{number:05d}.wav"
            if spoken:
                speak(out / name, text.replace(digits, " ".join(digits)), speaker)
            else:
                write_wav(out / name, keypad(digits, speaker, random))
            split = "test" if speaker >= SPEAKERS - TEST_SPEAKERS else "train"
            rows.writerow([name, text, digits, f"S{speaker}", split])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speak", action="store_true", help="read the sentences with espeak-ng")
    given = parser.parse_args()
    if given.speak and shutil.which("espeak-ng") is None:
        sys.exit("--speak needs espeak-ng: install it, or leave --speak out for keypad tones")
    print(write(given.out, given.count, given.seed, spoken=given.speak))
