"""The certificate with which a station of security profile 3 identifies itself. That the station holds its key was proven to the proxy that ended TLS. Source: T-82."""

from cryptography import x509
from django.utils import timezone

from chargers import certificate_authority
from chargers.certificate_requests import CHARGING_STATION
from chargers.models import CertificateRequest, ChargingStation

State = CertificateRequest.State


def is_of(station: ChargingStation, pem: str) -> bool:
    """Whether this certificate was signed here, for this station and no other, and is valid now."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return False
    if not certificate.not_valid_before_utc <= timezone.now() < certificate.not_valid_after_utc:
        return False
    return CertificateRequest.objects.filter(
        station=station,
        fingerprint=certificate_authority.fingerprint(certificate),
        certificate_type=CHARGING_STATION,
        state__in=[State.SIGNED, State.INSTALLED],
    ).exists()
