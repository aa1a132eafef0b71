"""Where a charger does otherwise than OCPP says: how often, what is made of it, and the rules that can be switched for it alone."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from chargers import deviations
from chargers.models import ChargingStation
from csms.dashboard.charger import around
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from tenants.users.policy import requires

CHOICES = {"on": True, "off": False, "make": None}


@require_GET
@requires("view")
def charger_deviations(request: HttpRequest, identity: str) -> HttpResponse:
    """What was seen of this charger, and its switches."""
    station = charger_or_404(identity)
    page = around(request, station) | {
        "deviations": [(row, deviations.describe(row.rule)) for row in deviations.of_station(station)],
        "switches": switches(station),
    }
    return show(request, "dashboard/charger_deviations.html", page)


def switches(station: ChargingStation) -> list[dict[str, Any]]:
    """The rules that can be switched, each with what is chosen."""
    words = {True: "on", False: "off", None: "make"}
    return [
        {
            "name": name,
            "rule": deviations.describe(name),
            "chosen": words[station.quirk_switches.get(name)],
        }
        for name in deviations.SWITCHES
    ]


@require_POST
@requires("manage_chargers")
def switch(request: HttpRequest, identity: str) -> HttpResponse:
    """Switch a rule for this charger."""
    station = charger_or_404(identity)
    rule, chosen = request.POST.get("rule", ""), request.POST.get("chosen", "")
    try:
        if chosen not in CHOICES:
            raise ValidationError("A rule is switched on, off, or left to the make.")
        deviations.switch(station, rule, is_on=CHOICES[chosen])
        messages.success(request, f"{rule}: in force from the charger's next connection on.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("charger-deviations", station.identity)


@require_POST
@requires("manage_chargers")
def forget(request: HttpRequest, identity: str) -> HttpResponse:
    """Begin to count anew."""
    station = charger_or_404(identity)
    deviations.forget(station)
    messages.success(request, "The counts begin anew.")
    return redirect("charger-deviations", station.identity)
