"""The tab “Smart charging”: what its form and buttons queue, what stands in its list and under its chart."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chargers import charging_profiles
from chargers.composite_schedule import Span
from chargers.models import ChargingProfile, Command, CompositeSchedule
from csms.dashboard import step_charts
from tenants import context
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url

PAGE = "chargers/CP-1/smart-charging/"
FORM = {"place": "1", "limit": "10", "unit": "A", "minutes": "60"}


def limit(world: World, **options: Any) -> ChargingProfile:
    """A limit that the station holds."""
    with context.tenant(world.place.slug):
        terms: dict[str, Any] = {"evse_number": 1, "limit": Decimal(10), "unit": "A"} | options
        row = charging_profiles.set_limit(world.station, **terms)
        row.state, row.confirmed = "installed", row.document
        row.save()
        return row


def newest() -> Command:
    with context.tenant("acme"):
        return Command.objects.order_by("-queued_at")[0]


@pytest.mark.parametrize(
    ("change", "purpose", "evse", "value", "unit", "duration"),
    [
        ({}, "TxDefaultProfile", 1, 10, "A", 3600),
        (
            {"place": "0", "limit": "7.4", "unit": "kW", "minutes": "0"},
            "ChargingStationMaxProfile",
            0,
            7400,
            "W",
            None,
        ),
        ({"place": "2", "limit": "0"}, "TxDefaultProfile", 2, 0, "A", 3600),
    ],
)
def test_the_form_queues_a_limit(
    client_of: ClientOf, world: World, change: dict[str, str], purpose: str, evse: int, value: int, unit: str, duration: int | None
) -> None:  # fmt: skip
    client = client_of(world.place, "operator")
    answer = client.post(url(world.place, PAGE + "limit/"), FORM | change)
    assert answer.status_code == 302
    command = newest()
    profile = command.payload["chargingProfile"]
    schedule = profile["chargingSchedule"][0]
    assert (command.action, command.payload["evseId"], profile["chargingProfilePurpose"]) == ("SetChargingProfile", evse, purpose)  # fmt: skip
    assert (schedule["chargingRateUnit"], schedule.get("duration")) == (unit, duration)
    assert schedule["chargingSchedulePeriod"][0]["limit"] == value
    assert command.requested_by == "operator@acme.example"
    assert "Asked" in client.get(answer["Location"]).content.decode()


def test_a_limit_may_be_for_the_running_session_alone(client_of: ClientOf, world: World) -> None:
    form = FORM | {"place": f"session-{world.running.pk}"}
    client_of(world.place, "operator").post(url(world.place, PAGE + "limit/"), form)
    assert newest().payload["chargingProfile"]["transactionId"] == world.running.transaction_id


@pytest.mark.parametrize(
    "change", [{"limit": "-1"}, {"limit": "1.25"}, {"limit": ""}, {"place": "9"}, {"unit": "V"}]
)
def test_a_senseless_limit_is_refused_on_the_page(
    client_of: ClientOf, world: World, change: dict[str, str]
) -> None:
    answer = client_of(world.place, "operator").post(url(world.place, PAGE + "limit/"), FORM | change)
    assert answer.status_code == 422
    with context.tenant("acme"):
        assert not ChargingProfile.objects.exists()


def test_the_list_shows_what_the_charger_holds_and_what_it_refused(client_of: ClientOf, world: World) -> None:
    held = limit(world, duration_s=5400)
    with context.tenant("acme"):
        ChargingProfile.objects.filter(pk=held.pk).update(state="refused", answer="Rejected")
    text = client_of(world.place, "viewer").get(url(world.place, PAGE)).content.decode()
    for part in (
        "Every session on EVSE 1",
        "10 A",
        "for 1.5 h",
        "Refused",
        "Rejected",
        "keeps to the one before",
    ):
        assert part in text
    assert "Clear" not in text
    assert "Set a limit now" not in text


def test_buttons_clear_and_ask(client_of: ClientOf, world: World) -> None:
    held = limit(world)
    client = client_of(world.place, "operator")
    client.post(url(world.place, f"{PAGE}{held.pk}/clear/"))
    assert (newest().action, newest().payload) == (
        "ClearChargingProfile",
        {"chargingProfileId": held.profile_id},
    )
    client.post(url(world.place, PAGE + "clear/"))
    assert (newest().action, newest().payload) == ("ClearChargingProfile", {})
    client.post(url(world.place, PAGE + "ask/"), {"evse": "2"})
    assert (newest().action, newest().payload["evseId"]) == ("GetCompositeSchedule", 2)


@pytest.mark.parametrize("path", ["limit/", "clear/", "ask/"])
def test_who_may_not_is_told(client_of: ClientOf, world: World, path: str) -> None:
    assert client_of(world.place, "viewer").post(url(world.place, PAGE + path), FORM).status_code == 403


def test_the_chart_has_both_schedules_and_their_difference_stands_above(
    client_of: ClientOf, world: World
) -> None:
    limit(world)
    with context.tenant("acme"):
        CompositeSchedule.objects.create(
            station=world.station, evse_number=1, unit="A", starts_at=timezone.now() - timedelta(hours=1), duration_s=86_400,
            periods=[{"startPeriod": 0, "limit": 10}, {"startPeriod": 7200, "limit": 16}],
            differences=[{"start_s": 7200, "expected": "10", "told": "16"}],
        )  # fmt: skip
    text = client_of(world.place, "viewer").get(url(world.place, PAGE + "?evse=1")).content.decode()
    assert "the charger says 16 A; its profiles give 10 A" in text
    assert text.count('class="step-line is-') == 4
    whole = client_of(world.place, "viewer").get(url(world.place, PAGE)).content.decode()
    assert "Nothing limits the charger as a whole" in whole


def test_a_drawing_is_made_of_steps_with_gaps_where_nothing_limits() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    spans = [Span(0, Decimal(10)), Span(3600, Decimal(20)), Span(7200, None), Span(10_800, Decimal(5))]
    chart = step_charts.draw(
        [("expected", spans), ("told", [])],
        start=start,
        duration_s=14_400,
        unit="A",
        zone=ZoneInfo("Europe/Amsterdam"),
    )
    assert chart is not None
    assert [path.count("M") for _, path in chart.lines] == [2]
    assert chart.lines[0][1].count("H") == 3
    assert (chart.columns[0].text, chart.rows[1].text) == ("01:00", "20 A")
    assert (
        step_charts.draw([("expected", [Span(0, None)])], start=start, duration_s=60, unit="A", zone=UTC)
        is None
    )
