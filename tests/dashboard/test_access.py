"""The Access tab: reservations and the local list, ordered and followed, and who may."""

from typing import Any

import pytest

from authorization.models import IdToken, LocalList
from chargers.models import Command
from csms.dashboard.tracks import Track
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url
from tests.dashboard.test_pages import HOSTILE
from transactions.models import Reservation

TAB = "chargers/CP-1/access/"


def newest() -> Command:
    with context.tenant("acme"):
        return Command.objects.filter(status="queued", sent_at=None).latest("queued_at")


def reservation() -> Reservation:
    with context.tenant("acme"):
        return Reservation.objects.latest("pk")


def test_an_operator_reserves_for_a_token_and_its_group(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    client = client_of(acme, "operator")
    form = {"evse": "2", "token": world.token.pk, "minutes": "30", "is_for_group": "on"}
    assert client.post(url(acme, f"{TAB}reserve/"), form).status_code == 302

    row = reservation()
    assert (row.evse_number, row.id_token, row.group_name, row.state) == (
        2,
        "04A2B6F2C15980",
        "Staff",
        "requested",
    )
    assert (newest().action, newest().requested_by) == ("ReserveNow", "operator@acme.example")
    assert Track(newest()).title == "Reserve, EVSE 2"
    assert "Asked" in client.get(url(acme, TAB)).content.decode()


def test_a_written_token_counts_more_than_the_chosen_one(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    form = {
        "evse": "",
        "token": world.token.pk,
        "other_token": "OTHER",
        "minutes": "60",
        "is_for_group": "on",
    }
    client_of(acme, "operator").post(url(acme, f"{TAB}reserve/"), form)
    row = reservation()
    assert (row.evse_number, row.id_token, row.group_name) == (None, "OTHER", "")


@pytest.mark.parametrize(
    "form",
    [
        {"evse": "1", "minutes": "60"},
        {"evse": "99", "other_token": "X", "minutes": "60"},
        {"evse": "1", "other_token": "X", "minutes": "1"},
        {"evse": "1", "other_token": "X" * 37, "minutes": "60"},
        {"evse": "1", "token": "999999", "minutes": "60"},
    ],
)
def test_a_form_that_makes_no_sense_is_shown_again(
    client_of: ClientOf, world: World, acme: Place, form: dict[str, Any]
) -> None:
    answer = client_of(acme, "operator").post(url(acme, f"{TAB}reserve/"), form)
    assert answer.status_code == 422
    assert reservation().reservation_id == 7


def test_an_operator_cancels(client_of: ClientOf, world: World, acme: Place) -> None:
    client, row = client_of(acme, "operator"), reservation()
    path = url(acme, f"{TAB}reservations/{row.pk}/cancel/")
    assert client.post(path).status_code == 302
    assert newest().payload == {"reservationId": 7}
    with context.tenant(acme.slug):
        Reservation.objects.update(state="used")
    assert "has ended already" in client.post(path, follow=True).content.decode()


@pytest.mark.parametrize(("wish", "is_wanted"), [("sync", True), ("full", True), ("clear", False)])
def test_an_operator_decides_about_the_local_list(
    client_of: ClientOf,
    world: World,
    acme: Place,
    wish: str,
    is_wanted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    client = client_of(acme, "operator")
    shown = client.get(url(acme, TAB)).content.decode()
    assert "The station refused the list twice" in shown
    assert client.post(url(acme, f"{TAB}local-list/"), {"wish": wish}).status_code == 302
    with context.tenant(acme.slug):
        row = LocalList.objects.get()
    assert (row.state, row.is_wanted, row.requested_by) == ("syncing", is_wanted, "operator@acme.example")
    assert newest().action == "GetLocalListVersion"
    assert client.post(url(acme, f"{TAB}local-list/"), {"wish": "x"}).status_code == 400


def test_the_tokens_page_counts_the_lists_and_names_those_in_trouble(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    shown = client_of(acme, "viewer").get(url(acme, "id-tokens/")).content.decode()
    assert "Local list in sync on 0 of 1 charger." in shown
    assert f'href="/t/acme/{TAB}"' in shown
    with context.tenant(acme.slug):
        LocalList.objects.all().delete()
    assert "Local list" not in client_of(acme, "viewer").get(url(acme, "id-tokens/")).content.decode()


def test_a_charger_without_any_says_what_they_are_for(client_of: ClientOf, world: World, acme: Place) -> None:
    shown = client_of(acme, "viewer").get(url(acme, "chargers/CP-2/access/")).content.decode()
    assert "No reservation yet" in shown
    assert "Not kept here" in shown


def test_a_viewer_looks_and_orders_nothing(
    client_of: ClientOf, world: World, acme: Place, volt: Place
) -> None:
    viewer, stranger = client_of(acme, "viewer"), client_of(volt, "owner")
    assert viewer.get(url(acme, TAB)).status_code == 200
    for path in ("reserve/", f"reservations/{reservation().pk}/cancel/", "local-list/"):
        assert viewer.post(url(acme, TAB + path)).status_code == 403
        assert stranger.post(url(volt, TAB + path)).status_code == 404


def test_hostile_text_stays_text(client_of: ClientOf, world: World, acme: Place) -> None:
    with context.tenant(acme.slug):
        Reservation.objects.update(note=HOSTILE[:255], id_token=HOSTILE[:100])
        LocalList.objects.update(problem=HOSTILE[:255])
        IdToken.objects.update(holder=HOSTILE[:100])
    shown = client_of(acme, "owner").get(url(acme, TAB)).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
