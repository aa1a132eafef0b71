"""What the settings of many stations are to be."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from chargers.models.stations import ChargingStation, Site

LONGEST_VALUE = 2500
MOST_SETTINGS = 100


def check_settings(settings: object) -> None:
    """Refuse what is no object of settings and their values as texts.

    Raises: ValidationError.
    """
    if not isinstance(settings, dict) or not 0 < len(settings) <= MOST_SETTINGS:
        raise ValidationError(f"Give 1 to {MOST_SETTINGS} settings with their values.")
    for name, value in settings.items():
        parts = name.split(".")
        if not all(0 < len(part.strip()) <= 50 for part in parts) or len(parts) > 2:
            raise ValidationError(f"“{name[:100]}” is no setting: write Component.Variable, or a key.")
        if not isinstance(value, str) or len(value) > LONGEST_VALUE:
            raise ValidationError(
                f"The value of {name} must be a text of at most {LONGEST_VALUE} characters."
            )


class ConfigurationTemplate(models.Model):
    """Settings that a group of stations is to have.

    It is for the stations that are named, and for those that fit every one of site, vendor and model that is given; for all where `is_for_all`.
    `settings` maps names as the stations report them, `Component.Variable` or a configuration key, to the value as text.
    """

    name = models.CharField(max_length=100)
    settings = models.JSONField(validators=[check_settings])
    is_for_all = models.BooleanField(default=False, db_default=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    vendor = models.CharField(max_length=255, blank=True, db_default="")
    model = models.CharField(max_length=255, blank=True, db_default="")
    stations = models.ManyToManyField(ChargingStation, blank=True, related_name="configuration_templates")

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name"], name="configuration_template_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name
