"""Charge points that are not ours: the classes of the `ocpp` package over `websockets`, with their own framing, validation and defaults.

They do what a test, which plays the driver, tells them; what the product asks of them they accept and put into `requests`.
"""

import asyncio
import base64
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import ocpp.v16
import ocpp.v201
from ocpp.routing import on
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v16 import datatypes as datatypes16
from ocpp.v16 import enums as enums16
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from ocpp.v201 import datatypes as datatypes201
from ocpp.v201 import enums as enums201
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


def text(moment: datetime) -> str:
    """A moment as stations write it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Register:
    """What the meter showed, and when."""

    wh: str
    at: datetime


class ChargePoint(Protocol):
    """What a driver and a test need of a charge point of any version."""

    requests: "asyncio.Queue[dict[str, Any]]"

    @abstractmethod
    async def start(self) -> None:
        """Read until the socket ends."""

    @abstractmethod
    async def boot(self, vendor: str) -> str:
        """Say hello. Returns: the registration status."""

    @abstractmethod
    async def report(self, *, is_charging: bool) -> None:
        """Tell the state of the connector."""

    @abstractmethod
    async def authorize(self, id_token: str) -> str:
        """Ask about a card. Returns: the answer's status."""

    @abstractmethod
    async def begin(self, id_token: str, register: Register, *, request: dict[str, Any] | None = None) -> str:
        """Start a transaction, for a remote request where one is given. Returns: its id."""

    @abstractmethod
    async def sample(self, register: Register) -> None:
        """Send a meter value of the running transaction."""

    @abstractmethod
    async def end(self, register: Register, *, is_remote: bool = False) -> None:
        """End the running transaction."""


class ChargePoint16(ocpp.v16.ChargePoint, ChargePoint):
    """OCPP 1.6J."""

    def __init__(self, identity: str, connection: Any) -> None:
        super().__init__(identity, connection)
        self.requests = asyncio.Queue()
        self.transaction_id = 0

    async def boot(self, vendor: str) -> str:
        answer = await self.call(
            call16.BootNotification(charge_point_model="Foreign", charge_point_vendor=vendor), suppress=False
        )
        return str(answer.status)

    async def report(self, *, is_charging: bool) -> None:
        status = enums16.ChargePointStatus.charging if is_charging else enums16.ChargePointStatus.available
        await self.call(
            call16.StatusNotification(1, enums16.ChargePointErrorCode.no_error, status), suppress=False
        )

    async def authorize(self, id_token: str) -> str:
        answer = await self.call(call16.Authorize(id_token), suppress=False)
        return str(answer.id_tag_info["status"])

    async def begin(self, id_token: str, register: Register, *, request: dict[str, Any] | None = None) -> str:
        start = call16.StartTransaction(1, id_token, int(register.wh), text(register.at))
        answer = await self.call(start, suppress=False)
        assert answer.id_tag_info["status"] == "Accepted"
        self.transaction_id = answer.transaction_id
        return str(self.transaction_id)

    async def sample(self, register: Register) -> None:
        value = datatypes16.MeterValue(
            text(register.at), [datatypes16.SampledValue(register.wh, unit=enums16.UnitOfMeasure.wh)]
        )
        await self.call(call16.MeterValues(1, [value], self.transaction_id), suppress=False)

    async def end(self, register: Register, *, is_remote: bool = False) -> None:
        reason = enums16.Reason.remote if is_remote else enums16.Reason.local
        stop = call16.StopTransaction(int(register.wh), text(register.at), self.transaction_id, reason)
        await self.call(stop, suppress=False)

    @on(enums16.Action.remote_start_transaction)  # type: ignore[untyped-decorator]
    async def asked_to_start(self, **request: Any) -> Any:
        """Accept."""
        self.requests.put_nowait({"id_token": request["id_tag"], "evse": request.get("connector_id")})
        return result16.RemoteStartTransaction(status=enums16.RemoteStartStopStatus.accepted)

    @on(enums16.Action.remote_stop_transaction)  # type: ignore[untyped-decorator]
    async def asked_to_stop(self, transaction_id: int) -> Any:
        """Accept if it is the running one."""
        if transaction_id != self.transaction_id:
            return result16.RemoteStopTransaction(status=enums16.RemoteStartStopStatus.rejected)
        self.requests.put_nowait({"transaction_id": str(transaction_id)})
        return result16.RemoteStopTransaction(status=enums16.RemoteStartStopStatus.accepted)


