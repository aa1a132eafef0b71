"""The course of the demo: processes, database, tenants, chargers, the table, and the end of all of it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from csms.demo import (
    address,
    browser,
    cast,
    children,
    fleet,
    ownership,
    people,
    services,
    settling,
    table,
    waiting,
    work,
)
from csms.demo.children import Child
from csms.demo.opening import EVERYWHERE, LOOPBACK, Interrupted, say
from csms.demo.wish import CannotPlay, Wish
from tenants import lifecycle, schemas

LOOK_EVERY_S, STRANGER_EVERY = 0.25, 8


def play(wish: Wish) -> None:
    """Run the demo until a signal ends it, or its parent `make` is gone.

    Raises: CannotPlay, ChildEnded.
    """
    processes: list[Child] = []
    try:
        with held() as lock:
            processes += begin(lock)
            end_with_make()
            password = prepare(wish)
            run(wish, password, *processes)
    except Interrupted:
        say("Stopping …")
    finally:
        end(processes)


@contextmanager
def held() -> Iterator[int]:
    """Be the only demo of the directory, and say where it is reached.

    Raises: CannotPlay.
    """
    directory = services.default_directory()
    directory.mkdir(parents=True, exist_ok=True)  # with services of one's own nothing has made it
    try:
        lock = address.hold(directory, settings.PUBLIC_HOST)
    except BlockingIOError:
        raise CannotPlay(f"A demo is running already in {directory}: stop it first.") from None
    try:
        yield lock
    finally:
        os.close(lock)


def begin(lock: int) -> list[Child]:
    """Fork the processes: all modules are loaded, and nothing else has begun."""
    from csms import asgi, celery  # noqa: F401  for the children, which then start at once

    directory, processes = services.default_directory(), list[Child]()
    for name, task in (("server", work.serve), ("worker", work.do_tasks), ("chargers", work.be_chargers)):
        foreign = [lock, *(process.orders for process in processes)]
        processes.append(children.fork(name, task, directory / f"{name}.log", foreign))
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


def prepare(wish: Wish) -> str:
    """Bring the database up to date, with the accounts and tenants that are wished.

    Returns: the password of all accounts.
    Raises: CannotPlay, when the database or a tenant is somebody else's.
    """
    ownership.check()
    if not schemas.is_public_current() or schemas.outdated():
        say("Making the tables …")
        lifecycle.migrate_all()
    people.add_staff()
    for company in wish.companies:
        settling.settle(company, company.chargers(wish.chargers))
        fleet.set_the_stage(company, company.chargers(wish.chargers))
    settled = ownership.settled(cast.COMPANIES)
    if wish.lan:
        return people.lock(settled)
    people.unlock(settled)
    return people.PASSWORD


def run(wish: Wish, password: str, server: Child, worker: Child, chargers: Child) -> None:
    """Let the processes work, say when the demo can be used, and look after it. Returns never."""
    server.order({"host": EVERYWHERE if wish.lan else LOOPBACK, "port": wish.port})
    worker.order(None)
    processes = [server, worker, chargers]
    waiting.for_server(wish.port, processes)
    if wish.empty:
        say(f"Platform staff signs in at {wish.base}/platform/ as {people.STAFF}, password: {password}")
    else:
        number = send_chargers(wish, chargers)
        is_charging = waiting.for_charging([company.slug for company in wish.companies], processes)
        sys.stdout.write(table.text(wish, password, chargers=number, charging=is_charging))
    sys.stdout.write(f"READY {wish.base}/\n")
    sys.stdout.flush()
    if not wish.no_browser:
        browser.show(f"{wish.base}/")
    look_after(wish, processes)


def send_chargers(wish: Wish, process: Child) -> int:
    """Let the simulated chargers connect. Returns: how many they are."""
    specs = [
        spec
        for company in wish.companies
        for spec in fleet.specs(company, company.chargers(wish.chargers), wish.speed)
    ]
    say(f"{len(specs)} chargers connect, the first car plugs in …")
    process.order([spec.to_json() for spec in specs])
    return len(specs)


def look_after(wish: Wish, processes: list[Child]) -> None:
    """See that processes and services run, for ever, and that a stranger who is added comes in.

    Raises: ChildEnded; CannotPlay, when the services have ended.
    """
    turn, directory = 0, services.default_directory()
    while True:
        children.check(processes)
        if not os.environ.get("DATABASE_URL") and not services.running(directory):
            raise CannotPlay(f"PostgreSQL or Valkey ended unexpectedly: see {directory}/services.log.")
        time.sleep(LOOK_EVERY_S)
        turn += 1
        if turn % STRANGER_EVERY == 0 and cast.ACME in wish.companies:
            fleet.let_stranger_in(cast.ACME)


def end(processes: list[Child]) -> None:
    """End the processes, the last first, and then the services; nothing disturbs this."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children.stop(processes[::-1])
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it
    services.detach()
