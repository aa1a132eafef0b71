"""What must hold for every bill, whatever the session and the tariff."""

from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing import money
from billing.pricing import Line, Price, Session, price
from tests.billing.sessions import NOON, at, component, element, session, tariff

prices = st.decimals(min_value=0, max_value=20, places=4).map(str)
vats = st.sampled_from([None, "0", "7", "19", "20"])
kinds = st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"])


@st.composite
def restrictions(draw: st.DrawFn) -> dict[str, Any]:
    every: dict[str, Any] = {
        "start_time": draw(st.sampled_from(["00:00", "06:30", "13:00", "22:00"])),
        "end_time": draw(st.sampled_from(["05:00", "12:30", "14:15", "23:00"])),
        "day_of_week": draw(
            st.lists(st.sampled_from(["MONDAY", "TUESDAY", "SUNDAY"]), max_size=3, unique=True)
        ),
        "min_kwh": draw(st.sampled_from(["0", "2.5", "7"])),
        "max_kwh": draw(st.sampled_from(["1.2", "10"])),
        "min_duration": draw(st.sampled_from([0, 600, 5000])),
        "max_duration": draw(st.sampled_from([1234, 20000])),
    }
    return {name: every[name] for name in draw(st.sets(st.sampled_from(sorted(every)), max_size=3))}


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    elements = []
    for _ in range(draw(st.integers(1, 4))):
        chosen = draw(st.lists(kinds, min_size=1, max_size=3, unique=True))
        elements.append(
            element(
                *[
                    component(kind, draw(prices), draw(vats), draw(st.sampled_from([0, 1, 60, 500])))
                    for kind in chosen
                ],
                **draw(restrictions()),
            )
        )
    limits: dict[str, Any] = {}
    if draw(st.booleans()):
        limits["max_price"] = {"excl_vat": draw(prices)}
    return tariff(*elements, currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])), **limits)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    duration = draw(st.integers(0, 60 * 60 * 30))
    end = NOON + timedelta(seconds=duration)
    offsets = sorted(draw(st.lists(st.integers(0, duration), max_size=8)))
    registers = sorted(
        draw(st.lists(st.integers(0, 60_000_000), min_size=len(offsets), max_size=len(offsets)))
    )
    readings = [
        (NOON + timedelta(seconds=offset), Decimal(register).scaleb(-3))
        for offset, register in zip(offsets, registers, strict=True)
    ]
    parked = NOON + timedelta(seconds=draw(st.integers(0, duration)))
    return Session(
        NOON, end, draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"])), readings, [(parked, end)]
    )


def energy_of(charged: Session) -> Decimal:
    registers = [register for _, register in charged.readings]
    if len(registers) < 2:
        return registers[0] if registers else Decimal(0)
    return registers[-1] - registers[0]


@given(tariffs(), sessions())
@settings(deadline=None, max_examples=150)
def test_the_lines_add_up_to_the_totals(document: dict[str, Any], charged: Session) -> None:
    bill = price(document, charged)

    assert sum(line.amount_excl_vat for line in bill.lines) == bill.excl_vat
    assert sum(line.amount_excl_vat + line.amount_vat for line in bill.lines) == bill.incl_vat
    assert -bill.excl_vat.as_tuple().exponent == money.decimals(document["currency"])  # type: ignore[operator]


@given(tariffs(), sessions())
@settings(deadline=None, max_examples=100)
def test_vat_is_computed_on_the_sum_of_each_rate(document: dict[str, Any], charged: Session) -> None:
    bill = price({**document, "max_price": None}, charged)

    def rate(line: Line) -> Decimal:
        return line.vat_rate or Decimal(0)

    for percent, group in groupby(sorted(bill.lines, key=rate), key=rate):
        lines = list(group)
        base = sum((line.amount_excl_vat for line in lines), Decimal(0))
        assert abs(sum(line.amount_vat for line in lines) - base * percent / 100) * 2 <= smallest_unit(bill)


def smallest_unit(bill: Price) -> Decimal:
    return Decimal(1).scaleb(-money.decimals(bill.currency))


@given(tariffs(), sessions(), st.fractions(0, 1))
@settings(deadline=None, max_examples=100)
def test_one_more_reading_on_the_way_changes_nothing(
    document: dict[str, Any], charged: Session, share: Any
) -> None:
    readings = sorted(charged.readings)
    between: list[Any] = []
    if len(readings) > 1 and readings[0][0] < readings[1][0]:
        (first, low), (second, high) = readings[:2]
        seconds = int((second - first).total_seconds() * float(share))
        grown = (high - low) * seconds / Decimal(int((second - first).total_seconds()))
        if grown == grown.quantize(Decimal("0.000001")):  # an exact point of the line only
            between = [(first + timedelta(seconds=seconds), low + grown)]
    finer = Session(charged.start, charged.end, charged.time_zone, [*readings, *between], charged.parking)

    assert price(document, finer) == price(document, charged)


