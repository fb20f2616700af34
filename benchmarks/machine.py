"""What a measurement was made on."""

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "torch", "numpy")
WIDE = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")  # what decides how fast a product is
BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}  # the last of ARM
QUIET = 0.05  # the share of the cores that others may have before a machine counts as busy


def describe() -> dict[str, str | int | float | bool | None]:
    """Returns the processor, what may be used of it, who else uses it, and the versions.

    busy: Share of all cores that was at work while this process slept for a second, None where
    the system does not tell. quiet: Whether that is nearly nothing.

    >>> sorted(describe())[:3]
    ['busy', 'cores', 'instructions']
    """
    model, flags = _processor()
    busy = _busy()
    versions = {name: installed for name in PACKAGES if (installed := _version(name))}
    return {
        "processor": model,
        "instructions": " ".join(name for name in WIDE if name in flags) or "unknown",
        "cores": cores(),
        "load": round(os.getloadavg()[0], 1),
        "busy": busy,
        "quiet": None if busy is None else busy < QUIET,
        "python": platform.python_version(),
        **versions,
    }


def cores() -> int:
    """Returns how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def multiplies_bfloat16() -> bool:
    """Whether the processor has products in bfloat16.

    Without them a step takes many times longer, and PyTorch has no LSTM at all.
    """
    return not BFLOAT16.isdisjoint(_processor()[1])


def memory() -> dict[str, float]:
    """Returns what this process holds and the most it has held, in MB; empty if unknown."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in lines)
    names = {"now": "VmRSS", "peak": "VmHWM"}
    return {name: int(fields[field].split()[0]) / 1024 for name, field in names.items()}


def forget_peak() -> None:
    """Lets the peak of `memory` begin anew from what this process holds now."""
    Path("/proc/self/clear_refs").write_text("5")


def _processor() -> tuple[str, list[str]]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine(), []
    facts = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    facts = {name.strip(): fact.strip() for name, fact in facts.items()}
    flags = facts.get("flags") or facts.get("Features", "")  # the second on ARM
    return facts.get("model name", platform.machine()), flags.split()


def _busy() -> float | None:
    try:
        before = _ticks()
        time.sleep(1)
        after = _ticks()
    except OSError:
        return None
    spent = [b - a for a, b in zip(before, after)]
    idle = sum(spent[3:5])  # idle, and waiting for a disk
    return round(1 - idle / max(1, sum(spent)), 2)


def _ticks() -> list[int]:
    return [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
