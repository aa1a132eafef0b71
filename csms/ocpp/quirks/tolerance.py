"""Which defects refuse nothing. The handlers read such payloads as well as proper ones: unknown words stay as they are, unreadable numbers stay raw.

A transaction message is refused only when no record can be made of it. Where a defect could become wrong money, the transaction is held for a person.
"""

from csms.ocpp.quirks.mending import ABOUT_METERS, ANSWER, LISTS
from csms.ocpp.schemas import Violation

_SOFT_IN_VALUES = frozenset(
    {"enum", "maxLength", "minItems", "maxItems", "additionalProperties", "multipleOf"}
)
_SOFT_FIELDS = frozenset(
    {"reason", "idTag", "stoppedReason", "triggerReason", "chargingState", "meterStart", "meterStop"}
)
_MISSING = {
    "StartTransaction": frozenset({"timestamp", "meterStart", "idTag"}),
    "StopTransaction": frozenset({"timestamp", "meterStop", "transactionId"}),
}
_LONG_TEXTS = {
    "BootNotification": "Q15",
    "StatusNotification": "Q15",
    "Authorize": "Q16",
}


def rule_of(action: str, violation: Violation) -> str | None:
    """The rule that covers a defect, or None."""
    if violation.keyword == "maxLength" and action in _LONG_TEXTS:
        return _LONG_TEXTS[action]
    if action == ANSWER:
        return "Q41" if violation.keyword in ("maxLength", "additionalProperties") else None
    if action not in ABOUT_METERS:
        return None
    path = violation.path
    if path and path[0] in LISTS:
        return _in_values(violation)
    if violation.keyword == "required":
        return "Q39" if violation.detail in _MISSING.get(action, ()) else None
    if path and path[-1] in _SOFT_FIELDS and violation.keyword in ("enum", "maxLength"):
        return "Q26" if violation.keyword == "enum" else "Q16"
    return "S16-90" if violation.keyword == "additionalProperties" else None


def _in_values(violation: Violation) -> str | None:
    if violation.keyword in _SOFT_IN_VALUES:
        is_unit = violation.path[-1] == "unit"
        return "Q22" if violation.keyword == "minItems" else "Q25" if is_unit else "Q26"
    is_value_missing = violation.keyword == "required" and violation.detail == "value"
    return "Q22" if is_value_missing else None
