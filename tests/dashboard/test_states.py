"""States: nine shapes, each with a word; the most telling word wins."""

import pytest

from csms.dashboard.states import BY_DETAIL, BY_STATUS, OFFLINE, of_connector, of_transaction
from transactions.models import Transaction

SHAPES = "available preparing charging suspended finishing reserved faulted unavailable offline".split()


def test_every_state_has_one_of_nine_shapes_and_a_word() -> None:
    states = [*BY_DETAIL.values(), *BY_STATUS.values(), OFFLINE]
    assert {state.token for state in states} == set(SHAPES)
    assert all(state.word for state in states)


@pytest.mark.parametrize(
    ("status", "detail", "charging_state", "word"),
    [
        ("Available", "Available", "", "Available"),
        ("Occupied", "Preparing", "", "Preparing"),
        ("Occupied", "Charging", "EVConnected", "Charging"),
        ("Occupied", "Occupied", "SuspendedEV", "Paused by car"),
        ("Occupied", "Occupied", "", "Occupied"),
        ("Faulted", "Faulted", "Charging", "Faulted"),
        ("Nonsense", "<b>", "", "Unavailable"),
    ],
)
def test_most_telling_word_wins(status: str, detail: str, charging_state: str, word: str) -> None:
    assert of_connector(status, detail, "", is_online=True, charging_state=charging_state).word == word


def test_offline_says_what_was_reported_last() -> None:
    state = of_connector("Occupied", "Charging", "", is_online=False)
    assert (state.token, state.title) == ("offline", "Last reported: Charging")


def test_error_code_stands_on_the_pill() -> None:
    assert of_connector("Faulted", "Faulted", "GroundFailure", is_online=True).title == "GroundFailure"


@pytest.mark.parametrize(
    ("state", "charging_state", "power", "word"),
    [
        ("active", "EVConnected", None, "Plugged in"),
        ("active", "EVConnected", 7000, "Charging"),
        ("active", "SuspendedEV", 10, "Paused by car"),
        ("active", "", None, "Active"),
        ("ended", "Charging", None, "Ended"),
    ],
)
def test_session_that_draws_power_is_charging(
    state: str, charging_state: str, power: int | None, word: str
) -> None:
    assert of_transaction(Transaction(state=state, charging_state=charging_state, power_w=power)).word == word
