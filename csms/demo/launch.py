"""Starting a keeper with its two servers."""

import json
import os
import subprocess
import sys
import time
from typing import Any

from csms.demo import keeper, postgres, valkey
from csms.demo.leftovers import end_leftovers
from csms.demo.place import Place, ServicesError, build, forget

POLL_S = 0.01
START_TIMEOUT_S = 120
LAST_WORDS = 1500  # characters: both servers write into the log

_keepers: list[subprocess.Popen[bytes]] = []  # our children, held so that they can be reaped


def launch(place: Place, lock: int, *, durable: bool, temporary: bool) -> None:
    """Start a keeper, hand it the lock, and wait until its servers answer.

    Raises: ServicesError, with the end of the log, when they do not.
    """
    if not os.fstat(lock).st_size:
        forget(
            place.directory
        )  # the directory is new: what lies in its private place belonged to a deleted one
    build(place)
    end_leftovers(place)
    orders = json.dumps(make_orders(place, durable=durable, temporary=temporary))
    process = start_keeper(place, lock)
    os.pwrite(lock, f"{process.pid:<9}\n".encode(), 0)
    process.stdin.write(orders.encode())  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]
    await_servers(place, process)
    postgres.make_database(place)


def make_orders(place: Place, *, durable: bool, temporary: bool) -> dict[str, Any]:
    """What the keeper is told."""
    programs = postgres.program(place)
    postgres.make(place, programs, durable=durable)
    database = postgres.command(place, programs, durable=durable)
    bell = valkey.command(place, valkey.program(place))
    discard = [place.home, place.sockets.parent, place.directory] if temporary else []
    return {
        "claims": str(place.directory / "claims"),
        "servers": [
            {
                "command": database,
                "stop_signal": postgres.STOP_SIGNAL,
                "credentials": place.account.credentials,
            },
            {"command": bell, "stop_signal": valkey.STOP_SIGNAL, "credentials": place.account.credentials},
        ],
        "discard": [str(folder) for folder in discard],
    }


def start_keeper(place: Place, lock: int) -> subprocess.Popen[bytes]:
    """Start a keeper that waits for its orders, in a session of its own: Ctrl-C is not for it."""
    command = [sys.executable, "-I", "-S", keeper.__file__, str(place.directory)]
    with place.log.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd="/",
            pass_fds=[lock],
            start_new_session=True,
        )
    _keepers.append(process)
    return process


def reap() -> None:
    """Take note of keepers that we started and that have ended, so that they do not linger as zombies."""
    _keepers[:] = [process for process in _keepers if process.poll() is None]


def await_servers(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Wait until both servers answer.

    Raises: ServicesError, when the keeper ends before, or it takes too long.
    """
    give_up = time.monotonic() + START_TIMEOUT_S
    while not (postgres.answers(place, "postgres") and valkey.answers(place)):
        if process.poll() is not None or time.monotonic() > give_up:
            words = " ".join(place.log.read_text(errors="replace")[-LAST_WORDS:].split())
            raise ServicesError(f"The embedded services did not start; the end of {place.log}: {words}")
        time.sleep(POLL_S)
