"""The load generator believes nothing: what is not the right answer is an error and never a message."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from benchmarks import load, scripts
from benchmarks.load import Fleet, Refused, Seat, Tally

Answer = Callable[[list[Any]], list[Any] | None]
RIGHT = {
    "BootNotification": {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "StartTransaction": {"transactionId": 7, "idTagInfo": {"status": "Accepted"}},
    "MeterValues": {},
    "StopTransaction": {"idTagInfo": {"status": "Accepted"}},
}


def right(call: list[Any]) -> list[Any]:
    return [3, call[1], RIGHT[call[2]]]


async def after_one_session(answer: Answer, *, subprotocol: str = "ocpp1.6") -> Tally:
    """What a station counts that charges once at a server with these answers."""

    async def talk(socket: ServerConnection) -> None:
        async for text in socket:
            reply = answer(json.loads(text))
            if reply is None:
                await socket.close()
            else:
                await socket.send(json.dumps(reply))

    async with serve(talk, "127.0.0.1", 0, subprotocols=[Subprotocol(subprotocol)]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        fleet = Fleet([Seat(port, "/acme/ocpp/CP-1", "CP-1:password", "TOKEN-1")], "1.6", scripts.times(50))
        await fleet.connect()
        fleet.open_window()
        fleet.begin(lambda speaker, goes_on: scripts.sessions_16(speaker, iter([True, False]).__next__))
        await fleet.end()
        fleet.leave()
    return fleet.tally


def but(action: str, change: Callable[[list[Any]], list[Any] | None]) -> Answer:
    """Right answers, but for one action."""
    return lambda call: change(call) if call[2] == action else right(call)


async def test_right_answers_are_counted_each_once() -> None:
    tally = await after_one_session(right)

    assert (tally.answered, tally.errors) == (scripts.PER_SESSION, {})
    assert len(tally.latencies_s) == scripts.PER_SESSION


async def test_an_answer_with_other_content_is_an_error() -> None:
    blocked = {"idTagInfo": {"status": "Blocked"}}

    tally = await after_one_session(but("Authorize", lambda call: [3, call[1], blocked]))

    assert (tally.answered, tally.errors) == (scripts.PER_SESSION - 1, {"Authorize: wrong content": 1})


async def test_an_answer_that_lacks_what_is_looked_for_is_an_error() -> None:
    tally = await after_one_session(but("StartTransaction", lambda call: [3, call[1], {}]))

    assert tally.errors == {"StartTransaction: wrong content": 1}


async def test_a_callerror_is_an_error_with_its_code() -> None:
    tally = await after_one_session(
        but("StopTransaction", lambda call: [4, call[1], "InternalError", "", {}])
    )

    assert tally.errors == {"StopTransaction: InternalError": 1}


async def test_an_answer_to_another_message_is_an_error_and_the_call_stays_unanswered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load, "ANSWER_TIMEOUT_S", 0.2)

    tally = await after_one_session(but("MeterValues", lambda call: [3, "another", {}]))

    assert tally.errors == {"another message id": 1, "no answer": 1}


async def test_a_lost_connection_is_an_error() -> None:
    tally = await after_one_session(but("MeterValues", lambda call: None))

    assert (tally.answered, tally.errors) == (2, {"connection lost": 1})


async def test_a_server_that_speaks_something_else_is_refused() -> None:
    with pytest.raises(Refused):
        await after_one_session(right, subprotocol="ocpp2.0.1")
