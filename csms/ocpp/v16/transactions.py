"""StartTransaction and StopTransaction of OCPP 1.6. They are always answered as if valid. Source: S16-10, S16-18 to S16-22."""

from decimal import Decimal
from typing import Any

from authorization import decisions
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.v16.authorization import id_tag_info
from csms.ocpp.v16.meter_values import samples
from csms.ocpp.version import Reply
from transactions import lifecycle
from transactions.lifecycle import Start, Stop


@V16.on("StartTransaction")
def start_transaction(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Begin a transaction, or find the one that this report began before. A refused id token still gets one."""
    row, decision = lifecycle.start(
        Start(
            station_id=connection.station_id,
            evse_number=payload["connectorId"],
            connector_number=1,
            id_token=payload["idTag"],
            occurred_at=timestamps.parse(payload["timestamp"]),
            meter_start_wh=Decimal(payload["meterStart"]),
            reservation_id=payload.get("reservationId") or None,  # Q5: 0 means none
        )
    )
    given = decisions.given(connection.station_id, payload["idTag"], None, decision)
    return Reply({"transactionId": int(row.transaction_id), "idTagInfo": id_tag_info(decision)}, (given,))


@V16.on("StopTransaction")
def stop_transaction(connection: Connection, payload: dict[str, Any]) -> Reply:
    """End a transaction. An unknown one is kept as an orphan; a second report changes nothing."""
    number = payload["transactionId"]
    decision = lifecycle.stop(
        Stop(
            station_id=connection.station_id,
            transaction_id=str(number) if number > 0 else "",  # Q4
            id_token=payload.get("idTag", ""),
            occurred_at=timestamps.parse(payload["timestamp"]),
            meter_stop_wh=Decimal(payload["meterStop"]),
            reason=payload.get("reason", "Local"),
            samples=samples(payload.get("transactionData", [])),
        )
    )
    if decision is None:
        return Reply({})
    given = decisions.given(connection.station_id, payload["idTag"], None, decision)
    return Reply({"idTagInfo": id_tag_info(decision)}, (given,))