@given(sessions())
@settings(deadline=None, max_examples=100)
def test_the_periods_hold_all_energy_and_all_time(charged: Session) -> None:
    bill = price(
        tariff(element(component("ENERGY", "1"), max_kwh="3"), element(component("TIME", "1"))), charged
    )

    assert sum(each["kwh"] for each in bill.periods) == energy_of(charged) / 1000
    hours = sum(each["hours"] for each in bill.periods)
    assert abs(hours * 3600 - int((charged.end - charged.start).total_seconds())) < 1


def test_three_lines_of_three_cents_pay_tax_on_their_sum() -> None:
    cents = [element(component("ENERGY", "0.03", "19", 0), max_kwh=str(n)) for n in (1, 2)]
    bill = price(tariff(*cents, element(component("ENERGY", "0.03", "19", 0))), session(kwh="3"))

    assert [str(line.amount_excl_vat) for line in bill.lines] == ["0.03", "0.03", "0.03"]
    assert str(bill.incl_vat - bill.excl_vat) == "0.02"


def test_the_yen_has_no_cents() -> None:
    bill = price(tariff(element(component("ENERGY", "30.5")), currency="JPY"), session(kwh="3"))

    assert bill.as_document()["total_cost"] == {"excl_vat": "92", "incl_vat": "92"}


NIGHT = tariff(
    element(component("TIME", "1"), start_time="22:00", end_time="06:00"),
    element(component("TIME", "2")),
)


def hours(bill: Price) -> dict[str, str]:
    return {line.reason[:9]: str(money.plain(line.quantity)) for line in bill.lines}


def test_the_night_in_which_the_clock_is_put_forward_is_an_hour_shorter() -> None:
    start, end = at("2026-03-28T21:00", "Europe/Berlin"), at("2026-03-29T07:00", "Europe/Berlin")

    assert hours(price(NIGHT, Session(start, end, "Europe/Berlin", []))) == {
        "Element 2": "2",
        "Element 1": "7",
    }


def test_the_night_in_which_the_clock_is_put_back_is_an_hour_longer() -> None:
    start, end = at("2026-10-24T21:00", "Europe/Berlin"), at("2026-10-25T07:00", "Europe/Berlin")

    assert hours(price(NIGHT, Session(start, end, "Europe/Berlin", []))) == {
        "Element 2": "2",
        "Element 1": "9",
    }


def test_a_boundary_inside_the_hour_that_the_clock_skips_or_shows_twice() -> None:
    early = tariff(element(component("TIME", "1"), end_time="02:30"), element(component("TIME", "2")))

    def priced(day: str) -> dict[str, str]:
        start = at(f"{day}T00:00", "Europe/Berlin")
        return hours(price(early, Session(start, at(f"{day}T05:00", "Europe/Berlin"), "Europe/Berlin", [])))

    assert priced("2026-03-29") == {"Element 1": "2", "Element 2": "2"}
    assert priced("2026-10-25") == {"Element 1": "3", "Element 2": "3"}


def test_a_register_that_begins_anew_is_never_subtracted() -> None:
    clock = ["10:00", "10:15", "10:30", "10:40", "10:50"]
    registers = [1_204_312, 1_207_100, 1_210_020, 15, 2_415]
    readings = [(at(f"2026-09-14T{time}"), Decimal(wh)) for time, wh in zip(clock, registers, strict=True)]
    charged = Session(readings[0][0], readings[-1][0], "UTC", readings)

    assert money.plain(price(tariff(element(component("ENERGY", "1"))), charged).lines[0].quantity) == "8.108"


def test_a_flat_fee_falls_due_once_however_often_its_element_applies() -> None:
    document = tariff(
        element(component("FLAT", "1"), max_duration=600),
        element(component("FLAT", "3"), min_duration=3600),
    )

    assert str(price(document, session(charging_min=120)).excl_vat) == "1.00"


def test_energy_that_came_in_no_time_is_priced() -> None:
    bill = price(
        tariff(element(component("ENERGY", "1"), max_kwh="2"), element(component("ENERGY", "2"))),
        Session(NOON, NOON, "UTC", [(NOON, Decimal(0)), (NOON, Decimal(3000))]),
    )

    assert str(bill.excl_vat) == "4.00"


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), timedelta(days=4000)])
def test_a_session_that_cannot_be_is_not_priced(duration: timedelta) -> None:
    with pytest.raises(ValueError, match="The session"):
        price(NIGHT, Session(NOON, NOON + duration, "UTC", []))
