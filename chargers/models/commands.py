"""Orders to stations: the row is the queue."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from chargers.models.stations import ChargingStation


class Command(models.Model):
    """An order to a station. The row is the queue; Redis only rings the bell."""

    class Status(models.TextChoices):
        """From queued to exactly one final state. `unknown`: the gateway died while it was under way."""

        QUEUED = "queued"
        SENT = "sent"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        FAILED = "failed"
        TIMED_OUT = "timed_out"
        EXPIRED = "expired"
        UNKNOWN = "unknown"

    FINAL = frozenset({Status.ACCEPTED, Status.REJECTED, Status.FAILED, Status.TIMED_OUT, Status.EXPIRED, Status.UNKNOWN})  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="commands")
    action = models.CharField(
        max_length=50, help_text="Unified (OCPP 2.0.1's word), or the wire's where exact."
    )
    payload = models.JSONField(default=dict)
    is_exact = models.BooleanField(
        default=False, help_text="Passed through unchanged in the station's own words."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    requested_by = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=100, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    timeout_s = models.PositiveIntegerField(default=30)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    effect_seen_at = models.DateTimeField(
        null=True, help_text="When the station's later messages showed the effect."
    )
    gateway = models.UUIDField(null=True)
    epoch = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=36, blank=True)
    wire_action = models.CharField(max_length=50, blank=True)
    request = models.JSONField(null=True, help_text="The payload as it went over the wire (secrets masked).")
    response = models.JSONField(null=True, help_text="The payload of the CALLRESULT.")
    error_code = models.CharField(max_length=50, blank=True)
    error_text = models.CharField(max_length=255, blank=True)
    correlation_id = models.BigIntegerField(
        null=True, help_text="requestId or remoteStartId of what comes later."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-queued_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-queued_at"], name="command_by_station"),
            models.Index(
                fields=["station", "queued_at"],
                name="command_unfinished",
                condition=models.Q(status__in=["queued", "sent"]),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["idempotency_key"],
                name="command_idempotency_key_is_unique",
                condition=~models.Q(idempotency_key=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.status})"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will come from the station for this command."""
        return self.status in self.FINAL
