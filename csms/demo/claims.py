"""Who uses the embedded services, and who looks after them: two locked files.

`claims` is locked shared by every user, and exclusively by a keeper that is ending. `keeper` is locked by the keeper, and before it
by the process that is starting one; it holds the keeper's process id. The kernel gives a lock back however its holder ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.02
PATIENCE_S = 90


@contextmanager
def locked(path: Path, operation: int) -> Iterator[int]:
    """Hold a lock on a file for the time of a block.

    Raises: BlockingIOError, when it is not to be had and the operation does not wait.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, operation)
        yield lock
    finally:
        os.close(lock)  # not unlocked: a keeper that got it handed over goes on holding it


def take(directory: Path) -> int:
    """Take a claim; while a keeper is ending, wait for its end."""
    claim = os.open(directory / "claims", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(claim, fcntl.LOCK_SH)
    return claim


def give_back(directory: Path, claim: int) -> None:
    """Give a claim back; if it was the last one, return when the keeper has ended."""
    keeper, last = keeper_of(directory), is_last(claim)
    os.close(claim)
    give_up = time.monotonic() + PATIENCE_S
    while last and has_keeper(directory) and keeper_of(directory) == keeper and time.monotonic() < give_up:
        time.sleep(POLL_S)


def is_last(claim: int) -> bool:
    """Whether nobody else has a claim. Asking gives up this one."""
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return is_ending(claim)
    return True


def is_ending(claim: int) -> bool:
    """Whether the keeper was faster, and has the claims for itself."""
    try:
        fcntl.flock(claim, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def has_keeper(directory: Path) -> bool:
    """Whether a keeper looks after a directory, or is being started."""
    if not (directory / "keeper").exists():
        return False
    try:
        with locked(directory / "keeper", fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def keeper_of(directory: Path) -> str:
    """The process id of the directory's last keeper, empty if it never had one or is gone."""
    try:
        return (directory / "keeper").read_text().strip()
    except FileNotFoundError:
        return ""
