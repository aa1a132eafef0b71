"""Who is at the other end of a socket: a frozen value that handlers may keep. No socket in it."""

import uuid
from dataclasses import dataclass

from csms.ocpp.quirks.profiles import NONE, Quirks
from csms.ocpp.version import Version


@dataclass(frozen=True, slots=True)
class Connection:
    """An authenticated connection of one station."""

    tenant: str
    station_id: int
    identity: str
    version: Version
    gateway: uuid.UUID
    epoch: int
    security_profile: int
    is_accepted: bool
    quirks: Quirks = NONE

    @property
    def key(self) -> tuple[str, int]:
        """What names the station within this process."""
        return self.tenant, self.station_id
