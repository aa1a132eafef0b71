"""`/security-events/` and, below a station, `key-rotations/`, `certificates/` and `certificate-requests/`."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import certificates, credential_rotation
from chargers.models import (
    CertificateRequest,
    CertificateUse,
    InstalledCertificate,
    KeyRotation,
    SecurityEvent,
)
from csms.api import filters, idempotency, stations, strict
from csms.api.authentication import name_of
from csms.api.commands import CommandSerializer, Queued
from csms.api.views import ApiView, ListView


class SecurityEventSerializer(serializers.ModelSerializer[SecurityEvent]):
    """Something that concerns a station's security; `source` says who noticed it, the station or this system."""

    station = serializers.CharField(source="station.identity")

    class Meta:
        model = SecurityEvent
        fields = ("id", "station", "source", "type", "occurred_at", "received_at", "text", "is_critical")


class SecurityEventsView(ListView):
    """The security events of all stations, newest first."""

    serializer_class = SecurityEventSerializer
    orderings = {"occurred_at": "occurred_at"}
    default_ordering = "-occurred_at"
    filters = {
        "station": filters.station(),
        "type": filters.text("type", "Only of this type."),
        "from": filters.since("occurred_at"),
        "to": filters.until("occurred_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return SecurityEvent.objects.select_related("station")


class KeyRotationSerializer(serializers.ModelSerializer[KeyRotation]):
    """A new key on its way to a station; the key itself is never shown."""

    station = serializers.CharField(source="station.identity")
    command = serializers.UUIDField(source="command_id")
    state = serializers.ChoiceField(choices=KeyRotation.State.choices)

    class Meta:
        model = KeyRotation
        fields = ("id", "station", "command", "state", "requested_at", "used_at", "replaced_at")


class KeyRotationsView(ListView):
    """The keys that a station was sent, newest first. POST: send a new one."""

    abilities = {"POST": "configure"}
    serializer_class = KeyRotationSerializer
    orderings = {"requested_at": "requested_at"}
    default_ordering = "-requested_at"

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the station of the address."""
        rows = KeyRotation.objects.select_related("station", "command")
        return rows.filter(station=stations.find(self.kwargs["identity"]))

    @extend_schema(request=None, responses={202: KeyRotationSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the station a new random key. The old one is valid until the new one is used."""
        return idempotency.once(request, lambda: self._rotate(request))

    def _rotate(self, request: Request) -> Response:
        station = stations.find(self.kwargs["identity"])
        row = credential_rotation.request(station, requested_by=name_of(request))
        return Response(self.shown(row), status=202)


class InstalledCertificateSerializer(serializers.ModelSerializer[InstalledCertificate]):
    """A root certificate in a station, in the station's own hashes; `subject` and `expires_at` where the certificate is known here."""

    subject = serializers.CharField(source="root.subject", default=None, allow_null=True)
    expires_at = serializers.DateTimeField(source="root.expires_at", default=None, allow_null=True)

    class Meta:
        model = InstalledCertificate
        fields = (
            "id", "certificate_type", "hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number",
            "reported_at", "subject", "expires_at",
        )  # fmt: skip


class InstallationSerializer(strict.Strict):
    """A root certificate to be installed, in PEM."""

    certificate_type = serializers.ChoiceField(choices=CertificateUse.choices)
    certificate = serializers.CharField(max_length=10_000, trim_whitespace=False)


class CertificatesView(ListView):
    """The root certificates in a station, as it listed them last. POST: install one."""

    abilities = {"POST": "configure"}
    serializer_class = InstalledCertificateSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the station of the address."""
        rows = InstalledCertificate.objects.select_related("root")
        return rows.filter(station=stations.find(self.kwargs["identity"]))

    @extend_schema(request=InstallationSerializer, responses={202: CommandSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue the installation. Afterwards the station is asked for its new list."""
        wanted = InstallationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return idempotency.once(request, lambda: self._install(request, **wanted.validated_data))

    def _install(self, request: Request, *, certificate_type: str, certificate: str) -> Response:
        station = stations.find(self.kwargs["identity"])
        return Queued(
            certificates.install(station, certificate_type, certificate, requested_by=name_of(request))
        )


class CertificateView(ApiView):
    """One root certificate in a station. DELETE: have the station forget it."""

    abilities = {"DELETE": "configure"}
    serializer_class = InstalledCertificateSerializer

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The certificate."""
        return Response(self.shown(self._row()))

    @extend_schema(responses={202: CommandSerializer})
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue the deletion. Afterwards the station is asked for its new list."""
        return idempotency.once(
            request, lambda: Queued(certificates.delete(self._row(), requested_by=name_of(request)))
        )

    def _row(self) -> InstalledCertificate:
        rows = InstalledCertificate.objects.select_related("root", "station")
        return get_object_or_404(rows, station=stations.find(self.kwargs["identity"]), pk=self.kwargs["pk"])


class CertificateRequestSerializer(serializers.ModelSerializer[CertificateRequest]):
    """A station's request for a certificate of its own, and what it got."""

    class Meta:
        model = CertificateRequest
        fields = (
            "id", "certificate_type", "received_at", "csr", "state", "reason", "command", "certificate", "subject",
            "serial_number", "fingerprint", "expires_at",
        )  # fmt: skip


class CertificateRequestsView(ListView):
    """A station's requests for certificates, newest first."""

    serializer_class = CertificateRequestSerializer
    orderings = {"received_at": "received_at"}
    default_ordering = "-received_at"

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the station of the address."""
        return CertificateRequest.objects.filter(station=stations.find(self.kwargs["identity"]))
