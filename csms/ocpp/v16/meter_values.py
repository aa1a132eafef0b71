"""MeterValues of OCPP 1.6, and how its sampled values become samples. Source: MV-01 to MV-07, Q1, Q2, Q22 to Q29."""

from datetime import UTC, datetime
from typing import Any

from csms.ocpp import reading
from csms.ocpp.connection import Connection
from csms.ocpp.reading import Rules
from csms.ocpp.v16 import V16
from csms.ocpp.version import Reply
from transactions import moments, units
from transactions.metering import REGISTER, MeterReading, Sample

NO_TRANSACTION = 2**63 - 1  # Q2


@V16.on("MeterValues", records=True)
def meter_values(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record the samples; their transaction is found when they are written."""
    rules: Rules = []
    meter = MeterReading(
        station_id=connection.station_id,
        evse_number=payload["connectorId"],
        transaction_id=transaction_id(payload.get("transactionId"), rules),
        samples=samples(connection, payload["meterValue"], rules),
    )
    if meter.evse_number == 0 and meter.transaction_id is not None:
        rules.append("Q29")
    return Reply({}, (meter,), tuple(rules))


def transaction_id(number: int | None, rules: Rules) -> str | None:
    """The id in our words: None where none was named, empty where the station means one but does not know it (Q1, Q2)."""
    if number is None:
        return None
    if 0 < number < NO_TRANSACTION:
        return str(number)
    rules.append("Q2" if number > 0 else "Q1")
    return ""


def samples(connection: Connection, meter_values: list[dict[str, Any]], rules: Rules) -> tuple[Sample, ...]:
    """The samples of a list of meter values, each with the value as it was written; and sums where only phases were sent."""
    received = datetime.now(UTC)
    found: list[Sample] = []
    for meter_value in meter_values:
        reported = reading.moment(connection, meter_value.get("timestamp"), rules, received)
        moment, _ = moments.occurred(reported, received)
        here = [_sample(connection, moment, item, rules) for item in meter_value["sampledValue"]]
        found += here
        if [True for sample in here if sample.phase]:  # a generator costs three times as much
            found += reading.totals(here)
    return tuple(found)


def _sample(connection: Connection, moment: datetime, item: dict[str, Any], rules: Rules) -> Sample:
    measurand = item.get("measurand", REGISTER)
    unit = item.get("unit") or units.default_unit(measurand)
    written = str(item.get("value", ""))
    phase = item.get("phase", "")
    if phase and (phase == "N" or ("-" in phase and measurand.startswith("Current"))):
        rules.append("Q28")
    if item.get("format") == "SignedData":
        value, normal_unit, raw = None, units.normalised(None, unit)[1], written
    else:
        value, normal_unit = reading.usable(connection, measurand, written, unit, rules)
        raw = f"{written} {unit}".strip()
    return Sample(
        sampled_at=moment,
        measurand=measurand,
        value=value,
        unit=normal_unit,
        raw=raw,
        context=item.get("context", "Sample.Periodic"),
        phase=phase,
        location=item.get("location", "Outlet"),
    )
