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
    "incomplete_report": "The station's report of the start or the end lacked a field that OCPP requires.",
    "register_dropout": "A register value stands out from its neighbours as no charger could have made it; it is not counted.",
    "begin_implausible": "The begin register does not belong to the meter; the first sample was taken.",
    "implausible_energy": "More energy was reported than any charger can deliver in that time.",
    "unit_suspected": "The energy is far less than the power that was reported: the meter may count in kWh and call it Wh.",
    "ended_by_next_start": "The end was never reported; it was concluded from the next start on the same connector.",
    "ended_by_silence": "The end was never reported; it was concluded from the connector, which has been available, and from a day of silence.",
    "ended_by_operator": "The end was never reported; an operator closed the session.",
    "true_end": "The station reported the true end later; it replaces the concluded one.",
    "true_end_too_late": "The station reported the true end after the session was billed; it differs from what was billed.",
    "bad_register": "The station sent a register that makes no sense (negative or absurdly large).",
}
HOLDS_BILL = frozenset({"orphan_stop", "missing_start", "no_register", "energy_unknown", "ended_before_start", "second_stop", "not_authorized", "bad_register", "end_from_sample", "incomplete_report", "begin_implausible", "implausible_energy", "unit_suspected", "ended_by_next_start", "ended_by_silence", "ended_by_operator", "true_end_too_late"})  # fmt: skip

# An end that nobody reported. The station's own report replaces it, as long as no bill was made of it.
CONCLUDED = frozenset({"ended_by_next_start", "ended_by_silence", "ended_by_operator"})
OF_THE_END = CONCLUDED | {"end_from_sample", "no_register", "energy_unknown", "implausible_energy", "unit_suspected", "ended_before_start"}  # fmt: skip


def merged(existing: Iterable[dict[str, str]], codes: Iterable[str]) -> list[dict[str, str]]:
    """The notes with these codes added, each once."""
    notes = {note["code"]: note for note in existing}
    notes.update({code: {"code": code, "text": TEXTS[code]} for code in codes})
    return list(notes.values())


def without(existing: Iterable[dict[str, str]], codes: frozenset[str]) -> list[dict[str, str]]:
    """The notes without these codes."""
    return [note for note in existing if note["code"] not in codes]


def has(existing: Iterable[dict[str, str]], codes: frozenset[str]) -> bool:
    """Whether one of these codes is noted."""
    return any(note["code"] in codes for note in existing)
