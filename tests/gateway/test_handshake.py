"""Who is let in, who is refused, with which status, and what the operator learns."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chargers.models import ChargingStation, Presence, Refusal
from tenants import context, lifecycle
from tenants.models import StrayConnection
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import PASSWORD, SUBPROTOCOLS, basic, station

in_thread = sync_to_async(thread_sensitive=True)


async def refused(url: str, **options: object) -> InvalidStatus:
    options = {"subprotocols": ["ocpp1.6"]} | options
    with pytest.raises(InvalidStatus) as caught:
        await connect(url, **options)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("version", SUBPROTOCOLS)
def test_an_added_station_is_let_in_with_its_version(gateway: GatewayProcess, version: str) -> None:
    add_station("acme", "CP-1")

    async def scene() -> str | None:
        async with station(gateway.base, "acme", "CP-1", version) as one:
            return one.socket.subprotocol

    assert asyncio.run(scene()) == SUBPROTOCOLS[version]


def test_the_newest_offered_version_is_chosen(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")

    async def scene() -> str | None:
        offered = [SUBPROTOCOLS["1.6"], SUBPROTOCOLS["2.0.1"]]
        async with connect(
            f"{gateway.base}/acme/ocpp/CP-1", subprotocols=offered, additional_headers=basic("CP-1")
        ) as socket:
            return socket.subprotocol

    assert asyncio.run(scene()) == "ocpp2.0.1"


REFUSALS = [
    ("acme", "NOBODY", {"additional_headers": basic("NOBODY")}, 404, "unknown_identity"),
    ("acme", "CP-1", {}, 401, "no_credentials"),
    ("acme", "CP-1", {"additional_headers": basic("CP-1", "wrong")}, 401, "wrong_password"),
    ("acme", "CP-1", {"additional_headers": basic("CP-2")}, 401, "wrong_username"),
    ("acme", "CP-1", {"additional_headers": {"Authorization": "Basic ???"}}, 401, "malformed_credentials"),
    ("acme", "CP-1", {"additional_headers": [*basic("CP-1").items()] * 2}, 401, "malformed_credentials"),
    ("acme", "CP-1", {"additional_headers": basic("CP-1"), "subprotocols": None}, 400, "no_subprotocol"),
    (
        "acme",
        "CP-1",
        {"additional_headers": basic("CP-1"), "subprotocols": ["ocpp1.5"]},
        400,
        "unsupported_subprotocol",
    ),
    ("acme", "CP-1/", {"additional_headers": basic("CP-1")}, 404, "bad_path"),
    ("acme", "%ff", {"additional_headers": basic("CP-1")}, 404, "bad_path"),
    ("acme", "CP%00-1", {"additional_headers": basic("CP-1")}, 404, "bad_path"),
]


@pytest.mark.parametrize(("tenant", "identity", "options", "status", "reason"), REFUSALS)
def test_a_refusal_has_its_status_and_is_recorded_with_its_reason(
    gateway: GatewayProcess, tenant: str, identity: str, options: dict[str, object], status: int, reason: str
) -> None:
    add_station("acme", "CP-1")

    error = asyncio.run(refused(f"{gateway.base}/{tenant}/ocpp/{identity}", **options))

    assert error.response.status_code == status
    assert ("WWW-Authenticate" in error.response.headers) == (status == 401)
    with context.tenant("acme"):
        assert list(Refusal.objects.values_list("reason", "http_status", "attempts")) == [(reason, status, 1)]


def test_attempts_are_counted_in_one_row(gateway: GatewayProcess) -> None:
    for _ in range(3):
        asyncio.run(refused(f"{gateway.base}/acme/ocpp/NOBODY"))

    with context.tenant("acme"):
        assert Refusal.objects.get().attempts == 3


def test_an_unknown_tenant_is_a_stray_for_the_platform_only(gateway: GatewayProcess) -> None:
    error = asyncio.run(refused(f"{gateway.base}/nobody/ocpp/CP-1"))

    assert error.response.status_code == 404
    with context.public():
        assert StrayConnection.objects.get().slug == "nobody"
    with context.tenant("acme"):
        assert not Refusal.objects.exists()


def test_blocked_and_expired_stations_and_suspended_tenants_get_403(gateway: GatewayProcess) -> None:
    blocked = add_station("acme", "CP-1")
    insecure = add_station("acme", "CP-2", security_profile=0, allow_insecure=True)
    with context.tenant("acme"):
        ChargingStation.objects.filter(pk=blocked.pk).update(is_blocked=True)
        ChargingStation.objects.filter(pk=insecure.pk).update(insecure_until=timezone.now())
    first = asyncio.run(refused(f"{gateway.base}/acme/ocpp/CP-1", additional_headers=basic("CP-1")))
    second = asyncio.run(refused(f"{gateway.base}/acme/ocpp/CP-2"))
    add_station("volt", "CP-1")
    lifecycle.suspend("volt")
    deadline = 0
    while deadline < 50:
        third = asyncio.run(_status(f"{gateway.base}/volt/ocpp/CP-1"))
        if third == 403:
            break
        deadline += 1

    assert (first.response.status_code, second.response.status_code, third) == (403, 403, 403)


async def _status(url: str) -> int:
    try:
        async with connect(url, subprotocols=["ocpp1.6"], additional_headers=basic("CP-1")):  # type: ignore[list-item]
            return 101
    except InvalidStatus as error:
        await asyncio.sleep(0.1)
        return error.response.status_code


def test_identity_and_user_name_are_compared_without_case(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")

    async def scene() -> None:
        async with station(gateway.base, "acme", "cp-1"):
            pass

    asyncio.run(scene())


def test_the_password_may_come_as_hex_text_or_raw_bytes(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1", password=PASSWORD.encode().hex().upper()):
            pass

    asyncio.run(scene())


def test_a_newer_connection_replaces_the_older_and_keeps_the_station_online(gateway: GatewayProcess) -> None:
    row = add_station("acme", "CP-1")

    async def scene() -> int | None:
        async with (
            station(gateway.base, "acme", "CP-1") as older,
            station(gateway.base, "acme", "CP-1") as newer,
        ):
            await asyncio.wait_for(older.socket.wait_closed(), 5)
            await newer.result("Heartbeat", {})
            await asyncio.sleep(0.3)
            assert await in_thread(_is_online)(row.pk)
            return older.socket.close_code

    assert asyncio.run(scene()) == 4001


def test_a_wrong_password_does_not_touch_the_connected_station(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await refused(f"{gateway.base}/acme/ocpp/CP-1", additional_headers=basic("CP-1", "wrong"))
            await one.result("Heartbeat", {})

    asyncio.run(scene())


def test_a_station_that_leaves_is_offline(gateway: GatewayProcess) -> None:
    row = add_station("acme", "CP-1")

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1"):
            assert await in_thread(_is_online)(row.pk)
        for _ in range(50):
            if not await in_thread(_is_online)(row.pk):
                return
            await asyncio.sleep(0.1)
        raise AssertionError("still online")

    asyncio.run(scene())


@pytest.mark.parametrize(("version", "is_compressed"), [("1.6", False), ("2.0.1", True), ("2.1", True)])
def test_compression_is_negotiated_for_the_versions_that_require_it(
    gateway: GatewayProcess, version: str, *, is_compressed: bool
) -> None:
    add_station("acme", "CP-1")

    async def scene() -> bool:
        async with station(gateway.base, "acme", "CP-1", version, compression="deflate") as one:
            await one.result("Heartbeat", {})
            return bool(one.socket.protocol.extensions)

    assert asyncio.run(scene()) is is_compressed


def test_plain_http_on_a_stations_address_is_told_to_upgrade(gateway: GatewayProcess) -> None:
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(gateway.base.replace("ws", "http") + "/acme/ocpp/CP-1", timeout=5)

    assert caught.value.code == 426


def _is_online(pk: int) -> bool:
    with context.tenant("acme"):
        return Presence.objects.get(station_id=pk).is_online


@pytest.mark.parametrize("profile", [2, 3])
def test_a_station_never_connects_with_less_than_its_security_profile(
    gateway: GatewayProcess, profile: int
) -> None:
    add_station("acme", "CP-1", security_profile=profile)

    headers = basic("CP-1") | {"X-Forwarded-Proto": "https"}  # nobody in front of this gateway may say so
    error = asyncio.run(refused(f"{gateway.base}/acme/ocpp/CP-1", additional_headers=headers))

    assert error.response.status_code == 403
    with context.tenant("acme"):
        assert Refusal.objects.get().reason == "insecure_transport"
