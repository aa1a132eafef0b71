"""Before the upgrade: raw path → tenant → station → credentials → version. A `Connection`, or a refusal with its HTTP status and reason.

The checks run in one hop to a pool thread. Credentials come before the version: who is not authenticated learns nothing.
"""

import asyncio
import base64
import binascii
import hmac
import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone

from chargers import client_certificates, credential_rotation, credentials, presence, security_profiles
from chargers.models import ChargingStation
from chargers.refusals import Reason, RefusedHandshake
from csms.ocpp import path, quirks, versions
from csms.ocpp.connection import Connection
from csms.ocpp.quirks import NONE, Own, Quirks
from csms.ocpp.storage import renewing_connection
from csms.ocpp.version import Version
from tenants import addresses, context

logger = logging.getLogger(__name__)
CHALLENGE = (b"www-authenticate", b'Basic realm="ocpp", charset="UTF-8"')
STATUS = {
    Reason.BAD_PATH: 404,
    Reason.UNKNOWN_IDENTITY: 404,
    Reason.TENANT_SUSPENDED: 403,
    Reason.BLOCKED: 403,
    Reason.INSECURE_EXPIRED: 403,
    Reason.INSECURE_TRANSPORT: 403,
    Reason.NO_CLIENT_CERTIFICATE: 403,
    Reason.NO_CREDENTIALS: 401,
    Reason.MALFORMED_CREDENTIALS: 401,
    Reason.WRONG_USERNAME: 401,
    Reason.WRONG_PASSWORD: 401,
    Reason.NO_SUBPROTOCOL: 400,
    Reason.UNSUPPORTED_SUBPROTOCOL: 400,
    Reason.OVERLOADED: 503,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a handshake brings."""

    raw_path: bytes
    host: str
    authorization: tuple[bytes, ...]
    subprotocols: tuple[str, ...]
    remote_address: str
    user_agent: str
    is_encrypted: bool
    client_certificate: str

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Request":
        """The request of an ASGI scope."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        first = dict(reversed(headers))
        is_encrypted = scope.get("scheme") == "wss"
        return cls(
            raw_path=scope.get("raw_path") or scope["path"].encode(),
            host=first.get(b"host", b"").decode("latin-1"),
            authorization=tuple(value for name, value in headers if name == b"authorization"),
            subprotocols=tuple(name.strip() for name in scope.get("subprotocols", ()) if name.strip()),
            remote_address=(scope.get("client") or ("",))[0],
            user_agent=first.get(b"user-agent", b"").decode("latin-1"),
            is_encrypted=is_encrypted,
            client_certificate=_client_certificate(headers) if is_encrypted else "",
        )


def _client_certificate(headers: list[tuple[bytes, bytes]]) -> str:
    """The certificate that the proxy hands on in one header, which it sets on every connection. Source: T-83."""
    name = settings.CLIENT_CERTIFICATE_HEADER.lower().encode()
    values = [value for key, value in headers if key == name] if name else []
    return unquote(values[0].decode("latin-1")) if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused handshake. `tenant` is empty where the address names no tenant."""

    reason: str
    tenant: str = ""
    identity: str = ""
    station_id: int | None = None

    @property
    def http_status(self) -> int:
        """What the station is answered."""
        return STATUS[Reason(self.reason)]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What a 401 or 503 needs beside its status."""
        extra = {401: [CHALLENGE], 503: [(b"retry-after", b"10")]}
        return [(b"content-type", b"text/plain; charset=utf-8"), *extra.get(self.http_status, [])]

    def record(self, request: Request) -> RefusedHandshake:
        """The record for the Connection Doctor."""
        return RefusedHandshake(
            identity=self.identity,
            reason=self.reason,
            http_status=self.http_status,
            station_id=self.station_id,
            remote_address=request.remote_address,
            subprotocols=", ".join(request.subprotocols),
            user_agent=request.user_agent,
            raw_path=request.raw_path.decode("latin-1"),
        )


@dataclass(frozen=True, slots=True)
class Admission:
    """A connection, the gateway that must let its older socket go, the subprotocol to confirm, and the tolerances that were needed."""

    connection: Connection
    previous_gateway: uuid.UUID | None = field(default=None)
    subprotocol: str | None = field(default=None)
    rules: tuple[str, ...] = field(default=())


async def admit(request: Request, gateway: uuid.UUID, pool: Executor) -> Admission | Refusal:
    """Decide about a handshake, in bounded time; a database that does not answer refuses with 503."""
    loop = asyncio.get_running_loop()
    try:
        return await asyncio.wait_for(loop.run_in_executor(pool, decide, request, gateway), timeout=10)
    except (Error, TimeoutError):
        logger.exception("A handshake could not be decided")
        return Refusal(Reason.OVERLOADED)


@renewing_connection
def decide(request: Request, gateway: uuid.UUID) -> Admission | Refusal:
    """The checks, in order. Runs in a pool thread; enters the tenant itself."""
    address = path.parse(request.raw_path)
    place = _tenant(address, request.host) if address else None
    if address is None or place is None:
        return Refusal(Reason.UNKNOWN_IDENTITY, identity=address.identity if address else "")
    refusal = Refusal(Reason.BAD_PATH, place.slug, address.identity)
    if place.is_suspended:
        return Refusal(Reason.TENANT_SUSPENDED, place.slug, address.identity)
    if not address.identity and not address.others:
        return refusal
    with context.enter(place), transaction.atomic():
        if address.others:
            identity = _meant(address.others)
            return _decide_in_tenant(place, identity, request, gateway, ("Q13",)) if identity else refusal
        return _decide_in_tenant(place, address.identity, request, gateway)


def _tenant(address: path.StationPath, host: str) -> context.Place | None:
    try:
        return context.find(address.slug or addresses.slug_of_host(host) or "")
    except context.UnknownTenant:
        return None


def _meant(names: tuple[str, ...]) -> str:
    """The identity among the segments of an address that has too many: one of a station that is known to connect like this (Q13)."""
    rows = ChargingStation.objects.filter(
        identity__lower__in=[name.lower() for name in names], quirk_switches__Q13=True
    )
    return rows.values_list("identity", flat=True).first() or ""


def _decide_in_tenant(
    place: context.Place,
    identity: str,
    request: Request,
    gateway: uuid.UUID,
    rules: tuple[str, ...] = (),
) -> Admission | Refusal:
    station = ChargingStation.objects.filter(identity__lower=identity.lower()).first()
    reason = _refused_station(station, request)
    known = _quirks(station) if station else NONE
    version, subprotocol, more = _version(known, list(request.subprotocols))
    if reason is None and version is None:
        reason = Reason.UNSUPPORTED_SUBPROTOCOL if request.subprotocols else Reason.NO_SUBPROTOCOL
    if reason is not None or station is None or version is None:
        return Refusal(
            reason or Reason.UNKNOWN_IDENTITY, place.slug, identity, station.pk if station else None
        )
    connection, previous = _connect(place, station, version, known, request, gateway)
    return Admission(connection, previous, subprotocol, (*rules, *more, *_alias(station, request)))


def _quirks(station: ChargingStation) -> Quirks:
    """What is known about the station and its make, before it has said anything on this connection."""
    own = Own(tuple(sorted(station.quirk_switches.items())), may_run_ahead=station.is_simulated)
    found = quirks.find(station.vendor, station.model, station.firmware_version, own)
    if "Q17" not in found.on or station.site is None:
        return found
    return replace(found, own=replace(own, time_zone=station.site.time_zone))


def _version(known: Quirks, offered: list[str]) -> tuple[Version | None, str | None, tuple[str, ...]]:
    """The version to speak, the subprotocol to confirm, and the tolerances that were needed."""
    version = versions.negotiate(offered)
    oldest = versions.NEWEST_FIRST[-1]
    if version is None:
        return (oldest, None, ("Q10",)) if not offered and "Q10" in known.on else (None, None, ())
    if "Q11" not in known.on or version is oldest:
        return version, version.subprotocol, ()
    confirmed = oldest.subprotocol if oldest.subprotocol in offered else version.subprotocol
    return oldest, confirmed, ("Q11",)


def _alias(station: ChargingStation, request: Request) -> tuple[str, ...]:
    """Q47, where the user name was another one than the identity."""
    if not station.quirk_switches.get("Q47") or not station.security_profile:
        return ()
    username = base64.b64decode(request.authorization[0].partition(b" ")[2]).partition(b":")[0]
    return () if username.lower() == station.identity.lower().encode() else ("Q47",)


def _refused_station(station: ChargingStation | None, request: Request) -> Reason | None:
    if station is None:
        credentials.matches(b"no such station", "", "")  # the same work as for a known one (T-21)
        return Reason.UNKNOWN_IDENTITY
    if station.is_blocked:
        return Reason.BLOCKED
    if station.security_profile == 0:
        is_over = station.insecure_until is None or station.insecure_until <= timezone.now()
        return Reason.INSECURE_EXPIRED if is_over else None
    if _has_certificate(station, request):
        return None
    return _refused_transport(station, request) or _refused_credentials(station, request.authorization)


def _has_certificate(station: ChargingStation, request: Request) -> bool:
    """Whether a station that uses profile 3, or has accepted it, has come with its certificate. It needs no password then."""
    is_asked = 3 in (station.security_profile, station.pending_security_profile)
    return is_asked and client_certificates.is_of(station, request.client_certificate)


def _refused_transport(station: ChargingStation, request: Request) -> Reason | None:
    """A station never connects with less than its security profile. Source: T-85."""
    if station.security_profile >= 2 and not request.is_encrypted:
        return Reason.INSECURE_TRANSPORT
    return Reason.NO_CLIENT_CERTIFICATE if station.security_profile >= 3 else None


def _refused_credentials(station: ChargingStation, authorization: tuple[bytes, ...]) -> Reason | None:
    """Source: T-90, T-91: split at the first colon; the user name is the identity; the password is bytes."""
    if not authorization:
        return Reason.NO_CREDENTIALS
    scheme, _, encoded = authorization[0].partition(b" ")
    try:
        username, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return Reason.MALFORMED_CREDENTIALS
    if len(authorization) > 1 or scheme.lower() != b"basic" or not colon:
        return Reason.MALFORMED_CREDENTIALS
    is_key = credentials.matches(password, station.key_salt, station.key_digest)
    is_named = hmac.compare_digest(username.lower(), station.identity.lower().encode())
    if not is_named and not station.quirk_switches.get("Q47"):
        return Reason.WRONG_USERNAME
    return None if is_key or credential_rotation.use(station, password) else Reason.WRONG_PASSWORD


def _connect(
    place: context.Place,
    station: ChargingStation,
    version: Version,
    known: Quirks,
    request: Request,
    gateway: uuid.UUID,
) -> tuple[Connection, uuid.UUID | None]:
    security_profiles.arrived(
        station, is_encrypted=request.is_encrypted, has_certificate=_has_certificate(station, request)
    )
    arrival = presence.arrive(
        station.pk, gateway=gateway, ocpp_version=version.name, remote_address=request.remote_address
    )
    connection = Connection(
        tenant=place.slug,
        station_id=station.pk,
        identity=station.identity,
        version=version,
        gateway=gateway,
        epoch=arrival.epoch,
        security_profile=station.security_profile,
        is_accepted=station.registration == ChargingStation.Registration.ACCEPTED,
        quirks=known,
    )
    return connection, arrival.previous_gateway


def completes_without_subprotocol(refusal: Refusal) -> bool:
    """Whether a version mismatch is shown the specification's way: upgraded without the header, then closed (T-11)."""
    mismatch = refusal.reason in (Reason.NO_SUBPROTOCOL, Reason.UNSUPPORTED_SUBPROTOCOL)
    return mismatch and settings.OCPP_SUBPROTOCOL_MISMATCH == "close"
