"""The security of one charging station: its profile and key, its certificates, and what it reported."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from chargers import security_events, security_profiles
from chargers.models import CertificateRequest, CertificateUse, InstalledCertificate, KeyRotation
from csms.dashboard.charger import around
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from tenants.users.policy import requires

SHOWN, EVENTS_SHOWN = 5, 50


@require_GET
@requires("view")
def charger_security(request: HttpRequest, identity: str) -> HttpResponse:
    """The Security tab."""
    station = charger_or_404(identity)
    rotations = KeyRotation.objects.select_related("command").filter(station=station)[:SHOWN]
    page = around(request, station) | {
        "rotations": rotations,
        "certificates": InstalledCertificate.objects.select_related("root").filter(station=station),
        "requests": CertificateRequest.objects.filter(station=station)[:SHOWN],
        "events": security_events.recent(station, limit=EVENTS_SHOWN),
        "uses": CertificateUse.choices,
    }
    return show(request, "dashboard/charger_security.html", page)


@require_POST
@requires("manage_chargers")
def lower_profile(request: HttpRequest, identity: str) -> HttpResponse:
    """Let the station come without TLS again."""
    station = charger_or_404(identity)
    try:
        security_profiles.lower(station, 1)
        messages.info(request, f"{station.identity} may come with security profile 1.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("charger-security", station.identity)
