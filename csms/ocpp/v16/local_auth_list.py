"""The local authorization list in the words of OCPP 1.6. Source: S16-40 to S16-43."""

from typing import Any

from authorization import local_lists
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.v16.remote_control import LONGEST_ID_TAG
from csms.ocpp.version import CannotExpress

STATUSES = frozenset({"Accepted", "Blocked", "Expired", "Invalid"})  # ConcurrentTx is no fact about a token


@V16.command("GetLocalListVersion")
def get_local_list_version(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same in every version."""
    return "GetLocalListVersion", {}


@V16.command("SendLocalList")
def send_local_list(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Entries for tokens that 1.6 cannot name are left out: no 1.6 station can be shown such a token."""
    version, kind = payload.get("versionNumber"), payload.get("updateType")
    if not isinstance(version, int) or version < 1:
        raise CannotExpress("The version of a list is a whole number above 0 (versionNumber).")
    if kind not in ("Full", "Differential"):
        raise CannotExpress("A list is Full or Differential (updateType).")
    entries = [_entry(entry) for entry in payload.get("localAuthorizationList", ())]
    said = [entry for entry in entries if 0 < len(entry["idTag"]) <= LONGEST_ID_TAG]
    if kind == "Full" and any("idTagInfo" not in entry for entry in said):
        raise CannotExpress("Every entry of a full list says what becomes of the token (idTokenInfo).")
    head = {"listVersion": version, "updateType": kind}
    return "SendLocalList", {**head, "localAuthorizationList": said} if said else head


@V16.on_result("GetLocalListVersion")
def local_list_version(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """−1: no list; 0: an empty one."""
    local_lists.version_told(command, response["listVersion"])


@V16.on_result("SendLocalList")
def local_list_sent(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """What the station made of the list."""
    local_lists.answered(command, response["status"])


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without information takes the token away."""
    said: dict[str, Any] = {"idTag": str((entry.get("idToken") or {}).get("idToken", ""))}
    if "idTokenInfo" not in entry:
        return said
    info = entry["idTokenInfo"] or {}
    status = info.get("status", "")
    said["idTagInfo"] = {"status": status if status in STATUSES else "Invalid"}
    if group := (info.get("groupIdToken") or {}).get("idToken"):
        said["idTagInfo"]["parentIdTag"] = str(group)[:LONGEST_ID_TAG]
    if expiry := info.get("cacheExpiryDateTime"):
        said["idTagInfo"]["expiryDate"] = expiry
    return said
