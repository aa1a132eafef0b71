"""The search of the top bar: chargers, sites, sessions and id tokens."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from authorization.models import IdToken
from chargers import queries
from chargers.models import Site
from csms.dashboard.id_tokens import matching
from csms.dashboard.messages import sees_whole_tokens
from csms.dashboard.page import show
from csms.dashboard.parameters import text
from csms.dashboard.templatetags.ui import masked
from tenants.users.policy import requires
from transactions.models import Transaction

MOST = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    icon: str
    title: str
    note: str
    link: str


@require_GET
@requires("view")
def search(request: HttpRequest) -> HttpResponse:
    """What matches, in groups."""
    wanted, is_full = text(request, "q"), sees_whole_tokens(request)
    groups: list[tuple[str, list[Hit]]] = []
    if wanted:
        groups = [
            ("Chargers", chargers(wanted)),
            ("Sites", sites(wanted)),
            ("Sessions", sessions(wanted)),
            ("Id tokens", tokens(wanted, is_full=is_full)),
        ]
    page = {"q": wanted, "groups": [(name, hits) for name, hits in groups if hits]}
    return show(request, "dashboard/search.html", page)


def chargers(wanted: str) -> list[Hit]:
    """Chargers by identity, serial number, vendor or note."""
    rows = queries.stations(queries.StationFilter(text=wanted))[:MOST]
    return [
        Hit("charging-pile", row.identity, str(row.site or ""), reverse("charger", args=[row.identity]))
        for row in rows
    ]


def sites(wanted: str) -> list[Hit]:
    """Sites by name or city."""
    rows = Site.objects.filter(Q(name__icontains=wanted) | Q(city__icontains=wanted))[:MOST]
    return [Hit("map-pin", row.name, row.city, f"{reverse('chargers')}?site={row.pk}") for row in rows]


def sessions(wanted: str) -> list[Hit]:
    """Sessions by their transaction id."""
    rows = Transaction.objects.select_related("station").filter(transaction_id__istartswith=wanted)[:MOST]
    return [
        Hit(
            "bolt",
            row.transaction_id,
            f"{row.station.identity}, {row.state}",
            reverse("session", args=[row.pk]),
        )
        for row in rows
    ]


def tokens(wanted: str, *, is_full: bool) -> list[Hit]:
    """Id tokens by their beginning or their holder."""
    rows = IdToken.objects.filter(matching(wanted, is_full=is_full))[:MOST]
    return [
        Hit(
            "id-badge-2",
            masked(row.id_token, is_full),
            row.holder or row.status,
            f"{reverse('id-tokens')}?q={_start(row)}",
        )
        for row in rows
    ]


def _start(row: IdToken) -> str:
    return row.id_token[:6] if row.id_token[:6].isalnum() else ""
