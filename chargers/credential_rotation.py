"""A new key for a station, sent over its own connection. Source: T-94, S16-60, A01.

Nobody can know when a station begins to use the key: at once, after a restart, or, when the connection was lost in the middle, perhaps never. So the old
key and the new one are both valid from the moment the new one leaves until it is used for the first time; a refusal ends the new one. Where a rotation
stands follows from its command, so a gateway that dies in the middle leaves nothing to repair.
"""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from chargers import commands, credentials, security_events
from chargers.messages import secrets_of
from chargers.models import ChargingStation, Command, KeyRotation

HEX_KEY, TEXT_KEY = "authorizationkey", "basicauthpassword"  # as stations of one kind and the other call it
VARIABLE = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}


def request(station: ChargingStation, *, requested_by: str = "") -> KeyRotation:
    """Give a station a new random key; nobody sees it.

    Raises: ValidationError for a station without a key.
    """
    if station.security_profile not in (1, 2):
        raise ValidationError(f"A station with security profile {station.security_profile} has no key.")
    item = {"attributeValue": credentials.generate(), **VARIABLE}
    command = commands.queue(station, "SetVariables", {"setVariableData": [item]}, requested_by=requested_by)
    return KeyRotation.objects.select_related("command", "station").get(command=command)


def watch(command: Command, payload: dict[str, Any]) -> None:
    """Whatever command carries a key begins a rotation."""
    for name, value in secrets_of(payload):
        if name in (HEX_KEY, TEXT_KEY) and _is_for_this_system(payload):
            _begin(command, _key(name, str(value)))
            return


def use(station: ChargingStation, password: bytes) -> bool:
    """Whether these bytes are a key that the station may have been given. Its first use makes it the station's key, and ends the older ones."""
    rows = KeyRotation.objects.select_related("command").filter(
        station=station, used_at=None, replaced_at=None
    )
    for rotation in rows:
        if rotation.is_possible and credentials.matches(password, rotation.key_salt, rotation.key_digest):
            _take_over(station, rotation)
            return True
    return False


def replace(station: ChargingStation) -> None:
    """No key that is under way is valid any more: the station was given one by hand."""
    rows = KeyRotation.objects.filter(station=station, used_at=None, replaced_at=None)
    rows.update(replaced_at=timezone.now())


def _begin(command: Command, key: bytes) -> None:
    salt = secrets.token_hex(8)
    KeyRotation.objects.create(
        station=command.station, command=command, key_salt=salt, key_digest=credentials.digest(key, salt)
    )


def _take_over(station: ChargingStation, rotation: KeyRotation) -> None:
    now = timezone.now()
    station.key_salt, station.key_digest = rotation.key_salt, rotation.key_digest
    station.save(update_fields=["key_salt", "key_digest"])
    older = KeyRotation.objects.filter(station=station, used_at=None, replaced_at=None, pk__lt=rotation.pk)
    older.update(replaced_at=now)
    KeyRotation.objects.filter(pk=rotation.pk).update(used_at=now)
    Command.objects.filter(pk=rotation.command_id, effect_seen_at=None).update(effect_seen_at=now)
    security_events.note(station, "KeyChanged", "The station uses its new key; the old one is void.")


def _is_for_this_system(payload: dict[str, Any]) -> bool:
    """A network profile names a key for a connection that may come later, or lead elsewhere."""
    return "connectionData" not in payload


def _key(name: str, value: str) -> bytes:
    """The bytes with which the station will come. Source: T-91: one kind is told its key in hex."""
    if name == HEX_KEY:
        try:
            return bytes.fromhex(value)
        except ValueError:
            return value.encode()
    return value.encode()


commands.WATCHING.append(watch)
