"""`/tariffs/{id}/preview/`: what a given session would cost, by the function that bills."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from billing import queries, tariffs
from billing.pricing import Session
from chargers.models import check_time_zone
from csms.api import strict
from csms.api.cdrs import LineSerializer, TotalSerializer
from csms.api.views import ApiView

LONGEST_SESSION: Final = timedelta(days=366)


class Pair(serializers.ListField):
    """Two values of their own kinds in a list, the first of which is a time."""

    def __init__(self, second: serializers.Field[Any, Any, Any, Any], **options: Any) -> None:
        super().__init__(**options)
        self.second = second

    def to_internal_value(self, data: Any) -> Any:
        """The pair.

        Raises: ValidationError.
        """
        if not isinstance(data, list) or len(data) != 2:
            raise ValidationError("This is a pair in a list: [time, value].")
        return serializers.DateTimeField().run_validation(data[0]), self.second.run_validation(data[1])


class PreviewSerializer(strict.Strict):
    """A session that is to be priced: registers in Wh, and the spans in which the vehicle only stood there."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    time_zone = serializers.CharField(default="UTC", validators=[check_time_zone])
    readings = serializers.ListField(
        child=Pair(serializers.DecimalField(max_digits=18, decimal_places=6, min_value=Decimal(0))),
        default=list,
        max_length=10_000,
    )
    parking = serializers.ListField(child=Pair(serializers.DateTimeField()), default=list, max_length=1_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a session that ends before it starts, or lasts for years.

        Raises: ValidationError.
        """
        if not timedelta(0) <= attrs["end"] - attrs["start"] <= LONGEST_SESSION:
            raise ValidationError({"end": "A session ends after its start and within a year."})
        return attrs


class PriceSerializer(serializers.Serializer[Any]):
    """The bill of a session."""

    currency = serializers.CharField()
    lines = LineSerializer(many=True)
    total_cost = TotalSerializer()


class PreviewView(ApiView):
    """POST: what a session would cost under the latest version, by the function that bills."""

    abilities = {"POST": "view"}
    serializer_class = PreviewSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """Those in use."""
        return queries.tariffs()

    @extend_schema(responses={200: PriceSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The price of the session."""
        version = self.get_object().versions.all()[0]
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            price = tariffs.preview(version, Session(**wanted.validated_data))
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return Response(price.as_document())
