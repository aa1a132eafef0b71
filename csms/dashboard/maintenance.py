"""The maintenance of one charging station: its firmware and its logs, ordered, followed, downloaded."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from chargers import firmware, jobs, logs
from chargers.models import ChargingStation, FirmwareImage, FirmwareUpdate, LogRequest
from csms import streaming
from csms.dashboard.charger import around
from csms.dashboard.forms import Form
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from csms.dashboard.tracks import Step, took
from csms.public_address import base_of
from tenants.users.policy import requires

SHOWN = 10
GOOD = ("Installed", "Uploaded")
WORDS = {
    "Requested": "Ordered",
    "DownloadScheduled": "Download planned",
    "DownloadPaused": "Download paused",
    "SignatureVerified": "Signature is right",
    "InstallScheduled": "Installation planned",
    "InstallRebooting": "Restarting",
    "DownloadFailed": "Download failed",
    "InvalidSignature": "Signature is wrong",
    "InstallationFailed": "Installation failed",
    "InstallVerificationFailed": "Installation is not as it should be",
    "UploadFailure": "Upload failed",
    "BadMessage": "Not understood",
    "NotSupportedOperation": "Not supported",
    "PermissionDenied": "Permission denied",
    "Empty": "Nothing to upload",
    "Canceled": "Replaced",
    "TimedOut": "No more news",
}


@dataclass(frozen=True, slots=True)
class JobTrack:
    """An update or a log as the page shows it: the way that it took."""

    job: FirmwareUpdate | LogRequest

    @property
    def steps(self) -> list[Step]:
        """What was heard so far, and whether more is awaited."""
        steps, before = [], None
        for entry in self.job.history:
            state, at = entry["state"], parse_datetime(entry["at"])
            is_bad = state in self.job.FINAL and state not in GOOD
            kind = "good" if state in GOOD else "bad" if is_bad else "done"
            steps.append(Step(WORDS.get(state, state), kind, took(before, at)))
            before = at
        return steps if self.job.is_final else [*steps, Step("Waiting for news", "wait")]

    @property
    def wants_signature(self) -> bool:
        """Whether the station refused a plain update, which one that takes only signed firmware does."""
        command = self.job.command
        return isinstance(self.job, FirmwareUpdate) and bool(
            command and command.wire_action == firmware.UPDATE and command.error_code == "NotSupported"
        )


class UpdateForm(Form):
    """What a station is to install, and when."""

    image = forms.ModelChoiceField(
        FirmwareImage.objects.none(), required=False, empty_label="From another address", label="Firmware"
    )
    location = forms.CharField(
        max_length=2000,
        required=False,
        label="Or its address",
        help_text="The charger fetches it there: https://, http://, ftp:// …",
    )
    retrieve_at = forms.DateTimeField(
        required=False,
        label="Not before (UTC)",
        help_text="Empty: at once.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["image"].queryset = FirmwareImage.objects.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One source."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("image")) == bool(cleaned.get("location")):
            self.add_error("location", "Choose an image, or give an address: one of the two.")
        return cleaned


@require_GET
@requires("view")
def charger_maintenance(request: HttpRequest, identity: str) -> HttpResponse:
    """Firmware and logs of the station."""
    return page(request, charger_or_404(identity))


@require_POST
@requires("configure")
def update(request: HttpRequest, identity: str) -> HttpResponse:
    """Order a firmware update."""
    station, form = charger_or_404(identity), UpdateForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            firmware.request_update(
                station,
                wanted["image"] or wanted["location"],
                retrieve_at=wanted["retrieve_at"],
                requested_by=request.user.get_username(),
                base=base_of(request),
            )
        except ValidationError as error:
            form.add_error("location", error.messages[0])
        else:
            messages.success(request, "The update is ordered. Its way is shown below.")
            return redirect("charger-maintenance", station.identity)
    return page(request, station, form=form, status=422)


@require_POST
@requires("operate")
def request_log(request: HttpRequest, identity: str) -> HttpResponse:
    """Ask for a log."""
    station = charger_or_404(identity)
    try:
        logs.request(
            station,
            log_type=request.POST.get("log_type", ""),
            requested_by=request.user.get_username(),
            base=base_of(request),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "The log is asked for. Its way is shown below.")
    return redirect("charger-maintenance", station.identity)


@require_GET
@requires("operate")
def log_file(request: HttpRequest, identity: str, pk: UUID) -> HttpResponseBase:
    """A delivered log, to keep; no browser shows it."""
    job = get_object_or_404(LogRequest, pk=pk, station__identity=identity)
    try:
        return streaming.attachment(logs.path_of(job), job.file_name or "log")
    except FileNotFoundError:
        raise Http404("The charger has delivered no file for this.") from None


def page(
    request: HttpRequest,
    station: ChargingStation,
    *,
    form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The tab, with forms that may have errors."""
    jobs.settle(FirmwareUpdate, station.pk)
    jobs.settle(LogRequest, station.pk)
    updates = FirmwareUpdate.objects.filter(station=station).select_related("image", "command")[:SHOWN]
    requests = LogRequest.objects.filter(station=station).select_related("command")[:SHOWN]
    values = around(request, station) | {
        "form": form or UpdateForm(),
        "updates": [JobTrack(job) for job in updates],
        "logs": [JobTrack(job) for job in requests],
    }
    values["is_unfinished"] = any(not track.job.is_final for track in [*values["updates"], *values["logs"]])
    return show(request, "dashboard/charger_maintenance.html", values, status=status)
