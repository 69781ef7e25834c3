"""Peak memory and seconds of `moatkit data inspect` on a JSON Lines file of N gigabytes, written for the purpose.

    python tests/benchmarks/inspect_large.py 1 --folder /tmp

Rows have 60 to 120 words; 1 in 50 repeats an earlier row, 1 in 100 holds an e-mail address, 1 in 1,000 is cut off. The
counts that come back are compared with those that were planted. The file is deleted at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

WORDS = 20_000


def write(path: Path, gigabytes: float) -> dict[str, int]:
    """Counts of what was planted."""
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(WORDS)]
    planted = {"rows": 0, "exact_duplicate": 0, "pii_email": 0, "unreadable_row": 0}
    kept: list[str] = []
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < gigabytes * 1e9 if planted["rows"] % 1000 == 0 else True:
            number = planted["rows"] = planted["rows"] + 1
            text = " ".join(rng.choices(words, k=rng.randint(60, 120)))
            label = f"class{rng.randrange(20)}"
            if number % 1000 == 500:
                planted["unreadable_row"] += 1
                file.write('{"text": "cut off ' + text[:40] + "\n")
                continue
            if number % 50 == 25 and kept:
                planted["exact_duplicate"] += 1
                line = rng.choice(kept)
            else:
                if number % 100 == 10:
                    planted["pii_email"] += 1
                    text += f" user{number}@example.com"
                line = json.dumps({"id": number, "text": text, "label": label})
                if number % 100 == 11 and len(kept) < 5000:
                    kept.append(line)
            file.write(line + "\n")
    return planted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gigabytes", type=float)
    parser.add_argument("--folder", type=Path, default=Path("/tmp"))
    given = parser.parse_args()
    path = given.folder / f"inspect_large_{given.gigabytes:g}.jsonl"
    try:
        planted = write(path, given.gigabytes)
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "kit", "data", "inspect", str(path), "--json"],
                              capture_output=True, text=True, cwd=Path(__file__).parents[2])  # fmt: skip
        seconds = time.perf_counter() - started
        if done.returncode:
            sys.exit(done.stderr)
        found = json.loads(done.stdout)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak_gb, cpu_s = used.ru_maxrss * 1024 / 1e9, used.ru_utime + used.ru_stime
        gigabytes = path.stat().st_size / 1e9
        print(f"{gigabytes:.2f} GB, {found['rows']:,} rows: {seconds:,.0f} s ({gigabytes * 1000 / seconds:.1f} MB/s), "
              f"{cpu_s:,.0f} s of processor time, peak memory {peak_gb:.2f} GB")  # fmt: skip
        counts = {finding["name"]: finding["rows"] for finding in found["findings"]} | {"rows": found["rows"]}
        for name, count in planted.items():
            print(f"{name}: planted {count:,}, found {counts.get(name, 0):,}")
        print("other findings:", {name: count for name, count in counts.items() if name not in planted})
    finally:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
