"""`/transactions/`: charging sessions and what their meters said."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from csms.api import filters, stations, strict
from csms.api.problems import Conflict
from csms.api.views import ListView, ObjectView
from transactions.models import MeterValue, Transaction

_BY_STATION = OpenApiParameter(
    "station", str, description="The station's identity; then {id} is the transaction id at that station."
)


class TransactionSerializer(serializers.ModelSerializer[Transaction]):
    """A charging session. `id` is the product's own number, `transaction_id` what the station knows it by."""

    station = serializers.CharField(source="station.identity")
    evse = serializers.IntegerField(source="evse_number", allow_null=True)
    connector = serializers.IntegerField(source="connector_number", allow_null=True)
    energy_wh = strict.Number()
    meter_start_wh = strict.Number(allow_null=True)
    meter_stop_wh = strict.Number(allow_null=True)
    power_w = strict.Number(allow_null=True)
    soc_percent = strict.Number(allow_null=True)

    class Meta:
        model = Transaction
        fields = (
            "id", "transaction_id", "station", "evse", "connector", "id_token", "id_token_type", "authorization_status",
            "started_at", "ended_at", "energy_wh", "meter_start_wh", "meter_stop_wh", "power_w", "soc_percent", "state",
            "charging_state", "stop_reason", "is_estimated", "is_offline", "notes",
        )  # fmt: skip


class MeterValueSerializer(serializers.ModelSerializer[MeterValue]):
    """One sample of one measurand; `value` is null where the station's text could not be read."""

    evse = serializers.IntegerField(source="evse_number", allow_null=True)
    value = strict.Number(max_digits=24, decimal_places=6, allow_null=True)

    class Meta:
        model = MeterValue
        fields = ("sampled_at", "evse", "measurand", "value", "unit", "phase", "location", "context", "raw")


class TransactionsView(ListView):
    """The transactions of the tenant, newest first."""

    serializer_class = TransactionSerializer
    orderings = {"started_at": "started_at", "energy_wh": "energy_wh", "id": "id"}
    default_ordering = "-started_at"
    filters = {
        "station": filters.station(),
        "site": filters.site(),
        "state": filters.choice("state", Transaction.State.values, "Only active or ended ones."),
        "id_token": filters.text("id_token__iexact", "Only of this id token."),
        "transaction_id": filters.text("transaction_id", "Only with this transaction id."),
        "from": filters.since("started_at"),
        "to": filters.until("started_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with the stations' names."""
        return Transaction.objects.select_related("station")


class TransactionView(ObjectView):
    """One transaction, by `id`, or by `transaction_id` where that names only one."""

    serializer_class = TransactionSerializer
    parameters = frozenset({"station"})

    @extend_schema(parameters=[_BY_STATION])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The transaction."""
        return super().get(request, *args, **kwargs)

    def get_object(self) -> Transaction:
        """The transaction of the address.

        Raises: Http404, Conflict.
        """
        return find(self.kwargs["id"], self.request.query_params.get("station"))


class MeterValuesView(ListView):
    """The samples of a transaction, in the order of the station's clock."""

    serializer_class = MeterValueSerializer
    orderings = {"sampled_at": "sampled_at"}
    default_ordering = "sampled_at"
    filters = {
        "measurand": filters.text("measurand", "Only of this measurand."),
        "phase": filters.text("phase", "Only of this phase; empty: those of all phases together."),
        "from": filters.since("sampled_at"),
        "to": filters.until("sampled_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the transaction of the address."""
        return MeterValue.objects.filter(transaction=find(self.kwargs["id"]))


def find(name: str, identity: str | None = None) -> Transaction:
    """The transaction with this id, or else with this transaction id; with an identity only the latter, at that station.

    Raises: Http404; Conflict when several stations have a transaction of that name.
    """
    rows = Transaction.objects.select_related("station")
    if identity is not None:
        rows = rows.filter(station=stations.find(identity))
    elif name.isascii() and name.isdigit() and len(name) <= 18 and (own := rows.filter(pk=int(name)).first()):
        return own
    found = list(rows.filter(transaction_id=name)[:2])
    if len(found) > 1:
        raise Conflict("Several stations have a transaction with this id. Add ?station=, or use `id`.")
    if not found:
        raise Http404
    return found[0]
