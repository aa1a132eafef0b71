"""`/tariffs/`: OCPI 2.2.1 tariffs with a name and the targets that they apply to; a change is a new version."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from billing import queries, tariffs
from billing.models import Tariff
from csms.api import filters
from csms.api.authentication import name_of
from csms.api.views import CollectionView, ReplacingView

ABILITIES = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "manage_tariffs")
READ_ONLY = frozenset({"id", "version", "published_at"})


@extend_schema_field(OpenApiTypes.OBJECT)
class Free(serializers.JSONField):
    """A part of an OCPI object; `billing` checks it when the tariff is published."""


class TariffSerializer(serializers.Serializer[Tariff]):
    """A tariff: what it says stands in its latest version. Prices are decimal strings or numbers, without VAT."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    version = serializers.IntegerField(read_only=True)
    published_at = serializers.DateTimeField(read_only=True)
    assign_to = serializers.ListField(child=Free(), required=False)
    currency = serializers.CharField()
    type = serializers.CharField(required=False)
    tariff_alt_text = Free(required=False)
    tariff_alt_url = serializers.URLField(required=False)
    elements = serializers.ListField(child=Free())
    min_price = Free(required=False)
    max_price = Free(required=False)
    start_date_time = serializers.DateTimeField(required=False)
    end_date_time = serializers.DateTimeField(required=False)
    energy_mix = Free(required=False)

    def to_representation(self, instance: Tariff) -> dict[str, Any]:
        """The tariff as billing shows it to outside programs."""
        return queries.tariff_document(instance)


class TariffsView(CollectionView):
    """The tariffs in use."""

    abilities = ABILITIES
    serializer_class = TariffSerializer
    orderings = {"name": "name", "id": "id"}
    default_ordering = "name"
    object_view = "api-tariff"
    filters = {
        "station": filters.Filter(
            str,
            lambda rows, value: _assigned(rows, station__identity__iexact=value),
            "Only those assigned to this station or an EVSE of it.",
        ),
        "site": filters.Filter(
            filters.read_id,
            lambda rows, value: _assigned(rows, site_id=value),
            "Only those assigned to this site (id).",
            {"type": "integer"},
        ),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """Those in use."""
        return queries.tariffs()

    def create(self, request: Request) -> Response:
        """The answer with the published tariff. A name that is taken is refused: a change goes to the tariff's own address."""
        body = _body(request)
        if Tariff.objects.filter(name__iexact=str(body.get("name", "")).strip(), retired_at=None).exists():
            raise ValidationError({"name": "There already is a tariff with this name."})
        row = _publish(request, body, {"assign_to": []} | body)
        return Response(self.shown(row), status=201, headers={"Location": self.address(row)})


class TariffView(ReplacingView):
    """One tariff. PUT and PATCH publish a new version, DELETE takes it out of use; what it priced stays as it is."""

    abilities = ABILITIES
    serializer_class = TariffSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """Those in use."""
        return queries.tariffs()

    def change(self, request: Request, *, is_partial: bool) -> Response:
        """The answer with the tariff after the change."""
        row, body = self.get_object(), _body(request)
        whole = {"name": row.name} | ({**row.versions.all()[0].document, **body} if is_partial else body)
        return Response(self.shown(_publish(request, body, whole, row)))

    def remove(self) -> Response:
        """The empty answer after it is out of use."""
        tariffs.retire(self.get_object())
        return Response(status=204)


def _publish(
    request: Request, body: Mapping[str, Any], whole: Mapping[str, Any], row: Tariff | None = None
) -> Tariff:
    """The tariff after its publication, as the list shows it. `body` is what was sent, `whole` what is published."""
    if fixed := READ_ONLY & body.keys():
        raise ValidationError(dict.fromkeys(sorted(fixed), "This field is read-only."))
    name = whole.get("name")
    if not isinstance(name, str):
        raise ValidationError({"name": "A tariff has a name."})
    version = tariffs.publish(
        whole, name=name, assign_to=whole.get("assign_to"), author=name_of(request), tariff=row
    )
    return queries.tariffs().get(pk=version.tariff_id)


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise ValidationError("A tariff is an object.")
    body: dict[str, Any] = _with_decimal_strings(request.data)
    return body


def _with_decimal_strings(value: Any) -> Any:
    """Exact numbers in the form that a tariff keeps them in."""
    if isinstance(value, dict):
        return {name: _with_decimal_strings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_decimal_strings(inner) for inner in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def _assigned(rows: QuerySet[Any], **target: Any) -> QuerySet[Any]:
    named = {f"assignments__{name}": value for name, value in target.items()}
    return rows.filter(assignments__ended_at__isnull=True, **named).distinct()
