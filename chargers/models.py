"""Facts about charging stations, one class per fact that has a life of its own."""

import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
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
    command = models.ForeignKey("Command", on_delete=models.SET_NULL, null=True, related_name="reports")
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


class Command(models.Model):
    """An order to a station. The row is the queue; Redis only rings the bell."""

    class Status(models.TextChoices):
        """From queued to exactly one final state. `unknown`: the gateway died while it was under way."""

        QUEUED = "queued"
        SENT = "sent"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        FAILED = "failed"
        TIMED_OUT = "timed_out"
        EXPIRED = "expired"
        UNKNOWN = "unknown"

    FINAL = frozenset({Status.ACCEPTED, Status.REJECTED, Status.FAILED, Status.TIMED_OUT, Status.EXPIRED, Status.UNKNOWN})  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="commands")
    action = models.CharField(
        max_length=50, help_text="Unified (OCPP 2.0.1's word), or the wire's where exact."
    )
    payload = models.JSONField(default=dict)
    is_exact = models.BooleanField(
        default=False, help_text="Passed through unchanged in the station's own words."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    requested_by = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=100, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    timeout_s = models.PositiveIntegerField(default=30)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    effect_seen_at = models.DateTimeField(
        null=True, help_text="When the station's later messages showed the effect."
    )
    gateway = models.UUIDField(null=True)
    epoch = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=36, blank=True)
    wire_action = models.CharField(max_length=50, blank=True)
    request = models.JSONField(null=True, help_text="The payload as it went over the wire (secrets masked).")
    response = models.JSONField(null=True, help_text="The payload of the CALLRESULT.")
    error_code = models.CharField(max_length=50, blank=True)
    error_text = models.CharField(max_length=255, blank=True)
    correlation_id = models.BigIntegerField(
        null=True, help_text="requestId or remoteStartId of what comes later."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-queued_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-queued_at"], name="command_by_station"),
            models.Index(
                fields=["station", "queued_at"],
                name="command_unfinished",
                condition=models.Q(status__in=["queued", "sent"]),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["idempotency_key"],
                name="command_idempotency_key_is_unique",
                condition=~models.Q(idempotency_key=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.status})"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will come from the station for this command."""
        return self.status in self.FINAL


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

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["station", "-id"], name="message_by_station"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.action} {self.message_id}"


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
