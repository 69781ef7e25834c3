"""Seconds, memory and recall of near-duplicate search on generated short rows with planted near duplicates.

    python tests/benchmarks/near_duplicates.py [--rows 1000000] [--share 0.1] [--chinese | --forms] [--cross]

Each planted row is a copy with one typo, one exchanged word, an added word, or other case and punctuation, whose
similarity by `kit.data.near.similarity` is at least the threshold; the rest are drawn from a vocabulary with the word
frequencies of Zipf's law. `--forms` draws them from 500 forms with blanks instead, where thousands of rows are half
alike. `--cross` looks for the planted rows in the others. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from kit.data.near import NEAR, near_groups, near_matches, similarity

VOCABULARY = 20_000


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--rows", type=int, default=100_000)
    cli.add_argument("--share", type=float, default=0.1, help="planted rows as a share of all")
    cli.add_argument("--chinese", action="store_true")
    cli.add_argument("--forms", action="store_true")
    cli.add_argument("--cross", action="store_true")
    args = cli.parse_args()
    rng = np.random.default_rng(0)
    planted = int(args.rows * args.share)
    texts = (form_letters if args.forms else originals)(args.rows - planted, rng, chinese=args.chinese)
    sources = rng.choice(len(texts), planted, replace=False)
    copies = [changed(texts[row], kind % 4, rng, chinese=args.chinese) for kind, row in enumerate(sources)]
    is_near = np.concatenate([
        similarity([texts[row] for row in sources[start : start + 20_000]], copies[start : start + 20_000]) >= NEAR
        for start in range(0, planted, 20_000)
    ])  # fmt: skip
    before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    if args.cross:
        matches = near_matches(copies, texts)
        seconds, found, joined = time.perf_counter() - start, matches.nearest >= 0, matches.count
    else:
        groups = near_groups([*texts, *copies])
        seconds = time.perf_counter() - start
        found, joined = groups[len(texts) :] == groups[sources], int((groups != np.arange(len(groups))).sum())
    print(json.dumps({
        "rows": args.rows, "planted": planted, "planted_near": int(is_near.sum()), "cross": args.cross,
        "recall": round(float(found[is_near].mean()), 4), "rows_joined": joined, "seconds": round(seconds, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "before_mib": round(before_mib),
        "mean_characters": round(float(np.mean([len(text) for text in texts[:10_000]])), 1),
    }))  # fmt: skip


def originals(count: int, rng: np.random.Generator, *, chinese: bool) -> list[str]:
    """Rows of 4 to 20 words (12 to 40 Chinese characters), commoner words more often."""
    words = vocabulary(rng, chinese=chinese)
    weights = 1 / np.arange(10, len(words) + 10)
    lengths = rng.integers(12, 41, count) if chinese else rng.integers(4, 21, count)
    drawn = rng.choice(len(words), int(lengths.sum()), p=weights / weights.sum())
    ends = np.cumsum(lengths)
    between = "" if chinese else " "
    return [between.join(words[i] for i in drawn[end - length : end]) for end, length in zip(ends, lengths)]


def form_letters(count: int, rng: np.random.Generator, *, chinese: bool) -> list[str]:
    """Rows of 12 words, eight of them from one of 500 forms."""
    forms = [row.split()[:8] for row in originals(2000, rng, chinese=False) if len(row.split()) >= 8][:500]
    filled = originals(count, rng, chinese=False)
    return [" ".join([*forms[i], *row.split()[:4]]) for i, row in zip(rng.integers(0, len(forms), count), filled)]


def vocabulary(rng: np.random.Generator, *, chinese: bool) -> list[str]:
    if chinese:
        return [chr(0x4E00 + i) for i in rng.permutation(6000)]
    starts = [*"bcdfghlmnprstw", "st", "tr", "ch", "sh", "pl"]
    syllables = [start + vowel for start in starts for vowel in ("a", "e", "i", "o", "u", "ea", "ou", "ai")]
    sizes = [1 + min(3, rank // 200) for rank in range(VOCABULARY)]
    return ["".join(rng.choice(syllables, size)) + str(rng.choice(list("nrst"))) for size in sizes]


def changed(text: str, kind: int, rng: np.random.Generator, *, chinese: bool) -> str:
    place = int(rng.integers(1, len(text) - 1))
    if kind == 0:  # a typo
        return text[:place] + ("的" if chinese else "x") + text[place + 1 :]
    if kind == 1:
        return text.upper() + (" ！" if chinese else " !")
    if kind == 2:
        return text + ("谢谢" if chinese else " thanks")
    if chinese:
        return text[:place] + text[place + 1 :]
    words = text.split()
    words[int(rng.integers(0, len(words)))] = "other"
    return " ".join(words)


if __name__ == "__main__":
    main()
