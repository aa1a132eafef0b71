"""The keeper: the parent of the embedded servers. It starts them, and ends them when nobody needs them any more.

Whoever uses the services holds a shared lock on the claims file. The kernel gives a lock back however its holder ends, also
by SIGKILL; so the moment at which the keeper gets the lock for itself is the moment at which the last user is gone.
Should the keeper itself be killed, the kernel sends its children their stop signal (Linux).

It runs as a script in a process and a session of its own, knows nothing about databases, and imports nothing of the project, so
that it starts at once and weighs little. Its orders come as JSON on the standard input: `claims`, the file; `servers`, each
with `command`, `credentials` and `stop_signal`; `discard`, folders to delete at the end.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

INTERVAL_S = 0.1
PATIENCE_S = 60  # a last checkpoint on a slow disk
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Follow the orders until nobody has a claim, a server has ended by itself, or a signal says so."""
    orders = json.load(sys.stdin)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: ending.set())
    claims = os.open(orders["claims"], os.O_RDWR)
    servers: list[tuple[subprocess.Popen[bytes], int]] = []
    try:
        servers.extend((start(server), server["stop_signal"]) for server in orders["servers"])
        while all_run(servers) and not is_free(claims) and not ending.wait(INTERVAL_S):
            pass
    finally:
        stop(servers)
        for folder in orders["discard"]:
            shutil.rmtree(folder, ignore_errors=True)


def start(server: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start one server that does not outlive the keeper."""
    command, follow = server["command"], die_with_parent(server["stop_signal"])
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "cwd": "/", **server["credentials"]}
    return subprocess.Popen(command, preexec_fn=follow, **quiet)  # noqa: PLW1509  (the keeper has one thread)


def die_with_parent(stop_signal: int) -> Callable[[], None] | None:
    """What a child does before it becomes the server: ask the kernel for a signal at its parent's death."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, stop_signal)


def all_run(servers: list[tuple[subprocess.Popen[bytes], int]]) -> bool:
    """Whether no server has ended."""
    return all(server.poll() is None for server, _ in servers)


def is_free(claims: int) -> bool:
    """Take the claims file for the keeper alone, which works only when nobody holds a claim."""
    try:
        fcntl.flock(claims, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def stop(servers: list[tuple[subprocess.Popen[bytes], int]]) -> None:
    """End the servers, each in its own orderly way; after a minute by force."""
    for server, stop_signal in servers:
        server.send_signal(stop_signal)
    for server, _ in servers:
        try:
            server.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
