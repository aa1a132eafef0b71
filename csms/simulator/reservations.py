"""The reservations of a station: EVSEs that it keeps free for a driver until a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from csms.simulator.model import Evse, IdToken

if TYPE_CHECKING:
    from csms.simulator.station import Station


@dataclass(frozen=True, slots=True)
class Reservation:
    """An EVSE, or with None any, is kept for a token and for those of a group."""

    id: int
    evse_id: int | None
    token: str
    group: str | None
    expires_at: datetime

    def admits(self, token: IdToken, group: str | None) -> bool:
        """Say whether a driver may use it."""
        is_member = self.group is not None and group is not None and self.group.lower() == group.lower()
        return is_member or self.token.lower() == token.value.lower()


class Reservations:
    """Those of one station, by id. `groups` is what the CSMS said about the tokens that were asked about."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.kept: dict[int, Reservation] = {}
        self.groups: dict[str, str | None] = {}

    def reserve(self, wanted: Reservation) -> str:
        """Keep an EVSE free, in place of an earlier reservation of the same id.

        Returns: the answer's word, the same in every version. Source: S16-45.
        """
        if self.station.clock.now() >= wanted.expires_at:
            return "Rejected"
        status = self._chances(wanted)
        if status != "Accepted":
            return status
        self.kept[wanted.id] = wanted
        self._show()
        self.station.spawn(lambda: self._expire(wanted))
        return status

    def cancel(self, reservation_id: int) -> bool:
        """Keep it no longer. Returns: whether there was one."""
        was_there = self.kept.pop(reservation_id, None) is not None
        self._show()
        return was_there

    def is_open_to(self, evse: Evse, token: IdToken) -> bool:
        """Say whether a driver may begin here: the EVSE is not kept for somebody else, and enough are left for those who may have any."""
        group = self.groups.get(token.value)
        strangers = [each for each in self.kept.values() if not each.admits(token, group)]
        if any(each.evse_id == evse.id for each in strangers):
            return False
        left = [each for each in self._free(strangers) if each is not evse]
        return sum(each.evse_id is None for each in strangers) <= len(left)

    def use(self, evse: Evse, token: IdToken) -> int | None:
        """Take what a driver has reserved here. Returns: its id."""
        group = self.groups.get(token.value)
        mine = [
            each
            for each in self.kept.values()
            if each.evse_id in (None, evse.id) and each.admits(token, group)
        ]
        if not mine:
            return None
        used = min(mine, key=lambda each: each.evse_id is None)
        self.kept.pop(used.id)
        self._show()
        return used.id

    def give_up_lost(self) -> None:
        """Forget those whose EVSE has broken or went out of service; the CSMS sees it by the connector's status."""
        for each in list(self.kept.values()):
            evse = None if each.evse_id is None else self.station.evse(each.evse_id)
            if evse is not None and not any(connector.is_usable for connector in evse.connectors):
                self.kept.pop(each.id)
        self._show()

    def _chances(self, wanted: Reservation) -> str:
        others = [each for each in self.kept.values() if each.id != wanted.id]
        if wanted.evse_id is None:
            is_possible = sum(each.evse_id is None for each in others) < len(self._free(others))
            return "Accepted" if is_possible else "Occupied"
        evse = self.station.evse(wanted.evse_id)
        if evse is None:
            return "Rejected"
        if all(connector.fault for connector in evse.connectors):
            return "Faulted"
        if not any(connector.is_operative for connector in evse.connectors):
            return "Unavailable"
        return "Accepted" if evse in self._free(others) else "Occupied"

    def _free(self, others: list[Reservation]) -> list[Evse]:
        taken = {each.evse_id for each in others}
        return [
            evse
            for evse in self.station.evses
            if evse.is_free and evse.connector_in_use is None and evse.id not in taken
        ]

    async def _expire(self, reservation: Reservation) -> None:
        now = self.station.clock.now()
        await self.station.clock.sleep((reservation.expires_at - now).total_seconds())
        if self.kept.get(reservation.id) is reservation:
            self.kept.pop(reservation.id)
            self.station.tell("expired", f"reservation {reservation.id} is over")
            self._show()
            self.station.announce()

    def _show(self) -> None:
        kept = {each.evse_id for each in self.kept.values()}
        for evse in self.station.evses:
            evse.is_reserved = evse.id in kept
