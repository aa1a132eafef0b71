"""The message log, and the frames that made no sense."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from chargers.models.stations import ChargingStation


class Message(models.Model):
    """One exchange of the message log: a CALL and its answer in one row. Append-only, lean, written in batches.

    `frame` and `answer` are the texts of the wire (secrets masked). `direction` is seen from the product: `in` comes from the station.
    """

    time = models.DateTimeField()
    station = models.ForeignKey(
        ChargingStation,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="messages",
    )
    direction = models.CharField(max_length=3)
    action = models.CharField(max_length=50)
    message_id = models.CharField(max_length=255)
    frame = models.TextField()
    answer = models.TextField(blank=True)
    result = models.CharField(max_length=50, blank=True, help_text="ok, an error code, ignored, or no answer")
    latency_ms = models.FloatField(null=True)
    transaction_id = models.CharField(max_length=36, blank=True)
    deviations = models.CharField(
        max_length=100, blank=True, db_default="", help_text="The rules that it needed, with blanks between."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-id"], name="message_by_station"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.action} {self.message_id}"


class QuarantinedFrame(models.Model):
    """A frame that was refused or ignored, kept as it came; bounded per station."""

    time = models.DateTimeField(db_default=Now())
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="quarantined_frames")
    ocpp_version = models.CharField(max_length=10)
    reason = models.CharField(max_length=255)
    frame = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.station_id}: {self.reason}"
