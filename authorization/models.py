"""Id tokens, their groups, the log of what was decided about them, and the lists of them that stations keep."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone


class IdTokenType(models.TextChoices):
    """OCPP's kinds of id token."""

    CENTRAL = "Central"
    EMAID = "eMAID"
    ISO14443 = "ISO14443"
    ISO15693 = "ISO15693"
    KEY_CODE = "KeyCode"
    LOCAL = "Local"
    MAC_ADDRESS = "MacAddress"
    NO_AUTHORIZATION = "NoAuthorization"


class IdTokenGroup(models.Model):
    """Tokens that may stop one another's transactions."""

    name = models.CharField(max_length=36)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Upper("name"), name="id_token_group_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class IdToken(models.Model):
    """A card, app token, vehicle or contract that may charge, or may not. Compared case-insensitively."""

    class Status(models.TextChoices):
        """What the operator decided; expiry follows from `expires_at`."""

        ACCEPTED = "Accepted"
        BLOCKED = "Blocked"

    id_token = models.CharField(max_length=255)
    type = models.CharField(max_length=20, choices=IdTokenType.choices, default=IdTokenType.ISO14443)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACCEPTED)
    group = models.ForeignKey(
        IdTokenGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="id_tokens"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=100, blank=True, help_text="Who carries it; only for people.")
    max_concurrent = models.PositiveSmallIntegerField(
        default=1, help_text="Transactions at once; 0: any number."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["id_token"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Upper("id_token"), "type", name="id_token_is_unique")
        ]

    def __str__(self) -> str:
        return self.id_token


class Authorization(models.Model):
    """One decision about an id token at a station, as it was given."""

    time = models.DateTimeField(default=timezone.now)
    station = models.ForeignKey(
        "chargers.ChargingStation", on_delete=models.CASCADE, related_name="authorizations"
    )
    id_token = models.CharField(max_length=255)
    type = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20)
    reason = models.CharField(max_length=200, help_text="In a sentence, for people.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.id_token}: {self.status}"


class LocalList(models.Model):
    """The local authorization list of a station that keeps one: what it shall hold, and what it is known to hold.

    What it shall hold is computed from the id tokens; `entries` is what the station has accepted, by upper-cased token, in OCPP 2.0.1's words.
    """

    class State(models.TextChoices):
        """How the station's list stands to the id tokens."""

        WAITING = "waiting"
        SYNCING = "syncing"
        IN_SYNC = "in_sync"
        FAILED = "failed"
        UNSUPPORTED = "unsupported"

    station = models.OneToOneField(
        "chargers.ChargingStation", on_delete=models.CASCADE, related_name="local_list"
    )
    is_wanted = models.BooleanField(
        default=True, help_text="Kept in sync; else emptied once, then left alone."
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    version = models.BigIntegerField(
        null=True, help_text="The last that the station accepted or told; null: never."
    )
    entries = models.JSONField(default=dict)
    needs_full = models.BooleanField(
        default=True, help_text="What the station holds is not known; it has to be replaced."
    )
    refusals = models.PositiveSmallIntegerField(
        default=0, help_text="Refused or unanswered messages since it was last in sync."
    )
    problem = models.CharField(max_length=255, blank=True, help_text="In a sentence, for people.")
    source_hash = models.CharField(
        max_length=32, blank=True, help_text="Of the tenant's id tokens when it was last in sync."
    )
    command = models.ForeignKey(
        "chargers.Command", on_delete=models.SET_NULL, null=True, related_name="+"
    )  # the step that is under way
    conflict_at = models.DateTimeField(
        null=True, help_text="The station's last report of a conflict that was acted on."
    )
    requested_by = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["station__identity"]

    def __str__(self) -> str:
        return f"local list of {self.station_id}: {self.state}"
