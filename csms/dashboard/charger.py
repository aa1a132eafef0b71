"""One charging station: what it is, what it does now, and its tabs."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from authorization.models import Authorization, IdToken
from chargers import configuration, queries
from chargers.models import ChargingStation, Variable
from csms.dashboard import messages
from csms.dashboard.chargers import row
from csms.dashboard.commands import TRIGGERS
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from csms.dashboard.parameters import text
from csms.dashboard.sessions import rows_of
from csms.dashboard.tracks import Track
from tenants.users.policy import may, requires
from transactions import queries as transaction_queries

TABS = (
    ("charger", "Live", "activity"),
    ("charger-sessions", "Sessions", "bolt"),
    ("charger-commands", "Commands", "terminal-2"),
    ("charger-messages", "Messages", "messages"),
    ("charger-configuration", "Configuration", "settings"),
    ("charger-smart-charging", "Smart charging", "chart-line"),
    ("charger-access", "Access", "id-badge-2"),
    ("charger-security", "Security", "shield"),
    ("charger-maintenance", "Maintenance", "tool"),
    ("charger-deviations", "Deviations", "alert-triangle"),
)
TOKENS_OFFERED = 100


def around(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    """What stands on every tab: the head, the connectors and what the buttons offer."""
    connectors = queries.connectors_by_station([station])[station.pk]
    running = transaction_queries.active_by_station([station])[station.pk]
    shown = row(station, connectors, running)
    return {
        "station": station,
        "row": shown,
        "evses": sorted({outlet.connector.evse.number for outlet in shown.outlets}),
        "tabs": TABS,
        "triggers": TRIGGERS,
        "tokens": tokens() if may(request.user, "operate") else (),
        "is_full": messages.sees_whole_tokens(request),
    }


def tokens() -> list[IdToken]:
    """The id tokens that a start offers."""
    usable = IdToken.objects.filter(status=IdToken.Status.ACCEPTED)
    return list(usable.exclude(expires_at__lt=timezone.now()).order_by("holder", "id_token")[:TOKENS_OFFERED])


@require_GET
@requires("view")
def charger(request: HttpRequest, identity: str) -> HttpResponse:
    """What happens at the station now."""
    station = charger_or_404(identity)
    chosen = transaction_queries.TransactionFilter(station=station.identity)
    page = around(request, station) | {
        "tracks": [Track(command) for command in queries.recent_commands(station, limit=6)],
        "sessions": rows_of(transaction_queries.page(chosen, size=5)[0]),
        "decisions": Authorization.objects.filter(station=station)[:5],
        "totals": transaction_queries.totals(station),
        "refusal": None if is_fine(station) else queries.latest_refusal(station.identity),
    }
    return show(request, "dashboard/charger_live.html", page)


def is_fine(station: ChargingStation) -> bool:
    """Whether the station is connected, so that an earlier refusal is of no interest."""
    presence = getattr(station, "presence", None)
    return bool(presence and presence.is_online)


@require_GET
@requires("view")
def charger_sessions(request: HttpRequest, identity: str) -> HttpResponse:
    """The sessions of the station."""
    station = charger_or_404(identity)
    found, more = transaction_queries.page(transaction_queries.TransactionFilter(station=station.identity))
    page = around(request, station) | {"sessions": rows_of(found), "more": more}
    return show(request, "dashboard/charger_sessions.html", page)


@require_GET
@requires("view")
def charger_commands(request: HttpRequest, identity: str) -> HttpResponse:
    """What the station was told, and what it made of it."""
    station = charger_or_404(identity)
    tracks = [Track(command) for command in queries.recent_commands(station, limit=50)]
    return show(request, "dashboard/charger_commands.html", around(request, station) | {"tracks": tracks})


@require_GET
@requires("view")
def charger_messages(request: HttpRequest, identity: str) -> HttpResponse:
    """The station's part of the message log."""
    station = charger_or_404(identity)
    is_more = "older_than" in request.GET or "newer_than" in request.GET
    return messages.log(
        request, station, "dashboard/charger_messages.html", {} if is_more else around(request, station)
    )


@require_GET
@requires("view")
def charger_configuration(request: HttpRequest, identity: str) -> HttpResponse:
    """What the station reported about its settings."""
    station = charger_or_404(identity)
    chosen = text(request, "q")
    found = queries.variables(station, chosen)
    tracks = [Track(command) for command in queries.recent_commands(station, limit=10)]
    page = around(request, station) | {
        "groups": [(name, list(group)) for name, group in groupby(found, key=component_of)],
        "number": len(found),
        "wanted": configuration.of_station(station),
        "q": chosen,
        "report": queries.latest_report(station),
        "tracks": [track for track in tracks if track.command.action in ("GetBaseReport", "SetVariables")][
            :3
        ],
    }
    return show(request, "dashboard/charger_configuration.html", page)


def component_of(variable: Variable) -> str:
    """The component of a variable with its instance and place."""
    name = f"{variable.component} {variable.component_instance}".strip()
    if variable.evse_number is None:
        return name
    connector = "" if variable.connector_number is None else f", connector {variable.connector_number}"
    return f"{name} (EVSE {variable.evse_number}{connector})"
