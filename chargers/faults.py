"""What the error codes of connectors mean, in a sentence: OCPP's own, and the minimum required error codes (CX001 …) that vendors share."""

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "ConnectorLockFailure": "The connector cannot be locked or unlocked.",
    "EVCommunicationError": "Charger and vehicle do not understand each other.",
    "GroundFailure": "The ground fault protection has tripped.",
    "HighTemperature": "It is too hot inside the charger.",
    "InternalError": "Hardware or software of the charger has failed.",
    "LocalListConflict": "The charger's list of id tokens differs from what it was answered.",
    "OtherError": "Something that OCPP has no word for; the vendor's code tells more.",
    "OverCurrentFailure": "The protection against too much current has tripped.",
    "OverVoltage": "The supply voltage is too high.",
    "PowerMeterFailure": "The energy meter cannot be read.",
    "PowerSwitchFailure": "The power switch does not switch.",
    "ReaderFailure": "The card reader has failed.",
    "ResetFailure": "The charger could not restart.",
    "UnderVoltage": "The supply voltage is too low.",
    "WeakSignal": "The wireless signal is weak.",
}
SHARED: Mapping[str, str] = {
    "CX001": "The connector cannot be locked or unlocked at the vehicle.",
    "CX002": "The ground fault protection has tripped.",
    "CX003": "It is so hot inside the charger that it gives less power.",
    "CX004": "The protection against too much current has tripped.",
    "CX005": "The voltage at the vehicle is too high.",
    "CX006": "The voltage at the vehicle is too low.",
    "CX007": "The wireless signal is weak.",
    "CX008": "The emergency stop was pressed.",
    "CX009": "Nobody was authorized in time.",
}


def explain(error_code: str, vendor_error_code: str) -> str:
    """The codes of a connector in words; empty where nothing is known about them."""
    shared = [SHARED[code] for code in vendor_error_code.upper().split(",") if code in SHARED]
    return " ".join(shared) or CODES.get(error_code, "")
