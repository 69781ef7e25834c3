"""How near a forecast comes: trains a config and prints forecast and actual of time and memory; within 20 % is the bar.

    python tests/benchmarks/forecast.py [--config FILE] [--runs N] [--cpu-clock] [key=value ...]

Without a config: MiniLM on the embedded support tickets for 15 epochs, some two minutes on two calm cores. Work of
other programs on the machine shifts the figure, and the more the more it changes during the run: the load is printed.
`--cpu-clock` counts this process's own processor seconds on one thread instead, which takes most of that out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "configs" / "text_classification" / "minilm-lora.yaml"
BAR = 0.2
ON_CPU_CLOCK = "import time; time.perf_counter = time.process_time; from kit.cli import main; main()"


def main() -> int:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--config", type=Path)
    cli.add_argument("--runs", type=int, default=1)
    cli.add_argument("--cpu-clock", action="store_true")
    cli.add_argument("overrides", nargs="*")
    args = cli.parse_args()
    overrides = ([] if args.config else ["schedule.epochs=15"]) + args.overrides
    with tempfile.TemporaryDirectory() as folder:
        misses = [
            one_run(args.config or DEFAULT, overrides, Path(folder) / f"run{n}", cpu_clock=args.cpu_clock)
            for n in range(args.runs)
        ]
    return int(max(misses) > BAR)


def one_run(config: Path, overrides: list[str], run: Path, *, cpu_clock: bool) -> float:
    """Prints one JSON line; returns how far the worse of time and memory is off, as a share."""
    load_before, started = os.getloadavg()[0], time.perf_counter()
    python = [sys.executable, "-c", ON_CPU_CLOCK] if cpu_clock else [sys.executable, "-m", "kit"]
    settings = os.environ | ({"OMP_NUM_THREADS": "1"} if cpu_clock else {})
    command = [*python, "train", str(config), f"run.dir={run}", *overrides]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env=settings)
    process_s = time.perf_counter() - started
    summary = json.loads((run / "summary.json").read_text())
    forecast, actual = summary["forecast"], summary["forecast"]["actual"]
    ratios = {name: actual[name] / forecast[name] for name in ("wall_s", "peak_memory_bytes")}
    print(json.dumps({
        "config": config.name, "overrides": overrides, "clock": "cpu" if cpu_clock else "wall",
        "steps": forecast["steps"],
        "actual_over_forecast": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "wall_s": {"forecast": round(forecast["wall_s"], 1), "actual": round(actual["wall_s"], 1),
                   "process": round(process_s, 1)},
        "memory_mib": {"forecast": forecast["peak_memory_bytes"] >> 20, "actual": actual["peak_memory_bytes"] >> 20},
        "parts_s": {"forecast": _rounded(forecast["parts"]), "actual": _rounded(actual["parts"])},
        "load_average": {"before": round(load_before, 2), "after": round(os.getloadavg()[0], 2)},
        "cores": len(os.sched_getaffinity(0)),
    }), flush=True)  # fmt: skip
    return max(abs(ratio - 1) for ratio in ratios.values())


def _rounded(parts: dict[str, float]) -> dict[str, float]:
    return {name: round(seconds, 1) for name, seconds in parts.items()}


if __name__ == "__main__":
    sys.exit(main())
