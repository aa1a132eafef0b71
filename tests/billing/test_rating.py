"""Ended transactions become records: each exactly one, with the right tariff, and held where a person must look."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from authorization.models import IdTokenGroup
from billing import evidence, ledger, rating, tariffs
from billing.models import ChargeDetailRecord, RatingFailure, TariffVersion
from chargers.models import Site
from tenants import context
from tenants.context import Place
from tests.billing.rows import PER_KWH, ended, event, publish, rate, station
from tests.billing.sessions import NOON, at, component, element, tariff
from transactions.models import Transaction


@pytest.fixture
def in_acme(acme: Place) -> Iterator[Place]:
    with context.tenant(acme.slug) as place:
        yield place


@pytest.mark.usefixtures("in_acme")
class TestOneTransaction:
    def test_is_billed_once_and_right(self) -> None:
        publish()
        row = ended(wh="12345.678")

        record = rate(row)

        assert record.state == "issued"
        assert record.energy_wh == Decimal("12345.678")
        assert [(line["type"], line["quantity"], line["amount_excl_vat"]) for line in record.lines] == [
            ("FLAT", "1", "0.35"), ("ENERGY", "12.346", "4.94"),
        ]  # fmt: skip
        assert (record.excl_vat, record.incl_vat) == (Decimal("5.29"), Decimal("6.40"))
        assert rating.rate_ended() == 0

    def test_keeps_every_thousandth_of_energy_where_there_is_no_step(self) -> None:
        publish(
            tariff(
                element(component("ENERGY", "0.4", step=0), max_kwh="3.3"),
                element(component("ENERGY", "0.5", step=0)),
            )
        )

        record = rate(ended(wh="12345.678"))

        assert sum(Decimal(line["quantity"]) for line in record.lines) == Decimal("12.345678")
        assert sum(Decimal(period["kwh"]) for period in record.periods) == Decimal("12.345678")

    def test_costs_nothing_without_a_tariff_and_says_so(self) -> None:
        record = rate(ended())

        assert (record.state, record.lines, record.incl_vat) == ("issued", [], Decimal(0))
        assert record.tariff_version is None
        assert record.currency == "EUR"
        assert "No tariff" in record.remark

    def test_that_still_runs_is_not_billed(self) -> None:
        Transaction.objects.create(station=station(), transaction_id="1", started_at=NOON)

        assert rating.rate_ended() == 0

    @pytest.mark.parametrize(
        ("facts", "reasons"),
        [
            ({"is_estimated": True}, ["estimated"]),
            ({"notes": [{"code": "not_authorized", "text": "…"}]}, ["not_authorized"]),
            ({"notes": [{"code": "register_reset", "text": "…"}]}, []),
        ],
    )
    def test_is_held_where_a_person_must_look(self, facts: dict[str, Any], reasons: list[str]) -> None:
        record = rate(ended(**facts))

        assert record.hold_reasons == reasons
        assert record.state == ("held" if reasons else "issued")

    def test_is_priced_by_what_its_meter_showed_when(self) -> None:
        publish(
            tariff(element(component("ENERGY", "1"), end_time="12:30"), element(component("ENERGY", "2")))
        )

        record = rate(ended(wh="10000", samples=[(15, "7000"), (30, "9000"), (45, "9000")]))

        assert [(line["quantity"], line["price"]) for line in record.lines] == [("8", "1"), ("2", "2")]

    def test_whose_register_began_anew_is_billed_for_its_own_energy(self) -> None:
        publish(
            tariff(element(component("ENERGY", "1"), end_time="12:40"), element(component("ENERGY", "2")))
        )
        row = ended(wh="8108", minutes=50, samples=[(15, "3788"), (30, "6708"), (40, "15")])
        Transaction.objects.filter(pk=row.pk).update(meter_stop_wh=2415)

        record = rate(row)

        assert [(line["quantity"], line["price"]) for line in record.lines] == [("5.708", "1"), ("2.4", "2")]

    def test_is_parked_while_the_vehicle_takes_no_power(self) -> None:
        publish(tariff(element(component("TIME", "6"), component("PARKING_TIME", "12"))))
        row = ended(minutes=100)
        for seq_no, (minute, state) in enumerate(
            [(0, "Charging"), (30, "SuspendedEVSE"), (40, "SuspendedEV"), (50, "Charging"), (90, "Idle")]
        ):
            event(row, seq_no, minute, state)

        record = rate(row)

        assert {line["type"]: line["amount_excl_vat"] for line in record.lines} == {
            "TIME": "8.00",
            "PARKING_TIME": "4.00",
        }

    def test_is_priced_by_the_clock_of_its_site(self) -> None:
        site = Site.objects.create(name="Berlin", time_zone="Europe/Berlin")
        publish(
            tariff(
                element(component("TIME", "1"), start_time="22:00", end_time="06:00"),
                element(component("TIME", "2")),
            )
        )

        record = rate(
            ended(
                at=station("CP-B", site=site), start=at("2026-10-24T21:00", "Europe/Berlin"), minutes=10 * 60
            )
        )

        assert {line["price"]: line["quantity"] for line in record.lines} == {"2": "2", "1": "9"}
        assert record.location["name"] == "Berlin"

    def test_keeps_the_price_that_was_valid_when_it_began(self) -> None:
        first = publish()
        row = ended(start=timezone.now() - timedelta(minutes=60))
        Transaction.objects.filter(pk=row.pk).update(received_at=timezone.now())
        tariffs.publish({**PER_KWH, "currency": "USD"}, name="Standard")

        assert rate(row).tariff_version == first

    def test_that_began_after_a_change_has_the_new_price(self) -> None:
        publish()
        second = tariffs.publish({**PER_KWH, "currency": "USD"}, name="Standard")
        assert second.number == 2

        record = rate(ended(start=timezone.now()))

        assert (record.tariff_version, record.currency) == (second, "USD")

    def test_that_began_before_there_was_a_tariff_costs_nothing(self) -> None:
        row = ended()
        publish()

        assert rate(row).tariff_version is None

    def test_that_is_reported_late_has_the_price_of_its_place(self) -> None:
        version = publish()

        assert rate(ended(start=NOON - timedelta(days=3))).tariff_version == version


@pytest.mark.usefixtures("in_acme")
def test_the_narrowest_target_wins() -> None:
    site = Site.objects.create(name="Depot")
    near, far = station("CP-1", site=site), station("CP-2", site=site)
    IdTokenGroup.objects.create(name="Staff")
    targets: list[dict[str, Any]] = [
        {"tenant": True},
        {"site": site.pk},
        {"station": "CP-1"},
        {"evse": ["CP-1", 2]},
        {"id_token_group": "Staff"},
    ]
    versions = [publish({**PER_KWH}, target, name=f"Tariff {n}") for n, target in enumerate(targets)]

    rows = [
        ended(at=station("CP-3")), ended(at=far), ended(at=near), ended(at=near, evse_number=2), ended(at=near, group_name="staff"),
    ]  # fmt: skip

    assert [rate(row).tariff_version for row in rows] == versions


@pytest.mark.usefixtures("in_acme")
def test_a_transaction_that_cannot_be_priced_stops_no_other_and_is_tried_again() -> None:
    publish()
    broken, sound = ended(), ended()
    Transaction.objects.filter(pk=broken.pk).update(notes=["not a note"])

    assert rating.rate_ended() == 1
    assert rate(sound).number == 1
    failure = RatingFailure.objects.get()
    assert (failure.transaction, failure.attempts) == (broken, 1)

    Transaction.objects.filter(pk=broken.pk).update(notes=[])
    RatingFailure.objects.update(retry_at=timezone.now())
    assert rating.rate_recent() == 1
    assert not RatingFailure.objects.exists()
    assert ledger.verify().problem == ""


@pytest.mark.usefixtures("in_acme")
def test_the_quick_look_finds_what_ended_since_the_last_record() -> None:
    publish()
    rate(ended())
    old = ended(end_received_at=timezone.now() - timedelta(days=1))
    ended()

    assert rating.rate_recent() == 1
    assert not ChargeDetailRecord.objects.filter(transaction=old).exists()
    assert rating.rate_ended() == 1


@pytest.mark.usefixtures("in_acme")
def test_more_transactions_than_one_batch_holds() -> None:
    for _ in range(rating.BATCH + 5):
        ended()

    assert rating.rate_ended() == rating.BATCH + 5


@pytest.mark.usefixtures("transactional")
def test_workers_at_once_make_exactly_one_record_each(acme: Place) -> None:
    with context.tenant(acme.slug):
        publish()
        for _ in range(30):
            ended()
    barrier, made = threading.Barrier(4), []

    def work() -> None:
        with context.tenant(acme.slug):
            barrier.wait()
            made.append(rating.rate_ended())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with context.tenant(acme.slug):
        rating.rate_ended()
        assert ChargeDetailRecord.objects.count() == 30
        assert not RatingFailure.objects.exists()
        assert ledger.verify() == ledger.Verdict(30, ChargeDetailRecord.objects.get(number=30).hash)
    assert sum(made) == 30


@pytest.mark.usefixtures("in_acme")
def test_the_preview_is_the_bill() -> None:
    version = publish()
    record = rate(ended(wh="7777"))
    session = evidence.session(record.transaction, "UTC", [], [])
    bill = tariffs.preview(TariffVersion.objects.get(pk=version.pk), session)

    assert bill.as_document()["lines"] == record.lines


def test_tenants_bill_apart(acme: Place, volt: Place) -> None:
    for place, price in ((acme, "1"), (volt, "2")):
        with context.tenant(place.slug):
            publish(tariff(element(component("ENERGY", price))))
            ended(transaction_id="same")

    for place, total in ((acme, "10"), (volt, "20")):
        with context.tenant(place.slug):
            rating.rate_ended()
            record = ChargeDetailRecord.objects.get()
            assert (record.number, record.excl_vat) == (1, Decimal(total))
