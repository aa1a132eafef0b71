"""StartTransaction and StopTransaction of OCPP 1.6. They are always answered as if valid. Source: S16-10, S16-18 to S16-22."""

from typing import Any

from django.utils import timezone

from authorization import decisions
from csms.ocpp import reading
from csms.ocpp.connection import Connection
from csms.ocpp.reading import Rules
from csms.ocpp.v16 import V16
from csms.ocpp.v16.authorization import id_tag_info
from csms.ocpp.v16.meter_values import samples, transaction_id
from csms.ocpp.version import Reply
from transactions import lifecycle
from transactions.lifecycle import Start, Stop


@V16.on("StartTransaction")
def start_transaction(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Begin a transaction, or find the one that this report began before. A refused id token still gets one."""
    rules: Rules = []
    id_tag = connection.quirks.id_token(payload.get("idTag", ""))
    rules += [] if id_tag == payload.get("idTag", "") else ["Q16"]
    meter_start = reading.number(payload.get("meterStart"))
    if meter_start == 0 and "Q27" in connection.quirks.on:
        meter_start = None
        rules.append("Q27")
    if payload.get("reservationId") == 0:
        rules.append("Q5")
    row, decision = lifecycle.start(
        Start(
            station_id=connection.station_id,
            evse_number=payload["connectorId"],
            connector_number=1,
            id_token=id_tag,
            occurred_at=reading.moment(connection, payload.get("timestamp"), rules, timezone.now()),
            meter_start_wh=meter_start,
            is_incomplete=not {"idTag", "timestamp", "meterStart"} <= payload.keys(),
            reservation_id=payload.get("reservationId") or None,  # Q5: 0 means none
        )
    )
    given = decisions.given(connection.station_id, id_tag, None, decision)
    answer = {"transactionId": int(row.transaction_id), "idTagInfo": id_tag_info(decision)}
    return Reply(answer, (given,), tuple(rules))


@V16.on("StopTransaction")
def stop_transaction(connection: Connection, payload: dict[str, Any]) -> Reply:
    """End a transaction. An unknown one is kept as an orphan; a second report changes nothing."""
    rules: Rules = []
    id_tag = connection.quirks.id_token(payload.get("idTag", ""))
    rules += [] if id_tag == payload.get("idTag", "") else ["Q16"]
    named = transaction_id(payload.get("transactionId"), [])
    rules += [] if named else ["Q4"]
    decision = lifecycle.stop(
        Stop(
            station_id=connection.station_id,
            transaction_id=named or "",
            id_token=id_tag,
            occurred_at=reading.moment(connection, payload.get("timestamp"), rules, timezone.now()),
            meter_stop_wh=reading.number(payload.get("meterStop")),
            is_incomplete=not {"timestamp", "meterStop"} <= payload.keys(),
            reason=payload.get("reason", "Local"),
            samples=samples(connection, payload.get("transactionData", []), rules),
        )
    )
    if decision is None:
        return Reply({}, (), tuple(rules))
    given = decisions.given(connection.station_id, id_tag, None, decision)
    return Reply({"idTagInfo": id_tag_info(decision)}, (given,), tuple(rules))
