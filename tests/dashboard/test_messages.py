"""The message log: filters, words, keyset pages with bounded work, the tail, and what is kept from whom."""

import json
import re

import pytest

from chargers import message_queries
from chargers.message_queries import MessageFilter
from chargers.models import Message
from csms.dashboard import words
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, add_message, add_station, url

TOKEN = "04A2B6F2C15980"


def shown(page: bytes) -> list[str]:
    """The actions on a page, in order."""
    return re.findall(r'<strong class="break">(\w+)</strong>', page.decode())


def test_heartbeats_and_meter_values_are_hidden_until_asked_for_and_that_is_remembered(
    client_of: ClientOf, world: World
) -> None:
    client = client_of(world.place, "viewer")
    assert "Heartbeat" not in shown(client.get(url(world.place, "messages/")).content)
    assert "Heartbeat" in shown(
        client.get(url(world.place, "messages/?filter=1&hide_meter_values=1")).content
    )
    assert "Heartbeat" in shown(client.get(url(world.place, "messages/")).content)
    assert "Heartbeat" in shown(
        client.get(url(world.place, "messages/?filter=1&hide_heartbeats=1&action=Heartbeat")).content
    )


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("", ["Authorize", "BootNotification"]),
        ("?action=Authorize", ["Authorize"]),
        ("?direction=out", []),
        ("?q=Alfen", ["BootNotification"]),
        ("?q=alfen&direction=in", ["BootNotification"]),
        ("?errors=1", []),
        ("?charger=cp-1", ["Authorize", "BootNotification"]),
        ("?charger=CP-2", []),
    ],
)
def test_filters_narrow_the_log(client_of: ClientOf, world: World, query: str, actions: list[str]) -> None:
    assert (
        shown(client_of(world.place, "viewer").get(url(world.place, "messages/") + query).content) == actions
    )


def test_session_shows_its_own_messages_and_each_message_its_session(
    client_of: ClientOf, world: World
) -> None:
    client = client_of(world.place, "viewer")
    page = client.get(url(world.place, f"messages/?session={world.running.pk}")).content
    assert shown(page) == ["Authorize"]
    assert f'href="/t/acme/sessions/{world.running.pk}/"' in page.decode()


@pytest.mark.parametrize("query", ["?charger=NOBODY", "?session=999999"])
def test_unknown_charger_or_session_is_not_found_rather_than_everything(
    client_of: ClientOf, world: World, query: str
) -> None:
    assert client_of(world.place, "viewer").get(url(world.place, "messages/") + query).status_code == 404


def test_older_pages_follow_by_key_without_gap_or_repeat(client_of: ClientOf, acme: Place) -> None:
    with context.tenant(acme.slug):
        station = add_station("CP-1")
        for number in range(120):
            add_message(station, f"Action{number}", "{}", "{}")
    client, seen, query = client_of(acme, "viewer"), [], ""
    for _ in range(3):
        page = client.get(url(acme, "messages/") + query).content
        seen += shown(page)
        older = re.search(r'href="(\?older_than=\d+)"', page.decode())
        query = older[1] if older else "none"
    assert query == "none"
    assert seen == [f"Action{number}" for number in reversed(range(120))]


def test_filter_that_matches_nothing_reads_a_bounded_part_and_says_how_far(
    acme: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_queries, "REACH", 30)
    with context.tenant(acme.slug):
        station = add_station("CP-1")
        wanted = add_message(station, "Wanted", "{}", "{}")
        for _ in range(45):
            add_message(station, "Other", "{}", "{}")
        chosen = MessageFilter(action="Wanted")
        first = message_queries.page(chosen)
        assert (first.rows, first.looked_back_to is not None) == ([], True)
        second = message_queries.page(chosen, before=first.older_than)
    assert second.rows == [wanted]
    assert second.older_than is None


def test_tail_brings_what_came_since_and_moves_on(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "viewer")
    tail = re.search(
        r'hx-get="(\?newer_than=\d+)"', client.get(url(world.place, "messages/")).content.decode()
    )
    assert tail
    with context.tenant("acme"):
        new = add_message(world.station, "DataTransfer", "{}", "{}")
    answer = client.get(url(world.place, "messages/") + tail[1], headers={"HX-Request": "true"}).content
    assert shown(answer) == ["DataTransfer"]
    assert f"newer_than={new.pk}" in answer.decode()


@pytest.mark.parametrize(
    ("role", "sees"),
    [("owner", True), ("admin", True), ("operator", False), ("viewer", False), ("finance", False)],
)
def test_only_owners_and_admins_see_whole_id_tokens(
    client_of: ClientOf, world: World, role: str, *, sees: bool
) -> None:
    client = client_of(world.place, role)
    pages = [
        *(
            "messages/",
            "messages.jsonl",
            "id-tokens/",
            "sessions/",
            "billing/",
            "chargers/CP-1/",
            "search/?q=Anna",
        ),
        *(f"sessions/{world.ended.pk}/", f"billing/{world.record.pk}/", "chargers/CP-1/messages/"),
    ]
    found = {page: TOKEN.encode() in client.get(url(world.place, page)).content for page in pages}
    assert found == dict.fromkeys(pages, sees)


