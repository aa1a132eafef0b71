"""The check of a payload: by the schema, and only where that refuses, with mends and tolerances."""

from typing import Any

from csms.ocpp import schemas
from csms.ocpp.errors import OcppError
from csms.ocpp.quirks import mending, tolerance

MOST_ROUNDS = 3  # a mend may uncover another defect; no known message needs more


def check(version: str, action: str, payload: dict[str, Any]) -> tuple[str, ...]:
    """Check the payload of a CALL, and mend it in place where it can be. Returns: the names of the rules that it needed.

    Raises: OcppError for the gravest defect that no rule covers.
    """
    try:
        schemas.check_request(version, action, payload)
    except OcppError:
        validator = schemas.request_validator(version, action)
        if validator is None:
            raise
        return _mended(validator, action, payload)
    return ()


def check_response(version: str, action: str, payload: dict[str, Any]) -> tuple[str, ...]:
    """Check the payload of a CALLRESULT, and mend it in place. Returns: the names of the rules that it needed.

    Raises: OcppError for the gravest defect that no rule covers.
    """
    try:
        schemas.check_response(version, action, payload)
    except OcppError:
        validator = schemas.response_validator(version, action)
        if validator is None:
            raise
        return _mended(validator, mending.ANSWER, payload)
    return ()


def _mended(validator: schemas.Validator, action: str, payload: dict[str, Any]) -> tuple[str, ...]:
    rules: set[str] = set()
    for _ in range(MOST_ROUNDS):
        found = schemas.violations(validator, payload)
        mended = {mending.mend(action, payload, violation) for violation in found} - {None}
        if not mended:
            break
        rules |= {rule for rule in mended if rule}
    for violation in schemas.violations(validator, payload):
        rule = tolerance.rule_of(action, violation)
        if rule is None:
            raise OcppError(violation.code, violation.description)
        rules.add(rule)
    return tuple(sorted(rules))
