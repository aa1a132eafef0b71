"""Remote start, stop and unlock in the words of OCPP 1.6."""

from typing import Any

from csms.ocpp.v16 import V16, smart_charging
from csms.ocpp.version import CannotExpress

LONGEST_ID_TAG = 20
LARGEST_TRANSACTION_ID = 2**31 - 1


@V16.command("RequestStartTransaction")
def request_start(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """RemoteStartTransaction; 1.6 has no remoteStartId, the start is recognised by token, connector and time. Source: S16-17."""
    id_tag = str((payload.get("idToken") or {}).get("idToken", ""))
    if not 0 < len(id_tag) <= LONGEST_ID_TAG:
        raise CannotExpress(f"OCPP 1.6 takes id tokens of 1 to {LONGEST_ID_TAG} characters.")
    evse, document = payload.get("evseId"), payload.get("chargingProfile")
    place = {} if evse is None else {"connectorId": evse}
    limited = {} if document is None else {"chargingProfile": _profile_to_come(document)}
    return "RemoteStartTransaction", {"idTag": id_tag, **place, **limited}


def _profile_to_come(document: dict[str, Any]) -> dict[str, Any]:
    """The profile of the transaction that is asked for; it has no number yet. Source: S16-31."""
    if document.get("chargingProfilePurpose") != "TxProfile" or document.get("transactionId"):
        raise CannotExpress("A remote start takes a TxProfile without a transaction.")
    return smart_charging.profile(document)


@V16.command("RequestStopTransaction")
def request_stop(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """RemoteStopTransaction with the number that the transaction has at the station."""
    text = str(payload.get("transactionId", ""))
    if not text.isdecimal() or int(text) > LARGEST_TRANSACTION_ID:
        raise CannotExpress(f"“{text[:40]}” is no transaction of an OCPP 1.6 station.")
    return "RemoteStopTransaction", {"transactionId": int(text)}


@V16.command("UnlockConnector")
def unlock_connector(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """EVSE n is connector n."""
    evse = payload.get("evseId")
    if not isinstance(evse, int) or evse < 1:
        raise CannotExpress("Name the EVSE (evseId) whose connector is to be unlocked.")
    return "UnlockConnector", {"connectorId": evse}
