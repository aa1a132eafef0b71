"""The JSON schemas of the three versions, compiled once per process, and their violations in OCPP's codes.

Draft 4 for all of them: it knows no `1.0` that is an integer.
Formats are not asserted; timestamps are read by `timestamps`, so a handler decides what an odd one means.
"""

from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Final

from jsonschema_rs import Draft4Validator, ValidationError

from csms.ocpp.errors import LONGEST_DESCRIPTION, OcppError
from csms.vocabulary import actions
from csms.vocabulary.schemas import request_schema, response_schema

Payload = dict[str, Any]
Validator = Draft4Validator

_LONGEST_QUOTE: Final = 50
_MOST_VIOLATIONS: Final = 50  # looked at; a message has been refused long before

# In the order in which a message with several defects is answered.
_CODES: Final = {
    "type": "TypeConstraintViolation",
    "required": "OccurrenceConstraintViolation",
    "minItems": "OccurrenceConstraintViolation",
    "maxItems": "OccurrenceConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
    "minimum": "PropertyConstraintViolation",
    "maximum": "PropertyConstraintViolation",
    "multipleOf": "PropertyConstraintViolation",
    "additionalProperties": "FormatViolation",
}
_OTHER_CODE: Final = "PropertyConstraintViolation"
_RANK: Final = {keyword: rank for rank, keyword in enumerate(_CODES)}
_WORDS: Final = {
    "minItems": "has fewer than {} items",
    "maxItems": "has more than {} items",
    "enum": "is none of the allowed values",
    "maxLength": "is longer than {} characters",
    "minimum": "is less than {}",
    "maximum": "is greater than {}",
    "multipleOf": "is no multiple of {}",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a payload breaks its schema."""

    path: tuple[str | int, ...]
    keyword: str
    code: str
    description: str
    detail: Any = None  # what the schema asks for: the types, the words, the name that is missing


def actions_from_station(version: str) -> frozenset[str]:
    """Return what stations of the version send."""
    return actions.from_station(version)


def actions_to_station(version: str) -> frozenset[str]:
    """Return what can be sent to stations of the version."""
    return actions.to_station(version)


def check_request(version: str, action: str, payload: Payload) -> None:
    """Check the payload of a CALL or SEND.

    Raises:
        OcppError: NotImplemented when the version has no such action, else the code of the gravest violation.
    """
    _check(request_validator(version, action), action, payload)


def check_response(version: str, action: str, payload: Payload) -> None:
    """Check the payload of a CALLRESULT.

    Raises:
        OcppError: NotImplemented when the version has no such answer, else the code of the gravest violation.
    """
    _check(response_validator(version, action), action, payload)


def violations(validator: Validator, payload: Payload) -> list[Violation]:
    """Return where the payload breaks the schema, the gravest first (at most fifty are looked at)."""
    found = [_violation(error) for error in islice(validator.iter_errors(payload), _MOST_VIOLATIONS)]
    return sorted(found, key=lambda violation: _RANK.get(violation.keyword, len(_RANK)))


def request_validator(version: str, action: str) -> Validator | None:
    """Return the compiled schema of the request, or None when the version does not know the action."""
    return _request_validator(version, action) if action in actions.known(version) else None


def response_validator(version: str, action: str) -> Validator | None:
    """Return the compiled schema of the answer, or None when there is none."""
    return _response_validator(version, action) if action in actions.known(version) else None


# The caches hold known actions only: a station that invents names must not fill the memory, nor name files.


@cache
def _request_validator(version: str, action: str) -> Validator:
    return Validator(request_schema(version, action), validate_formats=False)


@cache
def _response_validator(version: str, action: str) -> Validator | None:
    schema = response_schema(version, action)
    return None if schema is None else Validator(schema, validate_formats=False)


def _check(validator: Validator | None, action: str, payload: Payload) -> None:
    if validator is None:
        raise OcppError("NotImplemented", "unknown action")
    if not validator.is_valid(payload):
        gravest = violations(validator, payload)[0]
        raise OcppError(gravest.code, gravest.description)


def _violation(error: ValidationError) -> Violation:
    keyword = error.kind.name
    path = tuple(error.instance_path)
    description = f"{_place(path)} {_complaint(keyword, error.kind.value)}"[:LONGEST_DESCRIPTION]
    return Violation(path, keyword, _CODES.get(keyword, _OTHER_CODE), description, error.kind.value)


def _place(path: tuple[str | int, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.lstrip(".") or "payload"


def _complaint(keyword: str, detail: Any) -> str:
    """Say what is wrong in words of the schema; of the payload only surplus names are quoted, cut."""
    if keyword == "required":
        return f"lacks {detail}"
    if keyword == "additionalProperties":
        return f"must not have {', '.join(detail)[:_LONGEST_QUOTE]}"
    if keyword == "type":
        return f"is not of type {' or '.join(detail)}"
    return _WORDS.get(keyword, f"breaks {keyword}").format(detail)
