"""OCPP 1.6J: its handlers and codecs, one module for each functional block."""

from csms.ocpp.version import Version

V16 = Version("1.6", subprotocol="ocpp1.6")

from csms.ocpp.v16 import (  # noqa: E402 - the modules register themselves with V16
    authorization,
    availability,
    certificates,
    diagnostics,
    firmware,
    local_auth_list,
    meter_values,
    provisioning,
    remote_control,
    reservation,
    security,
    smart_charging,
    transactions,
)

__all__ = [
    "V16",
    "authorization",
    "availability",
    "certificates",
    "diagnostics",
    "firmware",
    "local_auth_list",
    "meter_values",
    "provisioning",
    "remote_control",
    "reservation",
    "security",
    "smart_charging",
    "transactions",
]
