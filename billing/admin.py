"""The admin pages of money. The ledger is shown and never touched; tariffs are changed by publishing a version, not here."""

from django.contrib import admin

from billing.models import (
    CdrExport,
    ChargeDetailRecord,
    RatingFailure,
    Tariff,
    TariffAssignment,
    TariffVersion,
)
from tenants.admin_sites import RecordAdmin, tenant_admin


@admin.register(Tariff, site=tenant_admin)
class TariffAdmin(RecordAdmin):
    """Price lists."""

    list_display = ("name", "created_at", "retired_at")
    search_fields = ("name",)


@admin.register(TariffVersion, site=tenant_admin)
class TariffVersionAdmin(RecordAdmin):
    """What a price list said, and when."""

    list_display = ("tariff", "number", "currency", "valid_from", "valid_until", "published_at", "author")
    list_select_related = ("tariff",)


@admin.register(TariffAssignment, site=tenant_admin)
class TariffAssignmentAdmin(RecordAdmin):
    """Where a price list applies."""

    list_display = ("tariff", "target", "assigned_at", "ended_at")
    list_select_related = ("tariff", "site", "station", "id_token_group")


@admin.register(ChargeDetailRecord, site=tenant_admin)
class ChargeDetailRecordAdmin(RecordAdmin):
    """The ledger."""

    list_display = (
        "number",
        "state",
        "station",
        "started_at",
        "ended_at",
        "energy_wh",
        "incl_vat",
        "currency",
    )
    list_filter = ("state", "currency")
    search_fields = ("station", "id_token", "ocpp_transaction_id")


@admin.register(RatingFailure, site=tenant_admin)
class RatingFailureAdmin(RecordAdmin):
    """Ended transactions without a price."""

    list_display = ("transaction", "attempts", "error", "failed_at", "retry_at")
    list_select_related = ("transaction",)


@admin.register(CdrExport, site=tenant_admin)
class CdrExportAdmin(RecordAdmin):
    """Export jobs."""

    list_display = ("start", "end", "format", "status", "progress", "rows", "requested_by", "requested_at")
    list_filter = ("status", "format")
