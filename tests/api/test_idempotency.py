"""Idempotency-Key: once is enough."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chargers.models import ChargingStation, Command, Site
from tenants import context
from tenants.context import Place
from tenants.users.models import IdempotentRequest
from tests.api.conftest import Api, ApiOf, make_station

SITE = {"name": "Harbour"}


def test_a_repeated_call_is_executed_once_and_answered_the_same(acme: Place, api: Api) -> None:
    first = api.post("stations/", {"identity": "CP-9"}, Idempotency_Key="k")
    again = api.post("stations/", {"identity": "CP-9"}, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    with context.tenant(acme.slug):
        assert ChargingStation.objects.count() == 1
        assert first.json()["password"] not in IdempotentRequest.objects.get().answer


def test_the_same_key_with_another_body_is_refused(acme: Place, api: Api) -> None:
    api.post("sites/", SITE, Idempotency_Key="k")
    answer = api.post("sites/", {"name": "Port"}, Idempotency_Key="k")
    assert answer.status_code == answer.json()["status"] == 422
    assert api.post("sites/", b'{ "name" : "Harbour" }', Idempotency_Key="k").status_code == 201


def test_a_key_counts_for_one_address_one_method_and_one_caller(acme: Place, api: Api, api_of: ApiOf) -> None:
    assert api.post("sites/", SITE, Idempotency_Key="k").status_code == 201
    assert api.post("id-token-groups/", SITE, Idempotency_Key="k").status_code == 201
    assert api_of(acme, "admin").post("sites/", SITE, Idempotency_Key="k").status_code == 400
    assert api_of(acme, "viewer").post("sites/", SITE, Idempotency_Key="k").status_code == 403


def test_a_call_that_failed_may_be_repeated(acme: Place, api: Api) -> None:
    assert api.patch("stations/CP-1/", {"note": "x"}, Idempotency_Key="k").status_code == 404
    make_station(acme)
    assert api.patch("stations/CP-1/", {"note": "x"}, Idempotency_Key="k").status_code == 200


def test_a_repeated_deletion_is_answered_as_the_first(acme: Place, api: Api) -> None:
    make_station(acme)
    for _ in range(2):
        answer = api("DELETE", "stations/CP-1/", Idempotency_Key="k")
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_key_is_forgotten_after_a_day(acme: Place, api: Api) -> None:
    api.post("sites/", SITE, Idempotency_Key="k")
    with context.tenant(acme.slug):
        IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert api.post("sites/", {"name": "Port"}, Idempotency_Key="k").status_code == 201
    with context.tenant(acme.slug):
        assert IdempotentRequest.objects.count() == 1


def test_a_repeated_order_is_queued_once_and_tells_what_became_of_it(acme: Place, api: Api) -> None:
    make_station(acme)
    order = {"action": "Reset", "payload": {"type": "Immediate"}}
    first = api.post("stations/CP-1/commands/", order, Idempotency_Key="k")
    with context.tenant(acme.slug):
        Command.objects.update(status="accepted", response={"status": "Accepted"})
    again = api.post("stations/CP-1/commands/", order, Idempotency_Key="k")
    assert (first.status_code, first.json()["status"]) == (202, "queued")
    assert (again.status_code, again.json()["status"]) == (200, "accepted")
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.usefixtures("transactional")
def test_calls_at_the_same_time_are_executed_once(acme: Place, api: Api) -> None:
    answers: list[Any] = []

    def call() -> None:
        answers.append(Api(acme, api.key).post("sites/", SITE, Idempotency_Key="k"))
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    with context.tenant(acme.slug):
        assert Site.objects.count() == 1
