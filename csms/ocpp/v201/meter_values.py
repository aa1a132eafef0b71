"""MeterValues of OCPP 2.0.1, and how its sampled values become samples. Source: MV-01 to MV-07, S2-22."""

from datetime import UTC, datetime
from typing import Any

from csms.ocpp import jsontext, timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.version import Reply
from transactions import moments, units
from transactions.metering import REGISTER, MeterReading, Sample


@V201.on("MeterValues", records=True)
def meter_values(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record samples that belong to no transaction."""
    reading = MeterReading(
        station_id=connection.station_id,
        evse_number=payload["evseId"],
        transaction_id=None,
        samples=samples(payload["meterValue"]),
    )
    return Reply({}, (reading,))


def samples(meter_values: list[dict[str, Any]]) -> tuple[Sample, ...]:
    """The samples of a list of meter values; a signed one gives its readable value and the signed text, byte for byte."""
    received = datetime.now(UTC)
    found: list[Sample] = []
    for meter_value in meter_values:
        moment, _ = moments.occurred(timestamps.parse(meter_value["timestamp"]), received)
        for item in meter_value["sampledValue"]:
            found += _samples(moment, item)
    return tuple(found)


def _samples(moment: datetime, item: dict[str, Any]) -> list[Sample]:
    measurand = item.get("measurand", REGISTER)
    unit_of_measure = item.get("unitOfMeasure") or {}
    unit = unit_of_measure.get("unit") or units.default_unit(measurand)
    multiplier = unit_of_measure.get("multiplier", 0)
    value, normal_unit = units.normalised(units.number(str(item["value"])), unit, multiplier)
    where = {
        "context": item.get("context", "Sample.Periodic"),
        "phase": item.get("phase", ""),
        "location": item.get("location", "Outlet"),
    }
    raw = f"{item['value']} {unit}" + (f" e{multiplier}" if multiplier else "")
    found = [Sample(moment, measurand, value, normal_unit, raw.strip(), **where)]
    if "signedMeterValue" in item:
        found.append(Sample(moment, measurand, None, "", jsontext.dumps(item["signedMeterValue"]), **where))
    return found
