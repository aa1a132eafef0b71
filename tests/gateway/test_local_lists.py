"""Local authorization lists over the wire: versions, parts, refusals, and what is known of the station's list."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from authorization import id_tokens, local_lists
from authorization.models import IdToken, LocalList
from chargers import presence
from chargers.device_model import CONFIGURATION
from chargers.models import ChargingStation, Command, Connector, Evse, Variable
from tenants import context
from tests.gateway.commanding import finished, in_acme, ordered, served, until
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import Station, station

Payload = dict[str, Any]
Play = Callable[[Station], Awaitable[Any]]
ACCEPTED, FAILED, MISMATCH = ({"status": word} for word in ("Accepted", "Failed", "VersionMismatch"))


@pytest.fixture(autouse=True)
def _charger(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    tell(SendLocalListMaxLength="2", LocalAuthListMaxLength="4")


def tell(**keys: str) -> None:
    """The station has reported these configuration keys."""
    with context.tenant("acme"):
        station_id = ChargingStation.objects.get().pk
        for name, value in keys.items():
            Variable.objects.create(station_id=station_id, component=CONFIGURATION, name=name, value=value)


def connected(gateway: GatewayProcess, play: Play) -> Any:
    async def scene() -> Any:
        async with station(gateway.base, "acme", "CP-1") as one:
            return await play(one)

    return asyncio.run(scene())


async def synchronise(*, full: bool = False) -> None:
    await in_acme(lambda: local_lists.sync(ChargingStation.objects.get(), full=full, requested_by="olga"))


async def settled(state: str = "in_sync") -> LocalList:
    await until(lambda: LocalList.objects.filter(state=state).exists())
    return await in_acme(LocalList.objects.get)


def tags(payload: Payload) -> dict[str, str | None]:
    entries = payload.get("localAuthorizationList", [])
    return {entry["idTag"]: (entry.get("idTagInfo") or {}).get("status") for entry in entries}


async def take_all(one: Station, *, version: int = 0) -> list[Payload]:
    """Play a station that accepts everything."""
    await served(one, "GetLocalListVersion", {"listVersion": version})
    taken = []
    while not await in_acme(LocalList.objects.filter(state="in_sync").exists):
        try:
            frame = await one.next_command(0.3)
        except TimeoutError:
            continue
        await one.answer(frame, ACCEPTED)
        taken.append(frame[3])
    return taken


def test_the_first_part_is_full_and_the_others_follow_with_the_next_versions(gateway: GatewayProcess) -> None:
    expiry = datetime(2030, 1, 1, tzinfo=UTC)
    add_token("acme", "A1", group="FAMILY", expires_at=expiry)
    add_token("acme", "A2", status="Blocked")
    add_token("acme", "A3", expires_at=datetime(2020, 1, 1, tzinfo=UTC))

    async def play(one: Station) -> tuple[list[Payload], LocalList]:
        await synchronise()
        return await take_all(one), await settled()

    parts, row = connected(gateway, play)

    assert [(part["updateType"], part["listVersion"]) for part in parts] == [("Full", 1), ("Differential", 2)]
    assert tags(parts[0]) | tags(parts[1]) == {"A1": "Accepted", "A2": "Blocked", "A3": "Expired"}
    first = next(
        entry for part in parts for entry in part["localAuthorizationList"] if entry["idTag"] == "A1"
    )
    assert first["idTagInfo"] == {
        "status": "Accepted",
        "parentIdTag": "FAMILY",
        "expiryDate": "2030-01-01T00:00:00.000Z",
    }
    assert (row.version, set(row.entries), row.problem) == (2, {"A1", "A2", "A3"}, "")


def test_a_change_of_tokens_is_sent_as_a_difference(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")
    add_token("acme", "A2")

    def turn() -> None:
        IdToken.objects.get(id_token="A1").delete()
        IdToken.objects.filter(id_token="A2").update(status="Blocked")
        id_tokens.add("A3")

    async def play(one: Station) -> list[Payload]:
        await synchronise()
        await take_all(one)
        await in_acme(local_lists.sweep)
        assert one.commands.empty()
        await in_acme(turn)
        await in_acme(local_lists.sweep)
        return await take_all(one, version=1)

    parts = connected(gateway, play)

    assert [(part["updateType"], part["listVersion"]) for part in parts] == [
        ("Differential", 2),
        ("Differential", 3),
    ]
    assert tags(parts[0]) | tags(parts[1]) == {"A1": None, "A2": "Blocked", "A3": "Accepted"}


def test_a_version_mismatch_is_answered_with_a_full_list_above_the_stations_version(
    gateway: GatewayProcess,
) -> None:
    add_token("acme", "A1")

    async def play(one: Station) -> tuple[Payload, LocalList]:
        await synchronise()
        await take_all(one)
        await in_acme(lambda: id_tokens.add("A2"))
        await in_acme(local_lists.sweep)
        await served(one, "GetLocalListVersion", {"listVersion": 1})
        assert (await served(one, "SendLocalList", MISMATCH))["updateType"] == "Differential"
        await served(one, "GetLocalListVersion", {"listVersion": 7})
        return await served(one, "SendLocalList", ACCEPTED), await settled()

    part, row = connected(gateway, play)

    assert (part["updateType"], part["listVersion"], set(tags(part))) == ("Full", 8, {"A1", "A2"})
    assert row.version == 8


def test_a_station_with_another_version_than_ours_gets_everything_anew(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")

    async def play(one: Station) -> list[Payload]:
        await synchronise()
        await take_all(one)
        await synchronise()
        return await take_all(one, version=0)

    (part,) = connected(gateway, play)

    assert (part["updateType"], part["listVersion"]) == ("Full", 2)


def test_a_refused_list_is_sent_once_more_then_people_are_told(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")

    async def play(one: Station) -> tuple[list[str], LocalList]:
        await synchronise()
        await served(one, "GetLocalListVersion", {"listVersion": 0})
        kinds = [(await served(one, "SendLocalList", FAILED))["updateType"] for _ in range(2)]
        row = await settled("failed")
        await in_acme(local_lists.sweep)
        assert one.commands.empty()
        return kinds, row

    kinds, row = connected(gateway, play)

    assert kinds == ["Full", "Full"]
    assert (row.problem, row.entries, row.version) == ("The station refused the list twice: Failed.", {}, 0)


@pytest.mark.parametrize("version", [-1, 0])
def test_a_station_without_a_list_is_left_alone(gateway: GatewayProcess, version: int) -> None:
    async def play(one: Station) -> LocalList:
        await synchronise()
        await served(one, "GetLocalListVersion", {"listVersion": version})
        if version == 0:
            await served(one, "SendLocalList", {"status": "NotSupported"})
        row = await settled("unsupported")
        await in_acme(local_lists.sweep)
        assert one.commands.empty()
        return row

    assert "LocalAuthListEnabled" in connected(gateway, play).problem


def test_an_error_of_a_station_that_knows_no_lists_ends_the_attempt(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> LocalList:
        await synchronise()
        frame = await one.next_command()
        await one.raw(f'[4,"{frame[1]}","NotImplemented","",{{}}]')
        await until(lambda: not Command.objects.filter(status__in=["queued", "sent"]).exists())
        await in_acme(local_lists.sweep)
        return await settled("unsupported")

    assert connected(gateway, play).problem == "The station answered NotImplemented."


def test_silence_is_tried_again_and_ends_in_a_problem(gateway: GatewayProcess) -> None:
    with context.tenant("acme"), transaction.atomic():
        one = ChargingStation.objects.get()
        presence.arrive(one.pk, gateway=uuid.uuid4(), ocpp_version="ocpp1.6", remote_address="127.0.0.1")
        local_lists.sync(one)
        for _ in range(4):
            assert LocalList.objects.get().state == "syncing"
            Command.objects.filter(status="queued").update(status="timed_out", error_text="No answer.")
            local_lists.sweep()
        row = LocalList.objects.get()

    assert (row.state, row.problem) == ("failed", "The station did not take the list: No answer.")


def test_a_station_that_is_away_is_served_when_it_comes(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")
    asyncio.run(synchronise())

    async def play(one: Station) -> list[Payload]:
        assert (await in_acme(LocalList.objects.get)).state == "waiting"
        await in_acme(local_lists.sweep)
        return await take_all(one)

    assert tags(connected(gateway, play)[0]) == {"A1": "Accepted"}


def test_where_there_are_too_many_tokens_those_that_are_used_here_come_first(gateway: GatewayProcess) -> None:
    for number in range(1, 8):
        add_token("acme", f"A{number}")

    async def play(one: Station) -> LocalList:
        for id_tag in ("A7", "A6"):
            await one.result("Authorize", {"idTag": id_tag})
        await synchronise()
        await take_all(one)
        return await settled()

    assert {"A6", "A7"} < set(connected(gateway, play).entries)
    with context.tenant("acme"):
        assert len(LocalList.objects.get().entries) == 4


def test_unknown_limits_are_asked_for_first(gateway: GatewayProcess) -> None:
    with context.tenant("acme"):
        Variable.objects.all().delete()
    keys = [{"key": "SendLocalListMaxLength", "readonly": True, "value": "1"}]
    add_token("acme", "A1")
    add_token("acme", "A2")

    async def play(one: Station) -> tuple[Payload, list[Payload]]:
        await synchronise()
        asked = await served(one, "GetConfiguration", {"configurationKey": keys})
        return asked, await take_all(one)

    asked, parts = connected(gateway, play)

    assert asked == {"key": ["SendLocalListMaxLength", "LocalAuthListMaxLength"]}
    assert [len(tags(part)) for part in parts] == [1, 1]


def test_a_list_that_somebody_else_sent_is_replaced(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")

    async def play(one: Station) -> list[Payload]:
        await synchronise()
        await take_all(one)
        other = await ordered("SendLocalList", {"listVersion": 9, "updateType": "Full"}, is_exact=True)
        await served(one, "SendLocalList", ACCEPTED)
        await finished(other)
        await settled("waiting")
        await in_acme(local_lists.sweep)
        return await take_all(one, version=9)

    (part,) = connected(gateway, play)

    assert (part["updateType"], part["listVersion"]) == ("Full", 10)


def test_a_conflict_that_the_station_reports_brings_a_full_list(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")

    def conflict() -> None:
        evse = Evse.objects.create(station=ChargingStation.objects.get(), number=1)
        at = datetime.now(UTC) + timedelta(seconds=1)
        Connector.objects.create(evse=evse, number=1, error_code="LocalListConflict", reported_at=at)

    async def play(one: Station) -> list[Payload]:
        await synchronise()
        await take_all(one)
        await in_acme(conflict)
        await in_acme(local_lists.sweep)
        parts = await take_all(one, version=1)
        assert await in_acme(local_lists.sweep) == 0  # one report, one list
        return parts

    assert connected(gateway, play)[0]["updateType"] == "Full"


def test_a_list_that_is_kept_no_longer_is_emptied(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")

    async def play(one: Station) -> Payload:
        await synchronise()
        await take_all(one)
        await in_acme(lambda: local_lists.clear(ChargingStation.objects.get()))
        await served(one, "GetLocalListVersion", {"listVersion": 1})
        part = await served(one, "SendLocalList", ACCEPTED)
        await until(lambda: not LocalList.objects.exists())
        return part

    assert connected(gateway, play) == {"listVersion": 2, "updateType": "Full"}


def test_a_quiet_station_is_sent_only_what_people_asked_for(gateway: GatewayProcess) -> None:
    add_token("acme", "A1")

    async def play(one: Station) -> None:
        await in_acme(lambda: ChargingStation.objects.update(is_quiet=True))
        await synchronise()
        await take_all(one)
        await in_acme(lambda: id_tokens.add("A2"))
        await in_acme(local_lists.sweep)
        await asyncio.sleep(0.3)
        assert one.commands.empty()

    connected(gateway, play)


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ({"versionNumber": 0, "updateType": "Full"}, "above 0"),
        ({"versionNumber": 1, "updateType": "Half"}, "Full or Differential"),
        (
            {
                "versionNumber": 1,
                "updateType": "Full",
                "localAuthorizationList": [{"idToken": {"idToken": "A"}}],
            },
            "Every entry",
        ),
    ],
)
def test_a_list_that_makes_no_sense_is_not_sent(
    gateway: GatewayProcess, payload: Payload, complaint: str
) -> None:
    async def play(one: Station) -> Command:
        return await finished(await ordered("SendLocalList", payload))

    row = connected(gateway, play)

    assert (row.status, row.sent_at) == ("failed", None)
    assert complaint in row.error_text


def test_the_cache_is_cleared_on_request(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> Command:
        row = await ordered("ClearCache", {})
        assert await served(one, "ClearCache", {"status": "Rejected"}) == {}
        return await finished(row)

    assert connected(gateway, play).status == "rejected"


def test_emptying_a_list_that_the_station_does_not_keep_forgets_it(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> None:
        await in_acme(lambda: local_lists.clear(ChargingStation.objects.get()))
        await served(one, "GetLocalListVersion", {"listVersion": -1})
        await until(lambda: not LocalList.objects.exists())

    connected(gateway, play)
