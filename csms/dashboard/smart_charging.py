"""Smart charging of one station: a limit for now, the profiles that it holds, and the schedule that comes out of them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from chargers import charging_profiles, charging_schedules
from chargers.charging_schedules import Profile
from chargers.composite_schedule import Question, Span
from chargers.models import ChargingProfile, ChargingStation, CompositeSchedule
from csms.dashboard import parameters, step_charts
from csms.dashboard.charger import around
from csms.dashboard.forms import Form
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from csms.dashboard.states import State
from tenants.users.policy import requires
from transactions import composite_schedules

SHOWN = 20
DAY_S = 86_400
MINUTES = ((0, "Until it is changed"), (15, "15 minutes"), (60, "1 hour"), (240, "4 hours"), (720, "12 hours"), (1440, "1 day"))  # fmt: skip
STATES = {
    ChargingProfile.State.REQUESTED: State("preparing", "Asked"),
    ChargingProfile.State.INSTALLED: State("available", "In force"),
    ChargingProfile.State.UNKNOWN: State("suspended", "No answer"),
    ChargingProfile.State.REFUSED: State("faulted", "Refused"),
    ChargingProfile.State.CLEARING: State("preparing", "Being cleared"),
    ChargingProfile.State.CLEARED: State("finishing", "Cleared"),
    ChargingProfile.State.REPLACED: State("finishing", "Replaced"),
    ChargingProfile.State.ENDED: State("finishing", "Session over"),
}
PURPOSES = {
    charging_schedules.STATION_MAX: "Whole charger",
    charging_schedules.TX_DEFAULT: "Every session",
    charging_schedules.TX: "One session",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One profile of the list, in words."""

    profile: ChargingProfile
    state: State
    place: str
    limits: str
    when: str


