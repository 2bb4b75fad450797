"""What was measured on, and how its caches are emptied."""

import compileall
import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

import catalog_adapters
import ingest

_DROP_CACHES = Path("/proc/sys/vm/drop_caches")


def describe() -> dict[str, str]:
    """Facts that figures depend on, as they stand in the results."""
    return {
        "machine": f"{os.cpu_count()} cores ({_processor()}), {psutil.virtual_memory().total / 1e9:.0f} GB memory",
        "system": f"{_distribution()}, kernel {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}, {_build()}",
    }


def _build() -> str:
    """Distributions build Python with profile-guided optimisation; others often do not and are a fifth slower."""
    return "the distribution's own" if sys.base_prefix == "/usr" else "not the distribution's own"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"


def as_installed() -> None:
    """The program begins as it does for a user: its bytecode is there, no debugging variable slows it down."""
    for name in [name for name in os.environ if name.startswith("PYTHON") and name != "PYTHONPATH"]:
        del os.environ[name]
    for package in (ingest, catalog_adapters):
        compileall.compile_dir(Path(package.__path__[0]), quiet=1)


def can_drop_caches() -> bool:
    """Only root may."""
    return os.access(_DROP_CACHES, os.W_OK)


def drop_caches() -> None:
    """Write out what is dirty and forget what is clean, so that the next read comes from the disk; root only."""
    subprocess.run(["sync"], check=True)
    if can_drop_caches():
        _DROP_CACHES.write_text("3\n", encoding="ascii")
