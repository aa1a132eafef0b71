"""The deviations of a charger on its page, at its messages and in the API; and a session that an operator closes."""

import pytest

from chargers import deviations, faults
from chargers.deviations import Deviated
from chargers.models import ChargingStation, Message
from tenants import context
from tests.conftest import ClientOf, KeyOf
from tests.dashboard.conftest import World, url
from transactions.models import Transaction


@pytest.fixture
def seen(world: World) -> World:
    """A world whose charger has deviated, once in a message of its log."""
    with context.tenant(world.place.slug):
        Deviated.write([Deviated(world.station.pk, ("Q1", "Q23"), "MeterValues")] * 3)
        Message.objects.filter(station=world.station).update(deviations="Q1 Q23")
    return world


def test_deviations_are_counted_and_explained(client_of: ClientOf, seen: World, api_key: KeyOf) -> None:
    client = client_of(seen.place, "viewer")

    page = client.get(url(seen.place, "chargers/CP-1/deviations/")).content.decode()
    log = client.get(url(seen.place, "chargers/CP-1/messages/?filter=1&hide_meter_values=")).content.decode()

    assert deviations.describe("Q23").what in page
    assert ">3<" in page
    assert deviations.describe("Q23").what in log
    headers = {"Authorization": f"Bearer {api_key(seen.place, 'viewer')}"}
    rows = client.get(url(seen.place, "api/v1/stations/CP-1/deviations/"), headers=headers).json()["results"]
    assert {(row["rule"], row["number"]) for row in rows} == {("Q1", 3), ("Q23", 3)}


def test_rules_are_switched_by_those_who_manage_chargers_only(client_of: ClientOf, seen: World) -> None:
    address = url(seen.place, "chargers/CP-1/deviations/switch/")
    answers = [
        client_of(seen.place, role).post(address, {"rule": rule, "chosen": chosen}).status_code
        for role, rule, chosen in (
            ("viewer", "Q17", "on"),
            ("owner", "Q3", "on"),
            ("owner", "Q10", "off"),
            ("owner", "Q10", "make"),
            ("owner", "Q1", "on"),
            ("owner", "Q17", "perhaps"),
        )
    ]

    assert answers == [403, 302, 302, 302, 302, 302]
    with context.tenant(seen.place.slug):
        assert ChargingStation.objects.get(identity="CP-1").quirk_switches == {"Q3": True}


def test_counting_begins_anew(client_of: ClientOf, seen: World) -> None:
    client = client_of(seen.place, "owner")
    client.post(url(seen.place, "chargers/CP-1/deviations/forget/"))

    assert b"None seen" in client.get(url(seen.place, "chargers/CP-1/deviations/")).content


def test_an_operator_closes_a_session_without_a_report(client_of: ClientOf, world: World) -> None:
    address = url(world.place, f"sessions/{world.running.pk}/close/")

    assert client_of(world.place, "viewer").post(address).status_code == 403
    assert client_of(world.place, "operator").post(address).status_code == 302

    with context.tenant(world.place.slug):
        row = Transaction.objects.get(pk=world.running.pk)
    assert (row.state, row.stop_reason) == ("ended", "Concluded (operator@acme.example)")
    assert "ended_by_operator" in {note["code"] for note in row.notes}


def test_error_codes_are_told_in_words() -> None:
    assert "emergency stop" in faults.explain("OtherError", "CX008")
    assert faults.explain("GroundFailure", "") == faults.CODES["GroundFailure"]
    assert faults.explain("", "E-77") == ""
