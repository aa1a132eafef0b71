"""The device model as stations report it, and the reports in which it arrives."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from chargers.models.stations import ChargingStation


class Variable(models.Model):
    """One variable of the device model; a 1.6 configuration key is a variable of the component `Configuration`.

    `value` is what the station reported, `desired_value` what it was last told (null: nothing). Write-only values are never kept.
    """

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="variables")
    component = models.CharField(max_length=50)
    component_instance = models.CharField(max_length=50, blank=True)
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=50)
    instance = models.CharField(max_length=50, blank=True)
    attribute_type = models.CharField(max_length=10, default="Actual")
    value = models.TextField(null=True)
    desired_value = models.TextField(null=True)
    mutability = models.CharField(max_length=10, blank=True)
    data_type = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    values_list = models.TextField(blank=True)
    reported_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = [
            "component",
            "evse_number",
            "connector_number",
            "name",
            "attribute_type",
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                "station",
                Lower("component"),
                Lower("component_instance"),
                "evse_number",
                "connector_number",
                Lower("name"),
                Lower("instance"),
                "attribute_type",
                name="variable_is_unique",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.component}.{self.name}"


class Report(models.Model):
    """A report that a station sends in parts, asked for by a command (or sent unasked)."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="reports")
    request_id = models.BigIntegerField()
    command = models.ForeignKey(
        "chargers.Command", on_delete=models.SET_NULL, null=True, related_name="reports"
    )
    parts = models.JSONField(default=list, help_text="The sequence numbers that have arrived.")
    last_part = models.IntegerField(
        null=True, help_text="The sequence number of the last part, once it arrived."
    )
    variables = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "request_id"], name="report_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.station_id} report {self.request_id}"
