"""What this machine's processor and accelerators are good at."""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env


def process_state() -> PartialState:
    """This process among those of its launcher, and its device.

    Called bare, Accelerate's PartialState takes processes of a CPU for strangers to each other and overlooks the
    launcher's `--cpu`: two of them would then each train alone and write to the same folder.
    """
    return PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())


def cpu_has_fast_bf16() -> bool:
    """True where the processor has bfloat16 instructions (AMX or AVX-512 BF16 on x86, BF16 on Arm)."""
    flags = _cpu_flags()
    return bool({"amx_bf16", "avx512_bf16", "bf16", "asimdbf16"} & flags)


def cpu_features() -> list[str]:
    """The features that matter for training, by their kernel names."""
    return sorted(_cpu_flags() & {"amx_bf16", "amx_tile", "amx_int8", "avx512_bf16", "avx512f", "avx2", "bf16"})


def _cpu_flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux: PyTorch names the best level it found
        return {torch.backends.cpu.get_cpu_capability().lower()}
    return {flag for line in text.splitlines() if line.startswith(("flags", "Features")) for flag in line.split()}


def matmul_gflops(dtype: torch.dtype, device: torch.device, seconds: float = 0.4, size: int = 1024) -> float:
    """Measured speed of a square matrix product, in GFLOP/s."""
    a = torch.randn(size, size, device=device).to(dtype)
    (a @ a).sum().item()
    start, products = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        result = a @ a
        products += 1
    result.sum().item()
    return 2 * size**3 * products / (time.perf_counter() - start) / 1e9


def describe_device(device: torch.device) -> str:
    """The name that the price sheet and the run folder use, e.g. `NVIDIA L4` or `cpu x2`."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return f"cpu x{usable_cores()}"
    return device.type


def usable_cores() -> int:
    """Cores this process may use, which in a container is fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory_bytes(device: torch.device) -> int:
    """Highest memory use so far: of the accelerator, or of this process on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    import resource
    import sys

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def memory_in_use_bytes(device: torch.device) -> int:
    """Memory in use now: of the accelerator, or of this process on a CPU, without what its heap only keeps in stock."""
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    import ctypes
    import platform

    import psutil

    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


def forget_peak_memory(device: torch.device) -> None:
    """Let the peak of an accelerator start anew; that of a process cannot be taken back."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
