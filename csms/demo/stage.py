"""The course of the demo: processes, database, tenants, chargers, the table, and the end of all of it."""

import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from csms.demo import address, children, people, services, work
from csms.demo.children import Child
from csms.demo.opening import EVERYWHERE, LOOPBACK, say
from tenants import lifecycle, schemas

LOOK_EVERY_S = 0.3
SERVER_PATIENCE_S = 60.0


class CannotPlay(Exception):
    """The demo cannot run here; the message says why in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for."""

    port: int
    chargers: int
    speed: float
    lan: bool
    no_browser: bool
    empty: bool
    tenants: Sequence[str]

    @property
    def base(self) -> str:
        """The demo's address."""
        return f"http://{settings.PUBLIC_HOST}"


def play(wish: Wish) -> None:
    """Run the demo until a signal ends it, or its parent `make` is gone.

    Raises: CannotPlay, ChildEnded.
    """
    processes: list[Child] = []
    try:
        with held():
            processes += begin()
            end_with_make()
            prepare(wish)
            run(wish, *processes)
    except KeyboardInterrupt:
        say("Stopping …")
    finally:
        end(processes)


@contextmanager
def held() -> Iterator[None]:
    """Be the only demo of the directory, and say where it is reached.

    Raises: CannotPlay.
    """
    directory = services.default_directory()
    directory.mkdir(parents=True, exist_ok=True)  # with a database of its own nothing made it
    try:
        lock = address.hold(directory, settings.PUBLIC_HOST)
    except BlockingIOError:
        raise CannotPlay(f"A demo is running already in {directory}: stop it first.") from None
    try:
        yield
    finally:
        os.close(lock)


def begin() -> list[Child]:
    """Fork the processes: all modules are loaded, and nothing else has begun."""
    from csms import asgi, celery  # noqa: F401  for the children, which then start at once

    directory, processes = services.default_directory(), list[Child]()
    for name, task in (("server", work.serve), ("worker", work.do_tasks), ("chargers", work.be_chargers)):
        processes.append(children.fork(name, task, directory / f"{name}.log", processes))
    return processes


def end_with_make() -> None:
    """End when `make` is killed, of which no signal tells. Only then: who starts the demo from a shell may close the shell."""
    if "MAKELEVEL" not in os.environ:
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="make", daemon=True).start()


def prepare(wish: Wish) -> None:
    """Bring the database up to date, with the accounts and tenants that are wished.

    Raises: CannotPlay, when the database is somebody else's.
    """
    if not schemas.is_public_current() or schemas.outdated():
        say("Making the tables …")
        lifecycle.migrate_all()
    people.add_staff()


def run(wish: Wish, server: Child, worker: Child, chargers: Child) -> None:
    """Let the processes work, and say when the demo can be used. Returns never."""
    server.order({"host": EVERYWHERE if wish.lan else LOOPBACK, "port": wish.port})
    worker.order(None)
    await_server(wish.port, [server, worker, chargers])
    say(f"Platform staff signs in at {wish.base}/platform/ as {people.STAFF}, password {people.PASSWORD}.")
    announce(wish)
    while True:
        children.check([server, worker, chargers])
        time.sleep(LOOK_EVERY_S)


def announce(wish: Wish) -> None:
    """Print the line that programs wait for."""
    sys.stdout.write(f"READY {wish.base}/\n")
    sys.stdout.flush()


def await_server(port: int, processes: Sequence[Child]) -> None:
    """Return when the server is ready and has shown a page.

    Raises: ChildEnded; CannotPlay, when it takes too long.
    """
    give_up = time.monotonic() + SERVER_PATIENCE_S
    while not (answers(port, "/readyz") and answers(port, "/")):
        children.check(processes)
        if time.monotonic() > give_up:
            raise CannotPlay(f"The server does not answer: see {processes[0].log}.")
        time.sleep(0.05)


def answers(port: int, path: str) -> bool:
    """Whether the server answers a request with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(processes: Sequence[Child]) -> None:
    """End the processes, the last first, and then the services; nothing disturbs this."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children.stop(processes[::-1])
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it
    services.detach()
