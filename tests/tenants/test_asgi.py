"""Browsers' sockets: opened for the tenant's signed-in users from the tenant's own pages, and for nobody else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tenants import context, lifecycle
from tenants.asgi import TenantASGI
from tenants.context import Place
from tenants.users.models import User

pytestmark = pytest.mark.usefixtures("transactional", "acme", "volt")
ClientOf = Callable[..., Client]


def knock(
    path: str, client: Client, *, host: str = "localhost", origin: str | None = None
) -> dict[str, Any] | None:
    """The scope with which the inner application was called; None when the socket was refused."""
    found: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []

    async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
        found.append(scope)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"host", host.encode()), (b"cookie", cookies.encode())]
    if origin != "":
        headers.append((b"origin", (origin or f"http://{host}").encode()))
    asyncio.run(TenantASGI(inner)({"type": "websocket", "path": path, "headers": headers}, receive, send))
    assert bool(found) != (sent == [{"type": "websocket.close"}])
    return found[0] if found else None


def test_a_user_of_the_tenant_is_let_in(acme: Place, client_of: ClientOf) -> None:
    scope = knock("/t/acme/ws/live/", client_of(acme, "viewer"))
    assert scope is not None
    with context.tenant("acme"):
        viewer = User.objects.get(email="viewer@acme.example")
    assert (scope["tenant"], scope["user_id"], scope["path"]) == (acme, viewer.pk, "/ws/live/")


def test_an_own_domain_works_as_well(acme: Place, client_of: ClientOf) -> None:
    client = client_of(acme, "viewer")
    client.cookies["sessionid"] = client.cookies["sessionid_acme"].value
    scope = knock("/ws/live/", client, host="acme.localhost:8000")
    assert scope is not None
    assert scope["tenant"] == acme


@pytest.mark.parametrize(
    "path", ["/t/volt/ws/live/", "/t/nobody/ws/live/", "/ws/live/", "/t/acme", "/platform/ws/live/"]
)
def test_a_user_of_another_tenant_or_of_none_is_refused(acme: Place, client_of: ClientOf, path: str) -> None:
    client = client_of(acme, "owner")
    client.cookies["sessionid_volt"] = client.cookies["sessionid"] = client.cookies["sessionid_acme"].value
    if path == "/t/acme":
        client = Client()
    assert knock(path, client) is None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "", "null", "http://localhost.evil.example", "http://volt.localhost"]
)
def test_a_page_of_another_origin_is_refused(acme: Place, client_of: ClientOf, origin: str) -> None:
    assert knock("/t/acme/ws/live/", client_of(acme, "viewer"), origin=origin) is None


def test_a_host_that_is_not_ours_is_refused(acme: Place, client_of: ClientOf) -> None:
    assert knock("/t/acme/ws/live/", client_of(acme, "viewer"), host="evil.example") is None


def test_a_suspended_tenant_and_an_inactive_user_are_refused(acme: Place, client_of: ClientOf) -> None:
    client = client_of(acme, "viewer")
    lifecycle.suspend("acme")
    assert knock("/t/acme/ws/live/", client) is None
    lifecycle.resume("acme")
    assert knock("/t/acme/ws/live/", client) is not None
    with context.tenant("acme"):
        User.objects.filter(email="viewer@acme.example").update(is_active=False)
    assert knock("/t/acme/ws/live/", client) is None


def test_a_changed_password_ends_the_session(acme: Place, client_of: ClientOf) -> None:
    client = client_of(acme, "viewer")
    with context.tenant("acme"):
        viewer = User.objects.get(email="viewer@acme.example")
        viewer.set_password("another password")
        viewer.save()
    assert knock("/t/acme/ws/live/", client) is None


@pytest.mark.parametrize("cookie", ["", "x" * 32, "../../etc", "\x00", "é"])
def test_a_broken_session_is_refused(acme: Place, cookie: str) -> None:
    client = Client()
    client.cookies["sessionid_acme"] = cookie
    assert knock("/t/acme/ws/live/", client) is None