def test_masked_tail_cannot_be_found_by_guessing(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "viewer")
    assert b"Anna" in client.get(url(world.place, "id-tokens/?q=04A2B6")).content
    assert b"Anna" not in client.get(url(world.place, "id-tokens/?q=04A2B6F2")).content


def test_download_is_one_json_object_per_line(client_of: ClientOf, world: World) -> None:
    answer = client_of(world.place, "owner").get(url(world.place, "messages.jsonl?filter=1"))
    rows = [json.loads(line) for line in answer.content.splitlines()]
    assert [row["action"] for row in rows] == ["Authorize", "Heartbeat", "BootNotification"]
    assert rows[0]["frame"][3] == {"idTag": TOKEN}
    assert "attachment" in answer["Content-Disposition"]


MEANINGS = [
    (
        "BootNotification",
        {"chargePointVendor": "V", "chargePointModel": "M"},
        {"status": "Accepted"},
        "Started up: V M → Accepted",
    ),
    (
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M", "firmwareVersion": "2"}},
        {},
        "Started up: V M, firmware 2, reason PowerUp",
    ),
    (
        "StatusNotification",
        {"connectorId": 1, "status": "Faulted", "errorCode": "GroundFailure"},
        {},
        "Connector 1 is Faulted, GroundFailure",
    ),
    (
        "StatusNotification",
        {"connectorId": 0, "status": "Available", "errorCode": "NoError"},
        {},
        "The station is Available",
    ),
    (
        "StatusNotification",
        {"evseId": 1, "connectorId": 2, "connectorStatus": "Occupied"},
        {},
        "EVSE 1 connector 2 is Occupied",
    ),
    ("Authorize", {"idTag": "04A2B6F2"}, {"idTagInfo": {"status": "Blocked"}}, "May 04A2••• charge? Blocked"),
    (
        "Authorize",
        {"idToken": {"idToken": "04A2B6F2"}},
        {"idTokenInfo": {"status": "Accepted"}},
        "May 04A2••• charge? Accepted",
    ),
    (
        "MeterValues",
        {
            "connectorId": 1,
            "meterValue": [
                {"sampledValue": [{"value": "7", "measurand": "SoC"}, {"value": "5", "unit": "kWh"}]}
            ],
        },
        {},
        "Connector 1, battery 7 %, meter at 5.00 kWh",
    ),
    (
        "TransactionEvent",
        {
            "eventType": "Updated",
            "triggerReason": "ChargingStateChanged",
            "transactionInfo": {"chargingState": "SuspendedEV"},
        },
        {},
        "Session goes on, SuspendedEV (ChargingStateChanged)",
    ),
    ("Reset", {"type": "Soft"}, {"status": "Rejected"}, "Please restart (Soft) → Rejected"),
    ("Unheard", {"x": 1}, {"status": "Done"}, "Answered Done"),
]


@pytest.mark.parametrize(("action", "request_", "answer", "said"), MEANINGS)
def test_messages_are_put_in_words(action: str, request_: object, answer: object, said: str) -> None:
    message = Message(
        action=action, frame=json.dumps([2, "m", action, request_]), answer=json.dumps([3, "m", answer])
    )
    assert words.meaning(message) == said


@pytest.mark.parametrize("action", list(words.MEANINGS))
@pytest.mark.parametrize(
    "payload",
    [
        "null",
        "[]",
        '"x"',
        "{}",
        '{"meterValue":{"a":1}}',
        '{"meterValue":[1],"transactionInfo":[],"idToken":7,"chargingStation":3,"connectorId":{}}',
        '{"meterValue":[{"sampledValue":[{"value":"1e999"},{"value":"x"},{"value":1,"unitOfMeasure":{"multiplier":9999}}]}]}',
        "{",
    ],
)
def test_senseless_payloads_have_words_too(action: str, payload: str) -> None:
    message = Message(action=action, frame=f'[2,"m","{action}",{payload}]', answer=f'[3,"m",{payload}]')
    assert isinstance(words.meaning(message), str)


def test_hidden_tokens_are_masked_at_every_depth() -> None:
    payload = {
        "idToken": {"idToken": "04A2B6F2", "type": "X"},
        "list": [{"idTag": "CAFE"}],
        "other": "04A2B6F2",
    }
    assert words.redacted(payload) == {
        "idToken": {"idToken": "04A2•••", "type": "X"},
        "list": [{"idTag": "CA•••"}],
        "other": "04A2B6F2",
    }
