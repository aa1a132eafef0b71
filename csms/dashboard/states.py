"""The state of a connector as people see it: one of nine shapes, with a word."""

from dataclasses import dataclass

from transactions.models import Transaction


@dataclass(frozen=True, slots=True)
class State:
    """`token` chooses shape and colour, `word` is what is read, `title` says more on hover."""

    token: str
    word: str
    title: str = ""


OFFLINE = State("offline", "Offline")
BY_STATUS = {
    "Available": State("available", "Available"),
    "Occupied": State("preparing", "Occupied"),
    "Reserved": State("reserved", "Reserved"),
    "Unavailable": State("unavailable", "Unavailable"),
    "Faulted": State("faulted", "Faulted"),
}
BY_DETAIL = {
    "Preparing": State("preparing", "Preparing"),
    "EVConnected": State("preparing", "Plugged in"),
    "Charging": State("charging", "Charging"),
    "SuspendedEV": State("suspended", "Paused by car"),
    "SuspendedEVSE": State("suspended", "Paused by charger"),
    "Finishing": State("finishing", "Finishing"),
    "Idle": State("finishing", "Idle"),
}
ENDED = State("ended", "Ended")
ACTIVE = State("charging", "Active")


def of_connector(
    status: str, detail: str, error_code: str, *, is_online: bool, charging_state: str = ""
) -> State:
    """The state of a connector; of an occupied one the car's or the transaction's own word says more."""
    if not is_online:
        return State("offline", "Offline", f"Last reported: {detail or status}")
    if status == "Occupied":
        return BY_DETAIL.get(detail) or BY_DETAIL.get(charging_state) or BY_STATUS["Occupied"]
    state = BY_STATUS.get(status, BY_STATUS["Unavailable"])
    return State(state.token, state.word, error_code) if error_code not in ("", "NoError") else state


def of_transaction(transaction: Transaction) -> State:
    """The state of a session. Where a version reports no charging state, drawing power is charging."""
    if transaction.state == Transaction.State.ENDED:
        return ENDED
    if transaction.charging_state in ("", "EVConnected") and (transaction.power_w or 0) > 0:
        return BY_DETAIL["Charging"]
    return BY_DETAIL.get(transaction.charging_state, ACTIVE)
