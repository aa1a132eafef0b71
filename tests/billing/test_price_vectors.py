"""The examples of the OCPI specification and our own, computed by hand."""

from decimal import Decimal
from typing import Any

import pytest

from billing.pricing import Session, price
from tests.billing.sessions import at, component, element, exact_sums, session, tariff

ENERGY_10 = component("ENERGY", "0.25", "10")
FLAT_20 = component("FLAT", "0.50", "20")
ENERGY_ONLY = tariff(element(ENERGY_10))
ENERGY_AND_FLAT = tariff(element(ENERGY_10, FLAT_20))
CAPPED = ENERGY_AND_FLAT | {"max_price": {"excl_vat": "10", "incl_vat": "11"}}
EVENING = tariff(
    element(component("TIME", "1.20", step=1800), end_time="17:00"),
    element(component("TIME", "2.40", step=900)),
    element(component("PARKING_TIME", "1.00", step=900), end_time="20:00"),
)
BUSY = tariff(
    element(component("FLAT", "2.50", "15")),
    element(
        component("TIME", "1.00", "20", 900),
        day_of_week=["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
    ),
    element(
        component("PARKING_TIME", "5.00", "10", 300),
        start_time="09:00",
        end_time="18:00",
        day_of_week=["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
    ),
    element(component("TIME", "1.25", "20", 900), day_of_week=["SATURDAY", "SUNDAY"]),
    element(
        component("PARKING_TIME", "6.00", "10", 300),
        start_time="10:00",
        end_time="17:00",
        day_of_week=["SATURDAY"],
    ),
)
LATE_ENERGY = tariff(
    element(component("ENERGY", "0.20", step=500), end_time="17:00"),
    element(component("ENERGY", "0.27", step=500)),
)
LATE_TIME = tariff(
    element(component("TIME", "5.00", step=600), end_time="17:00"),
    element(component("TIME", "7.00", step=600)),
)
OWN = tariff(
    element(component("ENERGY", "0.39", "19"), max_kwh="10"),
    element(component("ENERGY", "0.45", "19")),
    element(component("PARKING_TIME", "6.00", "19"), min_duration=10800),
)


def energy_readings(*points: tuple[str, int]) -> Session:
    readings = [(at(moment), Decimal(wh)) for moment, wh in points]
    return Session(readings[0][0], readings[-1][0], "UTC", readings)


def with_parking(hours: str) -> dict[str, Any]:
    return component("PARKING_TIME", hours, "20", 900)


VECTORS = {
    "1 energy": (ENERGY_ONLY, session(kwh="20"), "5.00", "5.50"),
    "2 energy and flat": (ENERGY_AND_FLAT, session(kwh="20"), "5.50", "6.10"),
    "6 time": (
        tariff(element(component("TIME", "2.00", "10", 60))),
        session(charging_min=150),
        "5.00",
        "5.50",
    ),
    "7 parking rounded up": (
        tariff(element(ENERGY_10, FLAT_20, with_parking("2.00"))),
        session(kwh="20", parked_min=40),
        "7.00",
        "7.90",
    ),
    "8 time exact, parking rounded up": (
        tariff(element(component("TIME", "3", "10", 300), component("PARKING_TIME", "5", "20", 300))),
        session(charging_min=150, parked_min=42),
        "11.25",
        "12.75",
    ),
    "9 a weekday": (
        BUSY,
        session(charging_min=165, parked_min=42, start=at("2026-09-14T09:30")),
        "9.00",
        "10.30",
    ),
    "10 a Saturday": (
        BUSY,
        session(charging_min=114, parked_min=71, start=at("2026-09-19T13:30")),
        "12.375",
        "13.975",
    ),
    "11 parked after five": (
        EVENING,
        session(charging_min=10, parked_min=2, start=at("2026-09-14T16:55")),
        "0.55",
        None,
    ),
    "12 across five": (EVENING, session(charging_min=35, start=at("2026-09-14T16:35")), "1.30", None),
    "13 free after eight": (
        EVENING,
        session(charging_min=12, parked_min=40, start=at("2026-09-14T19:40")),
        "0.73",
        None,
    ),
    "14 energy across five": (
        LATE_ENERGY,
        energy_readings(("2026-09-14T16:00", 0), ("2026-09-14T17:00", 4300), ("2026-09-14T17:20", 5400)),
        "1.184",
        None,
    ),
    "15 time across five": (LATE_TIME, session(charging_min=28, start=at("2026-09-14T16:54")), "3.30", None),
    "18 tiers and late parking": (
        OWN,
        session(kwh="18.237", charging_min=150, parked_min=70),
        "11.60665",
        "13.8119135",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_exact_amounts_of_the_examples(name: str) -> None:
    document, charged, excl, incl = VECTORS[name]

    exact_excl, exact_incl = exact_sums(price(document, charged).lines)

    assert exact_excl == Decimal(excl)
    assert incl is None or exact_incl == Decimal(incl)


@pytest.mark.parametrize(
    ("document", "kwh", "excl", "incl"),
    [
        (ENERGY_ONLY | {"min_price": {"excl_vat": "0.50", "incl_vat": "0.55"}}, "1", "0.50", "0.55"),
        (CAPPED, "50", "10.00", "11.00"),
        (CAPPED, "30", "8.00", "8.85"),
    ],
    ids=["3 minimum", "4 maximum", "5 below the maximum"],
)
def test_limits(document: dict[str, Any], kwh: str, excl: str, incl: str) -> None:
    bill = price(document, session(kwh=kwh))

    assert (str(bill.excl_vat), str(bill.incl_vat)) == (excl, incl)


@pytest.mark.parametrize("restriction", ["max_power", "min_current", "reservation", "weather"])
def test_a_restriction_that_is_not_understood_is_never_priced(restriction: str) -> None:
    document = tariff(element(ENERGY_10, **{restriction: "RESERVATION"}))

    with pytest.raises(ValueError, match=restriction):
        price(document, session(kwh="1"))


def test_the_lines_of_the_worked_example() -> None:
    bill = price(OWN, session(kwh="18.237", charging_min=150, parked_min=70))

    assert [line.as_document() for line in bill.lines] == [
        {"type": "ENERGY", "quantity": "10", "unit": "kWh", "price": "0.39", "amount_excl_vat": "3.90",
         "vat_rate": "19", "amount_vat": "0.74", "reason": "Element 1; up to 10 kWh"},
        {"type": "ENERGY", "quantity": "8.237", "unit": "kWh", "price": "0.45", "amount_excl_vat": "3.71",
         "vat_rate": "19", "amount_vat": "0.71", "reason": "Element 2"},
        {"type": "PARKING_TIME", "quantity": "0.666667", "unit": "h", "price": "6", "amount_excl_vat": "4.00",
         "vat_rate": "19", "amount_vat": "0.76", "reason": "Element 3; from 180 min on"},
    ]  # fmt: skip
    assert bill.as_document()["total_cost"] == {"excl_vat": "11.61", "incl_vat": "13.82"}


def test_the_periods_of_the_worked_example_add_up_to_the_energy() -> None:
    bill = price(OWN, session(kwh="18.237", charging_min=150, parked_min=70))

    assert [(each["kwh"], each["is_parked"]) for each in bill.periods] == [
        (Decimal(10), False), (Decimal("8.237"), False), (Decimal(0), True), (Decimal(0), True),
    ]  # fmt: skip
