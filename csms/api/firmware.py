"""`/firmware-images/` and `/firmware-updates/`: firmware files that are kept here, and what became of updates."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import files, firmware, jobs
from chargers.messages import masked
from chargers.models import FirmwareImage, FirmwareUpdate
from csms.api import filters, stations, strict
from csms.api.authentication import name_of
from csms.api.views import CollectionView, ObjectView
from csms.public_address import base_of


class ImageSerializer(serializers.ModelSerializer[FirmwareImage]):
    """A firmware file. `version` is what a station reports that runs it."""

    is_signed = serializers.BooleanField()

    class Meta:
        model = FirmwareImage
        fields = ("id", "file_name", "version", "size", "sha256", "is_signed", "uploaded_by", "uploaded_at")


class NewImageSerializer(strict.Strict):
    """A form with the file. Signature (Base64) and certificate (PEM) are the manufacturer's: both or none."""

    file = serializers.FileField(max_length=200)
    version = serializers.CharField(max_length=50, default="", allow_blank=True)
    signature = serializers.CharField(max_length=800, default="", allow_blank=True)
    signing_certificate = serializers.CharField(max_length=5500, default="", allow_blank=True)


class ImagesView(CollectionView):
    """The images, newest first."""

    abilities = {"POST": "configure"}
    serializer_class = ImageSerializer
    parser_classes = [MultiPartParser]
    orderings = {"uploaded_at": "uploaded_at"}
    default_ordering = "-uploaded_at"

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return FirmwareImage.objects.all()

    @extend_schema(request=NewImageSerializer, responses={201: ImageSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep a file. The same file again is the same image, with or without an Idempotency-Key."""
        wanted = NewImageSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        file = wanted.validated_data.pop("file")
        image = firmware.add_image(
            file.chunks(files.CHUNK),
            file_name=file.name,
            uploaded_by=name_of(request),
            **wanted.validated_data,
        )
        return Response(self.shown(image), status=201)


class HistorySerializer(serializers.Serializer[Any]):
    """A state and when it was heard."""

    state = serializers.CharField()
    at = serializers.DateTimeField()


class UpdateSerializer(serializers.ModelSerializer[FirmwareUpdate]):
    """An update of a station. `location` is told of addresses elsewhere only; those here are for the station alone."""

    station = serializers.CharField(source="station.identity")
    location = serializers.SerializerMethodField()
    history = HistorySerializer(many=True)

    class Meta:
        model = FirmwareUpdate
        fields = (
            "id", "station", "command", "image", "location", "retrieve_at", "install_at", "request_id", "state", "detail",
            "history", "version_before", "version_after", "requested_at", "fetched_at", "finished_at",
        )  # fmt: skip

    def get_location(self, update: FirmwareUpdate) -> str:
        """The address elsewhere."""
        return "" if update.token_digest else str(masked(update.location))


class NewUpdateSerializer(strict.Strict):
    """An order: either an `image` that is kept here, or a `location` that the station can reach."""

    station = serializers.CharField(max_length=255)
    image = serializers.PrimaryKeyRelatedField(queryset=FirmwareImage.objects, required=False)
    location = serializers.CharField(max_length=2000, required=False)
    retrieve_at = serializers.DateTimeField(required=False)
    install_at = serializers.DateTimeField(required=False)
    retries = serializers.IntegerField(min_value=0, max_value=100, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One source.

        Raises: ValidationError.
        """
        if ("image" in attrs) == ("location" in attrs):
            raise serializers.ValidationError({"image": "Give either an image or a location."})
        return attrs


class UpdatesView(CollectionView):
    """The updates, newest first. Those without a command were begun by somebody else."""

    abilities = {"POST": "configure"}
    serializer_class = UpdateSerializer
    orderings = {"requested_at": "requested_at"}
    default_ordering = "-requested_at"
    object_view = "api-firmware-update"
    filters = {
        "station": filters.station(),
        "site": filters.site(),
        "state": filters.choice("state", FirmwareUpdate.State.values, "Only in this state."),
        "from": filters.since("requested_at"),
        "to": filters.until("requested_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        jobs.settle(FirmwareUpdate)
        return FirmwareUpdate.objects.select_related("station")

    @extend_schema(request=NewUpdateSerializer, responses={202: UpdateSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Order an update."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """The answer with the ordered update."""
        order = NewUpdateSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        wanted = dict(order.validated_data)
        station = stations.find(wanted.pop("station"))
        source = wanted.pop("image", None) or wanted.pop("location")
        update = firmware.request_update(
            station, source, requested_by=name_of(request), base=base_of(request), **wanted
        )
        return Response(self.shown(update), status=202, headers={"Location": self.address(update)})


class UpdateView(ObjectView):
    """One update and how far it is."""

    serializer_class = UpdateSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        jobs.settle(FirmwareUpdate)
        return FirmwareUpdate.objects.select_related("station")
