"""Certificate requests of stations: checked, signed by the tenant's authority, and sent back by a command of ours. Source: S16-60, S16-61, S2-80, A02, A03."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone

from chargers import certificate_authority, commands, security_events
from chargers.certificate_authority import PublicKey
from chargers.models import CertificatePolicy, CertificateRequest, ChargingStation, Command

CHARGING_STATION = "ChargingStationCertificate"
TRIGGER = "SignChargingStationCertificate"
SMALLEST_RSA, SMALLEST_EC = 2048, 224  # bits: A00.FR.501, 112 bits of security
MOST_PER_HOUR = 20  # of one station; its retries double their delay and stay far below
UNDER_WAY = frozenset({Command.Status.QUEUED, Command.Status.SENT})
State = CertificateRequest.State
_BLOCK = re.compile(
    r"-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----(.+?)-----END (?:NEW )?CERTIFICATE REQUEST-----", re.DOTALL
)


class NotSigned(Exception):
    """The request cannot be signed; the reason is for the operator."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for, after its signature and its key were checked."""

    key: PublicKey
    name: str
    organization: str


def renew(station: ChargingStation, *, requested_by: str = "") -> Command:
    """Ask a station to make a new key pair and to send a request for it."""
    return commands.queue(station, "TriggerMessage", {"requestedMessage": TRIGGER}, requested_by=requested_by)


def take(station_id: int, csr: str, *, certificate_type: str = CHARGING_STATION) -> bool:
    """Take a station's request: sign it and queue the certificate. The same request again gives the same certificate again.

    Returns: whether it was signed; if not, the operator sees why.
    """
    station = ChargingStation.objects.get(pk=station_id)
    _show_effect(station)
    row = CertificateRequest(
        station=station, certificate_type=certificate_type[:50], csr=csr, csr_digest=_digest(csr)
    )
    known = _known(row)
    if known:
        _send_again(known)
        return True
    try:
        _sign(row)
    except NotSigned as error:
        row.state, row.reason = State.REFUSED, str(error)[:255]
        row.save()
        security_events.note(station, "CertificateRequestRefused", row.reason, is_critical=True)
        return False
    _send(row)
    return True


def answered(command: Command, status: str) -> None:
    """What a station made of its certificate."""
    state = State.INSTALLED if status == "Accepted" else State.REJECTED
    for row in CertificateRequest.objects.select_related("station").filter(command=command):
        row.state = state
        row.save(update_fields=["state"])
        security_events.note(
            row.station,
            "CertificateInstalled" if state == State.INSTALLED else "CertificateRejected",
            f"{row.subject}, serial number {row.serial_number}",
            is_critical=state == State.REJECTED,
        )


def read(csr: str) -> Wish:
    """Read a request and check what holds for every station: its signature, and the kind and size of its key.

    Raises: NotSigned.
    """
    try:
        request = x509.load_pem_x509_csr(_block(csr))
        key = request.public_key()
        is_signed = request.is_signature_valid
        name = _attribute(request.subject, NameOID.COMMON_NAME)
        organization = _attribute(request.subject, NameOID.ORGANIZATION_NAME)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise NotSigned("The request is no readable certificate request (PKCS #10 in PEM).") from error
    if not is_signed:
        raise NotSigned("The signature of the request is wrong.")
    return Wish(_checked(key), name, organization)


def _sign(row: CertificateRequest) -> None:
    station, policy = row.station, _policy()
    hour = CertificateRequest.objects.filter(
        station=station, received_at__gt=timezone.now() - timedelta(hours=1)
    )
    if hour.count() >= MOST_PER_HOUR:
        raise NotSigned(f"The station has sent {MOST_PER_HOUR} requests within an hour.")
    wish = read(row.csr)
    _check_subject(wish, station, policy)
    certificate = certificate_authority.sign(
        wish.key,
        name=wish.name or station.serial_number or station.identity,
        organization=wish.organization or policy.organization,
        valid=timedelta(days=policy.valid_days),
    )
    row.state, row.certificate = State.SIGNED, certificate_authority.pem(certificate)
    row.subject = certificate.subject.rfc4514_string()[:255]
    row.serial_number = f"{certificate.serial_number:x}"
    row.fingerprint = certificate_authority.fingerprint(certificate)
    row.expires_at = certificate.not_valid_after_utc


def _check_subject(wish: Wish, station: ChargingStation, policy: CertificatePolicy) -> None:
    names = {name.lower() for name in (station.serial_number, station.identity) if name}
    if policy.is_name_checked and wish.name.lower() not in names:
        raise NotSigned(f"The CN “{wish.name[:60]}” is neither the station's serial number nor its identity.")
    if policy.organization and wish.organization != policy.organization:
        raise NotSigned(f"The O “{wish.organization[:60]}” is not “{policy.organization}”.")


def _checked(key: object) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= SMALLEST_EC:
        return key
    raise NotSigned(
        f"The key is too small or of another kind: RSA from {SMALLEST_RSA} bits and EC from {SMALLEST_EC} are taken."
    )


def _known(row: CertificateRequest) -> CertificateRequest | None:
    """An earlier row of the same request whose certificate still serves."""
    return (
        CertificateRequest.objects.select_related("command", "station")
        .filter(station=row.station, csr_digest=row.csr_digest, certificate_type=row.certificate_type)
        .filter(state__in=[State.SIGNED, State.INSTALLED], expires_at__gt=timezone.now())
        .first()
    )


def _send_again(row: CertificateRequest) -> None:
    if row.command is None or row.command.status not in UNDER_WAY:
        row.state = State.SIGNED
        _send(row)


def _send(row: CertificateRequest) -> None:
    payload = {"certificateChain": row.certificate, "certificateType": row.certificate_type}
    row.command = commands.queue(row.station, "CertificateSigned", payload)
    row.save()


def _show_effect(station: ChargingStation) -> None:
    Command.objects.filter(
        station=station, action="TriggerMessage", payload__requestedMessage=TRIGGER, effect_seen_at=None,
        status__in=[Command.Status.SENT, Command.Status.ACCEPTED],
    ).update(effect_seen_at=timezone.now())  # fmt: skip


def _policy() -> CertificatePolicy:
    return CertificatePolicy.objects.first() or CertificatePolicy()


def _block(csr: str) -> bytes:
    """The request without what stands around it, and with the line ends and the head that the reader knows."""
    found = _BLOCK.search(csr)
    if found is None:
        raise ValueError("no request")
    lines = "\n".join(found[1].split())
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}\n-----END CERTIFICATE REQUEST-----\n".encode()


def _attribute(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _digest(csr: str) -> str:
    return hashlib.sha256("".join(csr.split()).encode(errors="replace")).hexdigest()
