"""The list of charging stations: filters in the address, one row per station, export of what is shown."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from chargers import queries
from chargers.models import ChargingStation, Connector
from csms.dashboard import sheets
from csms.dashboard.page import is_fragment, show
from csms.dashboard.parameters import text
from csms.dashboard.states import OFFLINE, State, of_connector
from tenants.users.policy import requires
from transactions import queries as transaction_queries
from transactions.models import Transaction

PAGE_SIZE = 50
STATUSES = (
    ("charging", "Charging"),
    ("available", "Available"),
    ("occupied", "Occupied"),
    ("reserved", "Reserved"),
    ("unavailable", "Unavailable"),
    ("faulted", "Faulted"),
)
CONTACTS = (
    ("online", "Online"),
    ("offline", "Offline"),
    ("silent", "Silent for 15 min"),
    ("new", "Never booted"),
)
COLUMNS = (
    *("identity", "site", "status", "online", "connected_since_utc", "last_message_utc", "power_w"),
    *("ocpp_version", "vendor", "model", "firmware_version", "serial_number", "security_profile"),
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A connector with its state and the transaction that runs there."""

    connector: Connector
    state: State
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class Row:
    """One station of the list."""

    station: ChargingStation
    outlets: list[Outlet]
    power_w: object
    since: object

    @property
    def is_online(self) -> bool:
        """Whether it is connected."""
        return is_online(self.station)

    @property
    def states(self) -> list[tuple[str, State]]:
        """The pills: one per connector, with its number where there are several."""
        if not self.outlets:
            return [("", State("unavailable", "Not reported yet") if self.is_online else OFFLINE)]
        if not self.is_online:
            return [("", OFFLINE)]
        if len(self.outlets) == 1:
            return [("", self.outlets[0].state)]
        return [(label(outlet.connector, self.outlets), outlet.state) for outlet in self.outlets]


def is_online(station: ChargingStation) -> bool:
    """Whether a gateway holds the station's socket."""
    presence = getattr(station, "presence", None)
    return bool(presence and presence.is_online)


def label(connector: Connector, outlets: Iterable[Outlet]) -> str:
    """What a connector is called: its EVSE, and its own number where an EVSE has several."""
    several = any(other.connector.number != 1 for other in outlets)
    return f"{connector.evse.number}.{connector.number}" if several else str(connector.evse.number)


def chosen_filter(request: HttpRequest) -> queries.StationFilter:
    """The filter that the address asks for."""
    return queries.StationFilter(
        text=text(request, "q"),
        status=text(request, "status"),
        contact=text(request, "contact"),
        site=text(request, "site"),
        ocpp_version=text(request, "version"),
    )


@require_GET
@requires("view")
def chargers(request: HttpRequest) -> HttpResponse:
    """The list."""
    chosen = chosen_filter(request)
    matching = queries.stations(chosen)
    after = text(request, "after")
    found = list((matching.filter(identity__gt=after) if after else matching)[: PAGE_SIZE + 1])
    page = {
        "rows": rows(found[:PAGE_SIZE]),
        "total": matching.count(),
        "next": found[PAGE_SIZE - 1].identity if len(found) > PAGE_SIZE else None,
        "after": after,
        "chosen": chosen,
        "statuses": STATUSES,
        "contacts": CONTACTS,
    }
    if not is_fragment(request):
        page |= {"sites": queries.sites(), "versions": queries.versions()}
    return show(request, "dashboard/chargers.html", page)


@require_GET
@requires("view")
def export(request: HttpRequest) -> HttpResponse:
    """The filtered rows as CSV."""
    text_file = io.StringIO()
    writer = csv.writer(text_file)
    writer.writerow(COLUMNS)
    for row in rows(list(queries.stations(chosen_filter(request)))):
        writer.writerow([sheets.cell(value) for value in _cells(row)])
    name = f"chargers-{timezone.now():%Y%m%d-%H%M}.csv"
    return HttpResponse(
        text_file.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def rows(stations: list[ChargingStation]) -> list[Row]:
    """The rows of these stations, in two queries."""
    connectors = queries.connectors_by_station(stations)
    running = transaction_queries.active_by_station(stations)
    return [row(station, connectors[station.pk], running[station.pk]) for station in stations]


def row(station: ChargingStation, connectors: list[Connector], running: list[Transaction]) -> Row:
    """One station with its connectors and what runs there."""
    presence = getattr(station, "presence", None)
    online = is_online(station)
    since = presence and (presence.connected_at if online else presence.disconnected_at)
    power = sum((item.power_w or 0) for item in running) if online and running else None
    return Row(station, [outlet(item, running, is_online=online) for item in connectors], power, since)


def outlet(connector: Connector, running: Iterable[Transaction], *, is_online: bool) -> Outlet:
    """A connector with the transaction that runs on it."""
    here = [item for item in running if item.evse_number == connector.evse.number]
    exact = [item for item in here if item.connector_number in (None, connector.number)]
    transaction = max(exact, key=lambda item: item.started_at, default=None)
    state = of_connector(
        connector.status,
        connector.detail,
        connector.error_code,
        is_online=is_online,
        charging_state=transaction.charging_state if transaction else "",
    )
    return Outlet(connector, state, transaction)


def _cells(item: Row) -> list[object]:
    station, presence = item.station, getattr(item.station, "presence", None)
    return [
        station.identity,
        station.site.name if station.site else "",
        " ".join(f"{number}:{state.word}" if number else state.word for number, state in item.states),
        "yes" if item.is_online else "no",
        item.since if item.is_online else "",
        presence.last_seen_at if presence else "",
        item.power_w,
        presence.ocpp_version if presence else "",
        station.vendor,
        station.model,
        station.firmware_version,
        station.serial_number,
        station.security_profile,
    ]
