"""Whether a station's answer to a command is a yes or a no. As data: OCPP has a word for it in nearly every answer."""

from typing import Any

from chargers.models import Command

YES = frozenset(
    "Accepted AcceptedCanceled Scheduled RebootRequired Unlocked Unpublished NoFirmware Processing".split()
)
ITEM_LISTS = ("setVariableResult", "setMonitoringResult", "clearMonitoringResult")


def status_of(response: dict[str, Any]) -> Command.Status:
    """Accepted or rejected. An answer without any status word is an acceptance: it brings what was asked for."""
    words = _words(response)
    return Command.Status.ACCEPTED if all(word in YES for word in words) else Command.Status.REJECTED


def _words(response: dict[str, Any]) -> list[str]:
    words = [str(response[name]) for name in ("status", "commandStatus") if name in response]
    for name in ITEM_LISTS:
        words += [str(item.get("attributeStatus") or item.get("status")) for item in response.get(name, ())]
    return words
