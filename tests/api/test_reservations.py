"""Reservations and local lists for programs: what is ordered, what is shown, who may."""

import uuid
from typing import Any

import pytest

from authorization import id_tokens
from authorization.models import LocalList
from chargers import presence
from chargers.models import Command
from tenants import context
from tenants.context import Place
from tests.api.conftest import Api, ApiOf, make_station
from transactions.models import Reservation

ORDER = {
    "station": "CP-1",
    "evse": 1,
    "id_token": "CARD",
    "expires_at": "2030-01-01T00:00:00Z",
    "group": "FAMILY",
}
LIST = "stations/CP-1/local-list/"


def test_a_reservation_is_asked_for_and_shown(acme: Place, api: Api) -> None:
    make_station(acme)
    answer = api.post("reservations/", ORDER, Idempotency_Key="once")
    row = answer.json()
    assert (answer.status_code, row["state"], row["evse"], row["group"]) == (201, "requested", 1, "FAMILY")
    assert api.post("reservations/", ORDER, Idempotency_Key="once").json() == row
    assert api.get(answer["Location"]).json() == row
    assert api.get("reservations/?station=CP-1&state=requested").json()["results"] == [row]
    assert api.get("reservations/?state=used").json()["results"] == []
    order = api.get(f"commands/{row['command']}/").json()
    assert (order["action"], order["payload"]["id"]) == ("ReserveNow", row["reservation_id"])


def test_a_change_and_a_cancellation_are_orders_too(acme: Place, api: Api) -> None:
    make_station(acme)
    path = f"reservations/{api.post('reservations/', ORDER).json()['id']}/"
    changed = api.patch(path, {"evse": None})
    assert (changed.status_code, changed.json()["evse"], changed.json()["note"]) == (
        202,
        1,
        "A change is under way.",
    )
    cancelled = api("DELETE", path)
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "requested")
    with context.tenant(acme.slug):
        actions = Command.objects.order_by("queued_at").values_list("action", flat=True)
        assert list(actions) == ["ReserveNow", "ReserveNow", "CancelReservation"]
        Reservation.objects.update(state="expired")
    assert api("DELETE", path).status_code == api.patch(path, {"evse": 2}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"evse": 0}, "evse"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"id_token": ""}, "id_token"),
        ({"id_token": "X" * 37}, "id_token"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_by_field(
    changes: dict[str, Any], field: str, acme: Place, api: Api
) -> None:
    make_station(acme)
    answer = api.post("reservations/", ORDER | changes)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert api.post("reservations/", ORDER | {"station": "NONE"}).status_code == 404


def test_a_local_list_is_kept_and_given_up(acme: Place, api: Api) -> None:
    station = make_station(acme)
    assert api.get(LIST).status_code == 404
    begun = api.post(LIST, {})
    assert (begun.status_code, begun.json()["state"], begun.json()["entries"]) == (202, "waiting", 0)
    with context.tenant(acme.slug):
        id_tokens.add("CARD")
        presence.arrive(station.pk, gateway=uuid.uuid4(), ocpp_version="ocpp1.6", remote_address="127.0.0.1")
        LocalList.objects.update(state="in_sync", entries={"CARD": {}})
    assert api.get(LIST).json()["entries"] == 1
    ended = api("DELETE", LIST).json()
    assert (ended["state"], ended["is_wanted"]) == ("syncing", False)
    with context.tenant(acme.slug):
        assert Command.objects.filter(action="GetLocalListVersion").exists()


def test_a_viewer_looks_and_orders_nothing(acme: Place, volt: Place, api_of: ApiOf, api: Api) -> None:
    make_station(acme)
    path = f"reservations/{api.post('reservations/', ORDER).json()['id']}/"
    api.post(LIST, {})
    viewer, stranger = api_of(acme, "viewer"), api_of(volt)
    assert viewer.get(path).status_code == viewer.get(LIST).status_code == 200
    refused = (
        viewer.post("reservations/", ORDER),
        viewer("DELETE", path),
        viewer.post(LIST, {}),
        viewer("DELETE", LIST),
    )
    assert {answer.status_code for answer in refused} == {403}
    assert stranger.get(path).status_code == stranger.get(LIST).status_code == 404
