"""A charge point of the `ocpp` package that knows every block of OCPP 1.6: its own decorators, its own framing and validation, its defaults.

What it is asked for it does: it fetches and delivers real files, closes its socket to restart, and reports what it has done.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ocpp.routing import after, on
from ocpp.v16 import call, call_result
from ocpp.v16.enums import (
    Action,
    AvailabilityStatus,
    CancelReservationStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    ChargingProfileStatus,
    ClearCacheStatus,
    ClearChargingProfileStatus,
    ConfigurationStatus,
    DataTransferStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    GetCompositeScheduleStatus,
    MessageTrigger,
    ReservationStatus,
    ResetStatus,
    TriggerMessageStatus,
    UnlockStatus,
    UpdateStatus,
)

from tests.interop.charge_points import ChargePoint16, text

LOG_NAME, LOG = "foreign.log", b"contactor closed\n" * 5000
STATUSES = ChargePointStatus


@dataclass
class Memory:
    """What a charge point keeps while it is off, and what a test wants to know."""

    firmware_version: str = "1.0"
    keys: dict[str, str] = field(default_factory=dict)
    read_only: dict[str, str] = field(default_factory=dict)
    list_version: int = 0
    local_list: dict[str, Any] = field(default_factory=dict)
    reservations: dict[int, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    downloads: list[tuple[int, bytes]] = field(default_factory=list)
    uploads: list[int] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)


class ChargePointOfAllBlocks(ChargePoint16):
    """OCPP 1.6J, from boot to smart charging."""

    def __init__(self, identity: str, connection: Any, memory: Memory) -> None:
        super().__init__(identity, connection)
        self.connection, self.memory = connection, memory

    async def wake(self) -> str:
        """Say hello and tell the state of the station and of its connector. Returns: the registration status."""
        hello = call.BootNotification(
            charge_point_model="Foreign",
            charge_point_vendor="Foreign Works",
            firmware_version=self.memory.firmware_version,
        )
        answer = await self.call(hello, suppress=False)
        await self.tell(STATUSES.available, connector=0)
        await self.tell(STATUSES.available)
        return str(answer.status)

    async def tell(self, status: ChargePointStatus, *, connector: int = 1) -> None:
        """Tell a status, with its time."""
        await self.call(
            call.StatusNotification(
                connector, ChargePointErrorCode.no_error, status, text(datetime.now(UTC))
            ),
            suppress=False,
        )

    async def sleep(self) -> None:
        """Be off until somebody makes a new one."""
        await self.connection.close()

    # Configuration

    @on(Action.get_configuration)  # type: ignore[untyped-decorator]
    def asked_for_keys(self, key: list[str] | None = None) -> Any:
        """All keys, or those that were asked for."""
        known = self.memory.read_only | self.memory.keys
        found = [name for name in key or known if name in known]
        return call_result.GetConfiguration(
            configuration_key=[
                {"key": name, "readonly": name in self.memory.read_only, "value": known[name]}
                for name in found
            ],
            unknown_key=[name for name in key or () if name not in known],
        )

    @on(Action.change_configuration)  # type: ignore[untyped-decorator]
    def asked_to_change_a_key(self, key: str, value: str) -> Any:
        """Change it, if there is such a key and it may be changed."""
        if key in self.memory.read_only:
            return call_result.ChangeConfiguration(ConfigurationStatus.rejected)
        if key not in self.memory.keys:
            return call_result.ChangeConfiguration(ConfigurationStatus.not_supported)
        self.memory.keys[key] = value
        return call_result.ChangeConfiguration(ConfigurationStatus.accepted)

    # Local list

    @on(Action.get_local_list_version)  # type: ignore[untyped-decorator]
    def asked_for_the_list(self) -> Any:
        """Which it has."""
        return call_result.GetLocalListVersion(self.memory.list_version)

    @on(Action.send_local_list)  # type: ignore[untyped-decorator]
    def told_a_list(
        self, list_version: int, update_type: str, local_authorization_list: list[Any] | None = None
    ) -> Any:
        """Take it, unless it is a difference to a list that this is not."""
        memory = self.memory
        if update_type == "Differential" and list_version != memory.list_version + 1:
            return call_result.SendLocalList(UpdateStatus.version_mismatch)
        if update_type == "Full":
            memory.local_list.clear()
        for entry in local_authorization_list or ():
            if "id_tag_info" in entry:
                memory.local_list[entry["id_tag"]] = entry["id_tag_info"]
            else:
                memory.local_list.pop(entry["id_tag"], None)
        memory.list_version = list_version
        return call_result.SendLocalList(UpdateStatus.accepted)

    # Reservation

    @on(Action.reserve_now)  # type: ignore[untyped-decorator]
    def asked_to_reserve(self, reservation_id: int, **terms: Any) -> Any:
        """Keep the connector free."""
        self.memory.reservations[reservation_id] = terms
        return call_result.ReserveNow(ReservationStatus.accepted)

    @after(Action.reserve_now)  # type: ignore[untyped-decorator]
    async def reserved(self, **terms: Any) -> None:
        """Show it."""
        await self.tell(STATUSES.reserved)

    @on(Action.cancel_reservation)  # type: ignore[untyped-decorator]
    def asked_to_free(self, reservation_id: int) -> Any:
        """Free the connector, if it is reserved."""
        if self.memory.reservations.pop(reservation_id, None) is None:
            return call_result.CancelReservation(CancelReservationStatus.rejected)
        return call_result.CancelReservation(CancelReservationStatus.accepted)

    @after(Action.cancel_reservation)  # type: ignore[untyped-decorator]
    async def freed(self, reservation_id: int) -> None:
        """Show it."""
        await self.tell(STATUSES.available)

    # Firmware and diagnostics

    @on(Action.update_firmware)  # type: ignore[untyped-decorator]
    def asked_to_update(self, **order: Any) -> Any:
        """There is no other answer."""
        return call_result.UpdateFirmware()

    @after(Action.update_firmware)  # type: ignore[untyped-decorator]
    async def update(self, location: str, **order: Any) -> None:
        """Fetch the file, and see that nobody gets it twice. The new version runs after a restart."""
        await self.call(call.FirmwareStatusNotification(FirmwareStatus.downloading), suppress=False)
        for _ in range(2):
            self.memory.downloads.append(await asyncio.to_thread(transfer, Request(location)))
        await self.call(call.FirmwareStatusNotification(FirmwareStatus.downloaded), suppress=False)
        await self.call(call.FirmwareStatusNotification(FirmwareStatus.installing), suppress=False)
        self.memory.firmware_version = "2.0"
        await self.sleep()

    @on(Action.get_diagnostics)  # type: ignore[untyped-decorator]
    def asked_for_diagnostics(self, **order: Any) -> Any:
        """There is a file."""
        return call_result.GetDiagnostics(LOG_NAME)

    @after(Action.get_diagnostics)  # type: ignore[untyped-decorator]
    async def deliver(self, location: str, **order: Any) -> None:
        """Put the file there, and see that no second one is taken."""
        await self.call(call.DiagnosticsStatusNotification(DiagnosticsStatus.uploading), suppress=False)
        for _ in range(2):
            delivery = Request(location + LOG_NAME, data=LOG, method="PUT")
            self.memory.uploads.append((await asyncio.to_thread(transfer, delivery))[0])
        await self.call(call.DiagnosticsStatusNotification(DiagnosticsStatus.uploaded), suppress=False)

    # Smart charging

    @on(Action.set_charging_profile)  # type: ignore[untyped-decorator]
    def told_a_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
        """Hold it, with plain numbers: the package reads limits as Decimal, and cannot write these."""
        profile = json.loads(json.dumps(cs_charging_profiles, default=float))
        self.memory.profiles[profile["charging_profile_id"]] = (connector_id, profile)
        return call_result.SetChargingProfile(ChargingProfileStatus.accepted)

    @on(Action.clear_charging_profile)  # type: ignore[untyped-decorator]
    def asked_to_forget_profiles(self, **criteria: Any) -> Any:
        """One by its number."""
        if self.memory.profiles.pop(criteria.get("id", 0), None) is None:
            return call_result.ClearChargingProfile(ClearChargingProfileStatus.unknown)
        return call_result.ClearChargingProfile(ClearChargingProfileStatus.accepted)

    @on(Action.get_composite_schedule)  # type: ignore[untyped-decorator]
    def asked_for_the_schedule(self, connector_id: int, duration: int, **order: Any) -> Any:
        """That of the connector's first profile."""
        for connector, profile in self.memory.profiles.values():
            if connector == connector_id:
                return call_result.GetCompositeSchedule(
                    GetCompositeScheduleStatus.accepted,
                    connector_id,
                    text(datetime.now(UTC)),
                    profile["charging_schedule"] | {"duration": duration},
                )
        return call_result.GetCompositeSchedule(GetCompositeScheduleStatus.rejected)

    # Everything else

    @on(Action.trigger_message)  # type: ignore[untyped-decorator]
    def asked_to_send(self, requested_message: str, **place: Any) -> Any:
        """Heartbeats only."""
        if requested_message == MessageTrigger.heartbeat:
            return call_result.TriggerMessage(TriggerMessageStatus.accepted)
        return call_result.TriggerMessage(TriggerMessageStatus.not_implemented)

    @after(Action.trigger_message)  # type: ignore[untyped-decorator]
    async def triggered(self, requested_message: str, **place: Any) -> None:
        """Send it."""
        if requested_message == MessageTrigger.heartbeat:
            await self.call(call.Heartbeat(), suppress=False)

    @on(Action.unlock_connector)  # type: ignore[untyped-decorator]
    def asked_to_unlock(self, connector_id: int) -> Any:
        """Done."""
        return call_result.UnlockConnector(UnlockStatus.unlocked)

    @on(Action.change_availability)  # type: ignore[untyped-decorator]
    def asked_to_be_available(self, **order: Any) -> Any:
        """Done."""
        return call_result.ChangeAvailability(AvailabilityStatus.accepted)

    @after(Action.change_availability)  # type: ignore[untyped-decorator]
    async def became_available(self, **order: Any) -> None:
        """Show it."""
        is_available = order["type"] == "Operative"
        await self.tell(STATUSES.available if is_available else STATUSES.unavailable)

    @on(Action.clear_cache)  # type: ignore[untyped-decorator]
    def asked_to_clear(self) -> Any:
        """Done."""
        return call_result.ClearCache(ClearCacheStatus.accepted)

    @on(Action.data_transfer)  # type: ignore[untyped-decorator]
    def told_data(self, vendor_id: str, data: str = "", **more: Any) -> Any:
        """The same back."""
        return call_result.DataTransfer(DataTransferStatus.accepted, data)

    @on(Action.reset)  # type: ignore[untyped-decorator]
    def asked_to_reset(self, **order: Any) -> Any:
        """Yes."""
        self.memory.resets.append(order["type"])
        return call_result.Reset(ResetStatus.accepted)

    @after(Action.reset)  # type: ignore[untyped-decorator]
    async def reset(self, **order: Any) -> None:
        """Be off."""
        await self.sleep()


def transfer(request: Request) -> tuple[int, bytes]:
    """Fetch or deliver a file. Returns: the status and the body."""
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()
