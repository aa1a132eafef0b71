"""Sessions: the list by key, the curve for the chart, the timeline."""

import re
from datetime import timedelta

import pytest

from csms.dashboard.sessions import timeline
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, add_sample, add_session, add_station, url
from transactions import curves
from transactions.models import MeterValue, Transaction, TransactionEvent


def test_older_pages_follow_by_key_even_where_sessions_began_at_once(
    client_of: ClientOf, acme: Place
) -> None:
    with context.tenant(acme.slug):
        station = add_station("CP-1")
        for number in range(110):
            add_session(station, minutes=0, name=f"s{number}")
        Transaction.objects.update(started_at=Transaction.objects.first().started_at)  # type: ignore[union-attr]
    client, seen, query = client_of(acme, "owner"), [], ""
    for _ in range(3):
        page = client.get(url(acme, "sessions/") + query).content.decode()
        seen += re.findall(r'href="/t/acme/sessions/(\d+)/"', page)
        older = re.search(r'href="(\?before=[^"]+)"', page)
        query = older[1] if older else "none"
    assert query == "none"
    assert len(seen) == len(set(seen)) == 110


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=active", {"running"}),
        ("?state=ended", {"ended"}),
        ("?q=4711", {"running"}),
        ("?q=04A2", {"running", "ended"}),
        ("?charger=cp-1&from=2020-01-01&to=2100-01-01", {"running", "ended"}),
        ("?to=2020-01-01", set()),
        ("?charger=CP-2", set()),
    ],
)
def test_filters_narrow_the_list(client_of: ClientOf, world: World, query: str, found: set[str]) -> None:
    page = client_of(world.place, "viewer").get(url(world.place, "sessions/") + query).content.decode()
    shown = {name for name in ("running", "ended") if f"/sessions/{getattr(world, name).pk}/" in page}
    assert shown == found


def test_points_are_columns_of_equal_length(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "viewer")
    whole = client.get(url(world.place, f"sessions/{world.running.pk}/points/")).json()
    assert len(whole["t"]) == len(whole["power_kw"]) == len(whole["energy_kwh"]) == len(whole["soc"]) == 11
    assert (whole["power_kw"][-1], whole["energy_kwh"][-1], whole["soc"][-1]) == (6.0, 1.0, 55.0)
    assert whole["is_active"] is True
    with context.tenant("acme"):
        add_sample(world.running, 11, "Power.Active.Import", "W", 5000)
    more = client.get(
        url(world.place, f"sessions/{world.running.pk}/points/"), {"after": whole["last"]}
    ).json()
    assert (more["is_addition"], more["power_kw"]) == (True, [5.0])


def curve(session: Transaction) -> list[tuple[float | None, float | None]]:
    return [(point.power_w, point.energy_wh) for point in curves.of_transaction(session).values()]


def test_power_of_phases_is_their_sum(acme: Place) -> None:
    with context.tenant(acme.slug):
        session = add_session(add_station("CP-1"), minutes=0)
        MeterValue.objects.all().delete()
        for phase in ("L1", "L2", "L3"):
            add_sample(session, 1, "Power.Active.Import", "W", 2000, phase=phase)
        assert curve(session) == [(None, 0.0), (6000.0, None)]  # the begin register, then the sample


def test_power_is_derived_from_the_register_where_none_is_reported(acme: Place) -> None:
    with context.tenant(acme.slug):
        session = add_session(add_station("CP-1"), minutes=2)
        MeterValue.objects.exclude(measurand="Energy.Active.Import.Register").delete()
        found = curves.of_transaction(session)
    assert [point.power_w for point in found.values()] == [None, 6000.0, 6000.0]
    assert [point.is_derived for point in found.values()] == [False, True, True]


def test_long_curve_is_thinned_and_keeps_its_end(acme: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "MOST_POINTS", 10)
    with context.tenant(acme.slug):
        session = add_session(add_station("CP-1"), minutes=60)
        found = curves.of_transaction(session)
    assert len(found) <= 11
    assert max(found) == session.started_at + timedelta(minutes=60)


def test_timeline_names_changes_of_the_charging_state_once(acme: Place) -> None:
    with context.tenant(acme.slug):
        session = add_session(add_station("CP-1"), minutes=5, ended=True)
        for number, state in enumerate(["EVConnected", "Charging", "Charging", "", "SuspendedEV"]):
            TransactionEvent.objects.create(
                transaction=session, seq_no=number, event_type="Updated", trigger_reason="x", charging_state=state,
                occurred_at=session.started_at + timedelta(minutes=number), digest=str(number),
            )  # fmt: skip
        told = [item.text for item in timeline(session)]
    assert told == ["Session started", "Plugged in", "Charging", "Paused by car", "Session ended"]
