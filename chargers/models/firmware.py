"""Firmware images that operators keep here, and the updates that stations were asked to make."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from chargers.models.commands import Command
from chargers.models.stations import ChargingStation


class FirmwareImage(models.Model):
    """A firmware file of a manufacturer, stored by its hash. Signature and certificate are the manufacturer's. Source: S16-52."""

    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    version = models.CharField(
        max_length=50, blank=True, help_text="What a station reports when it runs this image."
    )
    signature = models.TextField(blank=True)
    signing_certificate = models.TextField(blank=True)
    uploaded_by = models.CharField(max_length=200, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-uploaded_at"]

    def __str__(self) -> str:
        return f"{self.file_name} {self.version}".strip()

    @property
    def is_signed(self) -> bool:
        """Whether it comes with what a signed update needs."""
        return bool(self.signature and self.signing_certificate)


class FirmwareUpdate(models.Model):
    """An update of one station, from the order to its end. One without a command was begun by somebody else. Source: S16-50, S16-51, S2-60."""

    class State(models.TextChoices):
        """OCPP's words for what stations report; `Requested`, `Accepted`, `Rejected`, `Canceled` and `TimedOut` are said by us."""

        REQUESTED = "Requested"
        ACCEPTED = "Accepted"
        DOWNLOAD_SCHEDULED = "DownloadScheduled"
        DOWNLOADING = "Downloading"
        DOWNLOAD_PAUSED = "DownloadPaused"
        DOWNLOADED = "Downloaded"
        SIGNATURE_VERIFIED = "SignatureVerified"
        INSTALL_SCHEDULED = "InstallScheduled"
        INSTALLING = "Installing"
        INSTALL_REBOOTING = "InstallRebooting"
        INSTALLED = "Installed"
        DOWNLOAD_FAILED = "DownloadFailed"
        INVALID_SIGNATURE = "InvalidSignature"
        INSTALLATION_FAILED = "InstallationFailed"
        INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"
        REJECTED = "Rejected"
        CANCELED = "Canceled"
        TIMED_OUT = "TimedOut"

    FAILED = frozenset({
        State.DOWNLOAD_FAILED, State.INVALID_SIGNATURE, State.INSTALLATION_FAILED, State.INSTALL_VERIFICATION_FAILED,
    })  # fmt: skip
    FINAL = FAILED | {State.INSTALLED, State.REJECTED, State.CANCELED, State.TIMED_OUT}

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="firmware_updates")
    command = models.OneToOneField(
        Command, on_delete=models.SET_NULL, null=True, related_name="firmware_update"
    )
    image = models.ForeignKey(FirmwareImage, on_delete=models.SET_NULL, null=True, related_name="updates")
    request_id = models.BigIntegerField(null=True)
    location = models.CharField(max_length=2000, blank=True)
    retrieve_at = models.DateTimeField(null=True)
    install_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=30, choices=State.choices, default=State.REQUESTED)
    detail = models.CharField(max_length=255, blank=True)
    history = models.JSONField(default=list, help_text="Each state with the time at which it was heard.")
    version_before = models.CharField(max_length=255, blank=True)
    version_after = models.CharField(
        max_length=255, blank=True, help_text="What the station reported at the first boot after the order."
    )
    requested_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    token_digest = models.CharField(max_length=64, blank=True, editable=False)
    token_expires_at = models.DateTimeField(null=True, editable=False)
    fetched_at = models.DateTimeField(null=True, help_text="When the station had the whole file from here.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-requested_at"], name="firmware_update_by_station"),
            models.Index(
                fields=["token_digest"],
                name="firmware_update_by_token",
                condition=~models.Q(token_digest=""),
            ),
            models.Index(
                fields=["moved_at"],
                name="firmware_update_unfinished",
                condition=models.Q(finished_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station}: firmware {self.state}"

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""
        return self.state in self.FINAL

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the station says that it is installed and still boots with another version."""
        wanted = self.image.version if self.image else ""
        return self.state == self.State.INSTALLED and bool(wanted) and self.version_after not in ("", wanted)
