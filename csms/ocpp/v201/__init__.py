"""OCPP 2.0.1: its handlers and codecs, one module for each functional block."""

from csms.ocpp.version import Version

V201 = Version("2.0.1", subprotocol="ocpp2.0.1")

from csms.ocpp.v201 import (  # noqa: E402 - the modules register themselves with V201
    authorization,
    availability,
    diagnostics,
    firmware,
    local_auth_list,
    meter_values,
    provisioning,
    remote_control,
    reservation,
    transactions,
)

__all__ = [
    "V201",
    "authorization",
    "availability",
    "diagnostics",
    "firmware",
    "local_auth_list",
    "meter_values",
    "provisioning",
    "remote_control",
    "reservation",
    "transactions",
]
