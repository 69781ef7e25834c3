"""Real input tokens per second of a language model's training steps, beside another trainer in the same session.

    python tests/benchmarks/causal_lm_speed.py BASE TRAIN.jsonl [--steps 16] [--rows 8] [--pairs 3] [--peer COMMAND]

BASE is a model folder, TRAIN a file with question and answer columns. The settings are those that the peer is clocked
with: LoRA r 16 on all linear layers, 8 rows a step, constant rate 1e-3, rows of at most 512 tokens; the first five
steps warm up. COMMAND is run after each of our runs and must print one JSON line with `real_tok_per_s`; the ratio of
the medians is printed at the end. Padding is never counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WARM_STEPS = 5


def ours(base: str, train: str, steps: int, rows: int) -> dict[str, float]:
    import yaml

    from kit.config_load import load
    from kit.phase import make_phase
    from kit.session import open_session
    from kit.stopping import Signals
    from kit.tasks.base import Objective
    from kit.train import set_learning_rate, train_step

    with tempfile.TemporaryDirectory() as folder:
        raw = {
            "task": "causal_lm", "model": base, "data": {"train": train, "validation": 0, "test": 0},
            "options": {"max_length": 512}, "lora": {"r": 16, "alpha": 32}, "batch": {"size": rows},
            "optim": {"lr": 1e-3}, "schedule": {"max_steps": steps, "kind": "constant", "warmup_ratio": 0},
            "run": {"dir": f"{folder}/run"},
        }  # fmt: skip
        Path(folder, "c.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
        session = open_session(load(Path(folder, "c.yaml"), []))
        items = session.training_items(("train",))
        objective = Objective(session.build_model(items), session.task)
        phase = make_phase(session, objective, items, name="train", epochs=1.0, signals=Signals())
        losses = []
        start, before = 0.0, 0
        for step in phase.plan:
            if step.index == WARM_STEPS:
                start, before = time.perf_counter(), phase.input_tokens
            set_learning_rate(phase, step.index)
            losses.append(float(train_step(phase, step.rows)[0]["loss"]))
        seconds = time.perf_counter() - start
    return {
        "real_tok_per_s": round((phase.input_tokens - before) / seconds, 1), "first_loss": losses[0],
        "last_loss": losses[-1], "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def line_of(command: list[str]) -> dict[str, float]:
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("base")
    cli.add_argument("train")
    cli.add_argument("--steps", type=int, default=16)
    cli.add_argument("--rows", type=int, default=8)
    cli.add_argument("--pairs", type=int, default=3)
    cli.add_argument("--peer")
    cli.add_argument("--once", action="store_true", help="one run of ours in this process, as JSON")
    args = cli.parse_args()
    if args.once:
        print(json.dumps(ours(args.base, args.train, args.steps, args.rows)))
        return
    own = [sys.executable, __file__, args.base, args.train, "--once", "--steps", str(args.steps)]
    own += ["--rows", str(args.rows)]
    found: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(args.pairs):
        for name, command in (("ours", own), ("peer", shlex.split(args.peer or ""))):
            if command:
                line = line_of(command)
                found[name].append(line["real_tok_per_s"])
                print(number + 1, name, json.dumps(line), flush=True)
    middle = {name: statistics.median(values) for name, values in found.items() if values}
    print({**middle, **({"ratio": round(middle["ours"] / middle["peer"], 2)} if "peer" in middle else {})})


if __name__ == "__main__":
    main()
