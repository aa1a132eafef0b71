"""Logs and diagnostics that stations were asked to upload."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from chargers.models.commands import Command
from chargers.models.stations import ChargingStation


class LogType(models.TextChoices):
    """OCPP's words for the kinds of log."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


class LogRequest(models.Model):
    """A log that one station was asked for, from the order to the file. Source: S16-53, S2-46."""

    class State(models.TextChoices):
        """OCPP 2.0.1's words for what stations report; the others are said by us. `Empty`: the station has nothing to upload."""

        REQUESTED = "Requested"
        ACCEPTED = "Accepted"
        UPLOADING = "Uploading"
        UPLOADED = "Uploaded"
        UPLOAD_FAILURE = "UploadFailure"
        BAD_MESSAGE = "BadMessage"
        NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
        PERMISSION_DENIED = "PermissionDenied"
        EMPTY = "Empty"
        REJECTED = "Rejected"
        CANCELED = "Canceled"
        TIMED_OUT = "TimedOut"

    FAILED = frozenset({
        State.UPLOAD_FAILURE, State.BAD_MESSAGE, State.NOT_SUPPORTED_OPERATION, State.PERMISSION_DENIED,
    })  # fmt: skip
    FINAL = FAILED | {State.UPLOADED, State.EMPTY, State.REJECTED, State.CANCELED, State.TIMED_OUT}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="log_requests")
    command = models.OneToOneField(Command, on_delete=models.SET_NULL, null=True, related_name="log_request")
    log_type = models.CharField(max_length=50, default=LogType.DIAGNOSTICS)
    request_id = models.BigIntegerField(null=True)
    location = models.CharField(max_length=2000, blank=True)
    oldest = models.DateTimeField(null=True)
    latest = models.DateTimeField(null=True)
    state = models.CharField(max_length=30, choices=State.choices, default=State.REQUESTED)
    detail = models.CharField(max_length=255, blank=True)
    history = models.JSONField(default=list, help_text="Each state with the time at which it was heard.")
    file_name = models.CharField(max_length=255, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    token_digest = models.CharField(max_length=64, blank=True, editable=False)
    token_expires_at = models.DateTimeField(null=True, editable=False)
    received_at = models.DateTimeField(null=True, help_text="When the whole file had arrived here.")
    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-requested_at"], name="log_request_by_station"),
            models.Index(
                fields=["token_digest"], name="log_request_by_token", condition=~models.Q(token_digest="")
            ),
            models.Index(
                fields=["moved_at"], name="log_request_unfinished", condition=models.Q(finished_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station}: {self.log_type} {self.state}"

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""
        return self.state in self.FINAL
