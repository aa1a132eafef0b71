"""A charge point that is not ours goes through every block of OCPP 1.6; what came of each is read from the API."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.request import Request, build_opener

import pytest
from ocpp.v16 import call

from tests.interop.blocks_16 import LOG, LOG_NAME, ChargePointOfAllBlocks, Memory
from tests.interop.charge_points import Register, connected, text
from tests.interop.outside import Api, Product, send, until

SLUG, IDENTITY, CARD = "first-street", "FOREIGN-1", "CARD-42"
IMAGE = bytes(range(256)) * 1000
AN_HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """A product, a station of it, and a program with a key."""

    product: Product
    password: str
    api: Api
    memory: Memory = field(
        default_factory=lambda: Memory(
            keys={"HeartbeatInterval": "300", "LocalAuthListEnabled": "true"},
            read_only={
                "NumberOfConnectors": "1",
                "LocalAuthListMaxLength": "100",
                "SendLocalListMaxLength": "2",
            },
        )
    )

    def plugged_in(self) -> AbstractAsyncContextManager[ChargePointOfAllBlocks]:
        """The charge point, with what it kept."""
        make = partial(ChargePointOfAllBlocks, memory=self.memory)
        return connected(make, self.product.chargers, SLUG, IDENTITY, self.password, "1.6")

    async def order(self, action: str, payload: dict[str, Any], *, door: str = "commands") -> dict[str, Any]:
        """An order that has its final state."""
        body = {"action": action, "payload": payload, "wait": 20}
        answer: dict[str, Any] = await self.api.post(f"stations/{IDENTITY}/{door}/", body, 200)
        return answer

    async def becomes(self, path: str, **facts: Any) -> dict[str, Any]:
        """What stands at an address, once it says this."""

        async def read() -> Any:
            row = await self.api.get(path)
            return row if row.items() >= facts.items() else None

        row = await until(read)
        assert row, f"not {facts}: {await self.api.get(path)}"
        return dict(row)

    async def connector_is(self, status: str) -> None:
        """The connector shows this status."""

        async def shown() -> bool:
            rows = (await self.api.get(f"stations/{IDENTITY}/"))["connectors"]
            return status in {row["status"] for row in rows if row["evse"] == 1}

        assert await until(shown), status


@pytest.mark.slow
async def test_a_foreign_charge_point_goes_through_every_block(product: Product) -> None:
    await product.manage("create_tenant", SLUG, "--name", "First Street")
    station = await product.manage("add_station", SLUG, IDENTITY)
    await product.manage("add_id_token", SLUG, CARD)
    key = await product.manage("create_api_key", SLUG, "--name", "outside", "--role", "admin")
    scene = Scene(product, station["password"], Api(f"{product.pages}/t/{SLUG}", key["key"]))

    async with scene.plugged_in() as point:
        await boots(point, scene)
        await authorizes(point, scene)
        await charges(point, scene)
        await starts_and_stops_from_afar(point, scene)
        await is_configured(point, scene)
        await keeps_a_local_list(scene)
        await is_reserved(point, scene)
        await limits_its_power(point, scene)
        await does_the_rest(point, scene)
        await delivers_diagnostics(scene)
        update = await fetches_firmware(point, scene)
    async with scene.plugged_in() as point:
        await runs_the_new_firmware(point, scene, update)
        await is_reset(point, scene, "OnIdle", "Soft")
    async with scene.plugged_in() as point:
        await boots(point, scene)
        await is_reset(point, scene, "Immediate", "Hard")
    await every_answer_was_a_good_one(scene.api)


async def boots(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """It is accepted, online, and shown as it has said."""
    assert await point.wake() == "Accepted"
    assert (await point.call(call.Heartbeat(), suppress=False)).current_time.endswith("Z")
    said = {"vendor": "Foreign Works", "model": "Foreign", "ocpp_version": "1.6"}
    await scene.becomes(
        f"stations/{IDENTITY}/", is_online=True, firmware_version=scene.memory.firmware_version, **said
    )
    await scene.connector_is("Available")


async def authorizes(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """Cards that are known, blocked and unknown."""
    await scene.api.post("id-tokens/", {"id_token": "LOST", "status": "Blocked"}, 201)
    answers = [await point.authorize(card) for card in (CARD, "LOST", "NOBODY")]
    assert answers == ["Accepted", "Blocked", "Invalid"]


async def charges(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """A session at the station."""
    now = datetime.now(UTC)
    number = await point.begin(CARD, Register("1000", now - AN_HOUR))
    await point.report(is_charging=True)
    await scene.becomes(f"transactions/{number}/", state="active", id_token=CARD)
    await point.sample(Register("4000", now - AN_HOUR / 2))
    await ends(point, scene, Register("8000", now), 7000)


async def ends(
    point: ChargePointOfAllBlocks,
    scene: Scene,
    register: Register,
    energy_wh: int,
    *,
    is_remote: bool = False,
) -> None:
    """The running session ends with this energy and nothing odd."""
    await point.end(register, is_remote=is_remote)
    await point.report(is_charging=False)
    row = await scene.becomes(f"transactions/{point.transaction_id}/", state="ended", is_estimated=False)
    assert (float(row["energy_wh"]), row["notes"]) == (energy_wh, [])


async def starts_and_stops_from_afar(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """The orders arrive, and what they brought about is seen."""
    token = {"idToken": CARD, "type": "ISO14443"}
    start = await scene.order("RequestStartTransaction", {"idToken": token, "evseId": 1})
    assert point.requests.get_nowait() == {"id_token": CARD, "evse": 1}
    begin = datetime.now(UTC)
    number = await point.begin(CARD, Register("8000", begin))
    stop = await scene.order("RequestStopTransaction", {"transactionId": number})
    assert point.requests.get_nowait() == {"transaction_id": number}
    await ends(point, scene, Register("8020", begin + timedelta(seconds=5)), 20, is_remote=True)
    for command in (start, stop):
        row = await scene.becomes(f"commands/{command['id']}/", status="accepted")
        assert row["effect_seen_at"]


async def is_configured(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """Every key is read; one is changed, one may not be, one there is not."""
    await scene.order("GetBaseReport", {"reportBase": "FullInventory"})
    rows = await scene.api.rows(f"stations/{IDENTITY}/variables/", page_size="100")
    known = scene.memory.keys | scene.memory.read_only
    assert {row["name"]: row["value"] for row in rows}.items() >= known.items()
    answers = [
        await changed(scene, name, "120") for name in ("HeartbeatInterval", "NumberOfConnectors", "Wings")
    ]
    assert answers == [("accepted", "Accepted"), ("rejected", "Rejected"), ("rejected", "NotSupported")]
    assert scene.memory.keys["HeartbeatInterval"] == "120"
    names = [
        {"component": {"name": "Any"}, "variable": {"name": name}} for name in ("Wings", "HeartbeatInterval")
    ]
    told = await scene.order("GetVariables", {"getVariableData": names})
    assert told["response"] == {
        "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "120"}],
        "unknownKey": ["Wings"],
    }


async def changed(scene: Scene, name: str, value: str) -> tuple[str, str]:
    """Order a change. Returns: the state of the order, and the station's word."""
    item = {"component": {"name": "Any"}, "variable": {"name": name}, "attributeValue": value}
    command = await scene.order("SetVariables", {"setVariableData": [item]})
    return command["status"], command["response"]["status"]


