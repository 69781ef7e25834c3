"""Electricity of a run, as an estimate: board power times typical load times the data centre's overhead."""

from __future__ import annotations

from kit.cost.devices import device_kind, is_cpu

# Board power in watts from the makers' data sheets (NVIDIA T4, L4, A10, A100, L40S, H100, H200, B200; GeForce RTX
# specifications; AMD Instinct MI300X; 2018-2024). H20, A800 and Ascend 910B: widely quoted, no official sheet at hand.
BOARD_POWER_W = {
    "T4": 70, "L4": 72, "A10G": 150, "A100 40GB": 400, "A100 80GB": 400, "A800 80GB": 400, "L40S": 350,
    "RTX 3090": 350, "RTX 4090": 450, "RTX 5090": 575, "H20": 400, "H100 PCIe": 350, "H100 SXM": 700, "H200": 700,
    "B200": 1000, "MI300X": 750, "Ascend 910B": 400,
}
# Cloud Carbon Footprint methodology (2023): about 3.5 W per vCPU of an AWS server at full load, memory not counted.
CPU_W_PER_VCPU = 3.5
# Share of that power a training job draws over its run: an assumption of this kit. Measure it where it matters.
TYPICAL_LOAD = 0.75
# Uptime Institute, Global Data Center Survey 2024: average power usage effectiveness 1.56; large clouds report 1.1-1.2.
PUE = 1.56


def device_power_w(device_name: str | None, *, cores: int | None = None) -> float | None:
    """Power of one device in watts at full load; None for a device that is neither known nor a CPU with known cores.

    >>> device_power_w("NVIDIA H100 80GB HBM3"), device_power_w("cpu", cores=8)
    (700.0, 28.0)
    """
    kind = device_kind(device_name)
    if kind is not None:
        return float(BOARD_POWER_W[kind])
    return CPU_W_PER_VCPU * cores if is_cpu(device_name) and cores else None


def energy_kwh(device_seconds: float, device_power_w: float, *, load: float = TYPICAL_LOAD, pue: float = PUE) -> float:
    """kWh = device_seconds / 3600 * watts / 1000 * load * PUE. An estimate, not a measurement.

    One hour of an H100 (700 W): 0.7 kW * 0.75 * 1.56.

    >>> round(energy_kwh(3600, 700), 3)
    0.819
    """
    if device_seconds < 0 or not 0 <= load <= 1 or pue < 1:
        raise ValueError(f"needs device_seconds >= 0, 0 <= load <= 1, pue >= 1 (got {device_seconds}, {load}, {pue})")
    return device_seconds / 3600 * device_power_w / 1000 * load * pue
