"""Where stations stand, how they may connect, and what they say about themselves when they boot."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

check_identity = RegexValidator(
    r"^[A-Za-z0-9*\-_=+|@.]{1,48}\Z",
    "An identity has 1 to 48 characters: letters, digits and * - _ = + | @ .",
)


def check_time_zone(name: str) -> None:
    """Refuse what is no time zone of the IANA database."""
    import zoneinfo

    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Examples: Europe/Amsterdam, UTC.")


class Site(models.Model):
    """A place where stations stand."""

    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    time_zone = models.CharField(max_length=50, default="UTC", validators=[check_time_zone])

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name"], name="site_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class ChargingStation(models.Model):
    """A charging station: how it may connect, and what it says about itself when it boots."""

    class Registration(models.TextChoices):
        """What BootNotification was last answered with; `new` before the first."""

        NEW = "new"
        PENDING = "Pending"
        ACCEPTED = "Accepted"
        REJECTED = "Rejected"

    identity = models.CharField(max_length=255, validators=[check_identity])
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="stations")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    security_profile = models.PositiveSmallIntegerField(default=1)
    pending_security_profile = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Accepted by the station; in force from its first connection with it.",
    )
    key_digest = models.CharField(max_length=64, blank=True, editable=False)
    key_salt = models.CharField(max_length=32, blank=True, editable=False)
    insecure_until = models.DateTimeField(
        null=True, blank=True, help_text="Security profile 0 (no password) is allowed until then."
    )
    is_blocked = models.BooleanField(default=False)
    is_quiet = models.BooleanField(
        default=False, help_text="The product sends nothing on its own, only what it is told."
    )
    is_simulated = models.BooleanField(default=False)
    quirk_switches = models.JSONField(
        default=dict,
        blank=True,
        help_text="Rules of `chargers.deviations` that are switched on or off for it.",
    )

    registration = models.CharField(max_length=10, choices=Registration.choices, default=Registration.NEW)
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    serial_number = models.CharField(max_length=255, blank=True)
    firmware_version = models.CharField(max_length=255, blank=True)
    iccid = models.CharField(max_length=255, blank=True)
    imsi = models.CharField(max_length=255, blank=True)
    meter_type = models.CharField(max_length=255, blank=True)
    meter_serial_number = models.CharField(max_length=255, blank=True)
    booted_at = models.DateTimeField(null=True, blank=True)
    boot_reason = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["identity"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("identity"), name="station_identity_is_unique")
        ]

    def __str__(self) -> str:
        return self.identity
