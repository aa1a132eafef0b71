"""Repairs of text that is no JSON, each bound to the chargers that are known for it: a repair could change what another charger means."""

import re
from typing import Final

from csms.ocpp import frames
from csms.ocpp.frames import Frame
from csms.ocpp.quirks.profiles import Quirks

_VALUE_MISSING: Final = re.compile(r'("[A-Za-z]{1,50}"[ \t]*:)[ \t]*(?=[,}])')
_LEADING_COMMA: Final = re.compile(r"\[[ \t]*,[ \t]*(?=\{)")
REPAIRS: Final = {
    "Q3": lambda text: _VALUE_MISSING.sub(r"\1null", text),
    "Q24a": lambda text: _LEADING_COMMA.sub("[", text),
}


def reread(text: str, version: str, quirks: Quirks) -> tuple[Frame | None, tuple[str, ...]]:
    """Read a text that was refused once more, repaired. Returns: the frame, or None where nothing was repaired; and the rules."""
    rules = []
    for rule in quirks.on & REPAIRS.keys():
        repaired = REPAIRS[rule](text)
        if repaired != text:
            text = repaired
            rules.append(rule)
    return (frames.parse(text, version) if rules else None), tuple(sorted(rules))
