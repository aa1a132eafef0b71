"""`/cdrs/`: what was charged for. Records are written by `billing` alone."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from billing import queries
from billing.models import ChargeDetailRecord
from csms.api import filters, strict
from csms.api.views import ListView, ObjectView


class TotalSerializer(serializers.Serializer[Any]):
    """An amount without and with VAT, in the record's currency."""

    excl_vat = serializers.CharField()
    incl_vat = serializers.CharField()


class LineSerializer(serializers.Serializer[Any]):
    """One line of the bill; numbers are decimal strings."""

    type = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    price = serializers.CharField()
    amount_excl_vat = serializers.CharField()
    vat_rate = serializers.CharField(allow_null=True)
    amount_vat = serializers.CharField()
    reason = serializers.CharField()


class CdrSerializer(serializers.Serializer[ChargeDetailRecord]):
    """A charge detail record: one link of the tenant's chain."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    transaction_id = serializers.CharField()
    station = serializers.CharField()
    evse = serializers.IntegerField(allow_null=True)
    connector = serializers.IntegerField(allow_null=True)
    id_token = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    energy_wh = strict.Number()
    duration_s = strict.Number()
    currency = serializers.CharField()
    lines = LineSerializer(many=True)
    total_cost = TotalSerializer()
    state = serializers.ChoiceField(choices=ChargeDetailRecord.State.choices)
    hold_reasons = serializers.ListField(child=serializers.CharField())
    remark = serializers.CharField()
    tariff = serializers.IntegerField(allow_null=True)
    tariff_version = serializers.IntegerField(allow_null=True)
    hash = serializers.CharField()
    previous_hash = serializers.CharField()

    def to_representation(self, instance: ChargeDetailRecord) -> dict[str, Any]:
        """The record as billing shows it to outside programs."""
        document = queries.record_document(instance)
        return document | {name: strict.plain(document[name]) for name in ("energy_wh", "duration_s")}


class CdrsView(ListView):
    """The charge detail records of the tenant, newest first."""

    serializer_class = CdrSerializer
    orderings = {"ended_at": "ended_at", "started_at": "started_at", "number": "number"}
    default_ordering = "-number"
    filters = {
        "station": filters.text("station__iexact", "Only of the station with this identity."),
        "site": filters.site("transaction__station__site_id"),
        "state": filters.choice("state", ChargeDetailRecord.State.values, "Only in this state."),
        "transaction_id": filters.text(
            "ocpp_transaction_id", "Only of the transaction with this transaction id."
        ),
        "id_token": filters.text("id_token__iexact", "Only of this id token."),
        "from": filters.since("ended_at"),
        "to": filters.until("ended_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return queries.records()


class CdrView(ObjectView):
    """One charge detail record."""

    serializer_class = CdrSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return queries.records()
