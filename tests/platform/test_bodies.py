"""How much of a body is read, below the real server's interface."""

from typing import Any

import pytest

from csms import bodies

Message = dict[str, Any]


async def run(path: str, parts: list[bytes], *, declared: int | None = None) -> tuple[list[Message], int]:
    """Send a request in parts. Returns: what was answered, and how many bytes the application saw."""
    seen, answers = 0, []
    waiting = iter(parts)

    async def application(scope: Message, receive: Any, send: Any) -> None:
        nonlocal seen
        while (message := await receive())["type"] == "http.request" and message["body"]:
            seen += len(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request", "body": next(waiting, b""), "more_body": True}

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    await bodies.limited(application)({"type": "http", "path": path, "headers": headers}, receive, send)
    return answers, seen


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/t/acme/sessions/", bodies.ORDINARY), ("/t/acme/uploads/x/", None), ("/t/acme/firmware/", None)],
)
async def test_each_address_has_its_limit(path: str, limit: int | None) -> None:
    most = limit or bodies.limit_of(path)
    assert (await run(path, [], declared=most))[0][0]["status"] == 200
    answers, seen = await run(path, [b"x"], declared=most + 1)
    assert (answers[0]["status"], seen) == (413, 0)


async def test_a_body_of_unknown_length_is_cut_where_it_becomes_too_long() -> None:
    part = b"x" * 2**20
    answers, seen = await run("/t/acme/", [part] * 40)
    assert [answer.get("status") for answer in answers] == [413, None]
    assert seen == bodies.ORDINARY


def test_only_addresses_of_files_take_more_than_the_ordinary() -> None:
    assert bodies.limit_of("/t/acme/uploads/token/name.log") > bodies.ORDINARY
    assert bodies.limit_of("/t/acme/api/v1/firmware-images/") > bodies.limit_of("/t/acme/uploads/t/")
    assert bodies.limit_of("/t/acme/api/v1/stations/") == bodies.ORDINARY
