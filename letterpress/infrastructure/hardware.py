"""Describe the hardware and the packages' versions, on which a run's figures depend besides the repository."""

import os
import platform
import resource
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

PACKAGES = ("tensorflow", "jax", "keras", "numpy", "pandas", "pillow", "scikit-learn", "dvc")


def describe_hardware() -> dict:
    """Return processor, cores, memory in GB, system, and the versions of Python and PACKAGES."""
    return {
        "processor": _processor(),
        "cores": len(available_cores()),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version()} | versions(),
    }


def available_cores() -> list[int]:
    """Return the indices of the cores that this process may use."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def versions() -> dict[str, str]:
    """Return the versions of those of PACKAGES that are installed."""
    found = {}
    for name in PACKAGES:
        for distribution in (f"{name}-cpu", name):  # TensorFlow has a smaller wheel of another name
            with suppress(metadata.PackageNotFoundError):
                found[name] = metadata.version(distribution)
    return found


def peak_memory_mb() -> int:
    """Return the most memory that this process has used, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux counts the parent's memory into ru_maxrss
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return round(int(peak.split()[1]) * 1024 / 1e6)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _memory_gb() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (ValueError, OSError, AttributeError):
        return None
