"""What charging costs and what was charged for it: tariffs, the ledger of charge detail records, export jobs.

Money is `Decimal` in the record's currency, energy `Decimal` in Wh. The ledger and the versions of a tariff are immutable: a trigger in
the database refuses every change, whoever asks.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone


class Tariff(models.Model):
    """A price list with a name. What it says stands in its versions; a change is a new version."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Not in use any more; kept for its records."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                Upper("name"), name="tariff_name_is_unique", condition=Q(retired_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.name


class TariffVersion(models.Model):
    """One published state of a tariff, as an OCPI 2.2.1 Tariff object. Never changed and never deleted.

    `valid_from` is null for a first version that names no start: it holds for every session that the tariff is assigned to.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField(help_text="OCPI 2.2.1; every number is a decimal string.")
    currency = models.CharField(max_length=3)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    published_at = models.DateTimeField(default=timezone.now)
    author = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["tariff_id", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tariff", "number"], name="tariff_version_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.tariff} v{self.number}"


class TariffAssignment(models.Model):
    """Where a tariff applies, and since when. All four targets empty: everywhere in the tenant.

    Rows are ended, never edited, so that a session is priced by what was assigned when it began.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="assignments")
    site = models.ForeignKey(
        "chargers.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    station = models.ForeignKey(
        "chargers.ChargingStation", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    evse_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the station; empty: all of them."
    )
    id_token_group = models.ForeignKey(
        "authorization.IdTokenGroup", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    assigned_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["site", "station", "evse_number", "id_token_group"],
                name="tariff_assignment_is_unique",
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True, station__isnull=True)
                | Q(site__isnull=True, id_token_group__isnull=True)
                | Q(station__isnull=True, id_token_group__isnull=True),
                name="tariff_assignment_has_one_target",
            ),
            models.CheckConstraint(
                condition=Q(evse_number__isnull=True) | Q(station__isnull=False),
                name="tariff_assignment_evse_needs_station",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff} → {self.target}"

    @property
    def target(self) -> str:
        """The target in words."""
        if self.id_token_group:
            return f"id token group {self.id_token_group}"
        if self.station:
            return (
                f"{self.station} EVSE {self.evse_number}"
                if self.evse_number is not None
                else str(self.station)
            )
        return str(self.site) if self.site else "everywhere"


class ChargeDetailRecord(models.Model):
    """What one transaction cost, as a link of the tenant's chain. Written once; the database refuses changes.

    It holds its own copy of all that it depends on, so that later changes of a station, a site or a tariff never reach it.
    """

    class State(models.TextChoices):
        """Fixed at creation: nothing is ever edited, a correction is a credit and a new record."""

        ISSUED = "issued"
        HELD = "held"
        CREDIT = "credit"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(help_text="Place in the tenant's chain: 1, 2, 3 … without a gap.")
    transaction = models.ForeignKey(
        "transactions.Transaction", on_delete=models.PROTECT, related_name="charge_detail_records"
    )
    state = models.CharField(max_length=10, choices=State.choices)
    hold_reasons = models.JSONField(
        default=list, help_text="Short codes: why a person must look at it first."
    )
    remark = models.CharField(
        max_length=255, blank=True, help_text="What a reader should know, in a sentence."
    )
    ocpp_transaction_id = models.CharField(max_length=36)
    station = models.CharField(max_length=255, help_text="The identity.")
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)
    location = models.JSONField(
        default=dict, help_text="The site as it was: name, address, coordinates, time zone."
    )
    id_token = models.CharField(max_length=255, blank=True)
    id_token_type = models.CharField(max_length=20, blank=True)
    auth_method = models.CharField(
        max_length=20, help_text="OCPI's word: AUTH_REQUEST, COMMAND or WHITELIST."
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    duration_s = models.DecimalField(max_digits=15, decimal_places=3)
    energy_wh = models.DecimalField(max_digits=18, decimal_places=3)
    tariff_version = models.ForeignKey(
        TariffVersion, on_delete=models.PROTECT, null=True, related_name="charge_detail_records"
    )
    currency = models.CharField(max_length=3)
    rounding = models.CharField(max_length=50, help_text="The name of the rounding rule.")
    lines = models.JSONField(default=list)
    periods = models.JSONField(default=list, help_text="Charging periods with their dimensions, for OCPI.")
    excl_vat = models.DecimalField(max_digits=18, decimal_places=6)
    incl_vat = models.DecimalField(max_digits=18, decimal_places=6)
    created_at = models.DateTimeField(default=timezone.now)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["number"], name="cdr_number_is_unique"),
            models.UniqueConstraint(fields=["previous_hash"], name="cdr_chain_does_not_fork"),
            models.UniqueConstraint(
                fields=["transaction"], name="cdr_is_one_per_transaction", condition=~Q(state="credit")
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["ended_at", "number"], name="cdr_by_end"),
            models.Index(fields=["station", "-number"], name="cdr_by_station"),
        ]

    def __str__(self) -> str:
        return f"CDR {self.number}"


class RatingFailure(models.Model):
    """An ended transaction that could not be priced yet: a bug or a broken row. Tried again, less and less often."""

    transaction = models.OneToOneField(
        "transactions.Transaction", on_delete=models.CASCADE, primary_key=True, related_name="rating_failure"
    )
    attempts = models.PositiveIntegerField(default=1)
    error = models.TextField()
    failed_at = models.DateTimeField(default=timezone.now)
    retry_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-failed_at"]

    def __str__(self) -> str:
        return f"{self.transaction_id}: {self.error}"


class CdrExport(models.Model):
    """A job that writes the records of a period into a file. The period is half-open: start ≤ ended_at < end."""

    class Status(models.TextChoices):
        """From queued to done or failed."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    class Format(models.TextChoices):
        """What can be written today."""

        CSV = "csv"
        JSON = "json"
        OCPI = "ocpi"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    format = models.CharField(max_length=10, choices=Format.choices)
    start = models.DateTimeField()
    end = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    rows = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=255, blank=True)
    requested_by = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(default=timezone.now, help_text="When the job last made progress.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["moved_at"],
                name="cdr_export_unfinished",
                condition=Q(status__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.start:%Y-%m-%d} – {self.end:%Y-%m-%d} ({self.status})"
