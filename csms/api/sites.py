"""`/sites/`: places where stations stand."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from chargers.models import Site
from csms.api import strict
from csms.api.views import CollectionView, ReplacingView

ABILITIES = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "manage_chargers")


class SiteSerializer(strict.Strict, serializers.ModelSerializer[Site]):
    """A site."""

    latitude = strict.Number(
        max_digits=9, decimal_places=6, min_value=-90, max_value=90, allow_null=True, required=False
    )
    longitude = strict.Number(
        max_digits=9, decimal_places=6, min_value=-180, max_value=180, allow_null=True, required=False
    )

    class Meta:
        model = Site
        fields = (
            "id", "name", "address", "postal_code", "city", "country_code", "latitude", "longitude", "time_zone",
        )  # fmt: skip


class SitesView(CollectionView):
    """The sites of the tenant."""

    abilities = ABILITIES
    serializer_class = SiteSerializer
    orderings = {"name": "name", "id": "id"}
    default_ordering = "name"
    object_view = "api-site"

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return Site.objects.all()


class SiteView(ReplacingView):
    """One site. It cannot be deleted while stations stand there."""

    abilities = ABILITIES
    serializer_class = SiteSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return Site.objects.all()
