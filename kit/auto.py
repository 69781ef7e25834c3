"""What `auto` means: settings picked from the data and the model, written to the run's config once.

Rates and ranks follow "LoRA Without Regret" (Schulman et al., Thinking Machines Lab, 2025): adapters on every linear
layer, about ten times the rate of full fine-tuning, small batches. The figures for encoders with class vectors were
measured on held-out training rows of a 77-class set (docs in README, Results).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from kit.config import RunConfig

FEW_ROWS = 2_000
STEPS_AT_LEAST = 300


def resolve(cfg: RunConfig, *, num_train_rows: int, settings: Mapping[str, float] | None = None) -> RunConfig:
    """The same configuration with a number wherever it said `auto`; `settings` (lr, epochs, size) are the kind's."""
    own = settings or {}
    size = cfg.batch.size
    if size == "auto":
        size = None if cfg.batch.max_tokens else int(own.get("size", 32))
    is_small = num_train_rows < FEW_ROWS
    epochs = cfg.schedule.epochs
    if epochs == "auto" and "epochs" in own:
        epochs = own["epochs"]
    elif epochs == "auto":
        steps_per_epoch = max(1, math.ceil(num_train_rows / (size or 32)))
        epochs = 5.0 if not is_small else float(min(20, max(10, math.ceil(STEPS_AT_LEAST / steps_per_epoch))))
    lr = cfg.optim.lr
    if lr == "auto":
        lr = 5e-5 if cfg.is_full_finetuning else own.get("lr", 5e-4 if is_small else 1e-3)
    return cfg.model_copy(
        update={
            "batch": cfg.batch.model_copy(update={"size": size}),
            "schedule": cfg.schedule.model_copy(update={"epochs": float(epochs)}),
            "optim": cfg.optim.model_copy(update={"lr": float(lr)}),
            "lora": cfg.lora.model_copy(update=_lora(cfg)),
        }
    )


def _lora(cfg: RunConfig) -> dict[str, float | int | None]:
    if cfg.is_full_finetuning:
        return {"r": None, "alpha": None, "target_modules": None, "dropout": None}
    if cfg.model.adapter is not None:  # which brings its own shape
        return {"r": None, "alpha": None}
    r = 16 if cfg.lora.r in ("auto", None) else cfg.lora.r
    assert isinstance(r, int)
    alpha = 2.0 * r if cfg.lora.alpha in ("auto", None) else cfg.lora.alpha
    return {"r": r, "alpha": alpha}  # type: ignore[dict-item]
