"""Billing: charge detail records, and files of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing import exports, queries
from billing.models import CdrExport, ChargeDetailRecord
from csms.dashboard import parameters
from csms.dashboard.forms import Form
from csms.dashboard.messages import sees_whole_tokens
from csms.dashboard.page import show
from tenants.users.policy import requires

PAGE_SIZE = 50
YEARS = range(2000, 3000)


class ExportForm(Form):
    """Which records, and how they are written."""

    start = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    end = forms.DateField(
        label="To (that day included)", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    format = forms.ChoiceField(
        choices=[("csv", "CSV for spreadsheets"), ("json", "JSON"), ("ocpi", "OCPI 2.2.1 JSON for partners")]
    )

    def clean(self) -> dict[str, Any]:
        """The period must not end before it begins."""
        cleaned = super().clean() or {}
        if cleaned.get("start") and cleaned.get("end") and cleaned["end"] < cleaned["start"]:
            self.add_error("end", "The period ends before it begins.")
        if any(cleaned[name].year not in YEARS for name in ("start", "end") if cleaned.get(name)):
            self.add_error(None, "Choose days between 2000 and 2999.")
        return cleaned

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The period, half-open, in UTC."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"] + timedelta(days=1)
        return datetime(start.year, start.month, start.day, tzinfo=UTC), datetime(
            end.year, end.month, end.day, tzinfo=UTC
        )


@require_GET
@requires("view")
def cdrs(request: HttpRequest) -> HttpResponse:
    """The records, the newest first."""
    text, state = parameters.text(request, "q"), parameters.text(request, "state")
    rows = queries.records()
    if text:
        rows = rows.filter(station__iexact=text) | rows.filter(ocpp_transaction_id=text)
    if state in ChargeDetailRecord.State.values:
        rows = rows.filter(state=state)
    if (before := parameters.number(request, "before")) is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    page = {
        "rows": found[:PAGE_SIZE],
        "next": found[PAGE_SIZE - 1].number if len(found) > PAGE_SIZE else None,
        "q": text,
        "state": state,
        "is_full": sees_whole_tokens(request),
    }
    return show(request, "dashboard/cdrs.html", page)


@require_GET
@requires("view")
def cdr(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One record with its lines."""
    page = {"record": get_object_or_404(queries.records(), pk=pk), "is_full": sees_whole_tokens(request)}
    return show(request, "dashboard/cdr.html", page)


@requires("bill")
def cdr_exports(request: HttpRequest) -> HttpResponse:
    """The files that were asked for, and the form for one more."""
    form = ExportForm(request.POST or None, initial=last_month())
    if request.method == "POST" and form.is_valid():
        start, end = form.period
        try:
            exports.start(start, end, form.cleaned_data["format"], request.user.get_username())
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            return redirect("cdr-exports")
    jobs = list(queries.exports()[:PAGE_SIZE])
    unfinished = any(job.status in ("queued", "running") for job in jobs)
    shown = [(job, job.end - timedelta(seconds=1)) for job in jobs]
    page = {"form": form, "jobs": shown, "is_unfinished": unfinished, "periods": periods()}
    return show(request, "dashboard/cdr_exports.html", page, status=422 if form.errors else 200)


@require_GET
@requires("bill")
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file of a finished export."""
    job = get_object_or_404(CdrExport, pk=pk, status=CdrExport.Status.DONE)
    path = exports.path_of(job)
    if not path.is_file():
        raise Http404("The file of this export is not there any more. Start it again.")
    return FileResponse(path.open("rb"), as_attachment=True, filename=job.file_name)


def last_month() -> dict[str, Any]:
    """The month before this one, as a form takes it."""
    first = timezone.now().date().replace(day=1)
    end = first - timedelta(days=1)
    return {"start": end.replace(day=1), "end": end, "format": "csv"}


def periods() -> list[tuple[str, str, str]]:
    """Periods that one click fills in: label, first and last day."""
    today, before = timezone.now().date(), last_month()
    return [
        ("Last month", before["start"].isoformat(), before["end"].isoformat()),
        ("This month", today.replace(day=1).isoformat(), today.isoformat()),
        ("Last 7 days", (today - timedelta(days=6)).isoformat(), today.isoformat()),
    ]
