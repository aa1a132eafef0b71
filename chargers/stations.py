"""Adding stations, giving them keys and addresses, and taking them away."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from chargers import bells, commands, credential_rotation, credentials
from chargers.models import ChargingStation, Presence, Site, check_identity
from tenants.context import Place

INSECURE_DAYS = 30  # security profile 0 is an exception that ends by itself


def add(
    identity: str,
    *,
    site: Site | None = None,
    security_profile: int = 1,
    password: str | None = None,
    allow_insecure: bool = False,
    is_simulated: bool = False,
) -> tuple[ChargingStation, str]:
    """Add a station; it may connect at once.

    Returns: the station, and its password in clear (the only time it is seen; empty with profile 0).
    Raises: ValidationError for a bad or taken identity, a bad password, or profile 0 without `allow_insecure`.
    """
    check_identity(identity)
    _check_profile(security_profile, allow_insecure=allow_insecure)
    station = ChargingStation(
        identity=identity, site=site, security_profile=security_profile, is_simulated=is_simulated
    )
    secret = _set_key(station, password) if security_profile else ""
    if not security_profile:
        station.insecure_until = timezone.now() + timedelta(days=INSECURE_DAYS)
    try:
        with transaction.atomic():
            station.save()
            Presence.objects.create(station=station)
    except IntegrityError as error:
        raise ValidationError({"identity": f"There is already a station “{identity}”."}) from error
    return station, secret


def new_password(station: ChargingStation, password: str | None = None) -> str:
    """Give the station another password; the old one is void from the next connection on.

    Returns: the password in clear, the only time it is seen.
    """
    secret = _set_key(station, password)
    station.save(update_fields=["key_digest", "key_salt"])
    credential_rotation.replace(station)
    return secret


def change(station: ChargingStation, **values: Any) -> ChargingStation:
    """Change what people decide about a station. A connected one feels it at once: a blocked one is disconnected, a quiet one is left alone."""
    for name, value in values.items():
        setattr(station, name, value)
    station.save(update_fields=list(values))
    commands.ring(station.pk, station.identity)
    return station


def address(place: Place, identity: str, *, base: str | None = None) -> str:
    """Where the station connects, for example `ws://localhost:8000/acme/ocpp/CP-1`.

    `base` is scheme and host (`ws://host:port`); without it the installation's public host.
    """
    base = base or f"{settings.PUBLIC_WEBSOCKET_SCHEME}://{settings.PUBLIC_HOST or 'localhost:8000'}"
    return f"{base}/{place.slug}/ocpp/{quote(identity, safe='*-_=+|@.')}"


def find(identity: str) -> ChargingStation | None:
    """The station with this identity, compared case-insensitively. Source: T-04."""
    return ChargingStation.objects.filter(identity__lower=identity.lower()).first()


def remove(station: ChargingStation) -> None:
    """Delete a station that never charged; one with transactions is blocked instead, because its records must stay.

    Raises: ValidationError when there are transactions.
    """
    if station.transactions.exists():
        raise ValidationError(
            f"“{station.identity}” has transactions, which must be kept. Block the station instead."
        )
    presence = Presence.objects.filter(station=station).first()
    station.delete()
    if presence and presence.gateway:
        bells.ring(presence.gateway, station.identity)


def _check_profile(security_profile: int, *, allow_insecure: bool) -> None:
    if security_profile not in (0, 1, 2, 3):
        raise ValidationError({"security_profile": "A security profile is 0, 1, 2 or 3."})
    if security_profile == 0 and not allow_insecure:
        raise ValidationError(
            {
                "security_profile": "Profile 0 has no password at all. Allow it explicitly (it ends after 30 days)."
            }
        )


def _set_key(station: ChargingStation, password: str | None) -> str:
    secret = credentials.generate() if password is None else password
    credentials.check(secret)
    station.key_salt = secrets.token_hex(8)
    station.key_digest = credentials.digest(secret.encode(), station.key_salt)
    return secret