async def keeps_a_local_list(scene: Scene) -> None:
    """The whole list in parts, then a difference, then everything again because the station has lost its list."""
    address, memory = f"stations/{IDENTITY}/local-list/", scene.memory
    await scene.api.post("id-tokens/", {"id_token": "CARD-43"}, 201)
    await scene.api.post(address, {}, 202)
    row = await scene.becomes(address, state="in_sync", entries=3)
    assert {name: info["status"] for name, info in memory.local_list.items()} == {
        CARD: "Accepted", "CARD-43": "Accepted", "LOST": "Blocked",
    }  # fmt: skip
    assert row["version"] == memory.list_version

    await scene.api.post("id-tokens/", {"id_token": "CARD-44"}, 201)
    await scene.api.post(address, {}, 202)
    row = await scene.becomes(address, state="in_sync", entries=4)
    assert (row["version"], "CARD-44" in memory.local_list) == (memory.list_version, True)

    memory.list_version, memory.local_list = 0, {}
    await scene.api.post(address, {}, 202)
    await scene.becomes(address, state="in_sync", entries=4)
    assert memory.local_list.keys() == {CARD, "CARD-43", "CARD-44", "LOST"}


async def is_reserved(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """One reservation is taken back, the next one is used by a session."""
    first = await reserve(scene)
    await scene.connector_is("Reserved")
    taken_back = await scene.api.call("DELETE", f"reservations/{first['id']}/")
    assert taken_back.status == 202, taken_back.text
    await scene.becomes(f"reservations/{first['id']}/", state="cancelled")
    await scene.connector_is("Available")

    second = await reserve(scene)
    begin = datetime.now(UTC)
    number = second["reservation_id"]
    start = call.StartTransaction(1, CARD, 8020, text(begin), reservation_id=number)
    answer = await point.call(start, suppress=False)
    point.transaction_id = answer.transaction_id
    await scene.becomes(f"reservations/{second['id']}/", state="used")
    await ends(point, scene, Register("8040", begin + timedelta(seconds=5)), 20)


async def reserve(scene: Scene) -> dict[str, Any]:
    """A reservation that the station keeps."""
    terms = {
        "station": IDENTITY,
        "evse": 1,
        "id_token": CARD,
        "expires_at": text(datetime.now(UTC) + AN_HOUR),
    }
    row = await scene.api.post("reservations/", terms, 201)
    kept = await scene.becomes(f"reservations/{row['id']}/", state="accepted")
    assert scene.memory.reservations[kept["reservation_id"]]["id_tag"] == CARD
    return kept


async def limits_its_power(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """Profiles of each purpose, the schedule that comes of them, and the end of each."""
    periods = [{"start_s": 0, "limit": 16.1, "phases": 3}, {"start_s": 600, "limit": 6.7}]
    default = await install(scene, evse=1, purpose="TxDefaultProfile", periods=periods, duration_s=1200)
    await install(scene, evse=0, purpose="ChargingStationMaxProfile", periods=[{"start_s": 0, "limit": 20}])
    told = await scene.order("GetCompositeSchedule", {"evseId": 1, "duration": 1200, "chargingRateUnit": "A"})
    limits = [each["limit"] for each in told["response"]["chargingSchedule"]["chargingSchedulePeriod"]]
    assert (told["status"], limits) == ("accepted", [16.1, 6.7])

    begin = datetime.now(UTC)
    number = await point.begin(CARD, Register("8040", begin))
    own = await install(
        scene,
        evse=1,
        purpose="TxProfile",
        kind="Relative",
        transaction_id=number,
        periods=[{"start_s": 0, "limit": 10}],
    )
    assert scene.memory.profiles[own["profile_id"]][1]["transaction_id"] == int(number)
    await ends(point, scene, Register("8060", begin + timedelta(seconds=5)), 20)
    await scene.becomes(f"charging-profiles/{own['id']}/", state="ended")
    cleared = await scene.api.call("DELETE", f"charging-profiles/{default['id']}/")
    assert cleared.status == 202, cleared.text
    await scene.becomes(f"charging-profiles/{default['id']}/", state="cleared")
    assert default["profile_id"] not in scene.memory.profiles


async def install(scene: Scene, **terms: Any) -> dict[str, Any]:
    """A charging profile that the station holds."""
    wanted = {"station": IDENTITY, "unit": "A", "stack_level": 0, **terms}
    row = await scene.api.post("charging-profiles/", wanted, 201)
    return await scene.becomes(f"charging-profiles/{row['id']}/", state="installed", answer="Accepted")


async def does_the_rest(point: ChargePointOfAllBlocks, scene: Scene) -> None:
    """Triggers, unlocking, availability, the cache, data transfer both ways, an exact call."""
    place = {"evseId": 1, "connectorId": 1}
    orders: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}, "Accepted"),
        ("TriggerMessage", {"requestedMessage": "MeterValues"}, "NotImplemented"),
        ("UnlockConnector", place, "Unlocked"),
        ("ClearCache", {}, "Accepted"),
        ("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}, "Accepted"),
    )
    for action, payload, word in orders:
        assert (await scene.order(action, payload))["response"] == {"status": word}
    await scene.connector_is("Unavailable")
    await scene.order("ChangeAvailability", {"type": "Operative", "connectorId": 1}, door="calls")
    await scene.connector_is("Available")
    told = await scene.order("DataTransfer", {"vendorId": "Foreign Works", "data": "x"}, door="calls")
    assert told["response"] == {"status": "Accepted", "data": "x"}
    answer = await point.call(call.DataTransfer("Foreign Works", data="y"), suppress=False)
    assert answer.status == "UnknownVendorId"


