"""`wait`: the answer is held back for the station's, within bounds, and holds up nobody else."""

import asyncio
import threading
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient

from chargers import commands
from chargers.models import Command
from tenants import context
from tenants.context import Place
from tests.api.conftest import Api, make_station

ORDER = {"action": "Reset", "payload": {"type": "Immediate"}}


def fulfil(
    place: Place, after_s: float, status: Command.Status = Command.Status.ACCEPTED
) -> threading.Thread:
    """A station that answers every order after a while."""

    def run() -> None:
        with context.tenant(place.slug):
            end = time.monotonic() + 5
            while not Command.objects.exists() and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(after_s)
            for command in Command.objects.all():
                commands.finish(command, status, response={"status": status.value.title()})
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.usefixtures("transactional")
def test_an_order_with_wait_is_answered_once_it_is_final(acme: Place, api: Api) -> None:
    make_station(acme)
    station, start = fulfil(acme, 0.2), time.monotonic()
    answer = api.post("stations/CP-1/commands/", {**ORDER, "wait": 20})
    assert time.monotonic() - start < 3
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["response"]) == ("accepted", {"status": "Accepted"})
    station.join()


@pytest.mark.usefixtures("transactional")
def test_a_rejected_order_is_final_too(acme: Place, api: Api) -> None:
    make_station(acme)
    station = fulfil(acme, 0, Command.Status.REJECTED)
    answer = api.post("stations/CP-1/calls/", {"action": "ClearCache", "wait": 20})
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    station.join()


def test_without_an_answer_the_wait_ends_with_202(acme: Place, api: Api) -> None:
    make_station(acme)
    start = time.monotonic()
    answer = api.post("stations/CP-1/commands/", {**ORDER, "wait": 1})
    assert 1 <= time.monotonic() - start < 3
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


def test_without_wait_the_answer_comes_at_once(acme: Place, api: Api) -> None:
    make_station(acme)
    answer = api.post("stations/CP-1/commands/", ORDER)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.json()["requested_by"] == "API key owner of the tests"


@pytest.mark.usefixtures("transactional")
def test_a_repeated_order_waits_for_the_same_row(acme: Place, api: Api) -> None:
    make_station(acme)
    first = api.post("stations/CP-1/commands/", {**ORDER, "wait": 1}, Idempotency_Key="k")
    station = fulfil(acme, 0.1)
    again = api.post("stations/CP-1/commands/", {**ORDER, "wait": 1}, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    station.join()


@pytest.mark.usefixtures("transactional")
async def test_those_who_wait_occupy_no_thread(acme: Place, api: Api) -> None:
    await sync_to_async(make_station)(acme)
    client, start = AsyncClient(), time.monotonic()  # all its requests share one thread
    answers = await asyncio.gather(*(call(client, api, {**ORDER, "wait": 2}) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert time.monotonic() - start < 10


async def call(client: AsyncClient, api: Api, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {api.key}"}
    path = "/t/acme/api/v1/stations/CP-1/commands/"
    return await client.post(path, body, content_type="application/json", headers=headers)
