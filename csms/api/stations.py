"""`/stations/`: charging stations, by identity."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as Refused
from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import stations
from chargers.models import ChargingStation, Connector, ConnectorStatus
from csms.api import filters
from csms.api.problems import Conflict
from csms.api.station_shapes import ConnectSheetSerializer, NewStationSerializer, StationSerializer
from csms.api.views import ChangingView, CollectionView
from tenants import context

ABILITIES = dict.fromkeys(("POST", "PATCH", "DELETE"), "manage_chargers")


def rows() -> QuerySet[ChargingStation]:
    """Stations with all that is shown of them, in a fixed number of queries."""
    return ChargingStation.objects.select_related("presence").prefetch_related("evses__connectors")


def find(identity: str) -> ChargingStation:
    """The station of an address.

    Raises: Http404.
    """
    station = stations.find(identity)
    if station is None:
        raise Http404
    return station


def _in_state(found: QuerySet[Any], word: str) -> QuerySet[Any]:
    if word == "online":
        return found.filter(presence__gateway__isnull=False)
    if word == "offline":
        return found.filter(Q(presence=None) | Q(presence__gateway__isnull=True))
    having = Connector.objects.filter(status=word).values("evse__station_id")
    return found.filter(pk__in=having)


class StationsView(CollectionView):
    """The stations of the tenant."""

    abilities = ABILITIES
    serializer_class = StationSerializer
    orderings = {"identity": "identity", "created_at": "created_at"}
    default_ordering = "identity"
    object_view = "api-station"
    object_key = "identity"
    filters = {
        "site": filters.site("site_id"),
        "state": filters.picked(
            _in_state,
            ["online", "offline", *ConnectorStatus.values],
            "Only those that are online or offline, or that have a connector with this status.",
        ),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return rows()

    @extend_schema(request=NewStationSerializer, responses={201: ConnectSheetSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a station. It may connect at once; the answer is the connect sheet with the password, shown this once."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """The connect sheet of the new station."""
        wanted = NewStationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        extras = {name: values.pop(name) for name in ("note", "is_quiet") if name in values}
        station, password = stations.add(**values)
        if extras:
            ChargingStation.objects.filter(pk=station.pk).update(**extras)
        sheet = {
            **self.shown(rows().get(pk=station.pk)),
            "url": stations.address(context.require(), station.identity, base=_websocket_base(request)),
            "password": password,
        }
        return Response(sheet, status=201, headers={"Location": self.address(station)})


class StationView(ChangingView):
    """One station."""

    abilities = ABILITIES
    serializer_class = StationSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return rows()

    def get_object(self) -> ChargingStation:
        """The station of the address.

        Raises: Http404.
        """
        return rows().get(pk=find(self.kwargs["identity"]).pk)

    def remove(self) -> Response:
        """The empty answer after the station is gone; one that has charged must stay.

        Raises: Conflict.
        """
        try:
            stations.remove(self.get_object())
        except Refused as refusal:
            raise Conflict(refusal.messages[0]) from refusal
        return Response(status=204)


def _websocket_base(request: Request) -> str | None:
    """The address under which the caller reached us; an installation that names its public host is reached there."""
    if settings.PUBLIC_HOST:
        return None
    return f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
