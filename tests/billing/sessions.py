"""Sessions and tariffs for the tests of billing, in few words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.pricing import Line, Session

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)  # a Monday


def session(
    *,
    kwh: str = "0",
    charging_min: float = 120,
    parked_min: float = 0,
    start: datetime = NOON,
    time_zone: str = "UTC",
) -> Session:
    """A session that charges evenly and is parked afterwards."""
    full, end = (start + timedelta(minutes=minutes) for minutes in (charging_min, charging_min + parked_min))
    readings = [(start, Decimal(5000)), (full, 5000 + Decimal(kwh) * 1000)]
    return Session(start, end, time_zone, readings, [(full, end)] if parked_min else [])


def tariff(*elements: dict[str, Any], currency: str = "EUR", **rest: Any) -> dict[str, Any]:
    return {"currency": currency, "elements": list(elements), **rest}


def element(*components: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    return {"price_components": list(components), "restrictions": restrictions or None}


def component(kind: str, price: str, vat: str | None = None, step: int = 1) -> dict[str, Any]:
    return {"type": kind, "price": price, "vat": vat, "step_size": step}


def exact_sums(lines: list[Line]) -> tuple[Decimal, Decimal]:
    """The sums before rounding to the minor unit, without and with VAT."""
    excl = sum((line.exact for line in lines), Decimal(0))
    incl = sum((line.exact * (1 + (line.vat_rate or 0) / Decimal(100)) for line in lines), Decimal(0))
    return excl, incl


def at(text: str, zone: str = "UTC") -> datetime:
    """A moment of the clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
