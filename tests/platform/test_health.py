"""Is it alive, is it ready, what does it count."""

import asyncio

import pytest
from django.db import connection
from django.test import AsyncClient, Client

from csms import health
from tenants import context
from tenants.context import Place
from tenants.models import Tenant

pytestmark = pytest.mark.usefixtures("transactional")


def test_a_process_that_answers_is_alive_under_any_host_name() -> None:
    response = Client(headers={"host": "10.0.0.7"}).get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_process_with_everything_is_ready(acme: Place) -> None:
    response = Client().get("/readyz")
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok", "migrations": "ok"}
    assert response.status_code == 200


def test_it_answers_an_asynchronous_server_too(acme: Place) -> None:
    async def ask() -> int:
        return (await AsyncClient().get("/readyz")).status_code

    assert asyncio.run(ask()) == 200


def test_without_redis_it_is_not_ready(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["redis"]) == (503, "does not answer")


def test_with_a_tenant_that_is_not_up_to_date_it_is_not_ready() -> None:
    with context.public():
        digest = Tenant.objects.get(slug="volt").migration_digest
        Tenant.objects.filter(slug="volt").update(migration_digest="older")
    response = Client().get("/readyz")
    with context.public():
        Tenant.objects.filter(slug="volt").update(migration_digest=digest)
    assert (response.status_code, response.json()["migrations"]) == (503, "1 tenants are not up to date")


def close_pool() -> None:
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's


def test_without_a_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    close_pool()
    with monkeypatch.context() as change:
        change.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        change.setitem(connection.settings_dict, "PORT", "1")
        change.setitem(connection.settings_dict["OPTIONS"], "pool", {"timeout": 0.2})
        findings = health.check()
        close_pool()
    assert findings == {"database": "does not answer", "redis": "ok", "migrations": "not known"}


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("10.1.2.3", "", 200),
        ("10.9.2.3", "", 403),
        ("203.0.113.9", "", 403),
        ("203.0.113.9", "127.0.0.1", 403),
        ("127.0.0.1", "203.0.113.9", 403),
        ("127.0.0.1", "127.0.0.1, 203.0.113.9", 403),
        ("127.0.0.1", "10.1.2.3", 200),
        ("", "", 403),
        ("unix", "", 403),
    ],
)
def test_figures_are_for_this_machine_and_the_list(
    monkeypatch: pytest.MonkeyPatch, address: str, forwarded: str, status: int
) -> None:
    monkeypatch.setenv("CSMS_METRICS_ALLOW", "10.1.0.0/16")
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    response = Client(headers=headers).get("/metrics", REMOTE_ADDR=address)
    assert response.status_code == status
    assert (b"python_info" in response.content) == (status == 200)