class ChargePoint201(ocpp.v201.ChargePoint, ChargePoint):
    """OCPP 2.0.1."""

    def __init__(self, identity: str, connection: Any) -> None:
        super().__init__(identity, connection)
        self.requests = asyncio.Queue()
        self.transaction_id = ""
        self.count = 0
        self.seq_no = 0

    async def boot(self, vendor: str) -> str:
        station = datatypes201.ChargingStationType(vendor_name=vendor, model="Foreign")
        answer = await self.call(
            call201.BootNotification(station, enums201.BootReasonEnumType.power_up), suppress=False
        )
        return str(answer.status)

    async def report(self, *, is_charging: bool) -> None:
        status = (
            enums201.ConnectorStatusEnumType.occupied
            if is_charging
            else enums201.ConnectorStatusEnumType.available
        )
        await self.call(call201.StatusNotification(text(datetime.now(UTC)), status, 1, 1), suppress=False)

    async def authorize(self, id_token: str) -> str:
        answer = await self.call(call201.Authorize(self._card(id_token)), suppress=False)
        return str(answer.id_token_info["status"])

    async def begin(self, id_token: str, register: Register, *, request: dict[str, Any] | None = None) -> str:
        self.count += 1
        self.seq_no, self.transaction_id = 0, f"foreign-{self.id}-{self.count}"
        trigger = (
            enums201.TriggerReasonEnumType.remote_start
            if request
            else enums201.TriggerReasonEnumType.authorized
        )
        remote_start_id = request["remote_start_id"] if request else None
        answer = await self._tell(
            "Started", trigger, register, id_token=self._card(id_token), remote_start_id=remote_start_id
        )
        assert answer.id_token_info["status"] == "Accepted"
        return self.transaction_id

    async def sample(self, register: Register) -> None:
        await self._tell("Updated", enums201.TriggerReasonEnumType.meter_value_periodic, register)

    async def end(self, register: Register, *, is_remote: bool = False) -> None:
        triggers = enums201.TriggerReasonEnumType
        reasons = enums201.ReasonEnumType
        await self._tell(
            "Ended",
            triggers.remote_stop if is_remote else triggers.stop_authorized,
            register,
            stopped_reason=reasons.remote if is_remote else reasons.local,
        )

    async def _tell(
        self, kind: str, trigger: Any, register: Register, *, id_token: Any = None, **transaction: Any
    ) -> Any:
        """A TransactionEvent with the register in Wh, which is the unit where none is named."""
        where = {"Started": "Transaction.Begin", "Updated": "Sample.Periodic", "Ended": "Transaction.End"}[
            kind
        ]
        value = datatypes201.SampledValueType(
            float(register.wh), context=enums201.ReadingContextEnumType(where)
        )
        state = None if kind == "Ended" else enums201.ChargingStateEnumType.charging
        event = call201.TransactionEvent(
            event_type=enums201.TransactionEventEnumType(kind),
            timestamp=text(register.at),
            trigger_reason=trigger,
            seq_no=self.seq_no,
            transaction_info=datatypes201.TransactionType(self.transaction_id, state, **transaction),
            meter_value=[datatypes201.MeterValueType(text(register.at), [value])],
            evse=datatypes201.EVSEType(1, 1),
            id_token=id_token,
        )
        self.seq_no += 1
        return await self.call(event, suppress=False)

    def _card(self, id_token: str) -> Any:
        return datatypes201.IdTokenType(id_token, enums201.IdTokenEnumType.iso14443)

    @on(enums201.Action.request_start_transaction)  # type: ignore[untyped-decorator]
    async def asked_to_start(self, **request: Any) -> Any:
        """Accept."""
        asked = {"id_token": request["id_token"]["id_token"], "evse": request.get("evse_id")}
        self.requests.put_nowait(asked | {"remote_start_id": request["remote_start_id"]})
        return result201.RequestStartTransaction(status=enums201.RequestStartStopStatusEnumType.accepted)

    @on(enums201.Action.request_stop_transaction)  # type: ignore[untyped-decorator]
    async def asked_to_stop(self, transaction_id: str) -> Any:
        """Accept if it is the running one."""
        statuses = enums201.RequestStartStopStatusEnumType
        if transaction_id != self.transaction_id:
            return result201.RequestStopTransaction(status=statuses.rejected)
        self.requests.put_nowait({"transaction_id": transaction_id})
        return result201.RequestStopTransaction(status=statuses.accepted)


Point = TypeVar("Point", bound=ChargePoint)
CLASSES: dict[str, Callable[[str, Any], ChargePoint]] = {"1.6": ChargePoint16, "2.0.1": ChargePoint201}


def charge_point(
    base: str, tenant: str, identity: str, password: str, version: str
) -> AbstractAsyncContextManager[ChargePoint]:
    """A connected charge point that charges, starts and stops."""
    return connected(CLASSES[version], base, tenant, identity, password, version)


@asynccontextmanager
async def connected(
    make: Callable[[str, Any], Point], base: str, tenant: str, identity: str, password: str, version: str
) -> AsyncIterator[Point]:
    """A connected charge point that answers in the background. `make` takes its identity and its socket."""
    credentials = base64.b64encode(f"{identity}:{password}".encode()).decode()
    async with connect(
        f"{base}/{tenant}/ocpp/{identity}",
        subprotocols=[Subprotocol(f"ocpp{version}")],
        additional_headers={"Authorization": f"Basic {credentials}"},
    ) as socket:
        point = make(identity, socket)
        reader = asyncio.create_task(point.start())
        try:
            yield point
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await reader
