"""The place of a browser's socket. Django's middleware never sees sockets, so this wrapper does its work for them."""

from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http.request import validate_host
from django.utils.crypto import constant_time_compare

from tenants import addresses, context
from tenants.addresses import Address
from tenants.context import UnknownTenant
from tenants.cookies import name_and_path
from tenants.users.models import User

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class TenantASGI:
    """Opens a tenant's socket to its signed-in users, from its own pages; every other is refused before it is accepted.

    The inner application finds `scope["tenant"]` (a Place) and `scope["user_id"]`, and the path as the tenant sees it.
    """

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a socket or refuse it."""
        found = await sync_to_async(admit, thread_sensitive=False)(scope)
        if found is None:
            await receive()
            await send({"type": "websocket.close"})
            return
        address, user_id = found
        await self.app(
            {**scope, "path": address.path, "tenant": address.place, "user_id": user_id}, receive, send
        )


def admit(scope: Scope) -> tuple[Address, int] | None:
    """The address of a socket and the user behind it. Returns: None for a stranger, an unknown or a suspended tenant."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if not is_of_host(headers.get(b"origin", ""), host):
        return None
    try:
        address = addresses.read(host, scope["path"])
    except UnknownTenant:
        return None
    if address.place is None or address.place.is_suspended:
        return None
    with context.enter(address.place):
        user_id = find_user(headers.get(b"cookie", ""), address)
    return None if user_id is None else (address, user_id)


def is_of_host(origin: str, host: str) -> bool:
    """Whether a browser's page is one of the host that it talks to, and the host is ours."""
    allowed = settings.ALLOWED_HOSTS
    return (
        bool(host)
        and validate_host(addresses.normalise(host), allowed)
        and urlsplit(origin).netloc.lower() == host.lower()
    )


def find_user(cookies: str, address: Address) -> int | None:
    """The user of the tenant in force whose session a cookie names, if both are still valid."""
    name, _ = name_and_path(settings.SESSION_COOKIE_NAME, address)
    try:
        morsel = SimpleCookie(cookies).get(name)
    except CookieError:
        return None
    if morsel is None:
        return None
    session = SessionStore(morsel.value)
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=int(session.get(SESSION_KEY, 0)), is_active=True).first()
    if user is None:
        return None
    is_valid = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user.pk if is_valid else None
