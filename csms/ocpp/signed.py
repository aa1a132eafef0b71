"""Signed messages of 2.x: the action is `<Action>-Signed`, the payload a flattened JWS around the usual one.

A receiver may leave the signature unverified, as we do, but has to process what is inside (T-51; part 4 §7).
"""

import base64
from typing import Any, Final

from csms.ocpp import jsontext

SUFFIX: Final = "-Signed"


def is_signed_call(frame: list[Any]) -> bool:
    """Say whether a five-element CALL is `[2, id, {extension}, "<Action>-Signed", {JWS}]`."""
    extension, action, jws = frame[2:5]
    return type(extension) is dict and type(action) is str and action.endswith(SUFFIX) and type(jws) is dict


def unwrap(action: str, jws: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the action and payload inside, or None when there is nothing readable in it."""
    inner = jws.get("payload")
    if type(inner) is not str:
        return None
    try:
        text = base64.b64decode(inner + "=" * (-len(inner) % 4), altchars=b"-_", validate=True).decode()
        payload = jsontext.loads(text)
    except ValueError:
        return None
    return (action.removesuffix(SUFFIX), payload) if type(payload) is dict else None
