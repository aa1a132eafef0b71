"""The root certificates in stations: installed and deleted by command, listed by the stations themselves. Source: S16-62, S2-81, S2-82, M03 to M05."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from django.core.exceptions import ValidationError
from django.utils import timezone

from chargers import certificate_authority, commands
from chargers.models import (
    CertificateUse,
    ChargingStation,
    Command,
    InstalledCertificate,
    RootCertificate,
)

LISTING = "GetInstalledCertificateIds"
COMMON_USES = (CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT)  # every version knows these
HASHES = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}


@dataclass(frozen=True, slots=True)
class Hashes:
    """How stations name a certificate."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


def install(station: ChargingStation, certificate_type: str, pem: str, *, requested_by: str = "") -> Command:
    """Send a root certificate to a station.

    Raises: ValidationError for an unknown use, or a text that is no certificate or an expired one.
    """
    if certificate_type not in CertificateUse.values:
        raise ValidationError({"certificate_type": f"It is one of: {', '.join(CertificateUse.values)}."})
    certificate = _read(pem)
    if certificate.not_valid_after_utc <= timezone.now():
        raise ValidationError({"certificate": "This certificate has expired."})
    remember(certificate)
    payload = {"certificateType": certificate_type, "certificate": certificate_authority.pem(certificate)}
    return commands.queue(station, "InstallCertificate", payload, requested_by=requested_by)


def delete(installed: InstalledCertificate, *, requested_by: str = "") -> Command:
    """Have a station forget a root certificate. One that is in use it keeps, and says so."""
    payload = {"certificateHashData": installed.hash_data}
    return commands.queue(installed.station, "DeleteCertificate", payload, requested_by=requested_by)


def list_installed(
    station: ChargingStation,
    certificate_types: Iterable[str] = COMMON_USES,
    *,
    requested_by: str = "",
) -> list[Command]:
    """Ask a station which root certificates it holds, one question for each use. A question that waits already is not asked twice."""
    waiting = Command.objects.filter(station=station, action=LISTING, status=Command.Status.QUEUED)
    asked = {use for command in waiting for use in command.payload.get("certificateType") or ()}
    return [
        commands.queue(station, LISTING, {"certificateType": [str(use)]}, requested_by=requested_by)
        for use in certificate_types
        if use not in asked
    ]


def listed(station_id: int, certificate_type: str, found: Iterable[Hashes]) -> None:
    """The inventory of one use, as the station told it."""
    now, roots = timezone.now(), list(RootCertificate.objects.all())
    rows = [
        InstalledCertificate(
            station_id=station_id,
            certificate_type=certificate_type,
            reported_at=now,
            root=_root_of(told, roots),
            **asdict(told),
        )
        for told in found
    ]
    InstalledCertificate.objects.filter(station_id=station_id, certificate_type=certificate_type).delete()
    InstalledCertificate.objects.bulk_create(rows, ignore_conflicts=True)


def changed(command: Command, certificate_types: Iterable[str]) -> None:
    """A station holds something else than before: ask it what, unless it is to be left alone."""
    if not command.station.is_quiet:
        list_installed(command.station, certificate_types)


def remember(certificate: x509.Certificate) -> RootCertificate:
    """Keep a certificate, so that its name and expiry can be told from the hashes alone."""
    row, _ = RootCertificate.objects.get_or_create(
        fingerprint=certificate_authority.fingerprint(certificate),
        defaults={
            "certificate": certificate_authority.pem(certificate),
            "subject": certificate.subject.rfc4514_string()[:255],
            "expires_at": certificate.not_valid_after_utc,
        },
    )
    return row


def hashes_of(certificate: x509.Certificate, algorithm: str = "SHA256") -> Hashes:
    """The hashes of a self-signed certificate, which is its own issuer. Source: RFC 6960 §4.1.1."""
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, HASHES[algorithm]).build()
    return Hashes(
        algorithm,
        request.issuer_name_hash.hex(),
        request.issuer_key_hash.hex(),
        f"{certificate.serial_number:x}",
    )


def _root_of(told: Hashes, roots: list[RootCertificate]) -> RootCertificate | None:
    if told.hash_algorithm not in HASHES:
        return None
    for root in roots:
        own = hashes_of(x509.load_pem_x509_certificate(root.certificate.encode()), told.hash_algorithm)
        if _is_same(own, told):
            return root
    return None


def _is_same(own: Hashes, told: Hashes) -> bool:
    """Stations write hashes in either case, and serial numbers with or without leading zeros."""
    serial = told.serial_number.lower().removeprefix("0x").lstrip("0")
    return (own.issuer_name_hash, own.issuer_key_hash, own.serial_number.lstrip("0")) == (
        told.issuer_name_hash.lower(),
        told.issuer_key_hash.lower(),
        serial,
    )


def _read(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.strip().encode())
    except (ValueError, TypeError) as error:
        raise ValidationError({"certificate": "This is no certificate in PEM."}) from error
