"""A charge detail record as an OCPI 2.2.1 CDR object.

Quantities are as measured (steps show only in the costs), numbers have four decimals at most, energies of the periods add up to the total.
What the product does not know about a connector is given as the commonest of its kind. Source: OCPI-45, OCPI-46; table of CDR fields.
"""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing import json_text, money
from billing.components import ENERGY, FLAT, PARKING_TIME, TIME
from billing.countries import ALPHA_3
from billing.models import ChargeDetailRecord

PLACES = 4  # OCPI's numbers, where it does not say otherwise
TOKEN_TYPES = {"ISO14443": "RFID", "ISO15693": "RFID", "Central": "APP_USER", "": "RFID"}
COSTS = {
    "total_fixed_cost": FLAT,
    "total_energy_cost": ENERGY,
    "total_time_cost": TIME,
    "total_parking_cost": PARKING_TIME,
}


def cdr(record: ChargeDetailRecord) -> dict[str, Any]:
    """The record as an OCPI object; numbers are `Decimal`."""
    owner = {
        "country_code": record.location["operator_country_code"],
        "party_id": record.location["operator_party_id"],
    }
    hours = money.rounded_parts((Fraction(Decimal(each["hours"])) for each in record.periods), PLACES)
    document = {
        **owner,
        "id": str(record.id),
        "start_date_time": json_text.moment(record.started_at),
        "end_date_time": json_text.moment(record.ended_at),
        "session_id": record.ocpp_transaction_id,
        "cdr_token": owner | _token(record),
        "auth_method": record.auth_method,
        "cdr_location": _location(record),
        "currency": record.currency,
        "tariffs": [_tariff(record, owner)] if record.tariff_version else [],
        "charging_periods": _periods(record, hours),
        "total_cost": {"excl_vat": _short(record.excl_vat), "incl_vat": _short(record.incl_vat)},
        "total_energy": _short(record.energy_wh / 1000),
        "total_time": sum(hours, Decimal(0)),
        "total_parking_time": sum(
            (each for each, period in zip(hours, record.periods, strict=True) if period["is_parked"]),
            Decimal(0),
        ),
        "last_updated": json_text.moment(record.created_at),
    }
    document |= {name: cost for name, kind in COSTS.items() if (cost := _cost(record, kind))}
    return document | ({"remark": record.remark} if record.remark else {})


def _short(value: Decimal) -> Decimal:
    return money.rounded(Fraction(value), PLACES)


def _token(record: ChargeDetailRecord) -> dict[str, str]:
    uid = record.id_token[:36] or "#NA"
    return {"uid": uid, "type": TOKEN_TYPES.get(record.id_token_type, "OTHER"), "contract_id": uid}


def _cost(record: ChargeDetailRecord, kind: str) -> dict[str, Decimal] | None:
    lines = [line for line in record.lines if line["type"] == kind]
    if not lines:
        return None
    excl = sum((Decimal(line["amount_excl_vat"]) for line in lines), Decimal(0))
    vat = sum((Decimal(line["amount_vat"]) for line in lines), Decimal(0))
    return {"excl_vat": excl, "incl_vat": excl + vat}


def _location(record: ChargeDetailRecord) -> dict[str, Any]:
    place = record.location
    evse = record.evse_number if record.evse_number is not None else 0
    uid = f"{record.station}-{evse}"
    party = f"{place['operator_country_code']}*{place['operator_party_id']}"
    country = place.get("country_code") or place["operator_country_code"]
    result = {
        "id": str(place.get("id", record.station))[:36],
        "name": place.get("name") or record.station,
        "address": (place.get("address") or "#NA")[:45],
        "city": (place.get("city") or "#NA")[:45],
        "country": ALPHA_3.get(country.upper(), "XXX"),
        "coordinates": {
            "latitude": place.get("latitude", "0.000000"),
            "longitude": place.get("longitude", "0.000000"),
        },
        "evse_uid": uid if len(uid) <= 36 else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{party}/{uid}")),
        "evse_id": f"{party}*E{''.join(filter(str.isalnum, record.station)).upper()}*{evse}"[:48],
        "connector_id": str(record.connector_number if record.connector_number is not None else 1),
        "connector_standard": "IEC_62196_T2",
        "connector_format": "SOCKET",
        "connector_power_type": "AC_3_PHASE",
    }
    return result | ({"postal_code": place["postal_code"][:10]} if place.get("postal_code") else {})


def _tariff(record: ChargeDetailRecord, owner: dict[str, str]) -> dict[str, Any]:
    version = record.tariff_version
    assert version is not None
    document: dict[str, Any] = version.document
    result = (
        owner
        | {"id": str(version.tariff_id), "last_updated": json_text.moment(version.published_at)}
        | document
    )
    for name in ("min_price", "max_price"):
        if name in result:
            result[name] = {part: Decimal(value) for part, value in result[name].items()}
    return result | {"elements": [_element(element) for element in document["elements"]]}


def _element(element: dict[str, Any]) -> dict[str, Any]:
    """An element with its numbers as numbers."""
    result: dict[str, Any] = {
        "price_components": [
            {name: Decimal(value) if name in ("price", "vat") else value for name, value in component.items()}
            for component in element["price_components"]
        ]
    }
    if "restrictions" in element:
        result["restrictions"] = {
            name: Decimal(value) if name.startswith(("min_", "max_")) else value
            for name, value in element["restrictions"].items()
        }
    return result


def _periods(record: ChargeDetailRecord, hours: Sequence[Decimal]) -> list[dict[str, Any]]:
    energies = money.rounded_parts((Fraction(Decimal(each["kwh"])) for each in record.periods), PLACES)
    return [_period(record, *parts) for parts in zip(record.periods, energies, hours, strict=True)]


def _period(
    record: ChargeDetailRecord, period: dict[str, Any], kwh: Decimal, hours: Decimal
) -> dict[str, Any]:
    dimensions = [{"type": PARKING_TIME if period["is_parked"] else TIME, "volume": hours}]
    if kwh:
        dimensions.insert(0, {"type": ENERGY, "volume": kwh})
    result: dict[str, Any] = {"start_date_time": period["start"], "dimensions": dimensions}
    return result | ({"tariff_id": str(record.tariff_version.tariff_id)} if record.tariff_version else {})
