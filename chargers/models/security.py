"""What stations report about their security, and the keys that they are being given."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import MD5
from django.utils import timezone

from chargers.models.commands import Command
from chargers.models.stations import ChargingStation


class SecurityEvent(models.Model):
    """Something that concerns a station's security, told by the station or noted here. Rows are never changed: the database refuses it."""

    class Source(models.TextChoices):
        """Who says so."""

        STATION = "station"
        CSMS = "csms"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="security_events")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.STATION)
    type = models.CharField(max_length=50, help_text="The list is open: any word of the station is kept.")
    occurred_at = models.DateTimeField(help_text="By the station's own clock, unless it cannot be true.")
    received_at = models.DateTimeField(default=timezone.now)
    text = models.TextField(blank=True, help_text="techInfo of the message.")
    is_critical = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-occurred_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-occurred_at"], name="security_event_by_station"),
            models.Index(fields=["-occurred_at"], name="security_event_by_time"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                "station", "source", "type", "occurred_at", MD5("text"), name="security_event_is_kept_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.station}: {self.type}"


class KeyRotation(models.Model):
    """A new key on its way to a station. The old one stays valid until the new one is used. Source: T-94, A01."""

    class State(models.TextChoices):
        """How far it is; follows from the command and from the key's first use."""

        QUEUED = "queued"
        SENT = "sent"
        ACCEPTED = "accepted", "accepted, not used yet"
        UNCONFIRMED = "unconfirmed", "no answer, both keys are valid"
        REFUSED = "refused", "refused, the old key stays"
        USED = "used"
        REPLACED = "replaced", "replaced by a newer key"

    STATES: ClassVar[dict[str, State]] = {
        Command.Status.QUEUED: State.QUEUED,
        Command.Status.SENT: State.SENT,
        Command.Status.ACCEPTED: State.ACCEPTED,
        Command.Status.TIMED_OUT: State.UNCONFIRMED,
        Command.Status.UNKNOWN: State.UNCONFIRMED,
    }
    POSSIBLE = frozenset({State.SENT, State.ACCEPTED, State.UNCONFIRMED})

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="key_rotations")
    command = models.OneToOneField(Command, on_delete=models.CASCADE, related_name="key_rotation")
    key_digest = models.CharField(max_length=64, editable=False)
    key_salt = models.CharField(max_length=32, editable=False)
    requested_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, help_text="When the station first came with the new key.")
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-requested_at"], name="key_rotation_by_station")
        ]

    def __str__(self) -> str:
        return f"{self.station}: key {self.state}"

    @property
    def state(self) -> State:
        """How far it is. An answer that could not be read says neither yes nor no."""
        if self.used_at:
            return self.State.USED
        if self.replaced_at:
            return self.State.REPLACED
        if self.command.error_code == "InvalidResponse":
            return self.State.UNCONFIRMED
        return self.STATES.get(self.command.status, self.State.REFUSED)

    @property
    def is_possible(self) -> bool:
        """Whether the station may hold the new key."""
        return self.state in self.POSSIBLE
