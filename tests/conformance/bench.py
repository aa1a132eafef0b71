"""What a certification tool has: a charge point that does what the case says, and the product's API to give orders and to look at the result."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway.station import Station, station
from tests.interop.outside import Api, until

TENANT, IDENTITY = "acme", "CP-1"
CARD, BLOCKED, EXPIRED, UNKNOWN = "CARD", "BLOCKED-CARD", "EXPIRED-CARD", "NOBODY"
FRIEND, FAMILY = "FRIEND", "FAMILY"  # FRIEND is of the same group as CARD

Payload = dict[str, Any]
ACCEPTED: Payload = {"status": "Accepted"}
each_way = pytest.mark.parametrize("exact", [False, True], ids=["unified", "exact"])


def moment(before: timedelta = timedelta()) -> str:
    """A moment as stations write it: now, or some time before."""
    return (datetime.now(UTC) - before).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Order:
    """An order: the frame that the charge point saw, and the command as the API shows it."""

    frame: list[Any]
    command: Payload

    @property
    def said(self) -> tuple[str, Payload]:
        """Action and payload on the wire."""
        return self.frame[2], self.frame[3]

    @property
    def status(self) -> str:
        """The command's final state."""
        return str(self.command["status"])


@dataclass(frozen=True)
class ChargePoint:
    """A connected charge point of OCPP 1.6, and the API beside it."""

    api: Api
    wire: Station

    async def says(self, action: str, payload: Payload) -> Payload:
        """Send a CALL that must be answered with a CALLRESULT. Returns: its payload."""
        return await self.wire.result(action, payload)

    async def boots(self) -> None:
        """Say hello, be accepted and report that everything is available."""
        assert (await self.wire.boot("1.6"))["status"] == "Accepted"
        for connector in (0, 1, 2):
            await self.reports(connector, "Available")

    async def reports(self, connector: int, status: str, error: str = "NoError") -> None:
        """Report a connector's status, which is answered with nothing."""
        payload = {"connectorId": connector, "errorCode": error, "status": status, "timestamp": moment()}
        assert await self.says("StatusNotification", payload) == {}

    async def authorizes(self, id_tag: str) -> Payload:
        """Ask about an id. Returns: the idTagInfo."""
        info: Payload = (await self.says("Authorize", {"idTag": id_tag}))["idTagInfo"]
        return info

    async def starts(self, id_tag: str = CARD, connector: int = 1, **more: Any) -> Payload:
        """Start a transaction at 1000 Wh. Returns: the answer, which always carries a transaction id."""
        payload = {"connectorId": connector, "idTag": id_tag, "meterStart": 1000, "timestamp": moment()}
        answer = await self.says("StartTransaction", payload | more)
        assert answer["transactionId"] > 0
        return answer

    async def charges(self, id_tag: str = CARD, connector: int = 1, **more: Any) -> int:
        """Start an accepted transaction and report that energy flows. Returns: the transaction id."""
        answer = await self.starts(id_tag, connector, **more)
        assert answer["idTagInfo"]["status"] == "Accepted"
        await self.reports(connector, "Charging")
        number: int = answer["transactionId"]
        return number

    async def stops(self, number: int, reason: str, **more: Any) -> Payload:
        """Stop a transaction at 5000 Wh. Returns: the answer."""
        payload = {"transactionId": number, "meterStop": 5000, "timestamp": moment(), "reason": reason}
        return await self.says("StopTransaction", payload | more)

    async def is_alarmed(self, event: str) -> None:
        """Report a security event, which is taken and shown."""
        payload = {"type": event, "timestamp": moment()}
        assert await self.says("SecurityEventNotification", payload) == {}
        assert (await self.logged("SecurityEventNotification"))["payload"] == payload

    async def is_told(
        self, action: str, payload: Payload, answer: Payload = ACCEPTED, *, exact: bool = False
    ) -> Order:
        """Give an order by the API and answer it at the charge point.

        `exact` passes an action of OCPP 1.6 unchanged; otherwise the words are those of OCPP 2.0.1. That the API shows what went over the wire is
        checked here, once for all cases.
        """
        door = "calls" if exact else "commands"
        body = {"action": action, "payload": payload, "wait": 20}
        asked = asyncio.create_task(self.api.call("POST", f"stations/{IDENTITY}/{door}/", body))
        receives = asyncio.create_task(self.wire.next_command())
        await asyncio.wait([asked, receives], return_when=asyncio.FIRST_COMPLETED)
        assert receives.done(), (await asked).text
        frame = receives.result()
        await self.wire.answer(frame, answer)
        shown = await asked
        assert shown.status == 200, shown.text
        command = shown.json
        assert (command["wire_action"], command["response"]) == (frame[2], answer)
        return Order(frame, command)

    async def passes_on(self, action: str, payload: Payload, answer: Payload = ACCEPTED) -> Order:
        """Give an exact order: nothing may be added or changed on its way."""
        order = await self.is_told(action, payload, answer, exact=True)
        assert order.said == (action, payload)
        return order

    async def command(self, order: Order) -> Payload:
        """The command as it stands now."""
        shown: Payload = await self.api.get(f"commands/{order.command['id']}/")
        return shown

    async def effect_is_seen(self, order: Order) -> bool:
        """Whether a later message showed that the order worked."""

        async def seen() -> bool:
            return bool((await self.command(order))["effect_seen_at"])

        return await until(seen, 3)

    async def transactions(self) -> list[Payload]:
        """The station's transactions, newest first."""
        return await self.api.rows("transactions/", station=IDENTITY)

    async def transaction(self, number: int) -> Payload:
        """One transaction."""
        shown: Payload = await self.api.get(f"transactions/{number}/", station=IDENTITY)
        return shown

    async def connector(self, number: int) -> Payload:
        """One connector as the API shows it."""
        station_shown = await self.api.get(f"stations/{IDENTITY}/")
        found: Payload = next(row for row in station_shown["connectors"] if row["evse"] == number)
        return found

    async def variable(self, name: str) -> Payload:
        """One configuration key as the API shows it."""
        [row] = await self.api.rows(f"stations/{IDENTITY}/variables/", name=name)
        return row

    async def logged(self, action: str) -> Payload:
        """The newest exchange of an action in the message log."""
        return (await self.api.rows(f"stations/{IDENTITY}/messages/", action=action))[0]

    async def is_left_alone(self) -> bool:
        """Whether the product sends nothing that nobody ordered."""
        await asyncio.sleep(0.3)
        return self.wire.commands.empty()


@dataclass(frozen=True)
class Bench:
    """The product on one port, and a key to its API."""

    port: int
    key: str

    @property
    def base(self) -> str:
        """Where charge points connect."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def api(self) -> Api:
        """The API of the tenant."""
        return Api(f"http://127.0.0.1:{self.port}/t/{TENANT}", self.key)

    @asynccontextmanager
    async def connected(self, **options: Any) -> AsyncIterator[ChargePoint]:
        """A charge point that is connected and has not said anything yet."""
        async with station(options.pop("base", self.base), TENANT, IDENTITY, boots=False, **options) as wire:
            yield ChargePoint(self.api, wire)
            assert wire.commands.empty(), "the product has sent what nobody ordered"

    @asynccontextmanager
    async def booted(self, **options: Any) -> AsyncIterator[ChargePoint]:
        """A charge point that has booted: where most cases begin."""
        async with self.connected(**options) as point:
            await point.boots()
            yield point