async def delivers_diagnostics(scene: Scene) -> None:
    """The file is here as the station has it; its address takes no second one."""
    job = await scene.api.post("log-requests/", {"station": IDENTITY}, 202)
    row = await scene.becomes(
        f"log-requests/{job['id']}/", state="Uploaded", size=len(LOG), file_name=LOG_NAME
    )
    assert (await scene.api.call("GET", row["url"])).body == LOG

    async def second() -> bool:
        return scene.memory.uploads == [201, 403]

    assert await until(second), scene.memory.uploads


async def fetches_firmware(point: ChargePointOfAllBlocks, scene: Scene) -> str:
    """The station gets the image, once, and goes off to install it. Returns: where the update is shown."""
    image = await upload(scene.api, IMAGE)
    job = await scene.api.post("firmware-updates/", {"station": IDENTITY, "image": image["id"]}, 202)
    await asyncio.wait_for(point.connection.wait_closed(), 15)
    statuses = [status for status, _ in scene.memory.downloads]
    assert (statuses, scene.memory.downloads[0][1]) == ([200, 403], IMAGE)
    return f"firmware-updates/{job['id']}/"


async def upload(api: Api, image: bytes) -> dict[str, Any]:
    """Keep a firmware image, as a form with a file."""
    head = 'Content-Disposition: form-data; name="file"; filename="foreign-2.bin"'
    version = 'Content-Disposition: form-data; name="version"\r\n\r\n2.0'
    form = f"--edge\r\n{version}\r\n--edge\r\n{head}\r\n\r\n".encode() + image + b"\r\n--edge--\r\n"
    request = Request(
        f"{api.base}/api/v1/firmware-images/",
        data=form,
        headers={"Authorization": f"Bearer {api.key}", "Content-Type": "multipart/form-data; boundary=edge"},
    )
    answer = await asyncio.to_thread(send, build_opener(), request)
    assert answer.status == 201, answer.text
    return dict(answer.json)


