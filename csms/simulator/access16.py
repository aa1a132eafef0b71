"""Local list, cache and reservations of a 1.6 station."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csms.simulator.clock import moment
from csms.simulator.configuration16 import Key
from csms.simulator.link import Answer, Payload
from csms.simulator.local_list import Entry
from csms.simulator.model import Connector, Evse
from csms.simulator.reservations import Reservation
from csms.simulator.wire import answers

if TYPE_CHECKING:
    from csms.simulator.station import Station


class Access16:
    """The commands of LocalAuthListManagement and Reservation, and ClearCache."""

    station: Station
    configuration: dict[str, Key]

    if TYPE_CHECKING:

        def _at(self, number: int) -> tuple[Evse, Connector] | None: ...

    @answers("ClearCache")
    def clear_cache(self, payload: Payload) -> Answer:
        """Forget the id tokens seen."""
        self.station.sessions.known_tokens.clear()
        return Answer({"status": "Accepted"})

    @answers("GetLocalListVersion")
    def local_list_version(self, payload: Payload) -> Answer:
        """Tell the version of the local list, 0 while it is empty, −1 while it is switched off (S16-40)."""
        is_on = self.station.settings.is_local_list_enabled
        return Answer({"listVersion": self.station.sessions.local_list.version if is_on else -1})

    @answers("SendLocalList")
    def send_local_list(self, payload: Payload) -> Answer:
        """Replace or change the local list (S16-41)."""
        is_full = {"Full": True, "Differential": False}[payload["updateType"]]
        entries = payload.get("localAuthorizationList", [])
        changes = {str(each["idTag"]): _entry(each.get("idTagInfo")) for each in entries}
        version = int(payload["listVersion"])
        if not self.station.settings.is_local_list_enabled:
            return Answer({"status": "NotSupported"})
        is_too_long = len(entries) > self._limit("SendLocalListMaxLength") or len(changes) < len(entries)
        if is_too_long or not self.station.scenario.is_list_kept:
            return Answer({"status": "Failed"})
        room = self._limit("LocalAuthListMaxLength")
        status = self.station.sessions.local_list.take(version, changes, is_full=is_full, room=room)
        return Answer({"status": status})

    @answers("ReserveNow")
    def reserve_now(self, payload: Payload) -> Answer:
        """Keep a connector free, or with 0 any (S16-45)."""
        number = int(payload["connectorId"])
        place = self._at(number)
        wanted = Reservation(
            int(payload["reservationId"]),
            place[0].id if place else None,
            str(payload["idTag"]),
            payload.get("parentIdTag"),
            moment(str(payload["expiryDate"])),
        )
        if number != 0 and place is None:
            return Answer({"status": "Rejected"})
        status = self.station.sessions.reservations.reserve(wanted)
        return Answer({"status": status}, self._announce)

    @answers("CancelReservation")
    def cancel_reservation(self, payload: Payload) -> Answer:
        """Keep it no longer."""
        is_known = self.station.sessions.reservations.cancel(int(payload["reservationId"]))
        return Answer({"status": "Accepted" if is_known else "Rejected"}, self._announce)

    def _limit(self, name: str) -> int:
        return int(self.configuration[name.lower()].value)

    async def _announce(self) -> None:
        self.station.announce()


def _entry(info: dict[str, Any] | None) -> Entry | None:
    if info is None:
        return None
    expiry = info.get("expiryDate")
    return Entry(str(info["status"]), info.get("parentIdTag"), moment(str(expiry)) if expiry else None)
