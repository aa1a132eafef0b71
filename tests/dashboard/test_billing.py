"""Billing: records with their lines, exports with checksum, tariffs in words, and lists as spreadsheets take them."""

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from billing import exports, tariffs
from billing.models import CdrExport, ChargeDetailRecord
from chargers.models import ChargingStation
from csms.dashboard.tariffs import components
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url

EXPORTS = "billing/exports/"


def test_record_shows_its_lines_and_its_seal(client_of: ClientOf, world: World) -> None:
    page = (
        client_of(world.place, "finance")
        .get(url(world.place, f"billing/{world.record.pk}/"))
        .content.decode()
    )
    with context.tenant("acme"):
        record = ChargeDetailRecord.objects.get()
    assert record.hash in page
    assert "EUR 0.50" in page  # 1 kWh at 0.50
    assert "EUR 0.60" in page


def test_cost_stands_on_the_session_and_in_the_list(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "viewer")
    assert "EUR 0.60" in client.get(url(world.place, f"sessions/{world.ended.pk}/")).content.decode()
    assert "EUR 0.60" in client.get(url(world.place, "sessions/")).content.decode()
    assert "EUR 0.60" in client.get(url(world.place, "")).content.decode()


def test_export_is_asked_for_made_and_downloaded(client_of: ClientOf, world: World) -> None:
    client, today = client_of(world.place, "finance"), timezone.now().date()
    form = {"start": str(today - timedelta(days=2)), "end": str(today + timedelta(days=1)), "format": "csv"}
    answer = client.post(url(world.place, EXPORTS), form)
    assert answer["Location"] == url(world.place, EXPORTS)
    assert 'hx-trigger="every 1s"' in client.get(url(world.place, EXPORTS)).content.decode()
    with context.tenant("acme"):
        job = exports.run(CdrExport.objects.get().pk)
    page = client.get(url(world.place, EXPORTS)).content.decode()
    assert job.sha256 in page
    assert "every 1s" not in page
    file = b"".join(client.get(url(world.place, f"{EXPORTS}{job.pk}/")).streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(file).hexdigest() == job.sha256
    assert len(list(csv.reader(io.StringIO(file.decode())))) == 2


@pytest.mark.parametrize(
    "form",
    [
        {"start": "2026-02-02", "end": "2026-02-01", "format": "csv"},
        {"start": "", "end": "2026-02-01", "format": "csv"},
        {"start": "2026-01-01", "end": "2026-02-30", "format": "csv"},
        {"start": "2026-01-01", "end": "2026-02-01", "format": "exe"},
        {"start": "0001-01-01", "end": "9999-12-31", "format": "csv"},
    ],
)
def test_senseless_period_or_format_is_refused(
    client_of: ClientOf, world: World, form: dict[str, str]
) -> None:
    assert client_of(world.place, "finance").post(url(world.place, EXPORTS), form).status_code == 422


@pytest.mark.parametrize("role", ["operator", "viewer", "support"])
def test_others_may_not_export(client_of: ClientOf, world: World, role: str) -> None:
    assert client_of(world.place, role).post(url(world.place, EXPORTS), {}).status_code == 403


def test_file_of_one_tenant_is_not_found_in_another(client_of: ClientOf, world: World, volt: Place) -> None:
    with context.tenant("acme"):
        job = exports.run(exports.prepare(timezone.now() - timedelta(days=1), timezone.now(), "csv").pk)
    assert client_of(volt, "owner").get(url(volt, f"{EXPORTS}{job.pk}/")).status_code == 404
    assert client_of(world.place, "owner").get(url(world.place, f"{EXPORTS}{job.pk}/")).status_code == 200


def test_tariff_is_put_in_words(acme: Place) -> None:
    document = {
        "currency": "EUR",
        "elements": [
            {"price_components": [{"type": "ENERGY", "price": "0.49", "vat": "21", "step_size": 1}]},
            {
                "price_components": [{"type": "TIME", "price": "2.40", "step_size": 60}],
                "restrictions": {"min_duration": 3600},
            },
        ],
    }
    with context.tenant(acme.slug):
        version = tariffs.publish(document, name="Public", assign_to=[{"tenant": True}])
        said = [(part.price, part.unit, part.vat, part.condition) for part in components(version)]
    assert said == [("0.49", "per kWh", "21 % VAT", ""), ("2.40", "per hour", "", "from 60 min on")]


def test_spreadsheet_takes_no_text_for_a_formula(client_of: ClientOf, world: World) -> None:
    with context.tenant("acme"):
        ChargingStation.objects.filter(pk=world.station.pk).update(
            vendor="=cmd|' /C calc'!A0", model="+1", serial_number="@x"
        )
    text = client_of(world.place, "viewer").get(url(world.place, "chargers.csv?q=CP-1")).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["identity"] for row in rows] == ["CP-1"]
    assert (rows[0]["vendor"], rows[0]["model"], rows[0]["serial_number"]) == (
        "'=cmd|' /C calc'!A0",
        "'+1",
        "'@x",
    )
    assert (rows[0]["site"], rows[0]["online"], rows[0]["power_w"]) == ("Harbour", "yes", "6000.000")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"CP-1", "CP-2"}),
        ("?contact=online", {"CP-1"}),
        ("?contact=offline", {"CP-2"}),
        ("?contact=new", set()),
        ("?status=charging", {"CP-1"}),
        ("?status=available", {"CP-1"}),
        ("?status=faulted", set()),
        ("?q=cp-2", {"CP-2"}),
        ("?version=1.6&q=alfen", {"CP-1", "CP-2"}),
    ],
)
def test_list_of_chargers_can_be_filtered(
    client_of: ClientOf, world: World, query: str, found: set[str]
) -> None:
    text = client_of(world.place, "viewer").get(url(world.place, "chargers.csv") + query).content.decode()
    assert {row["identity"] for row in csv.DictReader(io.StringIO(text))} == found
