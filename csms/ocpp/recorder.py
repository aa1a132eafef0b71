"""The recording lanes: group commit. What stations report is durable before it is answered, and many reports share one commit.

A lane is a thread with its own database connection. It takes whatever has arrived since its last commit, enters each tenant once, hands each kind of record its
batch, and commits once; only then are the answers let go. There is no timer: while one commit is on its way, the next batch fills. A batch that fails is
split until the bad record is alone; its station gets InternalError, the others are saved. A lane that is full makes the sockets wait.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import Error, InterfaceError, OperationalError, connection, transaction

from authorization.decisions import Given
from chargers.availability import StatusReport
from chargers.deviations import Deviated
from chargers.device_model import ReportPart
from chargers.firmware import FirmwareBoot, FirmwareReport
from chargers.logs import LogReport
from chargers.messages import Exchange, Quarantined
from chargers.presence import Seen
from chargers.refusals import RefusedHandshake
from chargers.security_events import SecurityReport
from csms.ocpp.stray import StrayHandshake
from tenants import context
from transactions.charging_states import ChargingStateReport
from transactions.events import Event
from transactions.metering import MeterReading

logger = logging.getLogger(__name__)
MOST_WAITING = 20_000
MOST_AT_ONCE = 2_000

# The order in which a batch is written: always the same, so that lanes take their locks in one order.
KINDS: tuple[type, ...] = (
    Given, FirmwareReport, FirmwareBoot, LogReport, SecurityReport,
    StatusReport, ChargingStateReport, Event, MeterReading, ReportPart, Seen, Deviated, Exchange, Quarantined, RefusedHandshake, StrayHandshake,
)  # fmt: skip


class NotStored(Exception):
    """The record could not be made durable; whoever sent it must not be told otherwise."""


class Record(Protocol):
    """What a lane can write: a frozen value whose class knows how to write many of its kind."""

    @staticmethod
    def write(batch: Sequence[Any]) -> None:
        """Write a batch in the tenant in force."""


@dataclass(slots=True)
class Entry:
    """Records that one message brings, and who waits for them."""

    tenant: str
    records: tuple[Record, ...]
    future: "asyncio.Future[None]"


class Lane:
    """One writing thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str) -> None:
        self._loop = loop
        self._waiting: list[Entry] = []
        self._bell = threading.Condition()
        self._is_closing = False
        self.batches = self.entries = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many entries wait."""
        return len(self._waiting)

    def put(self, entry: Entry) -> None:
        """Hand an entry to the lane."""
        with self._bell:
            self._waiting.append(entry)
            self._bell.notify()

    def close(self) -> None:
        """Write what waits, then end."""
        with self._bell:
            self._is_closing = True
            self._bell.notify()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while batch := self._next():
            failed: dict[int, Exception] = {}
            try:
                self._save(batch, failed)
            except Exception as error:  # a lane must never die, every socket would hang
                logger.exception("A recording lane failed")
                failed = {id(entry): error for entry in batch}
            self.batches += 1
            self.entries += len(batch)
            self._loop.call_soon_threadsafe(_let_go, batch, failed)
        connection.close()

    def _next(self) -> list[Entry]:
        with self._bell:
            while not self._waiting and not self._is_closing:
                self._bell.wait()
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            return batch

    def _save(
        self, batch: Sequence[Entry], failed: dict[int, Exception], *, is_second_try: bool = False
    ) -> None:
        try:
            _write(batch)
        except Exception as error:  # noqa: BLE001 - each failed record is logged and answered with InternalError
            is_lost = isinstance(error, OperationalError | InterfaceError)
            if is_lost:
                connection.close()
            if is_lost and not is_second_try:
                self._save(batch, failed, is_second_try=True)
            elif len(batch) == 1 or is_lost:
                logger.error("A record could not be stored: %s", error, extra={"tenant": batch[0].tenant})
                failed.update({id(entry): error for entry in batch})
            else:
                middle = len(batch) // 2
                self._save(batch[:middle], failed)
                self._save(batch[middle:], failed)


class Recorder:
    """The lanes of a process; a tenant always has the same one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lanes: int = 2) -> None:
        self._loop = loop
        self._lanes = [Lane(loop, f"recorder-{number}") for number in range(lanes)]

    async def store(self, tenant: str, records: tuple[Record, ...]) -> None:
        """Return when the records are durable. The tenant's name is empty for the public schema.

        Raises: NotStored.
        """
        lane = self._lanes[sum(tenant.encode()) % len(self._lanes)]
        while lane.depth >= MOST_WAITING:  # noqa: ASYNC110 - full lanes are rare, an event would cost every message
            await asyncio.sleep(0.01)
        future: asyncio.Future[None] = self._loop.create_future()
        lane.put(Entry(tenant, records, future))
        await future

    def figures(self) -> dict[str, int]:
        """Depth, batches and entries of all lanes."""
        return {
            "depth": sum(lane.depth for lane in self._lanes),
            "batches": sum(lane.batches for lane in self._lanes),
            "entries": sum(lane.entries for lane in self._lanes),
        }

    def close(self) -> None:
        """Write what waits, then end the threads."""
        for lane in self._lanes:
            lane.close()


def _let_go(batch: Sequence[Entry], failed: dict[int, Exception]) -> None:
    for entry in batch:
        error = failed.get(id(entry))
        if entry.future.done():
            continue
        if error is None:
            entry.future.set_result(None)
        else:
            entry.future.set_exception(NotStored(str(error)))


def _write(batch: Sequence[Entry]) -> None:
    """Write a batch in one database transaction."""
    by_tenant: dict[str, dict[type, list[Record]]] = {}
    for entry in batch:
        kinds = by_tenant.setdefault(entry.tenant, {})
        for record in entry.records:
            kinds.setdefault(type(record), []).append(record)
    with transaction.atomic():
        for tenant, kinds in sorted(by_tenant.items()):
            with context.tenant(tenant) if tenant else context.public():
                for kind in KINDS:
                    if kind in kinds:
                        kind.write(kinds[kind])  # type: ignore[attr-defined]


__all__ = ["Error", "NotStored", "Record", "Recorder"]
