"""Authorize and ClearCache of OCPP 2.0.1, and how decisions are said in its words. Source: S2-30, S2-31."""

from typing import Any

from authorization import decisions
from authorization.decisions import Decision
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.version import Reply


@V201.on("Authorize")
def authorize(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Decide about a presented id token."""
    token = payload["idToken"]
    decision = decisions.decide(token["idToken"], token["type"])
    given = decisions.given(connection.station_id, token["idToken"], token["type"], decision)
    answer: dict[str, Any] = {"idTokenInfo": id_token_info(decision)}
    if "certificate" in payload or "iso15118CertificateHashData" in payload:
        answer["certificateStatus"] = "CertChainError"  # S2-35: no chain of the tenant can be built yet
        answer["idTokenInfo"] = {"status": "Invalid"}
    return Reply(answer, (given,))


@V201.command("ClearCache")
def clear_cache(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same in every version."""
    return "ClearCache", {}


def id_token_info(decision: Decision) -> dict[str, Any]:
    """A decision in 2.0.1's words."""
    info: dict[str, Any] = {"status": decision.status}
    if decision.group_name:
        info["groupIdToken"] = {"idToken": decision.group_name, "type": "Central"}
    if decision.expires_at:
        info["cacheExpiryDateTime"] = timestamps.text(decision.expires_at)
    return info
