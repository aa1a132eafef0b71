"""Servers that outlived their keeper: found by the folder that they work in, and ended before new ones start."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from csms.demo.place import Place

SERVERS = ("postgres", "valkey-server", "redis-server")
PATIENCE_S = 10.0


def leftovers(place: Place) -> Iterator[int]:
    """The process ids of servers that work in the place. Numbers in files are not trusted: they may have been given anew."""
    folders = {place.database, place.valkey}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            folder, program = (entry / "cwd").readlink(), (entry / "exe").readlink()
        except OSError:  # ended meanwhile, or another user's
            continue
        if folder in folders and program.name.startswith(SERVERS):
            yield int(entry.name)


def end_leftovers(place: Place) -> None:
    """End what a killed keeper left, and clear the lock file of a PostgreSQL that is surely gone.

    PostgreSQL trusts the number in its lock file; in a container the next start gives the same number to something else.
    """
    give_up = time.monotonic() + PATIENCE_S
    send(place, signal.SIGINT)
    while any(leftovers(place)):
        if time.monotonic() > give_up:
            send(place, signal.SIGKILL)
        time.sleep(0.05)
    if Path("/proc/self").exists():
        (place.database / "postmaster.pid").unlink(missing_ok=True)


def send(place: Place, number: int) -> None:
    """Send a signal to every leftover."""
    for process in leftovers(place):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue
