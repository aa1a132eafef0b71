"""What can be odd about a transaction: a code, and a sentence for people. Notes never refuse a message; some hold the bill."""

from collections.abc import Iterable

TEXTS = {
    "orphan_stop": "The station reported the end of a transaction whose start was never received.",
    "missing_start": "The first message that arrived was not the start of the transaction.",
    "begin_from_sample": "The station sent no begin register; the first sample was taken.",
    "end_from_sample": "The station sent no end register; the last sample was taken.",
    "no_register": "The station sent no energy register at all.",
    "register_reset": "The energy register fell during the transaction; only what was seen between the falls is counted.",
    "energy_unknown": "The end register is below the begin register, and nothing was sent between.",
    "unreadable_time": "The station's time could not be read; the time of arrival was taken.",
    "clock_unset": "The station's clock was not set; the time of arrival was taken.",
    "ended_before_start": "The reported end lies before the start.",
    "superseded": "Another transaction started on the same connector while this one had no end.",
    "second_stop": "The station reported the end a second time with another value; the first one stays.",
    "not_authorized": "The id token was not accepted.",
    "bad_register": "The station sent a register that makes no sense (negative or absurdly large).",
}
HOLDS_BILL = frozenset({"orphan_stop", "missing_start", "no_register", "energy_unknown", "ended_before_start", "second_stop", "not_authorized", "bad_register", "end_from_sample"})  # fmt: skip


def merged(existing: Iterable[dict[str, str]], codes: Iterable[str]) -> list[dict[str, str]]:
    """The notes with these codes added, each once."""
    notes = {note["code"]: note for note in existing}
    notes.update({code: {"code": code, "text": TEXTS[code]} for code in codes})
    return list(notes.values())
