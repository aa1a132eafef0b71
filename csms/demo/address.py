"""Where the running demo is reached: a file beside its data, which management commands read. Its lock tells whether a demo runs.

A second lock belongs to all processes of the demo together. The kernel gives locks back however their holders end.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from csms.demo.claims import locked

ADDRESS, PROCESSES = "address", "processes"


def hold(directory: Path, host: str) -> int:
    """Say that the demo of this directory is reached at a host and port, until the returned file is closed. Children must close it.

    Raises: BlockingIOError, when another demo runs, or still ends.
    """
    _lock(directory / PROCESSES)  # never closed, and inherited: the last process gives it back
    lock = _lock(directory / ADDRESS)
    os.ftruncate(lock, 0)
    os.pwrite(lock, host.encode(), 0)
    return lock


def running(directory: Path) -> str:
    """Host and port of the running demo of this directory; empty when none runs."""
    if not _is_locked(directory / ADDRESS):
        return ""
    with suppress(OSError):
        return (directory / ADDRESS).read_text()
    return ""


def is_ending(directory: Path) -> bool:
    """Whether the demo of this directory has ended, and some of its processes have not noticed yet."""
    return _is_locked(directory / PROCESSES) and not _is_locked(directory / ADDRESS)


def _lock(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


def _is_locked(path: Path) -> bool:
    try:
        if path.exists():
            with locked(path, fcntl.LOCK_SH | fcntl.LOCK_NB):
                return False
    except BlockingIOError:
        return True
    except OSError:  # another user's directory: whoever needs it says so
        return False
    return False
