"""The versions that are spoken, newest first. Importing this module registers every handler and codec."""

from csms.ocpp.v16 import V16
from csms.ocpp.v21 import V21
from csms.ocpp.v201 import V201
from csms.ocpp.version import Version

NEWEST_FIRST: tuple[Version, ...] = (V21, V201, V16)
COMPRESSED = frozenset(
    {V21.subprotocol, V201.subprotocol}
)  # OCPP 2.x requires RFC 7692 of the CSMS, 1.6 knows none


def negotiate(offered: list[str]) -> Version | None:
    """The newest version that the station offers, or None."""
    return next((version for version in NEWEST_FIRST if version.subprotocol in offered), None)
