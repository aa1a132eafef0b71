"""How a station is shown and what may be said about it: the serializers of `/stations/`."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chargers import availability, credentials, stations
from chargers.models import ChargingStation, Connector, ConnectorStatus, Presence, Site, check_identity
from csms.api import strict


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

    def update(self, instance: ChargingStation, validated_data: dict[str, Any]) -> ChargingStation:
        """Change the station; its gateway hears of it."""
        return stations.change(instance, **validated_data)

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
        return availability.worst(connector.status for connector in _connectors(station))

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


def _presence(station: ChargingStation) -> Presence | None:
    return getattr(station, "presence", None)


def _connectors(station: ChargingStation) -> list[Connector]:
    evses = sorted(station.evses.all(), key=lambda evse: evse.number)
    return [
        row for evse in evses for row in sorted(evse.connectors.all(), key=lambda connector: connector.number)
    ]
