"""`/stations/`: charging stations, by identity."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as Refused
from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import credentials, stations
from chargers.models import ChargingStation, Connector, ConnectorStatus, Presence, Site, check_identity
from csms.api import filters, strict
from csms.api.problems import Conflict
from csms.api.views import ChangingView, CollectionView
from tenants import context

ABILITIES = dict.fromkeys(("POST", "PATCH", "DELETE"), "manage_chargers")
WORST_FIRST = (
    ConnectorStatus.FAULTED,
    ConnectorStatus.UNAVAILABLE,
    ConnectorStatus.OCCUPIED,
    ConnectorStatus.RESERVED,
    ConnectorStatus.AVAILABLE,
)


class ConnectorSerializer(serializers.ModelSerializer[Connector]):
    """A connector with its last reported status; `detail` is the station's own word."""

    evse = serializers.IntegerField(source="evse.number")
    connector = serializers.IntegerField(source="number")

    class Meta:
        model = Connector
        fields = ("evse", "connector", "status", "detail", "error_code", "error_text", "reported_at")


class StationSerializer(strict.Strict, serializers.ModelSerializer[ChargingStation]):
    """A charging station as the API shows it, and what may be changed of it."""

    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.all(), allow_null=True, required=False)
    ocpp_version = serializers.SerializerMethodField()
    is_online = serializers.SerializerMethodField()
    last_seen = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    connectors = serializers.SerializerMethodField()

    class Meta:
        model = ChargingStation
        fields = (
            "identity", "site", "note", "vendor", "model", "serial_number", "firmware_version", "ocpp_version",
            "security_profile", "registration", "is_online", "last_seen", "is_blocked", "is_quiet", "is_simulated",
            "booted_at", "created_at", "status", "connectors",
        )  # fmt: skip
        read_only_fields = tuple(
            name for name in fields if name not in ("site", "note", "is_blocked", "is_quiet")
        )

    def get_ocpp_version(self, station: ChargingStation) -> str | None:
        """The version that was negotiated last; null before the first connection."""
        presence = _presence(station)
        return presence.ocpp_version or None if presence else None

    def get_is_online(self, station: ChargingStation) -> bool:
        """Whether a gateway holds its socket."""
        presence = _presence(station)
        return bool(presence and presence.is_online)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_seen(self, station: ChargingStation) -> Any:
        """When anything arrived from it last."""
        presence = _presence(station)
        seen = presence.last_seen_at if presence else None
        return serializers.DateTimeField().to_representation(seen) if seen else None

    @extend_schema_field(serializers.ChoiceField(choices=ConnectorStatus.choices))
    def get_status(self, station: ChargingStation) -> str:
        """The worst of its connectors, as last reported; Unavailable when nothing was."""
        reported = {connector.status for connector in _connectors(station)}
        return next(
            (str(status) for status in WORST_FIRST if status in reported), str(ConnectorStatus.UNAVAILABLE)
        )

    @extend_schema_field(ConnectorSerializer(many=True))
    def get_connectors(self, station: ChargingStation) -> Any:
        """The connectors; the status of the station as a whole (EVSE 0) only counts towards `status`."""
        return ConnectorSerializer([row for row in _connectors(station) if row.evse.number], many=True).data


class NewStationSerializer(strict.Strict):
    """A station to be added."""

    identity = serializers.CharField(validators=[check_identity])
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.all(), allow_null=True, required=False)
    security_profile = serializers.IntegerField(min_value=0, max_value=3, default=1)
    password = serializers.CharField(
        required=False, allow_null=True, trim_whitespace=False, validators=[credentials.check]
    )
    allow_insecure = serializers.BooleanField(default=False)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    is_quiet = serializers.BooleanField(required=False)


class ConnectSheetSerializer(StationSerializer):
    """What the installer needs; the password is shown this once."""

    url = serializers.CharField(read_only=True)
    password = serializers.CharField(read_only=True)

    class Meta(StationSerializer.Meta):
        fields = (*StationSerializer.Meta.fields, "url", "password")  # type: ignore[assignment]


def rows() -> QuerySet[ChargingStation]:
    """Stations with all that is shown of them, in a fixed number of queries."""
    return ChargingStation.objects.select_related("presence").prefetch_related("evses__connectors__evse")


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


def _presence(station: ChargingStation) -> Presence | None:
    return getattr(station, "presence", None)


def _connectors(station: ChargingStation) -> list[Connector]:
    evses = sorted(station.evses.all(), key=lambda evse: evse.number)
    return [
        row for evse in evses for row in sorted(evse.connectors.all(), key=lambda connector: connector.number)
    ]


def _websocket_base(request: Request) -> str | None:
    """The address under which the caller reached us; an installation that names its public host is reached there."""
    if settings.PUBLIC_HOST:
        return None
    return f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
