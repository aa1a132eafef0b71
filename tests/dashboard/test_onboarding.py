"""Adding a charging station: the form, the sheet, the line that follows it, and the list of those who were refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chargers import credentials, stations
from chargers.models import ChargingStation, Presence, Refusal, Site
from csms.dashboard import onboarding
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import url

ADD = "add-charger/"


def station_of(identity: str) -> ChargingStation:
    with context.tenant("acme"):
        return ChargingStation.objects.select_related("site").get(identity=identity)


def test_two_fields_make_a_charger_and_show_its_password_once(client_of: ClientOf, acme: Place) -> None:
    client = client_of(acme, "operator")
    answer = client.post(url(acme, ADD), {"identity": "CP=7", "site": "new", "new_site": "My first site"})
    page = answer.content.decode()
    station = station_of("CP=7")
    assert station.site is not None
    assert station.site.name == "My first site"
    password = page.split('id="sheet-password">')[1].split("<")[0]
    assert credentials.matches(password.encode(), station.key_salt, station.key_digest)
    assert "ws://testserver/acme/ocpp/CP=7" in page
    assert ">ws://testserver/acme/ocpp/<" in page
    assert password not in client.get(url(acme, "chargers/CP=7/connect/")).content.decode()


def test_with_htmx_the_sheets_own_address_takes_the_place_of_the_forms(
    client_of: ClientOf, acme: Place
) -> None:
    answer = client_of(acme, "owner").post(
        url(acme, ADD), {"identity": "CP-1", "site": ""}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Push-Url"] == "/t/acme/chargers/CP-1/connect/"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"identity": "with space", "site": ""}, "identity"),
        ({"identity": "", "site": ""}, "identity"),
        ({"identity": "x" * 49, "site": ""}, "identity"),
        ({"identity": "TAKEN", "site": ""}, "identity"),
        ({"identity": "taken", "site": ""}, "identity"),
        ({"identity": "CP-1", "site": "new", "new_site": " "}, "new_site"),
        ({"identity": "CP-1", "site": "99999"}, "site"),
    ],
)
def test_bad_input_keeps_what_was_typed_and_names_the_field(
    client_of: ClientOf, acme: Place, form: dict[str, str], field: str
) -> None:
    with context.tenant(acme.slug):
        stations.add("TAKEN")
    answer = client_of(acme, "owner").post(url(acme, ADD), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert (
        f'aria-describedby="id_{field}_helptext id_{field}_error"' in page
        or f'aria-describedby="id_{field}_error"' in page
    )
    assert f'value="{form["identity"]}"' in page or not form["identity"]
    with context.tenant(acme.slug):
        assert not Site.objects.exists()
        assert ChargingStation.objects.count() == 1


def test_new_password_voids_the_old_one(client_of: ClientOf, acme: Place) -> None:
    with context.tenant(acme.slug):
        _, old = stations.add("CP-1")
    page = client_of(acme, "operator").post(url(acme, "chargers/CP-1/connect/password/")).content.decode()
    station = station_of("CP-1")
    assert not credentials.matches(old.encode(), station.key_salt, station.key_digest)
    assert credentials.matches(
        page.split('id="sheet-password">')[1].split("<")[0].encode(), station.key_salt, station.key_digest
    )


@pytest.mark.parametrize("role", ["viewer", "finance", "support"])
def test_others_may_neither_add_nor_see_the_sheet(client_of: ClientOf, acme: Place, role: str) -> None:
    with context.tenant(acme.slug):
        stations.add("CP-1")
    client = client_of(acme, role)
    assert client.post(url(acme, ADD), {"identity": "CP-2"}).status_code == 403
    assert client.post(url(acme, "chargers/CP-1/connect/password/")).status_code == 403
    assert client.get(url(acme, "chargers/CP-1/connect/")).status_code == 403


def line(identity: str) -> list[tuple[str, str]]:
    with context.tenant("acme"):
        station = ChargingStation.objects.select_related("presence").get(identity=identity)
        return [(step.title, step.kind) for step in onboarding.steps(station)]


def test_line_follows_a_charger_from_waiting_to_the_accepted_boot(acme: Place) -> None:
    now = timezone.now()
    with context.tenant(acme.slug):
        station, _ = stations.add("CP-1")
    assert line("CP-1")[0] == ("Waiting for the charger", "now")

    with context.tenant(acme.slug):
        Refusal.objects.create(
            identity="CP-1", reason="wrong_password", http_status=401, remote_address="10.0.0.9", attempts=3, station=station,
            last_seen_at=now + timedelta(seconds=1),
        )  # fmt: skip
    assert line("CP-1")[1] == ("Refused (3 attempts)", "bad")

    with context.tenant(acme.slug):
        Presence.objects.update(
            gateway="00000000-0000-0000-0000-000000000001",
            connected_at=now + timedelta(seconds=2),
            ocpp_version="1.6",
        )
    assert line("CP-1")[1:] == [("Authenticated", "done"), ("Waiting for BootNotification", "now")]

    with context.tenant(acme.slug):
        ChargingStation.objects.update(registration="Accepted", booted_at=now, vendor="Alfen", model="Eve")
    assert line("CP-1")[2] == ("Boot accepted", "done")

    with context.tenant(acme.slug):
        Presence.objects.update(gateway=None)
        ChargingStation.objects.update(registration="new", booted_at=None)
    assert line("CP-1")[2] == ("Connection lost before the boot", "bad")


def test_refusal_from_before_the_charger_was_added_is_of_no_interest(acme: Place) -> None:
    with context.tenant(acme.slug):
        Refusal.objects.create(
            identity="CP-1", reason="unknown_identity", http_status=404, remote_address="10.0.0.9",
            last_seen_at=timezone.now() - timedelta(minutes=1),
        )  # fmt: skip
        stations.add("CP-1")
    assert line("CP-1")[0] == ("Waiting for the charger", "now")


def test_door_names_reason_and_fix_of_every_refusal(client_of: ClientOf, acme: Place) -> None:
    with context.tenant(acme.slug):
        for reason in Refusal.Reason.values:
            Refusal.objects.create(
                identity=f"CP {reason}", reason=reason, http_status=401, remote_address="10.0.0.9"
            )
    page = client_of(acme, "operator").get(url(acme, "door/")).content.decode()
    assert all(f"CP {reason}" in page for reason in Refusal.Reason.values)
    assert "/t/acme/add-charger/?identity=CP%20unknown_identity" in page
    assert "add-charger" not in client_of(acme, "viewer").get(url(acme, "door/")).content.decode()


def test_empty_door_shows_the_address(client_of: ClientOf, acme: Place) -> None:
    page = client_of(acme, "viewer").get(url(acme, "door/")).content.decode()
    assert "ws://testserver/acme/ocpp/IDENTITY" in page


def test_identity_of_an_older_station_may_have_all_kinds_of_characters(
    client_of: ClientOf, acme: Place
) -> None:
    identity = "CP #1?ü%&;+<x>"
    with context.tenant(acme.slug):
        station = ChargingStation.objects.create(identity=identity)
        Presence.objects.create(station=station)
    client = client_of(acme, "owner")
    page = client.get(url(acme, "chargers/")).content.decode()
    link = page.split('class="row-link break" href="')[1].split('"')[0]
    answer = client.get(link.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert "CP #1?ü%&amp;;+&lt;x&gt;" in answer.content.decode()
