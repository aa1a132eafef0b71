"""Security events of OCPP 1.6's security whitepaper. Source: S16-63."""

from datetime import UTC, datetime
from typing import Any

from chargers.security_events import SecurityReport
from csms.ocpp import security_events, timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import Reply
from transactions import moments


@V16.on("SecurityEventNotification", records=True)
def security_event(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record an event with the station's own time, whatever its type."""
    moment, _ = moments.occurred(timestamps.parse(payload["timestamp"]), datetime.now(UTC))
    report = SecurityReport(
        station_id=connection.station_id,
        type=payload["type"],
        occurred_at=moment,
        text=payload.get("techInfo", ""),
        is_critical=security_events.is_critical(connection.version.name, payload["type"]),
    )
    return Reply({}, (report,))
