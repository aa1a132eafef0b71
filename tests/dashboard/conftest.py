"""A tenant with a bit of everything that a page can show."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from authorization import id_tokens
from authorization.models import Authorization, IdToken, LocalList
from billing import rating, tariffs
from billing.models import ChargeDetailRecord, Tariff
from chargers import stations
from chargers.models import (
    ChargingStation,
    Command,
    Connector,
    Evse,
    FirmwareImage,
    FirmwareUpdate,
    LogRequest,
    Message,
    Refusal,
    Report,
    Site,
    Variable,
)
from tenants import context
from tenants.context import Place
from transactions.models import MeterValue, Reservation, Transaction

ENERGY_TARIFF = {
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": "0.50", "vat": "20.0", "step_size": 1}]}],
}


@dataclass
class World:
    """What stands in the tenant."""

    place: Place
    site: Site
    station: ChargingStation
    running: Transaction
    ended: Transaction
    record: ChargeDetailRecord
    tariff: Tariff
    token: IdToken


def url(place: Place, path: str) -> str:
    """An address of a tenant."""
    return f"/t/{place.slug}/{path}"


def add_station(
    identity: str, *, site: Site | None = None, connectors: int = 2, online: bool = True
) -> ChargingStation:
    """A station that has booted, with its connectors."""
    station, _ = stations.add(identity, site=site)
    station.vendor, station.model, station.registration = "Alfen", "Eve", "Accepted"
    station.booted_at = timezone.now()
    station.save()
    presence = station.presence
    presence.gateway, presence.ocpp_version = (uuid.uuid4() if online else None), "1.6"
    presence.connected_at = presence.last_seen_at = timezone.now()
    presence.save()
    for number in range(1, connectors + 1):
        evse = Evse.objects.create(station=station, number=number)
        Connector.objects.create(
            evse=evse, number=1, status="Available", detail="Available", error_code="NoError"
        )
    return station


def add_session(
    station: ChargingStation, *, minutes: int = 10, ended: bool = False, name: str = "4711"
) -> Transaction:
    """A session with a sample of power, energy and state of charge per minute."""
    start = timezone.now() - timedelta(minutes=minutes)
    session = Transaction.objects.create(
        station=station, transaction_id=name, evse_number=1, connector_number=1, id_token="04A2B6F2C15980",
        id_token_type="ISO14443", authorization_status="Accepted", started_at=start, charging_state="Charging",
        meter_start_wh=Decimal(1000), energy_wh=Decimal(100 * minutes), power_w=Decimal(6000), peak_power_w=Decimal(6000),
        soc_percent=Decimal(55),
    )  # fmt: skip
    for minute in range(minutes + 1):
        add_sample(session, minute, "Power.Active.Import", "W", 6000)
        add_sample(session, minute, "Energy.Active.Import.Register", "Wh", 1000 + 100 * minute)
        add_sample(session, minute, "SoC", "Percent", 45 + minute)
    if ended:
        session.state, session.ended_at, session.stop_reason = (
            Transaction.State.ENDED,
            timezone.now(),
            "Local",
        )
        session.end_received_at, session.meter_stop_wh = session.ended_at, Decimal(1000 + 100 * minutes)
        session.save()
    return session


def add_sample(
    session: Transaction, minute: int, measurand: str, unit: str, value: float, *, phase: str = ""
) -> MeterValue:
    """One sample of a session, so many minutes after its start."""
    return MeterValue.objects.create(
        key=uuid.uuid4(), station=session.station, transaction=session, evse_number=1, phase=phase,
        sampled_at=session.started_at + timedelta(minutes=minute), context="Sample.Periodic", measurand=measurand,
        location="Outlet", unit=unit, value=Decimal(str(value)), raw=str(value),
    )  # fmt: skip


def add_message(station: ChargingStation, action: str, request: str, answer: str, **facts: object) -> Message:
    """One exchange of the log."""
    values = {
        "direction": "in",
        "message_id": "m",
        "result": "ok",
        "latency_ms": 3.2,
        "time": timezone.now(),
    } | facts
    frame, response = f'[2,"m","{action}",{request}]', f'[3,"m",{answer}]' if answer else ""
    return Message.objects.create(station=station, action=action, frame=frame, answer=response, **values)


def fill(place: Place) -> World:
    """Rows of every kind, in the tenant in force."""
    site = Site.objects.create(name="Harbour", city="Rotterdam", time_zone="Europe/Amsterdam")
    token = id_tokens.add("04A2B6F2C15980", holder="Anna", group="Staff")
    tariffs.publish(ENERGY_TARIFF, name="Public", assign_to=[{"tenant": True}], author="owner")
    station = add_station("CP-1", site=site)
    ended = add_session(station, ended=True, name="4700")
    while rating.rate_ended():
        pass
    running = add_session(station)
    add_station("CP-2", site=site, online=False)
    add_message(
        station,
        "BootNotification",
        '{"chargePointVendor":"Alfen","chargePointModel":"Eve"}',
        '{"status":"Accepted"}',
    )
    add_message(station, "Heartbeat", "{}", "{}")
    add_message(station, "Authorize", '{"idTag":"04A2B6F2C15980"}', "{}", transaction_id="4711")
    add_facts(station)
    return World(
        place, site, station, running, ended, ChargeDetailRecord.objects.get(), Tariff.objects.get(), token
    )


def add_facts(station: ChargingStation) -> None:
    """Commands, settings, decisions and refusals of a station."""
    now = timezone.now()
    for status in Command.Status.values:
        Command.objects.create(
            station=station, action="Reset", payload={"type": "OnIdle"}, status=status, expires_at=now, sent_at=now,
            finished_at=now, requested_by="operator@acme.example",
        )  # fmt: skip
    Variable.objects.create(
        station=station,
        component="Configuration",
        name="HeartbeatInterval",
        value="300",
        mutability="ReadWrite",
    )
    add_jobs(station)
    Report.objects.create(station=station, request_id=1, variables=1, completed_at=now)
    Authorization.objects.create(
        station=station, id_token="04A2B6F2C15980", status="Accepted", reason="It may charge."
    )
    Reservation.objects.create(
        station=station, reservation_id=7, evse_number=1, id_token="04A2B6F2C15980", group_name="Staff",
        state="accepted", expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    LocalList.objects.create(
        station=station, state="failed", problem="The station refused the list twice: Failed."
    )
    Refusal.objects.create(
        identity="STRANGER", reason="unknown_identity", http_status=404, remote_address="203.0.113.7"
    )


def add_jobs(station: ChargingStation) -> None:
    """An update in each state, and logs that have come and have not."""
    image = FirmwareImage.objects.create(sha256="0" * 64, file_name="eve.bin", size=1000, version="2.0")
    now = timezone.now()
    for state in FirmwareUpdate.State.values:
        history = [{"state": "Requested", "at": now.isoformat()}, {"state": state, "at": now.isoformat()}]
        FirmwareUpdate.objects.create(
            station=station, image=image, state=state, history=history, version_after="1.9", finished_at=now
        )
    for received_at in (None, now):
        LogRequest.objects.create(
            station=station,
            state="Uploaded",
            file_name="d.log",
            size=10,
            received_at=received_at,
            finished_at=now,
        )


@pytest.fixture
def world(acme: Place) -> World:
    """The tenant acme with a bit of everything."""
    with context.tenant(acme.slug):
        return fill(acme)


@pytest.fixture
def pages(world: World) -> list[str]:
    """Every page that a person with all rights may open, below the tenant's address."""
    return pages_of(world)


def pages_of(world: World) -> list[str]:
    """The pages of a world."""
    station = f"chargers/{world.station.identity}/"
    return [
        *("", "overview/power/", "chargers/", "chargers.csv", "add-charger/", "door/", "search/?q=CP"),
        *(
            station,
            f"{station}sessions/",
            f"{station}commands/",
            f"{station}messages/",
            f"{station}configuration/",
        ),
        *(
            f"{station}connect/",
            f"{station}connect/line/",
            f"{station}maintenance/",
            f"{station}console/",
            f"{station}console/SetChargingProfile/",
            f"{station}security/",
            f"{station}access/",
            f"{station}smart-charging/",
            f"{station}smart-charging/?evse=1",
            "firmware/",
        ),
        *("sessions/", f"sessions/{world.running.pk}/", f"sessions/{world.running.pk}/points/"),
        *(
            f"sessions/{world.ended.pk}/",
            "messages/",
            "messages.jsonl",
            f"messages/?session={world.running.pk}",
        ),
        *("id-tokens/", "id-tokens/add/", "tariffs/", f"tariffs/{world.tariff.pk}/"),
        *("billing/", f"billing/{world.record.pk}/", "billing/exports/"),
    ]


Fill = Callable[[Place], World]
