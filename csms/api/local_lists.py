"""`/stations/{identity}/local-list/`: whether a station keeps the id tokens itself, and how far it is."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import local_lists
from authorization.models import LocalList
from csms.api import idempotency, stations, strict
from csms.api.authentication import name_of
from csms.api.views import ObjectView

ABILITIES = dict.fromkeys(("POST", "DELETE"), "configure")


class LocalListSerializer(serializers.ModelSerializer[LocalList]):
    """The local authorization list of a station. `entries` counts those that the station has accepted."""

    station = serializers.CharField(source="station.identity")
    entries = serializers.SerializerMethodField()

    class Meta:
        model = LocalList
        fields = ("station", "is_wanted", "state", "version", "entries", "problem", "changed_at", "synced_at")

    def get_entries(self, row: LocalList) -> int:
        """How many."""
        return len(row.entries)


class SynchronisationSerializer(strict.Strict):
    """`full`: replace whatever the station holds."""

    full = serializers.BooleanField(default=False)


class LocalListView(ObjectView):
    """The list of one station. 404 while none is kept."""

    abilities = ABILITIES
    serializer_class = LocalListSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """Those that are kept."""
        return LocalList.objects.select_related("station")

    def get_object(self) -> LocalList:
        """The list of the station of the address.

        Raises: Http404.
        """
        row = self.get_queryset().filter(station=stations.find(self.kwargs["identity"])).first()
        if row is None:
            raise Http404
        found: LocalList = row
        return found

    @extend_schema(request=SynchronisationSerializer, responses={202: LocalListSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring the list in line with the id tokens, and keep it so from now on."""
        wanted = SynchronisationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return idempotency.once(request, lambda: self._wish(request, full=wanted.validated_data["full"]))

    @extend_schema(responses={202: LocalListSerializer})
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Empty the list at the station, and keep it no longer. Its row is gone once the station has agreed."""
        return idempotency.once(request, lambda: self._end(request))

    def _wish(self, request: Request, *, full: bool) -> Response:
        station = stations.find(self.kwargs["identity"])
        row = local_lists.sync(station, full=full, requested_by=name_of(request))
        return Response(self.shown(row), status=202)

    def _end(self, request: Request) -> Response:
        row = local_lists.clear(self.get_object().station, requested_by=name_of(request))
        return Response(self.shown(row), status=202)
