"""The demo's processes: forked while the parent has one thread and no connection, so that all is loaded only once.

A child waits for its order (one JSON value on a pipe) and then works. The pipe's end is the parent's end, however it came: then the child ends
too. Each has a session of its own, so that Ctrl-C reaches the parent alone, which ends the children in order.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRACE_S = 12.0
POLL_S = 0.02
LAST_WORDS = 600


class ChildEnded(Exception):
    """A process ended that should go on; the message says which, and its last words."""


@dataclass(slots=True)
class Child:
    """A process of the demo."""

    name: str
    pid: int
    orders: int
    log: Path
    has_ended: bool = False

    def order(self, value: Any) -> None:
        """Let it work."""
        with suppress(BrokenPipeError):  # it has ended: `check` says so
            os.write(self.orders, json.dumps(value).encode() + b"\n")

    def poll(self) -> bool:
        """Whether it has ended."""
        if not self.has_ended:
            self.has_ended = os.waitpid(self.pid, os.WNOHANG)[0] != 0
        return self.has_ended

    def send(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if not self.poll():
            os.kill(self.pid, number)


def fork(name: str, work: Callable[[Any], None], log: Path, foreign: Sequence[int]) -> Child:
    """Start a process that will do some work, given its order. `foreign` files are the parent's, and the child closes them."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(reading)
        return Child(name, pid, writing, log)
    status = 1
    try:
        for file in (writing, *foreign):
            os.close(file)
        _settle(log)
        status = _live(reading, work)
    except BaseException:  # noqa: BLE001  (whatever it is, the child must not go on as its parent)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def check(children: Sequence[Child]) -> None:
    """See that all processes run.

    Raises: ChildEnded.
    """
    for child in children:
        if child.poll():
            words = " ".join(child.log.read_text(errors="replace")[-LAST_WORDS:].split())
            raise ChildEnded(f"The demo's {child.name} ended unexpectedly; the end of {child.log}: {words}")


def stop(children: Sequence[Child]) -> None:
    """End the processes one after the other; by force what does not end."""
    for child in children:
        child.send(signal.SIGTERM)
        give_up = time.monotonic() + GRACE_S
        while not child.poll():
            if time.monotonic() > give_up:
                child.send(signal.SIGKILL)
            time.sleep(POLL_S)


def _settle(log: Path) -> None:
    """Become a process of its own: session, signals, standard streams."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    writing = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in enumerate((nothing, writing, writing)):
        os.dup2(source, target)


def _live(reading: int, work: Callable[[Any], None]) -> int:
    orders = os.fdopen(reading, "rb")  # never closed: `_follow` goes on reading
    if line := orders.readline():
        threading.Thread(target=_follow, args=[reading], name="parent", daemon=True).start()
        work(json.loads(line))
    return 0


def _follow(orders: int) -> None:
    """End when the parent has ended: in order if possible, else by force."""
    os.read(orders, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
