"""Who may charge at one station, kept there: its reservations and its local list of id tokens."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from authorization import local_lists
from authorization.models import IdToken, LocalList
from chargers.models import ChargingStation
from csms.dashboard.charger import around
from csms.dashboard.forms import Form
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from csms.dashboard.states import State
from tenants.users.policy import requires
from transactions import reservations
from transactions.models import Reservation

SHOWN = 20
LONGEST_TOKEN = 36
MINUTES = ((15, "15 minutes"), (30, "30 minutes"), (60, "1 hour"), (120, "2 hours"), (480, "8 hours"), (1440, "1 day"))  # fmt: skip
RESERVATION_STATES = {
    Reservation.State.REQUESTED: State("preparing", "Asked"),
    Reservation.State.ACCEPTED: State("reserved", "Reserved"),
    Reservation.State.UNKNOWN: State("suspended", "No answer"),
    Reservation.State.USED: State("charging", "Used"),
    Reservation.State.EXPIRED: State("finishing", "Expired"),
    Reservation.State.CANCELLED: State("finishing", "Cancelled"),
    Reservation.State.REMOVED: State("unavailable", "Given up"),
    Reservation.State.REFUSED: State("faulted", "Refused"),
}
LIST_STATES = {
    LocalList.State.WAITING: State("suspended", "Waiting"),
    LocalList.State.SYNCING: State("preparing", "Synchronising"),
    LocalList.State.IN_SYNC: State("available", "In sync"),
    LocalList.State.FAILED: State("faulted", "Failed"),
    LocalList.State.UNSUPPORTED: State("unavailable", "Not supported"),
}


class ReservationForm(Form):
    """What is kept free, for whom, how long."""

    evse = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="EVSE")
    token = forms.ModelChoiceField(
        IdToken.objects.none(), required=False, label="For", empty_label="Another id token"
    )
    other_token = forms.CharField(max_length=LONGEST_TOKEN, required=False, label="Or another id token")
    minutes = forms.TypedChoiceField(coerce=int, choices=MINUTES, initial=60, label="For how long")
    is_for_group = forms.BooleanField(
        required=False,
        label="Others of its group may use it too",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, evses: list[int], tokens: list[IdToken], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = [(str(number), f"EVSE {number}") for number in evses]
        self.fields["evse"].choices = [*numbers, ("", "Whichever is free")]  # type: ignore[attr-defined]
        self.fields["evse"].initial = numbers[0][0] if numbers else ""
        chosen: Any = self.fields["token"]
        chosen.queryset = IdToken.objects.select_related("group").filter(
            pk__in=[token.pk for token in tokens]
        )

    def clean(self) -> dict[str, Any]:
        """A token, chosen or written; what is written counts."""
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("token") or cleaned.get("other_token")):
            self.add_error("other_token", "Choose an id token, or write one.")
        return cleaned

    def terms(self) -> dict[str, Any]:
        """The values as the verb takes them."""
        wanted = self.cleaned_data
        token = None if wanted["other_token"] else wanted["token"]
        group = token.group.name if token and token.group and wanted["is_for_group"] else None
        whom = (
            {"id_token": token.id_token, "id_token_type": token.type}
            if token
            else {"id_token": wanted["other_token"]}
        )
        ends = timezone.now() + timedelta(minutes=wanted["minutes"])
        return {**whom, "evse_number": wanted["evse"], "group": group, "expires_at": ends}


@require_GET
@requires("view")
def charger_access(request: HttpRequest, identity: str) -> HttpResponse:
    """Reservations and the local list of the station."""
    return page(request, charger_or_404(identity))


@require_POST
@requires("operate")
def reserve(request: HttpRequest, identity: str) -> HttpResponse:
    """Ask the station to keep an EVSE free."""
    station = charger_or_404(identity)
    values = around(request, station)
    form = ReservationForm(values["evses"], values["tokens"], request.POST)
    if form.is_valid():
        try:
            reservations.reserve(station, **form.terms(), requested_by=request.user.get_username())
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            messages.success(request, "The reservation is asked for. The charger's answer is shown below.")
            return redirect("charger-access", station.identity)
    return page(request, station, form=form, status=422)


@require_POST
@requires("operate")
def cancel(request: HttpRequest, identity: str, pk: int) -> HttpResponse:
    """Ask the station to keep it no longer."""
    station = charger_or_404(identity)
    row = get_object_or_404(Reservation.objects.select_related("station"), pk=pk, station=station)
    try:
        reservations.cancel(row, requested_by=request.user.get_username())
        messages.success(request, "The cancellation is on its way.")
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("charger-access", station.identity)


@require_POST
@requires("configure")
def local_list(request: HttpRequest, identity: str) -> HttpResponse:
    """Keep the station's list of id tokens in sync, send it anew, or empty it."""
    station, author = charger_or_404(identity), request.user.get_username()
    match request.POST.get("wish"):
        case "sync":
            local_lists.sync(station, requested_by=author)
            messages.success(request, "The list is being brought in line with the id tokens.")
        case "full":
            local_lists.sync(station, full=True, requested_by=author)
            messages.success(request, "The whole list is sent anew.")
        case "clear":
            local_lists.clear(station, requested_by=author)
            messages.success(request, "The list is being emptied, and is kept no longer.")
        case _:
            return HttpResponseBadRequest("There is no such wish.")
    return redirect("charger-access", station.identity)


def page(
    request: HttpRequest, station: ChargingStation, *, form: ReservationForm | None = None, status: int = 200
) -> HttpResponse:
    """The tab, with a form that may have errors."""
    rows = list(Reservation.objects.filter(station=station)[:SHOWN])
    kept = LocalList.objects.filter(station=station).first()
    values = around(request, station)
    values |= {
        "form": form or ReservationForm(values["evses"], values["tokens"]),
        "reservations": [(row, RESERVATION_STATES[Reservation.State(row.state)]) for row in rows],
        "list": kept,
        "list_state": LIST_STATES[LocalList.State(kept.state)] if kept else None,
        "is_unfinished": any(row.state == Reservation.State.REQUESTED for row in rows)
        or bool(kept and kept.state == LocalList.State.SYNCING),
    }
    return show(request, "dashboard/charger_access.html", values, status=status)
