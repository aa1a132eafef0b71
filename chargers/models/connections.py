"""Who is connected, and who was refused at the door."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from chargers.models.stations import ChargingStation


class Presence(models.Model):
    """Which gateway holds a station's socket. Written by the gateways alone.

    `epoch` counts the connections of the station: the newest authenticated one owns the station, an older one may neither take commands nor
    mark the station offline. `gateway` is null while the station is offline.
    """

    station = models.OneToOneField(
        ChargingStation, on_delete=models.CASCADE, primary_key=True, related_name="presence"
    )
    gateway = models.UUIDField(null=True)
    epoch = models.BigIntegerField(default=0)
    ocpp_version = models.CharField(max_length=10, blank=True)
    remote_address = models.CharField(max_length=64, blank=True)
    connected_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["gateway"], name="presence_by_gateway", condition=models.Q(gateway__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.station_id}#{self.epoch}"

    @property
    def is_online(self) -> bool:
        """Whether a gateway holds the socket."""
        return self.gateway is not None


class Refusal(models.Model):
    """Handshakes that were refused, one row per identity and reason with a count. The data of the Connection Doctor."""

    class Reason(models.TextChoices):
        """Why. The texts for people are in `chargers.refusals`."""

        UNKNOWN_IDENTITY = "unknown_identity"
        BLOCKED = "blocked"
        NO_SUBPROTOCOL = "no_subprotocol"
        UNSUPPORTED_SUBPROTOCOL = "unsupported_subprotocol"
        NO_CREDENTIALS = "no_credentials"
        MALFORMED_CREDENTIALS = "malformed_credentials"
        WRONG_USERNAME = "wrong_username"
        WRONG_PASSWORD = "wrong_password"
        INSECURE_EXPIRED = "insecure_expired"
        INSECURE_TRANSPORT = "insecure_transport"
        NO_CLIENT_CERTIFICATE = "no_client_certificate"
        BAD_PATH = "bad_path"
        TENANT_SUSPENDED = "tenant_suspended"
        OVERLOADED = "overloaded"

    identity = models.CharField(max_length=255)
    reason = models.CharField(max_length=30, choices=Reason.choices)
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, null=True, related_name="refusals")
    http_status = models.PositiveSmallIntegerField()
    remote_address = models.CharField(max_length=64)
    subprotocols = models.CharField(max_length=200, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    raw_path = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=1, db_default=1)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_seen_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["identity", "reason"], name="refusal_is_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.identity}: {self.reason}"
