"""Tolerances: which defects of a payload never refuse it. A transaction message is refused only when no record can be made of it.

Each tolerance is a named rule. The handlers read tolerated payloads as well as proper ones: unknown words are kept as they are, unreadable numbers stay raw.
"""

from typing import Any

from csms.ocpp import schemas
from csms.ocpp.errors import OcppError
from csms.ocpp.schemas import Violation

ABOUT_METERS = frozenset({"MeterValues", "StartTransaction", "StopTransaction", "TransactionEvent"})
_LISTS = frozenset({"meterValue", "transactionData"})
_SOFT_IN_VALUES = frozenset(
    {"enum", "maxLength", "minItems", "maxItems", "additionalProperties", "multipleOf"}
)
_SOFT_FIELDS = frozenset(
    {"reason", "idTag", "stoppedReason", "triggerReason", "chargingState", "meterStart", "meterStop"}
)


def check(version: str, action: str, payload: dict[str, Any]) -> tuple[str, ...]:
    """Check a payload. Returns: the names of the tolerances that were needed.

    Raises: OcppError for the gravest defect that no tolerance covers.
    """
    try:
        schemas.check_request(version, action, payload)
    except OcppError:
        validator = schemas.request_validator(version, action)
        if validator is None or action not in ABOUT_METERS:
            raise
        names = [_tolerance(violation, payload) for violation in schemas.violations(validator, payload)]
        if not names or None in names:
            raise
        return tuple(sorted({name for name in names if name}))
    return ()


def _tolerance(violation: Violation, payload: dict[str, Any]) -> str | None:
    """The rule that covers a defect, or None."""
    path = violation.path
    if path and path[0] in _LISTS:
        if violation.keyword in _SOFT_IN_VALUES:
            return "Q22" if violation.keyword == "minItems" else "Q26"
        if path[-1] == "value" and violation.keyword == "type" and _is_scalar(payload, path):
            return "Q23"
        return None
    if path and path[-1] in _SOFT_FIELDS and violation.keyword in ("enum", "maxLength"):
        return "Q26" if violation.keyword == "enum" else "Q16"
    return "S16-90" if violation.keyword == "additionalProperties" else None


def _is_scalar(payload: Any, path: tuple[str | int, ...]) -> bool:
    for step in path:
        payload = payload[step]
    return isinstance(payload, str | int) or hasattr(payload, "is_finite")
