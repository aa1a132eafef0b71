"""Every page: who may open it, how many queries it makes, and that hostile text stays text."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargers.models import ChargingStation, Connector, Message
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, add_message, add_session, add_station, fill, pages_of, url
from transactions.models import Transaction

MOST_QUERIES = 12
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
MANAGES = ("add-charger/", "connect/", "line/", "console/", "console/SetChargingProfile/")


def test_owner_may_open_every_page(client_of: ClientOf, world: World, pages: list[str]) -> None:
    client = client_of(world.place, "owner")
    answers = {page: client.get(url(world.place, page)).status_code for page in pages}
    assert answers == dict.fromkeys(pages, 200)


def test_viewer_may_look_and_not_change(client_of: ClientOf, world: World, pages: list[str]) -> None:
    client = client_of(world.place, "viewer")
    denied = {page for page in pages if page.endswith(MANAGES)} | {"id-tokens/add/", "billing/exports/"}
    answers = {page: client.get(url(world.place, page)).status_code for page in pages}
    assert answers == {page: 403 if page in denied else 200 for page in pages}


def test_stranger_is_sent_to_sign_in(client_of: ClientOf, world: World, pages: list[str]) -> None:
    client = client_of(world.place, "viewer")
    client.cookies.clear()
    for page in pages:
        answer = client.get(url(world.place, page))
        assert answer.status_code == 302, page
        assert answer["Location"].startswith("/t/acme/sign-in/"), page


def test_user_of_another_tenant_sees_nothing(
    client_of: ClientOf, world: World, volt: Place, pages: list[str]
) -> None:
    """The session of volt is worth nothing in acme, and acme's rows are not found in volt."""
    client = client_of(volt, "owner")
    for page in pages:
        assert client.get(url(world.place, page)).status_code == 302, page
        answer = client.get(url(volt, page))
        assert b"04A2B6F2C15980" not in answer.content, page
        assert b"Harbour" not in answer.content, page
    for page in (
        f"chargers/{world.station.identity}/",
        f"sessions/{world.running.pk}/",
        f"billing/{world.record.pk}/",
    ):
        assert client.get(url(volt, page)).status_code == 404


def test_same_names_in_two_tenants_stay_apart(client_of: ClientOf, world: World, volt: Place) -> None:
    with context.tenant(volt.slug):
        other = fill(volt)
        ChargingStation.objects.filter(pk=other.station.pk).update(model="Only at volt")
    shown = client_of(world.place, "owner").get(url(world.place, "chargers/CP-1/")).content
    assert b"Only at volt" not in shown
    assert b"Only at volt" in client_of(volt, "owner").get(url(volt, "chargers/CP-1/")).content


def test_no_page_makes_more_than_twelve_queries(client_of: ClientOf, world: World, acme: Place) -> None:
    """With twenty more stations, sessions and messages than before: the number does not grow with the rows."""
    with context.tenant(acme.slug):
        for number in range(20):
            station = add_station(f"MANY-{number}", site=world.site)
            add_session(station, minutes=2, name=f"m{number}")
            add_message(
                station,
                "StatusNotification",
                '{"connectorId":1,"status":"Charging"}',
                "{}",
                transaction_id=f"m{number}",
            )
    client = client_of(acme, "owner")
    counts = {}
    for page in pages_of(world):
        with CaptureQueriesContext(connection) as queries:
            client.get(url(acme, page))
        counts[page] = len(
            [
                query
                for query in queries
                if not query["sql"].upper().startswith(("SET", "SAVEPOINT", "RELEASE"))
            ]
        )
    assert {page: count for page, count in counts.items() if count > MOST_QUERIES} == {}


def test_hostile_text_from_chargers_stays_text(client_of: ClientOf, world: World, acme: Place) -> None:
    with context.tenant(acme.slug):
        ChargingStation.objects.filter(pk=world.station.pk).update(
            vendor=HOSTILE, model=HOSTILE, firmware_version=HOSTILE, serial_number=HOSTILE, note=HOSTILE
        )
        Connector.objects.update(
            status="Faulted", detail=HOSTILE[:50], error_code=HOSTILE[:50], error_text=HOSTILE
        )
        Transaction.objects.filter(pk=world.ended.pk).update(
            id_token=HOSTILE, stop_reason=HOSTILE[:50], notes=[{"code": HOSTILE}]
        )
        Message.objects.update(
            frame=f'[2,"m","BootNotification",{{"reason":"{HOSTILE}"}}]', answer=HOSTILE, result=HOSTILE[:50]
        )
        other, _ = ChargingStation.objects.update_or_create(
            identity='CP "<b>#?%&', defaults={"model": HOSTILE}
        )
    client = client_of(acme, "owner")
    for page in [
        *pages_of(world),
        "chargers/CP%20%22%3Cb%3E%23%3F%25&/",
        "messages/?hide_heartbeats=0&filter=1",
    ]:
        answer = client.get(url(acme, page))
        assert answer.status_code == 200, page
        if not page.endswith(("csv", "jsonl", "points/")):
            assert b"<script>alert" not in answer.content, page
            assert b"<img src=x" not in answer.content, page
            assert b"<b>#" not in answer.content, page
    assert other.identity in client.get(url(acme, "chargers.csv")).content.decode().replace('""', '"')


@pytest.mark.parametrize(
    "query",
    ["?q=%00", "?site=x&status=%27&contact=x", "?after=%00%ff", "?before=nonsense", "?from=99999-1-1&to=x"],
)
@pytest.mark.parametrize(
    "page",
    [
        "chargers/",
        "sessions/",
        "messages/",
        "id-tokens/",
        "billing/",
        "search/",
        "chargers.csv",
        "messages.jsonl",
    ],
)
def test_senseless_parameters_never_break_a_page(
    client_of: ClientOf, world: World, page: str, query: str
) -> None:
    assert client_of(world.place, "owner").get(url(world.place, page) + query).status_code == 200


def test_pages_carry_no_inline_code(client_of: ClientOf, world: World, pages: list[str]) -> None:
    client = client_of(world.place, "owner")
    for page in pages:
        answer = client.get(url(world.place, page))
        if "html" in answer["Content-Type"]:
            text = answer.content.decode()
            assert " style=" not in text, page
            assert "<style" not in text, page
            assert "<script>" not in text, page
            assert " onclick=" not in text, page
            assert "'unsafe" not in answer["Content-Security-Policy"], page


def test_htmx_gets_the_content_without_the_page_around_it(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "owner")
    answer = client.get(url(world.place, "chargers/"), headers={"HX-Request": "true"})
    assert b"<!doctype" not in answer.content
    assert b'id="charger-list"' in answer.content
    assert "HX-Request" in answer["Vary"]
