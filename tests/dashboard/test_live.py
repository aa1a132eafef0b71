"""The live socket: who may listen, to whom, and how often it speaks."""

import asyncio
import json
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.urls import path

from csms import live_groups
from csms.dashboard.live import LiveConsumer
from tenants import context
from tenants.asgi import TenantASGI
from tenants.context import Place
from tests.conftest import ClientOf

APPLICATION = TenantASGI(URLRouter([path("ws/live/", LiveConsumer.as_asgi())]))


def socket(place: Place, cookie: str = "", origin: str = "http://testserver") -> WebsocketCommunicator:
    headers = [(b"host", b"testserver"), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
    return WebsocketCommunicator(APPLICATION, f"/t/{place.slug}/ws/live/", headers=headers)


@pytest.fixture
def cookies(transactional: None, acme: Place, volt: Place, client_of: ClientOf) -> dict[str, str]:
    """The cookies of a viewer of each tenant."""

    def of(place: Place) -> str:
        return "; ".join(
            f"{name}={morsel.value}" for name, morsel in client_of(place, "viewer").cookies.items()
        )

    return {place.slug: of(place) for place in (acme, volt)}


async def tell(place: Place, **news: Any) -> None:
    await get_channel_layer().group_send(live_groups.group(place), {"type": "changed", **news})


async def test_strangers_and_people_of_another_tenant_are_refused(
    cookies: dict[str, str], acme: Place
) -> None:
    for cookie in ("", "csms_session_acme=nonsense", cookies["volt"]):
        accepted, _ = await socket(acme, cookie).connect()
        assert not accepted


async def test_page_of_another_host_may_not_listen(cookies: dict[str, str], acme: Place) -> None:
    accepted, _ = await socket(acme, cookies["acme"], "http://evil.example").connect()
    assert not accepted


async def test_each_tenant_hears_its_own_news_only(cookies: dict[str, str], acme: Place, volt: Place) -> None:
    ours, theirs = socket(acme, cookies["acme"]), socket(volt, cookies["volt"])
    assert (await ours.connect())[0]
    assert (await theirs.connect())[0]
    await tell(acme, stations=["CP-1"], transactions=[7], messages=True)
    heard = json.loads(await ours.receive_from(timeout=3))
    assert heard == {"type": "changed", "stations": ["CP-1"], "transactions": [7], "messages": True}
    assert await theirs.receive_nothing(timeout=0.3)
    await ours.disconnect()
    await theirs.disconnect()


async def test_news_within_a_second_come_as_one(cookies: dict[str, str], acme: Place) -> None:
    ours = socket(acme, cookies["acme"])
    await ours.connect()
    start = time.monotonic()
    for number in range(20):
        await tell(acme, stations=[f"CP-{number % 4}"], transactions=[number])
        await asyncio.sleep(0.01)
    first = json.loads(await ours.receive_from(timeout=3))
    rest = json.loads(await ours.receive_from(timeout=3))
    assert time.monotonic() - start >= 0.9
    assert sorted(first["transactions"] + rest["transactions"]) == list(range(20))
    assert await ours.receive_nothing(timeout=1.2)
    await ours.disconnect()


async def test_suspended_tenant_is_refused(cookies: dict[str, str], acme: Place) -> None:
    await sync_to_async(_suspend)(acme)
    accepted, _ = await socket(acme, cookies["acme"]).connect()
    assert not accepted


def _suspend(place: Place) -> None:
    from tenants import lifecycle

    lifecycle.suspend(place.slug)
    context.forget(place.slug)
