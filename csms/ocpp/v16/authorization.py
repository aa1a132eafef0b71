"""Authorize and ClearCache of OCPP 1.6, and how decisions are said in its words."""

from typing import Any

from authorization import decisions
from authorization.decisions import Decision
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import Reply


@V16.on("Authorize")
def authorize(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Decide about a presented id token. It may be in use: the same question is asked to stop. Source: S16-14."""
    id_tag = connection.quirks.id_token(payload["idTag"])
    decision = decisions.decide(id_tag, None)
    given = decisions.given(connection.station_id, id_tag, None, decision)
    rules = () if id_tag == payload["idTag"] else ("Q16",)
    return Reply({"idTagInfo": id_tag_info(decision)}, (given,), rules)


@V16.command("ClearCache")
def clear_cache(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same in every version."""
    return "ClearCache", {}


def id_tag_info(decision: Decision) -> dict[str, Any]:
    """A decision in 1.6's words: what is unknown is Invalid. Source: S16-11, S16-12."""
    info: dict[str, Any] = {"status": "Invalid" if decision.status == decisions.UNKNOWN else decision.status}
    if decision.group_name:
        info["parentIdTag"] = decision.group_name[:20]
    if decision.expires_at:
        info["expiryDate"] = timestamps.text(decision.expires_at)
    return info
