"""The simulated chargers as the simulator takes them, and how many of them charge."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chargers import presence, stations
from chargers.availability import StatusReport
from chargers.models import ChargingStation, Connector, ConnectorStatus, Presence
from csms.demo.cast import STRANGER, TWIN, Charger, Company
from csms.demo.settling import has_its_password, password_of
from csms.simulator.spec import EvseSpec, StationSpec
from tenants import context
from tenants.models import Gateway
from transactions import lifecycle
from transactions.models import Transaction

AC, DC = (EvseSpec(), EvseSpec()), (EvseSpec(kind="DC", max_power_w=150_000),)
VENDOR, FIRMWARE = "Simulated", "1.0.0"
OFFLINE_FOR = timedelta(hours=3)


def set_the_stage(company: Company, chargers: Sequence[Charger]) -> None:
    """Clear away what the last run left: sockets of gateways that are gone, sessions of cars that are gone."""
    with context.public():
        Gateway.objects.all().delete()
    with context.tenant(company.slug):
        presence.release_dead()
        left = Transaction.objects.filter(state=Transaction.State.ACTIVE, station__is_simulated=True)
        for row in left:
            lifecycle.end(row, row.sampled_at or row.started_at, row.register_wh, "PowerLoss", "")
        for charger in chargers:
            if not charger.scenario:
                _be_offline(charger)


def specs(company: Company, chargers: Sequence[Charger], speed: float) -> Iterator[StationSpec]:
    """The chargers of a tenant that somebody plays. One that was deleted, or got another password, is somebody's own now."""
    url = f"ws://127.0.0.1:{settings.PUBLIC_HOST.rpartition(':')[2]}/{company.slug}/ocpp"
    with context.tenant(company.slug):
        rows = ChargingStation.objects.filter(
            is_simulated=True, identity__in=[each.identity for each in chargers]
        )
        playable = {row.identity for row in rows if has_its_password(company, row)}
    for charger in chargers:
        if charger.scenario and charger.identity in playable:
            yield _spec(company, charger, url, speed)
    if company.slug == "acme":
        yield _knocking(STRANGER, url, password_of(company.slug, STRANGER), "unknown")
        yield _knocking(TWIN, url, password_of(company.slug, "somebody else"), "wrong-password")


def let_stranger_in(company: Company) -> None:
    """Once somebody has added the stranger, be the installer who tells it the password: here the station learns the stranger's."""
    with context.tenant(company.slug):
        station = stations.find(STRANGER)
        if station is not None and not has_its_password(company, station):
            stations.new_password(station, password_of(company.slug, STRANGER))
            ChargingStation.objects.filter(pk=station.pk).update(is_simulated=True)


def charging(slugs: Sequence[str]) -> int:
    """How many cars charge now at chargers that are online."""
    return sum(_charging_in(slug) for slug in slugs)


def _charging_in(slug: str) -> int:
    connector = Connector.objects.filter(
        evse__station=OuterRef("station"), evse__number=OuterRef("evse_number"), detail="Charging"
    )
    with context.tenant(slug):
        running = Transaction.objects.filter(
            state=Transaction.State.ACTIVE, station__presence__gateway__isnull=False
        )
        return running.filter(Q(charging_state="Charging") | Exists(connector)).count()


def _spec(company: Company, charger: Charger, url: str, speed: float) -> StationSpec:
    return StationSpec(
        identity=charger.identity,
        url=url,
        password=password_of(company.slug, charger.identity),
        version=charger.version,
        scenario=charger.scenario,
        id_tokens=charger.id_tokens,
        evses=DC if charger.is_dc else AC,
        vendor=VENDOR,
        model=charger.model,
        firmware_version=FIRMWARE,
        serial_number=f"SIM{charger.identity}",
        speed=speed,
        start_soc=charger.start_soc,
    )


def _knocking(identity: str, url: str, password: str, scenario: str) -> StationSpec:
    return StationSpec(identity=identity, url=url, password=password, scenario=scenario, retry_wait_s=0.2)


def _be_offline(charger: Charger) -> None:
    """A charger that has been silent for hours."""
    station = ChargingStation.objects.filter(
        identity=charger.identity, presence__gateway__isnull=True
    ).first()
    if station is None:
        return
    moment = timezone.now() - OFFLINE_FOR
    station.vendor, station.model, station.firmware_version = VENDOR, charger.model, FIRMWARE
    station.registration, station.booted_at = (
        ChargingStation.Registration.ACCEPTED,
        moment - timedelta(days=2),
    )
    station.save()
    Presence.objects.filter(station=station).update(
        ocpp_version=charger.version,
        connected_at=station.booted_at,
        last_seen_at=moment,
        disconnected_at=moment,
    )
    Connector.objects.filter(evse__station=station).delete()
    free = ConnectorStatus.AVAILABLE
    StatusReport.write(
        [
            StatusReport(station.pk, number, 1, free, free, "NoError", "", "", moment)
            for number in range(1, len(AC) + 1)
        ]
    )
