"""`/log-requests/`: logs and diagnostics that stations were asked for, and the files that they delivered."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from chargers import jobs, logs
from chargers.models import LogRequest, LogType
from csms import streaming
from csms.api import filters, stations, strict
from csms.api.authentication import name_of
from csms.api.firmware import HistorySerializer
from csms.api.permissions import require
from csms.api.problems import Conflict
from csms.api.views import ApiView, CollectionView, ObjectView
from csms.public_address import base_of


class LogSerializer(serializers.ModelSerializer[LogRequest]):
    """A log that a station was asked for. `url` is null until its file is here."""

    station = serializers.CharField(source="station.identity")
    history = HistorySerializer(many=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = LogRequest
        fields = (
            "id", "station", "command", "log_type", "oldest", "latest", "request_id", "state", "detail", "history",
            "file_name", "size", "sha256", "url", "requested_at", "received_at", "finished_at",
        )  # fmt: skip

    def get_url(self, job: LogRequest) -> str | None:
        """Where the file is."""
        if job.received_at is None:
            return None
        return reverse("api-log-file", args=[job.pk], request=self.context.get("request"))


class NewLogSerializer(strict.Strict):
    """An order: which log of which station, of which period."""

    station = serializers.CharField(max_length=255)
    log_type = serializers.CharField(
        default=LogType.DIAGNOSTICS.value, help_text=f"One of: {', '.join(LogType.values)}."
    )
    oldest = serializers.DateTimeField(required=False)
    latest = serializers.DateTimeField(required=False)


def rows() -> QuerySet[LogRequest]:
    """All of them, with what their commands came to."""
    jobs.settle(LogRequest)
    return LogRequest.objects.select_related("station")


class LogsView(CollectionView):
    """The requests for logs, newest first."""

    abilities = {"POST": "operate"}
    serializer_class = LogSerializer
    orderings = {"requested_at": "requested_at"}
    default_ordering = "-requested_at"
    object_view = "api-log"
    filters = {
        "station": filters.station(),
        "site": filters.site(),
        "state": filters.choice("state", LogRequest.State.values, "Only in this state."),
        "from": filters.since("requested_at"),
        "to": filters.until("requested_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return rows()

    @extend_schema(request=NewLogSerializer, responses={202: LogSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a station for a log."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """The answer with the request."""
        order = NewLogSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        wanted = dict(order.validated_data)
        station = stations.find(wanted.pop("station"))
        job = logs.request(station, requested_by=name_of(request), base=base_of(request), **wanted)
        return Response(self.shown(job), status=202, headers={"Location": self.address(job)})


class LogView(ObjectView):
    """One request and how far it is."""

    serializer_class = LogSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return rows()


class LogFileView(ApiView):
    """The file of a request."""

    serializer_class = LogSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return LogRequest.objects.all()

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The file as an attachment. A log may name persons: it needs the ability `operate`.

        Raises: Conflict while there is none.
        """
        require(request, "operate")
        job = self.get_object()
        try:
            return streaming.attachment(logs.path_of(job), job.file_name)
        except FileNotFoundError:
            raise Conflict(f"There is no file: the request is {job.state}.") from None