async def runs_the_new_firmware(point: ChargePointOfAllBlocks, scene: Scene, update: str) -> None:
    """It boots with the new version, which ends the update."""
    await boots(point, scene)
    await point.call(call.FirmwareStatusNotification("Installed"), suppress=False)
    row = await scene.becomes(update, state="Installed", version_before="1.0", version_after="2.0")
    states = [entry["state"] for entry in row["history"]]
    # It downloads at once: its answer to the order and its first report are taken in side by side.
    assert [state for state in states if state != "Accepted"] == [
        "Requested", "Downloading", "Downloaded", "Installing", "Installed",
    ]  # fmt: skip


async def is_reset(point: ChargePointOfAllBlocks, scene: Scene, kind: str, word: str) -> None:
    """It goes off because it was told to."""
    assert (await scene.order("Reset", {"type": kind}))["status"] == "accepted"
    await asyncio.wait_for(point.connection.wait_closed(), 10)
    assert scene.memory.resets[-1] == word
    await scene.becomes(f"stations/{IDENTITY}/", is_online=False)


async def every_answer_was_a_good_one(api: Api) -> None:
    """Neither side has answered anything with an error."""
    rows = await api.rows("messages/", station=IDENTITY, page_size="100")
    assert len(rows) > 50
    assert {row["result"] for row in rows} == {"ok"}
