"""Text to frame and frame to text, for OCPP-J of the three versions. What a frame means is decided elsewhere.

`parse` never raises. Whatever a station sends is a frame, or it is `Refused` (there is an answer to send) or
`Ignored` (there is none). An answer that cannot be read still names its call, so that the command can end.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from csms.ocpp import errors, jsontext, signed
from csms.ocpp.errors import LONGEST_DESCRIPTION, UNREADABLE_ID, OcppError

Payload = dict[str, Any]

CALL: Final = 2
CALL_RESULT: Final = 3
CALL_ERROR: Final = 4
CALL_RESULT_ERROR: Final = 5
SEND: Final = 6

LONGEST_ID: Final = 36
_LONGEST_ECHOED_ID: Final = 255  # 1.6 answers an id that is too long as long as it can be echoed


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the station; it gets exactly one answer."""

    message_id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallResult:
    """The answer to one of our calls. With a `defect` the payload is empty: the call has failed."""

    message_id: str
    payload: Payload
    defect: OcppError | None = None


@dataclass(frozen=True, slots=True)
class CallError:
    """The refusal of one of our calls, the code in its canonical name when it is one of OCPP's."""

    message_id: str
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class CallResultError:
    """The station could not read our answer (2.1)."""

    message_id: str
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class Send:
    """A message of the station that is never answered (2.1)."""

    message_id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing is sent; the text goes to quarantine with this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A CALLERROR is sent with this id (`-1` where none could be read); the text goes to quarantine."""

    error: OcppError
    message_id: str


Frame = Call | CallResult | CallError | CallResultError | Send | Ignored | Refused

_START_OF_FRAME: Final = re.compile(
    r'[ \t\r\n]*\[[ \t\r\n]*([2-6])[ \t\r\n]*,[ \t\r\n]*"([^"\\\x00-\x1f\ud800-\udfff]{1,36})"[ \t\r\n]*,'
)


def parse(text: str, version: str) -> Frame:
    """Return what the text is, for a connection of this version ("1.6", "2.0.1" or "2.1").

    Source: OCPP-J 1.6 §4, OCPP 2.x part 4 §4; T-40 to T-51; Q3, Q40.
    """
    try:
        frame = jsontext.loads(text)
    except jsontext.BadJson as defect:
        return _recover(text, version, defect)
    if type(frame) is not list or not frame:
        return _nameless(version, "not a JSON array with a message type")
    return _read(frame, version)


def call(message_id: str, action: str, payload: Payload) -> str:
    """Return the text of a CALL."""
    return jsontext.dumps((CALL, message_id, action, payload))


def call_result(message_id: str, payload: Payload) -> str:
    """Return the text of a CALLRESULT."""
    return jsontext.dumps((CALL_RESULT, message_id, payload))


def call_error(message_id: str, code: str, description: str, version: str) -> str:
    """Return the text of a CALLERROR, the code spelled as the version has it."""
    spelled = errors.spelling(code, version)
    return jsontext.dumps((CALL_ERROR, message_id, spelled, description[:LONGEST_DESCRIPTION], {}))


def call_result_error(message_id: str, code: str, description: str) -> str:
    """Return the text of a CALLRESULTERROR: only on a 2.1 connection (T-50)."""
    return jsontext.dumps((CALL_RESULT_ERROR, message_id, code, description[:LONGEST_DESCRIPTION], {}))


def send(message_id: str, action: str, payload: Payload) -> str:
    """Return the text of a SEND: only on a 2.1 connection."""
    return jsontext.dumps((SEND, message_id, action, payload))


def _read(frame: list[Any], version: str) -> Frame:
    reader = _READERS[version].get(frame[0]) if type(frame[0]) is int else None
    return reader(frame, version) if reader else _unknown_type(frame, version)


def _read_call(frame: list[Any], version: str) -> Frame:
    message_id = _message_id(frame)
    if message_id is None:
        return _call_without_id(frame, version)
    if len(frame) == 4 and type(frame[2]) is str and (frame[3] is None or type(frame[3]) is dict):
        return _unsigned(message_id, frame[2], frame[3] or {}, version)
    if len(frame) == 5 and version != "1.6" and signed.is_signed_call(frame):
        return _unsigned(message_id, frame[3], frame[4], version)
    return Refused(_defect_of_call(frame, version), message_id)


def _unsigned(message_id: str, action: str, payload: Payload, version: str) -> Frame:
    """Open a signed message (T-51); one that cannot be opened keeps its action, which nobody implements."""
    if version != "1.6" and action.endswith(signed.SUFFIX):
        action, payload = signed.unwrap(action, payload) or (action, payload)
    return Call(message_id, action, payload)


def _defect_of_call(frame: list[Any], version: str) -> OcppError:
    if len(frame) == 2:
        return OcppError(
            "FormatViolation" if version == "1.6" else "RpcFrameworkError", "action and payload missing"
        )
    if len(frame) == 3:
        return OcppError("ProtocolError" if version == "1.6" else "FormatViolation", "payload missing")
    if len(frame) > 4:
        return OcppError("FormatViolation", "a CALL has four elements")
    return OcppError("FormatViolation", "the action is not a string, or the payload not an object")


def _call_without_id(frame: list[Any], version: str) -> Frame:
    message_id = frame[1] if len(frame) > 1 else None
    if (
        version == "1.6"
        and isinstance(message_id, str)
        and LONGEST_ID < len(message_id) <= _LONGEST_ECHOED_ID
    ):
        return Refused(OcppError("FormatViolation", f"messageId longer than {LONGEST_ID}"), message_id)
    return _nameless(version, f"messageId is no string of 1 to {LONGEST_ID} characters")


def _read_result(frame: list[Any], version: str) -> Frame:
    message_id = _message_id(frame)
    if message_id is None:
        return Ignored("CALLRESULT without a readable messageId")
    if len(frame) == 3 and (frame[2] is None or type(frame[2]) is dict):
        return CallResult(message_id, frame[2] or {})
    return CallResult(
        message_id, {}, OcppError("FormatViolation", "a CALLRESULT has an object as third element")
    )


def _read_error(frame: list[Any], version: str) -> Frame:
    message_id = _message_id(frame)
    if message_id is None:
        return Ignored("CALLERROR without a readable messageId")
    return CallError(message_id, *_error_fields(frame))


def _read_result_error(frame: list[Any], version: str) -> Frame:
    message_id = _message_id(frame)
    if message_id is None:
        return Ignored("CALLRESULTERROR without a readable messageId")
    return CallResultError(message_id, *_error_fields(frame))


def _error_fields(frame: list[Any]) -> tuple[str, str, Payload]:
    """Take what is usable: a refusal stays a refusal, however it is written."""
    code, description, details = (*frame[2:5], None, None, None)[:3]
    return (
        errors.canonical(code)[:LONGEST_DESCRIPTION] if type(code) is str and code else "GenericError",
        description[:LONGEST_DESCRIPTION] if type(description) is str else "",
        details if type(details) is dict else {},
    )


def _read_send(frame: list[Any], version: str) -> Frame:
    message_id = _message_id(frame)
    if (
        message_id
        and len(frame) == 4
        and type(frame[2]) is str
        and (frame[3] is None or type(frame[3]) is dict)
    ):
        return Send(message_id, frame[2], frame[3] or {})
    return Ignored("SEND that is not [6, id, action, payload]")


def _unknown_type(frame: list[Any], version: str) -> Frame:
    """2.0.1 answers a type that it does not know (part 4 §4.4); 1.6 and 2.1 ignore the message."""
    reason = "unknown message type"
    if version == "2.0.1":
        return Refused(OcppError("MessageTypeNotSupported", reason), _message_id(frame) or UNREADABLE_ID)
    return Ignored(reason)


def _message_id(frame: list[Any]) -> str | None:
    message_id = frame[1] if len(frame) > 1 else None
    return message_id if type(message_id) is str and 0 < len(message_id) <= LONGEST_ID else None


def _nameless(version: str, reason: str) -> Frame:
    """1.6 has no answer without an id; 2.x has "-1"."""
    return (
        Ignored(reason)
        if version == "1.6"
        else Refused(OcppError("RpcFrameworkError", reason), UNREADABLE_ID)
    )


def _recover(text: str, version: str, defect: jsontext.BadJson) -> Frame:
    """Name the call that an unreadable text belongs to: neither side should wait for a time limit (Q3)."""
    start = _START_OF_FRAME.match(text)
    if start is None:
        return _nameless(version, str(defect))
    kind, message_id = int(start[1]), start[2]
    unstorable = isinstance(defect, jsontext.UnstorableText)
    error = OcppError("PropertyConstraintViolation" if unstorable else "FormatViolation", str(defect))
    if kind == CALL:
        return Refused(error, message_id)
    if kind == CALL_RESULT:
        return CallResult(message_id, {}, error)
    return _read([kind, message_id], version)


_Reader = Callable[[list[Any], str], Frame]
_READERS_BEFORE_21: Final[dict[int, _Reader]] = {
    CALL: _read_call,
    CALL_RESULT: _read_result,
    CALL_ERROR: _read_error,
}
_READERS: Final[dict[str, dict[int, _Reader]]] = {
    "1.6": _READERS_BEFORE_21,
    "2.0.1": _READERS_BEFORE_21,
    "2.1": _READERS_BEFORE_21 | {CALL_RESULT_ERROR: _read_result_error, SEND: _read_send},
}
