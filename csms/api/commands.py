"""`/stations/{identity}/commands/` and `/calls/`, `/commands/{id}/`: orders to stations.

A POST puts the order into the station's queue. With `wait` it answers once the order has its final state, or when the time is over (`waiting`).
"""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import commands
from chargers.models import Command
from csms.api import filters, idempotency, stations, strict
from csms.api.authentication import name_of
from csms.api.permissions import require
from csms.api.views import ListView, ObjectView

LONGEST_WAIT_S = 120
CONFIGURING = frozenset(
    {
        *("Reset", "SetVariables", "ChangeAvailability", "ClearCache", "SendLocalList", "UpdateFirmware"),
        *("SetChargingProfile", "ClearChargingProfile"),
        *("CertificateSigned", "InstallCertificate", "DeleteCertificate"),
    }
)


class CommandSerializer(serializers.ModelSerializer[Command]):
    """An order to a station. `payload` is what was asked for, `request` and `response` went over the wire."""

    station = serializers.CharField(source="station.identity")
    payload = strict.Payload()
    request = strict.Payload(allow_null=True)
    response = strict.Payload(allow_null=True)

    class Meta:
        model = Command
        fields = (
            "id", "station", "action", "is_exact", "payload", "status", "wire_action", "request", "response", "error_code",
            "error_text", "requested_by", "queued_at", "expires_at", "sent_at", "finished_at", "effect_seen_at",
        )  # fmt: skip


class OrderSerializer(strict.Strict):
    """An order: `wait` is how many seconds the answer may be held back for the final state."""

    action = serializers.RegexField(r"^[A-Za-z0-9]+\Z", max_length=50)
    payload = strict.Payload(default=dict)
    wait = serializers.IntegerField(min_value=0, max_value=LONGEST_WAIT_S, default=0)


class Queued(Response):
    """The answer to an order, and how long it may still be held back."""

    def __init__(self, command: Command, *, wait_s: int = 0) -> None:
        self.command_id = command.pk
        self.wait_s = 0 if command.is_final else wait_s
        # What is held back is written once, when it is final.
        shown = {"id": str(command.pk)} if self.wait_s else CommandSerializer(command).data
        super().__init__(shown, status=200 if command.is_final else 202)


class OrdersView(ListView):
    """POST: queue an order."""

    is_exact: ClassVar[bool]
    serializer_class = CommandSerializer

    @extend_schema(request=OrderSerializer, responses={200: CommandSerializer, 202: CommandSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue an order for the station. 200: it has its final state; 202: not yet."""
        order = OrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        ability = "configure" if self.is_exact or order.validated_data["action"] in CONFIGURING else "operate"
        require(request, ability)
        answer = idempotency.once(request, lambda: self.queue(request, **order.validated_data))
        if not isinstance(answer, Queued):  # an earlier call's: what has become of its order since?
            answer = find(answer.data["id"], wait_s=order.validated_data["wait"])
        return answer

    def queue(self, request: Request, *, action: str, payload: dict[str, Any], wait: int) -> Queued:
        """The answer with the queued order."""
        station = stations.find(self.kwargs["identity"])
        command = commands.queue(
            station, action, payload, is_exact=self.is_exact, requested_by=name_of(request)
        )
        return Queued(command, wait_s=wait)


class CommandsView(OrdersView):
    """Unified orders, in OCPP 2.0.1's words whatever the station speaks; GET: all orders to the station, newest first."""

    is_exact = False
    abilities = {"POST": "operate"}
    orderings = {"queued_at": "queued_at"}
    default_ordering = "-queued_at"
    filters = {
        "state": filters.choice("status", Command.Status.values, "Only in this state."),
        "action": filters.text("action", "Only this action."),
        "from": filters.since("queued_at"),
        "to": filters.until("queued_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """Those to the station of the address."""
        return Command.objects.select_related("station").filter(
            station=stations.find(self.kwargs["identity"])
        )


class CallsView(OrdersView):
    """Exact calls: an action of the station's own version, with its payload passed through unchanged."""

    is_exact = True
    abilities = {"POST": "configure"}
    http_method_names = ["post"]


class CommandView(ObjectView):
    """One order to a station."""

    serializer_class = CommandSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return Command.objects.select_related("station")


def find(command_id: UUID | str, *, wait_s: int = 0) -> Queued:
    """The answer with the order as it stands now."""
    return Queued(Command.objects.select_related("station").get(pk=command_id), wait_s=wait_s)
