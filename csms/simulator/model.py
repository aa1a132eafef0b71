"""Facts of a station, the same for every version: EVSEs, connectors, cars, transactions, meter readings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from uuid import uuid4

from csms.simulator.spec import EvseSpec
from csms.simulator.vehicle import Vehicle

STEP = timedelta(seconds=15)
HOUR_S = Decimal(3600)
MILLIWATT_HOUR = Decimal("0.001")


class State(StrEnum):
    """What a connector is doing, in as much detail as any version can say."""

    AVAILABLE = "Available"
    RESERVED = "Reserved"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


@dataclass(frozen=True, slots=True)
class IdToken:
    """A driver's card."""

    value: str
    type: str = "ISO14443"


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured value."""

    measurand: str
    value: Decimal
    unit: str
    phase: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter showed at one moment, and why it was read (`context`)."""

    taken_at: datetime
    context: str
    samples: tuple[Sample, ...]


@dataclass(slots=True)
class Connector:
    """One plug. `announced` is the last state that was put on the way to the CSMS, `reported` the last that arrived."""

    id: int
    number: int
    is_operative: bool = True
    scheduled_operative: bool | None = None
    fault: str | None = None
    announced: tuple[State, str | None] | None = None
    reported: tuple[State, str | None] | None = None

    @property
    def is_usable(self) -> bool:
        """Say whether it is in service and whole."""
        return self.is_operative and self.fault is None


@dataclass(slots=True)
class Transaction:
    """A transaction of the station. `id` is the station's, `number` the one that a 1.6 CSMS gives."""

    evse_id: int
    connector: Connector
    token: IdToken
    started_at: datetime
    begin: Reading
    meter_start_wh: Decimal
    remote_start_id: int | None = None
    reservation_id: int | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    number: int | None = None
    seq_no: int = -1
    state: State = State.PREPARING
    ended_at: datetime | None = None
    meter_stop_wh: Decimal | None = None
    stop_reason: str | None = None
    stop_trigger: str | None = None
    stop_token: IdToken | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def next_seq_no(self) -> int:
        """Count the transaction's messages, from 0."""
        self.seq_no += 1
        return self.seq_no


@dataclass(slots=True)
class Evse:
    """An EVSE with its connectors, its meter and, while one is there, a car."""

    id: int
    spec: EvseSpec
    connectors: tuple[Connector, ...]
    rng: Random
    register_wh: Decimal
    power_w: Decimal = Decimal(0)
    vehicle: Vehicle | None = None
    transaction: Transaction | None = None
    is_finished: bool = False
    is_left_alone: bool = False
    is_awaiting_vehicle: bool = False
    is_reserved: bool = False
    connector_in_use: Connector | None = None
    limit: Callable[["Evse", datetime], Decimal | None] | None = None
    _metered_at: datetime | None = None

    @property
    def is_dc(self) -> bool:
        """Say whether it charges with direct current."""
        return self.spec.kind == "DC"

    @property
    def is_free(self) -> bool:
        """Say whether a driver can begin here."""
        return self.transaction is None and not self.is_awaiting_vehicle and self.usable_connector is not None

    @property
    def usable_connector(self) -> Connector | None:
        """Return the connector that a car has or would take, if it may charge there."""
        candidates = (self.connector_in_use,) if self.connector_in_use else self.connectors
        return next((each for each in candidates if each.is_usable), None)

    def state(self, connector: Connector) -> State:
        """Derive the state of a connector from the facts."""
        if connector.fault:
            return State.FAULTED
        if self.transaction is not None and self.transaction.connector is connector:
            return self.transaction.state
        if not connector.is_operative:
            return State.UNAVAILABLE
        if self.connector_in_use is None and self.is_reserved:
            return State.RESERVED
        if self.connector_in_use is not connector:
            return State.AVAILABLE
        return State.FINISHING if self.is_finished else State.PREPARING

    def can_begin(self, connector: Connector) -> bool:
        """Say whether a driver can begin at this very connector."""
        return self.is_free and (self.connector_in_use or connector) is connector and connector.is_usable

    def begin_metering(self, now: datetime) -> None:
        """Let the meter count from now on."""
        self._metered_at, self.power_w = now, Decimal(0)

    def advance(self, now: datetime) -> None:
        """Let the car take energy up to now."""
        transaction, vehicle = self.transaction, self.vehicle
        if transaction is None or vehicle is None or self._metered_at is None:
            return
        while self._metered_at < now:
            until = min(now, self._metered_at + STEP)
            self._take(vehicle, transaction, until)
            self._metered_at = until

    def offered_w(self, now: datetime) -> Decimal:
        """Return what it may give at most at a moment."""
        limit = self.limit(self, now) if self.limit else None
        highest = Decimal(self.spec.max_power_w)
        return highest if limit is None else min(limit, highest)

    def _take(self, vehicle: Vehicle, transaction: Transaction, until: datetime) -> None:
        assert self._metered_at is not None
        seconds = Decimal(str((until - self._metered_at).total_seconds()))
        connected_s = Decimal(str((until - transaction.started_at).total_seconds()))
        offered_w = self.offered_w(self._metered_at)
        wanted_w = vehicle.power_w(offered_w, connected_s, is_dc=self.is_dc)
        self.power_w = (wanted_w * Decimal(self.rng.randint(985, 1000)) / 1000).quantize(Decimal(1))
        energy_wh = (self.power_w * seconds / HOUR_S).quantize(MILLIWATT_HOUR)
        self.register_wh += vehicle.take(energy_wh)

    def read(self, now: datetime, context: str, measurands: str) -> Reading:
        """Read the meter."""
        wanted = {name.strip() for name in measurands.split(",")}
        samples = tuple(each for each in self._samples() if each.measurand in wanted)
        return Reading(now, context, samples or (self._register(),))

    def _register(self) -> Sample:
        return Sample("Energy.Active.Import.Register", self.register_wh, "Wh", location="Outlet")

    def _samples(self) -> list[Sample]:
        power = Sample("Power.Active.Import", self.power_w, "W", location="Outlet")
        electrical = self._direct_current() if self.is_dc else self._alternating_current()
        return [self._register(), power, *electrical]

    def _direct_current(self) -> list[Sample]:
        soc = self.vehicle.soc if self.vehicle else Decimal(0)
        voltage = (Decimal(360) + soc * Decimal("0.9")).quantize(Decimal("0.1"))
        current = (self.power_w / voltage).quantize(Decimal("0.1"))
        return [
            Sample("Current.Import", current, "A", location="Outlet"),
            Sample("Voltage", voltage, "V", location="Outlet"),
            Sample("SoC", soc.quantize(Decimal("0.1")), "Percent", location="EV"),
        ]

    def _alternating_current(self) -> list[Sample]:
        voltages = {phase: Decimal(self.rng.randint(2285, 2325)) / 10 for phase in ("L1", "L2", "L3")}
        share_w = self.power_w / 3
        currents = [
            Sample("Current.Import", (share_w / voltage).quantize(Decimal("0.01")), "A", phase, "Outlet")
            for phase, voltage in voltages.items()
        ]
        return currents + [
            Sample("Voltage", voltage, "V", f"{phase}-N", "Outlet") for phase, voltage in voltages.items()
        ]
