"""`/stations/{identity}/deviations/`: where a station does otherwise than OCPP says, counted."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chargers import deviations
from chargers.models import Deviation
from csms.api import filters, stations
from csms.api.views import ListView


class DeviationSerializer(serializers.ModelSerializer[Deviation]):
    """A rule that fired for a station."""

    what = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField()

    class Meta:
        model = Deviation
        fields = ("rule", "what", "remedy", "number", "action", "first_seen_at", "last_seen_at")

    @extend_schema_field(str)
    def get_what(self, row: Deviation) -> str:
        """What the station does."""
        return deviations.describe(row.rule).what

    @extend_schema_field(str)
    def get_remedy(self, row: Deviation) -> str:
        """What is made of it."""
        return deviations.describe(row.rule).remedy


class DeviationsView(ListView):
    """The deviations of a station."""

    serializer_class = DeviationSerializer
    orderings = {"last_seen_at": "last_seen_at", "number": "number"}
    default_ordering = "-last_seen_at"
    filters = {"rule": filters.text("rule", "Only this rule.")}

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the station of the address."""
        return Deviation.objects.filter(station=stations.find(self.kwargs["identity"]))
