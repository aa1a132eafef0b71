"""Bringing a charging station in: two fields, the sheet that tells how to connect it, and a line that follows it live."""

from dataclasses import dataclass
from typing import Any

import segno
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chargers import queries, refusals, stations
from chargers.models import ChargingStation, Presence, Refusal, Site, check_identity
from csms.dashboard.forms import Form
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import is_fragment, show
from csms.dashboard.parameters import text
from tenants import context
from tenants.users.policy import requires

NEW = "new"


class ChargerForm(Form):
    """Identity and site; a site that does not exist yet is named in the same form."""

    identity = forms.CharField(
        max_length=48,
        validators=[check_identity],
        help_text="The name under which the charger connects, exactly as it is set in the charger.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    site = forms.ChoiceField(required=False)
    new_site = forms.CharField(max_length=100, required=False, label="Name of the new site")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(site.pk), site.name) for site in queries.sites()]
        field = self.fields["site"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*known, (NEW, "A new site …"), ("", "No site")]
        field.widget.attrs["data-new-site-choice"] = ""
        self.fields["new_site"].initial = "" if known else "My first site"
        self.initial.setdefault("site", queries.latest_site() or (known[0][0] if known else NEW))

    def clean(self) -> dict[str, Any]:
        """A new site needs a name."""
        cleaned = super().clean() or {}
        if cleaned.get("site") == NEW and not cleaned.get("new_site", "").strip():
            self.add_error("new_site", "Give the new site a name.")
        return cleaned

    def chosen_site(self) -> Site | None:
        """The site, made if it is new."""
        choice = self.cleaned_data["site"]
        if choice == NEW:
            return Site.objects.get_or_create(name=self.cleaned_data["new_site"].strip())[0]
        return Site.objects.get(pk=choice) if choice else None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the live line. `kind`: done, now, bad or later."""

    title: str
    kind: str
    text: str = ""
    fix: str = ""


@never_cache
@requires("manage_chargers")
def add(request: HttpRequest) -> HttpResponse:
    """The form, and after it the connect sheet with the password, which is shown this once."""
    if request.method != "POST":
        initial = {"identity": text(request, "identity")}
        return show(request, "dashboard/charger_add.html", {"form": ChargerForm(initial=initial)})
    form = ChargerForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                station, password = stations.add(form.cleaned_data["identity"], site=form.chosen_site())
        except ValidationError as error:
            form.add_error("identity", error.messages[0])
        else:
            return sheet(request, station, password)
    return show(request, "dashboard/charger_add.html", {"form": form}, status=422)


@never_cache
@require_GET
@requires("manage_chargers")
def connect(request: HttpRequest, identity: str) -> HttpResponse:
    """The connect sheet of a station, without its password."""
    return sheet(request, charger_or_404(identity), "")


@require_POST
@requires("manage_chargers")
def new_password(request: HttpRequest, identity: str) -> HttpResponse:
    """Another password; the old one is void."""
    station = charger_or_404(identity)
    return sheet(request, station, stations.new_password(station))


@require_GET
@requires("manage_chargers")
def live_line(request: HttpRequest, identity: str) -> HttpResponse:
    """How far the station has come, for the sheet that is open."""
    station = charger_or_404(identity)
    return show(request, "dashboard/live_line.html", {"station": station, "steps": steps(station)})


def sheet(request: HttpRequest, station: ChargingStation, password: str) -> HttpResponse:
    """The connect sheet. With htmx its own address takes the place of the form's, so that a reload sends nothing twice."""
    address = stations.address(context.require(), station.identity, base=base_of(request))
    page = {
        "station": station,
        "password": password,
        "address": address,
        "short_address": address.rsplit("/", 1)[0] + "/",
        "steps": steps(station),
        "code": qr_code(station, address, password),
        "command": f".venv/bin/python manage.py simulate {context.require().slug} --stations 1",
    }
    response = show(request, "dashboard/charger_connect.html", page)
    if is_fragment(request):
        response["HX-Push-Url"] = reverse("charger-connect", args=[station.identity])
    return response


def base_of(request: HttpRequest) -> str:
    """Scheme and host for a charger, as this browser reaches the product."""
    return f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"


def qr_code(station: ChargingStation, address: str, password: str) -> str:
    """The sheet as a QR code, as an image that a page can hold."""
    content = "\n".join(filter(None, (address, station.identity, password)))
    return segno.make(content, error="m", micro=False).svg_data_uri(
        scale=4, border=2, dark="#000", light="#fff"
    )


def steps(station: ChargingStation) -> list[Step]:
    """From waiting to the accepted boot. A refusal counts while it is newer than the last connection."""
    presence = getattr(station, "presence", None) or Presence()
    connected_at = presence.connected_at
    refusal = queries.latest_refusal(station.identity)
    if refusal and (
        refusal.last_seen_at < station.created_at or (connected_at and refusal.last_seen_at < connected_at)
    ):
        refusal = None
    if refusal:
        return [Step("The charger reached us", "done"), _refused(refusal), Step("Boot accepted", "later")]
    if connected_at is None:
        waiting = Step("Waiting for the charger", "now", "Enter the address and the password in the charger.")
        return [waiting, Step("Authenticated", "later"), Step("Boot accepted", "later")]
    authenticated = Step(
        "Authenticated", "done", f"OCPP {presence.ocpp_version} from {presence.remote_address}"
    )
    return [
        Step("The charger reached us", "done"),
        authenticated,
        _boot(station, is_online=presence.is_online),
    ]


def _refused(refusal: Refusal) -> Step:
    why, fix = refusals.describe(refusal.reason)
    tries = f" ({refusal.attempts} attempts)" if refusal.attempts > 1 else ""
    return Step(f"Refused{tries}", "bad", why, fix)


def _boot(station: ChargingStation, *, is_online: bool) -> Step:
    if station.registration == ChargingStation.Registration.ACCEPTED and station.booted_at:
        name = f"{station.vendor} {station.model}".strip()
        away = "" if is_online else " It is offline at the moment."
        return Step(
            "Boot accepted", "done", f"{name}, firmware {station.firmware_version or 'unknown'}.{away}"
        )
    if not is_online:
        return Step(
            "Connection lost before the boot",
            "bad",
            "The charger closed the connection.",
            "It will try again.",
        )
    return Step(
        "Waiting for BootNotification", "now", "The charger is connected and has not introduced itself yet."
    )


@require_GET
@requires("view")
def door(request: HttpRequest) -> HttpResponse:
    """Who knocked and was refused: why, and what to do about it."""
    knocks = [(refusal, *refusals.describe(refusal.reason)) for refusal in queries.refusals()]
    example = stations.address(context.require(), "IDENTITY", base=base_of(request))
    return show(request, "dashboard/door.html", {"knocks": knocks, "example": example})
