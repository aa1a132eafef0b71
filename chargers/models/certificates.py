"""Certificates: the tenant's own authority, what stations asked it to sign, and what is installed in them."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from chargers.models.commands import Command
from chargers.models.stations import ChargingStation


class CertificateUse(models.TextChoices):
    """OCPP 2.0.1's words for what a root certificate is for."""

    CSMS_ROOT = "CSMSRootCertificate", "Root of this system"
    MANUFACTURER_ROOT = "ManufacturerRootCertificate", "Root of the manufacturer"
    V2G_ROOT = "V2GRootCertificate", "Root of ISO 15118 (V2G)"
    MO_ROOT = "MORootCertificate", "Root of mobility operators"


class CertificateAuthority(models.Model):
    """The tenant's own authority for one kind of key; made when it is first needed. Its private key is encrypted with the installation's secret."""

    class KeyType(models.TextChoices):
        """A request is signed by the authority with its own kind of key."""

        EC = "EC"
        RSA = "RSA"

    key_type = models.CharField(max_length=3, choices=KeyType.choices, unique=True)
    certificate = models.TextField()
    sealed_key = models.TextField(editable=False)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["key_type"]
        verbose_name_plural = "certificate authorities"

    def __str__(self) -> str:
        return f"{self.key_type} authority"


class CertificatePolicy(models.Model):
    """What a station's certificate request must say, and how long its certificate is valid; one row. Source: S16-61."""

    organization = models.CharField(
        max_length=64, blank=True, help_text="The O that every request must have; empty: it is not checked."
    )
    is_name_checked = models.BooleanField(
        default=True, help_text="The CN must be the station's serial number or its identity."
    )
    valid_days = models.PositiveSmallIntegerField(
        default=365, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )

    class Meta:
        verbose_name_plural = "certificate policy"

    def __str__(self) -> str:
        return "Certificate policy"


class CertificateRequest(models.Model):
    """A station's request for a certificate, and the certificate that it got. Source: S16-60, S16-61, S2-80."""

    class State(models.TextChoices):
        """`refused`: not signed here. `signed`: on its way to the station. `rejected`: the station did not take the certificate."""

        REFUSED = "refused"
        SIGNED = "signed"
        INSTALLED = "installed"
        REJECTED = "rejected", "rejected by the station"

    station = models.ForeignKey(
        ChargingStation, on_delete=models.CASCADE, related_name="certificate_requests"
    )
    certificate_type = models.CharField(max_length=50)
    received_at = models.DateTimeField(default=timezone.now)
    csr = models.TextField()
    csr_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=255, blank=True)
    command = models.ForeignKey(
        Command, on_delete=models.SET_NULL, null=True, related_name="certificate_requests"
    )
    certificate = models.TextField(blank=True)
    subject = models.CharField(max_length=255, blank=True)
    serial_number = models.CharField(max_length=40, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-received_at"], name="certificate_request_by_station"),
        ]

    def __str__(self) -> str:
        return f"{self.station}: certificate request {self.state}"


class RootCertificate(models.Model):
    """A root certificate that was sent to a station once, kept so that the inventory can name it."""

    certificate = models.TextField()
    fingerprint = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=255)
    expires_at = models.DateTimeField()
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["subject", "id"]

    def __str__(self) -> str:
        return self.subject


class InstalledCertificate(models.Model):
    """A root certificate that a station says it holds, in the station's own hashes: only with these can it be deleted. Source: S16-62, S2-82."""

    station = models.ForeignKey(
        ChargingStation, on_delete=models.CASCADE, related_name="installed_certificates"
    )
    certificate_type = models.CharField(max_length=50)
    hash_algorithm = models.CharField(max_length=6)
    issuer_name_hash = models.CharField(max_length=128)
    issuer_key_hash = models.CharField(max_length=128)
    serial_number = models.CharField(max_length=40)
    reported_at = models.DateTimeField()
    root = models.ForeignKey(RootCertificate, on_delete=models.SET_NULL, null=True, related_name="installed")

    class Meta:
        ordering: ClassVar[list[str]] = ["certificate_type", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=[
                    "station", "certificate_type", "hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number",
                ],
                name="installed_certificate_is_listed_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.station}: {self.certificate_type} {self.serial_number}"

    @property
    def hash_data(self) -> dict[str, str]:
        """What names the certificate in a message, exactly as it was reported."""
        return {
            "hashAlgorithm": self.hash_algorithm,
            "issuerNameHash": self.issuer_name_hash,
            "issuerKeyHash": self.issuer_key_hash,
            "serialNumber": self.serial_number,
        }
