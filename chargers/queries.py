"""The read side of pages about stations: set-based, a fixed number of queries whatever the number of rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from chargers.models import (
    ChargingStation,
    Command,
    Connector,
    ConnectorStatus,
    Evse,
    Refusal,
    Report,
    Site,
    Variable,
)

SILENT_AFTER = timedelta(minutes=15)
ONLINE = Q(presence__gateway__isnull=False)


@dataclass(frozen=True, slots=True)
class StationFilter:
    """What a list of stations is narrowed to; an empty field does not narrow."""

    text: str = ""
    status: str = ""
    contact: str = ""
    site: str = ""
    ocpp_version: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every station is shown."""
        return self == StationFilter()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stations there are, in which condition."""

    total: int
    online: int
    silent: int
    faulted: int

    @property
    def offline(self) -> int:
        """Stations without a socket."""
        return self.total - self.online


def silent(now: datetime) -> Q:
    """Connected, but without a message for a while."""
    return ONLINE & Q(presence__last_seen_at__lt=now - SILENT_AFTER)


def with_connector(**facts: object) -> Exists:
    """Whether the station has a connector with these facts."""
    return Exists(Connector.objects.filter(evse__station=OuterRef("pk"), **facts))


def counts() -> Counts:
    """The figures of the overview, in one query."""
    figures = ChargingStation.objects.aggregate(
        total=Count("pk"),
        online=Count("pk", filter=ONLINE),
        silent=Count("pk", filter=silent(timezone.now())),
        faulted=Count("pk", filter=Q(ONLINE, with_connector(status=ConnectorStatus.FAULTED))),
    )
    return Counts(**figures)


def stations(chosen: StationFilter) -> QuerySet[ChargingStation]:
    """The stations that match, in the order of their identities, with site and presence."""
    rows = ChargingStation.objects.select_related("site", "presence").order_by("identity")
    if chosen.text:
        rows = rows.filter(
            Q(identity__icontains=chosen.text)
            | Q(note__icontains=chosen.text)
            | Q(serial_number__icontains=chosen.text)
            | Q(vendor__icontains=chosen.text)
            | Q(model__icontains=chosen.text)
        )
    if chosen.site:
        rows = rows.filter(site=int(chosen.site)) if chosen.site.isdecimal() else rows.filter(site=None)
    if chosen.ocpp_version:
        rows = rows.filter(presence__ocpp_version=chosen.ocpp_version)
    return _with_contact(_with_status(rows, chosen.status), chosen.contact)


def _with_status(rows: QuerySet[ChargingStation], status: str) -> QuerySet[ChargingStation]:
    if status == "charging":
        return rows.filter(ONLINE, transactions__state="active").distinct()
    word = status.capitalize()
    return rows.filter(ONLINE, with_connector(status=word)) if word in ConnectorStatus.values else rows


def _with_contact(rows: QuerySet[ChargingStation], contact: str) -> QuerySet[ChargingStation]:
    if contact == "silent":
        return rows.filter(silent(timezone.now()))
    if contact == "new":
        return rows.filter(registration=ChargingStation.Registration.NEW)
    return {"online": rows.filter(ONLINE), "offline": rows.exclude(ONLINE)}.get(contact, rows)


def connectors_by_station(rows: Iterable[ChargingStation]) -> dict[int, list[Connector]]:
    """The connectors of these stations, each with its EVSE, without number 0 (the station itself)."""
    found: dict[int, list[Connector]] = defaultdict(list)
    connectors = Connector.objects.select_related("evse").filter(evse__station__in=[row.pk for row in rows])
    for connector in connectors.exclude(evse__number=0).order_by("evse__number", "number"):
        found[connector.evse.station_id].append(connector)
    return found


def own_status(station: ChargingStation) -> Connector | None:
    """What the station reports about itself rather than about a connector, where it does."""
    return Connector.objects.select_related("evse").filter(evse__station=station, evse__number=0).first()


def sites() -> list[Site]:
    """Every site, by name."""
    return list(Site.objects.all())


def latest_site() -> int | None:
    """The site of the station that was added last."""
    return ChargingStation.objects.order_by("-created_at").values_list("site", flat=True).first()


def versions() -> list[str]:
    """The OCPP versions that stations of this tenant speak."""
    used = ChargingStation.objects.filter(presence__ocpp_version__gt="").order_by()
    return sorted(used.values_list("presence__ocpp_version", flat=True).distinct())


def evse_numbers(station: ChargingStation) -> list[int]:
    """The EVSEs of a station by number, without number 0."""
    return list(Evse.objects.filter(station=station, number__gt=0).values_list("number", flat=True))


def recent_commands(station: ChargingStation | None = None, *, limit: int = 25) -> list[Command]:
    """The newest commands, of one station or of all."""
    rows = Command.objects.select_related("station").order_by("-queued_at")
    return list((rows.filter(station=station) if station else rows)[:limit])


def latest_report(station: ChargingStation) -> Report | None:
    """The report that was asked for or sent last."""
    return Report.objects.filter(station=station).order_by("-started_at").first()


def variables(station: ChargingStation, text: str = "") -> list[Variable]:
    """The reported variables of a station, those whose component or name contains the text."""
    rows = Variable.objects.filter(station=station)
    return list(rows.filter(Q(component__icontains=text) | Q(name__icontains=text)) if text else rows)


def refusals(*, since: datetime | None = None, limit: int = 200) -> list[Refusal]:
    """The refused handshakes, the newest first."""
    rows = Refusal.objects.select_related("station").order_by("-last_seen_at")
    return list((rows.filter(last_seen_at__gte=since) if since else rows)[:limit])


def latest_refusal(identity: str) -> Refusal | None:
    """Why this identity was refused last."""
    return Refusal.objects.filter(identity__iexact=identity).order_by("-last_seen_at").first()
