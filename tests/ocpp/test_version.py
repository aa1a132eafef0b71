"""The registry of a version: its own table first, then its base's."""

from typing import Any

import pytest

from csms.ocpp.version import CannotExpress, Reply, Version


def answer(connection: Any, payload: dict[str, Any]) -> Reply:
    return Reply({"seen": payload, "by": connection})


def other_answer(connection: Any, payload: dict[str, Any]) -> Reply:
    return Reply({})


@pytest.fixture
def v201() -> Version:
    return Version("2.0.1", subprotocol="ocpp2.0.1")


@pytest.fixture
def v21(v201: Version) -> Version:
    return Version("2.1", subprotocol="ocpp2.1", base=v201)


def test_a_registered_handler_answers_and_tells_its_lane(v201: Version) -> None:
    assert v201.on("Authorize")(answer) is answer
    v201.on("MeterValues", records=True)(answer)
    authorize, meter_values = v201.handler("Authorize"), v201.handler("MeterValues")
    assert authorize is not None
    assert meter_values is not None
    assert (authorize.records, meter_values.records) == (False, True)
    assert authorize("CP1", {"a": 1}) == Reply({"seen": {"a": 1}, "by": "CP1"}, ())


def test_nobody_handles_what_was_not_registered(v21: Version) -> None:
    assert v21.handler("Authorize") is None
    assert v21.codec("Reset") is None
    assert v21.result_handler("Reset") is None


def test_a_version_takes_from_its_base_what_it_does_not_have(v201: Version, v21: Version) -> None:
    v201.on("Heartbeat")(answer)
    v201.on("Authorize")(answer)
    v21.on("Authorize")(other_answer)
    inherited, own, base = v21.handler("Heartbeat"), v21.handler("Authorize"), v201.handler("Authorize")
    assert inherited is not None
    assert own is not None
    assert base is not None
    assert (inherited.function, own.function, base.function) == (answer, other_answer, answer)


def test_what_a_version_adds_stays_unknown_to_its_base(v201: Version, v21: Version) -> None:
    v21.on("BatterySwap")(answer)
    assert v201.handler("BatterySwap") is None


def test_a_command_is_put_into_the_words_of_the_version(v201: Version, v21: Version) -> None:
    @v201.command("Reset")
    def reset(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if payload["type"] == "ImmediateAndResume":
            raise CannotExpress("2.0.1 cannot resume")
        return "Reset", payload

    codec = v21.codec("Reset")
    assert codec is reset
    assert codec({"type": "OnIdle"}) == ("Reset", {"type": "OnIdle"})
    with pytest.raises(CannotExpress) as caught:
        codec({"type": "ImmediateAndResume"})
    assert caught.value.reason == "2.0.1 cannot resume"


def test_the_answer_to_a_command_finds_its_taker(v201: Version, v21: Version) -> None:
    taken: list[tuple[Any, ...]] = []

    @v201.on_result("GetVariables")
    def keep(connection: Any, command: Any, response: dict[str, Any]) -> None:
        taken.append((connection, command, response))

    handler = v21.result_handler("GetVariables")
    assert handler is keep
    handler("CP1", 7, {})
    assert taken == [("CP1", 7, {})]


def test_a_misspelled_or_misdirected_action_is_caught_at_once(v201: Version) -> None:
    for action in ("Heartbeet", "Reset", "StartTransaction", "BatterySwap"):
        with pytest.raises(ValueError, match=action):
            v201.on(action)
    for action in ("Heartbeat", "RemoteStartTransaction"):
        with pytest.raises(ValueError, match=action):
            v201.on_result(action)


def test_an_action_is_registered_only_once(v201: Version) -> None:
    v201.on("Heartbeat")(answer)
    with pytest.raises(ValueError, match="twice"):
        v201.on("Heartbeat")(answer)
