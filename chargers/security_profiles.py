"""The security profile of a station: raised by a command, in force when it is used, never lowered over OCPP. Source: T-85, S16-64, A05."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from chargers import commands, security_events, stations
from chargers.models import ChargingStation, Command

VARIABLE = "securityprofile"


def highest() -> int:
    """The highest profile that stations can use here: profile 3 needs a proxy that hands client certificates on."""
    return 3 if settings.CLIENT_CERTIFICATE_HEADER else 2


def watch(command: Command, payload: dict[str, Any]) -> None:
    """Refuse a change that would lock the station out or lower its profile.

    Raises: ValidationError.
    """
    for item in () if command.is_exact else payload.get("setVariableData") or ():
        if str((item.get("variable") or {}).get("name", "")).lower() == VARIABLE:
            _check(command.station, str(item.get("attributeValue", "")))


def accepted(station_id: int, value: str) -> None:
    """The station said yes to a profile. From its first connection with it, it may not come with less."""
    if value.isdecimal() and int(value) <= highest():
        ChargingStation.objects.filter(pk=station_id, security_profile__lt=int(value)).update(
            pending_security_profile=int(value)
        )


def arrived(station: ChargingStation, *, is_encrypted: bool, has_certificate: bool = False) -> None:
    """Raise the profile of a station that comes with the one that it has accepted."""
    wanted, reached = station.pending_security_profile, 2 if is_encrypted else 1
    if wanted is None or wanted > (3 if has_certificate else reached):
        return
    text = f"From {station.security_profile} to {wanted}."
    station.security_profile, station.pending_security_profile = wanted, None
    station.save(update_fields=["security_profile", "pending_security_profile"])
    security_events.note(station, "SecurityProfileRaised", text)


def lower(station: ChargingStation, profile: int) -> ChargingStation:
    """Let a station come with less than before: a person's decision, here and at the charger itself.

    Raises: ValidationError.
    """
    if not 1 <= profile < station.security_profile:
        raise ValidationError(
            f"Profile {profile} is not lower than {station.security_profile}, or has no key at all."
        )
    text = f"From {station.security_profile} to {profile}, by hand."
    security_events.note(station, "SecurityProfileLowered", text, is_critical=True)
    return stations.change(station, security_profile=profile, pending_security_profile=None)


def _check(station: ChargingStation, value: str) -> None:
    if not value.isdecimal() or int(value) not in (1, 2, 3):
        raise ValidationError({"payload": "A security profile is 1, 2 or 3."})
    if int(value) <= station.security_profile:
        raise ValidationError(
            {"payload": f"The station has profile {station.security_profile}: it is only raised over OCPP."}
        )
    if int(value) > highest():
        raise ValidationError(
            {"payload": "No proxy hands client certificates on here: profile 2 is the highest."}
        )


commands.WATCHING.append(watch)
