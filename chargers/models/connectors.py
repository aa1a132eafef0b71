"""The parts of a station that charge, with their last reported status."""

from typing import ClassVar

from django.db import models

from chargers.models.stations import ChargingStation


class ConnectorStatus(models.TextChoices):
    """OCPP 2.0.1's words for a connector."""

    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Evse(models.Model):
    """A part of a station that can charge one vehicle at a time. OCPP 1.6's connector n is EVSE n with connector 1.

    Number 0 is the station itself where a version reports a status for it.
    """

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="evses")
    number = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["station_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "number"], name="evse_number_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.station} EVSE {self.number}"


class Connector(models.Model):
    """A socket or cable of an EVSE with its last reported status."""

    evse = models.ForeignKey(Evse, on_delete=models.CASCADE, related_name="connectors")
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=20, choices=ConnectorStatus.choices, default=ConnectorStatus.UNAVAILABLE
    )
    detail = models.CharField(
        max_length=50, blank=True, help_text="The station's own word: Preparing, Charging …"
    )
    error_code = models.CharField(max_length=50, blank=True)
    error_text = models.CharField(max_length=255, blank=True)
    vendor_error_code = models.CharField(max_length=255, blank=True)
    reported_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["evse__number", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["evse", "number"], name="connector_number_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.evse} connector {self.number}"
