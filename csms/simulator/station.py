"""A charging station that behaves: the same for every version of OCPP, which the wire speaks for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from random import Random

from csms.simulator import scenarios
from csms.simulator.clock import Clock
from csms.simulator.events import Event, Listener
from csms.simulator.link import Answer, LinkError, Payload, Then
from csms.simulator.model import Connector, Evse, State, Transaction
from csms.simulator.ocpp16 import Ocpp16
from csms.simulator.ocpp201 import Ocpp201
from csms.simulator.sessions import Sessions
from csms.simulator.settings import Settings
from csms.simulator.spec import StationSpec
from csms.simulator.uplink import Uplink
from csms.simulator.wire import Wire

MOST_JOURNAL = 500
WIRES: dict[str, type[Wire]] = {wire.version: wire for wire in (Ocpp16, Ocpp201)}


class Station:
    """One simulated charging station. `await run()` it; everything else may be called meanwhile."""

    def __init__(self, spec: StationSpec, listener: Listener | None = None) -> None:
        if spec.version not in WIRES:
            raise ValueError(f"the simulator speaks OCPP {', '.join(WIRES)}, not {spec.version}")
        self.spec = spec
        self.firmware_version = spec.firmware_version
        self.journal: deque[Event] = deque(maxlen=MOST_JOURNAL)
        self.scenario = scenarios.find(spec.scenario)
        self.rng = Random(spec.identity if spec.seed is None else spec.seed)
        self.clock = Clock(spec.speed)
        self.settings = Settings(password=spec.password or "", sample_interval_s=spec.sample_interval_s)
        self.evses = _build_evses(spec, self.rng)
        self.reset_when_idle: str | None = None
        self.wire = WIRES[spec.version](self)
        self.uplink = Uplink(self)
        self.sessions = Sessions(self)
        self._listener = listener
        self._tasks: asyncio.TaskGroup | None = None
        self._changed = asyncio.Event()
        self._told_states = ""

    # What it is

    @property
    def identity(self) -> str:
        """Return the identity under which it connects."""
        return self.spec.identity

    @property
    def is_connected(self) -> bool:
        """Say whether its socket is open."""
        return self.uplink.is_connected

    @property
    def is_accepted(self) -> bool:
        """Say whether the CSMS has accepted its boot."""
        return self.uplink.is_accepted

    @property
    def transactions(self) -> list[Transaction]:
        """Return the transactions that are running."""
        return [evse.transaction for evse in self.evses if evse.transaction is not None]

    @property
    def connectors(self) -> list[Connector]:
        """Return all connectors in the order of their 1.6 numbers."""
        return [connector for evse in self.evses for connector in evse.connectors]

    def evse(self, evse_id: int) -> Evse | None:
        """Find an EVSE by its id."""
        return next((evse for evse in self.evses if evse.id == evse_id), None)

    def state(self, evse_id: int = 1) -> State:
        """Return the state of an EVSE's connector: of the one in use, else of the first."""
        evse = self._known(evse_id)
        return evse.state(evse.connector_in_use or evse.connectors[0])

    @property
    def completed(self) -> list[Transaction]:
        """Return the transactions that have ended."""
        return self.sessions.completed

    def transaction(self, transaction_id: str) -> Transaction | None:
        """Find a running transaction by the station's id or the CSMS's number."""
        return next(
            (each for each in self.transactions if transaction_id in (each.id, str(each.number))), None
        )

    # Life

    async def run(self, *, gives_up: bool = False) -> None:
        """Live until cancelled.

        Raises: CannotConnect if `gives_up` and the first connection fails.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self.uplink.run(gives_up=gives_up))
                tasks.create_task(self.uplink.deliver())
                tasks.create_task(scenarios.play(self))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._tasks = None

    async def until(self, statement: Callable[[Station], bool], timeout_s: float | None = 30) -> None:
        """Wait until a statement about the station is true.

        Units: seconds of the wall. Raises: TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            while not statement(self):
                await self._changed.wait()

    def spawn(self, then: Then) -> None:
        """Do something beside everything else; a lost connection or a CALLERROR ends it quietly."""
        if self._tasks is not None:
            self._tasks.create_task(self._attempt(then))

    def tell(self, kind: str, text: str) -> None:
        """Say what happened, and wake who waits for it."""
        event = Event(self.clock.now(), self.identity, kind, text)
        self.journal.append(event)
        if self._listener is not None:
            self._listener(event)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def serve(self, action: str, payload: Payload) -> Answer:
        """Carry out a command of the CSMS.

        Raises: CannotServe.
        """
        answer = self.wire.serve(action, payload)
        self.tell("command", f"{action} answered {answer.payload.get('status', 'with its result')}")
        return answer

    def take_time(self, moment: datetime | None) -> None:
        """Take the CSMS's time over while nothing that the jump would confuse is under way."""
        if moment is not None and not self.transactions and not len(self.uplink.outbox):
            self.clock.synchronise(moment)

    # Drivers

    async def plug_in(
        self, evse_id: int = 1, token: str | None = None, soc: int | None = None
    ) -> Transaction | None:
        """Let a car arrive and its driver present a card; return the transaction if one began."""
        return await self.sessions.plug_in(self._known(evse_id), token, soc)

    def unplug(self, evse_id: int = 1) -> None:
        """Let the car leave; a transaction that still runs ends with it."""
        self.sessions.unplug(self._known(evse_id))

    def stop(self, evse_id: int = 1) -> Transaction | None:
        """Let the driver end the transaction with the card; the car stays until it leaves."""
        return self.sessions.stop(self._known(evse_id))

    # Faults and the network

    def go_offline(self) -> None:
        """Lose the network until `come_online`; charging goes on, its messages are kept."""
        self.uplink.wanted.clear()
        self.uplink.cut()

    def come_online(self) -> None:
        """Find the network again."""
        self.uplink.wanted.set()

    def fault(self, evse_id: int = 1, code: str = "GroundFailure") -> None:
        """Break a connector; `code` is an errorCode of 1.6. It stays broken over a reboot."""
        evse = self._known(evse_id)
        self.sessions.end(evse, "Other", "AbnormalCondition")
        (evse.connector_in_use or evse.connectors[0]).fault = code
        self.announce()

    def repair(self, evse_id: int = 1) -> None:
        """Mend the connectors of an EVSE."""
        for connector in self._known(evse_id).connectors:
            connector.fault = None
        self.announce()

    # Commands of the CSMS

    def change_availability(self, connectors: list[Connector], *, is_operative: bool) -> bool:
        """Take connectors out of service or back; one that charges follows later.

        Returns: whether all of them changed at once. Source: S16-32, S2-42.
        """
        busy = {transaction.connector.number for transaction in self.transactions}
        for connector in connectors:
            is_later = connector.number in busy and not is_operative
            connector.scheduled_operative = is_operative if is_later else None
            if not is_later:
                connector.is_operative = is_operative
        return not any(connector.scheduled_operative is not None for connector in connectors)

    async def reset(self, reason: str, trigger: str, boot_reason: str, *, is_graceful: bool) -> None:
        """Stop everything and reboot; a graceful reset first sends what is in the outbox."""
        self.reset_when_idle = None
        for evse in self.evses:
            self.sessions.end(evse, reason, trigger)
        if is_graceful:
            await self._flush()
        self.tell("rebooting", "reboots")
        await self.uplink.restart(boot_reason)

    def reset_if_due(self) -> None:
        """Reboot when the last transaction is over, if the CSMS wanted that."""
        if self.reset_when_idle is not None and not self.transactions:
            reason, self.reset_when_idle = self.reset_when_idle, None
            self.spawn(lambda: self.reset("Reboot", "ResetCommand", reason, is_graceful=True))

    async def say(self, action: str, payload: Payload) -> None:
        """Send a message that nobody waits for."""
        await self.uplink.call(action, payload)

    # States

    def announce(self) -> None:
        """Put every state that changed on its way."""
        self.sessions.reservations.give_up_lost()
        if self.uplink.ready.is_set():
            for evse in self.evses:
                for connector in evse.connectors:
                    self.wire.announce(evse, connector)
        self._tell_states()

    def _tell_states(self) -> None:
        states = ", ".join(str(evse.state(each)) for evse in self.evses for each in evse.connectors)
        if states != self._told_states:
            self._told_states = states
            self.tell("state", states)
        self._wake()

    def forget_reported(self) -> None:
        """After a boot the CSMS wants every state."""
        for connector in self.connectors:
            connector.reported = None

    def announce_after_connect(self) -> None:
        """Report what changed while offline, or everything after a boot."""
        if any(connector.reported is None for connector in self.connectors):
            self.wire.announce_station()
        for connector in self.connectors:
            connector.announced = connector.reported
        self.announce()

    # Inside

    def _known(self, evse_id: int) -> Evse:
        evse = self.evse(evse_id)
        if evse is None:
            raise ValueError(f"{self.identity} has no EVSE {evse_id}")
        return evse

    async def _attempt(self, then: Then) -> None:
        try:
            await then()
        except LinkError as error:
            self.tell("failed", str(error))

    async def _flush(self) -> None:
        try:
            async with asyncio.timeout(self.spec.call_timeout_s if self.is_connected else 0):
                await self.uplink.outbox.emptied()
        except TimeoutError:
            self.tell("failed", "messages wait for the time after the reboot")


def _build_evses(spec: StationSpec, rng: Random) -> tuple[Evse, ...]:
    evses, number = [], 0
    for evse_id, evse_spec in enumerate(spec.evses, start=1):
        connectors = []
        for connector_id in range(1, evse_spec.connectors + 1):
            number += 1
            connectors.append(Connector(connector_id, number))
        register_wh = Decimal(rng.randint(1_000, 900_000) * 10)
        evses.append(Evse(evse_id, evse_spec, tuple(connectors), rng, register_wh))
    return tuple(evses)
