"""What a measurement was made on: the processor, its instructions, and how busy it was."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

INSTRUCTION_SETS = (
    *("avx2", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "amx_int8"),  # x86
    *("asimd", "asimddp", "i8mm", "sve", "sve2"),  # ARM
)
"""The vector and matrix instructions that matter to embedding, by their names in /proc/cpuinfo."""


def describe_machine() -> dict[str, Any]:
    """The processor, those that this process may use, and the instructions that it shows (Linux)."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    shown = {*fields.get("flags", "").split(), *fields.get("features", "").split()}
    return {
        "processor": fields.get("model name") or platform.processor() or platform.machine(),
        "processors": usable_processors(),
        "instructions": [name for name in INSTRUCTION_SETS if name in shown],
        "python": platform.python_version(),
    }


def usable_processors() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """The processes that ran or waited to, on average of the last minute."""
    return round(os.getloadavg()[0], 1)
