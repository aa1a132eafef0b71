"""Mends: small changes that make a payload what it means, in place. Each is tried only at a place where the schema has refused something."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from csms.ocpp.schemas import Violation

ANSWER: Final = "an answer"  # instead of an action: what a station answers to a command
ABOUT_METERS: Final = frozenset({"MeterValues", "StartTransaction", "StopTransaction", "TransactionEvent"})
LISTS: Final = frozenset({"meterValue", "transactionData"})
_WRAPPED: Final = LISTS | {"sampledValue"}
_NUMBERS: Final = frozenset({"connectorId", "evseId", "transactionId", "meterStart", "meterStop", "reservationId", "seqNo"})  # fmt: skip
_OLD_NAMES: Final = {"values": "meterValue", "value": "sampledValue"}  # OCPP 1.5's
_LONGEST_NUMBER: Final = 18
Place = tuple[Any, str | int]
Mend = Callable[[str, Any, str | int, Violation], str | None]


def mend(action: str, payload: dict[str, Any], violation: Violation) -> str | None:
    """Mend what one violation complains of. Returns: the rule's name, or None when nothing was done."""
    place = _place(payload, violation.path)
    if place is None:
        return None
    owner, key = place
    for each in _MENDS.get(violation.keyword, ()):
        rule = each(action, owner, key, violation)
        if rule:
            return rule
    return None


def _place(payload: dict[str, Any], path: tuple[str | int, ...]) -> Place | None:
    """The object or list that holds the place, and the place's name in it. An earlier mend may have moved it."""
    owner: Any = {"": payload}
    key: str | int = ""
    for step in path:
        try:
            owner, key = owner[key], step
        except (KeyError, IndexError, TypeError):
            return None
    try:
        owner[key]
    except (KeyError, IndexError, TypeError):
        return None
    return owner, key


def _without_null(action: str, owner: Any, key: str | int, violation: Violation) -> str | None:
    """Q40: null means absent."""
    if owner[key] is not None or not isinstance(owner, dict):
        return None
    del owner[key]
    return "Q40"


def _as_list(action: str, owner: Any, key: str | int, violation: Violation) -> str | None:
    """Q24: one object where a list is expected."""
    if action not in ABOUT_METERS or key not in _WRAPPED or not isinstance(owner[key], dict):
        return None
    owner[key] = [owner[key]]
    return "Q24"


def _as_text(action: str, owner: Any, key: str | int, violation: Violation) -> str | None:
    """Q23: a number as meter value or id token. Q46: an id token wrapped in an object."""
    found = owner[key]
    if key == "idTag" and isinstance(found, dict):
        inner = found.get("idToken", found.get("idTag"))
        owner[key] = inner if isinstance(inner, str) else found
        return "Q46" if isinstance(inner, str) else None
    is_number = isinstance(found, int | Decimal) and not isinstance(found, bool)
    if action not in ABOUT_METERS or key not in ("value", "idTag") or not is_number:
        return None
    owner[key] = str(found)
    return "Q23"


def _as_integer(action: str, owner: Any, key: str | int, violation: Violation) -> str | None:
    """Q23: a whole number written as text or with a fraction of zero."""
    found = owner[key]
    if action not in ABOUT_METERS or key not in _NUMBERS:
        return None
    if isinstance(found, str) and found.strip().lstrip("-").isdecimal() and len(found) <= _LONGEST_NUMBER:
        owner[key] = int(found)
        return "Q23"
    if isinstance(found, Decimal) and found == found.to_integral_value():
        owner[key] = int(found)
        return "Q23"
    return None


def _as_word(action: str, owner: Any, key: str | int, violation: Violation) -> str | None:
    """Q26: OCPP's own word where only the case differs; an unknown error becomes OtherError with the vendor's code."""
    found = owner[key]
    if not isinstance(found, str) or action == ANSWER:
        return None
    same = [word for word in violation.detail if word.lower() == found.strip().lower()]
    if len(same) == 1:
        owner[key] = same[0]
        return "Q25" if key == "unit" else "Q26"
    if action != "StatusNotification":
        return None
    if key == "errorCode":
        owner.setdefault("vendorErrorCode", found)
        owner[key] = "OtherError"
        return "Q26"
    if key == "status" and found.strip().lower() == "occupied":  # OCPP 1.5's word
        owner[key] = "Preparing"
        return "Q26"
    return None


def _renamed(action: str, owner: Any, key: str | int, violation: Violation) -> str | None:
    """Q24: OCPP 1.5's names of the lists. The violation is of the object that has a surplus name."""
    found = owner[key]
    if action not in ABOUT_METERS or not isinstance(found, dict):
        return None
    for old, new in _OLD_NAMES.items():
        if new not in found and isinstance(found.get(old), list | dict):
            found[new] = found.pop(old)
            return "Q24"
    return None


_TYPES: Final[tuple[Mend, ...]] = (_without_null, _as_list, _as_text, _as_integer)
_MENDS: Final[dict[str, tuple[Mend, ...]]] = {
    "type": _TYPES,
    "enum": (_without_null, _as_word),
    "additionalProperties": (_renamed,),
    "required": (_renamed,),
}
