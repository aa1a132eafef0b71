"""The admin pages of transactions. They are records: shown, never touched."""

from django.contrib import admin

from tenants.admin_sites import RecordAdmin, tenant_admin
from transactions.models import MeterValue, Reservation, Transaction, TransactionEvent


@admin.register(Transaction, site=tenant_admin)
class TransactionAdmin(RecordAdmin):
    """Charging sessions."""

    list_display = (
        "transaction_id",
        "station",
        "evse_number",
        "id_token",
        "state",
        "started_at",
        "ended_at",
        "energy_wh",
    )
    list_select_related = ("station",)
    list_filter = ("state", "is_estimated")
    search_fields = ("transaction_id", "station__identity", "id_token")


@admin.register(TransactionEvent, site=tenant_admin)
class TransactionEventAdmin(RecordAdmin):
    """The events that make up a session of OCPP 2.x."""

    list_display = ("transaction", "seq_no", "event_type", "trigger_reason", "occurred_at", "received_at")
    list_select_related = ("transaction",)
    list_filter = ("event_type",)
    search_fields = ("transaction__transaction_id",)


@admin.register(MeterValue, site=tenant_admin)
class MeterValueAdmin(RecordAdmin):
    """What the meters said."""

    list_display = ("sampled_at", "station", "transaction", "measurand", "phase", "value", "unit")
    list_select_related = ("station", "transaction")
    search_fields = ("transaction__transaction_id",)


@admin.register(Reservation, site=tenant_admin)
class ReservationAdmin(RecordAdmin):
    """Connectors that stations keep free."""

    list_display = ("reservation_id", "station", "evse_number", "id_token", "state", "expires_at", "answer")
    list_select_related = ("station",)
    list_filter = ("state",)
    search_fields = ("reservation_id", "station__identity", "id_token")
