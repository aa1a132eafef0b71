"""Where a station does otherwise than OCPP says, counted."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from chargers.models.stations import ChargingStation


class Deviation(models.Model):
    """One named rule that fired for one station: how often, when, and what it looked like last. The texts are in `chargers.deviations`."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="deviations")
    rule = models.CharField(max_length=10)
    number = models.PositiveBigIntegerField(default=1, db_default=1)
    action = models.CharField(
        max_length=50, blank=True, help_text="The message in which it was seen last; empty: none."
    )
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_seen_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "rule"], name="deviation_is_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.station_id}: {self.rule} × {self.number}"
