"""Remote start, stop and unlock in the words of OCPP 2.0.1, which are the unified ones."""

import secrets
from typing import Any

from csms.ocpp.v201 import V201


@V201.command("RequestStartTransaction")
def request_start(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The remoteStartId links the transaction with the request, even if the answer is lost. Source: S2-19."""
    return "RequestStartTransaction", {"remoteStartId": secrets.randbelow(2**31 - 1) + 1} | payload


@V201.command("RequestStopTransaction")
def request_stop(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The station's own transaction id."""
    return "RequestStopTransaction", payload


@V201.command("UnlockConnector")
def unlock_connector(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An EVSE with one connector needs no connector number."""
    return "UnlockConnector", {"connectorId": 1} | payload
