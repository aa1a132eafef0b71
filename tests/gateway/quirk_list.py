"""The known deviations of chargers in the field: what each is, and why one is not replayed. `docs/quirks.md` is written from here.

Write the page anew with `python -m tests.gateway.quirk_list`.
"""

from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "quirks.md"
TITLES = {
    1: "Transaction id 0 or negative where there is none",
    2: "Transaction id 9223372036854775807 where there is none",
    3: "Invalid JSON: a name without a value",
    4: "A stop with transaction id 0 or -1 after an offline start",
    5: "Reservation id 0 where there is none",
    6: "A start repeated with the same or a new message id",
    7: "A stop repeated within milliseconds",
    8: "No stop at all: power cut, reboot, firmware",
    9: "A stop without an id token",
    10: "No WebSocket subprotocol, or an empty one",
    11: "One OCPP version negotiated, another one spoken",
    12: "A handshake without the header Connection: Upgrade",
    13: "An address with a trailing slash, a serial number or a whole URL in it",
    14: "The same message id for every message",
    15: "A serial number or model that is too long",
    16: "An id token with a text appended, with blanks, too long, or in another case",
    17: "Times without a zone, or with a short one",
    18: "Times of 1970",
    19: "Local time labelled as UTC; times in the future",
    20: "A charger that reads only one form of our times",
    21: "Thousands of old messages after an outage",
    22: "Empty lists of samples, empty values",
    23: "Numbers as texts, texts as numbers, decimal commas",
    24: "One object where a list belongs; a comma at the beginning of a list; names of OCPP 1.5",
    25: "Units of other names, units that do not fit, kWh labelled Wh",
    26: "Words that OCPP does not have, or in another case",
    27: "Registers that begin anew, drop out, or begin with 0",
    28: "Phases that do not fit, sums and phases side by side",
    29: "Meter values for connector 0",
    30: "Meter values after the stop",
    31: "The same status again and again",
    32: "A burst of status messages on every connector after the boot",
    33: "The status of connector 0 beside those of the connectors",
    34: "No BootNotification after a reconnect",
    35: "Commands that come too early break the charger",
    36: "No pong, ever",
    37: "Heartbeats go on, but commands get no answer",
    38: "A second connection while the first is half open",
    39: "An error to a start or stop makes the charger repeat it for ever",
    40: "Payload null, fields null, empty frames, JSON on several lines",
    41: "Answers longer than OCPP allows",
    42: "Configuration keys in another case; settings lost at a reboot",
    43: "Charging profiles accepted and ignored, or only of one kind",
    44: "Every measurand accepted, then a boot loop",
    45: "A remote start accepted, and no session",
    46: "Messages that are in no version of OCPP",
    47: "A password as hex digits or bytes; a user name that is not the identity",
    48: "TLS 1.0 only, or roots that have expired",
    49: "An inventory without EVSEs",
    50: "Compressed frames where nothing was negotiated",
    51: "All chargers at once after a slow answer",
}
NOT_REPLAYED = {
    12: "The WebSocket server refuses the handshake before any of our code runs; a proxy in front can add the header.",
    36: "The time limit of a pong is a setting of the WebSocket server (CSMS_OCPP_PING_INTERVAL; 0 switches pings off); a replay would take two minutes.",
    43: "What a charger makes of a profile is seen by comparing its composite schedule with ours and by the current that is measured; a table of makes is not known well enough to be data.",
    44: "Nothing is sent to a charger that nobody asked for: measurands are set by a template or by hand, one setting at a time.",
    48: "TLS ends at the proxy in front, whose settings decide about versions and roots.",
}

INTRODUCTION = """\
What chargers in the field do otherwise than OCPP says, and whether a test replays it over a real socket
(`tests/gateway/test_quirks.py`). What is made of each is told where it is shown: on the charger's page, tab *Deviations*,
and at the message in the log. A rule that could harm a correct charger is only in force for a make that is known for it
(`csms/ocpp/quirks/profiles/`), or for a single charger where it was switched on."""


def page(replayed: Iterable[int]) -> str:
    """The document, from the deviations that a test replays."""
    lines = [
        "# Known deviations of chargers",
        "",
        "<!-- Written by `python -m tests.gateway.quirk_list`; a test compares it. -->",
        "",
        INTRODUCTION,
        "",
        "| | Deviation | Replayed |",
        "|---|---|---|",
    ]
    shown = set(replayed)
    for number, title in TITLES.items():
        state = "yes" if number in shown else f"no. {NOT_REPLAYED.get(number, '')}".strip()
        lines.append(f"| Q{number} | {title} | {state} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(TITLES.keys() - NOT_REPLAYED.keys()))
