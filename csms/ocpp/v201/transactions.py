"""TransactionEvent of OCPP 2.0.1. It cannot be rejected. Source: S2-10 to S2-27.

What carries an id token, a start or an end is decided in the database; everything else is recorded.
"""

import hashlib
from typing import Any

from authorization import decisions
from csms.ocpp import jsontext, timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.v201.authorization import id_token_info
from csms.ocpp.v201.meter_values import samples
from csms.ocpp.version import Reply
from transactions import events
from transactions.events import Event


def _is_recorded(payload: dict[str, Any]) -> bool:
    return payload.get("eventType") == events.UPDATED and "idToken" not in payload


@V201.on("TransactionEvent", records=_is_recorded)
def transaction_event(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record an event, or decide about it; the answer has the id token's fate where the event carries one (S2-20)."""
    event = _event(connection, payload)
    if _is_recorded(payload):
        return Reply({}, (event,))
    decision = events.take(event)
    if decision is None:
        return Reply({})
    given = decisions.given(connection.station_id, event.id_token, event.id_token_type, decision)
    return Reply({"idTokenInfo": id_token_info(decision)}, (given,))


def _event(connection: Connection, payload: dict[str, Any]) -> Event:
    transaction, evse, token = (
        payload["transactionInfo"],
        payload.get("evse") or {},
        payload.get("idToken") or {},
    )
    return Event(
        station_id=connection.station_id,
        transaction_id=transaction["transactionId"],
        event_type=payload["eventType"],
        seq_no=payload["seqNo"],
        trigger_reason=payload["triggerReason"],
        occurred_at=timestamps.parse(payload["timestamp"]),
        digest=hashlib.sha256(jsontext.dumps(payload).encode(errors="replace")).hexdigest(),
        is_offline=payload.get("offline", False),
        evse_number=evse.get("id"),
        connector_number=evse.get("connectorId"),
        charging_state=transaction.get("chargingState", ""),
        stopped_reason=transaction.get("stoppedReason", ""),
        id_token=token.get("idToken", ""),
        id_token_type=token.get("type"),
        remote_start_id=transaction.get("remoteStartId"),
        reservation_id=payload.get("reservationId"),
        samples=samples(payload.get("meterValue", [])),
    )
