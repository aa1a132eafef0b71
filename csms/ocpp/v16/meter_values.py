"""MeterValues of OCPP 1.6, and how its sampled values become samples. Source: MV-01 to MV-07, Q1, Q2, Q22, Q23."""

from datetime import UTC, datetime
from typing import Any

from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import Reply
from transactions import moments, units
from transactions.metering import REGISTER, MeterReading, Sample

NO_TRANSACTION = 2**63 - 1  # Q2


@V16.on("MeterValues", records=True)
def meter_values(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record the samples; their transaction is found when they are written."""
    reading = MeterReading(
        station_id=connection.station_id,
        evse_number=payload["connectorId"],
        transaction_id=_transaction_id(payload),
        samples=samples(payload["meterValue"]),
    )
    return Reply({}, (reading,))


def samples(meter_values: list[dict[str, Any]]) -> tuple[Sample, ...]:
    """The samples of a list of meter values, each with the value as it was written."""
    received = datetime.now(UTC)
    found: list[Sample] = []
    for meter_value in meter_values:
        moment, _ = moments.occurred(timestamps.parse(meter_value["timestamp"]), received)
        found += [_sample(moment, item) for item in meter_value["sampledValue"]]
    return tuple(found)


def _transaction_id(payload: dict[str, Any]) -> str | None:
    number = payload.get("transactionId")
    if number is None:
        return None
    return str(number) if 0 < number < NO_TRANSACTION else ""


def _sample(moment: datetime, item: dict[str, Any]) -> Sample:
    measurand = item.get("measurand", REGISTER)
    unit = item.get("unit") or units.default_unit(measurand)
    is_signed = item.get("format") == "SignedData"
    written = str(item["value"])  # Q23: some write a number
    value, normal_unit = units.normalised(None if is_signed else units.number(written), unit)
    return Sample(
        sampled_at=moment,
        measurand=measurand,
        value=value,
        unit=normal_unit,
        raw=written if is_signed else f"{written} {unit}".strip(),
        context=item.get("context", "Sample.Periodic"),
        phase=item.get("phase", ""),
        location=item.get("location", "Outlet"),
    )
