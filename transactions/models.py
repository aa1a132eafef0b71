"""Transactions and what their meters say.

Energy is in Wh, power in W, always `Decimal`. `occurred` times are the station's own; `received_at` is ours.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone


class Transaction(models.Model):
    """One charging session at one station, known by (station, transaction_id)."""

    class State(models.TextChoices):
        """Whether the station has reported its end."""

        ACTIVE = "active"
        ENDED = "ended"

    class ChargingState(models.TextChoices):
        """OCPP 2.0.1's words; empty where nothing was reported."""

        EV_CONNECTED = "EVConnected"
        CHARGING = "Charging"
        SUSPENDED_EV = "SuspendedEV"
        SUSPENDED_EVSE = "SuspendedEVSE"
        IDLE = "Idle"

    station = models.ForeignKey(
        "chargers.ChargingStation", on_delete=models.PROTECT, related_name="transactions"
    )
    transaction_id = models.CharField(
        max_length=36, help_text="1.6: a random 31-bit number of ours, as text."
    )
    start_key = models.CharField(
        max_length=64,
        blank=True,
        help_text="1.6: digest of connector, idTag, timestamp and meterStart; finds retries.",
    )
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)
    id_token = models.CharField(max_length=255, blank=True)
    id_token_type = models.CharField(max_length=20, blank=True)
    group_name = models.CharField(max_length=36, blank=True)
    authorization_status = models.CharField(
        max_length=20, blank=True, help_text="What the id token was last answered with; empty: not asked yet."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    charging_state = models.CharField(max_length=20, choices=ChargingState.choices, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    end_received_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=50, blank=True)
    stopped_by_id_token = models.CharField(max_length=255, blank=True)
    remote_start_id = models.BigIntegerField(null=True)
    reservation_id = models.BigIntegerField(null=True)
    first_seq_no = models.BigIntegerField(null=True)
    last_seq_no = models.BigIntegerField(null=True)
    is_offline = models.BooleanField(default=False)

    meter_start_wh = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    meter_stop_wh = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    register_wh = models.DecimalField(
        max_digits=18, decimal_places=3, null=True, help_text="The latest register."
    )
    energy_wh = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    power_w = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    peak_power_w = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    soc_percent = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    sampled_at = models.DateTimeField(null=True, help_text="Time of the latest sample in this row.")
    is_estimated = models.BooleanField(default=False)
    notes = models.JSONField(
        default=list, help_text="What was odd about it: short codes with a sentence each."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "transaction_id"], name="transaction_id_is_unique"),
            models.UniqueConstraint(
                fields=["station", "start_key"],
                name="transaction_start_is_unique",
                condition=~models.Q(start_key=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-started_at", "-id"], name="transaction_by_start"),
            models.Index(fields=["station"], name="transaction_active", condition=models.Q(state="active")),
            models.Index(
                Upper("id_token"), name="transaction_running_token", condition=models.Q(state="active")
            ),
            models.Index(
                fields=["end_received_at"], name="transaction_by_end", condition=models.Q(state="ended")
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class TransactionEvent(models.Model):
    """One event of a transaction of OCPP 2.x, known by its sequence number; 1.6 has none."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="events")
    seq_no = models.BigIntegerField()
    event_type = models.CharField(max_length=10)
    trigger_reason = models.CharField(max_length=50)
    charging_state = models.CharField(max_length=20, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    is_offline = models.BooleanField(default=False)
    digest = models.CharField(
        max_length=64, help_text="Of the payload; tells a repeat from another event of the same number."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["transaction_id", "seq_no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["transaction", "seq_no", "digest"], name="transaction_event_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id} #{self.seq_no} {self.event_type}"


class MeterValue(models.Model):
    """One sample of one measurand at one instant. Append-only, lean, written in batches.

    The key is a digest of all that makes the sample itself, so that a repeated message adds nothing.
    """

    key = models.UUIDField(primary_key=True)
    station = models.ForeignKey(
        "chargers.ChargingStation",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    transaction = models.ForeignKey(
        Transaction, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True,
        related_name="meter_values",
    )  # fmt: skip
    evse_number = models.PositiveIntegerField(null=True)
    sampled_at = models.DateTimeField()
    context = models.CharField(max_length=30)
    measurand = models.CharField(max_length=60)
    phase = models.CharField(max_length=10, blank=True)
    location = models.CharField(max_length=10)
    unit = models.CharField(
        max_length=20, blank=True, help_text="After normalisation: Wh, W, A, V, Percent …"
    )
    value = models.DecimalField(
        max_digits=24, decimal_places=6, null=True, help_text="Null where unreadable."
    )
    raw = models.TextField(help_text="Value and unit as the station wrote them; signed data byte for byte.")

    class Meta:
        ordering: ClassVar[list[str]] = ["sampled_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["transaction", "sampled_at"], name="meter_value_by_transaction")
        ]

    def __str__(self) -> str:
        return f"{self.measurand} {self.value} {self.unit}"


class Reservation(models.Model):
    """One connector, or any, kept free for an id token until a time. The station keeps it; this row is what it has said about it."""

    class State(models.TextChoices):
        """From requested to exactly one end. `unknown`: the station did not answer, it may hold the reservation."""

        REQUESTED = "requested"
        ACCEPTED = "accepted"
        UNKNOWN = "unknown"
        USED = "used"
        EXPIRED = "expired"
        CANCELLED = "cancelled"
        REMOVED = "removed"
        REFUSED = "refused"

    OPEN = (State.REQUESTED, State.ACCEPTED, State.UNKNOWN)

    station = models.ForeignKey(
        "chargers.ChargingStation", on_delete=models.CASCADE, related_name="reservations"
    )
    reservation_id = models.BigIntegerField()
    evse_number = models.PositiveIntegerField(null=True, help_text="Null: whichever is free.")
    id_token = models.CharField(max_length=255)
    id_token_type = models.CharField(max_length=20, blank=True)
    group_name = models.CharField(
        max_length=36, blank=True, help_text="Tokens of this group may use it as well."
    )
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    answer = models.CharField(max_length=20, blank=True, help_text="The station's own word.")
    note = models.CharField(max_length=255, blank=True, help_text="In a sentence, for people.")
    transaction = models.ForeignKey(
        Transaction, on_delete=models.SET_NULL, null=True, related_name="reservations"
    )
    command = models.ForeignKey(
        "chargers.Command", on_delete=models.SET_NULL, null=True, related_name="+"
    )  # the newest ReserveNow
    requested_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(
        null=True, help_text="When the station reported its connector as reserved."
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["station", "reservation_id"], name="reservation_id_is_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["station"],
                name="reservation_open",
                condition=models.Q(state__in=["requested", "accepted", "unknown"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reservation_id}"

    @property
    def is_open(self) -> bool:
        """Whether the station holds it, or may."""
        return self.state in self.OPEN
