"""Charging profiles: what a station is to hold and what it has confirmed, and the composite schedules that it told."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from chargers.models.commands import Command
from chargers.models.stations import ChargingStation


class ChargingProfile(models.Model):
    """One charging profile of a station, known there by `profile_id`.

    `document` is what the station is to hold, a ChargingProfile of OCPP 2.0.1; `confirmed` is what it has accepted and may still hold
    (null: nothing). 1.6 cannot list its profiles: these rows are all that is known. Source: S16-78.
    """

    class Purpose(models.TextChoices):
        """What it limits."""

        STATION_MAX = "ChargingStationMaxProfile"
        TX_DEFAULT = "TxDefaultProfile"
        TX = "TxProfile"

    class Kind(models.TextChoices):
        """When its schedule begins."""

        ABSOLUTE = "Absolute"
        RECURRING = "Recurring"
        RELATIVE = "Relative"

    class State(models.TextChoices):
        """`unknown`: the station did not answer, it may hold the profile. `ended`: its transaction is over."""

        REQUESTED = "requested"
        INSTALLED = "installed"
        UNKNOWN = "unknown"
        REFUSED = "refused"
        CLEARING = "clearing"
        CLEARED = "cleared"
        REPLACED = "replaced"
        ENDED = "ended"

    OVER = (State.CLEARED, State.REPLACED, State.ENDED)

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="charging_profiles")
    profile_id = models.BigIntegerField()
    evse_number = models.PositiveIntegerField(help_text="0: the station, or each EVSE.")
    purpose = models.CharField(max_length=40, choices=Purpose.choices)
    stack_level = models.PositiveIntegerField()
    transaction_id = models.CharField(max_length=36, blank=True)
    document = models.JSONField(help_text="What the station is to hold, in OCPP 2.0.1's words.")
    confirmed = models.JSONField(null=True, help_text="What the station has accepted, in the same words.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    answer = models.CharField(max_length=30, blank=True, help_text="The station's own word.")
    note = models.CharField(max_length=255, blank=True, help_text="In a sentence, for people.")
    command = models.ForeignKey(Command, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "profile_id"], name="charging_profile_id_is_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["station", "transaction_id"],
                name="charging_profile_of_station",
                condition=~models.Q(state__in=["cleared", "replaced", "ended"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.profile_id}"

    @property
    def is_over(self) -> bool:
        """Whether the station holds it no more."""
        return self.state in self.OVER or (self.state == self.State.REFUSED and self.confirmed is None)


class CompositeSchedule(models.Model):
    """The newest composite schedule that a station told for an EVSE (0: for itself), beside the one that its profiles give."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="composite_schedules")
    evse_number = models.PositiveIntegerField()
    unit = models.CharField(max_length=1)
    starts_at = models.DateTimeField()
    duration_s = models.PositiveIntegerField()
    periods = models.JSONField(default=list, help_text="The periods of the station's answer.")
    expected = models.JSONField(default=list, help_text="The periods that its profiles gave at that time.")
    differences = models.JSONField(default=list, help_text="Where the two are not the same.")
    command = models.ForeignKey(Command, on_delete=models.SET_NULL, null=True, related_name="+")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "evse_number"], name="composite_schedule_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.station_id} EVSE {self.evse_number}"
