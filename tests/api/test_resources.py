"""The shapes that the contract promises, and what can be changed."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargers import presence, sealing
from chargers.messages import Exchange
from chargers.models import Command, Connector, Evse, Message, Site, Variable
from tenants import context
from tenants.context import Place
from tests.api.conftest import NOON, Api, make_station, make_transaction
from transactions.models import MeterValue


def test_a_new_station_is_answered_with_its_connect_sheet_once(acme: Place, api: Api) -> None:
    answer = api.post("stations/", {"identity": "CP-7", "note": "roof", "is_quiet": True})
    sheet = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == "/t/acme/api/v1/stations/CP-7/"
    assert sheet["url"] == "ws://testserver/acme/ocpp/CP-7"
    assert len(sheet["password"]) >= 16
    assert sheet["security_profile"] == 1
    shown = api.get("stations/cp-7/").json()
    assert "password" not in shown
    assert shown["note"] == "roof"
    assert shown["is_quiet"] is True
    assert shown == {name: value for name, value in sheet.items() if name not in ("url", "password")}


def test_a_station_may_be_added_with_a_password_and_a_site_of_ones_own(acme: Place, api: Api) -> None:
    site = api.post(
        "sites/", {"name": "Harbour", "latitude": 52.0116, "time_zone": "Europe/Amsterdam"}
    ).json()
    sheet = api.post(
        "stations/", {"identity": "CP-8", "password": "0123456789abcdef", "site": site["id"]}
    ).json()
    assert sheet["password"] == "0123456789abcdef"
    assert sheet["site"] == site["id"]
    assert site["latitude"] == 52.0116
    assert [row["identity"] for row in api.get(f"stations/?site={site['id']}").json()["results"]] == ["CP-8"]
    assert api("DELETE", f"sites/{site['id']}/").status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "identity"),
        ({"identity": "a/b"}, "identity"),
        ({"identity": "CP-1"}, "identity"),
        ({"identity": "cp-1"}, "identity"),
        ({"identity": "X", "security_profile": 0}, "security_profile"),
        ({"identity": "X", "password": "short"}, "password"),
        ({"identity": "X", "site": 999}, "site"),
        ({"identity": "X", "tenant": "volt"}, "tenant"),
    ],
)
def test_a_station_that_cannot_be_added_is_refused_by_field(
    body: Any, field: str, acme: Place, api: Api
) -> None:
    make_station(acme)
    answer = api.post("stations/", body)
    problem = answer.json()
    assert answer.status_code == problem["status"] == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_station_tells_its_state_and_that_of_its_connectors(acme: Place, api: Api) -> None:
    station = make_station(acme)
    with context.tenant(acme.slug):
        Connector.objects.create(
            evse=Evse.objects.create(station=station, number=0), number=0, status="Available"
        )
        presence.arrive(station.pk, gateway=uuid.uuid4(), ocpp_version="ocpp1.6", remote_address="127.0.0.1")
    shown = api.get("stations/CP-1/").json()
    assert shown["status"] == "Occupied"
    assert shown["is_online"] is True
    assert shown["ocpp_version"] == "ocpp1.6"
    assert shown["last_seen"].endswith("Z")
    assert shown["connectors"] == [
        {
            "evse": 1, "connector": 1, "status": "Occupied", "detail": "Charging", "error_code": "", "error_text": "",
            "reported_at": "2026-11-20T12:00:00Z",
        }
    ]  # fmt: skip


def test_the_worst_connector_speaks_for_the_station(acme: Place, api: Api) -> None:
    station = make_station(acme, status="Available", detail="")
    with context.tenant(acme.slug):
        Connector.objects.create(
            evse=Evse.objects.create(station=station, number=2), number=1, status="Faulted"
        )
    assert api.get("stations/CP-1/").json()["status"] == "Faulted"


@pytest.mark.parametrize(("state", "found"), [("offline", 1), ("online", 0), ("Occupied", 1), ("Faulted", 0)])
def test_stations_are_found_by_state(state: str, found: int, acme: Place, api: Api) -> None:
    make_station(acme)
    assert len(api.get(f"stations/?state={state}").json()["results"]) == found


def test_a_station_is_made_quiet_and_blocked_and_what_it_says_itself_cannot_be_changed(
    acme: Place, api: Api
) -> None:
    make_station(acme)
    changed = api.patch("stations/CP-1/", {"is_quiet": True, "is_blocked": True}).json()
    assert changed["is_quiet"] is changed["is_blocked"] is True
    refused = api.patch("stations/CP-1/", {"vendor": "x", "colour": "red"})
    assert refused.status_code == 400
    assert {error["field"] for error in refused.json()["errors"]} == {"vendor", "colour"}


def test_a_station_that_has_charged_cannot_be_deleted(acme: Place, api: Api) -> None:
    make_transaction(acme, make_station(acme))
    make_station(acme, "FREE")
    assert api("DELETE", "stations/CP-1/").status_code == 409
    assert api("DELETE", "stations/FREE/").status_code == 204
    assert api.get("stations/FREE/").status_code == 404


def test_the_queries_of_a_list_do_not_grow_with_its_rows(acme: Place, api: Api) -> None:
    for number in range(2):
        make_transaction(acme, make_station(acme, f"A-{number}"), f"T-{number}")
    for path in ("stations/", "transactions/", "messages/", "id-tokens/", "stations/A-0/commands/"):
        assert count(api, path) <= 8, path
    few = {path: count(api, path) for path in ("stations/", "transactions/", "messages/")}
    for number in range(2, 12):
        station = make_station(acme, f"A-{number}")
        make_transaction(acme, station, f"T-{number}")
        log(acme, station.pk, '[2,"1","Heartbeat",{}]')
    assert {path: count(api, path) for path in few} == few


def test_a_transaction_has_the_promised_shape(acme: Place, api: Api) -> None:
    row = make_transaction(
        acme, make_station(acme), ended_at=NOON + timedelta(hours=1), state="ended", stop_reason="Local"
    )
    shown = api.get(f"transactions/{row.pk}/").json()
    promised = {
        "id": row.pk, "transaction_id": "1001", "station": "CP-1", "evse": 1, "connector": 1, "id_token": "CARD1",
        "started_at": "2026-11-20T12:00:00Z", "ended_at": "2026-11-20T13:00:00Z", "energy_wh": 12345, "state": "ended",
        "stop_reason": "Local", "is_estimated": False, "notes": [],
    }  # fmt: skip
    assert {name: shown[name] for name in promised} == promised
    assert isinstance(shown["energy_wh"], int)
    assert api.get("transactions/1001/").json() == shown
    assert api.get("transactions/").json()["results"] == [shown]


def test_energy_has_up_to_three_decimals(acme: Place, api: Api) -> None:
    make_transaction(acme, make_station(acme), energy_wh=Decimal("0.125"))
    assert b'"energy_wh":0.125,' in api.get("transactions/1001/").content


def test_a_transaction_id_that_two_stations_use_needs_the_station(acme: Place, api: Api) -> None:
    first = make_transaction(acme, make_station(acme, "A"), "same")
    make_transaction(acme, make_station(acme, "B"), "same")
    assert api.get("transactions/same/").status_code == 409
    assert api.get("transactions/same/?station=A").json()["id"] == first.pk
    assert api.get("transactions/same/?station=C").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("station=cp-1", 1), ("station=other", 0), ("state=active", 1), ("state=ended", 0), ("site=1", 0), ("id_token=card1", 1),
        ("from=2026-11-20T12:00:00Z", 1), ("from=2026-11-20T13:00:00%2B01:00", 1), ("from=2026-11-20T13:00:00+01:00", 1),
        ("from=2026-11-21", 0), ("to=2026-11-20T12:00:00Z", 0), ("to=2026-11-21", 1),
    ],
)  # fmt: skip
def test_transactions_are_found_by(query: str, found: int, acme: Place, api: Api) -> None:
    make_transaction(acme, make_station(acme))
    assert len(api.get(f"transactions/?{query}").json()["results"]) == found


def test_meter_values_come_in_the_order_of_their_time(acme: Place, api: Api) -> None:
    row = make_transaction(acme, make_station(acme))
    with context.tenant(acme.slug):
        for minute in (2, 1, 3):
            MeterValue.objects.create(
                key=uuid.uuid4(), station=row.station, transaction=row, evse_number=1, measurand="Energy.Active.Import.Register",
                sampled_at=NOON + timedelta(minutes=minute), context="Sample.Periodic", location="Outlet", unit="Wh",
                value=Decimal(minute * 100) + Decimal("0.5"), raw=f"{minute}00.5 Wh",
            )  # fmt: skip
    page = api.get("transactions/1001/meter-values/?page_size=2").json()
    assert [value["value"] for value in page["results"]] == [100.5, 200.5]
    assert [value["value"] for value in api.get(page["next"]).json()["results"]] == [300.5]
    assert page["results"][0]["sampled_at"] == "2026-11-20T12:01:00Z"


def test_pages_go_forward_and_back_over_equal_values(acme: Place, api: Api) -> None:
    station = make_station(acme)
    names = [f"T-{number}" for number in range(7)]
    for name in names:
        make_transaction(acme, station, name)
    for ordering in ("started_at", "-started_at", "energy_wh"):
        seen: list[str] = []
        pages: list[list[str]] = []
        link: str | None = f"transactions/?page_size=3&ordering={ordering}"
        while link:
            page = api.get(link).json()
            pages.append([row["transaction_id"] for row in page["results"]])
            seen, link, before = seen + pages[-1], page["next"], page["previous"]
        assert seen == sorted(names, reverse=ordering.startswith("-"))
        back = api.get(before).json()
        assert [row["transaction_id"] for row in back["results"]] == pages[1]
        assert api.get(api.get(back["previous"]).json()["next"]).json()["results"] == back["results"]
        assert api.get(back["previous"]).json()["previous"] is None


def test_the_message_log_shows_payload_and_answer(acme: Place, api: Api) -> None:
    station = make_station(acme)
    log(
        acme,
        station.pk,
        '[2,"7","BootNotification",{"chargePointVendor":"V"}]',
        '[3,"7",{"status":"Accepted"}]',
    )
    log(
        acme,
        station.pk,
        '[2,"8","Foo",{}]',
        '[4,"8","NotImplemented","Unknown.",{}]',
        result="NotImplemented",
    )
    log(acme, station.pk, "not json", "")
    broken, refused, boot = api.get("stations/CP-1/messages/").json()["results"]
    assert boot["payload"] == {"chargePointVendor": "V"}
    assert boot["response"] == {"status": "Accepted"}
    assert (boot["direction"], boot["message_id"], boot["result"], boot["latency_ms"]) == (
        "in",
        "7",
        "ok",
        1.5,
    )
    assert refused["response"] == {
        "errorCode": "NotImplemented",
        "errorDescription": "Unknown.",
        "errorDetails": {},
    }
    assert (broken["payload"], broken["response"]) == ("not json", None)
    assert api.get("messages/").json()["results"] == [broken, refused, boot]
    assert (
        len(api.get("messages/?station=CP-1&action=Foo&from=2026-11-20&to=2026-11-21").json()["results"]) == 1
    )


@pytest.mark.parametrize(
    "frame", ['[2,"1","A",' + "[" * 600 + "]" * 600 + "]", '[2,"1","A",{"x":"\\ud800"}]', "[2]", "{}", "null"]
)
def test_a_logged_text_that_is_no_proper_call_is_shown_as_it_is(frame: str, acme: Place, api: Api) -> None:
    log(acme, make_station(acme).pk, frame, frame)
    row = api.get("messages/").json()["results"][0]
    assert row["payload"] == row["response"] == frame


def test_secret_variables_have_no_value(acme: Place, api: Api) -> None:
    station = make_station(acme)
    with context.tenant(acme.slug):
        for name, mutability in (
            ("AuthorizationKey", ""),
            ("Secret", "WriteOnly"),
            ("HeartbeatInterval", "ReadWrite"),
        ):
            Variable.objects.create(
                station=station, component="Configuration", name=name, value="300", mutability=mutability
            )
    rows = api.get("stations/CP-1/variables/?ordering=name").json()["results"]
    assert {row["name"]: row["value"] for row in rows} == {
        "AuthorizationKey": None,
        "HeartbeatInterval": "300",
        "Secret": None,
    }


def test_id_tokens_are_added_changed_and_deleted(acme: Place, api: Api) -> None:
    made = api.post(
        "id-tokens/", {"id_token": "CARD7", "group": "fleet", "expires_at": "2027-01-01T00:00:00Z"}
    )
    token = made.json()
    assert made.status_code == 201
    assert (token["type"], token["status"], token["group"]) == ("ISO14443", "Accepted", "fleet")
    assert token["expires_at"] == "2027-01-01T00:00:00Z"
    changed = api.patch(f"id-tokens/{token['id']}/", {"status": "Blocked", "group": None}).json()
    assert (changed["status"], changed["group"], changed["expires_at"]) == (
        "Blocked",
        None,
        token["expires_at"],
    )
    replaced = api("PUT", f"id-tokens/{token['id']}/", {"id_token": "CARD7"}).json()
    assert replaced == changed
    assert api("PUT", f"id-tokens/{token['id']}/", {"status": "Accepted"}).status_code == 400
    assert api.patch(f"id-tokens/{token['id']}/", {"id_token": "CARD8"}).status_code == 400
    assert api.post("id-tokens/", {"id_token": "card7"}).status_code == 400
    assert api("DELETE", f"id-tokens/{token['id']}/").status_code == 204


def test_id_tokens_are_found_by_what_they_would_be_answered(acme: Place, api: Api) -> None:
    api.post("id-tokens/", {"id_token": "GOOD"})
    api.post("id-tokens/", {"id_token": "OLD", "expires_at": "2020-01-01T00:00:00Z"})
    api.post("id-tokens/", {"id_token": "BAD", "status": "Blocked"})
    found = {
        state: [row["id_token"] for row in api.get(f"id-tokens/?state={state}").json()["results"]]
        for state in ("Accepted", "Expired", "Blocked")
    }
    assert found == {"Accepted": ["GOOD"], "Expired": ["OLD"], "Blocked": ["BAD"]}


def test_a_group_with_tokens_cannot_be_deleted(acme: Place, api: Api) -> None:
    group = api.post("id-token-groups/", {"name": "fleet"}).json()
    api.post("id-tokens/", {"id_token": "CARD7", "group": "Fleet"})
    assert api("DELETE", f"id-token-groups/{group['id']}/").status_code == 409
    assert api.post("id-token-groups/", {"name": "FLEET"}).status_code in (400, 409)


def test_a_site_is_replaced_and_its_name_is_unique(acme: Place, api: Api) -> None:
    site = api.post("sites/", {"name": "Harbour", "city": "Delft"}).json()
    assert api("PUT", f"sites/{site['id']}/", {"name": "Port"}).json()["city"] == "Delft"
    assert api.post("sites/", {"name": "Port"}).status_code == 400
    assert (
        api.post("sites/", {"name": "P", "time_zone": "Mars/Olympus"}).json()["errors"][0]["field"]
        == "time_zone"
    )
    with context.tenant(acme.slug):
        assert Site.objects.count() == 1


def test_a_command_shows_its_request_and_response_without_secrets(acme: Place, api: Api) -> None:
    make_station(acme)
    body = {
        "action": "ChangeConfiguration",
        "payload": {"key": "AuthorizationKey", "value": "geheim", "limit": 16.5},
    }
    command = api.post("stations/CP-1/calls/", body).json()
    assert command["status"] == "queued"
    assert command["is_exact"] is True
    assert command["payload"] == {"key": "AuthorizationKey", "value": "••••••", "limit": 16.5}
    assert api.get(f"commands/{command['id']}/").json() == command
    with context.tenant(acme.slug):
        kept = Command.objects.get().payload
    assert "geheim" not in str(kept)
    assert sealing.opened(kept) == body["payload"]


def log(place: Place, station_id: int, frame: str, answer: str = "", result: str = "ok") -> None:
    with context.tenant(place.slug):
        parts = frame.split('"')
        action, message_id = (parts[3], parts[1]) if len(parts) > 3 else ("", "")
        Exchange.write([Exchange(NOON, station_id, "in", action, message_id, frame, answer, result, 1.5)])
        assert Message.objects.exists()


def count(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get(path).status_code == 200
    return len(queries)
