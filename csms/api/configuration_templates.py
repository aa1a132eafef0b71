"""`/configuration-templates/` and `/stations/{identity}/configuration/`: settings as they are to be, and where stations differ."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import configuration
from chargers.models import ChargingStation, ConfigurationTemplate, Site
from chargers.models.configuration import check_settings
from csms.api import idempotency, stations, strict
from csms.api.authentication import name_of
from csms.api.views import ApiView, CollectionView, ReplacingView

ABILITIES = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "configure")


class ConfigurationTemplateSerializer(strict.Strict, serializers.ModelSerializer[ConfigurationTemplate]):
    """Settings that a group of stations is to have: those that are named, and those that fit site, vendor and model."""

    settings = strict.Payload(validators=[check_settings])
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.all(), allow_null=True, required=False)
    stations = serializers.SlugRelatedField(
        slug_field="identity", queryset=ChargingStation.objects.all(), many=True, required=False
    )

    class Meta:
        model = ConfigurationTemplate
        fields = ("id", "name", "settings", "is_for_all", "site", "vendor", "model", "stations")


class ConfigurationTemplatesView(CollectionView):
    """The templates of the tenant."""

    abilities = ABILITIES
    serializer_class = ConfigurationTemplateSerializer
    orderings = {"name": "name", "id": "id"}
    default_ordering = "name"
    object_view = "api-configuration-template"

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return ConfigurationTemplate.objects.prefetch_related("stations")


class ConfigurationTemplateView(ReplacingView):
    """One template. What stations were told by it stays as it is when it goes."""

    abilities = ABILITIES
    serializer_class = ConfigurationTemplateSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return ConfigurationTemplate.objects.prefetch_related("stations")


class SettingSerializer(serializers.Serializer[configuration.Setting]):
    """A wanted setting beside what the station reported; `reported` null: not told yet."""

    component = serializers.CharField()
    name = serializers.CharField()
    wanted = serializers.SerializerMethodField()
    reported = serializers.CharField(allow_null=True)
    has_drifted = serializers.BooleanField()
    template = serializers.CharField()

    def get_wanted(self, setting: configuration.Setting) -> str | None:
        """The value; none where it is secret."""
        return None if setting.is_secret else setting.wanted


class ConfigurationView(ApiView):
    """GET: the wanted settings of a station and where it differs; POST: tell it those that differ."""

    abilities = {"POST": "configure"}
    serializer_class = SettingSerializer

    @extend_schema(responses={200: SettingSerializer(many=True)})
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The settings that templates want of the station."""
        return Response(self._settings())

    @extend_schema(request=None, responses={202: SettingSerializer(many=True)})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue a command for each setting that differs."""
        return idempotency.once(request, lambda: self.apply(request))

    def apply(self, request: Request) -> Response:
        """The answer with the settings as they stand now."""
        configuration.apply(stations.find(self.kwargs["identity"]), author=name_of(request))
        return Response(self._settings(), status=202)

    def _settings(self) -> Any:
        found = configuration.of_station(stations.find(self.kwargs["identity"]))
        return self.get_serializer(found, many=True).data
