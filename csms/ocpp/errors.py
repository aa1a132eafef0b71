"""What can be wrong with a message: a canonical name per code inside, the version's spelling on the wire."""

from typing import Final

LONGEST_DESCRIPTION: Final = 255
UNREADABLE_ID: Final = "-1"

CODES: Final = frozenset(
    {
        "FormatViolation",
        "GenericError",
        "InternalError",
        "MessageTypeNotSupported",
        "NotImplemented",
        "NotSupported",
        "OccurrenceConstraintViolation",
        "PropertyConstraintViolation",
        "ProtocolError",
        "RpcFrameworkError",
        "SecurityError",
        "TypeConstraintViolation",
    }
)

# T-45: the one r in "Occurence" is normative in 1.6; two of the later codes do not exist there.
_SPELLING_IN_16: Final = {
    "FormatViolation": "FormationViolation",
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "MessageTypeNotSupported": "GenericError",
    "RpcFrameworkError": "GenericError",
}
_CANONICAL: Final = {
    "FormationViolation": "FormatViolation",
    "OccurenceConstraintViolation": "OccurrenceConstraintViolation",
}


class OcppError(Exception):
    """A message that cannot be processed: becomes a CALLERROR, or says why an answer was not understood."""

    def __init__(self, code: str, description: str = "", *, message_id: str | None = None) -> None:
        """Take the canonical code, a text for the log of the station, and the id to answer when it is known.

        Raises:
            ValueError: the code is none of OCPP's.
        """
        if code not in CODES:
            raise ValueError(f"{code!r} is not an OCPP error code")
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.message_id = message_id

    def __str__(self) -> str:
        return f"{self.code}: {self.description}" if self.description else self.code


def spelling(code: str, version: str) -> str:
    """Return the canonical code as the version spells it.

    Source: T-45; OCPP-J 1.6 table 7 with errata 5.1 and 5.2.
    """
    return _SPELLING_IN_16.get(code, code) if version == "1.6" else code


def canonical(code: str) -> str:
    """Return the canonical name of a code as a station wrote it; an unknown code comes back unchanged.

    Source: T-45 (stations mix the spellings of the versions).
    """
    return _CANONICAL.get(code, code)
