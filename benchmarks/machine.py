"""What the figures were measured on: without it they say nothing."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "django",
    "channels",
    "uvicorn",
    "uvloop",
    "daphne",
    "psycopg",
    "ocpp",
    "jsonschema-rs",
    "websockets",
)


def facts(directory: Path) -> dict[str, object]:
    """The machine, the software, and where the database lies."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "load_before": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "file_system": file_system(directory),
        "commit": commit(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def processor() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def file_system(directory: Path) -> str:
    """The kind of file system below a directory: on `tmpfs` a commit costs nothing and means nothing."""
    best, kind, target = -1, "", str(directory.resolve())
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, name, *_ = line.split()
        if (target + "/").startswith(place.rstrip("/") + "/") and len(place) > best:
            best, kind = len(place), name
    return kind


def commit() -> str:
    """The commit that was measured, with a plus sign when files differ from it; empty outside of a clone."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL).strip()
