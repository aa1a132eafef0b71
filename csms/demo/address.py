"""Where the running demo is reached: a locked file beside its data, which management commands read.

The lock ends with the demo, however it ends; an address without a lock is an old one.
"""

import fcntl
import os
from pathlib import Path

from csms.demo.claims import locked


def hold(directory: Path, host: str) -> int:
    """Say that the demo of this directory is reached at a host and port, for as long as the returned file is open.

    Raises: BlockingIOError, when another demo does.
    """
    lock = os.open(directory / "address", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    os.ftruncate(lock, 0)
    os.pwrite(lock, host.encode(), 0)
    return lock


def running(directory: Path) -> str:
    """Host and port of the running demo of this directory; empty when none runs."""
    path = directory / "address"
    try:
        if not path.exists():
            return ""
        with locked(path, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return ""
    except BlockingIOError:
        return path.read_text()
    except OSError:  # another user's directory: whoever needs it says so
        return ""
