"""Findings in the settings: a rate outside what works, a batch larger than the data, a licence against the use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.config import RunConfig
from kit.findings import Finding

# Rates of AdamW between which runs usually neither stand still nor fall apart: ten times either side of what is used
# for adapters (1e-4 to 1e-3) and for whole networks (1e-5 to 5e-5).
SANE_RATES = {"adapters": (1e-5, 1e-2), "all weights": (1e-6, 5e-4)}


def settings_findings(cfg: RunConfig, *, num_items: int, num_steps: int) -> list[Finding]:
    """`cfg` is resolved: it has numbers where it said auto."""
    found = []
    what = "all weights" if cfg.is_full_finetuning else "adapters"
    low, high = SANE_RATES[what]
    rate = cfg.optim.lr
    assert isinstance(rate, float), "auto is resolved before"
    if not low <= rate <= high:
        word = "low: it may learn nothing" if rate < low else "high: it may fall apart"
        found.append(Finding(
            "learning_rate", False, f"optim.lr = {rate:g}: is {word} when {what} are trained", 0,
            f"{low:g} to {high:g} is usual, auto picks one",
        ))  # fmt: skip
    if isinstance(cfg.batch.size, int) and cfg.batch.size > num_items:
        found.append(Finding(
            "batch_larger_than_data", False,
            f"batch.size = {cfg.batch.size}: there are {num_items} rows to train on, so a step is a whole epoch", 0,
            f"set batch.size to {max(1, num_items // 8)} or so",
        ))  # fmt: skip
    elif num_steps < 10:
        found.append(Finding(
            "few_steps", False, f"schedule: the run has {num_steps} steps in all, too few to learn much", 0,
            "raise schedule.epochs or lower batch.size",
        ))  # fmt: skip
    return found


def licence_findings(licence: Mapping[str, Any], use: str) -> list[Finding]:
    """A stop where model or data may not be used as declared, a warning where nobody can tell."""
    if use == "research" or licence["commercial_use"] == "yes":
        return []
    if licence["commercial_use"] == "no":
        return [Finding(
            "licence_forbids_use", True, f"run.use = commercial: is forbidden ({licence['reason']})", 0,
            "choose another base or other data, or declare run.use=research",
        )]  # fmt: skip
    return [Finding(
        "licence_unclear", False, f"run.use = commercial: nobody can tell if it is allowed ({licence['reason']})", 0,
        "state the licence of the data in data.licence, and look up that of the model",
    )]  # fmt: skip
