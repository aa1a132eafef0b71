"""`/cdr-exports/`: jobs that write the charge detail records of a period into a file."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from billing import exports, queries
from billing.models import CdrExport
from csms.api import filters, strict
from csms.api.authentication import name_of
from csms.api.problems import Conflict
from csms.api.views import ApiView, CollectionView, ObjectView


class ExportSerializer(strict.Strict, serializers.ModelSerializer[CdrExport]):
    """An export: a job that writes the records of a period, `from` ≤ ended_at < `to`. `url` is null until it is done."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = CdrExport
        fields = (
            "id", "format", "status", "progress", "rows", "sha256", "url", "error", "requested_by", "requested_at",
            "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The fields; `from` and `to` are no names that a class body can hold."""
        period = {
            "from": serializers.DateTimeField(source="start", read_only=True),
            "to": serializers.DateTimeField(source="end", read_only=True),
        }
        return super().get_fields() | period

    def get_url(self, export: CdrExport) -> str | None:
        """Where the file is."""
        if export.status != CdrExport.Status.DONE:
            return None
        return reverse("api-cdr-export-file", args=[export.pk], request=self.context.get("request"))


class NewExportSerializer(strict.Strict):
    """The period and the format of an export."""

    format = serializers.CharField(help_text=f"One of: {', '.join(CdrExport.Format.values)}.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The fields; `from` and `to` are no names that a class body can hold."""
        period = {
            "from": serializers.DateTimeField(source="start"),
            "to": serializers.DateTimeField(source="end"),
        }
        return super().get_fields() | period


class ExportsView(CollectionView):
    """The exports, newest first."""

    abilities = {"POST": "bill"}
    serializer_class = ExportSerializer
    orderings = {"requested_at": "requested_at"}
    default_ordering = "-requested_at"
    object_view = "api-cdr-export"
    filters = {
        "state": filters.choice("status", CdrExport.Status.values, "Only in this state."),
        "from": filters.since("requested_at"),
        "to": filters.until("requested_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return queries.exports()

    @extend_schema(request=NewExportSerializer, responses={202: ExportSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start an export."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """The answer with the queued job."""
        wanted = NewExportSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        export = exports.start(**wanted.validated_data, requested_by=name_of(request))
        return Response(self.shown(export), status=202, headers={"Location": self.address(export)})


class ExportView(ObjectView):
    """One export and how far it is."""

    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return queries.exports()


class ExportFileView(ApiView):
    """The file of an export."""

    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return queries.exports()

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """The file as an attachment.

        Raises: Conflict while there is none.
        """
        export = self.get_object()
        if export.status != CdrExport.Status.DONE:
            raise Conflict(f"There is no file yet: the export is {export.status}.")
        return FileResponse(exports.path_of(export).open("rb"), as_attachment=True, filename=export.file_name)