class LimitForm(Form):
    """A limit from now on."""

    place = forms.ChoiceField(label="What")
    limit = forms.DecimalField(min_value=0, max_value=10_000, max_digits=7, decimal_places=3, label="Limit")
    unit = forms.ChoiceField(choices=(("A", "A for each phase"), ("kW", "kW in total")))
    minutes = forms.TypedChoiceField(coerce=int, choices=MINUTES, label="For how long")

    def __init__(self, values: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions = {
            (
                f"session-{outlet.transaction.pk}",
                f"The session on EVSE {outlet.connector.evse.number}",
            ): outlet
            for outlet in values["row"].outlets
            if outlet.transaction
        }
        evses = [(str(number), f"EVSE {number}") for number in values["evses"] if number]
        self.sessions = {key: outlet.transaction for (key, _), outlet in sessions.items()}
        self.fields["place"].choices = [("0", "The whole charger"), *evses, *sessions]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A limit with at most one decimal in the protocol's units."""
        cleaned = super().clean() or {}
        if not self.errors and self.terms()["limit"] * 10 % 1:
            self.add_error("limit", "There is at most one decimal, in kW four.")
        return cleaned

    def terms(self) -> dict[str, Any]:
        """The values as the verb takes them."""
        wanted = self.cleaned_data
        session = self.sessions.get(wanted["place"])
        is_kw = wanted["unit"] == "kW"
        return {
            "evse_number": session.evse_number if session else int(wanted["place"]),
            "transaction_id": session.transaction_id if session else "",
            "limit": wanted["limit"] * 1000 if is_kw else wanted["limit"],
            "unit": "W" if is_kw else "A",
            "duration_s": wanted["minutes"] * 60 or None,
        }


@require_GET
@requires("view")
def charger_smart_charging(request: HttpRequest, identity: str) -> HttpResponse:
    """Limits and schedule of the station."""
    return page(request, charger_or_404(identity))


@require_POST
@requires("configure")
def limit(request: HttpRequest, identity: str) -> HttpResponse:
    """Set a limit from now on."""
    station = charger_or_404(identity)
    values = around(request, station)
    form = LimitForm(values, request.POST)
    if form.is_valid():
        try:
            row = charging_profiles.set_limit(
                station, **form.terms(), requested_by=request.user.get_username()
            )
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            messages.success(request, "The limit is on its way. The charger's answer is shown below.")
            return _back(station, row.evse_number)
    return page(request, station, form=form, status=422)


@require_POST
@requires("configure")
def clear(request: HttpRequest, identity: str, pk: int | None = None) -> HttpResponse:
    """Ask the station to forget a profile, or without one all of them."""
    station, author = charger_or_404(identity), request.user.get_username()
    if pk is None:
        charging_profiles.clear_all(station, requested_by=author)
        messages.success(request, "The charger is asked to forget every limit.")
        return _back(station, 0)
    row = get_object_or_404(ChargingProfile.objects.select_related("station"), pk=pk, station=station)
    charging_profiles.clear(row, requested_by=author)
    messages.success(request, "The charger is asked to forget this limit.")
    return _back(station, row.evse_number)


@require_POST
@requires("operate")
def ask(request: HttpRequest, identity: str) -> HttpResponse:
    """Ask the station which schedule it makes of its profiles."""
    station = charger_or_404(identity)
    text = request.POST.get("evse", "")
    number = int(text) if text.isdecimal() and len(text) < 6 else 0
    units = charging_profiles.capabilities(station).units
    composite_schedules.request(
        station, evse_number=number, unit=units[0], requested_by=request.user.get_username()
    )
    messages.success(request, "The charger is asked for its schedule.")
    return _back(station, number)


def page(
    request: HttpRequest, station: ChargingStation, *, form: LimitForm | None = None, status: int = 200
) -> HttpResponse:
    """The tab, with a form that may have errors."""
    charging_profiles.settle(station)
    values = around(request, station)
    evse_number = parameters.number(request, "evse") or 0
    found = ChargingProfile.objects.filter(station=station).select_related("command")[:SHOWN]
    rows = [described(profile) for profile in found]
    values |= {
        "form": form or LimitForm(values),
        "profiles": rows,
        "chosen": evse_number,
        "is_limited": any(not row.profile.is_over for row in rows),
        "is_unfinished": any(row.profile.command and not row.profile.command.is_final for row in rows),
        **schedule(station, evse_number, [number for number in values["evses"] if number]),
    }
    return show(request, "dashboard/charger_smart_charging.html", values, status=status)


def schedule(station: ChargingStation, evse_number: int, evse_numbers: list[int]) -> dict[str, Any]:
    """The next day of an EVSE (0: of the station): what its profiles give, and what it said itself."""
    told = CompositeSchedule.objects.filter(station=station, evse_number=evse_number).first()
    unit = told.unit if told else "A"
    question = Question(evse_number, timezone.now().replace(second=0, microsecond=0), DAY_S, unit)
    ours = composite_schedules.expected(station, question, evse_numbers=evse_numbers)
    theirs = _shifted(told, question) if told else []
    zone = ZoneInfo(station.site.time_zone if station.site else "UTC")
    return {
        "told": told,
        "unit": unit,
        "zone": zone,
        "spans": [(question.start + timedelta(seconds=span.start_s), span.limit) for span in ours],
        "differences": [_difference(told, each) for each in told.differences] if told else [],
        "chart": step_charts.draw(
            [("told", theirs), ("expected", ours)],
            start=question.start,
            duration_s=DAY_S,
            unit=unit,
            zone=zone,
        ),
    }


def described(row: ChargingProfile) -> Row:
    """A profile in words: what the station is to hold."""
    profile = charging_schedules.read(row.evse_number, row.document)
    place = PURPOSES.get(row.purpose, row.purpose)
    if row.evse_number:
        place += f" on EVSE {row.evse_number}"
    return Row(row, STATES[ChargingProfile.State(row.state)], place, _limits(profile), _when(profile))


def _limits(profile: Profile) -> str:
    periods = profile.schedule.periods
    shown = ", ".join(_quantity(period.limit, profile.schedule.unit) for period in periods[:4])
    return shown + (f" and {len(periods) - 4} more" if len(periods) > 4 else "")


def _quantity(limit: Decimal, unit: str) -> str:
    value, word = (limit / 1000, "kW") if unit == "W" and limit >= 1000 else (limit, unit)
    return f"{value.normalize():f} {word}"


def _when(profile: Profile) -> str:
    hours = profile.schedule.duration_s and Decimal(profile.schedule.duration_s) / 3600
    lasting = f", for {hours.quantize(Decimal('0.01')).normalize():f} h" if hours else ""
    if profile.kind == charging_schedules.RELATIVE:
        return f"From the start of charging{lasting}"
    often = f"{profile.recurrency} from" if profile.recurrency else "From"
    start = profile.schedule.start or profile.valid_from
    return f"{often} {start:%Y-%m-%d %H:%M} UTC{lasting}" if start else f"{often} its arrival{lasting}"


def _shifted(told: CompositeSchedule, question: Question) -> list[Span]:
    """The station's answer as seen from the question's begin; what lies before it or after its own end is left out."""
    age_s = int((question.start - told.starts_at).total_seconds())
    spans = [
        Span(max(period.start_s - age_s, 0), period.limit)
        for period in charging_schedules.read_periods(told.periods)
    ]
    begun = [span for span in spans if span.start_s == 0][-1:]
    end = Span(max(told.duration_s - age_s, 0), None)
    return [*begun, *(span for span in spans if span.start_s > 0), end] if told.duration_s > age_s else []


def _difference(told: CompositeSchedule, entry: dict[str, Any]) -> tuple[Any, str, str]:
    at = told.starts_at + timedelta(seconds=entry["start_s"])
    expected, said = (_quantity(Decimal(entry[name]), told.unit) for name in ("expected", "told"))
    return at, expected, said


def _back(station: ChargingStation, evse_number: int) -> HttpResponse:
    address = reverse("charger-smart-charging", args=[station.identity])
    return redirect(f"{address}?evse={evse_number}" if evse_number else address)
