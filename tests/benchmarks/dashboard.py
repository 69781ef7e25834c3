"""How fast the pages are with 1,000 run folders of 1,000 metric rows and predictions of 20,000 rows.

    python tests/benchmarks/dashboard.py [--runs 1000] [--folder DIR] [--json OUT]

First paint: a page's first drawing through the router in a fresh session. `cold_s` is the first session of the process,
page after page in the order of VIEWS (what one page has read the next one finds); `warm_s` is a second session. Widget
change: the time of a rerun after a control moved, p95 of 20.
The bars: first paint 2 s, widget change 300 ms at p95, memory 800 MB, on 2 cores.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
VIEWS = ("brief", "review", "runs", "new_run", "proof", "rows", "labelling")
METRIC_ROWS, PREDICTION_ROWS, PAINT_S, CHANGE_MS, MEMORY_MB = 1_000, 20_000, 2.0, 300.0, 800.0
DISTINCT = 4  # predictions are linked from so many originals: their content does not change a reader's work


def generate(folder: Path, count: int) -> None:
    """Run folders; each has files of its own, but large ones are hard links to a few originals."""
    from synthetic_runs import ACCURATE, WEAK, write_run

    from kit import runs

    for place in range(DISTINCT):
        made = write_run(folder / f"run-{place:04d}", (ACCURATE, WEAK)[place % 2], seed=place, n=PREDICTION_ROWS // 2)
        lines = [{"segment": 0, "step": step, "split": "train", "wall_s": float(step), "cost_so_far": step * 1e-4,
                  "loss": 3 / step, "lr": 1e-4, "units_per_s": 40.0} for step in range(1, METRIC_ROWS + 1)]  # fmt: skip
        lines += [{"segment": 0, "step": step, "split": "validation", "wall_s": float(step), "cost_so_far": step * 1e-4,
                   "accuracy": 0.9 - 1 / step} for step in range(100, METRIC_ROWS + 1, 100)]  # fmt: skip
        (made / runs.METRICS).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        runs.write_json(made / runs.DATA, {"sources": {"train": {"source": "gone.csv", "rows_in": 9, "rows_kept": 9,
                        "skipped": {}, "columns": {}}}, "licence": "own", "splits": {"train": 9, "validation": 9,
                        "test": 9}, "leakage": None, "notes": []})  # fmt: skip
    for place in range(DISTINCT, count):
        source, target = folder / f"run-{place % DISTINCT:04d}", folder / f"run-{place:04d}"
        target.mkdir()
        for name in (runs.METRICS, runs.PREDICTIONS, runs.DATA):
            os.link(source / name, target / name)
        created = f"2026-10-01T{place // 60 % 24:02d}:{place % 60:02d}:00+00:00"
        runs.write_summary(target, runs.read(source).model_copy(update={"run": target.name, "created": created}))


def measure(folder: Path) -> dict[str, object]:
    """Seconds of first paints, milliseconds of widget changes, megabytes at the end."""
    import psutil
    from streamlit import config
    from streamlit.testing.v1 import AppTest

    os.environ["MOATKIT_RUNS"] = str(folder)
    config.set_option("server.address", "127.0.0.1")

    def opened(view: str) -> tuple[AppTest, float]:
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=120)
        app.query_params["run"] = "run-0001"
        if view != "brief":  # the test client always opens the first page first; only the asked one is timed
            app.run()
            app.switch_page(f"views/{view}.py")
        started = time.perf_counter()
        app.run()
        took = time.perf_counter() - started
        assert not app.exception, (view, app.exception)
        return app, took

    cold = {view: round(opened(view)[1], 3) for view in VIEWS}
    warm = {view: round(opened(view)[1], 3) for view in VIEWS}
    proof, runs_page = opened("proof")[0], opened("runs")[0]

    def p95_ms(change) -> float:
        times = []
        for place in range(20):
            started = time.perf_counter()
            change(place)
            times.append(1000 * (time.perf_counter() - started))
        return round(sorted(times)[18], 1)

    changes = {
        "threshold": p95_ms(lambda i: proof.slider(key="proof_share_run-0001").set_value(40 + i).run()),
        "error_price": p95_ms(lambda i: proof.number_input(key="proof_error").set_value(2.0 + i).run()),
        "find": p95_ms(lambda i: runs_page.text_input(key="runs_find").set_value(f"run-0{i:02d}").run()),
    }
    memory = psutil.Process().memory_info().rss / 2**20
    return {"cold_s": cold, "warm_s": warm, "change_p95_ms": changes, "memory_mb": round(memory)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="use these run folders; generated there when empty")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    place = args.folder or Path(tempfile.mkdtemp(prefix="dashboard-"))
    if not any(place.glob("*/summary.json")):
        generate(place, args.runs)
    found = measure(place)
    print(json.dumps(found, indent=1))
    slow = {view: s for view, s in {**found["cold_s"]}.items() if s > PAINT_S}  # type: ignore[dict-item]
    late = {name: ms for name, ms in found["change_p95_ms"].items() if ms > CHANGE_MS}  # type: ignore[attr-defined]
    print(f"over the bars: {slow or late or found['memory_mb'] > MEMORY_MB or 'nothing'}")  # type: ignore[operator]
    if args.json:
        args.json.write_text(json.dumps(found), encoding="utf-8")
    if args.folder is None:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
