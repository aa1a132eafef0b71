"""`/messages/` and `/stations/{identity}/messages/`: the log of OCPP messages, a CALL with its answer in one row."""

from typing import Any

import orjson
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chargers.models import Message
from csms.api import filters, stations
from csms.api.views import ListView

_DEEPEST = 100  # brackets in a text that is shown as JSON without asking whether it can be written again
_RESULT, _ERROR = 3, 4


class MessageSerializer(serializers.ModelSerializer[Message]):
    """One exchange. `direction` is `in` for what the station asked, `out` for what it was asked."""

    station = serializers.CharField(source="station.identity")
    payload = serializers.SerializerMethodField()
    response = serializers.SerializerMethodField()
    deviations = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = (
            "id", "time", "station", "direction", "action", "message_id", "payload", "result", "response", "latency_ms",
            "transaction_id", "deviations",
        )  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_deviations(self, message: Message) -> list[str]:
        """The rules that the message needed, as `/stations/{identity}/deviations/` explains them."""
        return message.deviations.split()

    @extend_schema_field(OpenApiTypes.ANY)
    def get_payload(self, message: Message) -> Any:
        """The payload of the CALL in wire case; the text itself where it is no CALL."""
        frame = _read(message.frame)
        if isinstance(frame, list) and len(frame) >= 4:
            return frame[3]
        return message.frame

    @extend_schema_field(OpenApiTypes.ANY)
    def get_response(self, message: Message) -> Any:
        """The payload of the CALLRESULT, or the code, description and details of the CALLERROR; null without an answer."""
        answer = _read(message.answer) if message.answer else None
        if not isinstance(answer, list):
            return message.answer or None
        if answer[:1] == [_RESULT] and len(answer) == 3:
            return answer[2]
        if answer[:1] == [_ERROR] and len(answer) == 5:
            return dict(zip(("errorCode", "errorDescription", "errorDetails"), answer[2:], strict=True))
        return message.answer


class MessagesView(ListView):
    """The message log of the tenant, newest first."""

    serializer_class = MessageSerializer
    orderings = {
        "time": "id"
    }  # rows are numbered as they are recorded; the key is the only index of the whole log
    default_ordering = "-time"
    filters = {
        "station": filters.station(),
        "site": filters.site(),
        "action": filters.text("action", "Only this action."),
        "direction": filters.choice("direction", ["in", "out"], "Only from (in) or to (out) the station."),
        "result": filters.text("result", "Only with this result: ok, an error code …"),
        "message_id": filters.text("message_id", "Only with this message id."),
        "from": filters.since("time"),
        "to": filters.until("time"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with the stations' names."""
        return Message.objects.select_related("station")


class StationMessagesView(MessagesView):
    """The message log of a station, newest first."""

    filters = {name: rule for name, rule in MessagesView.filters.items() if name not in ("station", "site")}

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the station of the address."""
        return super().get_queryset().filter(station=stations.find(self.kwargs["identity"]))


def _read(text: str) -> Any:
    """The value of a logged text; None where it is no JSON that could be written again."""
    try:
        value = orjson.loads(text)
        if text.count("[") + text.count("{") > _DEEPEST:
            orjson.dumps(value)
    except (orjson.JSONDecodeError, TypeError):
        return None
    return value
